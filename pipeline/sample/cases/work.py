"""The dead, the idle, and wages that come and go."""

from __future__ import annotations

from pipeline.sample.cases.core import (
    Scene,
    at_home,
    case,
    rich,
    strong,
)
from pipeline.sample.livelihood import add_transfers, describe_work
from pipeline.sample.model import Income, Person, Spell


@case("dead_listed")
def dead_listed(scene: Scene) -> None:
    at_home(scene)
    scene.dead = scene.somebody(late)


@case("dead_gone")
def dead_gone(scene: Scene) -> None:
    """The system took the dead member out; the household is one smaller."""
    at_home(scene)
    home = scene.home
    scene.dead = scene.somebody(late)
    home.members.remove(scene.dead)
    home.size = len(home.members)
    rich(scene)


def late(person: Person) -> bool:
    """Who dies in the cases about deaths."""
    return person.relation in ("father", "mother") and not person.spells


@case("idle_strong")
def idle_strong(scene: Scene) -> None:
    """Lives on rents and transfers."""
    at_home(scene)
    strong(scene)
    scene.rest()
    income = Income(wage=0.0, operating=0.0, property=0.0, transfer=0.0, expense=0.0, claims=0.0, self_paid=0.0)
    income.pension = income.dibao = income.tekun = income.ecology = income.family_planning = 0.0
    income.dividend = income.posts = 0.0
    income.property = 600.0
    income.other_transfer = round(1.5 * scene.line) * len(scene.home.members) - 600.0
    add_transfers(income)
    income.settle(len(scene.home.members))
    scene.home.now = income


@case("idle_old")
def idle_old(scene: Scene) -> None:
    scene.need(any(p.able for p in scene.home.members), all(p.age >= 60 for p in scene.home.members))
    at_home(scene)
    rich(scene)
    income = scene.home.now
    income.other_transfer = round((income.other_transfer or 0.0) + (income.operating or 0.0) - (income.expense or 0.0), 2)
    income.operating = income.expense = 0.0
    add_transfers(income)
    income.settle(len(scene.home.members))


@case("wages_few_months")
def wages_few_months(scene: Scene) -> None:
    at_work(scene, 0.8, [(4, None)])


@case("wages_with_gap")
def wages_with_gap(scene: Scene) -> None:
    at_work(scene, 0.8, [(11, 8), (5, None)])


@case("wages_six_months")
def wages_six_months(scene: Scene) -> None:
    at_work(scene, 0.8, [(6, None)])


@case("wages_half")
def wages_half(scene: Scene) -> None:
    at_work(scene, 0.5, [(4, None)])


def at_work(scene: Scene, share: float, spans: list[tuple[int, int | None]]) -> None:
    """One member works in these spans, counted back from the window's end; wages are this share of the net income."""
    home, clock = scene.home, scene.clock
    at_home(scene)
    worker = scene.somebody(lambda p: p.strong and 20 <= p.age < 55)
    scene.rest()
    net = round(1.6 * scene.line) * len(home.members)
    for first, last in spans:
        end = None if last is None else clock.window_end - last
        worker.spells.append(
            Spell(f"{worker.no}/{len(worker.spells)}", "yes", clock.window_end - first + 1, end, "浙江省义乌市", 0.0, "宏运建筑劳务队",
                  "building", "friends", "no", 0.0)
        )  # fmt: skip
    describe_work(worker, clock)
    for spell in worker.spells:
        spell.wage = round(net * share / (worker.work_months or 1), 2)
    income = Income(wage=round(net * share, 2), operating=0.0, property=0.0, expense=0.0, claims=0.0, self_paid=0.0, posts=0.0)
    income.pension = income.dibao = income.tekun = income.ecology = income.family_planning = income.dividend = 0.0
    income.operating, income.expense = round(net * (1 - share) * 1.05, 2), round(net * (1 - share) * 0.05, 2)
    income.other_transfer = 0.0
    add_transfers(income)
    income.settle(len(home.members))
    home.now = income
