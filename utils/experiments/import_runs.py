"""Runs that were trained elsewhere come into the log root; a run that is here is never overwritten.

Knows folders and run.json only: neither clouds nor training.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from utils.errors import CourseError
from utils.experiments.run_folder import RECORD, RunName, held, read_record
from utils.files import Held, whole

__all__ = ["bring_runs"]


def bring_runs(source: Path, runs: Path) -> list[str]:
    """Copy the runs below source into the log root; return sentences that say what was done.

    source: a log root that came from elsewhere, `<study>/<variant>/seed-<n>/…`; it is only read.

    A run comes whole: it is copied beside its place, then named. One that is here already is kept
    and named in a sentence, unless what came is the same run further on: its record starts with
    every epoch of ours, so nothing of ours is lost. A file beside runs, such as a search's list of
    trials, comes by the same rule. Bringing twice does no harm. A run that another process is
    writing here is left to it, and named with who that is.
    """
    brought: list[str] = []
    kept: list[str] = []
    files: list[str] = []
    busy: list[str] = []
    for one in _below(source):
        name = one.relative_to(source).as_posix()
        place = runs / name
        try:
            came = _comes(one, place) and _bring(one, place)
        except Held as error:
            busy.append(f"{error.problem} It was kept as it was.")
            continue
        if came:
            (brought if one.is_dir() else files).append(name)
        elif not _same(one, place):
            kept.append(name)
    return _sentences(brought, files, kept, runs) + busy


def _comes(one: Path, place: Path) -> bool:
    """Say whether a run or a file is new here, or ours further on."""
    return not place.exists() or (_goes_on if one.is_dir() else _grew)(one, place)


def _bring(one: Path, place: Path) -> bool:
    """Copy it whole, a run under its lock; say whether that was still to be done then."""
    if one.is_file():
        _copy(one, place)
        return True
    with held(place):
        if comes := _comes(one, place):
            _copy(one, place)
        return comes


def _sentences(brought: list[str], files: list[str], kept: list[str], runs: Path) -> list[str]:
    def count(names: list[str], word: str) -> str:
        return f"{len(names)} {word}{'s' * (len(names) != 1)}"

    lines = [f"{count(brought, 'run')} brought into {runs}: {', '.join(brought)}."]
    lines = lines if brought else ["No new runs came back."]
    if files:
        lines.append(f"With them came {', '.join(files)}.")
    if kept:
        lines.append(f"Here already, and kept as it was: {', '.join(kept)}.")
    return lines


def _below(folder: Path) -> Iterator[Path]:
    """Yield run folders, and files that lie in none, in order; links and hidden ones aren't."""
    if not folder.is_dir():
        return
    for one in sorted(folder.iterdir()):
        if one.is_symlink() or one.name.startswith("."):
            continue
        if one.is_file() or (one.is_dir() and _is_run(one)):
            yield one
        elif one.is_dir():
            yield from _below(one)


def _is_run(folder: Path) -> bool:
    return (
        RunName.of(folder) is not None
        or (folder / RECORD).is_file()
        or any(folder.glob("*tfevents*"))
    )


def _goes_on(run: Path, ours: Path) -> bool:
    """Say whether run is ours, trained further: same start, our epochs and more, or its end."""
    new, old = _record(run), _record(ours)
    if new is None or old is None or old["ended"]:
        return False
    epochs = len(old["history"])
    return (
        new["started"] == old["started"]
        and new["config"] == old["config"]
        and new["history"][:epochs] == old["history"]
        and (len(new["history"]) > epochs or bool(new["ended"]))
    )


def _record(run: Path) -> dict[str, Any] | None:
    """Return a run's record; None where there is none, or a damaged one, which decides nothing."""
    try:
        return read_record(run)
    except CourseError:
        return None


def _grew(file: Path, ours: Path) -> bool:
    """Say whether a file is ours with more lines at its end."""
    new, old = file.read_bytes(), ours.read_bytes() if ours.is_file() else None
    return old is not None and len(new) > len(old) and new.startswith(old)


def _same(one: Path, ours: Path) -> bool:
    """Say whether it was brought before: the same bytes, or files of the same names and sizes."""
    if one.is_file():
        return ours.is_file() and one.read_bytes() == ours.read_bytes()
    return _sizes(one) == _sizes(ours)


def _sizes(folder: Path) -> dict[str, int]:
    paths = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    return {
        name.as_posix(): path.stat().st_size
        for name, path in paths.items()
        if not any(part.startswith(".") for part in name.parts)
    }


def _copy(one: Path, place: Path) -> None:
    """Copy a run or a file whole."""
    with whole(place) as beside:
        if one.is_file():
            shutil.copy2(one, beside)
        else:  # what a copying tool has left there half done is hidden
            shutil.copytree(one, beside, ignore=shutil.ignore_patterns(".*"))
