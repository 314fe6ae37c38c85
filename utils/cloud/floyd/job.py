"""Read and check floyd.yml, FloydHub's file of jobs; knows neither SkyPilot nor bash.

A file says what all jobs share, and under `task` what single ones have of their own. What is said
at the launch comes last. Each replaces a key as a whole, as FloydHub's did.

A folder that an input names is looked for when its job is resolved, and for that job alone: one
file may serve machines that hold different folders. All else is checked in every task at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from utils.cloud.floyd.levels import Checker, Mistake, Settings
from utils.cloud.floyd.names import DATASETS, DEFAULT_ENV, Unknown, local_path
from utils.cloud.floyd.schema import MACHINES, MODES, did_you_mean
from utils.cloud.floyd.yaml_lines import Place, label, read_yaml, shown
from utils.errors import CourseError

__all__ = [
    "MACHINES",
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

    def where(place: Place) -> tuple[int, str]:
        nearest = place
        while nearest not in document.lines:
            nearest = nearest[:-1]
        line = document.lines[nearest]
        return line, f"{path.name}:{line}: {label(place) or 'the file'}"

    mistakes = [(line, f"{path.name}:{line}: {text}") for line, text in document.problems]
    if document.data is None:
        _raise_all(mistakes)
    checker = Checker(document.data, where)
    shared = checker.level(document.data, (), {})
    own = document.data.get("task") if isinstance(document.data, dict) else None
    named = own.items() if isinstance(own, dict) else ()
    tasks = {name: checker.level(values, ("task", name), shared) for name, values in named}
    _raise_all([*mistakes, *checker.mistakes])
    return FloydFile(path, shared, tasks)


def resolve(file: FloydFile, task: str | None = None, overrides: Overrides | None = None) -> Job:
    """Return the job that a task of the file and the overrides make together.

    Raises CourseError with all that is wrong with the overrides and with the folders of this job.
    """
    overrides = overrides or Overrides()
    earlier = {**file.shared, **_own(file, task)}
    checker, last = _checked(overrides, earlier)
    merged = {**earlier, **last}
    values = {key: setting.value for key, setting in merged.items()}
    inputs = []
    for source, destination, where in values.pop("input", ()):
        try:
            inputs.append(Input(local_path(source, file.path.parent), destination))
        except Unknown as unknown:
            checker.add(where, str(unknown))
    _raise_all(checker.mistakes)
    job = Job(
        task=task or "",
        inputs=tuple(inputs),
        folder=file.path.parent,
        nodes=overrides.nodes or 1,
        notes=_notes(merged),
        **values,
    )
    if job.mode == "job" and not job.command:
        raise _no_command(file, task)
    return job if job.mode == "job" else replace(job, command="")


def _checked(overrides: Overrides, earlier: Settings) -> tuple[Checker, Settings]:
    """Check what the overrides say by the rules of the file; return the checker and the settings.

    earlier: what the file says.
    """
    data = {key: getattr(overrides, name) for name, key in _KEYS.items()}
    data["input"] = list(overrides.data) or None
    data = {key: value for key, value in data.items() if value is not None}
    arguments = {key: name for name, key in _KEYS.items()}
    checker = Checker(data, lambda place: (0, f"`{arguments[str(place[0])]}`"))
    if overrides.nodes is not None and not 1 <= overrides.nodes <= MOST_NODES:
        checker.add((0, "`nodes`"), f"{overrides.nodes} is not from 1 to {MOST_NODES} machines")
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
        raise CourseError(problem, "A line for bash is given by `command`.", ("command",))
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


def _raise_all(mistakes: list[Mistake]) -> None:
    """Raise one CourseError with every mistake once, a line each, in the file's order."""
    lines = [text if text.endswith((".", "?")) else f"{text}." for _, text in sorted(mistakes)]
    text = "\n".join(dict.fromkeys(lines))
    names = (*(field.name for field in fields(Overrides)), "infra")
    if text:
        raise CourseError(text, "", tuple(name for name in names if f"`{name}`" in text))
