"""A config: the complete recipe of a training, as one frozen dataclass; and the baseline.

Nothing here knows TensorFlow, data sets or folders.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from utils.errors import CourseError

__all__ = ["BASELINE", "Config", "LayerSet"]


# One layer set is some convolutions followed by one 2×2 max pooling. The number of filters
# of each convolution is all there is to say: (64, 64) is two convolutions of 64 filters.
LayerSet = tuple[int, ...]

# Fields that earlier editions didn't have. At its default such a field is left out of what is
# stored, so that a recipe reads the same in every edition, and a run of an earlier one goes on.
LATER = ("poolings", "dense_init", "corners")


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
        ):
            if not ok:
                raise CourseError(f"{name} is {getattr(self, name)!r}; it must be {rule}.")

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
    def weight_count(self) -> int:
        """Return how many weights and biases the network has, for CIFAR-10's pictures."""
        side, channels, classes = 32, 3, 10
        count = 0
        for filters in (filters for layer_set in self.layers for filters in layer_set):
            count += (9 * channels + 1) * filters
            channels = filters
        inputs = (side // 2**self.pooled_sets) ** 2 * channels
        return count + (inputs + 1) * self.dense_units + (self.dense_units + 1) * classes

    @property
    def layers_text(self) -> str:
        """Return the layer sets in words a table can hold, such as `32 | 64 64`."""
        return " | ".join(" ".join(map(str, layer_set)) for layer_set in self.layers)


BASELINE = Config()
