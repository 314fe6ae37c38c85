"""One trial of a search, in a worker process of its own: an ordinary run, told epoch by epoch.

Knows the course's training; TensorFlow and Ray are imported only in the worker.
"""

import os
import platform
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from utils.data import Dataset, load
from utils.errors import CourseError
from utils.experiments.run_folder import RunName, read_record
from utils.experiments.search.storage import ARCHIVE, pack, unpack
from utils.networks.tflearn_cnn.config import Config

__all__ = ["ENDED", "TrialJob", "check_data", "data_here", "run_trial", "trainable"]

ENDED = ("finished", "diverged", "stopped")

# How long a stopped trial's thread may take to its end before its process gets the next trial. Ray
# gives it 2 s, which a busy machine exceeds, and then takes the *next* trial for failed.
END_SECONDS = 600

# Hears of an epoch, and gets the run's folder as it is then, or None where that is known.
# It returns once the search has decided, and raises SystemExit where the trial is to stop.
Report = Callable[[dict[str, Any], Path | None], None]


@dataclass(frozen=True)
class TrialJob:
    """What a worker has to know of a trial.

    study, variant: the names of its run; its seed is the config's.
    config: the recipe, as `Config.to_dict` returns it.
    data: the data it must be trained on: `sha256` and `real`.
    threads: how many threads TensorFlow may use.
    before: the folder of the storage with what an earlier sitting left of the run, or "".
    """

    study: str
    variant: str
    profile: str
    config: dict[str, Any]
    data: dict[str, Any]
    threads: int
    before: str = ""

    @property
    def folder(self) -> str:
        """Return the run's folder below the log root."""
        return str(RunName(self.study, self.variant, self.config["seed"]))

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON can hold them."""
        return asdict(self)


def trainable(params: Mapping[str, Any]) -> None:
    """Run a trial as Ray Tune calls it: params holds the TrialJob's fields under `job`.

    Each epoch's run is a checkpoint of Tune's: after the loss of a worker or its node the next
    attempt goes on from it. What a person can put right (wrong data on this node) ends the
    trial with `problem`, on which the driver ends the search at once: to Ray's FailureConfig every
    error is alike, and what is to end the search (`fail_fast`) mustn't be tried again.
    """
    from ray import tune

    os.environ["TUNE_FUNCTION_THREAD_TIMEOUT_S"] = str(END_SECONDS)

    def report(result: dict[str, Any], folder: Path | None) -> None:
        if folder is None:
            tune.report(result)
            return
        with tempfile.TemporaryDirectory(prefix="course-archive-") as packed:
            pack(folder, Path(packed, ARCHIVE))
            tune.report(result, checkpoint=tune.Checkpoint.from_directory(packed))

    job = TrialJob(**params["job"])
    before = tune.get_checkpoint() or (tune.Checkpoint(job.before) if job.before else None)
    with tempfile.TemporaryDirectory(prefix="course-trial-", ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch, "run")  # its lock lies beside it, and goes with it
        if before:
            with before.as_directory() as packed:
                unpack(Path(packed, ARCHIVE), folder)
        try:
            run_trial(job, folder, report)
        except CourseError as error:
            tune.report(_summary("refused", []) | {"problem": str(error)})


def run_trial(job: TrialJob, folder: Path, report: Report) -> dict[str, Any]:
    """Train a run in a folder, or go on with the one that is there; return its record.

    report: hears of each epoch (`epoch`, `val_accuracy`), those of earlier attempts too. The
        last epoch comes with the `status`, when nothing can stop the run any more.
    """
    # Read by TensorFlow when it makes its thread pools; compat has no such setting.
    os.environ["TF_NUM_INTRAOP_THREADS"] = os.environ["OMP_NUM_THREADS"] = str(job.threads)
    os.environ["TF_NUM_INTEROP_THREADS"] = "1"
    dataset = data_here(job.data["real"])
    check_data(dataset.sha256, dataset.real, job.data)
    record = read_record(folder)
    for row in record["history"] if record else []:
        if row["epoch"] < job.config["epochs"]:
            report(_epoch(row), None)
    if record is None or record["status"] not in ENDED:
        record = _train(job, dataset, folder, report)
    report(_summary(record["status"], record["history"]), folder)
    return record


def _train(job: TrialJob, dataset: Dataset, folder: Path, report: Report) -> dict[str, Any]:
    from utils.experiments.training import train  # imports TensorFlow

    config, stop = Config.from_dict(job.config), threading.Event()

    def on_epoch(record: dict[str, Any]) -> None:
        if record["history"][-1]["epoch"] < config.epochs:
            try:
                report(_epoch(record["history"][-1]), folder)
            except SystemExit:
                stop.set()  # the training ends in order: the process has further trials to run

    record = train(
        config, dataset, folder, study=job.study, variant=job.variant, profile=job.profile,
        should_stop=stop.is_set, on_epoch=on_epoch,
    )  # fmt: skip
    if stop.is_set():
        sys.exit(0)
    return record


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
    return last | {"status": status}
