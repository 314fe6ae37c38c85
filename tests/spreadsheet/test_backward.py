"""One backward step as a sheet: LibreOffice's gradients against TensorFlow's, in float64.

TensorFlow's part runs in a process of its own (this file as a program): other tests switch
TensorFlow to graph mode, and a gradient tape needs the eager one.
"""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from libreoffice import needs_libreoffice

from utils.errors import CourseError
from utils.networks.in_numpy.gradients import gradients, loss, tiny_network
from utils.spreadsheet.check import COMMON_FUNCTIONS, check_workbook
from utils.spreadsheet.lessons.backward import BAR, CLASS_NAMES, backward_workbook
from utils.spreadsheet.libreoffice import formulas, named_ranges, recalculate_many, stored_values

ROOT = Path(__file__).resolve().parents[2]
PATHS = [str(ROOT), str(ROOT / "tests"), *filter(None, [os.environ.get("PYTHONPATH")])]
RATE = 0.1
# name: image's shape, filters, their size, classes, biases, last activation
MODELS = {
    "grey": ((7, 5, 1), 3, (3, 2), 4, True, "softmax"),
    "colour": ((5, 6, 3), 2, (2, 2), 3, True, "linear"),
    "no_bias": ((4, 4, 2), 4, (3, 3), 2, False, "softmax"),
}
EDITS = {
    "a pixel": {"pixel": (0, 5, 0.7)},
    "the label": {"label": 2},
    "the learning rate": {"rate": 0.35},
    "all three": {"pixel": (3, 0, -1.5), "label": 1, "rate": 2.0},
}


def write_all(folder):
    """Write workbooks of Keras models, and what TensorFlow finds for each, to a folder."""
    import keras

    network = tiny_network()
    backward_workbook(folder / "default.xlsx")
    given = {"label": 0, "rate": RATE, "pixel": None}
    for number, edit in enumerate([{}, *EDITS.values()]):
        case, image = given | edit, BAR.copy()
        if case["pixel"]:
            y, x, value = case["pixel"]
            image[y, x, 0] = value
        model = keras_model(keras, (6, 6, 1), 2, (3, 3), 3, True, "softmax")
        weights = [w for n in (0, 2) for w in (network.layers[n].weights, network.layers[n].biases)]
        model.set_weights(weights)
        found = tape(model, image, case["label"], case["rate"])
        np.savez(folder / f"default-{number}.npz", **found)
    random = np.random.default_rng(3)
    for name, shape in MODELS.items():
        model = keras_model(keras, *shape)
        model.set_weights([random.normal(0, 0.5, w.shape) for w in model.get_weights()])
        image, label = random.normal(0, 1, shape[0]), int(random.integers(shape[3]))
        backward_workbook(folder / f"{name}.xlsx", model, image, label, learning_rate=RATE)
        np.savez(folder / f"{name}-0.npz", **tape(model, image, label, RATE))


def keras_model(keras, shape, filters, size, classes, bias, activation):
    """Return a Keras model whose layers calculate in float64."""
    own = {"dtype": "float64", "use_bias": bias}
    return keras.Sequential([
        keras.Input(shape, dtype="float64"),
        keras.layers.Conv2D(filters, size, activation="relu", name="conv", **own),
        keras.layers.Flatten(name="flatten", dtype="float64"),
        keras.layers.Dense(classes, activation=activation, name="dense", **own),
    ])  # fmt: skip


def tape(model, image, label, rate):
    """Return TensorFlow's gradients by the names of the workbook's ranges, and the new loss."""
    import tensorflow as tf

    def cost():
        maps = model.get_layer("conv")(tf.constant(image[None]))
        recorder.watch(maps)
        answer = model.get_layer("dense")(model.get_layer("flatten")(maps))[0]
        linear = model.get_layer("dense").activation.__name__ == "linear"
        share = tf.nn.softmax(answer) if linear else answer
        return -tf.math.log(share[label]), maps, share

    variables = model.trainable_variables
    with tf.GradientTape() as recorder:
        value, maps, share = cost()
    assert value.dtype == tf.float64
    gradients = recorder.gradient(value, [maps, *variables])
    found = {"loss": value, "after_loss": None}
    for f in range(maps.shape[3]):
        found[f"conv_map_{f + 1}_gradient"] = gradients[0][0, ..., f]
    for variable, gradient in zip(variables, gradients[1:], strict=True):
        found |= named(variable.path, gradient.numpy())
        variable.assign_sub(rate * gradient)
        found |= {
            name.replace("_gradient", "_new"): array
            for name, array in named(variable.path, variable.numpy()).items()
        }
    with tf.GradientTape() as recorder:
        found["after_loss"], _, found["after_shares"] = cost()
    return {name: np.asarray(array) for name, array in found.items()}


def named(path, array):
    """Return a variable's parts by the names of the ranges that hold their gradients."""
    layer, kind = path.split("/")[-2:]
    if kind == "bias":
        return {f"{layer}_bias_{n + 1}_gradient": part for n, part in enumerate(array)}
    if layer == "dense":
        return {f"dense_unit_{n + 1}_gradient": array[:, n] for n in range(array.shape[1])}
    found = {}
    for c, f in np.ndindex(array.shape[2:]):
        part = f"_channel_{c + 1}" if array.shape[2] > 1 else ""
        found[f"conv_filter_{f + 1}{part}_gradient"] = array[..., c, f]
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return the folder of the workbooks and of TensorFlow's findings."""
    folder = tmp_path_factory.mktemp("backward")
    done = subprocess.run(
        [sys.executable, __file__, str(folder)],
        cwd=ROOT, capture_output=True, encoding="utf-8",
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "2", "CUDA_VISIBLE_DEVICES": "-1",
                          "PYTHONPATH": os.pathsep.join(PATHS)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def calculated(folder):
    """Return what LibreOffice makes of every workbook and edit, by the findings' file name."""
    paths = {f"default-{n}": (folder / "default.xlsx", edit)
             for n, edit in enumerate([{}, *EDITS.values()])}  # fmt: skip
    paths |= {f"{name}-0": (folder / f"{name}.xlsx", {}) for name in MODELS}
    ranges = named_ranges(folder / "default.xlsx")
    books = [(path, changes(ranges, edit)) for path, edit in paths.values()]
    return dict(zip(paths, recalculate_many(books), strict=True))


def changes(ranges, edit):
    """Return what a reader types for an edit: cells and their values."""
    typed = {}
    if "pixel" in edit:
        y, x, value = edit["pixel"]
        typed[ranges["input_channel_1"][y][x]] = value
    if "label" in edit:
        typed[ranges["right_class"][0][0]] = CLASS_NAMES[edit["label"]]
    if "rate" in edit:
        typed[ranges["learning_rate"][0][0]] = edit["rate"]
    return typed


def largest_difference(path, cells, findings):
    """Return how far a calculated workbook is from TensorFlow's findings, at most."""
    ranges, differences = named_ranges(path), []
    assert len(findings) > 10
    for name, wanted in findings.items():
        got = np.array([cells[place] for row in ranges[name] for place in row])
        assert got.size == wanted.size, name
        differences.append(np.abs(got - wanted.reshape(-1)).max())
    return max(differences)


@needs_libreoffice
@pytest.mark.parametrize("name", ["default", *MODELS])
def test_all_gradients_new_weights_and_the_new_loss_equal_tensorflows(name, folder, calculated):
    path, findings = folder / f"{name}.xlsx", np.load(folder / f"{name}-0.npz")
    assert largest_difference(path, calculated[f"{name}-0"], findings) < 1e-9
    assert check_workbook(path) == []


@needs_libreoffice
@pytest.mark.parametrize("edit", EDITS)
def test_everything_follows_what_a_reader_changes(edit, folder, calculated):
    number = 1 + list(EDITS).index(edit)
    path, findings = folder / "default.xlsx", np.load(folder / f"default-{number}.npz")
    assert largest_difference(path, calculated[f"default-{number}"], findings) < 1e-9
    before = np.load(folder / "default-0.npz")
    assert abs(findings["after_loss"] - before["after_loss"]) > 1e-3  # the edit does something


def test_every_number_behind_the_forward_sheets_is_a_formula_of_common_functions(tmp_path):
    path = backward_workbook(tmp_path / "b.xlsx")
    texts, ranges = formulas(path), named_ranges(path)
    owned = [name for name in ranges if name.endswith(("_gradient", "_new")) or "after" in name]
    assert len(owned) == 35
    assert all(place in texts for name in owned for row in ranges[name] for place in row)
    used = {word for text in texts.values() for word in re.findall(r"([A-Z]+)\(", text)}
    assert used <= COMMON_FUNCTIONS


def test_the_built_in_step_turns_a_wrong_answer_into_the_right_one(tmp_path):
    path = backward_workbook(tmp_path / "b.xlsx")
    ranges, values = named_ranges(path), stored_values(path)
    said = [values[ranges[name][0][0]] for name in ("predicted_class", "after_class")]
    costs = [values[ranges[name][0][0]] for name in ("loss", "after_loss")]
    assert said == ["diagonal", "bar"]
    assert costs == pytest.approx([1.310, 0.311], abs=5e-4)


def test_gradients_equal_the_loss_s_own_change(tmp_path):
    network, tiny = tiny_network(), 1e-6
    found = gradients(network, BAR, 0)
    for i, j in ((0, 0), (2, 1)):
        moved = network.layers[0].weights.copy()
        moved[i, j, 0, 1] += tiny
        layers = (replace(network.layers[0], weights=moved), *network.layers[1:])
        rise = loss(replace(network, layers=layers), BAR, 0) - loss(network, BAR, 0)
        assert rise / tiny == pytest.approx(found.filters[i, j, 0, 1], abs=1e-5)


def chain(**changes):
    """Return the built-in network with another Conv2D."""
    network = tiny_network()
    return replace(network, layers=(replace(network.layers[0], **changes), *network.layers[1:]))


@pytest.mark.parametrize(
    ("given", "said"),
    [({"model": chain(padding=(1, 1, 1, 1))}, "conv .* pads its input"),
     ({"model": chain(stride=(2, 2))}, r"has the stride \(2, 2\)"),
     ({"model": chain(activation="linear")}, "has the activation linear"),
     ({"model": replace(tiny_network(), layers=tiny_network().layers[1:])}, "Flatten, Dense"),
     ({"model": SimpleNamespace()}, "isn't a Keras model"),
     ({"model": chain(weights=np.zeros((3, 3, 600, 1)))}, "5,000"),
     ({"example": np.zeros((5, 5))}, "shape"), ({"label": 3}, "label 3"),
     ({"class_names": ["a", "b"]}, "3 classes"), ({"learning_rate": -1.0}, "out of range"),
     ({"learning_rate": float("nan")}, "out of range")],
)  # fmt: skip
def test_what_does_not_fit_is_refused_in_a_sentence(given, said, tmp_path):
    with pytest.raises(CourseError, match=said):
        backward_workbook(tmp_path / "b.xlsx", **given)
    assert list(tmp_path.iterdir()) == []


def test_a_layer_called_as_one_of_its_sheets_gets_a_name_of_its_own(tmp_path):
    network = tiny_network()
    layers = (replace(network.layers[0], name="Backward"), *network.layers[1:])
    path = backward_workbook(tmp_path / "b.xlsx", replace(network, layers=layers))
    assert "Backward_2_filter_1_gradient" in named_ranges(path)


if __name__ == "__main__":
    write_all(Path(sys.argv[1]))
