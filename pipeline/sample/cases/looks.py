"""二(一): households outside monitoring that fail one of the five looks, and those that just pass."""

from __future__ import annotations

from datetime import timedelta

from pipeline.sample.cases.core import (
    ListedLater,
    Scene,
    adult,
    at_home,
    case,
    graded,
    on_list_of,
    pupil,
    rich,
    steady,
    struck,
)
from pipeline.sample.clock import first_day
from pipeline.sample.model import Household


@case("low_general")
@case("low_lifted")
def low(scene: Scene) -> None:
    at_home(scene)
    scene.earn(round(scene.rng.uniform(0.6, 0.95) * scene.line))


@case("just_below")
def just_below(scene: Scene) -> None:
    at_home(scene)
    scene.earn(scene.line - 0.01)


@case("at_line")
def at_line(scene: Scene) -> None:
    at_home(scene)
    scene.earn(scene.line)


@case("low_after_spending")
def low_after_spending(scene: Scene) -> None:
    at_home(scene)
    scene.earn(1.1 * scene.line).self_paid = round(0.25 * scene.line * len(scene.home.members))


@case("at_line_after_spending")
def at_line_after_spending(scene: Scene) -> None:
    at_home(scene)
    scene.earn(1.1 * scene.line).self_paid = round(0.1 * scene.line * len(scene.home.members), 2)


@case("low_after_stay")
def low_after_stay(scene: Scene) -> ListedLater:
    at_home(scene)
    scene.need(len(scene.home.members) <= 4)
    scene.earn(1.1 * scene.line)
    return scene.stay(round(0.2 * scene.line * len(scene.home.members)), scene.clock.window_end - 1)


@case("stay_general")
@case("resident_stay")
def stay_general(scene: Scene) -> ListedLater:
    at_home(scene)
    rich(scene, 20000)
    return scene.stay(20000.0, scene.clock.window_end)


@case("stay_general_below")
@case("resident_stay_below")
def stay_general_below(scene: Scene) -> ListedLater:
    at_home(scene)
    rich(scene, 20000)
    return scene.stay(9999.99, scene.clock.window_end)


@case("stay_lifted")
def stay_lifted(scene: Scene) -> ListedLater:
    at_home(scene)
    rich(scene, 5000)
    return scene.stay(5000.0, scene.clock.window_end)


@case("stay_lifted_below")
def stay_lifted_below(scene: Scene) -> ListedLater:
    at_home(scene)
    rich(scene, 5000)
    return scene.stay(4999.99, scene.clock.window_end)


@case("struck_general")
@case("resident_struck")
def struck_general(scene: Scene) -> ListedLater:
    at_home(scene)
    return struck(scene.clock.window_end - 1, scene.rng.choice(("accident", "disaster")))


@case("claimed_general")
def claimed_general(scene: Scene) -> ListedLater:
    at_home(scene)
    month = scene.clock.window_end - 2

    def on_list(home: Household) -> None:
        home.file.claimed, home.file.claimed_on = 8600.0, first_day(month) + timedelta(days=20)

    return on_list


@case("out_of_school")
@case("out_of_school_again")
@case("resident_out_of_school")
def out_of_school(scene: Scene) -> ListedLater:
    child = scene.somebody(pupil)
    at_home(scene)
    if scene.home.removed:
        steady(scene)
    child.school = ""
    return on_list_of(child, lambda person: setattr(person, "school", ""))


@case("no_school_row")
def no_school_row(scene: Scene) -> ListedLater:
    at_home(scene)
    return on_list_of(scene.somebody(pupil), lambda person: setattr(person, "school", ""))


@case("too_young")
@case("resident_too_young")
def too_young(scene: Scene) -> None:
    at_home(scene)
    scene.somebody(lambda person: person.school_age == 5).school = ""


@case("too_old")
def too_old(scene: Scene) -> None:
    at_home(scene)
    youth = scene.somebody(lambda person: person.school_age in (16, 17) and person.school.startswith(("senior", "vocational")))
    youth.school, youth.education, youth.labour = "", "junior", "ordinary" if youth.age >= 16 else "none"


@case("uninsured_system")
@case("uninsured_again")
@case("resident_uninsured")
def uninsured(scene: Scene) -> None:
    at_home(scene)
    scene.need(len(scene.home.members) >= 3)
    if scene.home.removed:
        steady(scene)
    who = scene.somebody(lambda p: adult(p) and p.relation != "head" and p.resident_insured == "yes")
    who.resident_insured = "no"


@case("house_by_list")
def house_by_list(scene: Scene) -> ListedLater:
    at_home(scene)
    return graded("D")


@case("resident_house")
def resident_house(scene: Scene) -> ListedLater:
    at_home(scene)
    return graded("C")


@case("house_by_system")
@case("house_again")
def house_by_system(scene: Scene) -> None:
    at_home(scene)
    if scene.home.removed:
        steady(scene)
    scene.home.dangerous, scene.home.danger_grade = "yes", "C"


@case("second_house_safe")
def second_house_safe(scene: Scene) -> ListedLater:
    at_home(scene)
    return graded("C", "A")


@case("resident_second_house")
def resident_second_house(scene: Scene) -> ListedLater:
    at_home(scene)
    return graded("D", "B")


@case("water_by_list")
@case("resident_water")
def water_by_list(scene: Scene) -> ListedLater:
    at_home(scene)
    # the list gives names only: one that nobody else has
    head = scene.home.head
    head.name = f"{head.name[:1]}{scene.rng.choice('淼垚喆堃')}{scene.rng.choice('祺瑄翊霖骞澍')}"
    scene.home.head_name = head.name
    return lambda home: setattr(home, "safe_water", "no")


@case("water_by_system")
@case("water_again")
def water_by_system(scene: Scene) -> None:
    at_home(scene)
    if scene.home.removed:
        steady(scene)
    scene.home.safe_water = "no"
