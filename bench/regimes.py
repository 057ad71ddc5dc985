"""Hard pairs of lists, regime by regime, and how our linker fares on each: where does it break?

    uv run python bench/regimes.py                        # all regimes, 12,000 persons each
    uv run python bench/regimes.py --size 40000 --only twins

Written apart from the linker and from bench/linkage.py: other surnames, names drawn from the whole of GB 2312's first level,
homophones by the dictionary instead of a list, other villages, other households. A regime is one sentence and a few settings.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

COMMON = "王李张刘陈杨黄赵周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐沿梅莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫来嵺苟全褚廉简娄盖符奚木穆党燕郎邸冀谈姬屠连郜晏栾郁商蒙计喻揭窦迟宇敖糜鄢冷卓花仇艾蓝都巩稽井练仲乐虞卞封竺冼原官衣楚佟栗匡宗应台巫鞠僧桑荆谌银扬明沙薄伏岑习胥保和蔺"  # noqa: E501
DOUBLE = ["欧阳", "司马", "上官", "诸葛", "阿比", "吉克"]
FIRST = "青白黑红高低长短深浅大小前后左右金银铜铁龙虎马牛羊花果水火木石沙泉冷热清浑双单独连断平斜古新老嫩"
SECOND = "岗坳坑垭坂埂塆冲垇塘堰坝滩洲嘴口头尾背面脚顶坡梁弯湾沟溪涧洞岩庙观寺桥渡铺店屋院门坪场"
DIGITS = "零一二三四五六七八九十"
RARE = "𬱖𫖯䶮㛃𠅤㭎镕堃喆昇珺婳"  # characters that old software shows as a box
LOST = ["?", "□", "*", "\ue863"]


@dataclass(frozen=True)
class Regime:
    """One way for two lists to be unlike. Shares of rows unless said otherwise; list B is spoiled, A at a tenth."""

    says: str = ""
    columns: tuple[str, ...] = ("name", "sex", "idno", "birth", "village", "group", "household")
    name: float = 0.05
    id_missing: float = 0.06
    id_damaged: float = 0.06
    birth_missing: float = 0.0
    birth_slip: float = 0.02
    birth_form: str = "digits"
    lunar: float = 0.0
    sex_missing: float = 0.0
    sex_wrong: float = 0.0
    sex_form: tuple[str, str] = ("男", "女")
    village_form: str = "plain"
    village_renamed: float = 0.0  # of the villages
    group_missing: float = 0.05
    moved: float = 0.02
    split: float = 0.0  # of the households, on B
    merged: float = 0.0
    household_form: str = "number"
    in_a: float = 0.9  # of the households
    in_b: float = 0.9
    person_in: float = 0.96
    surnames: int = 4  # ruling a village; 1 = a village of one name
    ruling: float = 0.6
    generation_names: float = 0.0
    twins: float = 0.01  # of children
    namesakes: float = 0.0
    parent_sound: float = 0.0
    rare: float = 0.002
    swapped_cells: float = 0.0
    two_numbers: float = 0.0
    borrowed: float = 0.0
    repeated: float = 0.0
    phones: bool = False
    ids_elsewhere: bool = False
    ids_cut: bool = False
    b_share: float = 1.0  # B is this part of itself


IDLESS = Regime(columns=("name", "sex", "village", "group", "household"), name=0.08)
BIRTHS = replace(IDLESS, columns=(*IDLESS.columns, "birth"))

REGIMES: dict[str, Regime] = {
    "ids": Regime("12 % damaged or missing ids"),
    "ids_only_name": Regime("name and id, nothing else", columns=("name", "idno")),
    "ids_cut": Regime("every id cut to 15 digits by the spreadsheet", ids_cut=True),
    "ids_elsewhere": Regime("B's ids are other people's of another county", ids_elsewhere=True),
    "two_numbers": Regime("2 % have two valid ids, 2 % bear a relative's", two_numbers=0.02, borrowed=0.02),
    "swapped_cells": Regime("5 % of the rows have name and id in each other's column", swapped_cells=0.05),
    "repeated": Regime("4 % of the rows stand on the list again", repeated=0.04),
    "phones": Regime("no ids; a telephone per household", columns=("name", "sex", "birth", "village", "phone"), phones=True),
    "no_ids": replace(BIRTHS, says="no ids, all births"),
    "no_household": replace(BIRTHS, says="no ids, births, no household", columns=("name", "sex", "birth", "village", "group")),
    "no_village": replace(BIRTHS, says="no ids, births, no place", columns=("name", "sex", "birth", "household")),
    "no_group": replace(IDLESS, says="no ids, no births, no group", columns=("name", "sex", "village", "household")),
    "no_sex": replace(BIRTHS, says="no ids; sex missing for half, wrong for 3 %", sex_missing=0.5, sex_wrong=0.03),
    "only_name_birth": replace(BIRTHS, says="name and birth date only", columns=("name", "birth")),
    "no_births": replace(IDLESS, says="no ids, no births, households", name=0.05),
    "no_births_12": replace(IDLESS, says="no ids, no births, 12 % of the names wrong", name=0.12),
    "births_40": replace(BIRTHS, says="no ids, 60 % without birth, 12 % of the names wrong", name=0.12, birth_missing=0.6),
    "small_b": replace(IDLESS, says="no ids, no births, B 40 % of A", in_a=1.0, b_share=0.4),
    "strangers": replace(IDLESS, says="no ids, no births; 30 % of B's households and 10 % of its people not on A", in_a=0.7, person_in=0.9),
    "strangers_births": replace(BIRTHS, says="no ids; 30 % of B's households not on A", in_a=0.7, person_in=0.9),
    "one_surname": replace(IDLESS, says="villages of one surname with generation names, no births", surnames=1, ruling=0.93, generation_names=0.85),
    "one_surname_births": replace(BIRTHS, says="the same, with births", surnames=1, ruling=0.93, generation_names=0.85),
    "kin": replace(BIRTHS, says="twins, same-name cousins, a parent sounding like the child", twins=0.06, namesakes=0.03, parent_sound=0.03),
    "split": replace(IDLESS, says="15 % of the households split, 5 % merged, 8 % of the people moved", split=0.15, merged=0.05, moved=0.08),
    "villages": replace(IDLESS, says="villages written with their township and office, a fifth renamed", village_form="long", village_renamed=0.2),
    "villages_numbered": replace(BIRTHS, says="villages in B merged under new names", village_form="merged"),
    "full_path": replace(IDLESS, says="B's village column holds county, town, village and group", village_form="path"),
    "births_dashes": replace(BIRTHS, says="births as 1980-01-01 against 1980.1.1", birth_form="dots"),
    "births_floats": replace(BIRTHS, says="births as 19800101.0", birth_form="float"),
    "births_chinese": replace(BIRTHS, says="births as 1980年1月1日", birth_form="chinese"),
    "births_serial": replace(BIRTHS, says="births as spreadsheet day numbers", birth_form="serial"),
    "births_month": replace(BIRTHS, says="births as 1980-01, sometimes 80.1", birth_form="month"),
    "births_lunar": replace(BIRTHS, says="30 % of the births lunar", lunar=0.3),
    "household_village": replace(IDLESS, says="household numbers begin again in every village", household_form="village"),
    "household_head": replace(IDLESS, says="the household is the head's name", household_form="head"),
    "names_rare": replace(BIRTHS, says="3 % of the names lose a rare character", rare=0.03),
}


# ---------------------------------------------------------------- people


@cache
def _sounds() -> tuple[dict[str, str], dict[str, list[str]]]:
    """Reading of every character of GB 2312's first level, and the characters of every reading."""
    from pypinyin import lazy_pinyin

    characters = [bytes([high, low]).decode("gb2312") for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF) if (high, low) < (0xD7, 0xFA)]
    reading = {c: lazy_pinyin(c)[0] for c in characters}
    groups: dict[str, list[str]] = {}
    for character, sound in reading.items():
        groups.setdefault(sound, []).append(character)
    return reading, groups


def population(size: int, r: Regime, rng: np.random.Generator) -> pd.DataFrame:
    """Households of one to three generations; person, home, village, group, name, sex, birth, idno, phone."""
    homes = max(int(size / 3.6), 30)
    villages = max(homes // 280, 3)
    village = np.sort(rng.integers(0, villages, homes))
    ruling = rng.integers(0, len(COMMON), (villages, r.surnames))
    free = np.minimum((rng.pareto(0.9, homes) * 6).astype(int), len(COMMON) - 1)
    rules = rng.random(homes) < r.ruling
    surname = np.where(rules, ruling[village, np.minimum(rng.geometric(0.5, homes) - 1, r.surnames - 1)], free)
    characters = list(_sounds()[0])
    pool = np.array(characters)[rng.permutation(len(characters))[:700]]
    weight = 1 / (np.arange(700) + 15.0)
    weight /= weight.sum()
    generation = rng.integers(0, 700, (villages, 8))  # the poem that every lineage names its generations by
    rows: list[tuple[int, str, bool, int, int, str]] = []
    draws = iter(rng.choice(700, homes * 24, p=weight).tolist())
    luck = iter(rng.random(homes * 60).tolist())
    ages = rng.integers(24, 76, homes).tolist()
    for home in range(homes):
        family = COMMON[surname[home]] if next(luck) > 0.004 else DOUBLE[int(next(luck) * len(DOUBLE))]
        poem, head_age = generation[village[home]], ages[home]

        def called(own: bool, age: int, male: bool, family: str = family, poem: Any = poem) -> str:
            last = family if own else COMMON[min(int(-np.log(next(luck) + 1e-9) * 22), len(COMMON) - 1)]
            one = pool[next(draws)]
            if own and male and next(luck) < r.generation_names:
                return last + pool[poem[age // 24 % 8]] + one
            return last + (str(pool[next(draws)]) if next(luck) < 0.72 else "") + one

        members: list[tuple[str, bool, int]] = []
        male = next(luck) < 0.85
        members.append((called(True, head_age, male), male, head_age))
        if next(luck) < 0.7:
            members.append((called(False, head_age, not male), not male, head_age + int(next(luck) * 8) - 4))
        children = sum(next(luck) < chance for chance in (0.62, 0.45, 0.2, 0.06)) if head_age < 66 else int(next(luck) < 0.3)
        previous = -1
        for _ in range(children):
            boy = next(luck) < 0.53
            age = max(head_age - 20 - int(next(luck) * 14), 0)
            if previous >= 0 and next(luck) < r.twins:
                age = -previous - 1  # same day as the sibling before
            name = called(True, abs(age), boy)
            if next(luck) < r.parent_sound:
                name = _alike(members[0][0], next(luck))
            members.append((name, boy, age))
            previous = age if age >= 0 else previous
        for chance in (0.3, 0.16):
            if next(luck) < chance and head_age < 60:
                old_male = chance < 0.2
                members.append((called(old_male, head_age + 25, old_male), old_male, head_age + 20 + int(next(luck) * 12)))
        taken: set[str] = set()
        for name, is_male, age in members:
            while name in taken:
                name = name[:-1] + str(pool[next(draws)])
            taken.add(name)
            rows.append((home, name, is_male, age, int(village[home]), members[0][0]))
    people = pd.DataFrame(rows, columns=["home", "name", "male", "age", "village", "head"])
    people["group"] = rng.integers(1, 12, homes)[people["home"]]
    _give_dates(people, rng)
    _namesakes(people, r, rng)
    _give_numbers(people, rng)
    people["phone"] = [f"1{30 + h % 60}{h * 7919 % 100000000:08d}" for h in people["home"].tolist()]
    people["person"] = np.arange(len(people))
    return people


def _alike(name: str, luck: float) -> str:
    """Another name that sounds the same."""
    reading, groups = _sounds()
    others = [c for c in groups.get(reading.get(name[-1], ""), []) if c != name[-1]]
    return name[:-1] + others[int(luck * 1e6) % len(others)] if others else name


def _give_dates(people: pd.DataFrame, rng: np.random.Generator) -> None:
    size = len(people)
    age = people["age"].to_numpy()
    year = 2021 - np.where(age < 0, -age - 1, age)
    day = rng.integers(1, 13, size) * 100 + rng.integers(1, 29, size)
    birth = year * 10000 + day
    for row in np.flatnonzero(age < 0):  # a twin
        birth[row] = birth[row - 1]
    people["birth"] = birth


def _namesakes(people: pd.DataFrame, r: Regime, rng: np.random.Generator) -> None:
    """Cousins: another household of the village has somebody of the same full name and sex, born within four years or not."""
    names = people["name"].to_numpy(dtype=object).copy()
    for row in np.flatnonzero(rng.random(len(people)) < r.namesakes):
        other = row + int(rng.integers(5, 400))
        if other < len(people):
            same = people["village"].iat[other] == people["village"].iat[row] and people["male"].iat[other] == people["male"].iat[row]
            if same and people["home"].iat[other] != people["home"].iat[row]:
                names[other] = names[row]
    people["name"] = names


def _give_numbers(people: pd.DataFrame, rng: np.random.Generator) -> None:
    """Valid numbers of a county that does not exist, no two alike."""
    size = len(people)
    digits = 519923 * 10**11 + people["birth"].to_numpy().astype(np.int64) * 1000 + rng.integers(0, 500, size) * 2 + people["male"].to_numpy()
    digits += pd.Series(digits).groupby(digits).cumcount().to_numpy() * 10**13
    people["idno"] = [with_check(str(d)) for d in digits.tolist()]


def with_check(first: str) -> str:
    """17 digits and their check character."""
    total = sum(int(c) * (1 << (17 - i)) for i, c in enumerate(first))  # 2^(18−i) mod 11 is the standard's weight
    return first + "0123456789X"[(12 - total % 11) % 11]


# ---------------------------------------------------------------- lists


def made(size: int, r: Regime, seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two lists; the column person is the truth, the rest is what a clerk would hand over."""
    rng = np.random.default_rng(seed)
    people = population(size, r, rng)
    homes = people["home"].to_numpy()
    sides = []
    for share in (r.in_a, r.in_b):
        there = rng.random(homes.max() + 1) < share
        sides.append(people[there[homes] & (rng.random(len(people)) < r.person_in)])
    a, b = (side.sample(frac=1, random_state=seed + i).reset_index(drop=True) for i, side in enumerate(sides))
    if r.b_share < 1:
        kept = rng.random(homes.max() + 1) < r.b_share
        b = b[kept[b["home"]]].reset_index(drop=True)
    light = replace(
        r, name=r.name / 10, id_missing=r.id_missing / 10, id_damaged=r.id_damaged / 10, birth_missing=r.birth_missing / 3,
        birth_slip=r.birth_slip / 10, birth_form="digits", lunar=0, sex_missing=0, sex_wrong=0, village_form="plain", village_renamed=0,
        group_missing=0.01, moved=0, split=0, merged=0, rare=0, swapped_cells=0, two_numbers=0, borrowed=0, repeated=0, ids_elsewhere=False,
        ids_cut=False, household_form="number",
    )  # fmt: skip
    return _listed(a, light, rng, "a"), _listed(b, r, rng, "b")


def _listed(people: pd.DataFrame, r: Regime, rng: np.random.Generator, side: str) -> pd.DataFrame:
    """The rows as that office wrote them."""
    if r.repeated:
        again = people[rng.random(len(people)) < r.repeated]
        people = pd.concat([people, again], ignore_index=True).sample(frac=1, random_state=5).reset_index(drop=True)
    size = len(people)
    frame = pd.DataFrame({f"{side}_id": [f"{side}{i}" for i in range(size)], "person": people["person"].to_numpy()})
    frame["name"] = _names(people["name"].tolist(), r, rng)
    sex = np.where(people["male"].to_numpy() ^ (rng.random(size) < r.sex_wrong), *r.sex_form).astype(object)
    sex[rng.random(size) < r.sex_missing] = None
    frame["sex"] = sex
    frame["idno"] = _ids(people, r, rng)
    frame["birth"] = _births(people["birth"].tolist(), r, rng)
    frame["village"], group = _places(people, r, rng)
    forms = (lambda g: f"{g}组", lambda g: f"第{DIGITS[g] if g < 11 else '十一'}村民小组", lambda g: f"{g}", lambda g: f"{g}社")
    style = rng.integers(0, len(forms), size) if side == "b" else np.zeros(size, dtype=int)
    frame["group"] = [forms[s](g) for s, g in zip(style.tolist(), group.tolist(), strict=True)]
    frame.loc[rng.random(size) < r.group_missing, "group"] = None
    frame["household"] = _households(people, r, rng, side)
    frame["phone"] = np.where(rng.random(size) < 0.1, None, people["phone"].to_numpy(dtype=object))
    _swap_cells(frame, r, rng)
    return frame[[f"{side}_id", "person", *r.columns]]


def _names(names: list[str], r: Regime, rng: np.random.Generator) -> list[str]:
    reading, groups = _sounds()
    everything = list(reading)
    for i in np.flatnonzero(rng.random(len(names)) < r.name).tolist():
        name, kind = names[i], rng.random()
        at = 0 if rng.random() < 0.08 else int(rng.integers(1, len(name)))
        sound = [c for c in groups.get(reading.get(name[at], ""), []) if c != name[at]]
        if kind < 0.65 and sound:
            names[i] = name[:at] + sound[int(rng.integers(0, len(sound)))] + name[at + 1 :]
        elif kind < 0.85:  # a character of another sound: read wrongly off a hand-written sheet
            names[i] = name[:at] + everything[int(rng.integers(0, len(everything)))] + name[at + 1 :]
        elif kind < 0.92 and len(name) == 3:
            names[i] = name[0] + name[2] + name[1]
        elif kind < 0.97 and len(name) == 3:
            names[i] = name[0] + name[2]
        else:
            names[i] = " ".join(name)
    for i in np.flatnonzero(rng.random(len(names)) < r.rare).tolist():
        names[i] = names[i][:-1] + (LOST[int(rng.integers(0, len(LOST)))] if rng.random() < 0.7 else RARE[int(rng.integers(0, len(RARE)))])
    return names


def _ids(people: pd.DataFrame, r: Regime, rng: np.random.Generator) -> list[str | None]:
    ids: list[str | None] = people["idno"].tolist()
    size = len(ids)
    if r.ids_elsewhere:
        ids = [with_check(f"5199{rng.integers(30, 60)}{b}{rng.integers(0, 1000):03d}") for b in people["birth"].tolist()]
    if r.ids_cut:
        return [None if i is None else f"{i[0]}.{i[1:15]}E+17" if rng.random() < 0.5 else i[:15] + "000" for i in ids]
    draw = rng.random(size)
    home_ids = people.groupby("home")["idno"].first()
    for i in np.flatnonzero(draw < r.id_missing + r.id_damaged).tolist():
        number = str(ids[i])
        at = int(rng.integers(0, 17))
        damaged = [
            number[:at] + str(rng.integers(0, 10)) + number[at + 1 :], number[:at] + number[at + 1] + number[at] + number[at + 2 :],
            number[:15] + "000", number[:at] + number[at + 1 :], number[:at] + number[at] + number[at:], number[:14] + "****",
            number[:17] + "*", "'" + number.lower(), number[:6] + " " + number[6:14] + " " + number[14:], number[:16] + str(rng.integers(10, 99)),
        ]  # fmt: skip
        ids[i] = None if draw[i] < r.id_missing else damaged[int(rng.integers(0, len(damaged)))]
    for i in np.flatnonzero(rng.random(size) < r.two_numbers).tolist():
        number = str(people["idno"].iat[i])
        ids[i] = with_check(number[:14] + f"{(int(number[14:17]) + 2 * int(rng.integers(1, 400))) % 1000:03d}")
    for i in np.flatnonzero(rng.random(size) < r.borrowed).tolist():
        ids[i] = home_ids.loc[people["home"].iat[i]]
    return ids


def _births(births: list[int], r: Regime, rng: np.random.Generator) -> list[str | None]:
    written: list[str | None] = []
    for date, slip, missing, lunar in zip(births, *(rng.random((3, len(births))).tolist()), strict=True):
        if slip < r.birth_slip:
            year, month, day = date // 10000, date // 100 % 100, date % 100
            kind = int(slip * 1e7) % 4
            date = (year * 10000 + day * 100 + month) if kind == 0 and day <= 12 else (year + 1 - 2 * (kind % 2)) * 10000 + month * 100 + day if kind < 3 else date - date % 10000 + 101  # fmt: skip  # noqa: E501
        if lunar < r.lunar:
            earlier = pd.Timestamp(str(date)) - pd.Timedelta(days=20 + int(lunar * 1e6) % 30)
            date = int(earlier.strftime("%Y%m%d"))
        written.append(None if missing < r.birth_missing else _date(date, r.birth_form, int(slip * 1e5) % 7))
    return written


def _date(date: int, form: str, luck: int) -> str:
    year, month, day = date // 10000, date // 100 % 100, date % 100
    if form == "dots":
        return f"{year}.{month}.{day}" if luck else f"{year}/{month:02d}/{day:02d}"
    if form == "float":
        return f"{date}.0"
    if form == "chinese":
        return f"{year}年{month}月{day}日"
    if form == "serial":
        return str((pd.Timestamp(str(date)) - pd.Timestamp("1899-12-30")).days)
    if form == "month":
        return f"{year}-{month:02d}" if luck else f"{year % 100}.{month}"
    return str(date)


def _village_name(number: int) -> str:
    stem = FIRST[number % len(FIRST)] + SECOND[number * 7 % len(SECOND)]
    return stem + (SECOND[number // len(FIRST) % len(SECOND)] if number >= len(FIRST) else "")


def _places(people: pd.DataFrame, r: Regime, rng: np.random.Generator) -> tuple[list[str], Any]:
    village, group = people["village"].to_numpy(), people["group"].to_numpy()
    count = int(village.max()) + 1
    town = np.arange(count) // 12
    names = [_village_name(v) for v in range(count)]
    if r.village_form == "merged":  # two by two under a name of their own
        names = ["新" + _village_name(400 + v // 2) for v in range(count)]
    renamed = rng.random(count) < r.village_renamed
    names = [_village_name(800 + v) if new else name for v, (name, new) in enumerate(zip(names, renamed.tolist(), strict=True))]
    office = [f"{FIRST[t % 40]}{SECOND[(t * 3 + 5) % 40]}镇" for t in town.tolist()]
    forms: dict[str, Callable[[int, int, int], str]] = {
        "plain": lambda v, g, s: names[v] + "村", "merged": lambda v, g, s: names[v] + "村",
        "long": lambda v, g, s: (names[v] + "村", office[v] + names[v] + "村", names[v] + "村民委员会", names[v])[s],
        "path": lambda v, g, s: f"大盐井县{office[v]}{names[v]}村{g}组" if s else f"{office[v]}{names[v]}村",
    }  # fmt: skip
    write = forms[r.village_form]
    style = rng.integers(0, 4, len(people)).tolist()
    return [write(v, g, s) for v, g, s in zip(village.tolist(), group.tolist(), style, strict=True)], group


def _households(people: pd.DataFrame, r: Regime, rng: np.random.Generator, side: str) -> list[str]:
    home = people["home"].to_numpy().copy()
    top = int(home.max()) + 1
    leaves = (rng.random(top) < r.split)[home] & (rng.random(len(home)) < 0.5)
    home = np.where(leaves, home + top, home)
    joins = rng.random(2 * top) < r.merged
    home = np.where(joins[home] & (home + 1 < top), home + 1, home)
    moved = rng.random(len(home)) < r.moved
    home = np.where(moved, rng.choice(home, len(home)), home)
    if r.household_form == "head":
        return people["head"].tolist()
    if r.household_form == "village":
        frame = pd.DataFrame({"home": home, "village": people["village"].to_numpy()})
        return (frame.groupby("village")["home"].transform(lambda h: pd.factorize(h)[0]) + 1).astype(str).tolist()
    numbers = rng.permutation(2 * top) + (10**6 if side == "a" else 7 * 10**6)
    return [str(n) for n in numbers[home].tolist()]


def _swap_cells(frame: pd.DataFrame, r: Regime, rng: np.random.Generator) -> None:
    rows = np.flatnonzero(rng.random(len(frame)) < r.swapped_cells)
    names, ids = frame["name"].to_numpy(dtype=object).copy(), frame["idno"].to_numpy(dtype=object).copy()
    names[rows], ids[rows] = ids[rows], names[rows].copy()
    frame["name"], frame["idno"] = names, ids


# ---------------------------------------------------------------- measuring


def measure(a: pd.DataFrame, b: pd.DataFrame) -> dict[str, float]:
    """Precision, recall and F1 of all links above even odds; the same of automatic ones; their share."""
    from pipeline.link import link, load_config

    start = time.perf_counter()
    result = link(a.set_index("a_id").drop(columns="person"), b.set_index("b_id").drop(columns="person"), load_config())
    seconds = time.perf_counter() - start
    doubtful = result.review[result.review["chosen"] & (result.review["probability"] >= 0.5)]
    person_a, person_b = a.set_index("a_id")["person"], b.set_index("b_id")["person"]
    wanted = int(b["person"].isin(set(a["person"])).sum())
    found: dict[str, float] = {}
    for kind, pairs in (("", pd.concat([result.links, doubtful])), ("auto_", result.links)):
        right = int((person_a.loc[pairs["a"]].to_numpy() == person_b.loc[pairs["b"]].to_numpy()).sum())
        found[kind + "P"], found[kind + "R"] = right / max(len(pairs), 1), right / max(wanted, 1)
    found["F1"] = 2 * found["P"] * found["R"] / max(found["P"] + found["R"], 1e-9)
    estimates = result.estimates[result.estimates["township"] == ""].set_index("measure")["value"]
    found["est_P"] = float(estimates.get("precision_by_posterior", np.nan))
    found["est_R"] = float(estimates.get("recall_by_posterior", np.nan))
    found["seconds"] = seconds
    return found


def main() -> None:
    """One row per regime."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=12_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    print("| regime | P | R | F1 | automatic P | automatic R | estimated P | estimated R | seconds |")
    print("|" + "---|" * 9)
    for name, regime in REGIMES.items():
        if options.only in name:
            m = measure(*made(options.size, regime, options.seed))
            cells = [f"{m[k]:.4f}" for k in ("P", "R", "F1", "auto_P", "auto_R", "est_P", "est_R")]
            print(f"| {name}: {regime.says} | " + " | ".join(cells) + f" | {m['seconds']:.0f} |", flush=True)


if __name__ == "__main__":
    main()
