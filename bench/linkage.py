"""Linkage measured: our linker, Splink and plain recordlinkage on the same data, accuracy, seconds and memory side by side.

    uv run --group bench python bench/linkage.py                      # the table at 10k, 100k and 1M × 1M
    uv run --group bench python bench/linkage.py --size 10000         # the small county only
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

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦傅方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"  # noqa: E501
MALE = "伟强军勇涛超明刚平辉杰鹏华飞鑫波斌浩宇林建国文志永德成福贵海东红春生云龙光荣兴祥义忠良才新安正清元富民顺先学家世贤礼智仁勤俭昌盛茂松柏山川河江峰磊俊毅帆翔博健铭泽"  # noqa: E501
FEMALE = "芳娜敏静丽艳娟霞秀英玲燕兰梅红霜琴莉桂珍凤萍月素云莲真环雪荣爱妹香莺媛瑞佳嘉琼勤贞淑婷慧巧美惠珠翠雅芝玉花春菊碧群芬晓小玉彩仙琳洁梦瑶怡雯欣菲诗涵"  # noqa: E501
# Pairs a tired eye confuses; drawn up apart from the linker's own list and larger in places, smaller in others.
LOOKS = ["军车", "勇男", "明朋", "平乎", "杰木", "华毕", "波皮", "斌武", "国围", "文丈", "永水", "成戍", "海每", "东车", "生主", "光兴", "义叉", "良艮", "才木", "清倩", "元无", "富宫", "先洗", "学字", "家豪", "世甘", "贤坚", "智知", "昌冒", "茂芪", "柏拍", "山出", "江红", "峰蜂", "俊竣", "健建", "铭洛", "泽译", "芳方", "娜哪", "敏每", "静睛", "丽两", "娟捐", "霞震", "秀季", "英央", "玲铃", "燕蒸", "兰三", "梅海", "琴芩", "桂佳", "珍诊", "凤风", "萍苹", "月用", "素索", "莲连", "环坏", "雪雷", "爱受", "香杳", "佳挂", "贞贝", "淑椒", "婷停", "慧惠", "巧功", "珠株", "雅稚", "芝乏", "玉王", "花化", "菊掬", "群郡", "芬分", "晓皖", "彩采", "仙汕", "琳林", "洁吉", "瑶摇", "欣掀", "张弛", "王玉", "李季", "杨扬", "陈陣", "周同", "吴昊", "徐除", "孙孔", "马乌", "郭敦", "梁粱", "宋未", "唐康", "冯凭", "肖尚", "袁表", "潘番", "余佘", "程呈", "苏办", "魏巍", "任仟", "姚桃", "汪江", "范苑", "石右", "夏复", "邹绉", "孟盂", "熊态", "邱丘", "侯候", "毛手", "莫英"]  # fmt: skip  # noqa: E501
VARIANTS = {"肖": "萧", "闫": "阎", "傅": "付", "邱": "丘", "戴": "代", "峰": "峯", "群": "羣", "秀": "琇", "兰": "蘭", "国": "國", "华": "華", "东": "東", "贵": "貴", "陈": "陳", "刘": "劉", "张": "張", "兴": "興", "龙": "龍"}  # fmt: skip  # noqa: E501
HOMOPHONES = "伟玮维卫强墙军君钧均勇永咏涛陶超朝明铭名刚钢平萍苹屏辉晖挥杰洁捷鹏朋华骅花飞菲非波博斌彬宾浩昊皓宇雨羽玉育林琳霖建健剑国果文雯闻志智治致德得成城诚程福富付贵桂海东冬红洪宏鸿春椿生声升云芸耘龙隆光广荣容蓉兴星祥翔详义艺毅怡易忠中钟良梁才材财新欣心馨安正政郑清青轻元园源圆民敏顺先贤鲜学雪家佳嘉加世士仕礼丽莉力仁仕人任勤琴芹俭简昌长常茂贸松嵩柏山珊川传河禾和江姜峰锋枫风凤磊蕾雷俊骏帆凡泽则芳方娜纳静净敬艳燕彦娟霞侠秀绣英瑛樱玲铃灵兰蓝岚梅美妹珍贞真月岳素苏莲连环寰爱艾香湘媛圆瑞睿琼琼淑叔婷亭慧惠会巧翠粹雅亚芝之知菊局碧必群裙芬分晓小肖彩采仙先梦孟瑶遥诗师涵含"  # noqa: E501
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


IDLESS = Damage(name=0.12, birth_missing=0.6, birth_slip=0.02, columns=("name", "sex", "birth", "village", "group", "household"))


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
        name = SURNAMES[surname] + (pool[pick[0]] + pool[pick[1]] if long else pool[pick[1]])
        if sibling >= 0:
            name = SURNAMES[surname] + MALE[sibling] + pool[pick[1]]
        names.append(name)
    return _no_namesakes(people["home"].tolist(), names)


def _no_namesakes(homes: list[int], names: list[str]) -> list[str]:
    """Nobody calls two members of one household the same: the later one's last character moves on."""
    taken: set[tuple[int, str]] = set()
    pool = MALE + FEMALE
    for i, (home, name) in enumerate(zip(homes, names, strict=True)):
        while (home, name) in taken:
            name = name[:-1] + pool[(pool.index(name[-1]) + 7) % len(pool)]
        taken.add((home, name))
        names[i] = name
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
    home[moved] = rng.choice(home, len(moved))
    frame["true_home"] = home  # whose number the row bears: a mover counts where he moved to
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
        swapped, digit = date[:4] + date[6:] + date[4:6], date[:7] + str((int(date[7]) + 1) % 10)
        options = [swapped, digit, str(int(date[:4]) + 1) + date[4:], date[:4] + "0101"]
        spoiled[i] = options[kind]
    for i in np.flatnonzero(rng.random(len(births)) < damage.birth_missing):
        spoiled[i] = None
    return spoiled


def _spoil_villages(villages: np.ndarray[Any, Any], damage: Damage, rng: np.random.Generator) -> list[str]:
    """XX村, or XX村民委员会, or a spelling of the list's own for a share of the villages."""
    first, second = "大小上下东西南北新老石青白红黄高长平双三", "坝湾沟坪梁岭河溪桥店寺庙塘井坡岩林竹桃柳"
    # Four hundred villages of two characters; beyond that two more tell them apart.
    stem = [first[v % 20] + second[v // 20 % 20] for v in range(int(villages.max()) + 1)]
    stem = [s if v < 400 else s + second[v // 400 % 20] + first[v // 8000 % 20] for v, s in enumerate(stem)]
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
    doubtful = result.review[result.review["chosen"] & (result.review["probability"] >= least)]
    pairs = pd.concat([result.links, doubtful], ignore_index=True).rename(columns={"a": "a_id", "b": "b_id"})
    pairs.attrs.update(
        warnings=result.warnings,
        estimates=result.estimates.to_dict("records"),
        households=result.households.loc[result.households["same"], ["a", "b"]].to_numpy().tolist(),
        automatic=len(result.links) / max(len(pairs), 1),
    )
    return pairs[["b_id", "a_id", "probability", "stage", "why"]].sort_values(["b_id", "a_id"], ignore_index=True)


def splink(a: pd.DataFrame, b: pd.DataFrame, extra: tuple[str, ...] = (), within: bool = False) -> pd.DataFrame:
    """Splink on DuckDB as its documentation advises: levels with term frequencies, u by sampling, EM twice, then greedy 1-1."""
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    parts = tuple(c for c in ("given_name", "surname") if c in a)
    a, b = (_splink_columns(side, (*parts, *extra)) for side in (a, b))
    columns = [c for c in a.columns if c in b.columns and a[c].notna().any() and b[c].notna().any()]
    a, b = a[columns], b[columns]
    tf = {"term_frequency_adjustments": True}
    made = {
        "name": lambda: _splink_name(),
        "birth": lambda: cl.DamerauLevenshteinAtThresholds("birth", [1, 2]),
        "idno": lambda: cl.DamerauLevenshteinAtThresholds("idno", [1, 2]),
        "sex": lambda: cl.ExactMatch("sex"),
        "village": lambda: cl.ExactMatch("village").configure(**tf),
        "team": lambda: cl.ExactMatch("team"),
        "phone": lambda: cl.ExactMatch("phone"),
    }
    if parts:
        del made["name"]
    comparisons = [make() for column, make in made.items() if column in columns]
    comparisons += [cl.NameComparison(c) for c in parts]
    comparisons += [cl.JaroWinklerAtThresholds(c, [0.92, 0.8]).configure(**tf) for c in extra if c in columns]
    wanted = [("idno",), ("name", "village"), ("sound", "village"), ("name", "birth"), ("sound", "birth"), ("birth", "village")]
    wanted += [("name", "sex", "team"), ("phone",), ("birth",) if len(a) < 20_000 else ("birth", "sex")]
    wanted += [(c, "birth_year") for c in (*parts, *extra)] + [(c, "name") for c in extra]
    wanted += [(x, y) for i, x in enumerate((*parts, *extra)) for y in (*parts, *extra)[i + 1 :]]
    rules = [block_on(*keys) for keys in wanted if set(keys) <= set(columns)]
    settings = SettingsCreator(
        link_type="dedupe_only" if within else "link_only", comparisons=comparisons, blocking_rules_to_generate_predictions=rules,
        unique_id_column_name="unique_id", retain_intermediate_calculation_columns=False,
    )  # fmt: skip
    api = DuckDBAPI()
    lists = [("la", a)] if within else [("la", a), ("lb", b)]
    linker = Linker([api.register(frame, dataset_display_name=name) for name, frame in lists], settings, log_level=None)
    linker.training.estimate_probability_two_random_records_match(
        [block_on(*k) for k in (("idno",), ("name", "birth"), ("name", "village")) if set(k) <= set(columns)], recall=0.8
    )  # fmt: skip
    linker.training.estimate_u_using_random_sampling(max_pairs=5e6)
    for keys in (("name", "village"), ("birth", "village"), ("idno",), ("birth",), ("given_name", "surname")):
        if set(keys) <= set(columns):
            linker.training.estimate_parameters_using_expectation_maximisation(block_on(*keys))
    found = linker.inference.predict(threshold_match_probability=0.05).as_pandas_dataframe()
    found = found.rename(columns={"unique_id_l": "a_id", "unique_id_r": "b_id", "match_probability": "probability"})
    if within:
        position = {label: i for i, label in enumerate(a["unique_id"])}
        swap = found["a_id"].map(position) > found["b_id"].map(position)
        found.loc[swap, ["a_id", "b_id"]] = found.loc[swap, ["b_id", "a_id"]].to_numpy()
        return found[found["probability"] >= 0.5]
    return greedy(found[["b_id", "a_id", "probability"]])


def _splink_columns(side: pd.DataFrame, extra: tuple[str, ...]) -> pd.DataFrame:
    """The columns Splink compares, with the pinyin it cannot compute and blanks as null."""
    from pypinyin import lazy_pinyin

    identity = "a_id" if "a_id" in side else "b_id"
    out = pd.DataFrame({"unique_id": side[identity].to_numpy()})
    for column in ("name", "birth", "idno", "sex", "village", "group", "phone", *extra):
        if column in side:
            out[column] = side[column].to_numpy()
    if "name" in out:
        sounds = {name: " ".join(lazy_pinyin(name)) for name in out["name"].dropna().unique()}
        out["sound"] = out["name"].map(sounds)
    if "idno" in out:
        out.loc[~out["idno"].fillna("").str.fullmatch(r"\d{14,17}.{0,3}") | out["idno"].fillna("").str.startswith("999999"), "idno"] = None
    out = out.rename(columns={"group": "team"})  # a word of SQL
    if "birth" in out:
        out["birth_year"] = out["birth"].str[:4]
    return out


def _splink_name() -> Any:
    """Name levels that know Chinese: equal (with term frequencies), same pinyin, near by Jaro-Winkler."""
    import splink.comparison_level_library as cll
    import splink.comparison_library as cl

    return cl.CustomComparison(
        output_column_name="name",
        comparison_levels=[
            cll.NullLevel("name"),
            cll.ExactMatchLevel("name").configure(tf_adjustment_column="name"),
            cll.ExactMatchLevel("sound"),
            cll.JaroWinklerLevel("name", 0.88),
            cll.JaroWinklerLevel("name", 0.7),
            cll.ElseLevel(),
        ],
    )


def recordlinkage(a: pd.DataFrame, b: pd.DataFrame, extra: tuple[str, ...] = ()) -> pd.DataFrame:
    """Plain recordlinkage: blocks on single and paired columns, equality and Jaro-Winkler, ECM, then greedy 1-1."""
    import recordlinkage as rl

    a, b = a.set_index("a_id"), b.set_index("b_id")
    columns = [c for c in ("name", "birth", "idno", "sex", "village", "group", *extra) if c in a and c in b]
    index = rl.Index()
    telling = [c for c in extra if a[c].nunique() > 500]  # a block per state would be half of all pairs
    for keys in (["idno"], ["name", "village"], ["name", "birth"], ["birth", "village"], ["birth", "sex"], *([c] for c in telling)):
        if set(keys) <= set(columns):
            index.block(keys if len(keys) > 1 else keys[0])
    pairs = index.index(a, b)
    compare = rl.Compare()
    for column in columns:
        if column in ("name", *extra):
            compare.string(column, column, method="jarowinkler", threshold=0.85, label=column)
        else:
            compare.exact(column, column, label=column)
    vectors = compare.compute(pairs, a, b)
    vectors = vectors.loc[:, vectors.nunique() > 1]
    ecm = rl.ECMClassifier()
    ecm.fit(vectors)
    probability = ecm.prob(vectors)
    found = probability[probability > 0.05].reset_index()
    found.columns = ["a_id", "b_id", "probability"]
    # Ties in the probability are many with yes/no features: the number of agreements breaks them.
    found["agreements"] = vectors.loc[probability > 0.05].sum(axis=1).to_numpy()
    return greedy(found)


def ours_within(a: pd.DataFrame, b: pd.DataFrame, extra: tuple[str, ...] = ()) -> pd.DataFrame:
    """Repetitions within one list, by the product."""
    from dataclasses import replace

    from pipeline.link import duplicates, load_config

    found = duplicates(a.set_index("a_id"), replace(load_config(), extra=extra))
    return found.rename(columns={"a": "a_id", "b": "b_id"})


def splink_within(a: pd.DataFrame, b: pd.DataFrame, extra: tuple[str, ...] = ()) -> pd.DataFrame:
    """Repetitions within one list, by Splink (dedupe_only)."""
    return splink(a, b, extra, within=True)


def greedy(found: pd.DataFrame, least: float = 0.5) -> pd.DataFrame:
    """One to one by falling probability."""
    order = [c for c in ("probability", "agreements") if c in found]
    found = found[found["probability"] >= least].sort_values([*order, "a_id", "b_id"], ascending=[False] * len(order) + [True, True])
    taken_a: set[str] = set()
    taken_b: set[str] = set()
    keep = []
    for x, y in zip(found["a_id"], found["b_id"], strict=True):
        free = x not in taken_a and y not in taken_b
        keep.append(free)
        if free:
            taken_a.add(x)
            taken_b.add(y)
    return found[keep]


# ---------------------------------------------------------------- measuring


def measured(linker: str, data: Callable[..., Any], arguments: tuple[Any, ...], limit: int = 1200) -> dict[str, Any]:
    """Accuracy, seconds and peak memory of one linker on one data set, in a process of its own."""
    context = multiprocessing.get_context("spawn")
    parent, child = context.Pipe()
    process = context.Process(target=_measure, args=(child, linker, data, arguments))
    process.start()
    child.close()
    try:
        return parent.recv() if parent.poll(limit) else {"error": f"over {limit} s"}
    except EOFError:
        return {"error": "process died"}
    finally:
        process.terminate()
        process.join()


def _measure(pipe: Any, linker: str, data: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    """Runs in the child: the data is made first, its memory is part of the peak, its time is not."""
    try:
        a, b, truth, extra = data(*arguments)
        before = _peak()
        start = time.perf_counter()
        pairs = globals()[linker](a, b, extra)
        seconds = time.perf_counter() - start
        row: dict[str, Any] = {"seconds": seconds, "peak": _peak(), "data": before, **accuracy(pairs, truth)}
        row.update({k: v for k, v in pairs.attrs.items() if k in ("automatic", "estimates")})
        if "households" in pairs.attrs and "true_home" in a:
            row.update(household_accuracy(pairs.attrs["households"], a, b))
        pipe.send(row)
    except Exception as error:
        pipe.send({"error": f"{type(error).__name__}: {error}"[:200]})


def _peak() -> float:
    """Peak resident gigabytes of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def accuracy(pairs: pd.DataFrame, truth: pd.DataFrame) -> dict[str, float]:
    """Precision, recall and F1 of pairs (a_id, b_id). A person on several rows of A is found with any of them."""
    right = len(pairs[["a_id", "b_id"]].merge(truth, on=["a_id", "b_id"]))
    wanted = len(truth) if "pairs" in truth else truth["b_id"].nunique()
    precision, recall = right / max(len(pairs), 1), right / max(wanted, 1)
    return {"P": precision, "R": recall, "F1": 2 * precision * recall / max(precision + recall, 1e-12)}


def household_accuracy(found: list[list[str]], a: pd.DataFrame, b: pd.DataFrame) -> dict[str, float]:
    """Household pairs against the truth: one real household on both lists, with at least one person in common."""
    columns = ["person", "household", "true_home"]
    shared = a[columns].merge(b[columns], on="person", suffixes=("_a", "_b"))
    same = shared[shared["true_home_a"] == shared["true_home_b"]]
    truth = same[["household_a", "household_b"]].drop_duplicates().set_axis(["a_id", "b_id"], axis=1).assign(pairs=1)
    measures = accuracy(pd.DataFrame(found, columns=["a_id", "b_id"]), truth)
    return {f"household_{key}": value for key, value in measures.items()}


# ---------------------------------------------------------------- data sets: a, b, truth (a_id, b_id), extra text columns


def _as_truth(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    return a[["a_id", "person"]].merge(b[["b_id", "person"]], on="person")[["a_id", "b_id"]]


def county_data(size: int, damage: Damage, seed: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, tuple[str, ...]]:
    made = county(size, damage, seed)
    return made.a, made.b, _as_truth(made.a, made.b), ()


def febrl4(with_id: bool) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, tuple[str, ...]]:
    """5,000 × 5,000 invented Australians; the number in the record id is the person."""
    from recordlinkage.datasets import load_febrl4

    a, b = load_febrl4()
    return _febrl(a, "a", with_id), _febrl(b, "b", with_id), _as_truth(_febrl(a, "a", with_id), _febrl(b, "b", with_id)), _febrl_extra(with_id)


def _febrl_extra(with_id: bool) -> tuple[str, ...]:
    columns = ("street_number", "address_1", "address_2", "suburb", "postcode", "state")
    return (*columns, "soc_sec_id") if with_id else columns


def _febrl(frame: pd.DataFrame, side: str, with_id: bool) -> pd.DataFrame:
    """FEBRL's columns by their meaning: the two name parts are the name, every address part is text of its own."""
    name = frame["given_name"].fillna("") + " " + frame["surname"].fillna("")
    out = pd.DataFrame({f"{side}_id": frame.index.to_numpy(), "name": name.str.strip().replace("", None).to_numpy()})
    out["birth"] = frame["date_of_birth"].to_numpy()
    for column in ("given_name", "surname", *_febrl_extra(with_id)):  # the two parts are for the peers
        out[column] = frame[column].to_numpy()
    out["person"] = [label.split("-")[1] for label in frame.index]
    return out


def febrl3(with_id: bool) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, tuple[str, ...]]:
    """5,000 rows of 2,000 persons; the list is linked with itself, each pair once (a before b)."""
    from recordlinkage.datasets import load_febrl3

    frame = load_febrl3()
    a, b = _febrl(frame, "a", with_id), _febrl(frame, "b", with_id)
    truth = _as_truth(a, b)
    order = {label: i for i, label in enumerate(frame.index)}
    truth = truth[truth["a_id"].map(order) < truth["b_id"].map(order)]
    return a, b, truth.assign(pairs=1), _febrl_extra(with_id)


def ons_pes() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, tuple[str, ...]]:
    """The ONS mock of a census and its coverage survey (../shared/bench/linkage)."""
    sides = [_ons(pd.read_csv(SHARED / "ons_pes_mock" / f"Mock_Data_{n}.csv", dtype=str), s) for n, s in (("Census", "a"), ("Pes", "b"))]
    return sides[0], sides[1], _as_truth(sides[0], sides[1]), ()


def _ons(frame: pd.DataFrame, side: str) -> pd.DataFrame:
    """Its columns by their meaning; month and year of birth make the birth date."""
    year, month = frame["year"].fillna(""), frame["month"].fillna("").str.zfill(2)
    name = frame[["forename", "middlenm", "last_name"]].fillna("").agg(" ".join, axis=1).str.split().str.join(" ")
    return pd.DataFrame(
        {
            f"{side}_id": [f"{side}{i}" for i in range(len(frame))],
            "name": name.where(name != "", None),
            "birth": (year + month.where(month != "00", "")).where(year != "", None),
            "sex": frame["sex"],
            "township": frame["district"],
            "village": frame["village"],
            "household": frame["hid"],
            "phone": frame["telephone"],
            "relation": frame["relationship"],
            "person": frame["puid"],
            "true_home": frame["hid"],
        }
    )


# ---------------------------------------------------------------- the table and the two-file command

HEADS = ("data", "linker", "P", "R", "F1", "seconds", "peak GB", "automatic", "household P", "household R")


def table(sizes: list[int], peers: list[str], only: str = "") -> None:
    """The issue's table, one row per data set and linker, printed as it is measured."""
    sets: list[tuple[str, Callable[..., Any], tuple[Any, ...]]] = [
        ("FEBRL4 without soc_sec_id", febrl4, (False,)),
        ("FEBRL4 with soc_sec_id", febrl4, (True,)),
        ("FEBRL3 duplicates without soc_sec_id", febrl3, (False,)),
        ("FEBRL3 duplicates with soc_sec_id", febrl3, (True,)),
        ("ONS PES mock", ons_pes, ()),
    ]
    for size in sizes:
        sets.append((f"county {size:,}, 3 % damaged 10 % missing ids", county_data, (size, Damage(), 1)))
        sets.append((f"county {size:,}, no ids, 60 % no birth", county_data, (size, IDLESS, 2)))
    print("| " + " | ".join(HEADS) + " |")
    print("|" + "---|" * len(HEADS))
    for title, data, arguments in sets:
        for peer in peers:
            linker = peer + "_within" if data is febrl3 else peer
            if only in title and linker in globals():
                print(line(title, linker, measured(linker, data, arguments)), flush=True)
    print("\nTargets: FEBRL4 without id F1 ≥ 0.9971; no ids F1 ≥ 0.995; with ids P ≥ 0.9995, R ≥ 0.999, automatic ≥ 0.97,")
    print("households P ≥ 0.9995, R ≥ 0.9975; 1M × 1M no slower than Splink, under 3 GB.")


def line(title: str, linker: str, row: dict[str, Any]) -> str:
    """One row of the table."""
    if "error" in row:
        return f"| {title} | {linker} | {row['error']} |"
    cells = [title, linker, *(f"{row[k]:.5f}" for k in ("P", "R", "F1")), f"{row['seconds']:.1f}", f"{row['peak']:.2f}"]
    cells += [f"{row[k]:.5f}" if k in row else "" for k in ("automatic", "household_P", "household_R")]
    return "| " + " | ".join(cells) + " |"


def two_files(path_a: Path, path_b: Path, out: Path) -> None:
    """Links any two lists and writes b_id, a_id, probability, why."""
    a, b = read_list(path_a), read_list(path_b)
    start = time.perf_counter()
    pairs = ours(a, b)
    for warning in pairs.attrs["warnings"]:
        print(warning, file=sys.stderr)
    pairs = pairs[["b_id", "a_id", "probability", "why"]]
    if out.suffix == ".parquet":
        pairs.attrs = {}
        pairs.to_parquet(out, index=False)
    else:
        pairs.to_csv(out, index=False)
    print(json.dumps({"pairs": len(pairs), "seconds": round(time.perf_counter() - start, 1), "peak_gb": round(_peak(), 2)}))


def read_list(path: Path) -> pd.DataFrame:
    """A list with every cell as text."""
    if path.suffix == ".parquet":
        frame = pd.read_parquet(path)
        numbers = [c for c in frame.columns if not pd.api.types.is_string_dtype(frame[c]) and c not in ("a_id", "b_id")]
        return frame.assign(**{c: frame[c].astype("string").astype(object) for c in numbers})
    keep = pd.read_csv(path, dtype=str, keep_default_na=False)
    return keep.replace("", None)


def main() -> None:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--a", type=Path)
    parser.add_argument("--b", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--size", type=int, action="append", help="rows per list of the invented county; may be repeated")
    parser.add_argument("--linker", action="append", choices=["ours", "splink", "recordlinkage"])
    parser.add_argument("--only", default="", help="only data sets whose title contains this")
    options = parser.parse_args()
    if options.a and options.b and options.out:
        two_files(options.a, options.b, options.out)
    else:
        table(options.size or [10_000, 100_000, 1_000_000], options.linker or ["ours", "splink", "recordlinkage"], options.only)


if __name__ == "__main__":
    main()
