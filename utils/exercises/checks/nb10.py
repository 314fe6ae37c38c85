"""The exercises of notebook 10: counting weights, receptive fields, controlled experiments."""

from collections.abc import Sequence
from typing import Any

from utils.exercises import call, choice, exercise, number

_CONVOLUTIONS = (9 * 3 + 1) * 32 + (9 * 32 + 1) * 64 + 2 * (9 * 64 + 1) * 64
_DENSE, _LAST = (2 * 2 * 64 + 1) * 512, (512 + 1) * 10


@exercise("10.1")
def four_sets(answer: Any) -> None:
    number(
        answer,
        _CONVOLUTIONS + _DENSE + _LAST,
        name="The number of weights and biases",
        hint="Add up convolutions, the dense layer and the last layer, each with its biases.",
        mistakes=[
            (_CONVOLUTIONS + _DENSE, "The last layer counts too: 512 inputs and ten outputs."),
            (
                9 * (3 * 32 + 32 * 64 + 2 * 64 * 64) + 256 * 512 + 512 * 10,
                "These are the weights. Each filter and each neuron has a bias too.",
            ),
            (
                _CONVOLUTIONS + (4 * 4 * 64 + 1) * 512 + _LAST,
                "Four poolings halve 32 four times: 2 × 2 places are left, not 4 × 4.",
            ),
            (_CONVOLUTIONS, "These are the convolutions; the dense layers come on top."),
        ],
    )


def _field(layers: Sequence[Sequence[int]], added: int, pooling: bool, growing: bool) -> int:
    size, step = 1, 1
    for layer_set in layers:
        size += added * step * len(layer_set) + step * pooling
        step *= 2 if growing else 1
    return size


@exercise("10.2")
def receptive_field(answer: Any) -> None:
    for layers, k in ((((32,), (64, 64)), 3), (((8,),), 5), (((8, 8), (8,), (8,)), 7)):
        number(
            call(answer, layers, k),
            _field(layers, k - 1, True, True),
            name=f"`receptive_field({layers}, {k})`",
            hint="Follow size and step through each set: the filters, the pooling, the doubling.",
            mistakes=[
                (_field(layers, k - 1, False, True), "Pooling sees more too: one step."),
                (_field(layers, k - 1, True, False), "After each pooling the step doubles."),
                (_field(layers, k, True, True), "A filter of width k adds k − 1 places, not k."),
                (_field(layers, 2, True, True), "That is for 3 × 3 filters, whatever k is."),
            ],
        )


@exercise("10.3")
def controlled(answer: Any) -> None:
    choice(
        answer,
        "b",
        {
            "a": "The seed differs too, and with one run each you can't tell an effect from luck.",
            "c": "One pooling less is another network: two things differ.",
            "d": "Ten epochs more are a second difference, however good the reason sounds.",
        },
        hint="Answer with one of the letters a, b, c, d.",
    )
