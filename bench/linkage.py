"""Linkage measured: our linker, Splink and plain recordlinkage on the same data, accuracy, seconds and memory side by side.

    uv run --group bench python bench/linkage.py                      # the table at 10k and 100k
    uv run --group bench python bench/linkage.py --size 1000000       # the large county too
    uv run python bench/linkage.py --a A.parquet --b B.parquet --out PAIRS.csv    # any two lists of yours

The invented county comes from this file's own generator. Its error rates and its confusable characters are not the ones in
mappings/linkage.yml: what links must not know what spoiled.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "bench" / "linkage"
sys.path.insert(0, str(ROOT))

# ---------------------------------------------------------------- an invented county

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦傅方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
MALE = "伟强军勇涛超明刚平辉杰鹏华飞鑫波斌浩宇林建国文志永德成福贵海东红春生云龙光荣兴祥义忠良才新安正清元富民顺先学家世贤礼智仁勤俭昌盛茂松柏山川河江峰磊俊毅帆翔博健铭泽"
FEMALE = "芳娜敏静丽艳娟霞秀英玲燕兰梅红霜琴莉桂珍凤萍月素云莲真环雪荣爱妹香莺媛瑞佳嘉琼勤贞淑婷慧巧美惠珠翠雅芝玉花春菊碧群芬晓小玉彩仙琳洁梦瑶怡雯欣菲诗涵"
# Pairs a tired eye confuses; drawn up apart from the linker's own list and larger in places, smaller in others.
LOOKS = ["军车", "勇男", "明朋", "平乎", "杰木", "华毕", "波皮", "斌武", "国围", "文丈", "永水", "成戍", "海每", "东车", "生主", "光兴", "义叉", "良艮", "才木", "清倩", "元无", "富宫", "先洗", "学字", "家豪", "世甘", "贤坚", "智知", "昌冒", "茂芪", "柏拍", "山出", "江红", "峰蜂", "俊竣", "健建", "铭洛", "泽译", "芳方", "娜哪", "敏每", "静睛", "丽两", "娟捐", "霞震", "秀季", "英央", "玲铃", "燕蒸", "兰三", "梅海", "琴芩", "桂佳", "珍诊", "凤风", "萍苹", "月用", "素索", "莲连", "环坏", "雪雷", "爱受", "香杳", "佳挂", "贞贝", "淑椒", "婷停", "慧惠", "巧功", "珠株", "雅稚", "芝乏", "玉王", "花化", "菊掬", "群郡", "芬分", "晓皖", "彩采", "仙汕", "琳林", "洁吉", "瑶摇", "欣掀", "张弛", "王玉", "李季", "杨扬", "陈陣", "周同", "吴昊", "徐除", "孙孔", "马乌", "郭敦", "梁粱", "宋未", "唐康", "冯凭", "肖尚", "袁表", "潘番", "余佘", "程呈", "苏办", "魏巍", "任仟", "姚桃", "汪江", "范苑", "石右", "夏复", "邹绉", "孟盂", "熊态", "邱丘", "侯候", "毛手", "莫英"]  # fmt: skip
VARIANTS = {"肖": "萧", "闫": "阎", "傅": "付", "邱": "丘", "戴": "代", "峰": "峯", "群": "羣", "秀": "琇", "兰": "蘭", "国": "國", "华": "華", "东": "東", "贵": "貴", "陈": "陳", "刘": "劉", "张": "張", "兴": "興", "龙": "龍"}  # fmt: skip
HOMOPHONES = "伟玮维卫强墙军君钧均勇永咏涛陶超朝明铭名刚钢平萍苹屏辉晖挥杰洁捷鹏朋华骅花飞菲非波博斌彬宾浩昊皓宇雨羽玉育林琳霖建健剑国果文雯闻志智治致德得成城诚程福富付贵桂海东冬红洪宏鸿春椿生声升云芸耘龙隆光广荣容蓉兴星祥翔详义艺毅怡易忠中钟良梁才材财新欣心馨安正政郑清青轻元园源圆民敏顺先贤鲜学雪家佳嘉加世士仕礼丽莉力仁仕人任勤琴芹俭简昌长常茂贸松嵩柏山珊川传河禾和江姜峰锋枫风凤磊蕾雷俊骏帆凡泽则芳方娜纳静净敬艳燕彦娟霞侠秀绣英瑛樱玲铃灵兰蓝岚梅美妹珍贞真月岳素苏莲连环寰爱艾香湘媛圆瑞睿琼琼淑叔婷亭慧惠会巧翠粹雅亚芝之知菊局碧必群裙芬分晓小肖彩采仙先梦孟瑶遥诗师涵含"
RELATIONS = ("户主", "配偶", "之子", "之女", "之父母", "之孙子")


@dataclass(frozen=True)
class Damage:
    """How B (and, at a fifth of the rate, A) is spoiled. Shares of rows."""

    name: float = 0.03
    birth_missing: float = 0.0
    birth_slip: float = 0.01
    id_missing: float = 0.10
    id_damaged: float = 0.03
    village_spelling: float = 0.15
    group_missing: float = 0.05
    moved: float = 0.02
    columns: tuple[str, ...] = ("name", "sex", "idno", "birth", "village", "group", "household", "relation")


IDLESS = Damage(
    name=0.12, birth_missing=0.6, birth_slip=0.02, columns=("name", "sex", "birth", "village", "group", "household")
)


@dataclass(frozen=True)
class County:
    """Two lists and the truth: person numbers of each row, household numbers of each row."""

    a: pd.DataFrame
    b: pd.DataFrame

    def truth(self) -> set[tuple[str, str]]:
        """(a_id, b_id) of the same person."""
        joined = self.a[["a_id", "person"]].merge(self.b[["b_id", "person"]], on="person")
        return set(zip(joined["a_id"], joined["b_id"], strict=True))


def county(size: int, damage: Damage, seed: int = 1) -> County:
    """About `size` rows per list; 85 % of the households of each are on the other."""
    rng = np.random.default_rng(seed)
    people = _people(int(size / 0.9), rng)
    homes = people["home"].to_numpy()
    in_a = rng.random(homes.max() + 1) < 0.92
    in_b = rng.random(homes.max() + 1) < 0.88
    a = people[in_a[homes] & (rng.random(len(people)) < 0.98)].sample(frac=1, random_state=seed)
    b = people[in_b[homes] & (rng.random(len(people)) < 0.95)].sample(frac=1, random_state=seed + 1)
    light = Damage(
        name=damage.name / 5, birth_missing=0, birth_slip=0.002, id_missing=damage.id_missing / 5,
        id_damaged=damage.id_damaged / 5, village_spelling=0, group_missing=0, moved=0, columns=damage.columns,
    )  # fmt: skip
    return County(_spoil(a, light, rng, "a"), _spoil(b, damage, rng, "b"))


def _people(size: int, rng: np.random.Generator) -> pd.DataFrame:
    """Households of two or three generations in villages with a few ruling surnames; siblings often share a character."""
    homes = int(size / 3.4)
    village = np.sort(rng.integers(0, max(homes // 320, 2), homes))
    ruling = rng.integers(0, len(SURNAMES), (village.max() + 1, 4))
    weights = 1 / (np.arange(len(SURNAMES)) + 4.0)
    free = rng.choice(len(SURNAMES), homes, p=weights / weights.sum())
    surname = np.where(rng.random(homes) < 0.62, ruling[village, rng.choice(4, homes, p=[0.5, 0.25, 0.15, 0.1])], free)
    age = rng.integers(28, 72, homes)
    shared_character = rng.integers(0, len(MALE), homes)
    base = pd.DataFrame({"home": np.arange(homes), "village": village, "group": rng.integers(1, 9, homes)})
    parts = []
    for role, chance in ((0, 1.0), (1, 0.74), (2, 0.5), (2, 0.28), (3, 0.5), (3, 0.2), (4, 0.25), (4, 0.12), (5, 0.2)):
        there = np.flatnonzero(rng.random(homes) < chance)
        male = {0: rng.random(len(there)) < 0.85, 1: rng.random(len(there)) < 0.12, 4: rng.random(len(there)) < 0.5}
        is_male = male.get(role, np.full(len(there), role == 2))
        if role == 5:
            is_male = rng.random(len(there)) < 0.5
        gap = {0: 0, 1: rng.integers(-4, 4, len(there)), 4: rng.integers(20, 32, len(there)), 5: -rng.integers(44, 56, len(there))}
        years = np.maximum(age[there] + gap.get(role, -rng.integers(20, 33, len(there))), 0)
        strange = rng.choice(len(SURNAMES), len(there), p=weights / weights.sum())
        own = (role in (0, 2, 3, 5)) | ((role == 4) & is_male)
        frame = base.iloc[there].assign(
            role=role, male=is_male, age=years, surname=np.where(own, surname[there], strange),
            sibling=np.where((role in (2, 3)) & (rng.random(len(there)) < 0.4), shared_character[there], -1),
        )  # fmt: skip
        parts.append(frame)
    people = pd.concat(parts, ignore_index=True).head(size).reset_index(drop=True)
    people["name"] = _names(people, rng)
    people["birth"], people["idno"] = _numbers(people, rng)
    return people.assign(person=np.arange(len(people)))


def _names(people: pd.DataFrame, rng: np.random.Generator) -> list[str]:
    """A surname and one or two characters fit for the sex."""
    size = len(people)
    picks = {}
    for pool, key in ((MALE, True), (FEMALE, False)):
        weights = 1 / (np.arange(len(pool)) + 8.0)
        picks[key] = rng.choice(len(pool), (size, 2), p=weights / weights.sum())
    two = rng.random(size) < 0.8
    names = []
    columns = (people["surname"], people["male"], people["sibling"], picks[True], picks[False], two)
    for surname, male, sibling, he, she, long in zip(*(np.asarray(c) for c in columns), strict=True):
        pool, pick = (MALE, he) if male else (FEMALE, she)
        first = MALE[sibling] if sibling >= 0 else pool[pick[0]]
        names.append(SURNAMES[surname] + (first + pool[pick[1]] if long else pool[pick[1]]))
    return names


def _numbers(people: pd.DataFrame, rng: np.random.Generator) -> tuple[list[str], list[str]]:
    """Birth dates and valid numbers of a county that does not exist (519923), a fifth issued elsewhere in 5199xx."""
    size = len(people)
    year = 2022 - people["age"].to_numpy()
    date = year * 10000 + rng.integers(1, 13, size) * 100 + rng.integers(1, 29, size)
    region = np.where(rng.random(size) < 0.8, 519923, 519901 + rng.integers(0, 90, size))
    sequence = rng.integers(0, 500, size) * 2 + people["male"].to_numpy()
    digits = region.astype(np.int64) * 10**11 + date * 1000 + sequence
    # Nobody shares a number by accident: later holders of one move to another county's prefix.
    again = pd.Series(digits).groupby(digits).cumcount().to_numpy()
    digits += again * 100 * 10**11
    text = [str(value) for value in digits.tolist()]
    return [str(d) for d in date.tolist()], [t + _check(t) for t in text]


def _check(text: str) -> str:
    return "10X98765432"[sum(int(c) * w for c, w in zip(text, (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), strict=True)) % 11]


def _spoil(people: pd.DataFrame, damage: Damage, rng: np.random.Generator, side: str) -> pd.DataFrame:
    """The list as somebody typed it."""
    size = len(people)
    frame = pd.DataFrame({f"{side}_id": [f"{side}{i}" for i in range(size)]})
    spoiler = _NameSpoiler(rng)
    names = people["name"].tolist()
    for i in np.flatnonzero(rng.random(size) < damage.name):
        names[i] = spoiler.spoil(names[i])
    frame["name"] = names
    frame["sex"] = np.where(people["male"], "男", "女")
    frame["idno"] = _spoil_ids(people["idno"].tolist(), damage, rng)
    frame["birth"] = _spoil_births(people["birth"].tolist(), damage, rng)
    frame["village"] = _spoil_villages(people["village"].to_numpy(), damage, rng)
    group = people["group"].to_numpy()
    style = rng.integers(0, 3, size) if side == "b" else np.zeros(size, dtype=int)
    forms = [[f"{g}组" for g in range(10)], [f"{g}社" for g in range(10)], [f"第{'零一二三四五六七八九'[g]}村民小组" for g in range(10)]]  # fmt: skip
    blank = rng.random(size) < damage.group_missing
    frame["group"] = [None if b else forms[s][g] for g, s, b in zip(group.tolist(), style.tolist(), blank.tolist(), strict=True)]
    home = people["home"].to_numpy().copy()
    moved = np.flatnonzero(rng.random(size) < damage.moved)
    frame["true_home"] = people["home"].to_numpy()
    home[moved] = rng.choice(home, len(moved))
    numbers = rng.permutation(home.max() + 1)
    frame["household"] = [f"{side.upper()}{n:07d}" for n in numbers[home].tolist()]
    frame["relation"] = [RELATIONS[r] for r in people["role"].tolist()]
    frame["person"] = people["person"].to_numpy()
    dropped = [c for c in ("name", "sex", "idno", "birth", "village", "group", "household", "relation") if c not in damage.columns]
    return frame.drop(columns=dropped)


class _NameSpoiler:
    """Homophones (6 of 10), look-alikes (2), variant forms (1), and a lost or swapped character (1)."""

    def __init__(self, rng: np.random.Generator) -> None:
        from pypinyin import lazy_pinyin

        self.rng = rng
        self.sound: dict[str, list[str]] = {}
        for character in dict.fromkeys(HOMOPHONES + MALE + FEMALE + SURNAMES):
            self.sound.setdefault(lazy_pinyin(character)[0], []).append(character)
        self.reading = {c: s for s, group in self.sound.items() for c in group}
        self.look = {pair[0]: pair[1] for pair in LOOKS}

    def spoil(self, name: str) -> str:
        """One slip; where the drawn kind cannot happen to this name, another does."""
        kind = self.rng.random()
        at = 0 if self.rng.random() < 0.1 else int(self.rng.integers(1, len(name)))
        order = [self._sound, self._look, self._variant, self._order]
        first = 0 if kind < 0.6 else 1 if kind < 0.8 else 2 if kind < 0.9 else 3
        for step in range(4):
            spoiled = order[(first + step) % 4](name, at)
            if spoiled != name:
                return spoiled
        return name

    def _sound(self, name: str, at: int) -> str:
        others = [c for c in self.sound.get(self.reading.get(name[at], ""), []) if c != name[at]]
        return name[:at] + str(self.rng.choice(others)) + name[at + 1 :] if others else name

    def _look(self, name: str, at: int) -> str:
        return name[:at] + self.look.get(name[at], name[at]) + name[at + 1 :]

    def _variant(self, name: str, at: int) -> str:
        return "".join(VARIANTS.get(c, c) for c in name)

    def _order(self, name: str, at: int) -> str:
        if len(name) < 3:
            return name
        return name[0] + name[2] + name[1] if self.rng.random() < 0.5 else name[0] + name[2]


def _spoil_ids(ids: list[str], damage: Damage, rng: np.random.Generator) -> list[str | None]:
    """Missing, and damaged in seven ways."""
    spoiled: list[str | None] = list(ids)
    draw = rng.random(len(ids))
    for i in np.flatnonzero(draw < damage.id_missing):
        spoiled[i] = None if rng.random() < 0.9 else "999999999999999999"
    for i in np.flatnonzero((draw >= damage.id_missing) & (draw < damage.id_missing + damage.id_damaged)):
        spoiled[i] = _damage_id(ids[i], rng)
    return spoiled


def _damage_id(text: str, rng: np.random.Generator) -> str:
    kind, at = rng.integers(0, 8), int(rng.integers(0, 17))
    if kind <= 1:
        return text[:at] + str((int(text[at]) + int(rng.integers(1, 10))) % 10) + text[at + 1 :]
    if kind == 2:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    if kind == 3:
        return text[:15] + "000" if text[-1] != "X" else text.lower()
    if kind == 4:
        return text[:6] + text[8:17] if text[6:8] == "19" else text + "21"
    if kind == 5:
        return text[:at] + text[at + 1 :]
    if kind == 6:
        return text + str(rng.integers(1, 8)) + str(rng.integers(1, 5))
    return text[:at] + str(rng.integers(0, 10)) + text[at:]


def _spoil_births(births: list[str], damage: Damage, rng: np.random.Generator) -> list[str | None]:
    """Missing, month and day swapped, a digit wrong, a year off, or only the year."""
    spoiled: list[str | None] = list(births)
    for i in np.flatnonzero(rng.random(len(births)) < damage.birth_slip):
        date, kind = births[i], rng.integers(0, 4)
        options = [date[:4] + date[6:] + date[4:6], date[:7] + str((int(date[7]) + 1) % 10), str(int(date[:4]) + 1) + date[4:], date[:4] + "0101"]  # fmt: skip
        spoiled[i] = options[kind]
    for i in np.flatnonzero(rng.random(len(births)) < damage.birth_missing):
        spoiled[i] = None
    return spoiled


def _spoil_villages(villages: np.ndarray[Any, Any], damage: Damage, rng: np.random.Generator) -> list[str]:
    """XX村, or XX村民委员会, or a spelling of the list's own for a share of the villages."""
    first, second = "大小上下东西南北新老石青白红黄高长平双三", "坝湾沟坪梁岭河溪桥店寺庙塘井坡岩林竹桃柳"
    # Four hundred villages of two characters; beyond that a number tells them apart.
    stem = [first[v % 20] + second[v // 20 % 20] + ("" if v < 400 else second[v // 400 % 20] + first[v // 8000 % 20]) for v in range(int(villages.max()) + 1)]  # fmt: skip
    renamed = rng.random(len(stem)) < damage.village_spelling / 3
    old = [s[::-1] if r else s for s, r in zip(stem, renamed, strict=True)]
    long_form = rng.random(len(villages)) < damage.village_spelling
    return [old[v] + ("村民委员会" if form else "村") for v, form in zip(villages.tolist(), long_form.tolist(), strict=True)]


# ---------------------------------------------------------------- the linkers


def ours(a: pd.DataFrame, b: pd.DataFrame, extra: tuple[str, ...] = (), least: float = 0.5) -> pd.DataFrame:
    """b_id, a_id, probability, why: the product's links, and doubtful pairs that are more likely than not."""
    from dataclasses import replace

    from pipeline.link import link, load_config

    config = replace(load_config(), extra=extra)
    result = link(a.set_index("a_id"), b.set_index("b_id"), config)
    for warning in result.warnings:
        print("  !", warning, file=sys.stderr)
    pairs = pd.concat([result.links, result.review], ignore_index=True)
    pairs = pairs[pairs["probability"] >= least].rename(columns={"a": "a_id", "b": "b_id"})
    pairs.attrs["estimates"] = result.estimates
    return pairs[["b_id", "a_id", "probability", "stage", "why"]]
