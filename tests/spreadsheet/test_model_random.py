"""Random models from the supported set: the sheet's numbers are Keras's, also after an edit."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from compared import numbers, ranges_of, stale_cells, worst_difference
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from libreoffice import needs_libreoffice

from utils.spreadsheet.libreoffice import named_ranges, recalculate_many

MODELS = 10  # a batch: LibreOffice starts once for each
EFFORT = settings(
    max_examples=4, deadline=None, derandomize=True, database=None,
    phases=[Phase.generate], suppress_health_check=list(HealthCheck),
)  # fmt: skip


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
    kind = draw(st.sampled_from(["Conv2D", "MaxPooling2D", "AveragePooling2D", "ReLU", "Dropout"]))
    if kind in ("ReLU", "Dropout"):
        return [kind, {"rate": 0.25} if kind == "Dropout" else {}], size
    padding, extent, stride = draw(windows(size))
    options = {"padding": padding, "strides": stride}
    if kind == "Conv2D":
        options |= {"filters": draw(st.integers(1, 3)), "kernel_size": extent,
                    "use_bias": draw(st.booleans()),
                    "activation": draw(st.sampled_from(["relu", "linear"]))}  # fmt: skip
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
    for _ in range(0 if plain else draw(st.integers(0, 3))):
        layer, size = draw(on_maps(size))
        chain.append(layer)
    if not plain:
        chain.append([draw(st.sampled_from(["Flatten", "GlobalAveragePooling2D"])), {}])
    if draw(st.booleans()):
        chain.append(["Dense", {"units": 4, "activation": draw(st.sampled_from(["relu", None]))}])
        chain += draw(st.sampled_from([[], [["Dropout", {"rate": 0.5}]], [["ReLU", {}]]]))
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
            "label": draw(st.integers(0, classes - 1))}  # fmt: skip


BATCH = st.lists(models(), min_size=MODELS, max_size=MODELS)


@needs_libreoffice
@settings(EFFORT, max_examples=3)
@given(BATCH)
def test_thirty_random_models_equal_keras_before_and_after_one_pixel_is_edited(keras_side, specs):
    equal_keras(keras_side, specs)


@pytest.mark.slow
@needs_libreoffice
@settings(EFFORT)
@given(BATCH)
def test_forty_more_random_models_equal_keras_too(keras_side, specs):
    equal_keras(keras_side, specs)


def equal_keras(keras_side, specs):
    """Assert that the workbooks of these models give Keras's numbers, also after an edit."""
    with tempfile.TemporaryDirectory() as folder:
        answer = keras_side("random_models", specs=specs, folder=folder)
        assert "error" not in answer, answer
        paths = [Path(folder) / f"{n}.xlsx" for n in range(len(specs))]
        ranges = [named_ranges(path) for path in paths]
        edits = [edit(spec, places) for spec, places in zip(specs, ranges, strict=True)]
        books = [(path, {}) for path in paths] + list(zip(paths, edits, strict=True))
        cells = recalculate_many(books)
        for n, spec in enumerate(specs):
            assert stale_cells(paths[n], cells[n]) == [], spec
            answers = np.load(Path(folder) / f"{n}.npz")
            for when in (0, 1):
                compare(cells[n + when * len(specs)], ranges[n], answers, when, spec)


def edit(spec, places):
    """Return the change of one cell that makes the first image the second."""
    y, x, channel = spec["pixel"] if len(spec["pixel"]) == 3 else (*spec["pixel"], 0, 0)
    value = np.array(spec["images"][1])[tuple(spec["pixel"])].item()
    return {places[f"input_channel_{channel + 1}"][y][x]: value}


def compare(cells, ranges, answers, when, spec):
    """Assert that every layer's cells, the shares, the class and the loss are Keras's."""
    gap, name = worst_difference(cells, ranges, ranges_of(answers, when))
    assert gap <= 1e-9, (name, gap, spec)
    shares = numbers(cells, ranges["shares"])
    assert np.abs(shares - answers["float32"][when]).max() <= 1e-5, spec
    best = answers["shares"][when].argmax()
    assert cells[ranges["predicted_class"][0][0]] == f"class {best}", spec
    logits = answers["logits"][when]
    loss = np.log(np.exp(logits - logits.max()).sum()) - (logits[spec["label"]] - logits.max())
    assert abs(cells[ranges["loss"][0][0]] - loss) <= 1e-9 * max(1, loss), spec
