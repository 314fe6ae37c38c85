"""What lies in a log root beside the runs of studies, and how names are shown that no screen can.

Knows folders and their names only: it opens no file.
"""

import contextlib
import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from utils.experiments.run_folder import RECORD, RunName
from utils.experiments.studies import find_study

__all__ = ["Stray", "few", "shown", "strays"]

DEEPEST = 6  # floors below the log root
MOST = 20_000  # folders; enough for any log root, and an end where one gives a whole disk
MANY = 10  # notes of one kind; of more, the rest is counted

Kind = Literal["record", "lesson", "keras", "other"]


class Stray(NamedTuple):
    """A folder that isn't a study's run, though it holds a run.json or an event file.

    kind: `record` where a run.json lies in it, `lesson` for what a notebook logged by itself,
        `keras` for a folder that Keras's callback made, `other` for all other programs.
    """

    folder: Path
    kind: Kind


def strays(root: Path, study: str | None = None) -> list[Stray]:
    """Return the folders below the log root, or in one study, that TensorBoard alone shows.

    What can't be looked into is left out, as are hidden folders and those behind links.
    """
    start = root if study is None else root / study
    depth = 0 if study is None else 1
    return sorted(_found(start, depth, [MOST]))


def _found(folder: Path, depth: int, left: list[int]) -> Iterator[Stray]:
    left[0] -= 1
    name = RunName.of(folder) if depth == 3 else None
    if left[0] < 0 or (name and (find_study(name.study) or (folder / RECORD).is_file())):
        return
    try:
        with os.scandir(folder) as entries:
            inside = [entry for entry in entries if not entry.name.startswith(".")]
        files = {entry.name for entry in inside if entry.is_file()}
        folders = [entry.name for entry in inside if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return
    if RECORD in files:
        yield Stray(folder, "record")
    elif any("tfevents" in file for file in files):
        keras = folder.name in ("train", "validation")
        yield Stray(folder, "lesson" if name else "keras" if keras else "other")
    for one in folders if depth < DEEPEST else ():
        yield from _found(folder / one, depth + 1, left)


def shown(text: str) -> str:
    """Return a name or sentence as any screen, page and figure can show it, in one line.

    A file's name that isn't in the system's encoding is read as UTF-8; what isn't that either,
    and what moves a cursor, stands there as it is written in Python.
    """
    if text.isprintable():
        return text
    with contextlib.suppress(UnicodeEncodeError):  # Windows has surrogates of another kind
        text = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(
        one.encode("unicode_escape").decode("ascii")
        if unicodedata.category(one) in ("Cc", "Cs", "Zl", "Zp")
        else one
        for one in text
    )


def few(notes: list[str]) -> list[str]:
    """Return notes of one kind, or the first of them and how many there are beside."""
    rest = len(notes) - MANY
    return notes if rest <= 0 else [*notes[:MANY], f"The same holds for {rest:,} others."]
