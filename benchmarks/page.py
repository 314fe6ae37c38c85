"""Time an exported page's answers in Chromium: the first, and the median of many.

    python -m benchmarks.page [FILE ...] [--answers 20]

FILE: Keras models; notebook 09's CNN and the dense network for digits unless given. A page
answers a random picture in pixels; the time is the worker's own, from the picture's arrival to the
probabilities. Multiplications are those of Conv2D and Dense, edges counted in full.
"""

import argparse
import statistics
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

from tools.browser import launch
from utils.export import export_page
from utils.networks.in_numpy.keras_layers import Network, read_network
from utils.networks.in_numpy.plain_layers import picture_shape
from utils.networks.saved import load_model, reference_model

ANSWER = "async pixels => (await ask({pixels})).milliseconds"


def multiplications(network: Network) -> int:
    """Return how many multiplications by weights an answer takes."""
    sizes = {"Conv2D": lambda layer: int(np.prod(layer.shape[:2])), "Dense": lambda layer: 1}
    return sum(
        layer.weights.size * sizes[layer.kind](layer)
        for layer in network.layers
        if layer.kind in sizes
    )


def row(page: Page, path: Path, model: Any, answers: int, folder: Path) -> str:
    """Return one line of the table."""
    network = read_network(model, branches="all")
    file = export_page(model, folder / f"{path.stem}.html", force=True)
    page.goto(file.as_uri())
    count = int(np.prod(picture_shape(network.input_shape)))
    random = np.random.default_rng(0)
    times = [
        page.evaluate(ANSWER, random.integers(0, 256, count).tolist()) for _ in range(answers + 1)
    ]
    weights = sum(layer.parameters for layer in network.layers)
    return (
        f"| {path.stem} | {weights:,} | {multiplications(network) / 1e6:.2f} | "
        f"{file.stat().st_size / 1e6:.2f} | {times[0]:.1f} | {statistics.median(times[1:]):.1f} |"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    parser.add_argument("--answers", type=int, default=20)
    given = parser.parse_args()
    files = given.files or [reference_model(name) for name in ("mnist_cnn", "mnist_dense")]
    print("| network | weights | million multiplications | MB | ms, first | ms, median |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    models = [(path, load_model(path)) for path in files]
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        launch(playwright) as browser,
    ):
        for path, model in models:
            print(row(browser.new_page(), path, model, given.answers, Path(folder)), flush=True)


if __name__ == "__main__":
    main()
