"""What a search costs: side by side on this machine, and on paper for machines it hasn't got.

    python benchmarks/search.py scaling              # the same runs, 1 and 2 at once
    python benchmarks/search.py paper runs search --at-once 2 --gpu T4=3@0.35 --gpu A10=2

"scaling" trains the baseline `--jobs` times, each time with another seed, first one after the
other, then two at once, each with one thread; Ray is started anew for each. Needs real CIFAR-10.

"paper" takes what a search in a log root has really recorded (epochs a trial, seconds from one
epoch's end to the next on the machine it ran on, `--at-once` of them side by side) and multiplies;
starting a worker isn't counted. A GPU's seconds an epoch can't be known from here: they are what
you write after `=`, and are marked as assumed.
Its price an hour is what you write after `@`; without it, the cheapest one in SkyPilot's
catalogue (~/.sky/catalogs), where that was fetched.
"""

import argparse
import re
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from utils.errors import CourseError
from utils.experiments.run_folder import read_record, run_folders
from utils.experiments.search.journal import FINAL_SEEDS

TRIALS = (100, 10_000)
FINALISTS = 3


def scaling(jobs: int, images: int, epochs: int, counts: list[int]) -> None:
    """Measure the same runs with each number of workers and print a line each."""
    seconds = {count: measure(count, jobs, images, epochs) for count in counts}
    base = seconds[counts[0]]
    for count, took in seconds.items():
        print(
            f"{count} at once: {jobs} runs of {epochs} epochs of {images:,} pictures in "
            f"{took:.0f} s, {3600 * jobs / took:.0f} an hour, {base / took:.2f} times the first",
            flush=True,
        )


def measure(count: int, jobs: int, images: int, epochs: int) -> float:
    """Return the seconds from the first worker's start to the last run's end."""
    from utils.data import load
    from utils.experiments.search.ray_cluster import machines
    from utils.experiments.search.ray_tune import Sitting, open_storage, train_jobs
    from utils.experiments.search.worker import TrialJob
    from utils.networks.tflearn_cnn.config import BASELINE

    dataset = load("cifar10", source="real")
    data = {"sha256": dataset.sha256, "real": True}
    work = replace(BASELINE, epochs=epochs, train_size=images, validation_size=1000)
    all_jobs = [
        TrialJob(
            "scaling", "baseline", "quick", replace(work, seed=seed).to_dict(), data, threads=1
        )
        for seed in range(jobs)
    ]
    with tempfile.TemporaryDirectory() as root, machines(None, count, jobs) as found:
        print(found.text, flush=True)
        with open_storage(Path(root), "scaling", None) as place:
            sitting = Sitting(Path(root), place, count, 1, found.resources)
            started = time.perf_counter()
            train_jobs("scaling", all_jobs, jobs, sitting)
            return time.perf_counter() - started


@dataclass(frozen=True)
class Kind:
    """A kind of machine: seconds an epoch, dollars an hour (None: unknown), and whose word."""

    name: str
    seconds: float
    price: float | None
    source: str
    at_once: int = 1


def paper(root: Path, name: str, at_once: int, gpus: list[str]) -> None:
    """Print the table of trials, hours and dollars."""
    records = [read_record(folder) for folder in run_folders(root, name)]
    whole = [record for record in records if record and record["history"]]
    if not whole:
        sys.exit(f"{root / name} holds no trials.")
    epochs = statistics.mean(len(record["history"]) for record in whole)
    full = whole[0]["config"]["epochs"]
    measured = statistics.mean(
        later["wall_time"] - row["wall_time"]
        for record in whole
        for row, later in pairwise(record["history"])
    )
    kinds = [Kind(whole[0]["machine"], measured, None, "measured", at_once)]
    kinds += [kind(text) for text in gpus]
    print(
        f"{len(whole)} trials of {name}, profile {whole[0]['profile']}: {epochs:.1f} of {full} "
        f"epochs each (ASHA stopped the rest). Final runs: {(FINALISTS + 1) * FINAL_SEEDS} of "
        f"{full} epochs. One machine; n machines take 1/n of the hours and the same dollars.\n"
    )
    print("| Machine | Seconds an epoch | Dollars an hour | " + " | ".join(
        f"{trials:,} trials" for trials in TRIALS) + " |")  # fmt: skip
    print("| --- | ---: | ---: |" + " ---: |" * len(TRIALS))
    for one in kinds:
        print(row(one, epochs, full))


def row(one: Kind, epochs: float, full: int) -> str:
    """Return a line of the table."""
    cells = []
    for trials in TRIALS:
        all_epochs = trials * epochs + (FINALISTS + 1) * FINAL_SEEDS * full
        hours = all_epochs * one.seconds / one.at_once / 3600
        cells.append(f"{hours:,.1f} h" + (f", ${hours * one.price:,.2f}" if one.price else ""))
    beside = f", {one.at_once} at once" if one.at_once > 1 else ""
    price = f"{one.price:.2f}" if one.price else "–"
    seconds = f"{one.seconds:.1f} ({one.source}{beside})"
    return f"| {one.name} | {seconds} | {price} | {' | '.join(cells)} |"


def kind(text: str) -> Kind:
    """Return the machine that `NAME=SECONDS` or `NAME=SECONDS@DOLLARS` describes."""
    found = re.fullmatch(r"([\w-]+)=([\d.]+)(?:@([\d.]+))?", text)
    if not found:
        sys.exit(f"--gpu {text} isn't NAME=SECONDS or NAME=SECONDS@DOLLARS.")
    price = float(found[3]) if found[3] else catalogue_price(found[1])
    return Kind(found[1], float(found[2]), price, "assumed")


def catalogue_price(gpu: str, folder: Path | None = None) -> float | None:
    """Return the lowest hourly price of a machine with one such GPU in SkyPilot's catalogue.

    folder: of the catalogue; ~/.sky/catalogs unless given. None where it has none.
    """
    import pandas as pd

    prices = []
    for path in sorted((folder or Path("~/.sky/catalogs").expanduser()).rglob("*.csv")):
        table = pd.read_csv(path)
        if {"AcceleratorName", "AcceleratorCount", "Price"} <= set(table):
            one = (table["AcceleratorName"] == gpu) & (table["AcceleratorCount"] == 1)
            prices += table.loc[one, "Price"].dropna().tolist()
    return min(prices, default=None)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("scaling")
    one.add_argument("--jobs", type=int, default=4)
    one.add_argument("--images", type=int, default=10_000)
    one.add_argument("--epochs", type=int, default=3)
    one.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    two = commands.add_parser("paper")
    two.add_argument("runs", type=Path)
    two.add_argument("name")
    two.add_argument("--at-once", type=int, default=1, help="how many trials ran side by side")
    two.add_argument("--gpu", action="append", default=[], help="NAME=SECONDS or …@DOLLARS")
    options = parser.parse_args()
    if options.command == "scaling":
        scaling(options.jobs, options.images, options.epochs, options.workers)
    else:
        paper(options.runs, options.name, options.at_once, options.gpu)


if __name__ == "__main__":
    try:
        main()
    except CourseError as error:
        sys.exit(str(error))
