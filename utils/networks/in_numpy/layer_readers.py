"""Keras layers, one at a time, as plain data.

Reads layers by their attributes and never imports Keras or TensorFlow.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from utils.errors import CourseError
from utils.networks.in_numpy.functions import same_padding
from utils.networks.in_numpy.plain_layers import ACTIVATION_LAYERS, Layer
from utils.networks.in_numpy.tried_layers import changes_nothing

__all__ = ["cannot", "fold", "read_layer", "read_merging", "target_shape"]

LEAKY = 0.2  # the slope of Keras's function leaky_relu; the layer LeakyReLU has one of its own


def cannot(layer: Any, what: str, remedy: str) -> CourseError:
    return CourseError(f"The layer {layer.name} ({type(layer).__name__}) {what}.", remedy)


def _require(layer: Any, **wanted: Any) -> None:
    """Raise CourseError where a setting isn't the one that can be expressed."""
    for name, value in wanted.items():
        given = getattr(layer, name)
        if given not in (value, [value, value], (value, value)):
            raise cannot(layer, f"has {name} = {given!r}", f"Only {value!r} can be expressed.")


def _activation(layer: Any, *more: str) -> tuple[str, float]:
    """Return the name of a layer's activation, and the slope of a leaky ReLU below 0.

    more: names that this layer may have beside those of hidden layers. An activation may also be
    given as a layer: Dense(8, activation=LeakyReLU(0.1)).
    """
    given = layer.activation
    name, slope = getattr(given, "__name__", type(given).__name__), LEAKY
    if name in ACTIVATION_READERS:
        read = ACTIVATION_READERS[name](given, ())
        name, slope = read.activation, read.slope
    allowed = ("linear", *ACTIVATION_LAYERS, *more)
    if name not in allowed:
        raise cannot(layer, f"has the activation {name}", f"Here it may be {', '.join(allowed)}.")
    return name, slope if name == "leaky_relu" else 0.0


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
    activation, slope = _activation(layer)
    return Layer(
        "Conv2D", layer.name, (*geometry.pop("size"), weights.shape[-1]), weights, biases,
        activation, slope=slope, has_bias=layer.use_bias, **geometry,
    )  # fmt: skip


def _dense(layer: Any, before: tuple[int, ...]) -> Layer:
    if len(before) != 1:
        raise cannot(layer, f"is fed maps of shape {before}", "Put Flatten before it.")
    weights, biases = _weights(layer)
    activation, slope = _activation(layer, "softmax")
    return Layer(
        "Dense", layer.name, weights.shape[1:], weights, biases, activation, slope=slope,
        has_bias=layer.use_bias,
    )  # fmt: skip


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
    _require(layer, max_value=None, threshold=0)
    if layer.negative_slope:
        return _leaky(layer, before)
    return Layer("ReLU", layer.name, before, activation="relu")


def _leaky(layer: Any, before: tuple[int, ...]) -> Layer:
    slope = layer.negative_slope if hasattr(layer, "negative_slope") else layer.alpha  # Keras 2
    return Layer("LeakyReLU", layer.name, before, activation="leaky_relu", slope=float(slope))


def _softmax(layer: Any, before: tuple[int, ...]) -> Layer:
    _require(layer, axis=-1)
    return Layer("Softmax", layer.name, before, activation="softmax")


def _named_activation(layer: Any, before: tuple[int, ...]) -> Layer:
    """Read keras.layers.Activation("relu") as the layer of that name."""
    name, slope = _activation(layer, "softmax")
    kind = (ACTIVATION_LAYERS | {"softmax": "Softmax", "linear": "Activation"})[name]
    return Layer(kind, layer.name, before, activation=name, slope=slope)


def _flatten(layer: Any, before: tuple[int, ...]) -> Layer:
    _require(layer, data_format="channels_last")
    return Layer("Flatten", layer.name, (int(np.prod(before)),))


def _global_pooling(layer: Any, before: tuple[int, ...]) -> Layer:
    _require(layer, data_format="channels_last", keepdims=False)
    return Layer(type(layer).__name__, layer.name, _maps(layer, before)[2:])


def _zero_padding(layer: Any, before: tuple[int, ...]) -> Layer:
    height, width, channels = _maps(layer, before)
    _require(layer, data_format="channels_last")
    (top, bottom), (left, right) = layer.padding
    return Layer(
        "ZeroPadding2D", layer.name, (top + height + bottom, left + width + right, channels),
        padding=(top, bottom, left, right),
    )  # fmt: skip


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
    if len(target) not in (1, 3):
        raise cannot(layer, f"makes {before} {target}", "Make it (height, width, channels).")
    return Layer("Flatten" if len(target) == 1 else "Reshape", layer.name, target)


def _normalized(layer: Any, before: tuple[int, ...]) -> Layer:
    """Read a BatchNormalization: each channel, or number, times a scale, plus a shift.

    While a network answers it gives gamma * (x - mean) / sqrt(variance + epsilon) + beta, with the
    mean and variance that it saw in training.
    """
    last = layer.axis[0] if isinstance(layer.axis, list | tuple) else layer.axis
    if last not in (-1, len(before)):
        raise cannot(layer, f"has axis = {last}", "Only the last one, -1, can be expressed.")
    mean, variance = (_finite(layer, x) for x in (layer.moving_mean, layer.moving_variance))
    gamma = np.ones_like(mean) if layer.gamma is None else _finite(layer, layer.gamma)
    beta = np.zeros_like(mean) if layer.beta is None else _finite(layer, layer.beta)
    scale = gamma / np.sqrt(variance + layer.epsilon)
    return Layer(
        "BatchNormalization", layer.name, before, np.stack([gamma, beta, mean, variance]),
        scale=_finite(layer, scale), offset=beta - mean * scale, epsilon=float(layer.epsilon),
    )  # fmt: skip


def fold(layer: Layer, norm: Layer) -> Layer | None:
    """Return a Conv2D or Dense layer that does what it and the BatchNormalization after it do.

    None where another layer or an activation stands between: then that stays a layer of its own.
    """
    if layer.kind not in ("Conv2D", "Dense") or layer.activation != "linear":
        return None
    return replace(
        layer, weights=layer.weights * norm.scale, biases=layer.biases * norm.scale + norm.offset,
        has_bias=True, folded=(*layer.folded, norm.name),
    )  # fmt: skip


def read_layer(layer: Any, before: tuple[int, ...]) -> Layer | None:
    """Return a Keras layer as data, or None where it changes nothing while a network answers.

    before: the shape of what it is given for one image.
    Raises CourseError where it can't be expressed.
    """
    reader = READERS.get(type(layer).__name__)
    if (reader is None or reader in TRIED) and changes_nothing(layer, before):
        return None
    if reader is None:
        raise cannot(
            layer, "can't be expressed",
            f"Supported are Input, {', '.join(READERS)} and what changes nothing while a network "
            "answers, such as RandomFlip.",
        )  # fmt: skip
    return reader(layer, before)


def read_merging(layer: Any, before: Sequence[tuple[int, ...]]) -> Layer:
    """Return a Keras layer that takes several results at once, Add or Concatenate, as data.

    before: the shapes of what it is given for one image.
    Raises CourseError for any other layer, other axes, or shapes that don't fit each other.
    """
    kind = type(layer).__name__
    if kind == "Add":
        if len(set(before)) > 1:
            raise cannot(layer, f"adds {_shapes(before)}", "Give it results of one shape.")
        return Layer("Add", layer.name, before[0])
    if kind != "Concatenate":
        raise cannot(
            layer, f"takes {len(before)} results at once", "Only Add and Concatenate may do that."
        )
    if layer.axis not in (-1, len(before[0])):
        raise cannot(layer, f"has axis = {layer.axis}", "Only the last one, -1, can be expressed.")
    return Layer("Concatenate", layer.name, (*before[0][:-1], sum(one[-1] for one in before)))


def _shapes(shapes: Sequence[tuple[int, ...]]) -> str:
    return " and ".join(map(str, shapes))


Reader = Callable[[Any, tuple[int, ...]], Layer | None]
ACTIVATION_READERS: dict[str, Callable[[Any, tuple[int, ...]], Layer]] = {
    "ReLU": _relu,
    "LeakyReLU": _leaky,
    "Activation": _named_activation,
    "Softmax": _softmax,
}
READERS: dict[str, Reader] = {
    "Rescaling": _rescaling,
    "Normalization": _normalization,
    "Conv2D": _conv,
    "BatchNormalization": _normalized,
    "ZeroPadding2D": _zero_padding,
    **ACTIVATION_READERS,
    "MaxPooling2D": _pooling,
    "AveragePooling2D": _pooling,
    "GlobalMaxPooling2D": _global_pooling,
    "GlobalAveragePooling2D": _global_pooling,
    "Reshape": _reshape,
    "Flatten": _flatten,
    "Dropout": _dropout,
    "Dense": _dense,
}
TRIED = (_named_activation, _leaky, _zero_padding)  # by their settings they may change nothing
