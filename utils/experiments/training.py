"""The one training loop of the CIFAR-10 studies: `train(config, dataset, run_dir)`.

Knows nothing of notebooks, tables or which study a config belongs to.
"""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from utils.data import Dataset, Split
from utils.errors import CourseError
from utils.experiments.event_log import RunLog
from utils.experiments.event_pictures import confusion_of
from utils.experiments.progress_line import TrainingProgress
from utils.experiments.run_folder import (
    ENDED,
    KEPT,
    RunName,
    board_fields,
    gone_on,
    held,
    new_record,
    now,
    read_record,
    same_recipe,
    sweep,
    write_record,
)
from utils.experiments.studies import STUDIES, TRAIN_MEASURED, find_study
from utils.networks.tflearn_cnn import checkpoints
from utils.networks.tflearn_cnn.compat import tflearn
from utils.networks.tflearn_cnn.config import Config
from utils.networks.tflearn_cnn.session import CnnSession, machine, mean_and_std

__all__ = ["Ended", "evaluate", "load_network", "train", "train_epoch"]

Row = dict[str, Any]


class Ended(CourseError):
    """The run has ended: there is nothing left to train."""


def train(
    config: Config,
    dataset: Dataset,
    run_dir: Path,
    *,
    study: str = "",
    variant: str = "",
    profile: str = "",
    should_stop: Callable[[], bool] | None = None,
    on_epoch: Callable[[dict[str, Any]], None] | None = None,
) -> dict[str, Any]:
    """Train one run, or go on with it where it was cut off; return its record (`run.json`).

    dataset: its first config.train_size and config.validation_size pictures are used.
    run_dir: the run's own folder; event file, record and checkpoint land there.
    study, variant, profile: names for the record and TensorBoard.
    should_stop: asked after each epoch; True ends the run as `stopped`, ready to go on.
    on_epoch: called with the record after each epoch.

    Cut off at any moment and gone on with, a run comes to the very numbers of one that never was:
    all that is random in it depends on the seed and on how many steps there were.
    A loss that is no longer finite ends the run with the status `diverged`.
    Raises `Ended` where run_dir holds a run that has ended, `files.Held` where another process
    trains it, CourseError where it holds one of another recipe or can't be written.
    """
    dataset = dataset.subset(config.train_size, config.validation_size)
    with held(run_dir):
        record = _open_record(config, dataset, run_dir, study, variant, profile)
        name = str(RunName(study, variant, config.seed)) if study else run_dir.name
        return _train(config, dataset, run_dir, record, name, should_stop, on_epoch)


def _train(
    config: Config,
    dataset: Dataset,
    run_dir: Path,
    record: dict[str, Any],
    name: str,
    should_stop: Callable[[], bool] | None,
    on_epoch: Callable[[dict[str, Any]], None] | None,
) -> dict[str, Any]:
    """Train the epochs that the record lacks; return it as it ended."""
    done = len(record["history"])
    with closing(CnnSession(config, *mean_and_std(dataset.train.images))) as network:
        if done:
            _go_on(network, config, dataset, run_dir, record)
        write_record(run_dir, record)
        steps = math.ceil(len(dataset.train) / config.batch_size)
        with (
            TrainingProgress(name, config.epochs, steps, done) as progress,
            _log(run_dir, name, network, record) as log,
        ):
            for row in _epochs(network, config, dataset, done + 1, progress):
                if not math.isfinite(row["loss"] + row["val_loss"]):
                    record["status"] = "diverged"
                    break
                _keep(network, run_dir, record, row)
                with _writing(run_dir):
                    log.epoch(row, network.layers())
                progress.epoch(row)
                if on_epoch:
                    on_epoch(record)
                if should_stop and should_stop() and row["epoch"] < config.epochs:
                    record["status"] = "stopped"
                    break
            else:
                record["status"] = "finished"
        _end(network, run_dir, record)
    progress.close(record["history"][-1] if record["history"] else None, record["status"])
    return record


def _go_on(
    network: CnnSession, config: Config, dataset: Dataset, run_dir: Path, record: dict[str, Any]
) -> None:
    """Put a new network where the run's last whole epoch left its own."""
    _restore(network.everything, network, run_dir, record)
    pictures, size = len(dataset.train), config.batch_size
    epoch = [min(size, pictures - start) for start in range(0, pictures, size)]
    network.skip(epoch * len(record["history"]))


@contextmanager
def _log(run_dir: Path, name: str, network: CnnSession, record: dict[str, Any]) -> Iterator[RunLog]:
    """Yield the run's event file; at the end it says how the run ended."""
    with _writing(run_dir):
        log = RunLog(
            run_dir, name, board_fields(record), record["history"],
            classes=record.get("classes", ()), graph=network.graph(), weights=network.layers(),
        )  # fmt: skip
    try:
        yield log
    finally:
        with _writing(run_dir):
            log.close(record["status"])


@contextmanager
def _writing(run_dir: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise CourseError(f"{run_dir} can't be written ({reason}).", KEPT) from error


def load_network(run_dir: Path, dataset: Dataset) -> CnnSession:
    """Return the network of a finished run with its trained weights.

    dataset: the one it was trained on: its training pictures give mean and spread.
    Raises CourseError where the folder holds no finished run.
    """
    record = read_record(run_dir)
    if record is None or record["status"] != "finished":
        name = RunName.of(run_dir)
        study = name.study if name and find_study(name.study) else next(iter(STUDIES))
        raise CourseError(
            f"{run_dir} holds no finished run.", f"Train its study first: course train {study}"
        )
    config = Config.from_dict(record["config"])
    images = dataset.subset(config.train_size, config.validation_size).train.images
    network = CnnSession(config, *mean_and_std(images))
    _restore(network.weights, network, run_dir, record)
    return network


def evaluate(run_dir: Path, dataset: Dataset, split: Split) -> tuple[float, float]:
    """Return loss and accuracy of a finished run's network on a split."""
    network = load_network(run_dir, dataset)
    try:
        return network.evaluate(split)
    finally:
        network.close()


def _open_record(
    config: Config, dataset: Dataset, run_dir: Path, study: str, variant: str, profile: str
) -> dict[str, Any]:
    """Return the record to go on with, or a new one; refuse to touch any other run."""
    record = read_record(run_dir)
    if record is None:
        return new_record(config, dataset, study, variant, profile, machine(config.precision))
    if not same_recipe(record, config, dataset):
        raise CourseError(
            f"{run_dir} holds a run of another recipe: its config or its data differ.",
            "Move that folder elsewhere, or give another log root as `runs`.",
            ("runs",),
        )
    sweep(run_dir, record)
    if record["status"] in ENDED:
        raise Ended(
            f"{run_dir} holds a run that has ended ({record['status']}).",
            "A run is never trained twice; move the folder elsewhere to train it anew.",
        )
    return gone_on(record, machine(config.precision))


def _epochs(
    network: CnnSession, config: Config, dataset: Dataset, first: int, progress: TrainingProgress
) -> Iterator[Row]:
    """Train epoch after epoch; yield what each measured."""
    for epoch in range(first, config.epochs + 1):
        started = time.perf_counter()
        loss, accuracy = train_epoch(network, config, dataset.train, epoch, progress.step)
        seconds = time.perf_counter() - started
        row: Row = {"epoch": epoch, "loss": loss, "accuracy": accuracy, "seconds": seconds}
        with network.averaged():
            row["val_loss"], row["val_accuracy"], said = network.measure(dataset.validation)
            _, row["train_accuracy"] = network.evaluate(dataset.train.first(TRAIN_MEASURED))
        classes = len(dataset.class_names)
        row["confusion"] = confusion_of(dataset.validation.labels, said, classes)
        rate = learning_rate(config, (epoch - 1) / config.epochs)
        yield row | {"learning_rate": rate, "wall_time": time.time()}


def train_epoch(
    network: CnnSession,
    config: Config,
    split: Split,
    epoch: int,
    on_step: Callable[[float, float], None] | None = None,
) -> tuple[float, float]:
    """Train one epoch; return the running means of loss and accuracy.

    on_step: called after each step with these means so far.
    The order of the pictures depends on seed and epoch alone, so all variants share it.
    Stops at the first batch whose loss is no longer finite.
    """
    order = np.random.default_rng((config.seed, epoch)).permutation(len(split))
    total, seen = np.zeros(2), 0
    tflearn.is_training(True, network.session)
    for start in range(0, len(order), config.batch_size):
        chosen = order[start : start + config.batch_size]
        rate = learning_rate(config, (epoch - 1 + start / len(order)) / config.epochs)
        means = network.step(split.images[chosen], split.labels[chosen], rate)
        total += np.multiply(means, len(chosen))
        seen += len(chosen)
        if on_step:
            on_step(*(total / seen))
        if not np.isfinite(total[0]):
            break
    loss, accuracy = total / seen
    return float(loss), float(accuracy)


def learning_rate(config: Config, done: float) -> float:
    """Return the rate of the step that begins after this share, 0 to 1, of the training."""
    if config.schedule == "constant":
        return config.learning_rate
    return config.learning_rate * (1 + math.cos(math.pi * done)) / 2


def _keep(network: CnnSession, run_dir: Path, record: dict[str, Any], row: Row) -> None:
    """Save the epoch: checkpoint first, then the record that names it, then drop the last one.

    Killed at any moment, the record names a whole checkpoint of exactly its history's length.
    """
    name = f"epoch-{row['epoch']:03.0f}"
    checkpoints.save(network.everything, network.session, run_dir / "checkpoint" / name, KEPT)
    record["history"].append(row)
    _switch_checkpoint(run_dir, record, name)


def _end(network: CnnSession, run_dir: Path, record: dict[str, Any]) -> None:
    """Write the last record; a finished run keeps its weights but not the optimizer's state."""
    record["ended"] = now()
    if record["status"] == "finished":
        place = run_dir / "checkpoint" / "weights"
        with network.averaged():
            checkpoints.save(network.weights, network.session, place, KEPT)
        _switch_checkpoint(run_dir, record, "weights")
    else:
        write_record(run_dir, record)


def _restore(saver: Any, network: CnnSession, run_dir: Path, record: dict[str, Any]) -> None:
    place = run_dir / "checkpoint" / str(record["checkpoint"])
    remedy = f"Move the folder {run_dir} elsewhere and train that run again."
    checkpoints.restore(saver, network.session, place, remedy)


def _switch_checkpoint(run_dir: Path, record: dict[str, Any], name: str) -> None:
    record["checkpoint"] = name
    write_record(run_dir, record)
    sweep(run_dir, record)
