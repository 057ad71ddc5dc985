"""Village names of other lists in the system's own spelling."""

import re

import pytest

from pipeline.gazetteer import Gazetteer

GAZETTEER = Gazetteer({"石桥": "石桥村", "东风": "东风社区"}, re.compile("(?:村民委员会|村委会|社区|村)$"))


@pytest.mark.parametrize(("given", "expected"), [
    ("石桥村", "石桥村"), ("石桥村民委员会", "石桥村"), ("石桥村委会", "石桥村"), ("石桥", "石桥村"), ("东风村", "东风社区"),
    ("石桥二村", "石桥二村"), ("村", "村"), ("别处村", "别处村"),
])
def test_only_the_word_for_what_it_is_may_differ(given: str, expected: str) -> None:
    assert GAZETTEER.resolve(given) == expected
