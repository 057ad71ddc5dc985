"""What a change of mappings/ or expectations/ would do, before it is made: the run with and without it, nothing written.

The file names what it changes as the folders do, and gives only what is new:

    codes/labour_skill:
      values:
        普通劳动力: {aliases: [壮劳力]}
    campaign:
      reference_date: "20220531"
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.report.words import wording

FOLDERS = ("mappings", "expectations")


class BadOverlay(ValueError):
    """The file cannot be laid over; the text says why in Chinese."""


@dataclass(frozen=True)
class Effect:
    """The open problems without and with the change."""

    before: pd.DataFrame
    after: pd.DataFrame

    @property
    def settled(self) -> pd.DataFrame:
        """Problems that would be gone."""
        return self.before[~self.before["issue_id"].isin(self.after["issue_id"])]

    @property
    def added(self) -> pd.DataFrame:
        """Problems that would be new."""
        return self.after[~self.after["issue_id"].isin(self.before["issue_id"])]


def overlaid(root: Path, file: Path, folder: Path) -> Path:
    """A project in `folder` that is `root` with the file's changes; data/raw is the same. Raises BadOverlay."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    try:
        changes = yaml.load(file.read_text(encoding="utf-8-sig"))
    except OSError:
        raise BadOverlay(wording()("what_if.unreadable", file=file)) from None
    except (YAMLError, UnicodeDecodeError):
        raise BadOverlay(wording()("what_if.no_yaml", file=file)) from None
    if not isinstance(changes, Mapping) or not changes:
        raise BadOverlay(wording()("what_if.no_yaml", file=file))
    for name in FOLDERS:
        shutil.copytree(root / name, folder / name)
    _same_data((root / "data").resolve(), folder / "data")
    for name, content in changes.items():
        path = _target(folder, str(name), file)
        known = yaml.load(path.read_text(encoding="utf-8-sig"))
        with path.open("w", encoding="utf-8") as stream:
            yaml.dump(_merged(known, content), stream)
    return folder


def _same_data(data: Path, place: Path) -> None:
    """The project's data at a second place: linked, never copied. Windows lets everybody make a junction, but not a symbolic link."""
    if sys.platform == "win32":
        import _winapi

        _winapi.CreateJunction(str(data), str(place))
    else:
        place.symlink_to(data, target_is_directory=True)


def _target(folder: Path, name: str, file: Path) -> Path:
    """The file a name stands for: codes/x is mappings/codes/x.yml, person is expectations/person.yml."""
    plain = name.removesuffix(".yml")
    for parent in ("", *FOLDERS):
        path = folder / parent / f"{plain}.yml"
        if path.is_file() and path.resolve().is_relative_to(folder.resolve()):
            return path
    raise BadOverlay(wording()("what_if.no_file", file=file, name=name))


def _merged(known: Any, new: Any) -> Any:
    """Mappings are merged key by key, lists are lengthened, anything else is replaced."""
    if isinstance(known, dict) and isinstance(new, Mapping):
        for key, value in new.items():
            known[key] = _merged(known[key], value) if key in known else value
        return known
    if isinstance(known, list) and isinstance(new, list):
        known.extend(item for item in new if item not in known)
        return known
    return new


def told(effect: Effect, file: str) -> str:
    """The effect in words: before, after, and per rule."""
    words = wording()
    counts = {"before": len(effect.before), "after": len(effect.after), "settled": len(effect.settled), "added": len(effect.added)}
    lines = [words("what_if.total", file=file, **counts)]
    for key, part in (("settled", effect.settled), ("added", effect.added)):
        grouped = part.groupby(["rule", "title"]).size().rename("count").reset_index().sort_values("count", ascending=False, kind="stable")
        lines += [words(f"what_if.{key}", **{str(k): v for k, v in row.items()}) for row in grouped.to_dict("records")]
    return "\n".join([*lines, words("what_if.nothing_written")])
