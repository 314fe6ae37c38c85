"""Keras models as plain data: the layers that a spreadsheet can express, and their weights.

Reads models by their attributes and never imports Keras or TensorFlow.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from utils.errors import CourseError
from utils.networks.in_numpy.functions import same_padding

__all__ = ["Layer", "Network", "read_network"]

SUPPORTED = (
    "Input, Rescaling, Conv2D, ReLU, MaxPooling2D, AveragePooling2D, Flatten, "
    "GlobalAveragePooling2D, Dropout, Dense and Softmax; as activations relu, softmax and linear"
)
NO_WEIGHTS = np.zeros(0)


@dataclass(frozen=True)
class Layer:
    """One layer.

    kind: Keras's class name; name: Keras's name of this layer.
    shape: of what it gives for one image: (height, width, channels) or (n,).
    weights: float64; Conv2D (height, width, channels in, filters), Dense (inputs, units).
    biases: float64, one a filter or unit; zeros where the layer has none.
    activation: relu, softmax or linear.
    window, stride: of Conv2D and pooling, (height, width) in pixels.
    padding: pixels added (top, bottom, left, right): zeros for Conv2D, nothing for pooling.
    scale, offset: of Rescaling, one a channel. rate: of Dropout.
    """

    kind: str
    name: str
    shape: tuple[int, ...]
    weights: np.ndarray = field(default_factory=NO_WEIGHTS.copy)
    biases: np.ndarray = field(default_factory=NO_WEIGHTS.copy)
    activation: str = "linear"
    window: tuple[int, int] = (1, 1)
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)
    scale: np.ndarray = field(default_factory=NO_WEIGHTS.copy)
    offset: np.ndarray = field(default_factory=NO_WEIGHTS.copy)
    rate: float = 0.0
    has_bias: bool = False

    @property
    def parameters(self) -> int:
        """The number of weights and biases that it learned."""
        return self.weights.size + self.biases.size * self.has_bias


@dataclass(frozen=True)
class Network:
    """A chain of layers that ends in one number a class.

    input_shape: (height, width, channels) or (n,). The last layer gives the logits: a softmax
    at the end is left to who reads them.
    """

    name: str
    input_shape: tuple[int, ...]
    layers: tuple[Layer, ...]

    @property
    def classes(self) -> int:
        return self.layers[-1].shape[0] if self.layers else self.input_shape[0]


def read_network(model: Any) -> Network:
    """Return a built Sequential or functional Keras model as a Network, in float64.

    Raises CourseError where a layer can't be expressed (it is named), the layers are no chain,
    weights aren't finite, or the model doesn't end in one number a class.
    """
    layers = list(_chain(model))
    given = shape = _input_shape(model)
    found: list[Layer] = []
    for layer in layers:
        if found and found[-1].activation == "softmax":
            raise _cannot(layer, "comes after a softmax", "Softmax must be the last step.")
        reader = READERS.get(type(layer).__name__)
        if reader is None:
            raise _cannot(layer, "can't be written as a sheet", f"Supported are {SUPPORTED}.")
        found.append(reader(layer, given))
        given = found[-1].shape
    if len(given) != 1:
        raise CourseError(
            f"The model ends in maps of shape {given}, not in one number a class.",
            "End it with Flatten and Dense, or with GlobalAveragePooling2D.",
        )
    # The sheet Answer is the softmax: a layer of its own for it would say the same twice.
    return Network(str(model.name), shape, tuple(x for x in found if x.kind != "Softmax"))


def _input_shape(model: Any) -> tuple[int, ...]:
    shape = tuple(model.inputs[0].shape[1:])
    if None in shape or len(shape) not in (1, 3):
        raise CourseError(
            f"The model takes inputs of shape {shape}; a sheet needs (height, width, channels).",
            "Give keras.Input a full shape, such as keras.Input((28, 28, 1)).",
        )
    return shape


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
            f"The model has {len(model.inputs)} inputs and {len(model.outputs)} outputs.",
            "A sheet needs one of each.",
        )
    layers = [layer for layer in model.layers if type(layer).__name__ != "InputLayer"]
    if kind != "Sequential":
        given = model.inputs[0]
        for layer in layers:
            if len(layer._inbound_nodes) != 1 or layer.input is not given:
                raise _cannot(layer, "makes the model branch", "A sheet needs a chain of layers.")
            given = layer.output
    yield from layers


def _cannot(layer: Any, what: str, remedy: str) -> CourseError:
    return CourseError(f"The layer {layer.name} ({type(layer).__name__}) {what}.", remedy)


def _require(layer: Any, **wanted: Any) -> None:
    """Raise CourseError where a setting isn't the one that a sheet can express."""
    for name, value in wanted.items():
        given = getattr(layer, name)
        if given not in (value, [value, value], (value, value)):
            raise _cannot(layer, f"has {name} = {given!r}", f"A sheet can express only {value!r}.")


def _activation(layer: Any, *allowed: str) -> str:
    name = getattr(layer.activation, "__name__", str(layer.activation))
    if name not in allowed:
        raise _cannot(
            layer, f"has the activation {name}", f"Here a sheet can express {', '.join(allowed)}."
        )
    return name


def _weights(layer: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return weights and biases in float64; zeros where the layer has no biases."""
    arrays = [np.asarray(array, dtype=np.float64) for array in layer.get_weights()]
    for array in arrays:
        if not np.isfinite(array).all():
            bad = int((~np.isfinite(array)).sum())
            raise _cannot(
                layer,
                f"has {bad} weights that aren't finite numbers",
                "The training diverged: train again, with a lower learning rate.",
            )
    return arrays[0], arrays[1] if layer.use_bias else np.zeros(arrays[0].shape[-1])


def _maps(layer: Any, before: tuple[int, ...]) -> tuple[int, int, int]:
    if len(before) != 3:
        raise _cannot(layer, "stands after the maps were flattened", "Put it before Flatten.")
    return before[0], before[1], before[2]


def _windows(layer: Any, window: Any, before: tuple[int, ...]) -> dict[str, Any]:
    """Return window, stride, padding, and the height and width of the result."""
    height, width, _ = _maps(layer, before)
    _require(layer, data_format="channels_last")
    padding: list[int] = []
    size = []
    for length, extent, step in zip((height, width), window, layer.strides, strict=True):
        around = same_padding(length, extent, step) if layer.padding == "same" else (0, 0)
        padding += around
        size.append((length + sum(around) - extent) // step + 1)
    return {
        "window": tuple(window), "stride": tuple(layer.strides),
        "padding": tuple(padding), "size": tuple(size),
    }  # fmt: skip


def _conv(layer: Any, before: tuple[int, ...]) -> Layer:
    _require(layer, dilation_rate=1, groups=1)
    geometry = _windows(layer, layer.kernel_size, before)
    weights, biases = _weights(layer)
    return Layer(
        "Conv2D", layer.name, (*geometry.pop("size"), weights.shape[-1]), weights, biases,
        _activation(layer, "linear", "relu"), has_bias=layer.use_bias, **geometry,
    )  # fmt: skip


def _dense(layer: Any, before: tuple[int, ...]) -> Layer:
    if len(before) != 1:
        raise _cannot(layer, f"is fed maps of shape {before}", "Put Flatten before it.")
    weights, biases = _weights(layer)
    activation = _activation(layer, "linear", "relu", "softmax")
    return Layer(
        "Dense", layer.name, weights.shape[1:], weights, biases, activation, has_bias=layer.use_bias
    )


def _pooling(layer: Any, before: tuple[int, ...]) -> Layer:
    geometry = _windows(layer, layer.pool_size, before)
    return Layer(type(layer).__name__, layer.name, (*geometry.pop("size"), before[2]), **geometry)


def _rescaling(layer: Any, before: tuple[int, ...]) -> Layer:
    count = before[-1] if len(before) == 3 else 1
    scale, offset = (np.asarray(x, dtype=np.float64) for x in (layer.scale, layer.offset))
    if any(x.size not in (1, count) for x in (scale, offset)):
        raise _cannot(layer, "scales by more than one number a channel", "Give one a channel.")
    scale, offset = (np.broadcast_to(x.reshape(-1), count).copy() for x in (scale, offset))
    if not np.isfinite([scale, offset]).all():
        raise _cannot(layer, "scales by something that isn't a finite number", "Give numbers.")
    return Layer("Rescaling", layer.name, before, scale=scale, offset=offset)


def _relu(layer: Any, before: tuple[int, ...]) -> Layer:
    _require(layer, max_value=None, negative_slope=0, threshold=0)
    return Layer("ReLU", layer.name, before, activation="relu")


def _softmax(layer: Any, before: tuple[int, ...]) -> Layer:
    _require(layer, axis=-1)
    return Layer("Softmax", layer.name, before, activation="softmax")


def _named_activation(layer: Any, before: tuple[int, ...]) -> Layer:
    """Read keras.layers.Activation("relu") as the layer of that name."""
    name = _activation(layer, "relu", "softmax")
    kind = {"relu": "ReLU", "softmax": "Softmax"}[name]
    return Layer(kind, layer.name, before, activation=name)


def _flatten(layer: Any, before: tuple[int, ...]) -> Layer:
    _require(layer, data_format="channels_last")
    return Layer("Flatten", layer.name, (int(np.prod(before)),))


def _global_average(layer: Any, before: tuple[int, ...]) -> Layer:
    _require(layer, data_format="channels_last", keepdims=False)
    return Layer("GlobalAveragePooling2D", layer.name, _maps(layer, before)[2:])


def _dropout(layer: Any, before: tuple[int, ...]) -> Layer:
    return Layer("Dropout", layer.name, before, rate=float(layer.rate))


READERS: dict[str, Callable[[Any, tuple[int, ...]], Layer]] = {
    "Rescaling": _rescaling,
    "Conv2D": _conv,
    "ReLU": _relu,
    "Activation": _named_activation,
    "MaxPooling2D": _pooling,
    "AveragePooling2D": _pooling,
    "Flatten": _flatten,
    "GlobalAveragePooling2D": _global_average,
    "Dropout": _dropout,
    "Dense": _dense,
    "Softmax": _softmax,
}
