"""A config: the complete recipe of a training, as one frozen dataclass; and the baseline.

Nothing here knows TensorFlow, data sets or folders.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from utils.errors import CourseError

__all__ = ["BASELINE", "NETWORKS", "Config", "LayerSet", "has_shortcut"]


# One layer set is some convolutions followed by one 2×2 max pooling. The number of filters
# of each convolution is all there is to say: (64, 64) is two convolutions of 64 filters.
LayerSet = tuple[int, ...]

# Fields that earlier editions didn't have. At its default such a field is left out of what is
# stored, so that a recipe reads the same in every edition, and a run of an earlier one goes on.
LATER = (
    *("poolings", "dense_init", "corners"),
    *("network", "filter_size", "batch_norm", "pooling", "global_pooling", "shortcut"),
    *("crop", "schedule", "average"),
)
NETWORKS = ("sets", "nin", "vgg", "resnet", "densenet")
_OF_SETS = ("filter_size", "batch_norm", "pooling", "global_pooling", "shortcut")


# What `layers` looks like for each network that isn't of free sets.
SHAPES = {
    "nin": "((192, 160, 96), (192, 192, 192), (192, 192))",
    "vgg": "((64, 64), (128, 128), (256, 256, 256)), at most five sets",
    "resnet": "((16,) * 6, (32,) * 6, (64,) * 6): of as many, an even number; no fewer filters",
    "densenet": "((12,) * 12,) * 3: three times the same set, of one number",
}


def well_formed(network: str, layers: tuple[LayerSet, ...]) -> bool:
    """Say whether a network can be built of these sets; see SHAPES."""
    one_number = all(len(set(layer_set)) == 1 for layer_set in layers)
    as_many = len({len(layer_set) for layer_set in layers}) == 1
    if network == "densenet":
        return len(layers) == 3 and len(set(layers)) == 1 and one_number
    if network == "resnet":
        filters = [layer_set[0] for layer_set in layers]
        return one_number and as_many and len(layers[0]) % 2 == 0 and filters == sorted(filters)
    return len(layers) <= 5  # a picture of 32 × 32 can be halved five times


def has_shortcut(layer_set: LayerSet) -> bool:
    """Say whether a set can have a shortcut: its last convolution gives maps as its first does."""
    return len(layer_set) > 1 and layer_set[0] == layer_set[-1]


@dataclass(frozen=True)
class Config:
    """The complete recipe of a training.

    layers: the convolutional layer sets, first to last; each ends in a 2×2 max pooling.
    dense_units: units of the fully connected layer after the last set.
    dropout: the *drop* rate of that layer, in [0, 1). TFLearn's own argument is the *keep*
        probability, 1 - dropout.
    regularizer: `none`, `L1` or `L2`, on the weights of every hidden layer.
    weight_decay: the strength of the regularizer; without one it has no effect. L2 adds
        weight_decay · Σw²/2 to the loss, L1 adds weight_decay · Σ|w|.
    batch_size: pictures a step.
    learning_rate: step size of the optimizer.
    optimizer: a TFLearn optimizer's name.
    epochs: passes over the training pictures.
    flip: mirror each training picture left to right with probability 1/2.
    rotation: turn each training picture by an angle drawn from ± this many degrees.
    precision: `auto` (bfloat16 on a CPU that multiplies it, TF32 on a GPU that does; else float32)
        or `float32`.
    seed: fixes the first weights, the order of pictures, dropout and augmentation.
    train_size: training pictures used, the first ones; None means all.
    validation_size: validation pictures used, the first ones; None means all.
    poolings: max poolings, one after each of the first sets; None means after every set.
    dense_init: what the dense layer's first weights are drawn from: `uniform_scaling`, which
        depends on the number of inputs, or TFLearn's default, `truncated_normal`: spread 0.02.
    corners: what a turned picture shows where it turns in from outside: `mean` colour or `black`.
    network: what is built of the layer sets: `sets` is the studies' own CNN, the others are those
        of the field (see `named_networks`). `resnet` and `densenet` take a stage or block as a
        set, each number a convolution: ResNet-20 has ((16,) * 6, (32,) * 6, (64,) * 6).
    filter_size: height and width of each filter of `sets`, odd.
    batch_norm: normalise what each convolution of `sets` gives over the batch, before its ReLU
        (Ioffe and Szegedy 2015, arxiv.org/abs/1502.03167). The others have their own.
    pooling: what a 2×2 pooling of `sets` keeps: `max` or `average`.
    global_pooling: take each map's mean in the place of the dense layer (Lin, Chen and Yan 2013,
        arxiv.org/abs/1312.4400); dense_units has no effect then.
    shortcut: in each set of two convolutions or more, add what the first gives to what the last
        gives, before its ReLU (He et al. 2015, arxiv.org/abs/1512.03385); both of as many filters.
    crop: move each training picture by up to this many pixels, at random, along both axes.
    schedule: `constant`, or `cosine`: the rate falls from learning_rate to 0 over all epochs
        (Loshchilov and Hutter 2016, arxiv.org/abs/1608.03983).
    average: measure and keep a running mean of all weights: after each step it moves by
        1 - average towards them; 0 keeps the last weights (Polyak and Juditsky 1992).
    """

    layers: tuple[LayerSet, ...] = ((32,), (64, 64))
    dense_units: int = 512
    dropout: float = 0.5
    regularizer: str = "none"
    weight_decay: float = 0.001
    batch_size: int = 96
    learning_rate: float = 0.001
    optimizer: str = "adam"
    epochs: int = 50
    flip: bool = True
    rotation: float = 25.0
    precision: str = "auto"
    seed: int = 0
    train_size: int | None = None
    validation_size: int | None = None
    poolings: int | None = None
    dense_init: str = "uniform_scaling"
    corners: str = "mean"
    network: str = "sets"
    filter_size: int = 3
    batch_norm: bool = False
    pooling: str = "max"
    global_pooling: bool = False
    shortcut: bool = False
    crop: int = 0
    schedule: str = "constant"
    average: float = 0.0

    def __post_init__(self) -> None:
        if not self.layers or not all(self.layers):
            raise CourseError(
                f"layers is {self.layers!r}, which has an empty layer set.",
                "Give at least one set with at least one convolution, such as ((32,),).",
            )
        sets, inits = len(self.layers), ("uniform_scaling", "truncated_normal")
        for name, ok, rule in (
            ("dropout", 0 <= self.dropout < 1, "at least 0 and less than 1"),
            ("regularizer", self.regularizer in ("none", "L1", "L2"), "none, L1 or L2"),
            ("weight_decay", self.weight_decay >= 0, "at least 0"),
            ("batch_size", self.batch_size >= 1, "at least 1"),
            ("learning_rate", self.learning_rate > 0, "more than 0"),
            ("epochs", self.epochs >= 1, "at least 1"),
            ("rotation", 0 <= self.rotation <= 180, "from 0 to 180 degrees"),
            ("precision", self.precision in ("auto", "float32"), "auto or float32"),
            ("poolings", self.poolings in (None, *range(sets + 1)), f"None, or from 0 to {sets}"),
            ("dense_init", self.dense_init in inits, " or ".join(inits)),
            ("corners", self.corners in ("mean", "black"), "mean or black"),
            ("network", self.network in NETWORKS, f"one of {', '.join(NETWORKS)}"),
            ("filter_size", 1 <= self.filter_size <= 31 and self.filter_size % 2, "odd, 1 to 31"),
            ("pooling", self.pooling in ("max", "average"), "max or average"),
            ("crop", 0 <= self.crop < 32, "from 0 to 31 pixels"),
            ("schedule", self.schedule in ("constant", "cosine"), "constant or cosine"),
            ("average", 0 <= self.average < 1, "at least 0 and less than 1"),
        ):
            if not ok:
                raise CourseError(f"{name} is {getattr(self, name)!r}; it must be {rule}.")
        self._refuse_what_has_no_effect()

    def _refuse_what_has_no_effect(self) -> None:
        """Raise CourseError for a field that this network can't heed: it would be told wrongly."""
        if self.network != "sets":
            for name in ("poolings", "dense_init", *_OF_SETS):
                if getattr(self, name) != getattr(Config, name):
                    value = getattr(self, name)
                    raise CourseError(
                        f"{name} is {value!r}, and a {self.network} has no such thing.",
                        f"Leave {name} out, or give network='sets'.",
                    )
            if self.network == "resnet" and self.dropout:
                raise CourseError(
                    f"dropout is {self.dropout}, and a resnet drops nothing.", "Give dropout=0."
                )
            if not well_formed(self.network, self.layers):
                raise CourseError(
                    f"layers is {self.layers_text}, which a {self.network} can't be built of.",
                    f"Give such as {SHAPES[self.network]}.",
                )
        if self.shortcut and not any(has_shortcut(one) for one in self.layers):
            raise CourseError(
                f"shortcut is True, and no set of {self.layers_text} can have one.",
                "Give a set of two convolutions or more, the last with as many filters as the "
                "first, such as (64, 64).",
            )

    @property
    def later(self) -> dict[str, Any]:
        """Return those of the LATER fields that aren't at their default."""
        values = {name: getattr(self, name) for name in LATER}
        return {name: value for name, value in values.items() if value != getattr(Config, name)}

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON can hold them: tuples become lists; see LATER."""
        fields = {name: value for name, value in asdict(self).items() if name not in LATER}
        fields["layers"] = [list(layer_set) for layer_set in self.layers]
        return fields | self.later

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> "Config":
        """Return the config that `to_dict` was called on."""
        layers = tuple(tuple(layer_set) for layer_set in fields["layers"])
        return cls(**{**fields, "layers": layers})

    def hparams(self) -> dict[str, float | str | bool]:
        """Return the fields for TensorBoard's HParams tab: numbers, words and truths only."""
        fields = {name: value for name, value in self.to_dict().items() if value is not None}
        return fields | {"layers": self.layers_text}

    @property
    def pooled_sets(self) -> int:
        """Return how many of the sets end in a pooling."""
        return len(self.layers) if self.poolings is None else self.poolings

    @property
    def layers_text(self) -> str:
        """Return the layer sets in words a table can hold, such as `32 | 64 64`."""
        return " | ".join(" ".join(map(str, layer_set)) for layer_set in self.layers)


BASELINE = Config()
