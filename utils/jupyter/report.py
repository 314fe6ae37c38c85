"""The result of executing notebooks: as data, as a few lines of text and as one HTML page.

Knows nothing of kernels, and nothing of what the notebooks are about.
"""

import os
import platform
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from utils import settings
from utils.files import duration, render, write_whole

__all__ = ["CellTime", "Failure", "NotebookResult", "Report"]

_KINDS = {
    "cell": "error in a cell",
    "callback": "error in a widget's callback",
    "timeout": "time limit passed",
    "kernel": "the kernel died",
    "file": "not readable as a notebook",
    "start": "the kernel did not start",
    "html": "no HTML copy",
}


@dataclass(frozen=True)
class CellTime:
    """How long one code cell took. number counts all cells from 1, Markdown too."""

    cell_id: str
    number: int
    first_line: str
    seconds: float


@dataclass(frozen=True)
class Failure:
    """What went wrong, and where.

    kind: one of `cell`, `callback`, `timeout`, `kernel`, `file`, `start`, `html`.
    error: the exception's name and message, on one line.
    cell_id, number, first_line: the cell; number is None where no cell was running.
    """

    kind: str
    error: str
    cell_id: str = ""
    number: int | None = None
    first_line: str = ""

    @property
    def where(self) -> str:
        """Return the cell in words, such as "cell 7 (train), `fit(x)`"."""
        if self.number is None:
            return ""
        return f"cell {self.number} ({self.cell_id}), `{self.first_line}`"

    @property
    def what(self) -> str:
        """Return the kind in words, such as "error in a cell"."""
        return _KINDS[self.kind]

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.what}: {self.error}"


@dataclass(frozen=True)
class NotebookResult:
    """One executed notebook.

    cells: the code cells that came to an end, with or without an error; of: all there are.
    executed, page: the copy with outputs and its HTML; None where there is none.
    """

    name: str
    seconds: float
    cells: int = 0
    of: int = 0
    slowest: CellTime | None = None
    failures: tuple[Failure, ...] = ()
    executed: Path | None = None
    page: Path | None = None

    @property
    def passed(self) -> bool:
        return not self.failures

    def line(self) -> str:
        """Return one line for a terminal."""
        sign, word = ("✓", "passed") if self.passed else ("✗", "FAILED")
        return f"{sign} {self.name:<24} {word}  {duration(self.seconds):>10}"


@dataclass(frozen=True)
class Report:
    """All notebooks of one `course run`.

    planned: the names of all that were chosen; results has those that have been executed.
    path: the HTML page.
    kernels: how they ran, in words.
    """

    planned: tuple[str, ...]
    results: tuple[NotebookResult, ...]
    profile: str
    data_source: str
    runs_dir: Path
    path: Path
    started: datetime
    seconds: float
    kernels: str = "one after the other"

    @property
    def passed(self) -> bool:
        return len(self.results) == len(self.planned) and all(r.passed for r in self.results)

    @property
    def exit_code(self) -> int:
        return 0 if self.passed else 1

    def summary(self) -> str:
        """Return the failures, a line each, then the count, the time and where the page is."""
        lines = [
            f"✗ {result.name}: {failure}" for result in self.results for failure in result.failures
        ]
        failed = sum(not result.passed for result in self.results)
        missing = len(self.planned) - len(self.results)
        parts = [f"{len(self.results) - failed} of {len(self.planned)} notebooks passed"]
        parts += [f"{failed} failed"] if failed else []
        parts += [f"{missing} not run"] if missing else []
        lines.append(f"{', '.join(parts)} in {duration(self.seconds)}. Report: {self.path}")
        return "\n".join(lines)

    def write(self) -> None:
        """Write the HTML page in one step."""
        write_whole(self.path, _page(self))


def _page(report: Report) -> str:
    failed = sum(not result.passed for result in report.results)
    done = {result.name for result in report.results}
    return render(
        "report.html",
        verdict="All passed" if report.passed else f"{failed} failed" if failed else "Not finished",
        facts={
            "Profile": report.profile,
            "Data": report.data_source,
            "Notebooks": report.kernels,
            "Runs": _short(report.runs_dir),
            "Started": report.started.isoformat(sep=" ", timespec="seconds"),
            "Time": duration(report.seconds),
            "Python": f"{platform.python_version()} on {platform.platform()}, "
            f"{os.cpu_count()} cores",
        },
        results=report.results,
        missing=[name for name in report.planned if name not in done],
        longest=max((result.seconds for result in report.results), default=0.0) or 1.0,
        folder=report.path.parent,
    )


def _short(path: Path) -> str:
    """Return a path within the course as seen from its top folder."""
    inside = path.is_relative_to(settings.ROOT)
    return path.relative_to(settings.ROOT).as_posix() if inside else str(path)
