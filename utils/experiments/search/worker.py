"""One trial of a search, in a worker process of its own: an ordinary run that is sent home.

Knows the course's training and the Home it reports to; TensorFlow and Ray are imported only in
the worker.
"""

import os
import platform
import shutil
import tempfile
import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from utils.data import Dataset, load
from utils.errors import CourseError
from utils.experiments.run_folder import now, read_record, write_record
from utils.experiments.search.collector import Files, folder_files, write_files
from utils.networks.tflearn_cnn.config import Config

__all__ = ["ENDED", "TrialJob", "Remote", "check_data", "data_here", "run_trial", "trainable"]

ENDED = ("finished", "diverged", "stopped")

Tell = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class TrialJob:
    """What a worker has to know of a trial.

    study, variant: the names of its run; its seed is the config's.
    config: the recipe, as `Config.to_dict` returns it.
    data: the data it must be trained on: `sha256` and `real`.
    threads: how many threads TensorFlow may use.
    """

    study: str
    variant: str
    profile: str
    config: dict[str, Any]
    data: dict[str, Any]
    threads: int

    @property
    def folder(self) -> str:
        """Return the run's folder below the log root."""
        return f"{self.study}/{self.variant}/seed-{self.config['seed']}"

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON can hold them."""
        return asdict(self)


class Remote(Protocol):
    """The Home as a worker sees it, wherever it runs."""

    def begin(self, folder: str, attempt: str) -> Files:
        """See Home."""

    def receive(self, folder: str, attempt: str, files: Files) -> None:
        """See Home."""

    def should_stop(self, folder: str) -> bool:
        """See Home."""


class _RayHome:
    """Calls a Home that is a Ray actor, and waits for its answer."""

    def __init__(self, actor: Any) -> None:
        self._actor = actor

    def __getattr__(self, name: str) -> Callable[..., Any]:
        import ray

        method = getattr(self._actor, name)
        return lambda *arguments: ray.get(method.remote(*arguments))


def trainable(params: Mapping[str, Any], home: Any) -> None:
    """Run a trial as Ray Tune calls it: params holds the TrialJob's fields under `job`.

    What a person can put right (wrong data on this node) ends the trial with `problem`.
    """
    from ray import tune

    job = TrialJob(**params["job"])
    try:
        run_trial(job, _RayHome(home), tune.report)
    except CourseError as error:
        tune.report(_summary("refused", []) | {"problem": str(error)})


def run_trial(job: TrialJob, home: Remote, report: Tell) -> dict[str, Any]:
    """Train a run, or go on with it, and send it home after each epoch; return its record.

    report: hears of each epoch (`epoch`, `val_accuracy`), those of earlier attempts too, and at
        the end of the `status`. It returns once the search has decided on that epoch.
    """
    # Read by TensorFlow when it makes its thread pools; compat has no such setting.
    os.environ["TF_NUM_INTRAOP_THREADS"] = os.environ["OMP_NUM_THREADS"] = str(job.threads)
    os.environ["TF_NUM_INTEROP_THREADS"] = "1"
    dataset = data_here(job.data["real"])
    check_data(dataset.sha256, dataset.real, job.data)
    attempt, scratch = uuid.uuid4().hex, Path(tempfile.mkdtemp(prefix="course-trial-"))
    try:
        write_files(scratch, home.begin(job.folder, attempt))
        record = read_record(scratch)
        for row in record["history"] if record else []:
            report(_epoch(row))
        if record is None or record["status"] not in ENDED:
            record = _train(job, dataset, scratch, home, attempt, report, record)
            home.receive(job.folder, attempt, folder_files(scratch))
        report(_summary(record["status"], record["history"]))
        return record
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _train(
    job: TrialJob,
    dataset: Dataset,
    scratch: Path,
    home: Remote,
    attempt: str,
    report: Tell,
    record: dict[str, Any] | None,
) -> dict[str, Any]:
    if record and record["history"] and home.should_stop(job.folder):
        # Decided before the last attempt broke off, or while its epochs were told again.
        record |= {"status": "stopped", "ended": now()}
        write_record(scratch, record)
        return record
    from utils.experiments.training import train  # imports TensorFlow

    def on_epoch(record: dict[str, Any]) -> None:
        home.receive(job.folder, attempt, folder_files(scratch))
        report(_epoch(record["history"][-1]))

    return train(
        Config.from_dict(job.config), dataset, scratch,
        study=job.study, variant=job.variant, profile=job.profile,
        should_stop=lambda: home.should_stop(job.folder), on_epoch=on_epoch,
    )  # fmt: skip


@cache
def data_here(real: bool) -> Dataset:
    """Return CIFAR-10 as this machine has it, read once a process; nothing is downloaded.

    real: False takes the built-in sample.
    """
    return load("cifar10", source="auto" if real else "sample")


def check_data(sha256: str, real: bool, wanted: Mapping[str, Any], where: str = "") -> None:
    """Raise CourseError where a machine's data isn't the search's own.

    sha256, real: of the data set that the machine has.
    wanted: the same of the one the search was begun with.
    where: the machine's name; this one's unless given.
    """
    if sha256 == wanted["sha256"]:
        return
    got = "other pictures" if real else "the built-in sample"
    raise CourseError(
        f"The machine {where or platform.node()} would train on {got} (checksum {sha256[:12]}), "
        f"but the search was begun on those with {wanted['sha256'][:12]}.",
        "Run `course data fetch cifar10` there, or set COURSE_DATA there before Ray starts.",
    )


def _epoch(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"epoch": int(row["epoch"]), "val_accuracy": float(row["val_accuracy"])}


def _summary(status: str, history: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the last thing a trial reports; a run that diverged at once has no epoch."""
    last = _epoch(history[-1]) if history else {"epoch": 0, "val_accuracy": 0.0}
    return last | {"status": status, "values": [float(row["val_accuracy"]) for row in history]}
