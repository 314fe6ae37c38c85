"""The ladder: from the studies' baseline to a network that reads CIFAR-10 well, one change a rung.

Recipes as data; nothing here knows TensorFlow, data sets or folders. All rungs are held against
one another by validation pictures; the test set stays shut.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from utils.errors import CourseError
from utils.networks.tflearn_cnn.config import BASELINE, Config

__all__ = ["RUNGS", "Rung", "rung_config", "rung_fields"]


@dataclass(frozen=True)
class Rung:
    """One change, on top of all below it.

    idea: what is changed, in a few words. changes: the fields that say it.
    """

    name: str
    idea: str
    changes: Mapping[str, Any]


RUNGS = (
    Rung("start", "the baseline on 10,000 pictures, 8 epochs",
         {"train_size": 10_000, "epochs": 8, "precision": "float32"}),
    Rung("all-pictures", "all 45,000 training pictures", {"train_size": None}),
    Rung("more-epochs", "12 epochs in the place of 8", {"epochs": 12}),
    Rung("crop", "pictures moved by up to 4 pixels in the place of turned",
         {"crop": 4, "rotation": 0.0}),
    Rung("normalised", "batch normalisation behind each convolution", {"batch_norm": True}),
    Rung("deeper", "six convolutions in three sets, up to 128 filters",
         {"layers": ((32, 32), (64, 64), (128, 128))}),
    Rung("map-means", "each map's mean in the place of the dense layer", {"global_pooling": True}),
    Rung("shortcuts", "a shortcut around each set's second convolution", {"shortcut": True}),
    Rung("falling-rate", "a rate that falls to 0 along a cosine", {"schedule": "cosine"}),
    Rung("mean-weights", "the running mean of the weights", {"average": 0.999}),
    Rung("resnet-20", "a residual network of twenty layers",
         {"network": "resnet", "layers": ((16,) * 6, (32,) * 6, (64,) * 6), "dropout": 0.0,
          "batch_norm": False, "global_pooling": False, "shortcut": False}),
    Rung("longer", "36 epochs in the place of 12", {"epochs": 36}),
)  # fmt: skip


def rung_config(name: str, seed: int = 0) -> Config:
    """Return a rung's config; raise CourseError for a name that no rung has."""
    return replace(BASELINE, **rung_fields(name), seed=seed)


def rung_fields(name: str) -> dict[str, Any]:
    """Return what a rung and all below it change of the baseline; raise CourseError for none."""
    fields: dict[str, Any] = {}
    for rung in RUNGS:
        fields |= rung.changes
        if rung.name == name:
            return fields
    raise CourseError(
        f"There is no rung {name!r}.", f"Choose one of: {', '.join(one.name for one in RUNGS)}."
    )
