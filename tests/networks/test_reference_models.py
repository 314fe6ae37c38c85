"""The networks that the course brings along: the lessons' own networks, as good as the prose says.

Keras runs in a process of its own: TFLearn, once imported, switches TensorFlow to graph mode.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from utils.experiments import claim
from utils.networks.saved import REFERENCE_MODELS, reference_model
from utils.settings import NOTEBOOKS, ROOT

DATA = Path(os.environ.get("COURSE_DATA") or "no such folder")
LESSON = NOTEBOOKS / "09_cnn_in_a_spreadsheet.ipynb"

STRUCTURE = """
import json, sys
from utils.networks.saved import load_model, reference_model
facts = lambda model: [[type(x).__name__, x.get_config()] for x in model.layers]
reference = load_model(reference_model("mnist_cnn"))
plain = lambda x: json.loads(json.dumps(x, default=str))
print("FACTS", json.dumps({"same": plain(facts(network)) == plain(facts(reference)),
                           "weights": reference.count_params(),
                           "moved": any((a != b).any() for a, b in
                                        zip(network.get_weights(), reference.get_weights()))}))
"""
ACCURACY = """
import json, sys
import numpy as np
from utils.data import load
from utils.spreadsheet.examples import THREE_CLASSES, shrink
from utils.networks.saved import load_model, reference_model
def accuracy(name, split):
    model = load_model(reference_model(name))
    return float((model.predict(split[0], verbose=0).argmax(axis=1) == split[1]).mean())
digits, things = load("mnist", "real"), load("cifar10", "real")
numbers = [things.class_names.index(name) for name in THREE_CLASSES]
def three(split):
    chosen = np.isin(split.labels, numbers)
    return (np.stack([shrink(one) for one in split.images[chosen]]),
            np.searchsorted(numbers, split.labels[chosen]))
print("FACTS", json.dumps({
    "mnist_cnn": [accuracy("mnist_cnn", (part.images, part.labels))
                  for part in (digits.validation, digits.test)],
    "mnist_dense": [accuracy("mnist_dense", (part.images, part.labels))
                    for part in (digits.validation, digits.test)],
    "three_classes": [accuracy("three_classes", three(part))
                      for part in (things.validation, things.test)]}))
"""


def facts(code):
    """Run code in a fresh Python; return what it prints after FACTS."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.rpartition("FACTS ")[2])


def network_cell():
    """Return the source of the lesson's cell that builds the network."""
    cells = json.loads(LESSON.read_text(encoding="utf-8"))["cells"]
    (cell,) = [one for one in cells if "network" in one["metadata"].get("tags", [])]
    return "".join(cell["source"])


def test_the_lesson_builds_the_network_that_the_course_brings_along():
    found = facts(network_cell() + STRUCTURE)
    assert found == {"same": True, "weights": 1086, "moved": True}


@pytest.mark.parametrize("name", REFERENCE_MODELS)
def test_a_reference_model_is_small(name):
    large = {"mnist_dense": 1_700_000, "ladder": 1_400_000, "ladder_sample": 300_000}
    assert reference_model(name).stat().st_size < large.get(name, 60_000)


@pytest.mark.skipif(
    not ((DATA / "mnist.npz").is_file() and (DATA / "cifar-10-batches-bin").is_dir()),
    reason="COURSE_DATA names no folder with real MNIST and CIFAR-10",
)
def test_the_reference_models_are_as_good_as_the_lessons_say():
    found = facts(ACCURACY)
    percent = {name: [round(100 * score, 2) for score in both] for name, both in found.items()}
    assert percent["mnist_cnn"] == pytest.approx([98.18, 97.77], abs=0.05)
    assert percent["mnist_dense"] == pytest.approx([98.22, 98.02], abs=0.05)
    assert percent["three_classes"] == pytest.approx([83.89, 84.23], abs=0.15)
    told = str(claim("08.chosen")), str(claim("09.seeds", "09.test"))
    for text, scores in zip(told, (("83.89", "84.23"), ("98.18", "97.77")), strict=True):
        assert all(score in text for score in scores)
