"""The exercises of notebook 11 but the choice: a network's parameters, receptive fields."""

from collections.abc import Sequence
from random import Random
from typing import Any

from utils.exercises import Numbers, call, exercise, number, value
from utils.exercises.compare import Mistakes


def _four_sets(random: Random) -> dict[str, Any]:
    return {
        "filters": tuple(sorted(random.choices((16, 24, 32, 48, 64, 96), k=4))),
        "dense": 64 * random.randint(2, 12),
        "classes": random.randint(5, 40),
    }


@value(
    "11.1",
    says="The number of weights and biases",
    hint="Add up convolutions, the dense layer and the last layer, each with its biases.",
    more=(
        "Write six lines, one a layer. A filter has 9 weights for each channel that comes in, and "
        "one bias; what goes out of a set are as many channels as filters. Four poolings halve 32 "
        "four times, on both sides: how many numbers reach the dense layer?"
    ),
    draw=_four_sets,
    filters=(32, 64, 64, 64),
    dense=512,
    classes=10,
)
def parameters(my: Numbers) -> tuple[int, Mistakes]:
    pairs = list(zip((3, *my.filters), my.filters, strict=False))
    convolutions = sum((9 * channels + 1) * filters for channels, filters in pairs)
    inputs = 2 * 2 * my.filters[-1]
    dense, last = (inputs + 1) * my.dense, (my.dense + 1) * my.classes
    biases = sum(my.filters) + my.dense + my.classes
    return convolutions + dense + last, [
        (convolutions + dense, "The last layer counts too: it reads all dense neurons."),
        (convolutions + dense + last - biases, "These are the weights. Each filter and each neuron "
                                               "has a bias too."),
        (convolutions + (4 * inputs + 1) * my.dense + last,
         "Four poolings halve 32 four times: fewer than 4 × 4 places are left."),
        (convolutions, "These are the convolutions; the dense layers come on top."),
    ]  # fmt: skip


def _field(layers: Sequence[Sequence[int]], added: int, pooling: bool, growing: bool) -> int:
    size, step = 1, 1
    for layer_set in layers:
        size += added * step * len(layer_set) + step * pooling
        step *= 2 if growing else 1
    return size


@exercise(
    "11.2",
    hint="Follow size and step through each set: the filters, the pooling, the doubling.",
    more=(
        "Take the lesson's `receptive_field` and find the number that belongs to 3 × 3. A "
        "filter of 1 × 1 sees nothing more than its pixel, one of 3 × 3 sees 2 more: what "
        "does one of k × k?"
    ),
)
def field_of(answer: Any) -> None:
    for layers, k in ((((32,), (64, 64)), 3), (((8,),), 5), (((8, 8), (8,), (8,)), 7)):
        number(
            call(answer, layers, k),
            _field(layers, k - 1, True, True),
            name=f"`field_of({layers}, {k})`",
            mistakes=[
                (_field(layers, k - 1, False, True), "Pooling sees more too: one step."),
                (_field(layers, k - 1, True, False), "After each pooling the step doubles."),
                (
                    _field(layers, k, True, True),
                    "A filter's own middle isn't seen anew: it adds fewer places than it is wide.",
                ),
                (_field(layers, 2, True, True), "That is for 3 × 3 filters, whatever k is."),
            ],
        )
