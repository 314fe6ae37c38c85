"""The start page: the lessons and how far one is in each, the data sets, this machine.

`look` gathers what it shows, `page` makes HTML of it, `write_start_page` puts that into the
learner's copy of `00_start.ipynb`. Knows nothing of widgets, and runs no notebook.
"""

import hashlib
import itertools
import json
import os
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from utils import settings
from utils.data import SETS, SetStatus, status
from utils.data.download import Archive
from utils.errors import CourseError
from utils.exercises import progress
from utils.exercises.items import items
from utils.exercises.progress import Reading, Standing
from utils.experiments.capacity import ask_gpus, cores, free_memory
from utils.files import render, whole, write_whole
from utils.settings import START

__all__ = [
    "DataLine",
    "Glance",
    "LessonLine",
    "Share",
    "data_lines",
    "go_on",
    "lesson_lines",
]
__all__ += ["look", "page", "write_start_page"]

MARK = "course_start"  # of its metadata: what stood in its cells when the course wrote it


class Share(NamedTuple):
    """So many of all."""

    done: int
    all: int


@dataclass(frozen=True)
class LessonLine:
    """A lesson: its file's name, title and minutes, and how far one is in it.

    by_hand: code cells that a person ran one by one: "Run All" is not "read".
    """

    file: str
    title: str
    minutes: str
    by_hand: Share
    exercises: Share
    quiz: Share

    @property
    def number(self) -> str:
        return self.file[:2]

    @property
    def done(self) -> bool:
        return all(done == all_ for done, all_ in (self.exercises, self.quiz))


@dataclass(frozen=True)
class DataLine:
    """A data set. here: whether the real one is on this machine and used; said: that in words.

    megabytes: of what is to be fetched; 0 where nothing is.
    """

    name: str
    title: str
    here: bool
    said: str
    megabytes: int


@dataclass(frozen=True)
class Glance:
    """All that the page shows. time: of the look at it. trouble: what couldn't be looked at."""

    lessons: Sequence[LessonLine]
    next: LessonLine
    begun: bool
    data: Sequence[DataLine]
    machine: str
    profile: str
    work: Path
    time: datetime
    trouble: Sequence[str]

    @property
    def missing(self) -> list[DataLine]:
        """The sets that can be fetched, one for each archive."""
        found: dict[Archive, DataLine] = {}
        for one in self.data:
            if one.megabytes:
                found.setdefault(SETS[one.name].archive, one)
        return list(found.values())


def look() -> Glance:
    """Look at the progress, the data sets and this machine; never raises `CourseError`."""
    trouble: list[str] = []
    events: tuple[progress.Event, ...] = ()
    sets: list[SetStatus] = []
    try:
        if path := settings.progress_path():
            events = progress.read(path).events
    except CourseError as error:
        trouble.append(str(error))
    try:
        sets = status()
    except CourseError as error:
        trouble.append(str(error))
    lessons = lesson_lines(progress.standings(items(), events), progress.readings(events))
    return Glance(
        lessons,
        go_on(lessons, events[-1].name[:2] if events else ""),
        bool(events),
        data_lines(sets, settings.data_source()),
        _machine(),
        settings.profile_name(),
        settings.work_dir(),
        datetime.now(),
        trouble,
    )


def lesson_lines(rows: Iterable[Standing], readings: Mapping[str, Reading]) -> list[LessonLine]:
    """Return a line for each lesson, in order.

    rows: of all items, as `progress.standings` returns them; readings: by a lesson's number.
    """
    rows = list(rows)
    lines = []
    for path in settings.lessons():
        own = [row for row in rows if row.item.notebook == path.stem]
        title, minutes = _title(path)
        read = readings.get(path.name[:2])
        by_hand = Share(len(read.by_hand), read.cells) if read else Share(0, 0)
        shares = by_hand, _share(own, "exercise"), _share(own, "quiz")
        lines.append(LessonLine(path.name, title, minutes, *shares))
    return lines


def _share(rows: Iterable[Standing], kind: str) -> Share:
    done = [row.first_done is not None for row in rows if row.item.kind == kind]
    return Share(sum(done), len(done))


@cache
def _title(path: Path) -> tuple[str, str]:
    """Return a lesson's title and its minutes, out of its first cell."""
    head = "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"])
    title = re.search(r"^# \d\d · (.+)$", head, re.MULTILINE)
    minutes = re.search(r"\*\*Time\*\* (\d+) min", head)
    return (title[1] if title else path.stem, minutes[1] if minutes else "")


def go_on(lessons: Sequence[LessonLine], last: str) -> LessonLine:
    """Return the lesson to go on with: the one worked on last, else the next that isn't done.

    last: its number; empty at the very beginning.
    """
    here = next((n for n, line in enumerate(lessons) if line.number == last), 0)
    ahead = [*lessons[here:], *lessons[:here]]
    return next((line for line in ahead if not line.done), lessons[here])


def data_lines(sets: Iterable[SetStatus], source: str) -> list[DataLine]:
    """Return a line for each data set. source: as `settings.data_source` says."""
    return [_data_line(one, source) for one in sets]


def _data_line(one: SetStatus, source: str) -> DataLine:
    known = SETS[one.name]
    missing = 0 if one.size else round(known.archive.size / 1e6)
    if source == "sample":
        said = "the built-in sample, because that was asked for"
    elif one.size:
        said = f"real, {one.size / 1e6:.0f} MB" + (f"; {one.note}" if one.note else "")
    elif source == "real" or known.automatic:
        said = f"not here; the first lesson that needs it fetches it ({missing} MB)"
    else:
        said = f"not here ({missing} MB); the built-in sample stands in"
    here = bool(one.size) and source != "sample"
    return DataLine(one.name, known.title, here, said, missing)


def _machine() -> str:
    memory = free_memory() / 1e9
    return f"{cores()} cores, {memory:.0f} GB of memory free, {_gpu()}"


@cache
def _gpu() -> str:
    """Return the names of the GPUs that NVIDIA's driver has; the course computes on no others."""
    names = ask_gpus("name")
    return f"GPU {', '.join(names)}" if names else "no GPU"


def page(glance: Glance, live: bool) -> str:
    """Return the start page as HTML.

    live: whether widgets that bring it up to date stand below it. Where none do, it has a button
        that runs the notebook, as JupyterLab understands it.
    """
    return str(render("start.html", glance=glance, live=live))


def text(glance: Glance) -> str:
    """Return the same in a few lines of text."""
    lines = [f"Go on with {glance.next.number} {glance.next.title} ({glance.next.file})."]
    for one in glance.lessons:
        shares = "  ".join(f"{done}/{all_}" for done, all_ in (one.exercises, one.quiz))
        lines.append(f"{one.number}  {shares}  {one.title}")
    lines += [f"{one.title}: {one.said}" for one in glance.data]
    return "\n".join([*lines, *glance.trouble])


def write_start_page(work: Path) -> Path:
    """Write the start page into the folder of copies, its output filled in; return its path.

    An old one in which somebody has written is kept beside it, and that is said.
    """
    path = work / START
    notebook = json.loads((settings.NOTEBOOKS / START).read_text(encoding="utf-8"))
    if path.exists() and not _is_ours(path, _sources(notebook)):
        _keep(path)
    glance = look()
    shown = {"text/html": page(glance, live=False), "text/plain": text(glance)}
    output = {"output_type": "display_data", "data": shown, "metadata": {}}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [output]
    notebook["metadata"][MARK] = _digest(_sources(notebook))
    write_whole(path, json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")
    return path


def _is_ours(path: Path, original: list[str]) -> bool:
    """Say whether nobody has written in a start page, of this edition or of an earlier one."""
    try:
        old = json.loads(path.read_text(encoding="utf-8"))
        found = _sources(old)
        return found == original or old["metadata"].get(MARK) == _digest(found)
    except (ValueError, LookupError, TypeError, AttributeError):  # no notebook that we know
        return False


def _sources(notebook: Any) -> list[str]:
    """Return what stands in the cells; JupyterLab adds empty ones by itself."""
    found = ("".join(cell["source"]) for cell in notebook["cells"])
    return [source for source in found if source.strip()]


def _digest(sources: list[str]) -> str:
    return hashlib.sha256("\0".join(sources).encode()).hexdigest()


def _keep(path: Path) -> None:
    names = (f"{path.stem}_mine{n or ''}.ipynb" for n in itertools.count())
    aside = next(one for name in names if not os.path.lexists(one := path.with_name(name)))
    with whole(aside) as beside:
        shutil.copyfile(path, beside)
    print(f"What you wrote into your start page is kept in {aside}.", flush=True)
