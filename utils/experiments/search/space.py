"""The search space: which fields of a config a search may change, and to what.

A point is one choice of values, as JSON can hold it. Nothing here knows Ray, TensorFlow or folders:
notebook 17 draws points where Ray, whose Tune has such domains too, isn't installed. The space of a
study of one's own is made in `own_space`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from utils.experiments.studies import baseline_with
from utils.networks.tflearn_cnn.config import BASELINE, Config, LayerSet, has_shortcut

__all__ = [
    "COURSE_SPACE",
    "SPACE",
    "OneOf",
    "LogRange",
    "Point",
    "Space",
    "changed_fields",
    "config_point",
    "draw_point",
    "idle",
    "layers_of",
    "point_config",
    "point_fields",
    "rounded",
    "trial_label",
]

Point = dict[str, float | int | str | None]
# What no recipe changes for the better: the seed, the amount of work, and what computes it.
NO_RECIPE = ("epochs", "seed", "train_size", "validation_size", "precision")
OF_SETS = ("poolings", "dense_init", "filter_size", "batch_norm", "pooling", "global_pooling",
           "shortcut")  # fmt: skip


@dataclass(frozen=True)
class OneOf:
    """One of some values."""

    values: tuple[float | int | str | None, ...]

    def draw(self, rng: np.random.Generator) -> float | int | str | None:
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
_LAYERS = tuple(
    replace(BASELINE, layers=layers).layers_text
    for layers in (
        BASELINE.layers,
        ((32,), (64,), (64,)),
        ((32, 32), (64, 64)),
        ((32, 32), (64, 64), (128, 128)),
    )
)

# The optimizer, the augmentation and the amount of work stay the baseline's.
SPACE: Mapping[str, OneOf | LogRange] = MappingProxyType(
    {
        "layers": OneOf(_LAYERS),
        "dense_units": OneOf((128, 256, 512)),
        "dropout": OneOf((0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)),
        "regularizer": OneOf(("none", "L1", "L2")),
        "weight_decay": LogRange(1e-5, 1e-3),
        "batch_size": OneOf((32, 50, 96, 200)),
        "learning_rate": LogRange(1e-4, 5e-3),
    }
)


@dataclass(frozen=True)
class Space:
    """What a search varies, and what it starts from.

    ground: the fields in which its baseline isn't the course's.
    dimensions: the values of each field that it varies.
    """

    ground: Mapping[str, Any]
    dimensions: Mapping[str, OneOf | LogRange]


COURSE_SPACE = Space(MappingProxyType({}), SPACE)


def draw_point(rng: np.random.Generator, space: Space = COURSE_SPACE) -> Point:
    """Return a random point of the space."""
    drawn = {name: dimension.draw(rng) for name, dimension in space.dimensions.items()}
    return rounded(drawn, space)


def rounded(point: Mapping[str, Any], space: Space = COURSE_SPACE) -> Point:
    """Return the point with the numbers of a range at two digits: `0.0012`, not `0.00123456`."""
    ranges = [name for name, one in space.dimensions.items() if isinstance(one, LogRange)]
    return {**point} | {name: float(f"{point[name]:.2g}") for name in ranges}


def point_config(
    point: Mapping[str, Any],
    profile: str,
    seed: int,
    real: bool = True,
    space: Space = COURSE_SPACE,
) -> Config:
    """Return the config of a point: the baseline, the point's fields, the profile's work.

    real: whether it is trained on the real pictures or on the sample.
    What has no effect beside the point's other fields, as a strength without a regularizer, stays
    the baseline's. Raises CourseError for a profile that doesn't exist.
    """
    return baseline_with(point_fields(point, space), profile, seed, real)


def point_fields(point: Mapping[str, Any], space: Space) -> dict[str, Any]:
    """Return the fields in which a point's config isn't the course's baseline."""
    chosen = {**point}
    if "layers" in chosen:
        chosen["layers"] = layers_of(chosen["layers"])
    without = idle({**space.ground, **chosen})
    return {**space.ground} | {name: one for name, one in chosen.items() if name not in without}


def config_point(config: Config, drawn: Mapping[str, Any], space: Space = COURSE_SPACE) -> Point:
    """Return the point that a config was made from.

    drawn: any point; its values stand for those that the config lacks, as they have no effect.
    """
    recipe = {one.name: getattr(config, one.name) for one in fields(config)}
    without = idle(recipe)
    told = recipe | {"layers": config.layers_text}
    return {name: (drawn if name in without else told)[name] for name in space.dimensions}


def layers_of(text: str) -> tuple[LayerSet, ...]:
    """Return the layer sets of their text, such as `32 | 64 64`."""
    return tuple(tuple(map(int, one.split())) for one in text.split("|"))


def idle(recipe: Mapping[str, Any]) -> set[str]:
    """Return the fields that have no effect beside the others.

    recipe: fields of a config; those that it lacks are the baseline's.
    """

    def of(name: str) -> Any:
        return recipe.get(name, getattr(BASELINE, name))

    network, without = of("network"), set[str]()
    if of("regularizer") == "none":
        without.add("weight_decay")
    if network != "sets":
        without.update(OF_SETS)
    elif not any(map(has_shortcut, of("layers"))):
        without.add("shortcut")
    if network not in ("sets", "vgg") or (network == "sets" and of("global_pooling")):
        without.add("dense_units")
    if network == "resnet":
        without.add("dropout")
    return without


def changed_fields(config: Config, base: Config = BASELINE) -> str:
    """Say in a few words what a config has that its baseline hasn't; `the baseline` for nothing."""
    words = []
    for name in (one.name for one in fields(config) if one.name not in NO_RECIPE):
        value, own = (
            of.layers_text if name == "layers" else getattr(of, name) for of in (config, base)
        )
        if value != own:
            words.append(f"{name.replace('_', ' ')} {value}")
    return ", ".join(words) or "the baseline"


def trial_label(number: int, point: Mapping[str, Any]) -> str:
    """Return a trial's short name, such as `t07-b32-lr0.0012`: TensorBoard clips long ones.

    What the point doesn't say isn't in it.
    """
    label = f"t{number:02d}"
    if "batch_size" in point:
        label += f"-b{point['batch_size']}"
    if "learning_rate" in point:
        rate = np.format_float_positional(float(point["learning_rate"]), trim="-")
        label += f"-lr{rate}"
    return label
