"""Read and check floyd.yml, FloydHub's file of jobs; knows neither SkyPilot nor bash.

A file says what all jobs share, and under `task` what single ones have of their own. What is said
at the launch comes last. Each replaces a key as a whole, as FloydHub's did.

Every task is checked when the file is read, but a job is refused for its own mistakes alone: those
of other tasks, and of what the task or the launch says anew, become notes. A folder that an input
names is looked for when its job is resolved: one file may serve machines that hold different ones.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from utils import settings
from utils.cloud.floyd.levels import Checker, Mistake, Settings, Where
from utils.cloud.floyd.names import DATASETS, DEFAULT_ENV, Unknown, local_path
from utils.cloud.floyd.schema import MACHINES, MODES, SCHEMA, did_you_mean
from utils.cloud.floyd.yaml_lines import Place, label, read_yaml, shown
from utils.errors import CourseError

__all__ = [
    "ARGUMENTS",
    "MACHINES",
    "FloydFile",
    "Input",
    "Job",
    "NoCommand",
    "NoTask",
    "Overrides",
    "find_floyd",
    "read_floyd",
    "resolve",
]

NAMES = ("floyd.yml", "floyd.yaml")
DEFAULT_MAX_RUNTIME = 7200
MOST_NODES = 64  # a slip of the finger, 100 for 10, mustn't start a hundred machines

# The keys that an argument of the launch overrides, by the argument's name.
_KEYS = {name: name for name in ("machine", "mode", "max_runtime", "env", "command")}
_KEYS |= {"data": "input", "message": "description"}


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

    task: str = ""
    env: str = DEFAULT_ENV
    machine: str = MACHINES[0]
    inputs: tuple[Input, ...] = ()
    description: str = ""
    command: str = ""
    max_runtime: int = DEFAULT_MAX_RUNTIME
    mode: str = MODES[0]
    folder: Path = Path()
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


# The arguments that a mistake may name, or a note.
ARGUMENTS = (*(one.name for one in fields(Overrides)), "infra")


@dataclass(frozen=True)
class FloydFile:
    """What a file says.

    shared: the settings above `task`, by key.
    tasks: each task's own, by its name.
    mistakes: what is wrong in all of it; the settings lack what it spoils.
    """

    path: Path
    shared: Settings = field(default_factory=dict)
    tasks: Mapping[str, Settings] = field(default_factory=dict)
    mistakes: tuple[Mistake, ...] = ()


class NoTask(CourseError):
    """A task that isn't in the file."""


class NoCommand(CourseError):
    """A job of mode job for which neither the file nor the launch has a command."""


def find_floyd(folder: Path) -> Path:
    """Return the folder's floyd.yml or floyd.yaml; raise CourseError for none and for both."""
    folder = settings.resolve_path(folder)
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

    Raises CourseError, a line for each reason, where it can't be read as a file of jobs at all.
    """
    path = settings.resolve_path(path)
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
        return Where(line, f"{path.name}:{line}: {label(place) or 'the file'}", place)

    mistakes = [
        Mistake(line, f"{path.name}:{line}: {text}", place)
        for line, text, place in document.problems
    ]
    if document.data is None:
        _raise_all(mistakes)
    _refuse_condas(path, document.data)
    checker = Checker(document.data, where)
    shared = checker.level(document.data, (), {})
    own = document.data.get("task") if isinstance(document.data, dict) else None
    named = own.items() if isinstance(own, dict) else ()
    tasks = {name: checker.level(values, ("task", name), shared) for name, values in named}
    return FloydFile(path, shared, tasks, (*mistakes, *checker.mistakes))


def _refuse_condas(path: Path, data: Any) -> None:
    keys = data.keys() if isinstance(data, dict) else set()
    condas = [key for key in ("name", "channels", "dependencies") if key in keys]
    if condas and condas != ["name"] and not keys & SCHEMA["properties"].keys():
        raise CourseError(
            f"{path} is an environment of conda's ({', '.join(condas)}), not a file of jobs.",
            "Call it environment.yml, as conda does; packages that a job needs from PyPI go into "
            "floyd_requirements.txt.",
        )


def resolve(file: FloydFile, task: str | None = None, overrides: Overrides | None = None) -> Job:
    """Return the job that a task of the file and the overrides make together.

    Raises CourseError with all that is wrong with this job, a line each: `floyd.yml:7: machine:
    'gpu3' is not …`; NoTask, and NoCommand, where that is all there is to say.
    """
    overrides = overrides or Overrides()
    own = _own(file, task)
    earlier = {**file.shared, **own}
    checker, last = _checked(overrides, earlier)
    wrong, passed = _parted(file.mistakes, task, own, last)
    if wrong:  # where no task is asked for, of all of them
        _raise_all([*(wrong if task else file.mistakes), *checker.mistakes])
    merged = {**earlier, **last}
    values = {key: setting.value for key, setting in merged.items()}
    inputs = _found(values.pop("input", ()), file.path.parent, checker)
    _raise_all(checker.mistakes)
    job = Job(
        task=task or "",
        inputs=inputs,
        folder=file.path.parent,
        nodes=overrides.nodes or 1,
        notes=(*_notes(merged), *(f"Wrong, but not needed for this job: {one}" for one in passed)),
        **values,
    )
    if job.mode == "job" and not job.command:
        raise _no_command(file, task)
    return job if job.mode == "job" else replace(job, command="")


def _found(
    inputs: Iterable[tuple[str, str, Where]], folder: Path, checker: Checker
) -> tuple[Input, ...]:
    """Return the inputs with whole paths; note those that aren't there.

    A relative path starts at the file's folder; one of an argument where that was typed.
    """
    found = []
    for source, destination, where in inputs:
        try:
            start = folder if where.line else Path.cwd()
            found.append(Input(local_path(source, folder, start), destination))
        except Unknown as unknown:
            checker.add(where, str(unknown))
    return tuple(found)


def _parted(
    mistakes: Iterable[Mistake], task: str | None, own: Settings, last: Settings
) -> tuple[list[Mistake], list[Mistake]]:
    """Return the file's mistakes that spoil this job, and those that it has nothing to do with.

    own: what the task says itself; last: what the launch says. Both are said anew.
    """
    spoil: list[Mistake] = []
    others: list[Mistake] = []
    for one in mistakes:
        in_task = one.place[:1] == ("task",) and len(one.place) > 1
        place = one.place[2:] if in_task else one.place
        key = str(place[0]) if place else ""
        key = "input" if key == "data" else key
        is_needed = key not in last and (one.place[1] == task if in_task else key not in own)
        if key == "command" and "mode" in last and last["mode"].value == "jupyter":
            is_needed = False
        (spoil if is_needed else others).append(one)
    return spoil, others


def _checked(overrides: Overrides, earlier: Settings) -> tuple[Checker, Settings]:
    """Check what the overrides say by the rules of the file; return the checker and the settings.

    earlier: what the file says.
    """
    data = {key: getattr(overrides, name) for name, key in _KEYS.items()}
    data["input"] = list(overrides.data) or None
    data = {key: value for key, value in data.items() if value is not None}
    arguments = {key: name for name, key in _KEYS.items()}
    checker = Checker(data, lambda place: Where(0, f"`{arguments[str(place[0])]}`", place))
    if overrides.nodes is not None and not 1 <= overrides.nodes <= MOST_NODES:
        where = Where(0, "`nodes`", ("nodes",))
        checker.add(where, f"{overrides.nodes} is not from 1 to {MOST_NODES} machines")
    return checker, checker.level(data, (), earlier)


def _own(file: FloydFile, task: str | None) -> Settings:
    """Return a task's own settings; none where no task is named."""
    if not task:
        return {}
    if task in file.tasks:
        return file.tasks[task]
    name = file.path.name
    if not file.tasks:
        problem = f"{name} has no tasks, so none that is called {shown(task)}."
        raise NoTask(problem, "A line for bash is given by `command`.", ("command",))
    raise NoTask(
        f"{name} has no task {shown(task)}{did_you_mean(task, file.tasks) or '.'}",
        f"Its tasks are {', '.join(file.tasks)}.",
    )


def _no_command(file: FloydFile, task: str | None) -> CourseError:
    """Return what is said where no job was named, or one that is nothing to run."""
    name = file.path.name
    if file.tasks and not task:
        wrong = {one.place[1] for one in file.mistakes if one.place[:1] == ("task",)}
        good = [f"course launch {one}" for one in file.tasks if one not in wrong]
        problem = _all(file.mistakes) or f"{name}, outside its tasks, has no command of its own."
        return CourseError(problem, f"Name one of its tasks: {', '.join(good)}" if good else "")
    which = f"The task {task} of {name}" if task else name
    problem = f"{which} has no command, and mode job needs one."
    if not file.shared and not file.tasks:
        problem = f"{name} says nothing yet, so what is to run must be said at the launch."
    remedy = "Give `command`, or `mode` jupyter, or write one of the two keys into the file."
    return NoCommand(problem, remedy, ("command", "mode"))


def _notes(merged: Settings) -> tuple[str, ...]:
    """Return what was mapped to what, and which command isn't run."""
    notes = [note for setting in merged.values() for note in setting.notes]
    if "command" in merged and "mode" in merged and merged["mode"].value == "jupyter":
        command, mode = (merged[key].where.words for key in ("command", "mode"))
        notes.append(f"{command}: isn't run, since {mode} is jupyter.")
    return tuple(notes)


def _raise_all(mistakes: Iterable[Mistake]) -> None:
    """Raise one CourseError with every mistake, where there are any."""
    if text := _all(mistakes):
        raise CourseError(text, "", tuple(name for name in ARGUMENTS if f"`{name}`" in text))


def _all(mistakes: Iterable[Mistake]) -> str:
    """Return every mistake once, a line each, in the file's order."""
    return "\n".join(dict.fromkeys(str(one) for one in sorted(mistakes, key=lambda one: one[:2])))
