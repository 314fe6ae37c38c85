"""Read and check floyd.yml, FloydHub's file of jobs; knows neither SkyPilot nor bash.

A file says what all jobs share, and under `task` what single ones have of their own. What is said
at the launch comes last. Each replaces a key as a whole, as FloydHub's did.

A folder that an input names is looked for when its job is resolved, and for that job alone: one
file may serve machines that hold different folders. All else is checked in every task at once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from utils.cloud.floyd.levels import Levels, Settings, Where
from utils.cloud.floyd.names import DATASETS, DEFAULT_ENV, Unknown, local_path
from utils.cloud.floyd.schema import LONGEST_MAX_RUNTIME, MACHINES, MODES, did_you_mean
from utils.cloud.floyd.yaml_lines import Place, label, read_yaml, shown
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

_DEFAULTS = {
    "env": DEFAULT_ENV,
    "machine": MACHINES[0],
    "input": (),
    "description": "",
    "command": "",
    "max_runtime": DEFAULT_MAX_RUNTIME,
    "mode": MODES[0],
}
_ARGUMENTS = {"input": "data", "description": "message"}  # those not called as their keys


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
    """What is said at the launch; None, or no data, where nothing was.

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
    shared: Settings = field(default_factory=dict)
    tasks: Mapping[str, Settings] = field(default_factory=dict)


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

    def where(place: Place) -> Where:
        nearest = place
        while nearest not in document.lines:
            nearest = nearest[:-1]
        line = document.lines[nearest]
        return line, f"{path.name}:{line}: {label(place) or 'the file'}"

    mistakes = [(line, f"{path.name}:{line}: {text}") for line, text in document.problems]
    file = FloydFile(path)
    if document.data is not None:
        levels = Levels(document.data, where)
        file = _levels_of(document.data, levels, path)
        mistakes += levels.mistakes
    _raise_all(mistakes)
    return file


def resolve(file: FloydFile, task: str | None = None, overrides: Overrides | None = None) -> Job:
    """Return the job that a task of the file and the overrides make together.

    Raises CourseError with all that is wrong with the overrides and with the folders of this job.
    """
    overrides = overrides or Overrides()
    said = {key: getattr(overrides, _ARGUMENTS.get(key, key)) for key in _DEFAULTS}
    said = {key: list(one) if key == "input" else one for key, one in said.items() if _given(one)}
    levels = Levels(said, lambda place: (0, f"`{_ARGUMENTS.get(str(place[0]), place[0])}`"))
    nodes = 1 if overrides.nodes is None else overrides.nodes
    if not 1 <= nodes <= MOST_NODES:
        levels.add((0, "`nodes`"), f"{nodes} is not from 1 to {MOST_NODES} machines")
    last = levels.settings(said)
    merged = {**file.shared, **_own(file, task), **last}
    levels.check_command(last, merged)
    values: dict[str, Any] = _DEFAULTS | {key: one.value for key, one in merged.items()}
    inputs = _found(values.pop("input"), file.path.parent, levels)
    _raise_all(levels.mistakes)
    if values["mode"] == "jupyter":
        values["command"] = ""
    elif not values["command"]:
        raise _no_command(file, task)
    folder = file.path.parent
    notes = _notes(merged)
    return Job(task=task or "", inputs=inputs, folder=folder, nodes=nodes, notes=notes, **values)


def _levels_of(data: Any, levels: Levels, path: Path) -> FloydFile:
    """Check what is shared, then each task, which stands on what is shared."""
    shared = levels.settings(data)
    levels.check_command(shared, shared)
    own = data.get("task") if isinstance(data, dict) else None
    tasks = {}
    for name, values in own.items() if isinstance(own, dict) else ():
        tasks[name] = levels.settings(values, ("task", name))
        levels.check_command(tasks[name], {**shared, **tasks[name]})
    return FloydFile(path, shared, tasks)


def _given(value: Any) -> bool:
    return value is not None and value != ()


def _found(
    inputs: Iterable[tuple[str, str, Where]], folder: Path, levels: Levels
) -> tuple[Input, ...]:
    """Return the inputs with absolute paths; note those that aren't there."""
    found = []
    for source, destination, where in inputs:
        one = Input(source, destination)
        try:
            here = local_path(source, folder) if one.kind == "local" else source
            found.append(Input(here, destination))
        except Unknown as unknown:
            levels.add(where, str(unknown))
    return tuple(found)


def _own(file: FloydFile, task: str | None) -> Settings:
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
    name = file.path.name
    which = f"The task {task} of {name}" if task else f"{name}, outside its tasks,"
    remedy = "Add the key command, or choose mode jupyter."
    if file.tasks and not task:
        remedy = f"Name one of its tasks: {', '.join(file.tasks)}."
    problem = f"{which if file.tasks else name} has no command, and mode job needs one."
    return CourseError(problem, remedy)


def _notes(merged: Settings) -> tuple[str, ...]:
    """Return what was mapped to what, and which command isn't run."""
    notes = [note for setting in merged.values() for note in setting.notes]
    if "command" in merged and "mode" in merged and merged["mode"].value == "jupyter":
        command, mode = (merged[key].where[1] for key in ("command", "mode"))
        notes.append(f"{command}: isn't run, since {mode} is jupyter.")
    return tuple(notes)


def _raise_all(mistakes: list[tuple[int, str]]) -> None:
    """Raise one CourseError with every mistake once, a line each, in the file's order."""
    lines = [text if text.endswith((".", "?")) else f"{text}." for _, text in sorted(mistakes)]
    text = "\n".join(dict.fromkeys(lines))
    names = (*(field.name for field in fields(Overrides)), "infra")
    if text:
        raise CourseError(text, "", tuple(name for name in names if f"`{name}`" in text))
