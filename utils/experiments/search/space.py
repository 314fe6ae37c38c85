"""The search space: which fields of a config a search may change, and to what.

A point is one choice of values, as JSON can hold it. Nothing here knows Ray, TensorFlow or folders:
notebook 17 draws points where Ray, whose Tune has such domains too, isn't installed.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from utils.experiments.studies import baseline_with
from utils.networks.tflearn_cnn.config import BASELINE, Config

__all__ = [
    "SPACE",
    "OneOf",
    "LogRange",
    "Point",
    "changed_fields",
    "config_point",
    "draw_point",
    "point_config",
    "trial_label",
]

Point = dict[str, float | int | str]


@dataclass(frozen=True)
class OneOf:
    """One of some values."""

    values: tuple[float | int | str, ...]

    def draw(self, rng: np.random.Generator) -> float | int | str:
        """Return one of the values, each as likely as the others."""
        return self.values[int(rng.integers(len(self.values)))]


@dataclass(frozen=True)
class LogRange:
    """Every number from low to high, each factor of ten as likely as the others."""

    low: float
    high: float

    def draw(self, rng: np.random.Generator) -> float:
        """Return a number whose logarithm is uniform."""
        return math.exp(rng.uniform(math.log(self.low), math.log(self.high)))


# Layer sets by their text, as tables show them, so that a point is plain JSON.
_LAYERS = {
    replace(BASELINE, layers=layers).layers_text: layers
    for layers in (
        BASELINE.layers,
        ((32,), (64,), (64,)),
        ((32, 32), (64, 64)),
        ((32, 32), (64, 64), (128, 128)),
    )
}

# The optimizer, the augmentation and the amount of work stay the baseline's.
SPACE: Mapping[str, OneOf | LogRange] = MappingProxyType(
    {
        "layers": OneOf(tuple(_LAYERS)),
        "dense_units": OneOf((128, 256, 512)),
        "dropout": OneOf((0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)),
        "regularizer": OneOf(("none", "L1", "L2")),
        "weight_decay": LogRange(1e-5, 1e-3),
        "batch_size": OneOf((32, 50, 96, 200)),
        "learning_rate": LogRange(1e-4, 5e-3),
    }
)


def draw_point(rng: np.random.Generator) -> Point:
    """Return a random point of the space."""
    return rounded({name: dimension.draw(rng) for name, dimension in SPACE.items()})


def rounded(point: Mapping[str, Any]) -> Point:
    """Return the point with the numbers of a range at two digits: `0.0012`, not `0.00123456`."""
    ranges = [name for name, dimension in SPACE.items() if isinstance(dimension, LogRange)]
    return {**point} | {name: float(f"{point[name]:.2g}") for name in ranges}


def point_config(point: Mapping[str, Any], profile: str, seed: int, real: bool = True) -> Config:
    """Return the config of a point: the baseline, the point's fields, the profile's work.

    real: whether it is trained on the real pictures or on the sample.
    Without a regularizer the strength has no effect, so it stays the baseline's.
    Raises CourseError for a profile that doesn't exist.
    """
    fields = dict(point) | {"layers": _LAYERS[point["layers"]]} if point else {}
    if fields.get("regularizer") == "none":
        del fields["weight_decay"]
    return baseline_with(fields, profile, seed, real)


def config_point(config: Config, drawn: Mapping[str, Any]) -> Point:
    """Return the point that a config was made from.

    drawn: any point; its strength stands for the one that a config without a regularizer lacks.
    """
    point = {name: getattr(config, name) for name in SPACE} | {"layers": config.layers_text}
    if config.regularizer == "none":
        point["weight_decay"] = drawn["weight_decay"]
    return point


def changed_fields(config: Config) -> str:
    """Say in a few words what a config has that the baseline hasn't; `the baseline` for nothing."""
    words = []
    for name in SPACE:
        value = config.layers_text if name == "layers" else getattr(config, name)
        base = BASELINE.layers_text if name == "layers" else getattr(BASELINE, name)
        if value != base:
            words.append(f"{name.replace('_', ' ')} {value}")
    return ", ".join(words) or "the baseline"


def trial_label(number: int, point: Mapping[str, Any]) -> str:
    """Return a trial's short name, such as `t07-b32-lr0.0012`: TensorBoard clips long ones."""
    rate = np.format_float_positional(float(point["learning_rate"]), trim="-")
    return f"t{number:02d}-b{point['batch_size']}-lr{rate}"
