"""Random models from the supported set: the sheets' numbers are the loops', also after an edit."""

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from libreoffice import needs_libreoffice
from looped import equal_loops

MODELS = 10  # a batch: LibreOffice starts once for each
EFFORT = settings(
    max_examples=2, deadline=None, derandomize=True, database=None,
    phases=[Phase.generate], suppress_health_check=list(HealthCheck),
)  # fmt: skip
ACTIVATIONS = ["relu", "linear", "leaky_relu", "sigmoid", "tanh",
               ["LeakyReLU", {"negative_slope": 0.05}]]  # fmt: skip
# Layers of the size that they are given, on maps and on numbers in a row.
ANYWHERE = [
    ["ReLU", {}],
    ["Dropout", {"rate": 0.25}],
    ["BatchNormalization", {}],
    ["BatchNormalization", {"scale": False, "epsilon": 0.1}],
    ["LeakyReLU", {}],
    ["ReLU", {"negative_slope": 0.5}],
    ["Activation", {"activation": "leaky_relu"}],
    ["Activation", {"activation": "sigmoid"}],
    ["Activation", {"activation": "tanh"}],
    ["GaussianNoise", {"stddev": 0.1}],
    ["ActivityRegularization", {"l2": 1.0}],
]
ON_MAPS = [["SpatialDropout2D", {"rate": 0.2}], ["RandomFlip", {}],
           ["RandomRotation", {"factor": 0.1}]]  # fmt: skip
ENDS = ["Flatten", "GlobalAveragePooling2D", "GlobalMaxPooling2D"]


@st.composite
def windows(draw, size):
    """Draw options of a window that fits a map of that size, if need be by padding."""
    padding = draw(st.sampled_from(["valid", "same"]))
    extent = [draw(st.integers(1, min(3, side))) for side in size]
    return padding, extent, draw(st.integers(1, 2))


def after(size, padding, extent, stride):
    """Return the size of the map that such windows make."""
    if padding == "same":
        return [-(-side // stride) for side in size]
    return [(side - e) // stride + 1 for side, e in zip(size, extent, strict=True)]


@st.composite
def on_maps(draw, size):
    """Draw one layer on maps; return it and the size after it."""
    kind = draw(st.sampled_from(["Conv2D", "Conv2D", "MaxPooling2D", "AveragePooling2D",
                                 "ZeroPadding2D", "same", "same"]))  # fmt: skip
    if kind == "same":
        return draw(st.sampled_from(ANYWHERE + ON_MAPS)), size
    if kind == "ZeroPadding2D":
        border = [[draw(st.integers(0, 2)), draw(st.integers(1, 2))] for _ in size]
        return [kind, {"padding": border}], [
            sum(b) + side for b, side in zip(border, size, strict=True)]  # fmt: skip
    padding, extent, stride = draw(windows(size))
    options = {"padding": padding, "strides": stride}
    if kind == "Conv2D":
        options |= {"filters": draw(st.integers(1, 3)), "kernel_size": extent,
                    "use_bias": draw(st.booleans()),
                    "activation": draw(st.sampled_from(ACTIVATIONS))}  # fmt: skip
    else:
        options |= {"pool_size": extent}
    return [kind, options], after(size, padding, extent, stride)


@st.composite
def models(draw):
    """Draw a model, two images that differ in one pixel, and the right class."""
    shape = [draw(st.integers(3, 8)), draw(st.integers(3, 8)), draw(st.integers(1, 3))]
    plain = draw(st.integers(0, 5)) == 0  # numbers in a row instead of an image
    shape = shape[:1] if plain else shape
    bytes_ = draw(st.booleans())
    chain = [["Rescaling", {"scale": 1 / 255, "offset": draw(st.sampled_from([0.0, -0.5]))}]]
    chain, size = chain if bytes_ else [], shape[:2]
    for _ in range(0 if plain else draw(st.integers(0, 4))):
        layer, size = draw(on_maps(size))
        chain.append(layer)
    if not plain:
        chain.append([draw(st.sampled_from(ENDS)), {}])
    if draw(st.booleans()):
        units = draw(st.sampled_from([4, 12]))
        chain.append(["Dense", {"units": units, "activation": draw(st.sampled_from(ACTIVATIONS))}])
        chain += [draw(st.sampled_from(ANYWHERE))] if draw(st.booleans()) else []
        if units == 12 and draw(st.booleans()):
            chain += [["Reshape", {"target_shape": [2, 3, 2]}], ["Conv2D", {
                "filters": 2, "kernel_size": 2}], ["Flatten", {}]]  # fmt: skip
    end = draw(st.sampled_from(["softmax", "linear", "layer"]))
    classes = draw(st.integers(2, 4))
    chain.append(["Dense", {"units": classes, "activation": "softmax" if end == "softmax" else None,
                            "use_bias": draw(st.booleans())}])  # fmt: skip
    chain += [["Softmax", {}]] if end == "layer" else []
    random = np.random.default_rng(seed := draw(st.integers(0, 2**16)))
    image = random.integers(0, 256, shape) if bytes_ else random.normal(0, 1, shape)
    edited, pixel = image.copy(), [draw(st.integers(0, side - 1)) for side in shape]
    edited[tuple(pixel)] = draw(st.integers(0, 255)) if bytes_ else draw(st.floats(-3, 3))
    return {"input": shape, "layers": chain, "functional": draw(st.booleans()), "seed": seed,
            "images": [image.tolist(), edited.tolist()], "pixel": pixel,
            "dtype": draw(st.sampled_from(["float32"] * 4 + ["float64", "mixed_bfloat16"])),
            "label": draw(st.integers(0, classes - 1))}  # fmt: skip


BATCH = st.lists(models(), min_size=MODELS, max_size=MODELS)


@needs_libreoffice
@EFFORT
@given(BATCH)
def test_twenty_random_models_are_the_loops_before_and_after_one_pixel_is_edited(keras_side, specs):
    equal_loops(keras_side, specs)
