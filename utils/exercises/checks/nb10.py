"""The exercise of notebook 10 that needs a program: receptive fields."""

from collections.abc import Sequence
from typing import Any

from utils.exercises import call, exercise, number


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
