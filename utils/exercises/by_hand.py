"""Which cells of a lesson a person has run one by one: "Run All" is not "read".

A kernel is told when each request was sent. Run All sends all cells at once, other programs send a
cell in the moment in which the one before has ended, and say that nobody can be asked there; a
person leaves a gap. Noted in the progress file: that a lesson was opened, and then the cells that
are new, at a check or a quiz, else once a minute at most, and at the kernel's end. Knows nothing of
what is in the cells.
"""

import atexit
import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from IPython import get_ipython

from utils import settings
from utils.exercises import progress

__all__ = ["CellRun", "run_by_hand", "watch"]

# In seconds. nbclient sends a cell 2 to 8 ms after the one before has ended, 57 on a busy machine;
# a person needs 200 to see that. Run All in JupyterLab 4.6 sends one every 1 to 3 ms.
GAP, PAUSE = 0.3, 0.1
NOTE_SECONDS = 60.0


@dataclass
class CellRun:
    """One run of a cell. sent, ended: in seconds since 1970; ended is None while it runs."""

    cell: str
    sent: float
    ended: float | None = None


def run_by_hand(runs: Sequence[CellRun], ended: bool = True) -> list[str]:
    """Return the cells that a person ran, of a kernel's runs in order, each once.

    ended: nothing comes any more, so that the last run counts by what went before it alone.
    """
    pairs = zip(runs, runs[1:], strict=False)
    together = [_sent_by_a_program(before, after) for before, after in pairs]
    sides = zip(runs, [False, *together], [*together, not ended], strict=False)
    return list(dict.fromkeys(run.cell for run, before, after in sides if not before and not after))


def _sent_by_a_program(before: CellRun, after: CellRun) -> bool:
    at_once = after.sent - before.sent < GAP
    in_turn = before.ended is not None and 0 <= after.sent - before.ended < PAUSE
    return at_once or in_turn


class _Watch:
    """Follows one kernel's cells, and notes those of its lesson that are run by hand."""

    def __init__(self, lesson: str, cells: Mapping[str, str], kernel: Any) -> None:
        self.lesson, self.cells, self.kernel = lesson, cells, kernel
        self.runs: list[CellRun] = []
        self.noted: set[str] = set()
        progress.record("reading", lesson, True, cells=[], of=len(cells))
        self.at, self.events = time.monotonic(), progress.recorded()

    def begin(self, info: Any) -> None:
        """Called by IPython before each cell."""
        if info.store_history and (sent := _sent(self.kernel)) is not None:
            cell = info.cell_id if info.cell_id in self.cells else self._by_source(info.raw_cell)
            self.runs.append(CellRun(cell, sent))

    def _by_source(self, source: str) -> str:
        return next((name for name, code in self.cells.items() if code == source), "")

    def end(self, result: Any) -> None:
        """Called by IPython after each cell."""
        if self.runs:
            self.runs[-1].ended = time.time()
        late = time.monotonic() - self.at > NOTE_SECONDS
        if late or progress.recorded() > self.events:
            self.note(run_by_hand(self.runs, ended=False))

    def close(self) -> None:
        """Called at the kernel's end."""
        self.note(run_by_hand(self.runs))

    def note(self, cells: Sequence[str]) -> None:
        """Record those of the cells that are the lesson's and weren't recorded before."""
        if new := [name for name in cells if name and name not in self.noted]:
            progress.record("reading", self.lesson, True, cells=new, of=len(self.cells))
            self.noted |= set(new)
        self.at, self.events = time.monotonic(), progress.recorded()


def _sent(kernel: Any) -> float | None:
    """Return when the request that is being worked at was sent; None if no person sent it."""
    request = kernel.get_parent("shell")
    asked = request.get("content", {}).get("allow_stdin") and request.get("header", {}).get("date")
    return asked.timestamp() if isinstance(asked, datetime) else None


def watch() -> None:
    """Begin to follow this process's cells, where it is a kernel that a person's lesson runs in.

    The cell that is running, which imports this, is the first.
    """
    shell = get_ipython()
    kernel = getattr(shell, "kernel", None)
    name = Path(os.environ.get("JPY_SESSION_NAME", "").replace("\\", "/")).name
    lesson = settings.NOTEBOOKS / name
    if shell is None or kernel is None or lesson not in settings.lessons():
        return
    if _sent(kernel) is None:
        return
    follow = _Watch(name[:2], _code_cells(lesson), kernel)
    parent = kernel.get_parent("shell")
    request = SimpleNamespace(
        store_history=True,
        cell_id=parent.get("metadata", {}).get("cellId"),
        raw_cell=parent["content"].get("code", ""),
    )
    follow.begin(request)
    shell.events.register("pre_run_cell", follow.begin)
    shell.events.register("post_run_cell", follow.end)
    atexit.register(follow.close)


def _code_cells(lesson: Path) -> dict[str, str]:
    """Return the sources of a lesson's code cells by the cells' ids."""
    cells = json.loads(lesson.read_text(encoding="utf-8"))["cells"]
    return {one["id"]: "".join(one["source"]) for one in cells if one["cell_type"] == "code"}
