"""The hardest validation pictures: those that a trained network takes for something else, surest.

TensorFlow is imported when a network is loaded.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from utils.data import Dataset, catalogue
from utils.data.sample import sample
from utils.errors import CourseError
from utils.experiments.run_folder import read_record

__all__ = ["Confusion", "Hardest", "data_of", "hardest"]


class Confusion(NamedTuple):
    """A picture and its wrong answer.

    number: among the validation pictures. image: (height, width, channels) uint8.
    label, said: the true class and the answer. share: the answer's probability, 0 to 1.
    """

    number: int
    image: np.ndarray
    label: str
    said: str
    share: float


class Hardest(NamedTuple):
    """The surest mistakes of a network, the surest first; how many it makes, of how many."""

    confusions: tuple[Confusion, ...]
    wrong: int
    pictures: int


def data_of(run_dir: Path) -> Dataset:
    """Return the data set that a run was trained on, from this machine; nothing is downloaded.

    Raises CourseError where it isn't here, or isn't the very same.
    """
    record = read_record(run_dir)
    if record is None:
        raise CourseError(f"{run_dir} has no run.json.", "Give a run's folder.")
    trained_on = record["dataset"]
    one = catalogue.get(str(trained_on["name"]))
    found = catalogue.find(one) if trained_on["real"] else None
    if trained_on["real"] and found is None:
        raise CourseError(
            f"{one.title} isn't on this machine.", f"Fetch it: course data fetch {one.name}"
        )
    dataset = catalogue.read(one, found) if found else sample(one.name)
    if dataset.sha256 != trained_on["sha256"]:
        raise CourseError(
            f"This run was trained on other pictures than {dataset.name}'s here.",
            "Make the card where the data set is that it was trained on.",
        )
    return dataset


def hardest(run_dir: Path, dataset: Dataset, most: int = 8) -> Hardest:
    """Return the validation pictures about which a finished run's network is most sure and wrong.

    dataset: the one that it was trained on. most: so many at most.
    Raises CourseError where the folder holds no finished run, or its weights can't be read.
    """
    from utils.experiments.training import load_network  # imports TensorFlow
    from utils.networks import probabilities

    network = load_network(run_dir, dataset)
    try:
        record = read_record(run_dir)
        assert record is not None  # its network was loaded
        pictures = dataset.validation.first(record["config"]["validation_size"])
        shares = probabilities(network, pictures.images)
    finally:
        network.close()
    said = shares.argmax(axis=1)
    wrong = np.flatnonzero(said != pictures.labels)
    surest = wrong[np.argsort(-shares[wrong, said[wrong]], kind="stable")][:most]
    names = dataset.class_names
    confusions = tuple(
        Confusion(int(n), pictures.images[n], names[pictures.labels[n]], names[said[n]],
                  float(shares[n, said[n]]))
        for n in surest
    )  # fmt: skip
    return Hardest(confusions, len(wrong), len(pictures))
