"""What a Keras model answers, by loops over its settings and weights, without the course's code.

Reads what `keras_worker` exports: each layer's class, config and weights. Float64 throughout.
"""

import json
import math
import re

import numpy as np

# While a network answers, these give what they are given.
IDENTITIES = {"InputLayer", "Dropout", "SpatialDropout2D", "GaussianNoise", "GaussianDropout",
              "AlphaDropout", "ActivityRegularization", "RandomFlip", "RandomRotation",
              "RandomZoom", "RandomTranslation", "RandomContrast", "Identity"}  # fmt: skip


def read_layers(path):
    """Return the exported layers: class, name, config, weights in float64."""
    with np.load(path) as file:
        layers = json.loads(str(file["layers"]))
        for layer in layers:
            layer["weights"] = [file[f"{layer['name']}/{n}"] for n in range(layer["count"])]
    return layers


def loop_outputs(layers, image):
    """Return each layer's output by name, and Dense's sums; logits in place of the answer's end."""
    start, found, last = np.array(image, dtype=np.float64), {}, len(layers) - 1
    for n, layer in enumerate(layers):
        kind, config = layer["kind"], layer["config"]
        x, *more = [found.get(name, start) for name in layer["inputs"]] or [start]
        if kind == "Softmax" or (n == last and config.get("activation") == "sigmoid"
                                 and kind == "Activation"):  # fmt: skip
            break
        z = x if kind in IDENTITIES else STEPS[kind](x, config, layer["weights"] or more)
        name, slope = activation(kind, config)
        end = name == "softmax" or (n == last and name == "sigmoid")
        x = z if end else np.vectorize(ACT[name], otypes=[float])(z, slope)
        found[layer["name"]] = x
        if kind == "Dense":
            found[f"{layer['name']} sums"] = z
    return found | {"logits": x}


def activation(kind, config):
    """Return a layer's activation and the slope of a leaky ReLU."""
    if kind in ("LeakyReLU", "ReLU"):
        return "leaky_relu", config["negative_slope"]
    given = config.get("activation", "linear")
    if isinstance(given, dict):
        return activation(given["class_name"], given["config"])
    return given, 0.2


def logistic(z, _):
    return 1 / (1 + math.exp(-z)) if z >= 0 else math.exp(z) / (1 + math.exp(z))


ACT = {"linear": lambda z, _: z, "relu": lambda z, _: z if z > 0 else 0.0,
       "leaky_relu": lambda z, slope: z if z > 0 else slope * z,
       "sigmoid": logistic, "tanh": lambda z, _: math.tanh(z)}  # fmt: skip


def pair(value):
    return tuple(value) if isinstance(value, list | tuple) else (value, value)


def places(size, window, stride, padding):
    """Return the first place of each window along one side; it may lie outside."""
    if padding == "valid":
        return list(range(0, size - window + 1, stride))
    count = math.ceil(size / stride)
    before = max((count - 1) * stride + window - size, 0) // 2
    return [n * stride - before for n in range(count)]


def over_windows(x, window, stride, padding, take):
    """Return take(list of (i, j, pixels)) for each window; pixels outside are left out."""
    rows, columns = (places(x.shape[n], window[n], stride[n], padding) for n in (0, 1))
    return np.array([[take([(i, j, x[top + i, left + j])
                            for i in range(window[0]) for j in range(window[1])
                            if 0 <= top + i < x.shape[0] and 0 <= left + j < x.shape[1]])
                      for left in columns] for top in rows])  # fmt: skip


def conv(x, config, weights):
    w, b = weights[0], weights[1] if config["use_bias"] else np.zeros(weights[0].shape[-1])

    def take(pixels):
        return [
            math.fsum([b[f], *(p[c] * w[i, j, c, f] for i, j, p in pixels for c in range(len(p)))])
            for f in range(w.shape[-1])
        ]

    return over_windows(x, w.shape[:2], pair(config["strides"]), config["padding"], take)


def pool(join):
    def step(x, config, _):
        size, strides = pair(config["pool_size"]), pair(config["strides"])

        def take(pixels):
            return [join([p[c] for *_, p in pixels]) for c in range(x.shape[2])]

        return over_windows(x, size, strides, config["padding"], take)

    return step


def normalize(x, config, weights):
    rest = list(weights)
    gamma = rest.pop(0) if config["scale"] else np.ones(x.shape[-1])
    beta = rest.pop(0) if config["center"] else np.zeros(x.shape[-1])
    mean, variance = rest
    y = np.empty_like(x)
    for place in np.ndindex(x.shape):
        c = place[-1]
        deviation = math.sqrt(variance[c] + config["epsilon"])
        y[place] = gamma[c] * (x[place] - mean[c]) / deviation + beta[c]
    return y


def zeros_around(x, config, _):
    (top, bottom), (left, right) = config["padding"]
    y = np.zeros((top + x.shape[0] + bottom, left + x.shape[1] + right, x.shape[2]))
    for i, j, c in np.ndindex(x.shape):
        y[top + i, left + j, c] = x[i, j, c]
    return y


def added(x, _, more):
    y = np.empty_like(x)
    for place in np.ndindex(x.shape):
        y[place] = math.fsum([x[place], *(one[place] for one in more)])
    return y


def dense(x, config, weights):
    w, b = weights[0], weights[1] if config["use_bias"] else np.zeros(weights[0].shape[-1])
    return np.array([math.fsum([b[k], *(x[n] * w[n, k] for n in range(len(x)))])
                     for k in range(len(b))])  # fmt: skip


def whole_maps(join):
    return lambda x, *_: np.array([join(x[..., c].reshape(-1).tolist())
                                   for c in range(x.shape[2])])  # fmt: skip


def mean(numbers):
    return math.fsum(numbers) / len(numbers)


def same(x, *_):
    return x


STEPS = {
    "Rescaling": lambda x, config, _: x * config["scale"] + config["offset"],
    "Conv2D": conv, "BatchNormalization": normalize, "ZeroPadding2D": zeros_around,
    "MaxPooling2D": pool(max), "AveragePooling2D": pool(mean),
    "GlobalMaxPooling2D": whole_maps(max), "GlobalAveragePooling2D": whole_maps(mean),
    "Flatten": lambda x, *_: x.reshape(-1), "Dense": dense,
    "Reshape": lambda x, config, _: x.reshape(config["target_shape"]),
    "ReLU": same, "LeakyReLU": same, "Activation": same, "Add": added,
}  # fmt: skip


def sheets_of(layers, outputs, ranges):
    """Return named range → array for the sheets that a workbook has.

    A layer without a sheet of its own changes nothing, or is taken into the one that it takes,
    which then must hold its output.
    """
    found, stems = {}, {}
    for layer in layers:
        name, own = layer["name"], re.sub("[^A-Za-z0-9_]", "_", layer["name"])
        if name not in outputs:
            continue
        has_sheet = {f"{own}_map_1", f"{own}_output"} & ranges.keys()
        stem = stems[name] = (
            own if has_sheet else stems.get(layer["inputs"][0] if layer["inputs"] else "")
        )
        values = outputs[name]
        if values.ndim == 3:
            found |= {f"{stem}_map_{n + 1}": values[..., n] for n in range(values.shape[2])}
        elif stem is not None:
            found[f"{stem}_output"] = values
        if f"{name} sums" in outputs:
            found[f"{stem}_sums"] = outputs[f"{name} sums"]
        elif layer["kind"] == "BatchNormalization" and f"{stem}_sums" in found:  # in a Dense
            found[f"{stem}_sums"] = values
    found.pop("None_output", None)
    return {name: values for name, values in found.items() if not name.startswith("None_")}
