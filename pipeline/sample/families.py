"""Who lives together: relations, sexes and possible ages. Nothing else about them."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Kin:
    """One member before anything else is known; `line` says whose surname the person bears."""

    relation: str
    sex: str
    age: int
    line: str = "own"


def family(rng: Random) -> list[Kin]:
    """A household as they occur in a village, the head first."""
    shapes = (alone, old_couple, parents_and_children, three_generations, with_grandparents, mother_alone,
              left_behind, siblings, married_in, grown_child)
    chosen = rng.choices(shapes, weights=(16, 17, 27, 16, 10, 4, 4, 2, 3, 12))[0]
    return chosen(rng)


def sex_of_child(rng: Random) -> str:
    return "male" if rng.random() < 0.53 else "female"


def alone(rng: Random) -> list[Kin]:
    return [Kin("head", "male" if rng.random() < 0.6 else "female", rng.randint(58, 84))]


def old_couple(rng: Random) -> list[Kin]:
    age = rng.randint(60, 80)
    return [Kin("head", "male", age), Kin("spouse", "female", age - rng.randint(-2, 6), "other")]


def couple(rng: Random, low: int, high: int) -> list[Kin]:
    age = rng.randint(low, high)
    return [Kin("head", "male", age), Kin("spouse", "female", max(22, age - rng.randint(-2, 5)), "other")]


def children_of(rng: Random, mother: int, relations: tuple[str, str], most: int, line: str = "own") -> list[Kin]:
    """Up to `most` children, each born when the mother was 20 to 38."""
    children: list[Kin] = []
    age = mother - rng.randint(20, 27)
    while len(children) < most and age >= 0 and mother - age <= 38:
        sex = sex_of_child(rng)
        children.append(Kin(relations[sex == "female"], sex, age, line))
        age -= rng.randint(2, 6)
    return children


def parents_and_children(rng: Random) -> list[Kin]:
    parents = couple(rng, 27, 48)
    return parents + children_of(rng, parents[1].age, ("son", "daughter"), rng.choice((1, 1, 2, 2, 3)))


def three_generations(rng: Random) -> list[Kin]:
    parents = couple(rng, 48, 66)
    son = Kin("son", "male", min(parents[1].age - rng.randint(20, 27), 42))
    if son.age < 23:
        return [*parents, son]
    wife = Kin("daughter_in_law", "female", max(22, son.age - rng.randint(-1, 4)), "other")
    return [*parents, son, wife, *children_of(rng, wife.age, ("grandson", "granddaughter"), rng.choice((1, 1, 2)))]


def with_grandparents(rng: Random) -> list[Kin]:
    """A couple with children and one or both parents of the head."""
    household = parents_and_children(rng)
    age = household[0].age + rng.randint(20, 32)
    old = [Kin("mother", "female", min(age, 90), "other")]
    if rng.random() < 0.4:
        old.append(Kin("father", "male", min(age + rng.randint(0, 5), 92)))
    if rng.random() < 0.15:
        old = [Kin("wifes_mother", "female", min(household[1].age + rng.randint(21, 32), 90), "other")]
    return household + old


def mother_alone(rng: Random) -> list[Kin]:
    """A mother who heads her household, sometimes with her husband's parents."""
    age = rng.randint(30, 50)
    household = [Kin("head", "female", age), *children_of(rng, age, ("son", "daughter"), rng.choice((1, 2)), "other")]
    if rng.random() < 0.3:
        household.append(Kin("husbands_mother", "female", age + rng.randint(21, 32), "other"))
    return household


def left_behind(rng: Random) -> list[Kin]:
    """Grandparents with the grandchildren whose parents are registered elsewhere."""
    old = old_couple(rng) if rng.random() < 0.7 else [Kin("head", "female", rng.randint(56, 70))]
    sex = sex_of_child(rng)
    relation = {"male": "grandson", "female": "granddaughter"}[sex]
    return [*old, Kin(relation, sex, rng.randint(4, 16))]


def siblings(rng: Random) -> list[Kin]:
    age = rng.randint(40, 60)
    return [Kin("head", "male", age), Kin("sibling", "male", age - rng.randint(2, 8))]


def married_in(rng: Random) -> list[Kin]:
    parents = couple(rng, 50, 66)
    daughter = Kin("daughter", "female", min(parents[1].age - rng.randint(20, 26), 40))
    if daughter.age < 23:
        return [*parents, daughter]
    husband = Kin("son_in_law", "male", daughter.age + rng.randint(0, 4), "other")
    children = children_of(rng, daughter.age, ("maternal_grandson", "maternal_granddaughter"), 1)
    return [*parents, daughter, husband, *children]


def grown_child(rng: Random) -> list[Kin]:
    parents = couple(rng, 47, 62)
    sex = sex_of_child(rng)
    return [*parents, Kin({"male": "son", "female": "daughter"}[sex], sex, parents[1].age - rng.randint(22, 28))]
