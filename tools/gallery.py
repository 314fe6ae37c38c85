"""Photograph every widget as JupyterLab shows it: docs/pictures/widget-*.png.

    make run && make gallery

Each widget stands in a cell of its own, moved to a state worth seeing. The feature maps need the
baseline that `make run` trains; the live training is a real one, of a few epochs. Lesson 19's is
made by the lesson's own cells.
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import sync_playwright

from tools.browser import jupyterlab, launch
from tools.notebook_page import KERNEL, NotebookPage
from utils.settings import NOTEBOOKS, ROOT

PICTURES = ROOT / "docs" / "pictures"
NETWORKS = """from utils.networks.in_numpy.keras_layers import read_network
from utils.networks.saved import load_model, reference_model
networks = {"dense, notebook 06": "mnist_dense", "CNN, notebook 09": "mnist_cnn"}
networks = {k: read_network(load_model(reference_model(v))) for k, v in networks.items()}
"""
STROKES = """import json
from utils.settings import ROOT
strokes = json.loads((ROOT / "tests" / "browser" / "strokes.json").read_text())["3"]
small = [[[0.7 * x + 5, 0.7 * y + 60] for x, y in stroke] for stroke in strokes]
"""
COLLECT = """import tempfile
from pathlib import Path
collection = collect_pictures(Path(tempfile.mkdtemp()) / "work" / "my_pictures")
for k in range(5):
    moved = [[[x + 8 * k - 16, y] for x, y in stroke] for stroke in small]
    drawing = {"kind": "drawing", "name": "three", "time": 1000 * k, "strokes": moved}
    collection.take(drawing, [])
collection.paper.value = strokes
collection"""
SEES = """from utils import settings
from utils.data import load
from utils.experiments.run_folder import run_dir, variant_label
from utils.networks.tflearn_cnn.feature_maps import feature_maps, first_filters, probabilities
from utils.experiments.training import load_network
dataset = load("cifar10")
label = variant_label("baseline", settings.profile_name(), dataset.real)
network = load_network(run_dir(settings.runs_dir(), "layers", label, 0), dataset)
some = dataset.validation.first(1_000)
what_the_cnn_sees(some.images, some.labels, probabilities(network, some.images),
                  dataset.class_names, lambda k: feature_maps(network, some.images[k]),
                  first_filters(network), show="cell", cell=(3, 5))"""
LIVE = """import tempfile
from dataclasses import replace
from pathlib import Path
from utils.data import load
from utils.experiments import config_for, train
config = replace(config_for("dropout", "0", "quick", 0), epochs=6)
with live_training() as live:
    train(config, load("cifar10"), Path(tempfile.mkdtemp()) / "seed-0", study="dropout",
          variant="0", on_epoch=live.on_epoch, should_stop=live.should_stop)"""
HALVING = """import pandas as pd
from utils.experiments import STUDIES, reference
table = pd.concat([reference(study) for study in STUDIES])
keys = ["study", "variant", "seed"]
curves = table.pivot_table("val_accuracy", keys, "epoch").drop_duplicates()
successive_halving(curves.to_numpy())"""
PREDICT = """guess = predict("11", ("one-set", "three-sets", "baseline"), 10,
                "validation accuracy after 8 epochs, %", study="layers")
guess.move(**{"one-set": 48, "three-sets": 66, "baseline": 61})
guess.reason.value = "deeper sees more"
guess.press()
guess"""
# The lesson's own cells, up to the widget.
INSIDE = ("setup", "load", "peek", "answers", "ascent", "climbed", "cam", "cam-figure", "widget")
MOVED = """from utils.data import sample
picture = sample.sample("cifar10").train.images[3]
move_a_picture(picture, grey=None, maps=True, right=4, down=2)"""
# Picture: the code of its cell. Each group runs in a kernel of its own: one engine a kernel.
WIDGETS = {
    "perceptron": 'perceptron("AND", 1.5, 1.0, -1.2)',
    "neuron": "step_and_sigmoid(1.0, -2.1, 2.0)",
    "descent": 'gradient_descent("AND", learning_rate=30.0, steps=20)',
    "bending": "bend_the_plane(angle1=35.0, shift1=-0.3, angle2=60.0, shift2=0.4)",
    "moved": MOVED,
    "normalising": "normalise_a_batch(mean=5.0, gamma=1.5)",
    "depths": "through_many_layers(layers=30, scale=1.0, normalise=True)",
    "valley": "walk_into_a_valley()",
    "tensors": "tensor_explorer()",
    "convolution": 'convolution(preset="vertical edges", relu=True)',
    "softmax": 'softmax_and_loss(right="automobile")',
    "moons": 'two_moons("dropout")',
    "predict": PREDICT,
    "drawing_pad": NETWORKS + STROKES + "drawing_pad(networks, small)",
    "halving": HALVING,
    "collecting": STROKES + COLLECT,
    "quiz": 'from utils.exercises import quiz\nquiz("04")',
}
TRAINED = {"seeing": SEES, "live": LIVE}
DEEP = {"look_inside": ("19_inside", INSIDE)}


def cells_of(lesson: str, ids: Sequence[str]) -> str:
    """Return the code of some cells of a lesson."""
    cells = nbformat.read(NOTEBOOKS / f"{lesson}.ipynb", 4).cells
    return "\n".join(cell.source for cell in cells if cell.id in ids)


def photograph(opened: NotebookPage, name: str) -> None:
    """Photograph the widget of the cell of that name."""
    cell = opened.cell(name)
    widget = cell.locator(".course-widget, .course-quiz").last
    widget.wait_for(timeout=60_000)
    if name == "quiz":
        widget.get_by_text("It lowers", exact=False).first.click()
        widget.get_by_role("button", name="Check").first.click()
    opened.page.wait_for_timeout(1500)
    widget.scroll_into_view_if_needed()
    widget.screenshot(path=PICTURES / f"widget-{name}.png")


def main() -> None:
    """Make all pictures, or those named on the command line."""
    deep = {name: cells_of(*where) for name, where in DEEP.items()}
    groups = (WIDGETS, TRAINED, deep)
    wanted = sys.argv[1:] or [name for group in groups for name in group]
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        variables = {"COURSE_PROGRESS": "off"}
        with jupyterlab(folder, folder, variables) as server, launch(playwright) as browser:
            for number, group in enumerate(groups):
                cells = [
                    new_code_cell(f"from utils.widgets import *\n{code}", id=key)
                    for key, code in group.items()
                    if key in wanted
                ]
                if not cells:
                    continue
                path = folder / f"{number}.ipynb"
                nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": KERNEL}), path)
                page = browser.new_page(viewport={"width": 1250, "height": 1500})
                opened = NotebookPage(page, server).open(path.name).run()
                for cell in cells:
                    photograph(opened, cell.id)
                opened.close()
    print(f"{len(wanted)} pictures are in {PICTURES.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
