"""Keras layers, one at a time, as plain data; what changes nothing is found by trying it out.

Reads layers by their attributes and never imports Keras or TensorFlow.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from utils.errors import CourseError
from utils.networks.in_numpy.functions import same_padding
from utils.networks.in_numpy.plain_layers import Layer

__all__ = ["cannot", "fold", "read_layer", "target_shape"]

SUPPORTED = (
    "Input, Rescaling, Conv2D, ReLU, MaxPooling2D, AveragePooling2D, GlobalAveragePooling2D, "
    "Flatten, Dense, Softmax, Normalization, BatchNormalization right after a Conv2D or Dense, "
    "and what changes nothing while a network answers, such as Dropout"
)
MOST_TRIED = 5_000_000  # numbers that a layer is tried on


def cannot(layer: Any, what: str, remedy: str) -> CourseError:
    return CourseError(f"The layer {layer.name} ({type(layer).__name__}) {what}.", remedy)


def _require(layer: Any, **wanted: Any) -> None:
    """Raise CourseError where a setting isn't the one that a sheet can express."""
    for name, value in wanted.items():
        given = getattr(layer, name)
        if given not in (value, [value, value], (value, value)):
            raise cannot(layer, f"has {name} = {given!r}", f"A sheet can express only {value!r}.")


def _activation(layer: Any, *allowed: str) -> str:
    name = getattr(layer.activation, "__name__", str(layer.activation))
    if name not in allowed:
        raise cannot(
            layer, f"has the activation {name}", f"Here a sheet can express {', '.join(allowed)}."
        )
    return name


def _finite(layer: Any, given: Any) -> np.ndarray:
    """Return some of a layer's weights in float64."""
    array = np.asarray(given, dtype=np.float64)
    bad = int((~np.isfinite(array)).sum())
    if bad:
        what = "1 weight that isn't a finite number" if bad == 1 else (
            f"{bad:,} weights that aren't finite numbers")  # fmt: skip
        remedy = "The training diverged: train again, with a lower learning rate."
        raise cannot(layer, f"has {what}", remedy)
    return array


def _weights(layer: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return weights and biases in float64; zeros where the layer has no biases."""
    arrays = [_finite(layer, array) for array in layer.get_weights()]
    return arrays[0], arrays[1] if layer.use_bias else np.zeros(arrays[0].shape[-1])


def _maps(layer: Any, before: tuple[int, ...]) -> tuple[int, int, int]:
    if len(before) != 3:
        raise cannot(layer, "stands after the maps were flattened", "Put it before Flatten.")
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
        raise cannot(layer, f"is fed maps of shape {before}", "Put Flatten before it.")
    weights, biases = _weights(layer)
    activation = _activation(layer, "linear", "relu", "softmax", *_sigmoid(weights.shape[1:]))
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
        raise cannot(layer, "scales by more than one number a channel", "Give one a channel.")
    scale, offset = (np.broadcast_to(x.reshape(-1), count).copy() for x in (scale, offset))
    if not np.isfinite([scale, offset]).all():
        raise cannot(layer, "scales by something that isn't a finite number", "Give numbers.")
    return Layer("Rescaling", layer.name, before, scale=scale, offset=offset)


def _normalization(layer: Any, before: tuple[int, ...]) -> Layer:
    """Read (x - mean) / deviation as the scale and the offset that it is."""
    _require(layer, invert=False)
    if getattr(layer, "mean", None) is None:
        raise cannot(layer, "has no mean and variance yet", "Let it adapt to the images first.")
    mean, variance = (_finite(layer, x).reshape(-1) for x in (layer.mean, layer.variance))
    count = before[-1] if len(before) == 3 else 1
    if mean.size not in (1, count) or variance.size not in (1, count):
        raise cannot(layer, "scales by more than one number a channel", "Give one a channel.")
    scale = 1 / np.maximum(np.sqrt(variance), 1e-7)  # Keras's own smallest deviation
    ones = np.ones(count)
    return Layer("Rescaling", layer.name, before, scale=scale * ones, offset=-mean * scale * ones)


def _relu(layer: Any, before: tuple[int, ...]) -> Layer:
    _require(layer, max_value=None, negative_slope=0, threshold=0)
    return Layer("ReLU", layer.name, before, activation="relu")


def _softmax(layer: Any, before: tuple[int, ...]) -> Layer:
    _require(layer, axis=-1)
    return Layer("Softmax", layer.name, before, activation="softmax")


def _named_activation(layer: Any, before: tuple[int, ...]) -> Layer:
    """Read keras.layers.Activation("relu") as the layer of that name."""
    name = _activation(layer, "relu", "softmax", *_sigmoid(before))
    kind = {"relu": "ReLU", "softmax": "Softmax", "sigmoid": "Sigmoid"}[name]
    return Layer(kind, layer.name, before, activation=name)


def _sigmoid(shape: tuple[int, ...]) -> tuple[str, ...]:
    """Return the activation that one number may have beside the others: two classes' answer."""
    return ("sigmoid",) if shape == (1,) else ()


def _flatten(layer: Any, before: tuple[int, ...]) -> Layer:
    _require(layer, data_format="channels_last")
    return Layer("Flatten", layer.name, (int(np.prod(before)),))


def _global_average(layer: Any, before: tuple[int, ...]) -> Layer:
    _require(layer, data_format="channels_last", keepdims=False)
    return Layer("GlobalAveragePooling2D", layer.name, _maps(layer, before)[2:])


def _dropout(layer: Any, before: tuple[int, ...]) -> Layer:
    return Layer("Dropout", layer.name, before, rate=float(layer.rate))


def target_shape(layer: Any, before: tuple[int, ...]) -> tuple[int, ...]:
    """Return what a Reshape makes of numbers of a shape; a grey picture with its last axis."""
    target = tuple(layer.compute_output_shape((None, *before))[1:])
    return (*target, 1) if len(target) == 2 else target


def _reshape(layer: Any, before: tuple[int, ...]) -> Layer | None:
    target = target_shape(layer, before)
    if target == before:
        return None
    if len(target) == 1:
        return Layer("Flatten", layer.name, target)
    raise cannot(layer, f"makes {before} {target}", "Put it first, or use Flatten.")


def fold(layer: Layer, norm: Any) -> Layer:
    """Return a Conv2D or Dense layer that does what it and the BatchNormalization after it do.

    norm: that Keras layer. While a network answers it gives gamma * (x - mean) / sqrt(variance +
    epsilon) + beta for each filter or unit, with the mean and variance it saw in training.
    """
    last = norm.axis[0] if isinstance(norm.axis, list | tuple) else norm.axis
    if layer.kind not in ("Conv2D", "Dense") or layer.activation != "linear":
        raise cannot(norm, f"comes after {layer.name} ({_does(layer)})", NORM_REMEDY)
    if last not in (-1, len(layer.shape)):
        raise cannot(norm, f"has axis = {last}", "A sheet can express only the last one, -1.")
    mean, variance = (_finite(norm, x) for x in (norm.moving_mean, norm.moving_variance))
    scale = 1 / np.sqrt(variance + norm.epsilon)
    if norm.gamma is not None:
        scale = scale * _finite(norm, norm.gamma)
    beta = 0.0 if norm.beta is None else _finite(norm, norm.beta)
    return replace(
        layer, weights=layer.weights * scale, biases=(layer.biases - mean) * scale + beta,
        has_bias=True, folded=(*layer.folded, norm.name),
    )  # fmt: skip


NORM_REMEDY = "A sheet can express it right after a Conv2D or Dense layer without activation."


def _does(layer: Layer) -> str:
    shown = layer.weights.size and layer.activation != "linear"
    return layer.kind + (f" with {layer.activation}" if shown else "")


def _changes_nothing(layer: Any, before: tuple[int, ...]) -> bool:
    """Say whether a layer without weights gives just what it is given, while a network answers.

    It is tried, in float64, on random numbers and on all that its settings name.
    """
    if layer.weights or np.prod(before, dtype=float) > MOST_TRIED:
        return False
    try:
        config = layer.get_config()
        twin = type(layer).from_config(config | {"dtype": "float64"})
        if tuple(twin.compute_output_shape((1, *before))[1:]) != before:
            return False
        return all(
            np.array_equal(np.asarray(twin(x[np.newaxis], training=False))[0], x)
            for x in _tries(before, sorted(set(_numbers(config)))[:8])
        )
    except Exception:  # it can't be tried so: then it isn't known to change nothing
        return False


def _tries(shape: tuple[int, ...], numbers: list[float]) -> Iterator[np.ndarray]:
    random = np.random.default_rng(0)
    for size in (1, 1000):
        yield random.normal(0, size, shape)
    for number in (0.0, *numbers):  # a layer may change one number alone, as Masking does
        yield np.full(shape, number)


def _numbers(config: Any) -> Iterator[float]:
    """Yield all numbers in a layer's settings."""
    if isinstance(config, int | float) and not isinstance(config, bool):
        yield float(config)
    elif isinstance(config, dict):
        for value in config.values():
            yield from _numbers(value)
    elif isinstance(config, list | tuple):
        for value in config:
            yield from _numbers(value)


def read_layer(layer: Any, before: tuple[int, ...]) -> Layer | None:
    """Return a Keras layer as data, or None where it changes nothing while a network answers.

    before: the shape of what it is given for one image.
    Raises CourseError where a sheet can't express it.
    """
    reader = READERS.get(type(layer).__name__)
    if (reader is None or reader is _named_activation) and _changes_nothing(layer, before):
        return None
    if reader is None:
        raise cannot(layer, "can't be written as a sheet", f"Supported are {SUPPORTED}.")
    return reader(layer, before)


READERS: dict[str, Callable[[Any, tuple[int, ...]], Layer | None]] = {
    "Rescaling": _rescaling,
    "Normalization": _normalization,
    "Reshape": _reshape,
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
