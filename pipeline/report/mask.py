"""Personal data as it may be shown: enough to tell rows apart at the desk, not enough to know the person."""

from __future__ import annotations

import re
from collections.abc import Callable

LONG_NUMBER = re.compile(r"(?<!\d)\d{14,21}[0-9Xx](?!\d)")
MOBILE = re.compile(r"(?<!\d)1\d{10}(?!\d)")


def masked(kind: str, text: str | None) -> str:
    """511***********10, 138****0000, 张*: what is left of a value of a sensitive kind."""
    return MASKS.get(kind, _nothing)(text.strip()) if text and text.strip() else ""


def masked_text(text: str | None) -> str:
    """Free text without whole ids, accounts and mobile numbers."""
    if not text:
        return ""
    return LONG_NUMBER.sub(lambda m: masked("id", m[0]), MOBILE.sub(lambda m: masked("phone", m[0]), text))


def _middle(first: int, last: int) -> Callable[[str], str]:
    def mask(text: str) -> str:
        if len(text) <= first + last:
            return "*" * len(text)
        return text[:first] + "*" * (len(text) - first - last) + text[-last:]

    return mask


def _name(text: str) -> str:
    return text[0] + "*" * min(max(len(text) - 1, 1), 2)


def _nothing(text: str) -> str:
    return "***"


MASKS: dict[str, Callable[[str], str]] = {
    "id": _middle(3, 2),
    "phone": _middle(3, 4),
    "account": _middle(0, 2),
    "name": _name,
    "health": _nothing,
    "address": _nothing,
}
