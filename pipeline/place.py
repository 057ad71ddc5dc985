"""Results appear whole or not at all: written beside, then moved into place."""

from __future__ import annotations

import errno
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

_NEW, _OLD, _LOCK = ".new-", ".old-", ".lock-"


@contextmanager
def workplace(clean: Path, period: str) -> Iterator[Path]:
    """A folder beside the result's place to write into; gone again whatever happens.

    What a run that was killed left behind is put right first: half-written results are removed, and an old result that
    was being replaced is put back.
    """
    clean.mkdir(parents=True, exist_ok=True)
    with alone(clean, period):
        recover(clean, period)
        folder = clean / f"{_NEW}{period}-{os.getpid()}"
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def alone(clean: Path, period: str, patience: float = 120) -> Iterator[None]:
    """Nobody else writes this period's results meanwhile: a window with qingxi run beside one with qingxi serve waits for it."""
    path = clean / f"{_LOCK}{period}"
    with path.open("ab") as stream:
        end = time.monotonic() + patience
        while not _locked(stream):
            if time.monotonic() > end:
                raise OpenElsewhere(f"另一个窗口正在写 {period} 的结果。请等它做完再运行；原来的结果没有动。")
            time.sleep(0.2)
        try:
            yield
        finally:
            if sys.platform != "win32":  # there a file that is open cannot be removed
                path.unlink(missing_ok=True)
    with suppress(OSError):
        path.unlink(missing_ok=True)


def _locked(stream: BinaryIO) -> bool:
    """Locked by us now; False where another process holds it. Where a disk knows no locks, nobody is kept waiting."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EAGAIN, errno.EACCES, errno.EDEADLK)
    return True


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
