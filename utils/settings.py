"""Where things lie and which settings are in force; knows nothing of what is done with them.

Every setting is an environment variable, so that the `course` command, a notebook's kernel
and a cloud machine are told the same thing in the same way.

| variable | meaning | default |
| --- | --- | --- |
| COURSE_BUILD | the folder of what can be made again: executed copies, pages | build/ |
| COURSE_DATA | a read-only folder that holds the unpacked data sets | the cache in data/ |
| COURSE_DATA_SOURCE | `auto`, `real` or `sample` | `auto` |
| COURSE_LEARNER | a learner's name; exercises draw their numbers by it | the numbers of the text |
| COURSE_PROGRESS | the file that notes what you have done; `off` notes nothing | progress.jsonl |
| COURSE_PROFILE | how much work: `smoke`, `quick` or `full` | `quick` |
| COURSE_RECORD | `1`: pictures that move are recorded | `1` in `course run`, not at `smoke` |
| COURSE_RUNS | the folder of all runs, TensorBoard's log root | runs/ |
| COURSE_STRICT | `1`: an exercise check that fails raises an error | `0` |

Where the course's own folder can't be written (one installation for a class), what is a person's
own lies in ~/deep-learning-course, and what can be made again in that user's cache folder.

A relative path in a variable starts where the `course` command was typed, which turns it into a
whole one for all that it starts; in a kernel that something else started, at the course's folder.
"""

import os
from pathlib import Path

from utils.errors import CourseError

__all__ = [
    "DATA_SOURCES",
    "NOTEBOOKS",
    "PROFILE_NAMES",
    "ROOT",
    "START",
    "build_dir",
    "cache_dir",
    "data_source",
    "for_tensorflow",
    "learner",
    "lessons",
    "looks_path",
    "outputs_dir",
    "own_dir",
    "profile_name",
    "progress_path",
    "put",
    "recording",
    "resolve_path",
    "runs_dir",
    "shared_data_dir",
    "sheets_dir",
    "start_here",
    "strict",
    "work_dir",
]

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"
START = "00_start.ipynb"  # the start page, beside the lessons

DATA_SOURCES = ("auto", "real", "sample")
PROFILE_NAMES = ("smoke", "quick", "full")
# The variables that hold a path; `off` is one of COURSE_PROGRESS's words.
PATHS = ("COURSE_BUILD", "COURSE_DATA", "COURSE_PROGRESS", "COURSE_RUNS")
OWN = "deep-learning-course"
# What TensorFlow is told: to take a GPU's memory as it needs it, which leaves room for the next
# notebook's kernel, instead of nearly all at once; and to log errors alone.
TENSORFLOW = {"TF_FORCE_GPU_ALLOW_GROWTH": "true", "TF_CPP_MIN_LOG_LEVEL": "2"}


def resolve_path(text: str | Path, start: Path | None = None) -> Path:
    """Return the whole path that a person means: the one way for every path from outside.

    `~` and `~name` are home folders, also where no shell has replaced them; a link stays a link.
    start: where a relative path starts; the working directory unless given.
    Raises CourseError for the home of a user that isn't here, and for what can be no path.
    """
    try:
        path = Path(text).expanduser()
    except RuntimeError as error:
        name = Path(text).parts[0]
        raise CourseError(
            f"{text} starts in the home folder of a user that this machine doesn't have: {name}.",
            f"Give the whole path, or ./{text} for a folder of that name.",
        ) from error
    except ValueError:  # of a home whose name no user can have
        path = Path("\0")
    if "\0" in str(path):
        raise CourseError(f"{str(text)!r} can't be a path.", "Check it for signs you can't see.")
    return Path(os.path.abspath(path if start is None else start / path))  # noqa: PTH100  # no links


def own_dir() -> Path:
    """Return the folder of what is a person's own: runs, progress, notebooks they write in.

    It is the course's own, or ~/deep-learning-course where that can't be written.
    """
    return ROOT if os.access(ROOT, os.W_OK) else resolve_path("~") / OWN


def work_dir() -> Path:
    """Return the folder of the learner's copies of the notebooks: where `course lab` works."""
    return own_dir() / "work"


def lessons(folder: Path = NOTEBOOKS) -> list[Path]:
    """Return the lessons of a folder in order: `01_….ipynb` and so on, without the start page."""
    return sorted(p for p in folder.glob("[0-9][0-9]_*.ipynb") if p.name != START)


def build_dir() -> Path:
    """Return the folder of what can be made again at any time."""
    if own_dir() == ROOT:
        return _from_variable("COURSE_BUILD", ROOT / "build")
    import platformdirs

    return _from_variable("COURSE_BUILD", platformdirs.user_cache_path(OWN) / "build")


def sheets_dir() -> Path:
    """Return the folder of the workbooks that the lessons write: one that JupyterLab shows."""
    return own_dir() / "build" / "sheets"


def cache_dir() -> Path:
    """Return the folder that downloads land in."""
    if own_dir() == ROOT:
        return ROOT / "data"
    import platformdirs

    return platformdirs.user_cache_path(OWN) / "data"


def shared_data_dir() -> Path | None:
    """Return the read-only folder named by COURSE_DATA, or None where it isn't set.

    Raises CourseError where it names something that isn't a folder.
    """
    if not os.environ.get("COURSE_DATA"):
        return None
    folder = _from_variable("COURSE_DATA", ROOT)
    if not folder.is_dir():
        raise CourseError(
            f"COURSE_DATA names {folder}, which is not a folder.",
            "Correct the path, or unset COURSE_DATA to use the course's own data folder.",
        )
    return folder


def runs_dir() -> Path:
    """Return the log root: the folder of all runs."""
    return _from_variable("COURSE_RUNS", own_dir() / "runs")


def outputs_dir() -> Path:
    """Return the folder of what launches bring back beside runs: the log root's neighbour."""
    return runs_dir().parent / "outputs"


def progress_path() -> Path | None:
    """Return the file that notes what was done, or None where COURSE_PROGRESS is `off`."""
    if os.environ.get("COURSE_PROGRESS") == "off":
        return None
    return _from_variable("COURSE_PROGRESS", own_dir() / "progress.jsonl")


def looks_path() -> Path | None:
    """Return the file beside the progress that notes each opening of a test set; None for `off`."""
    path = progress_path()
    return path and path.with_name(f"{path.stem}-test-openings.jsonl")


def _from_variable(variable: str, default: Path) -> Path:
    """Return the whole path that a variable names; a relative one starts at the course's folder."""
    value = os.environ.get(variable, "")
    try:
        return resolve_path(value, ROOT) if value else default
    except CourseError as error:
        raise CourseError(f"{variable}: {error.problem}", error.remedy) from error


def data_source() -> str:
    """Return `auto`, `real` or `sample`."""
    return _choice("COURSE_DATA_SOURCE", "auto", DATA_SOURCES)


def profile_name() -> str:
    """Return `smoke`, `quick` or `full`."""
    return _choice("COURSE_PROFILE", "quick", PROFILE_NAMES)


def learner() -> str:
    """Return the name that exercises draw their numbers by; empty where no teacher asks for it."""
    return os.environ.get("COURSE_LEARNER", "").strip()


def recording() -> bool:
    """Say whether widgets are to be recorded over their controls when they are shown."""
    return os.environ.get("COURSE_RECORD", "0") == "1"


def strict() -> bool:
    """Say whether a failed exercise check raises."""
    return os.environ.get("COURSE_STRICT", "0") == "1"


def for_tensorflow() -> dict[str, str]:
    """Return the variables for a process that may import TensorFlow; what is set already stays."""
    return {name: os.environ.get(name, value) for name, value in TENSORFLOW.items()}


def start_here() -> None:
    """Have the relative paths in variables start in the working directory, from now on for all."""
    for variable in PATHS:
        value = os.environ.get(variable, "")
        if value and (variable, value) != ("COURSE_PROGRESS", "off"):
            os.environ[variable] = str(resolve_path(value))


def put(profile: str | None = None, source: str | None = None, runs: Path | None = None) -> None:
    """Turn a command's options into settings, so that kernels and subprocesses are told the same.

    None leaves a setting as it is. Raises CourseError where one of them can't be, given or found.
    """
    for variable, value in (
        ("COURSE_PROFILE", profile),
        ("COURSE_DATA_SOURCE", source),
        ("COURSE_RUNS", str(resolve_path(runs)) if runs else None),
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
