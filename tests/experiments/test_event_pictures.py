"""Histograms, confusion matrices, classes and recipes, against TensorBoard's own numbers."""

import io
import re

import numpy as np
import pytest
from made_runs import made_rows
from PIL import Image
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.plugin_util import markdown_to_safe_html
from tensorboard.plugins.histogram.summary_v2 import histogram_pb
from tensorboard.util.tensor_util import make_ndarray

from utils.experiments.event_log import RunLog, event_files, read_scalars
from utils.experiments.event_pictures import (
    class_values,
    confusion_of,
    confusion_png,
    recipe_value,
    weight_values,
)

NAMES = ("cat", "dog", "automobile")


@pytest.mark.parametrize(
    "values",
    [
        np.random.default_rng(0).normal(size=(7, 5, 40)),
        np.zeros(9),
        np.full(4, -2.5),
        np.arange(31),
    ],
)
def test_a_histogram_has_the_buckets_of_tensorboards_own(values):
    (value,) = weight_values({"conv1": values.astype(np.float32)})
    expected = make_ndarray(histogram_pb("x", values.astype(np.float32)).value[0].tensor)
    found = make_ndarray(value.tensor)
    assert value.tag == "weights/conv1" and found.shape == (30, 3)
    assert found[:, :2] == pytest.approx(expected[:, :2]) and found[:, 2].sum() == values.size
    # An edge's own values may fall to either side: float32 here, float64 there.
    assert np.abs(found[:, 2] - expected[:, 2]).max() <= 1


def test_weights_that_are_no_numbers_are_in_no_bucket():
    (value,) = weight_values({"dense1": np.array([1.0, np.nan, np.inf, 3.0])})
    buckets = make_ndarray(value.tensor)
    assert buckets[:, 2].sum() == 2 and (buckets[0, 0], buckets[-1, 1]) == (1, 3)
    (value,) = weight_values({"dense1": np.array([np.nan])})
    assert make_ndarray(value.tensor)[:, 2].sum() == 0


def test_a_confusion_matrix_counts_each_picture_once():
    meant, said = np.array([0, 0, 1, 2, 2, 2]), np.array([0, 1, 1, 2, 0, 2])
    assert confusion_of(meant, said, 3) == [[1, 1, 0], [0, 1, 0], [1, 0, 2]]


def test_each_class_has_its_accuracy_and_one_without_pictures_has_none():
    values = class_values([[3, 1, 0], [0, 0, 0], [0, 5, 5]], NAMES)
    shares = {one.tag: make_ndarray(one.tensor).item() for one in values[1:]}
    assert shares == {"classes/cat": 0.75, "classes/automobile": 0.5}
    assert [one.tag for one in class_values([[1, 0], [0, 1]], ())[1:]] == ["classes/0", "classes/1"]


def test_the_picture_is_dark_where_the_answers_are_and_has_room_for_long_names():
    png, size = confusion_png(np.array([[8, 0, 0], [0, 8, 0], [8, 0, 0]]), NAMES)
    picture = Image.open(io.BytesIO(png)).convert("L")
    assert picture.size == size and len(png) < 10_000
    margin = size[0] - 3 * 36 - 6
    cells = [
        [picture.getpixel((margin + 36 * column + 3, margin + 36 * row + 3)) for column in range(3)]
        for row in range(3)
    ]
    dark = [[shade < 128 for shade in row] for row in cells]
    assert dark == [[True, False, False], [False, True, False], [True, False, False]]
    wide = confusion_png(np.eye(2, dtype=int), ["a" * 200, "b"])[1]
    assert wide[0] < 300


def test_the_recipe_is_a_table_that_names_the_run():
    recipe = {"layers": "32 | 64 64", "flip": True}
    text = make_ndarray(recipe_value("dropout/0/seed-0", recipe).tensor).item().decode()
    page = markdown_to_safe_html(text)
    assert "<strong>dropout/0/seed-0</strong>" in page
    cells = re.findall("<td>(.*)</td>", page)
    assert cells == ["layers", "32 | 64 64", "flip", "True"]


def logged(folder, rows, **options):
    """Log epochs, each with weights that tell its number."""
    with RunLog(folder, "n", {"dropout": 0.5}, classes=NAMES, **options) as log:
        for row in rows:
            log.epoch(row, weights(row["epoch"]))


def weights(epoch):
    return {"conv1": np.array([0.0, epoch])}


def rows_with_mistakes():
    return [row | {"confusion": [[row["epoch"], 1, 1]] * 3} for row in made_rows(0.5)]


def shown(folder):
    """Return by the tag what TensorBoard reads: (step, something that tells the value)."""
    found = {}
    for file in event_files(folder):
        for event in EventFileLoader(str(file)).Load():
            for value in event.summary.value:
                array = make_ndarray(value.tensor)
                told = array.max() if value.tag.startswith("weights") else str(array.tolist())
                found.setdefault(value.tag, []).append((event.step, told))
    return found


def graphs(folder):
    files = event_files(folder)
    return [e.graph_def for f in files for e in EventFileLoader(str(f)).Load() if e.graph_def]


def test_a_run_logs_weights_mistakes_classes_recipe_and_graph_beside_its_curves(tmp_path):
    logged(tmp_path, rows_with_mistakes(), graph=b"\n\5\n\3net")
    found = shown(tmp_path)
    assert found["weights/conv1"] == [(1, 1), (2, 2), (3, 3), (4, 4)]
    for tag in ("confusion", "classes/cat", "classes/dog", "classes/automobile"):
        assert [step for step, _ in found[tag]] == [1, 2, 3, 4]
    assert [step for step, _ in found["config"]] == [0]
    assert graphs(tmp_path) == [b"\n\5\n\3net"]
    cat = [value for _, value, _ in read_scalars(tmp_path)["classes/cat"]]
    assert cat == pytest.approx([1 / 3, 2 / 4, 3 / 5, 4 / 6])


def test_a_run_that_goes_on_keeps_the_weights_of_its_earlier_epochs(tmp_path):
    rows = rows_with_mistakes()
    logged(tmp_path, rows, graph=b"\n\5\n\3net")
    whole = shown(tmp_path)
    logged(tmp_path, rows[2:], history=rows[:2])  # cut off, and begun again after epoch 2
    assert shown(tmp_path) == whole and len(event_files(tmp_path)) == 1
    assert graphs(tmp_path) == [b"\n\5\n\3net"]


def test_an_epoch_that_was_recorded_and_not_logged_gets_the_weights_it_ended_with(tmp_path):
    rows = rows_with_mistakes()
    logged(tmp_path, rows[:1])
    logged(tmp_path, rows[2:], history=rows[:2], weights=weights(2))
    assert [step for step, _ in shown(tmp_path)["weights/conv1"]] == [1, 2, 3, 4]


def test_the_weights_of_another_run_in_the_folder_are_not_taken_over(tmp_path):
    logged(tmp_path, made_rows(0.7))
    logged(tmp_path, [], history=made_rows(0.5))
    assert "weights/conv1" not in shown(tmp_path)
