"""The result of executing notebooks: as data, as a few lines of text and as one HTML page.

Knows nothing of kernels, and nothing of what the notebooks are about.
"""

import html
import os
import platform
import urllib.parse
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from utils import settings
from utils.files import duration, write_whole

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

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{_KINDS[self.kind]}: {self.error}"


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
    """

    planned: tuple[str, ...]
    results: tuple[NotebookResult, ...]
    profile: str
    data_source: str
    runs_dir: Path
    path: Path
    started: datetime
    seconds: float

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
        """Write the HTML page; a half-written one never carries the final name."""
        write_whole(self.path, _page(self))


_STYLE = """
:root{color-scheme:light dark;--edge:#8886;--right:#00543d;--wrong:#a03400;--bar:#56b4e9}
@media (prefers-color-scheme:dark){:root{--right:#7fd6b8;--wrong:#ffb080;--bar:#2b7ba8}}
body{font:16px/1.5 system-ui,sans-serif;max-width:70em;margin:2em auto;padding:0 1em}
table{border-collapse:collapse;width:100%}caption{text-align:left;padding-bottom:.6em}
th,td{text-align:left;vertical-align:top;padding:.4em .8em .4em 0}
tr{border-bottom:1px solid var(--edge)}
td.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.right{color:var(--right);font-weight:600;white-space:nowrap}.wrong{color:var(--wrong)}
b.wrong{white-space:nowrap}.bar{height:.35em;background:var(--bar);margin:.3em 0 0 auto}
code{overflow-wrap:anywhere}dl{display:grid;grid-template-columns:max-content 1fr;gap:.1em 1em}
dd{margin:0;overflow-wrap:anywhere}.scroll{overflow-x:auto}
"""


def _page(report: Report) -> str:
    failed = sum(not result.passed for result in report.results)
    verdict = "All passed" if report.passed else f"{failed} failed" if failed else "Not finished"
    longest = max((result.seconds for result in report.results), default=0.0) or 1.0
    rows = [_row(result, longest, report.path.parent) for result in report.results]
    done = {result.name for result in report.results}
    rows += [
        f'<tr><th scope="row">{html.escape(name)}</th><td>… not run</td>'
        + "<td></td>" * 4
        + "</tr>"
        for name in report.planned
        if name not in done
    ]
    facts = {
        "Profile": report.profile,
        "Data": report.data_source,
        "Runs": _short(report.runs_dir),
        "Started": report.started.isoformat(sep=" ", timespec="seconds"),
        "Time": duration(report.seconds),
        "Python": f"{platform.python_version()} on {platform.platform()}, {os.cpu_count()} cores",
    }
    details = "".join(f"<dt>{key}</dt><dd>{html.escape(facts[key])}</dd>" for key in facts)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{verdict}: the course's notebooks</title><style>{_STYLE}</style></head>\n<body>"
        f"<h1>The course's notebooks: {verdict.lower()}</h1>\n<dl>{details}</dl>\n"
        '<div class="scroll"><table><caption>Cells are counted from 1, Markdown cells too.'
        "</caption>\n<thead><tr>"
        + "".join(
            f'<th scope="col">{title}</th>'
            for title in ("Notebook", "Result", "Time", "Code cells", "Slowest cell", "What failed")
        )
        + "</tr></thead>\n<tbody>\n"
        + "\n".join(rows)
        + "\n</tbody></table></div></body></html>\n"
    )


def _short(path: Path) -> str:
    """Return a path within the course as seen from its top folder."""
    inside = path.is_relative_to(settings.ROOT)
    return path.relative_to(settings.ROOT).as_posix() if inside else str(path)


def _row(result: NotebookResult, longest: float, folder: Path) -> str:
    name = html.escape(result.name)
    link = f'<a href="{_href(result.page, folder)}">{name}</a>' if result.page else name
    sign = (
        '<span class="right">✓ passed</span>' if result.passed else '<b class="wrong">✗ failed</b>'
    )
    slow = result.slowest
    slowest = (
        f"{duration(slow.seconds)} in cell {slow.number}: "
        f"{_cell_link(result, slow.cell_id, slow.first_line, folder)}"
        if slow
        else ""
    )
    share = max(2, round(100 * result.seconds / longest))
    bar = f'<div class="bar" style="width:{share}%"></div>'
    failures = "<br>".join(_failure(result, failure, folder) for failure in result.failures)
    return (
        f'<tr><th scope="row">{link}</th><td>{sign}</td>'
        f'<td class="n">{duration(result.seconds)}{bar}</td>'
        f'<td class="n">{result.cells} of {result.of}</td><td>{slowest}</td>'
        f'<td class="wrong">{failures}</td></tr>'
    )


def _failure(result: NotebookResult, failure: Failure, folder: Path) -> str:
    place = ""
    if failure.number is not None:
        cell = _cell_link(result, failure.cell_id, failure.first_line, folder)
        place = f"cell {failure.number} ({html.escape(failure.cell_id)}), {cell}: "
    return f"{place}{_KINDS[failure.kind]}: {html.escape(failure.error)}"


def _cell_link(result: NotebookResult, cell_id: str, first_line: str, folder: Path) -> str:
    """Return the cell's first line; a link to it where there is an HTML copy."""
    code = f"<code>{html.escape(first_line)}</code>"
    if result.page is None:
        return code
    return (
        f'<a href="{_href(result.page, folder)}#cell-id={urllib.parse.quote(cell_id)}">{code}</a>'
    )


def _href(target: Path, folder: Path) -> str:
    return urllib.parse.quote(target.relative_to(folder).as_posix())
