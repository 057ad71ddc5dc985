"""二(二): removals that hold, that do not, and what happened after them."""

from __future__ import annotations

from datetime import timedelta

from pipeline.sample.cases.core import (
    ListedLater,
    Scene,
    at_home,
    case,
    graded,
    steady,
    struck,
)
from pipeline.sample.clock import first_day


@case("low_after_removal")
def low_after_removal(scene: Scene) -> None:
    at_home(scene)
    steady(scene)
    scene.removed_at(round(0.9 * scene.line))


@case("at_line_after_removal")
def at_line_after_removal(scene: Scene) -> None:
    at_home(scene)
    steady(scene)
    scene.removed_at(scene.line)


@case("low_this_year")
def low_this_year(scene: Scene) -> None:
    at_home(scene)
    steady(scene, 12)
    scene.earn(round(0.85 * scene.line))


@case("house_marked_again")
def house_marked_again(scene: Scene) -> None:
    at_home(scene)
    steady(scene)
    scene.home.after_house = "yes"


@case("nobody_able")
def nobody_able(scene: Scene) -> None:
    steady(scene)
    scene.rest()
    for person in scene.home.members:
        if person.able:
            person.labour = "lost"
    scene.removed_at(round(1.4 * scene.line))


@case("one_weak")
def one_weak(scene: Scene) -> None:
    at_home(scene)
    steady(scene)
    scene.rest()
    able = [person for person in scene.home.members if person.able]
    for person in able:
        person.labour = "lost"
    able[0].labour = "weak"
    scene.removed_at(round(1.4 * scene.line))


@case("job_still_lost")
def job_still_lost(scene: Scene) -> None:
    at_home(scene)
    steady(scene)
    scene.home.name_risks(["job"])
    scene.home.risk_remark = ""
    scene.rest()
    scene.removed_at(round(1.3 * scene.line))


@case("struck_after_removal")
def struck_after_removal(scene: Scene) -> ListedLater:
    at_home(scene)
    steady(scene)
    return struck(scene.clock.month - 1, "accident")


@case("struck_before_removal")
def struck_before_removal(scene: Scene) -> ListedLater:
    at_home(scene)
    steady(scene)
    return struck((scene.home.removed_on or 0) - 2, "accident")


@case("stay_after_removal")
def stay_after_removal(scene: Scene) -> ListedLater:
    at_home(scene)
    steady(scene)
    scene.removed_at(round(2.5 * scene.line))
    return scene.stay(5000.0, scene.clock.window_end)


@case("stay_after_removal_below")
def stay_after_removal_below(scene: Scene) -> ListedLater:
    at_home(scene)
    steady(scene)
    scene.removed_at(round(2.5 * scene.line))
    return scene.stay(4999.99, scene.clock.window_end)


@case("house_after_removal")
def house_after_removal(scene: Scene) -> ListedLater:
    at_home(scene)
    steady(scene)
    return graded("D", on=first_day(scene.clock.month - 1) + timedelta(days=8))
