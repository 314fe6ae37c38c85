"""Keras models as plain data: the layers that NumPy, sheets and pages share, and their weights.

Reads models by their attributes and never imports Keras or TensorFlow.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from utils.errors import CourseError
from utils.networks.in_numpy.keras_graph import (
    INPUT,
    Branches,
    Step,
    check_step,
    steps_of,
    steps_until,
)
from utils.networks.in_numpy.layer_readers import (
    cannot,
    fold,
    read_layer,
    read_merging,
    target_shape,
)
from utils.networks.in_numpy.plain_layers import Layer, Network, sources

__all__ = ["Layer", "Network", "read_network"]

MOST_NUMBERS = 1_000_000  # of an input; a sheet takes far fewer
ENDS = {"softmax": "Softmax", "sigmoid": "Sigmoid"}
LAID_OUT = ("Flatten", "Reshape")  # they lay the same numbers out in another shape
MERGING = ("Add", "Concatenate")  # of one result they make that result


def read_network(
    model: Any, file: str = "FILE.keras", branches: Branches = "none", until: str = ""
) -> Network:
    """Return a built Sequential or functional Keras model as a Network, in float64.

    file: where the model lies, for sentences that say how to mend it.
    branches: "none" for a chain of layers; "added" where Add may take several results, as sheets
        have it; "all" where Concatenate may too, and layers may share weights.
    until: the name of the layer to end with; what its result doesn't need is left out.

    Layers that change nothing while the network answers are left out, a BatchNormalization right
    after a Conv2D or Dense without activation is taken into its weights, a Sequential, functional
    model or Pipeline within is opened up.
    Raises CourseError where a layer can't be expressed (it is named), branches aren't such,
    weights aren't finite, no layer has the name `until`, or the model doesn't end in one number a
    class.
    """
    every = steps_of(model)
    steps = steps_until(every, until) if until else every
    reading = _Reading(_input_shape(model), steps)
    for number, step in enumerate(steps):
        check_step(steps, number, branches, file)
        reading.take(step)
    name, found, left_out = str(model.name), reading.found, tuple(reading.left_out)
    if not found and until:
        raise CourseError(f"Up to {until} no layer changes a number.", "Choose a later one.")
    if len(steps) < len(every) and found[-1].activation != "softmax":
        return Network(name, reading.shape, tuple(found), left_out, until)
    _check_end(reading.shape, found, file)
    return Network(name, reading.shape, _open_ended(found), left_out)


class _Reading:
    """The layers read so far.

    places: for each step, the number in `found` of the layer that gives its result, or INPUT.
    shared: for each step, whether more than one step takes that layer's result.
    """

    def __init__(self, shape: tuple[int, ...], steps: Sequence[Step]) -> None:
        self.shape = shape
        self.found: list[Layer] = []
        self.left_out: list[str] = []
        self.places: list[int] = []
        self.shared: list[bool] = []
        self.uses = Counter(number for step in steps for number in step.inputs)

    def take(self, step: Step) -> None:
        """Read one step."""
        layer, places = step.layer, [self._place(number) for number in step.inputs]
        shapes = [self._shape(place) for place in places]
        if any(place != INPUT and self.found[place].activation == "softmax" for place in places):
            raise cannot(layer, "comes after a softmax", "Softmax must be the last step.")
        target = target_shape(layer, shapes[0]) if type(layer).__name__ == "Reshape" else ()
        shared = self._is_shared(step.inputs[0])
        place = places[0]
        if places == [INPUT] and not shared and len(shapes[0]) == 1 and len(target) == 3:
            self.shape = target  # the picture, which came as a row of numbers
        elif (read := _read(layer, shapes)) is None:
            self.left_out.append(layer.name)
        else:
            place, shared = self._add(read, places, shared), False
        self.places.append(place)
        self.shared.append(shared or self.uses[len(self.places) - 1] > 1)

    def _add(self, layer: Layer, places: list[int], shared: bool) -> int:
        """Add a layer, or take a BatchNormalization into the one before; return its number."""
        if layer.kind == "BatchNormalization" and places[0] != INPUT and not shared:
            folded = fold(self.found[places[0]], layer)
            if folded is not None:
                self.found[places[0]] = folded
                return places[0]
        following = places == [len(self.found) - 1]
        self.found.append(layer if following else replace(layer, inputs=tuple(places)))
        return len(self.found) - 1

    def _place(self, number: int) -> int:
        return INPUT if number == INPUT else self.places[number]

    def _is_shared(self, number: int) -> bool:
        return self.uses[INPUT] > 1 if number == INPUT else self.shared[number]

    def _shape(self, place: int) -> tuple[int, ...]:
        return self.shape if place == INPUT else self.found[place].shape


def _read(layer: Any, shapes: list[tuple[int, ...]]) -> Layer | None:
    if len(shapes) > 1:
        return read_merging(layer, shapes)
    return None if type(layer).__name__ in MERGING else read_layer(layer, shapes[0])


def _last_step(layers: Sequence[Layer]) -> int:
    """Return which layer is the last that makes other numbers of those that it is given."""
    return max(n for n, layer in enumerate(layers) if layer.kind not in ("Dropout", *LAID_OUT))


def _open_ended(layers: Sequence[Layer]) -> tuple[Layer, ...]:
    """Return the layers without the softmax or sigmoid at their end, left to who reads them."""
    last = _last_step(layers)
    kept = [*layers[:last], *layers[last + 1 :]]
    if layers[last].kind not in ENDS.values():
        answers = layers[last].activation in ENDS
        kept.insert(last, replace(layers[last], answers=answers))
    return tuple(kept)


def _input_shape(model: Any) -> tuple[int, ...]:
    """Return (height, width, channels) or (n,); a grey picture may come without its last axis."""
    shape = tuple(model.inputs[0].shape[1:])
    if None in shape or len(shape) not in (1, 2, 3):
        raise CourseError(
            f"The model takes inputs of shape {shape}; (height, width, channels) are needed.",
            "Give keras.Input a full shape, such as keras.Input((28, 28, 1)).",
        )
    if np.prod(shape, dtype=float) > MOST_NUMBERS:
        raise CourseError(
            f"The model takes inputs of shape {shape}, too many numbers.",
            "Give it smaller images.",
        )
    return (*shape, 1) if len(shape) == 2 else shape


def _check_end(shape: tuple[int, ...], found: list[Layer], file: str) -> None:
    """Raise CourseError where the model doesn't end in one number a class."""
    given = found[-1].shape if found else shape
    if len(given) != 1:
        raise CourseError(
            f"The model ends in maps of shape {given}, not in one number a class.",
            "End it with Flatten and Dense, or with GlobalAveragePooling2D.",
        )
    for number, layer in reversed(list(enumerate(found))):
        first = sources(layer, number)[0]
        before = shape if first == INPUT else found[first].shape
        if layer.kind == "Dense" or layer.shape != before:  # the last that makes other numbers
            if layer.kind == "Flatten" and np.prod(before[:2]) > 1:
                raise CourseError(
                    f"The model ends in {layer.name} (Flatten): {given[0]:,} places of maps, not "
                    "one number a class.",
                    "End it with a Dense layer of one unit a class.",
                )
            break
    if not any(layer.weights.size for layer in found):
        raise CourseError(
            "The model has no weights: nothing in it is trained.",
            "End it with a Dense layer of one unit a class, and train it.",
        )
    last = found[_last_step(found)]
    if given == (1,) and last.activation != "sigmoid":
        raise _one_number(last.activation, file)
    if given != (1,) and last.activation == "sigmoid":
        raise CourseError(
            f"The model ends in {given[0]} sigmoids ({last.name}): each is a probability of its "
            "own, of which several may be high; here the answer is one class.",
            f"Train it with keras.layers.Dense({given[0]}, activation='softmax') at its end.",
        )


def _one_number(activation: str, file: str) -> CourseError:
    if activation == "softmax":
        return CourseError(
            "The model ends in a softmax over one number, which is 100 % whatever it sees.",
            "Train it with keras.layers.Dense(1, activation='sigmoid') at its end.",
        )
    return CourseError(
        "The model ends in one number without a sigmoid: a logit of two classes and any other "
        "number look alike.",
        "If it is a logit, add the sigmoid in Python: import keras; "
        f"model = keras.saving.load_model({file!r}); "
        "keras.Sequential([model, keras.layers.Activation('sigmoid')]).save('sigmoid.keras').",
    )
