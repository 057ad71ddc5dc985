"""What may leave the office: a page is read once more, as a stranger would, before it is written."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pipeline.report.html.shield import values_of
from pipeline.report.mask import LONG_NUMBER, MOBILE
from pipeline.report.phrases import Phrases
from pipeline.report.results import Results
from pipeline.report.words import page_words

NUMBERS = ("id", "phone", "account")


class NotShareable(RuntimeError):
    """Something that must stay in the office stands in a page meant to leave it; the page is not written."""

    def __init__(self, file: str, kinds: Iterable[str]) -> None:
        words = page_words()
        said = words("share.joiner").join(words(f"share.kinds.{kind}") for kind in kinds)
        super().__init__(words("share.refused", file=file, kinds=said))


class Outbound:
    """Knows every number, name and village of a run, and finds them in any text."""

    def __init__(self, results: Results, villages: Iterable[str], ours: str) -> None:
        """`ours`: the product's own words, in which a name may stand by chance."""
        numbers = {v for kind in NUMBERS for v in values_of(results, kind) if len(re.sub(r"\D", "", v)) > 6}
        self._numbers = Phrases(numbers)
        self._names = Phrases({n for n in values_of(results, "name") if len(n) > 1 and n not in ours})
        self._villages = [v for v in villages if v and v not in ours]

    def found(self, text: str, village: str | None = None) -> list[str]:
        """The kinds of thing in a text that may not leave; with a village, the other villages' names too."""
        kinds = {
            "number": bool(LONG_NUMBER.search(text) or MOBILE.search(text) or self._numbers.found(text)),
            "name": bool(self._names.found(text)),
            "village": bool(village) and any(other in text.replace(str(village), "") for other in self._villages if other != village),
        }
        return [kind for kind, there in kinds.items() if there]
