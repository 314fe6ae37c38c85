"""Keras models as plain data: the layers that a spreadsheet can express, and their weights.

Reads models by their attributes and never imports Keras or TensorFlow.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from utils.errors import CourseError
from utils.networks.in_numpy.layer_readers import cannot, fold, read_layer, target_shape
from utils.networks.in_numpy.plain_layers import Layer, Network

__all__ = ["Layer", "Network", "read_network"]

MOST_NUMBERS = 1_000_000  # of an input; a sheet takes far fewer
ENDS = {"softmax": "Softmax", "sigmoid": "Sigmoid"}
LAID_OUT = ("Flatten", "Reshape")  # they lay the same numbers out in another shape


def read_network(model: Any, file: str = "FILE.keras") -> Network:
    """Return a built Sequential or functional Keras model as a Network, in float64.

    file: where the model lies, for sentences that say how to mend it.

    Layers that change nothing while the network answers are left out, a BatchNormalization right
    after a Conv2D or Dense without activation is taken into its weights, a Sequential or Pipeline
    within is opened up.
    Raises CourseError where a layer can't be expressed (it is named), the layers are no chain,
    weights aren't finite, or the model doesn't end in one number a class.
    """
    layers = list(_chain(model))
    shape = _input_shape(model)
    found: list[Layer] = []
    left_out: list[str] = []
    for layer in layers:
        given = found[-1].shape if found else shape
        if found and found[-1].activation == "softmax":
            raise cannot(layer, "comes after a softmax", "Softmax must be the last step.")
        target = target_shape(layer, given) if type(layer).__name__ == "Reshape" else ()
        if not found and len(given) == 1 and len(target) == 3:
            shape = target  # the picture, which came as a row of numbers
        elif (read := read_layer(layer, given)) is None:
            left_out.append(layer.name)
        else:
            _add(found, read)
    _check_end(shape, found, file)
    return Network(str(model.name), shape, _open_ended(found), tuple(left_out))


def _add(found: list[Layer], layer: Layer) -> None:
    """Add a layer to those before it; a BatchNormalization is taken into the last where it can."""
    folded = fold(found[-1], layer) if layer.kind == "BatchNormalization" and found else None
    if folded is None:
        found.append(layer)
    else:
        found[-1] = folded


def _last_step(layers: Sequence[Layer]) -> int:
    """Return which layer is the last that makes other numbers of those that it is given."""
    return max(n for n, layer in enumerate(layers) if layer.kind not in ("Dropout", *LAID_OUT))


def _open_ended(layers: Sequence[Layer]) -> tuple[Layer, ...]:
    """Return the layers without the softmax or sigmoid at their end: the sheet Answer is that."""
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
            f"The model takes inputs of shape {shape}; a sheet needs (height, width, channels).",
            "Give keras.Input a full shape, such as keras.Input((28, 28, 1)).",
        )
    if np.prod(shape, dtype=float) > MOST_NUMBERS:
        raise CourseError(
            f"The model takes inputs of shape {shape}, too many numbers for a sheet.",
            "Give it smaller images.",
        )
    return (*shape, 1) if len(shape) == 2 else shape


def _chain(model: Any) -> Iterator[Any]:
    """Yield the layers after the input, each of which must take what the one before gives."""
    kind = type(model).__name__
    if not hasattr(model, "layers"):
        raise CourseError(f"A {kind} isn't a Keras model.", "Give a Sequential or functional one.")
    if not getattr(model, "inputs", None):
        raise CourseError(
            "The model has no input shape yet.", "Begin it with keras.Input((28, 28, 1)), say."
        )
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise CourseError(
            f"The model has {_count(model.inputs, 'input')} and {_count(model.outputs, 'output')}.",
            "A sheet needs one of each.",
        )
    given = model.inputs[0]
    for layer in model.layers:
        if type(layer).__name__ == "InputLayer":
            continue
        if kind != "Sequential":
            given = _after(layer, given)
        if hasattr(layer, "layers") and hasattr(layer, "inputs"):
            yield from _chain(layer)
        elif type(layer).__name__ == "Pipeline":
            yield from layer.layers
        else:
            yield layer


def _count(things: Any, word: str) -> str:
    return f"{len(things)} {word}" + "s" * (len(things) != 1)


def _after(layer: Any, given: Any) -> Any:
    """Return what a functional model's layer gives for what the layer before it gave."""
    nodes = layer._inbound_nodes
    if len(nodes) == 1 and len(nodes[0].input_tensors) == 1:
        before = nodes[0].input_tensors[0]
        if before is given:
            return nodes[0].outputs[0]
        operation = before._keras_history.operation
        if not hasattr(operation, "get_weights") and operation is not None:
            raise cannot(
                layer, f"is fed by {type(operation).__name__}, which is no layer",
                "Write it as one, such as keras.layers.Rescaling or keras.layers.Activation.",
            )  # fmt: skip
    raise cannot(layer, "makes the model branch", "A sheet needs a chain of layers.")


def _check_end(shape: tuple[int, ...], found: list[Layer], file: str) -> None:
    """Raise CourseError where the model doesn't end in one number a class."""
    given = found[-1].shape if found else shape
    if len(given) != 1:
        raise CourseError(
            f"The model ends in maps of shape {given}, not in one number a class.",
            "End it with Flatten and Dense, or with GlobalAveragePooling2D.",
        )
    sizes = [shape, *(layer.shape for layer in found)]
    for layer, before in zip(reversed(found), reversed(sizes[:-1]), strict=True):
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
            "own, of which several may be high; a sheet answers with one class.",
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
