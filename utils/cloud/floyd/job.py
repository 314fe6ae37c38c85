"""Read and check floyd.yml, FloydHub's file of jobs; knows neither SkyPilot nor bash.

A file says what all jobs share, and under `task` what single ones have of their own. The flags
of `course launch` come last. Each replaces a key as a whole, as FloydHub's did.

A folder that an input names is looked for when its job is resolved, and for that job alone: one
file may serve machines that hold different folders. All else is checked in every task at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from utils.cloud.floyd import levels
from utils.cloud.floyd.levels import Level, Mistake, Where
from utils.cloud.floyd.names import DATASETS, DEFAULT_ENV
from utils.cloud.floyd.schema import LONGEST_MAX_RUNTIME, MACHINES, MODES, complaints, did_you_mean
from utils.cloud.floyd.yaml_lines import Document, Place, label, read_yaml, shown
from utils.errors import CourseError

__all__ = [
    "DEFAULT_MAX_RUNTIME",
    "LONGEST_MAX_RUNTIME",
    "MACHINES",
    "MODES",
    "MOST_NODES",
    "NAMES",
    "FloydFile",
    "Input",
    "Job",
    "Overrides",
    "find_floyd",
    "read_floyd",
    "resolve",
]

NAMES = ("floyd.yml", "floyd.yaml")
DEFAULT_MAX_RUNTIME = 7200
MOST_NODES = 64  # a slip of the finger, 100 for 10, mustn't start a hundred machines


@dataclass(frozen=True)
class Input:
    """Data that a job finds at /floyd/input/<destination>.

    source: one of the course's own data sets, an absolute path here, or a bucket's URL.
    """

    source: str
    destination: str

    @property
    def kind(self) -> str:
        """Return `dataset`, `local` or `bucket`."""
        if self.source in DATASETS:
            return "dataset"
        return "bucket" if "://" in self.source else "local"


@dataclass(frozen=True)
class Job:
    """All there is to know of one job, checked.

    task: its name in the file; empty where none was named.
    command: what bash is to run; empty in mode jupyter.
    max_runtime: seconds.
    folder: where the file lies: the code that is sent.
    nodes: machines of a Ray cluster.
    notes: sentences to print: what was mapped to what.
    """

    task: str
    env: str
    machine: str
    inputs: tuple[Input, ...]
    description: str
    command: str
    max_runtime: int
    mode: str
    folder: Path
    nodes: int = 1
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Overrides:
    """What the flags of `course launch` say; None, or no data, where a flag wasn't given.

    data: entries `source:destination`, or one `source` alone, mounted as `input`.
    """

    machine: str | None = None
    data: tuple[str, ...] = ()
    mode: str | None = None
    max_runtime: int | None = None
    message: str | None = None
    env: str | None = None
    command: str | None = None
    nodes: int | None = None


@dataclass(frozen=True)
class FloydFile:
    """A file that was read and found in order.

    shared: the settings above `task`, by key.
    tasks: each task's own, by its name.
    """

    path: Path
    shared: Level = field(default_factory=dict)
    tasks: Mapping[str, Level] = field(default_factory=dict)


def find_floyd(folder: Path) -> Path:
    """Return the folder's floyd.yml or floyd.yaml; raise CourseError for none and for both."""
    found = [folder / name for name in NAMES if (folder / name).is_file()]
    if len(found) == 1:
        return found[0]
    if found:
        raise CourseError(f"{folder} has both floyd.yml and floyd.yaml.", "Delete one of them.")
    raise CourseError(
        f"{folder} has no floyd.yml.", "Go to the course's folder, or write one after its example."
    )


def read_floyd(path: Path) -> FloydFile:
    """Return what a file says, every task checked.

    Raises CourseError with all mistakes, a line each: `floyd.yml:7: machine: 'gpu3' is not …`.
    """
    try:
        document = read_yaml(path.read_bytes())
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise CourseError(f"{path} can't be read: {why}.", "Check its name and rights.") from error
    mistakes = [
        Mistake(Where(problem.line, f"{path.name}:{problem.line}"), problem.text)
        for problem in document.problems
    ]
    file, more = _check(document, path)
    _raise_all([*mistakes, *more])
    return file


def resolve(file: FloydFile, task: str | None = None, overrides: Overrides | None = None) -> Job:
    """Return the job that a task of the file and the flags make together.

    Raises CourseError with all that is wrong with the flags and with the folders of this job.
    """
    overrides = overrides or Overrides()
    flags, mistakes = _flags(overrides)
    merged = {**file.shared, **_own(file, task), **flags}
    mistakes += levels.disagreement(merged, levels.FLAGS)
    inputs = []
    for entry in _value(merged, "input", ()):
        source, faults = levels.local_path(entry, file.path.parent)
        mistakes += faults
        inputs.append(Input(source, entry.destination))
    mode = _value(merged, "mode", MODES[0])
    _raise_all(mistakes)
    if mode == "job" and "command" not in merged:
        raise _no_command(file, task)
    return Job(
        task=task or "",
        env=_value(merged, "env", DEFAULT_ENV),
        machine=_value(merged, "machine", MACHINES[0]),
        inputs=tuple(inputs),
        description=_value(merged, "description", ""),
        command=_value(merged, "command", "") if mode == "job" else "",
        max_runtime=_value(merged, "max_runtime", DEFAULT_MAX_RUNTIME),
        mode=mode,
        folder=file.path.parent,
        nodes=overrides.nodes or 1,
        notes=_notes(merged),
    )


def _check(document: Document, path: Path) -> tuple[FloydFile, list[Mistake]]:
    """Check what was read against the schema, then each level's values."""
    file = FloydFile(path)
    if document.data is None:
        return file, []

    def where(place: Place) -> Where:
        line = _line(document, place)
        return Where(line, f"{path.name}:{line}: {label(place) or 'the file'}")

    found = list(complaints(document.data))
    mistakes = [Mistake(where(place), text) for place, text in found]
    bad = {place for place, _ in found}
    data = _mapping(document.data)
    shared, more = levels.check_level(data, (), levels.SHARED, where, bad)
    mistakes += [*more, *levels.disagreement(shared, levels.SHARED)]
    tasks = {}
    for name, values in _mapping(data.get("task")).items():
        place = ("task", name)
        tasks[name], more = levels.check_level(_mapping(values), place, levels.TASK, where, bad)
        mistakes += [*more, *levels.disagreement({**shared, **tasks[name]}, levels.TASK)]
    return FloydFile(path, shared, tasks), mistakes


def _flags(overrides: Overrides) -> tuple[Level, list[Mistake]]:
    """Check what the flags say by the rules of the file."""
    given = {
        "machine": (overrides.machine, "--cpu, --cpu2, --gpu or --gpu2"),
        "input": (list(overrides.data) or None, "--data"),
        "mode": (overrides.mode, "--mode"),
        "max_runtime": (overrides.max_runtime, "--max-runtime"),
        "description": (overrides.message, "--message"),
        "env": (overrides.env, "--env"),
        "command": (overrides.command, "--command"),
    }
    values = {key: value for key, (value, _) in given.items() if value is not None}

    def where(place: Place) -> Where:
        return Where(0, given[str(place[0])][1])

    found = [one for key, value in values.items() for one in complaints(value, key)]
    mistakes = [Mistake(where(place), text) for place, text in found]
    bad = {place for place, _ in found}
    settings, more = levels.check_level(values, (), levels.FLAGS, where, bad)
    if overrides.nodes is not None and not 1 <= overrides.nodes <= MOST_NODES:
        text = f"{overrides.nodes} is not from 1 to {MOST_NODES} machines"
        more.append(Mistake(Where(0, "--nodes"), text))
    return settings, [*mistakes, *more]


def _own(file: FloydFile, task: str | None) -> Level:
    """Return a task's own settings; none where no task is named."""
    if not task:
        return {}
    if task in file.tasks:
        return file.tasks[task]
    name = file.path.name
    if not file.tasks:
        raise CourseError(f"{name} has no tasks, so none that is called {shown(task)}.")
    raise CourseError(
        f"{name} has no task {shown(task)}{did_you_mean(task, file.tasks) or '.'}",
        f"Its tasks are {', '.join(file.tasks)}.",
    )


def _no_command(file: FloydFile, task: str | None) -> CourseError:
    which = (
        f"The task {task} of {file.path.name}" if task else f"{file.path.name}, outside its tasks,"
    )
    if not file.tasks:
        which = file.path.name
    problem = f"{which} has no command, and mode job needs one."
    if task or not file.tasks:
        return CourseError(problem, "Add the key command, or choose mode jupyter.")
    return CourseError(problem, f"Name one of its tasks: {', '.join(file.tasks)}.")


def _notes(merged: Level) -> tuple[str, ...]:
    """Return what was mapped to what, and which command isn't run."""
    notes = [note for setting in merged.values() for note in setting.notes]
    if "command" in merged and _value(merged, "mode", MODES[0]) == "jupyter":
        later = merged["mode"].where.words
        notes.append(f"{merged['command'].where.words}: isn't run, since {later} is jupyter.")
    return tuple(notes)


def _value(settings: Level, key: str, default: Any) -> Any:
    return settings[key].value if key in settings else default


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _line(document: Document, place: Place) -> int:
    """Return the line of a place, or of the nearest one around it that has one."""
    while place not in document.lines:
        place = place[:-1]
    return document.lines[place]


def _raise_all(mistakes: list[Mistake]) -> None:
    if mistakes:
        lines = dict.fromkeys(map(str, sorted(mistakes)))
        raise CourseError("\n".join(lines))
