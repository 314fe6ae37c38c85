"""Where things lie and which settings are in force; knows nothing of what is done with them.

Every setting is an environment variable, so that the `course` command, a notebook's kernel
and a cloud machine are told the same thing in the same way.

| variable | meaning | default |
| --- | --- | --- |
| COURSE_DATA | a read-only folder that holds the unpacked data sets | the cache in data/ |
| COURSE_DATA_SOURCE | `auto`, `real` or `sample` | `auto` |
| COURSE_PROGRESS | the file that notes what you have done; `off` notes nothing | progress.jsonl |
| COURSE_PROFILE | how much work: `smoke`, `quick` or `full` | `quick` |
| COURSE_RUNS | the folder of all runs, TensorBoard's log root | runs/ |
| COURSE_STRICT | `1`: an exercise check that fails raises an error | `0` |
"""

import os
from pathlib import Path

from utils.errors import CourseError

__all__ = [
    "BUILD",
    "DATA_SOURCES",
    "NOTEBOOKS",
    "PROFILE_NAMES",
    "ROOT",
    "cache_dir",
    "data_source",
    "profile_name",
    "progress_path",
    "put",
    "runs_dir",
    "shared_data_dir",
    "strict",
]

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
NOTEBOOKS = ROOT / "notebooks"

DATA_SOURCES = ("auto", "real", "sample")
PROFILE_NAMES = ("smoke", "quick", "full")


def cache_dir() -> Path:
    """Return the folder that downloads land in."""
    return ROOT / "data"


def shared_data_dir() -> Path | None:
    """Return the read-only folder named by COURSE_DATA, or None where it isn't set.

    Raises CourseError where it names something that isn't a folder.
    """
    value = os.environ.get("COURSE_DATA", "")
    if not value:
        return None
    folder = Path(value).expanduser()
    if not folder.is_dir():
        raise CourseError(
            f"COURSE_DATA names {folder}, which is not a folder.",
            "Correct the path, or unset COURSE_DATA to use the course's own data folder.",
        )
    return folder


def runs_dir() -> Path:
    """Return the log root: the folder of all runs."""
    return Path(os.environ.get("COURSE_RUNS") or ROOT / "runs").expanduser()


def progress_path() -> Path | None:
    """Return the file that notes what was done, or None where COURSE_PROGRESS is `off`.

    A relative path starts at the course's folder: kernels and terminals start elsewhere.
    """
    value = os.environ.get("COURSE_PROGRESS") or "progress.jsonl"
    return None if value == "off" else ROOT / Path(value).expanduser()


def data_source() -> str:
    """Return `auto`, `real` or `sample`."""
    return _choice("COURSE_DATA_SOURCE", "auto", DATA_SOURCES)


def profile_name() -> str:
    """Return `smoke`, `quick` or `full`."""
    return _choice("COURSE_PROFILE", "quick", PROFILE_NAMES)


def strict() -> bool:
    """Say whether a failed exercise check raises."""
    return os.environ.get("COURSE_STRICT", "0") == "1"


def put(profile: str | None = None, source: str | None = None, runs: Path | None = None) -> None:
    """Turn a command's options into settings, so that kernels and subprocesses are told the same.

    None leaves a setting as it is. Raises CourseError where one of them can't be, given or found.
    """
    for variable, value in (
        ("COURSE_PROFILE", profile),
        ("COURSE_DATA_SOURCE", source),
        ("COURSE_RUNS", str(runs.resolve()) if runs else None),
    ):
        if value is not None:
            os.environ[variable] = value
    profile_name(), data_source(), shared_data_dir()


def _choice(variable: str, default: str, choices: tuple[str, ...]) -> str:
    value = os.environ.get(variable) or default
    if value not in choices:
        raise CourseError(
            f"{variable} is {value!r}, which is not one of {', '.join(choices)}.",
            f"Set it to one of these, or unset it for {default!r}.",
        )
    return value
