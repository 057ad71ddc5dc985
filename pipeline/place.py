"""Results appear whole or not at all: written beside, then moved into place."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NEW, _OLD = ".new-", ".old-"


@contextmanager
def workplace(clean: Path, period: str) -> Iterator[Path]:
    """A folder beside the result's place to write into; gone again whatever happens.

    What a run that was killed left behind is put right first: half-written results are removed, and an old result that
    was being replaced is put back.
    """
    clean.mkdir(parents=True, exist_ok=True)
    recover(clean, period)
    folder = clean / f"{_NEW}{period}-{os.getpid()}"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def recover(clean: Path, period: str) -> None:
    """Undo what a killed run left of this period."""
    target = clean / period
    for old in sorted(clean.glob(f"{_OLD}{period}-*")):
        if target.exists():
            shutil.rmtree(old, ignore_errors=True)
        else:
            old.rename(target)
    for new in clean.glob(f"{_NEW}{period}-*"):
        shutil.rmtree(new, ignore_errors=True)


def swap_in(folder: Path, target: Path) -> None:
    """Put `folder` in the place of `target`; on an error the old result stays."""
    if not target.exists():
        folder.rename(target)
        return
    old = target.parent / f"{_OLD}{target.name}-{os.getpid()}"
    try:
        target.rename(old)
    except PermissionError as error:
        raise OpenElsewhere(f"{target} 里有文件正被打开（可能在 Excel 或 WPS 里）。请关掉后重新运行；原来的结果没有动。") from error
    try:
        folder.rename(target)
    except OSError:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


class OpenElsewhere(RuntimeError):
    """The old result is held open by another program."""
