"""Workbooks behind a password, the one of campaign.yml. msoffcrypto stays in here.

A locked workbook holds salt, so its bytes differ from run to run; what is in it does not.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


def lock(path: Path, password: str) -> Path:
    """The workbook, from now on opened with the password only."""
    from msoffcrypto.format.ooxml import OOXMLFile

    sealed = io.BytesIO()
    with path.open("rb") as plain:
        OOXMLFile(plain).encrypt(password, sealed)
    path.write_bytes(sealed.getvalue())
    return path


@contextmanager
def unlocked(path: Path, password: str) -> Iterator[Path | None]:
    """The workbook without its password, in a folder of nobody else's that is gone afterwards; None where the password does not fit."""
    import msoffcrypto
    from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError, ParseError

    with TemporaryDirectory() as folder:
        plain: Path | None = Path(folder) / path.name
        try:
            with path.open("rb") as sealed, (Path(folder) / path.name).open("wb") as out:
                book = msoffcrypto.OfficeFile(sealed)
                book.load_key(password=password)
                book.decrypt(out)
        except (DecryptionError, FileFormatError, InvalidKeyError, ParseError, OSError, ValueError):
            plain = None
        yield plain
