"""A run's folder, `<root>/<study>/<variant>/seed-<n>`, and its record in it, `run.json`.

The one place that knows this layout and the words for how far a run is. Nothing here knows
TFLearn, TensorBoard or notebooks.
"""

import datetime
import json
import platform
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from utils.errors import CourseError
from utils.files import lock, recover, unfinished, whole
from utils.networks.tflearn_cnn.config import Config

__all__ = [
    "ENDED",
    "FORMAT",
    "KEPT",
    "RECORD",
    "STATUSES",
    "RunName",
    "Status",
    "arithmetic",
    "board_fields",
    "dataset_fields",
    "gone_on",
    "held",
    "leftovers",
    "new_record",
    "now",
    "read_record",
    "readable_record",
    "run_dir",
    "run_folders",
    "same_recipe",
    "sweep",
    "training_files",
    "variant_label",
    "write_record",
]

FORMAT = 1
RECORD = "run.json"
# What a training writes below `checkpoint`: the checkpoint's name, TensorFlow's own ending.
_CHECKPOINT = re.compile(r"(epoch-\d+|weights)\.(?:index|data-\d+-of-\d+)(\.tempstate\d+)?")
KEPT = "Mend that and start it again: it goes on after its last whole epoch."
LARGEST_RECORD = 2**26  # bytes; a run of 50 epochs has 16 thousand
VERSIONED = ("tensorflow", "tflearn", "numpy")

Status = Literal["running", "finished", "diverged", "stopped"]
STATUSES: tuple[Status, ...] = get_args(Status)
ENDED: tuple[Status, ...] = ("finished", "diverged")  # never trained again; the others go on


class RunName(NamedTuple):
    """What a run is called, everywhere: `study/variant/seed-n`, its place below the log root.

    variant: its folder's name; see `variant_label`.
    """

    study: str
    variant: str
    seed: int

    def __str__(self) -> str:
        return f"{self.study}/{self.variant}/seed-{self.seed}"

    @classmethod
    def of(cls, folder: Path) -> "RunName | None":
        """Return the name of the run in a folder; None where no run can lie there."""
        match = re.fullmatch(r"seed-(\d+)", folder.name, re.ASCII)
        if match is None or len(folder.parts) < 3:
            return None
        return cls(folder.parts[-3], folder.parts[-2], int(match[1]))


def run_dir(root: Path, study: str, label: str, seed: int) -> Path:
    """Return a run's own folder, `<root>/<study>/<variant>/seed-<n>`."""
    return root / str(RunName(study, label, seed))


def run_folders(root: Path, study: str | None = None) -> list[Path]:
    """Return all folders below the log root, or of one study, that a run can lie in, by name."""
    found = root.glob(f"{study or '*'}/*/seed-*")
    return sorted(folder for folder in found if folder.is_dir() and RunName.of(folder))


def now() -> str:
    """Return the present time, UTC, to the second, as ISO 8601."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def read_record(run_dir: Path) -> dict[str, Any] | None:
    """Return the run's record, or None where the folder holds no run.

    Every field can be relied on: see `utils.experiments.record_shape`. Raises CourseError where
    run.json can't be read, or a field isn't what it has to be.
    """
    from utils.experiments.record_shape import check_record  # which knows this file's words

    path = run_dir / RECORD
    try:
        if path.exists() and not path.is_file():  # a pipe would be waited for
            raise ValueError("it isn't a file")
        if path.stat().st_size > LARGEST_RECORD:
            raise ValueError(f"it has {path.stat().st_size:,} bytes")
        return check_record(json.loads(path.read_bytes()))  # bytes: it knows what a BOM is
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise CourseError(
            f"{path} can't be read as a run's record ({reason}).",
            f"Move the folder {run_dir} elsewhere and train that run again.",
        ) from error


def readable_record(run_dir: Path) -> dict[str, Any] | None:
    """Return a run's record; None where there is none, or where one line says it can't be read.

    For whoever looks through other runs: a bad one among them must not stop a training.
    """
    try:
        return read_record(run_dir)
    except CourseError as error:
        _pass_over(str(error))
        return None


@cache  # a bad folder is told of once, however often it is met
def _pass_over(problem: str) -> None:
    print(f"Passed over: {problem}", flush=True)


def write_record(run_dir: Path, record: dict[str, Any]) -> None:
    """Write run.json in one step."""
    with whole(run_dir / RECORD, KEPT) as beside:
        beside.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


@contextmanager
def held(run_dir: Path, seconds: float = 0) -> Iterator[None]:
    """Hold a run's lock: everything that writes a run does so.

    It lies beside the run's folder, which holds nothing but the run.
    seconds: how long to wait for it. Raises `files.Held` where another process has it for longer.
    """
    with lock(
        run_dir.with_name(f".{run_dir.name}.lock"),
        f"Another process trains {run_dir}.",
        "Wait for its end, or end it: what it trained so far is kept.",
        seconds=seconds,
    ):
        recover(run_dir)  # its writer may have been killed after it had set the run aside
        yield


def training_files(run_dir: Path) -> list[Path]:
    """Return the checkpoints in a run's folder and what is half written: a training made them."""
    folder = run_dir / "checkpoint"
    return (
        unfinished(run_dir)
        + unfinished(folder)
        + [file for file in folder.glob("*.*") if _CHECKPOINT.fullmatch(file.name)]
    )


def leftovers(run_dir: Path, record: dict[str, Any]) -> list[Path]:
    """Return what a cut-off training of this run has left in its folder, nothing of anyone else's.

    They are halves of files, and, where the checkpoint that the record names is there, all others.
    """
    named = record.get("checkpoint")
    found = not record["history"] or (run_dir / "checkpoint" / f"{named}.index").is_file()
    made = [(file, _CHECKPOINT.fullmatch(file.name)) for file in training_files(run_dir)]
    return [file for file, of in made if not of or of[2] or (found and of[1] != named)]


def sweep(run_dir: Path, record: dict[str, Any]) -> None:
    """Remove these leftovers; for whoever holds the run's lock."""
    for file in leftovers(run_dir, record):
        file.unlink(missing_ok=True)


def dataset_fields(dataset: Any) -> dict[str, Any]:
    """Return what a record says of the data: which, from where, how many."""
    return {
        "name": dataset.name,
        "source": dataset.source,
        "sha256": dataset.sha256,
        "real": dataset.real,
        "train": len(dataset.train),
        "validation": len(dataset.validation),
    }


def new_record(
    config: Config, dataset: Any, study: str, variant: str, profile: str, machine: dict[str, str]
) -> dict[str, Any]:
    """Return the record of a run that is about to start.

    machine: `machine` (the processor's name) and `precision` (what it computes in).
    """
    versions = {name: version(name) for name in VERSIONED} | {"python": platform.python_version()}
    return {
        "format": FORMAT,
        "study": study,
        "variant": variant,
        "seed": config.seed,
        "profile": profile,
        "config": config.to_dict(),
        "dataset": dataset_fields(dataset),
        "classes": list(dataset.class_names),
        "engine": "tflearn",
        **machine,
        "versions": versions,
        "started": now(),
        "ended": None,
        "status": "running",
        "checkpoint": None,
        "history": [],
        "copied_from": None,
    }


def same_recipe(record: dict[str, Any], config: Config, dataset: Any) -> bool:
    """Say whether a record is of this very training: same config, same pictures."""
    wanted = dataset_fields(dataset)
    return record["config"] == config.to_dict() and all(
        record["dataset"][key] == wanted[key] for key in ("name", "sha256", "train", "validation")
    )


def gone_on(record: dict[str, Any], machine: dict[str, str]) -> dict[str, Any]:
    """Return a record as a machine goes on with its run: `bfloat16, then TF32`, where that differs.

    machine: what `new_record` takes. What an earlier edition didn't note isn't made up.
    """
    changed = {
        name: f"{record[name]}, then {now}"
        for name, now in machine.items()
        if record.get(name) and record[name].rpartition(", then ")[2] != now
    }
    return record | {"status": "running", "ended": None} | changed


def arithmetic(record: Mapping[str, Any]) -> str | None:
    """Return the precision, and for float32 by whose kernels; bfloat16 is oneDNN's alone."""
    precision: str | None = record.get("precision")
    if precision != "float32":
        return precision
    return f"float32 by {record.get('kernels', 'kernels not noted')}"


def board_fields(record: Mapping[str, Any]) -> dict[str, float | str | bool]:
    """Return what TensorBoard tells of a run beside its curves: its recipe, and its machine."""
    fields = Config.from_dict(record["config"]).hparams()
    told = {"machine": record.get("machine"), "arithmetic": arithmetic(record)}
    return fields | {name: text for name, text in told.items() if text}


def variant_label(variant: str, profile: str, real: bool) -> str:
    """Return the name of a variant's folder.

    It is the variant's own name for `quick` runs on real data. Everything else is marked, so
    that runs that can't be compared never share a name: `0.5@full`, `0.5@smoke-sample`.
    """
    marks = [profile] * (profile != "quick") + ["sample"] * (not real)
    return f"{variant}@{'-'.join(marks)}" if marks else variant
