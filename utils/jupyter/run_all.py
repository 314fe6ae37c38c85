"""Execute the course's notebooks, each in a kernel of its own, and report on them in order.

Knows nothing of training: notebooks are told the profile, the data and the folder of runs by
the environment variables of `utils.settings`.
"""

import asyncio
import os
import re
import shutil
import sys
import time
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

import nbformat
from tqdm import tqdm

from utils import settings
from utils.errors import CourseError
from utils.files import lock, write_whole
from utils.jupyter.execute import execute, kernel_environment, one_line, run_to_its_end
from utils.jupyter.html_copies import write_copies
from utils.jupyter.report import Failure, NotebookResult, Report
from utils.jupyter.side_by_side import plan, run_all

__all__ = ["run_notebooks", "select"]

# Seconds that one cell may take before it counts as hanging; None is without end.
_TIMEOUTS = {"smoke": 300, "quick": 3600, "full": None}


def select(selection: str | None = None, folder: Path = settings.NOTEBOOKS) -> list[Path]:
    """Return the chosen notebooks of a folder, in order of their numbers.

    selection: None for all; else numbers, ranges and names between commas, such as `01-06`,
        `01,03` or `11_layers`. Raises CourseError where a part names nothing.
    """
    known = {path.stem: path for path in settings.lessons(folder)}
    if not known:
        raise CourseError(f"There are no notebooks in {folder}.")
    if selection is None:
        return list(known.values())
    parts = [part for part in re.split(r"[,\s]+", selection) if part]
    chosen = {name for part in parts for name in _named(part, list(known))}
    if not chosen:
        raise CourseError("No notebook is chosen.", "Give numbers or names, such as 01-06.")
    return [path for name, path in known.items() if name in chosen]


def _named(part: str, names: list[str]) -> list[str]:
    """Return the names that one part of a selection stands for."""
    span = re.fullmatch(r"(\d{1,2})(?:-(\d{1,2}))?", part)
    if span is None:
        name = Path(part).name.removesuffix(".ipynb")
        found = [name] if name in names else []
    else:
        first, last = int(span[1]), int(span[2] or span[1])
        if first > last:
            raise CourseError(
                f"The range {part} runs backwards.", f"Did you mean {last:02}-{first:02}?"
            )
        found = [name for name in names if first <= int(name[:2]) <= last]
    if not found:
        raise CourseError(f"There is no notebook {part}.", f"There are: {', '.join(names)}.")
    return found


def run_notebooks(
    selection: str | None = None,
    profile: str | None = None,
    data_source: str | None = None,
    runs_dir: Path | None = None,
    timeout: float | None = None,
    *,
    jobs: int | None = None,
    notebooks_dir: Path = settings.NOTEBOOKS,
    build_dir: Path | None = None,
    progress: bool = True,
) -> Report:
    """Execute the chosen notebooks; go on after a failure; write copies and a report.

    selection: see `select`.
    profile, data_source: None takes what the environment says.
    runs_dir: None is the folder that COURSE_RUNS names, else the course's own folder of runs,
        but build/smoke/runs at `smoke`, emptied first when all notebooks are run.
    timeout: seconds that one cell may take; None is the profile's own limit.
    jobs: notebooks side by side, see `utils.jupyter.side_by_side.plan`. With 1 they run one
        after the other, in order.
    progress: show a bar where there is a terminal, and in any case a line as a notebook ends.
    """
    paths = {path.stem: path for path in select(selection, notebooks_dir)}
    profile = _valid(profile or settings.profile_name(), settings.PROFILE_NAMES, "profile")
    source = _valid(data_source or settings.data_source(), settings.DATA_SOURCES, "data source")
    build = (build_dir or settings.build_dir()).resolve()
    runs, chosen = _log_root(runs_dir, profile, build).resolve(), plan(len(paths), jobs)
    environment = kernel_environment(profile, source, runs) | chosen.environment
    started, clock = datetime.now(), time.monotonic()
    results: dict[str, NotebookResult] = {}

    def report() -> Report:
        return Report(
            planned=tuple(paths),
            results=tuple(results[name] for name in paths if name in results),
            profile=profile,
            data_source=source,
            kernels=str(chosen),
            runs_dir=runs,
            path=build / "report.html",
            started=started,
            seconds=time.monotonic() - clock,
        )

    async def run_one(name: str) -> None:
        limit = timeout or _TIMEOUTS[profile]
        results[name] = await _run_one(
            paths[name], build / "notebooks", environment, limit, bar, paths
        )
        bar.finished(results[name])
        report().write()

    with (
        lock(build / ".run.lock", *_TWO_AT_ONCE, seconds=0),
        _Bar(len(paths), progress) as bar,
    ):
        if selection is None and runs_dir is None and runs == _smoke_runs(build):
            _make_anew(runs)
        report().write()  # now and after each one: an interrupted run leaves a report too
        run_to_its_end(run_all(list(paths), chosen.kernels, run_one))
    return report()


_TWO_AT_ONCE = (
    "The notebooks are being run already, into the same folder.",
    "Wait for its end, or have the variable COURSE_BUILD name another folder.",
)


def _log_root(given: Path | None, profile: str, build: Path) -> Path:
    """Return the folder of runs: what was asked for, else at `smoke` one of its own."""
    if given is not None:
        return given
    asked = profile != "smoke" or os.environ.get("COURSE_RUNS")
    return settings.runs_dir() if asked else _smoke_runs(build)


def _smoke_runs(build: Path) -> Path:
    return build / "smoke" / "runs"


def _make_anew(runs: Path) -> None:
    """Have smoke runs train anew. Only a folder that this function has made is ever removed."""
    made_here = runs / ".made-by-course-run"
    if made_here.is_file():
        shutil.rmtree(runs)
    if runs.exists():
        print(f"{runs} wasn't made by `course run`: its runs are kept, and not trained anew.")
    else:
        write_whole(
            made_here, "`course run` empties this folder when it runs all notebooks at smoke.\n"
        )


def _valid(value: str, choices: tuple[str, ...], what: str) -> str:
    if value not in choices:
        raise CourseError(f"There is no {what} {value!r}.", f"Choose one of: {', '.join(choices)}.")
    return value


class _Bar:
    """One progress bar over the notebooks, with the cells of those that run; and their lines."""

    def __init__(self, notebooks: int, shown: bool) -> None:
        self._shown, self._notebooks, self._ended = shown, notebooks, 0
        self._cells: dict[str, str] = {}  # of the notebooks that run
        self._bar = tqdm(total=notebooks, disable=not shown or not sys.stderr.isatty(),
                         leave=False, unit="notebook", dynamic_ncols=True)  # fmt: skip

    def __enter__(self) -> "_Bar":
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def cell(self, name: str, number: int, cells: int) -> None:
        """Show that a notebook's cell of that number begins."""
        self._cells[name] = f"{name} {number}/{cells}"
        self._tell()

    def finished(self, result: NotebookResult) -> None:
        """Write the notebook's line."""
        self._ended += 1
        self._cells.pop(result.name, None)
        self._bar.update()
        self._tell()
        if self._shown:
            self._bar.clear()
            width = len(str(self._notebooks))
            print(f"{self._ended:>{width}}/{self._notebooks} {result.line()}", flush=True)

    def _tell(self) -> None:
        self._bar.set_postfix_str(", ".join(self._cells.values()))


async def _run_one(
    path: Path,
    folder: Path,
    environment: dict[str, str],
    timeout: float | None,
    bar: _Bar,
    planned: Collection[str],
) -> NotebookResult:
    """Execute one notebook; write its copy and its HTML beside each other into `folder`."""
    clock = time.monotonic()
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except (nbformat.ValidationError, nbformat.reader.NotJSONError, OSError, KeyError) as error:
        failure = Failure("file", one_line(f"{type(error).__name__}: {error}"))
        return NotebookResult(path.stem, time.monotonic() - clock, failures=(failure,))
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    numbers = iter(range(1, len(code) + 1))
    times, failures = await execute(
        notebook, path.parent, environment, timeout,
        lambda: bar.cell(path.stem, next(numbers), len(code)),
    )  # fmt: skip
    # In a thread: the other notebooks' kernels mustn't wait for it.
    executed, page, trouble = await asyncio.to_thread(write_copies, notebook, path, folder, planned)
    return NotebookResult(
        name=path.stem,
        seconds=time.monotonic() - clock,
        cells=len(times),
        of=len(code),
        slowest=max(times, key=lambda t: t.seconds, default=None),
        failures=(*failures, *trouble),
        executed=executed,
        page=page,
    )
