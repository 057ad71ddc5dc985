"""A value of the model as a cell's text: first the system's own way, then the ways of people who type."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from pipeline.sample.words import Words

Speller = Callable[[Any], str]
Variation = Callable[[Random, Any, str], str]

# full-width forms lie at a fixed distance from ASCII
WIDE = {ord(character): ord(character) + 0xFEE0 for character in "0123456789Xx."}
# what typists put where U+00B7 belongs
DOTS = "•・‧∙⋅．."


def speller(kind: str, style: str, words: Words) -> Speller:
    """The plain spelling of one kind of field."""
    name, _, code_list = kind.partition(" ")
    if name == "code":
        position = 1 if style == "code_digit" else 0
        spelled = {token: forms[min(position, len(forms) - 1)] for token, forms in words.codes[code_list].items()}
        return lambda token: spelled[token] if token else ""
    if name == "set":
        parts = {token: forms[0] for token, forms in words.codes[code_list].items()}
        return lambda tokens: ",".join([parts[token] for token in tokens])
    if name == "group":
        return lambda number: f"{words.place['digits'][number]}{words.place['group_suffix']}"
    simple: dict[str, Speller] = {
        "money": money,
        "area": area,
        "land": area,
        "whole": lambda value: "" if value is None else str(value),
    }
    if name == "month":
        return month_form(words.forms["month"][style or "digits"])
    if name == "date":
        return date_form(words.forms["date"][style or "digits"])
    return simple.get(name, str)


def money(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def area(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def month_form(form: str) -> Speller:
    """Months by a form of vocabulary.yml."""
    return lambda value: "" if value is None else form.format(y=value // 12, m=value % 12 + 1)


def date_form(form: str) -> Speller:
    """Dates by a form of vocabulary.yml."""
    return lambda value: "" if value is None else form.format(y=value.year, m=value.month, d=value.day)


def variation(kind: str, words: Words, *, loose: bool) -> Variation:
    """Another spelling of the same fact, one that a careful reader takes for the same.

    `loose` is how villages write their own lists; the system never varies the name of a village.
    """
    name, _, code_list = kind.partition(" ")
    if name == "code":
        return lambda rng, token, text: other_code(rng, token, text, words, code_list)
    if name == "set":
        return lambda rng, tokens, text: other_set(rng, tokens, words, code_list)
    if name == "group":
        return lambda rng, number, text: other_group(rng, number, words)
    if name == "village" and loose:
        return lambda rng, village, text: rng.choice(words.place["village_spellings"]).format(name=village)
    ways: dict[str, Variation] = {
        "money": other_number,
        "area": other_number,
        "land": other_number,
        "whole": lambda rng, value, text: rng.choice((text + ".0", text.translate(WIDE), f" {text}")),
        "month": lambda rng, value, text: month_form(rng.choice(list(words.forms["month"].values())))(value),
        "date": lambda rng, value, text: date_form(rng.choice(list(words.forms["date"].values())))(value),
        "id": other_id,
        "key": lambda rng, value, text: rng.choice((f" {text}", f"{text} ", f"{text}\t")),
        "name": other_name,
        "phone": other_phone,
    }
    return ways.get(name, padded)


def padded(rng: Random, value: Any, text: str) -> str:
    return rng.choice((f"{text} ", f" {text}", f"{text}\u3000", f"{text}\u00a0", f"{text}\n"))


def other_code(rng: Random, token: str, text: str, words: Words, code_list: str) -> str:
    """An alias, or blanks around it; an empty cell gets one of the strokes people put there."""
    if not token:
        return rng.choice(words.blanks)
    return rng.choice((*words.codes[code_list][token], f"{text} ", f"\u3000{text}"))


def other_set(rng: Random, tokens: tuple[str, ...], words: Words, code_list: str) -> str:
    """Any order, any separator."""
    if not tokens:
        return rng.choice(words.blanks)
    spelled = [words.codes[code_list][token][0] for token in tokens]
    rng.shuffle(spelled)
    return str(rng.choice(words.forms["separators"])).join(spelled)


def other_group(rng: Random, number: int, words: Words) -> str:
    form = rng.choice(words.place["group_spellings"])
    return str(form.format(han=words.place["digits"][number], n=number, wide=str(number).translate(WIDE)))


def other_number(rng: Random, value: float | None, text: str) -> str:
    """Thousands commas, full width, blanks."""
    if value is None:
        return text
    shorter = f"{value:.1f}" if value == round(value, 1) else text
    return rng.choice((f"{value:,.2f}", text.translate(WIDE), f" {text} ", shorter))


def other_id(rng: Random, value: str, text: str) -> str:
    if not text:
        return text
    return rng.choice((text.lower(), text.translate(WIDE), f" {text}", f"{text}\u00a0", f"{text[:6]} {text[6:14]} {text[14:]}"))


def other_name(rng: Random, value: str, text: str) -> str:
    """Two characters drawn apart to align with three; look-alike dots; blanks behind."""
    if "·" in text:
        return text.replace("·", rng.choice(DOTS))
    if len(text) == 2:
        return rng.choice((f"{text[0]}\u3000{text[1]}", f"{text[0]} {text[1]}", f"{text} "))
    return rng.choice((f"{text} ", f" {text}", f"{text}\u3000", f"\u200b{text}"))


def other_phone(rng: Random, value: str, text: str) -> str:
    if not text:
        return text
    return rng.choice((f"{text}.0", f"{text[:3]} {text[3:7]} {text[7:]}", f"{text[:3]}-{text[3:7]}-{text[7:]}", text.translate(WIDE)))
