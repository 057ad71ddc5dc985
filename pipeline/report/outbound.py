"""What may leave the office: a page is read once more, as a stranger would, before it is written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.report.html.shield import values_of
from pipeline.report.numbers import Numbers, plain
from pipeline.report.pageparts import HEAD, parts
from pipeline.report.phrases import OwnWords, Phrases
from pipeline.report.results import Results
from pipeline.report.words import page_words

NUMBERS = ("id", "phone", "account")
KEYS = ("household_no", "person_no")
_HAN = "\u3400-\u9fff\U00020000-\U0003ffff"
_SPACED = re.compile(rf"(?<![{_HAN}])[{_HAN}](?:\s{{1,3}}[{_HAN}]){{1,3}}(?![{_HAN}])")
_DOTS = str.maketrans(dict.fromkeys("•‧∙⋅・．.●", "·"))


@dataclass(frozen=True)
class Found:
    """A kind of thing that may not leave, and the place it stands at; never the thing itself."""

    kind: str
    place: str


class NotShareable(RuntimeError):
    """Something that must stay in the office stands in a page meant to leave it; the page is not written."""

    def __init__(self, file: str, found: Iterable[Found]) -> None:
        words = page_words()
        told = dict.fromkeys(words("share.found", kind=words(f"share.kinds.{one.kind}"), place=_called(one.place)) for one in found)
        super().__init__(words("share.refused", file=file, kinds=words("share.joiner").join(told)))


class Outbound:
    """Knows every number, name and village of a run, and finds them in any text."""

    def __init__(self, results: Results, villages: Sequence[str], ours: Iterable[str]) -> None:
        """`ours`: the product's own words, in which a name may stand by chance."""
        keys = {str(v) for frame in results.tables.values() for c in KEYS if c in frame for v in frame[c].dropna().unique()}
        self._numbers = Numbers({v for kind in NUMBERS for v in values_of(results, kind)} | keys)
        self._all_names = frozenset(_even(n) for n in values_of(results, "name") if len(n.strip()) > 1)
        self._names = Phrases(self._all_names)
        self._villages = Phrases({_even(v) for v in villages if len(v) > 1})
        said = [_even(text) for text in ours]
        self._own_words = OwnWords([*said, *map(_even, villages)])
        self._our_text = "\n".join(said)

    def found(self, text: str, village: str | None = None) -> list[str]:
        """The kinds of thing in a text that may not leave; with a village, the other villages' names too."""
        said = _even(text)
        kinds = {
            "number": self._numbers.stand_in(text),
            "name": self._name_in(said),
            "village": bool(village) and self._other_village_in(said, _even(str(village))),
        }
        return [kind for kind, there in kinds.items() if there]

    def found_in(self, page: str, village: str | None = None, known: Sequence[str] = ()) -> list[Found]:
        """What stands in a whole page, and where. `known`: scripts and styles that come with the program and hold nobody."""
        for text in known:
            page = page.replace(text, "")
        told = dict.fromkeys(parts(page))
        return list(dict.fromkeys(Found(kind, place) for place, text in told for kind in self.found(text, village)))

    def _name_in(self, said: str) -> bool:
        if any(not self._is_ours(said, at, name) for at, name in self._names.found(said)):
            return True
        return any("".join(spaced.split()) in self._all_names for spaced in _SPACED.findall(said))

    def _is_ours(self, said: str, at: int, name: str) -> bool:
        return self._own_words.hold(said, at, name, loosely=True) or (len(name) > 3 and name in self._our_text)

    def _other_village_in(self, said: str, village: str) -> bool:
        found = self._villages.found(said.replace(village, "\n"))
        return any(name != village and name not in self._our_text for _, name in found)


def _even(text: str) -> str:
    """A text as names are compared: narrow characters, one kind of dot, nothing invisible."""
    return plain(text).translate(_DOTS)


def _called(place: str) -> str:
    """A place as people find it: the page's title where it has one, else the name it has in the file."""
    words, name = page_words(), place.removeprefix("page-")
    if name == HEAD:
        return words("share.head")
    for group in ("pages", "sections"):
        if name in words.names(group):
            return words(f"{group}.{name}")
    return place
