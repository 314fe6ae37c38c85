"""Keras models as plain data: the layers that a spreadsheet can express, and their weights.

Reads models by their attributes and never imports Keras or TensorFlow.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from utils.errors import CourseError
from utils.networks.in_numpy.layer_readers import cannot, fold, read_layer, target_shape
from utils.networks.in_numpy.plain_layers import Layer, Network

__all__ = ["Layer", "Network", "read_network"]

MOST_NUMBERS = 1_000_000  # of an input; a sheet takes far fewer
ENDS = {"softmax": "Softmax", "sigmoid": "Sigmoid"}


def read_network(model: Any, file: str = "FILE.keras") -> Network:
    """Return a built Sequential or functional Keras model as a Network, in float64.

    file: where the model lies, for sentences that say how to mend it.

    Layers that change nothing while the network answers are left out, a BatchNormalization right
    after a Conv2D or Dense is taken into its weights, a Sequential within is opened up.
    Raises CourseError where a layer can't be expressed (it is named), the layers are no chain,
    weights aren't finite, or the model doesn't end in one number a class.
    """
    layers = list(_chain(model))
    shape = _input_shape(model)
    found: list[Layer] = []
    left_out: list[str] = []
    for layer in layers:
        given = found[-1].shape if found else shape
        end = found[-1].activation if found else ""
        if end in ENDS:
            raise cannot(layer, f"comes after a {end}", f"{ENDS[end]} must be the last step.")
        kind = type(layer).__name__
        target = target_shape(layer, given) if kind == "Reshape" else ()
        if not found and len(given) == 1 and len(target) == 3:
            shape = target  # the picture, which came as a row of numbers
        elif kind == "BatchNormalization" and found:
            found[-1] = fold(found[-1], layer)
        elif (read := read_layer(layer, given)) is None:
            left_out.append(layer.name)
        else:
            found.append(read)
    _check_end(shape, found, file)
    # The sheet Answer is the softmax: a layer of its own for it would say the same twice.
    kept = tuple(layer for layer in found if layer.kind not in ENDS.values())
    return Network(str(model.name), shape, kept, tuple(left_out))


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
                "Write it as one, such as keras.layers.Rescaling.",
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
        if layer.shape != before:  # the last one that makes other numbers
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
    if given == (1,) and found[-1].activation != "sigmoid":
        raise _one_number(found[-1].activation, file)


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
