"""One text in, its canonical form out. A cleaner changes how a value is written, never what it says.

    CLEANERS["month"]("2022年4月", Context(spellings)) == Cleaned("202204", None)

A cleaner never fails, whatever the text; cleaning twice is cleaning once.
"""

from collections.abc import Mapping
from functools import wraps

from pipeline.cleaners.base import (
    BOOL,
    DATE,
    ERROR,
    NUMBER,
    PROBLEMS,
    TEXT,
    Cleaned,
    Cleaner,
    CodeList,
    Context,
    Spellings,
    fold,
    load_spellings,
    spellings_from,
    tidy,
)
from pipeline.cleaners.code import code, codes
from pipeline.cleaners.date import date, month, year
from pipeline.cleaners.group import group
from pipeline.cleaners.id import id_number
from pipeline.cleaners.number import number
from pipeline.cleaners.phone import phone
from pipeline.cleaners.plain import name, place, text

__all__ = [
    "BOOL",
    "CLEANERS",
    "DATE",
    "ERROR",
    "NUMBER",
    "PROBLEMS",
    "TEXT",
    "Cleaned",
    "Cleaner",
    "CodeList",
    "Context",
    "Spellings",
    "fold",
    "load_spellings",
    "spellings_from",
    "tidy",
]


def _unless_error(cleaner: Cleaner) -> Cleaner:
    """The cleaner for every cell that does not show a failed formula."""

    @wraps(cleaner)
    def clean(raw: str, context: Context) -> Cleaned:
        if context.kind == ERROR or ("#" in raw and fold(raw) in context.spellings.errors):
            return Cleaned(None, "error_value")
        return cleaner(raw, context)

    return clean


CLEANERS: Mapping[str, Cleaner] = {
    name_of_type: _unless_error(cleaner)
    for name_of_type, cleaner in {
        "text": text,
        "name": name,
        "id": id_number,
        "number": number,
        "date": date,
        "month": month,
        "year": year,
        "phone": phone,
        "group": group,
        "code": code,
        "codes": codes,
        "place": place,
    }.items()
}
