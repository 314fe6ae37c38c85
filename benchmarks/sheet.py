"""Time workbooks of CNNs of growing size: written, read back and calculated by LibreOffice.

    python benchmarks/sheet.py [--rounds 3]

The first row is the CNN of notebook 09; the others double its filters, or its image's sides.
Calculating includes LibreOffice's start, with all stored values thrown away; the start alone is
the line below the table. Each time is the median of the rounds.
"""

import argparse
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from utils.networks.quiet import quiet_stderr
from utils.networks.saved import load_model, reference_model
from utils.spreadsheet import image_to_workbook, model_to_workbook
from utils.spreadsheet.examples import DIGITS
from utils.spreadsheet.libreoffice import formulas, recalculate

SIZES = ((28, 8), (28, 16), (28, 32), (56, 4), (112, 4), (112, 8))  # side of the image, filters


def cnn(side: int, filters: int) -> Any:
    """Return a CNN built as notebook 09's, untrained, for images of side × side."""
    with quiet_stderr():
        import keras
        from keras import layers

        keras.utils.set_random_seed(0)
        return keras.Sequential([
            keras.Input((side, side, 1)), layers.Rescaling(1 / 255),
            layers.Conv2D(filters, 3, activation="relu"), layers.MaxPooling2D(),
            layers.Conv2D(filters, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten(),
            layers.Dense(8, activation="relu"), layers.Dense(10, activation="softmax"),
        ])  # fmt: skip


def seconds(job: Callable[[], object], rounds: int) -> float:
    """Return the median time of a job."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        job()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def row(name: str, model: Any, folder: Path, rounds: int) -> str:
    """Return one line of the table."""
    path = folder / "model.xlsx"
    example = np.random.default_rng(0).integers(0, 256, model.input_shape[1:])

    def write() -> None:
        model_to_workbook(model, example, 0, DIGITS, path)

    written = seconds(write, rounds)
    calculated = seconds(lambda: recalculate(path), rounds)
    count, outputs = len(formulas(path)), sum(np.prod(x.output.shape[1:]) for x in model.layers)
    return (f"| {name} | {model.count_params():,} | {outputs:,} | {count:,} | {written:.2f} "
            f"| {path.stat().st_size / 1e6:.2f} | {calculated:.2f} |")  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    print(f"{platform.machine()}, Python {platform.python_version()}, {rounds} rounds\n")
    print(
        "| network | weights | values of all layers | formulas | s to write | MB | s to calculate |"
    )
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(row("notebook 09's", load_model(reference_model("mnist_cnn")), folder, rounds))
        for side, filters in SIZES:
            label = f"{side} × {side}, {filters} filters"
            print(row(label, cnn(side, filters), folder, rounds), flush=True)
        photograph = np.random.default_rng(0).integers(0, 256, (150, 200, 3))
        path = folder / "image.xlsx"
        spent = seconds(lambda: image_to_workbook(photograph, path), rounds)
        tiny = image_to_workbook(photograph[:1, :1], folder / "tiny.xlsx")
        start = seconds(lambda: recalculate(tiny), rounds)
        print(f"\nLibreOffice's start, with one pixel: {start:.2f} s")
        print(f"An image of 200 × 150: {spent:.2f} s to write, {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
