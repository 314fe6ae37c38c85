"""A run's record: `run.json` and the folder around it, read and written whole.

Nothing here knows TFLearn, TensorBoard or notebooks.
"""

import datetime
import json
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from utils.errors import CourseError
from utils.networks.tflearn_cnn.config import Config

__all__ = [
    "FORMAT",
    "dataset_fields",
    "new_record",
    "now",
    "read_record",
    "run_dir",
    "same_recipe",
    "variant_label",
    "write_record",
]

FORMAT = 1
VERSIONED = ("tensorflow", "tflearn", "numpy")


def now() -> str:
    """Return the present time, UTC, to the second, as ISO 8601."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def read_record(run_dir: Path) -> dict[str, Any] | None:
    """Return the run's record, or None where the folder holds no run.

    Raises CourseError where run.json can't be read.
    """
    path = run_dir / "run.json"
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["format"] != FORMAT:
            raise ValueError(f"format {record['format']}, not {FORMAT}")
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CourseError(
            f"{path} can't be read as a run's record ({error}).",
            f"Move the folder {run_dir} elsewhere and train that run again.",
        ) from error
    return record


def write_record(run_dir: Path, record: dict[str, Any]) -> None:
    """Write run.json whole: beside it first, then in its place."""
    run_dir.mkdir(parents=True, exist_ok=True)
    beside = run_dir / "run.json.new"
    beside.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    beside.replace(run_dir / "run.json")


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


def variant_label(variant: str, profile: str, real: bool) -> str:
    """Return the name of a variant's folder.

    It is the variant's own name for `quick` runs on real data. Everything else is marked, so
    that runs that can't be compared never share a name: `0.5@full`, `0.5@smoke-sample`.
    """
    marks = [profile] * (profile != "quick") + ["sample"] * (not real)
    return f"{variant}@{'-'.join(marks)}" if marks else variant


def run_dir(root: Path, study: str, label: str, seed: int) -> Path:
    """Return a run's own folder, `<root>/<study>/<variant>/seed-<n>`."""
    return root / study / label / f"seed-{seed}"
