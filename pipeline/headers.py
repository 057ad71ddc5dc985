"""Header spellings folded to one form, so that 人均纯收入（元） and 人均纯收入 (元) meet."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

Vocabulary = frozenset[str] | Callable[[str], bool]

# Contents of brackets stay: 县(市、区、旗) and 县 are two spellings, and a list may hold both 收入（元） and 收入（人）.
_NOISE = re.compile(r"[\s\u00a0\u200b-\u200f\u2060\ufeff()\[\]{}<>〈〉《》「」『』【】〔〕〖〗“”\"'‘’/\\|·•・‧∙⋅、,，.。;；:：\-‐-―_~*★☆※!?#]+")
_REQUIRED = re.compile(r"^必填项?|必填项?$")
# Longest first, so that 平方米 goes before 米 and 万元 before 元. 户 and 人数 are no units here: 低保户数 is not 低保.
_UNIT = re.compile(
    r"(平方公里|平方米|立方米|公里|千米|公斤|千克|万元|亿元|个数|人次|公顷|平米|M2|KM|KG"
    r"|元|亩|个|人|岁|月|天|次|头|只|间|处|条|套|件|米|吨|斤|株|%)$"
)


@lru_cache(maxsize=65536)
def fold_header(text: str) -> str:
    """The header without width, case, spaces, line breaks, brackets (contents kept), separators and required marks."""
    bare = _NOISE.sub("", unicodedata.normalize("NFKC", text)).upper()
    return _REQUIRED.sub("", bare) or bare


@lru_cache(maxsize=65536)
def strip_unit(folded: str) -> tuple[str, str]:
    """(base, unit) of a folded header: 人均纯收入元 → (人均纯收入, 元); the unit is "" where there is none."""
    found = _UNIT.search(folded)
    if not found or found.start() < 2:
        return folded, ""
    return folded[: found.start()], found.group()


def known_header(text: str, vocabulary: Vocabulary) -> bool:
    """Whether a header is in the vocabulary, as it stands or without its unit."""
    folded = fold_header(text)
    if not folded:
        return False
    has = vocabulary.__contains__ if isinstance(vocabulary, frozenset) else vocabulary
    base, unit = strip_unit(folded)
    return bool(has(folded) or (unit and has(base)))
