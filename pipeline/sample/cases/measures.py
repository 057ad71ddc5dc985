"""二(三): measures that were taken, that fit, that were carried out, and those that were not."""

from __future__ import annotations

from copy import copy

from pipeline.sample.cases.core import (
    Scene,
    at_home,
    case,
    strong,
)
from pipeline.sample.livelihood import scaled
from pipeline.sample.model import Help


def undertaken(scene: Scene, risk: str, **given: tuple[str, ...]) -> None:
    """Identified half a year ago or so for one risk, with these measures and no others."""
    home = scene.home
    at_home(scene)
    scene.need((home.found_on or 0) <= scene.clock.month - 3, all(p.dibao == "none" and p.tekun == "none" for p in home.members))
    scene.quiet_risk()
    if risk != "other":
        home.name_risks([risk])
        home.risk_remark = ""
    home.help = Help()
    for name, tokens in given.items():
        setattr(home.help, name, tokens)
    developing = any(given.get(name) for name in ("industry", "employment", "finance", "post"))
    home.carried_out = "done" if developing else "not_yet"
    home.found = scaled(home.now, 0.85, len(home.members))


@case("no_measure")
def no_measure(scene: Scene) -> None:
    undertaken(scene, "other")


@case("no_measure_yet")
def no_measure_yet(scene: Scene) -> None:
    at_home(scene)
    scene.rest()
    scene.home.found_on = scene.clock.month
    scene.earn(round(0.85 * scene.line))
    scene.home.found = copy(scene.home.now)
    scene.quiet_risk()
    scene.home.help, scene.home.carried_out = Help(), "not_yet"


@case("dibao_on_paper")
def dibao_on_paper(scene: Scene) -> None:
    undertaken(scene, "other", industry=("planting",), security=("dibao",))


@case("job_on_paper")
def job_on_paper(scene: Scene) -> None:
    scene.rest()
    scene.need(any(person.strong for person in scene.home.members))
    scene.earn(round(0.85 * scene.line))
    undertaken(scene, "other", industry=("planting",), employment=("export",))


@case("not_carried_out")
def not_carried_out(scene: Scene) -> None:
    undertaken(scene, "other", industry=("breeding",))
    scene.home.carried_out = "not_yet"


@case("illness_unanswered")
def illness_unanswered(scene: Scene) -> None:
    undertaken(scene, "illness", industry=("planting",))


@case("illness_by_friends")
def illness_by_friends(scene: Scene) -> None:
    undertaken(scene, "illness", industry=("planting",), social=("fixed",))


@case("housing_unanswered")
def housing_unanswered(scene: Scene) -> None:
    undertaken(scene, "housing", industry=("planting",), health=("doctor",))
    scene.home.house_problem, scene.home.dangerous, scene.home.danger_grade = "yes", "yes", "D"


@case("study_unanswered")
def study_unanswered(scene: Scene) -> None:
    undertaken(scene, "study", industry=("planting",))


@case("only_security")
def only_security(scene: Scene) -> None:
    strong(scene)
    undertaken(scene, "other", security=("urgent",))


@case("security_and_health")
def security_and_health(scene: Scene) -> None:
    strong(scene)
    undertaken(scene, "other", security=("urgent",), health=("premium",))


@case("security_nobody_able")
def security_nobody_able(scene: Scene) -> None:
    scene.need(not any(person.able for person in scene.home.members))
    for person in scene.home.members:
        person.dibao = person.tekun = "none"
    undertaken(scene, "other", security=("urgent",))
