"""A trained run as a Keras model: its record says which network, its checkpoint holds the weights.

Knows nothing of notebooks or commands. Neither TFLearn nor Keras is imported before it is needed.
"""

from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from utils.data import Dataset, load
from utils.errors import CourseError
from utils.experiments.run_folder import read_record
from utils.files import whole
from utils.networks.keras_copy import keras_copy
from utils.networks.standardising import mean_and_std
from utils.networks.tflearn_cnn.config import Config
from utils.networks.tflearn_cnn.kept_weights import read_weights

__all__ = ["copy_run", "write_model"]


def copy_run(run_dir: Path, dataset: Dataset | None = None) -> tuple[Any, dict[str, Any]]:
    """Return a run's network as a functional Keras model, and the run's record.

    The weights are those after its last whole epoch; where the config keeps a running mean of
    them, that mean. See `keras_copy` for the model.
    dataset: what it was trained on, whose training pictures give mean and spread; loaded by the
        record's name unless given.
    Raises CourseError where the folder holds no trained run, its data isn't here, or its
    checkpoint can't be read.
    """
    record = read_record(run_dir)
    if record is None or not record["history"] or not record["checkpoint"]:
        raise CourseError(
            f"{run_dir} holds no run with a trained epoch.",
            "Give a run's folder, such as runs/dropout/0.5/seed-0.",
        )
    config, trained_on = Config.from_dict(record["config"]), record["dataset"]
    if dataset is None:
        dataset = load(trained_on["name"], "real" if trained_on["real"] else "sample")
    if dataset.sha256 != trained_on["sha256"]:
        raise CourseError(
            f"{run_dir} was trained on other pictures than {dataset.name}'s here.",
            "Give the data set it was trained on: its pictures are standardised by that one.",
        )
    remedy = f"Move the folder {run_dir} elsewhere and train that run again."
    weights = read_weights(run_dir / "checkpoint" / record["checkpoint"], remedy)
    images = dataset.subset(config.train_size, config.validation_size).train.images
    return keras_copy(config, weights, *mean_and_std(images)), record


def write_model(model: Any, path: Path) -> None:
    """Write a Keras model as a .keras file, in one step; see `files.whole` for errors.

    Its parts are compressed, as Keras leaves them uncompressed: for a deep network a quarter less.
    """
    with whole(path) as beside:
        made = beside.with_name(f"{beside.name}.keras")  # Keras goes by the ending
        try:
            model.save(made)
            with ZipFile(made) as saved, ZipFile(beside, "w", ZIP_DEFLATED) as packed:
                for part in saved.namelist():
                    packed.writestr(part, saved.read(part))
        finally:
            made.unlink(missing_ok=True)
