"""The results' file: one JSON object, written whole after each measurement.

So an interrupted benchmark goes on where it was. A file of other settings is never added to.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from utils.errors import CourseError
from utils.files import write_whole

__all__ = ["Results"]

Row = dict[str, Any]


@dataclass(frozen=True)
class Results:
    """What was measured so far.

    settings: all that two measurements must share to stand in one table.
    peaks: library, precision, threads, 10⁹ operations a second; measurements: side, mode, seed,
        and what benchmarks/epoch/child.py answered.
    """

    path: Path
    settings: Row
    peaks: list[Row]
    measurements: list[Row]

    @classmethod
    def open(cls, path: Path, settings: Row) -> "Results":
        """Return the results in that file, none where there is no file yet.

        Raises CourseError where it holds results of other settings.
        """
        if not path.exists():
            return cls(path, settings, [], [])
        stored = cls.read(path)
        differing = [name for name in settings if stored.settings.get(name) != settings[name]]
        if differing:
            raise CourseError(
                f"{path} holds measurements of another {differing[0]}:"
                f" {stored.settings.get(differing[0])}, not {settings[differing[0]]}.",
                "Move that file elsewhere, or give another `json`.",
                ("json",),
            )
        return stored

    @classmethod
    def read(cls, path: Path) -> "Results":
        return cls(path, **json.loads(path.read_text(encoding="utf-8")))

    def has(self, kind: str, key: Row) -> bool:
        """Say whether a row of that kind (`peaks`, `measurements`) has all of the key's fields."""
        return any(row.items() >= key.items() for row in getattr(self, kind))

    def add(self, kind: str, row: Row) -> None:
        """Add a row of that kind, and write the file."""
        getattr(self, kind).append(row)
        names = ("settings", "peaks", "measurements")
        content = {name: getattr(self, name) for name in names}
        write_whole(self.path, json.dumps(content, indent=1) + "\n")
