"""Time `course compare` on many runs: the whole command, its parts, and with every file read.

    python benchmarks/compare.py                              # 1,000 runs of 50 epochs
    python benchmarks/compare.py --checkout ../before         # another state of the repository too

The runs are made in a temporary folder by the course's own writers; nothing is trained. Seconds
are the processor's, user and system together, of a process of its own each time; the median of
the rounds counts.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from itertools import count, islice
from pathlib import Path

import numpy as np

from utils.experiments.event_log import RunLog
from utils.experiments.run_folder import FORMAT
from utils.experiments.studies import STUDIES, config_for

ROOT = Path(__file__).resolve().parent.parent
# What one process does after another, each timed by what it adds.
PARTS = """
import time
from pathlib import Path
times = {"Python itself": time.process_time()}
def lap(name):
    times[name] = time.process_time() - sum(times.values())
import utils.cli.main
from utils.experiments import history
from utils.experiments.tables import to_markdown
lap("imports")
runs = history.load_runs(Path(ROOT))
lap("runs read")
table = history.summary(runs) if hasattr(history, "summary") else history.compare(runs)
to_markdown(table)
lap("the table")
from utils import plots
from utils.plots.comparison_page import comparison_report
plots.curves
lap("imports for figures")
comparison_report(runs, Path(PAGE), *[table] * hasattr(history, "summary"))
lap("the page of figures")
print("TIMES", times)
"""


def made_rows(rng: np.random.Generator, epochs: int) -> list[dict[str, float]]:
    """Return the rows of a run: curves that flatten, with noise."""
    steps = 1 - np.exp(-np.arange(1, epochs + 1) / 15)
    noisy = {
        name: best * steps + rng.normal(0, 0.01, epochs)
        for name, best in (("accuracy", 0.7), ("val_accuracy", 0.65), ("train_accuracy", 0.72))
    }
    return [
        {
            "epoch": n + 1,
            "loss": 2.3 - 1.5 * float(steps[n]),
            "accuracy": float(np.clip(noisy["accuracy"][n], 0, 1)),
            "seconds": 2 + float(rng.random()),
            "val_loss": 2.3 - 1.2 * float(steps[n]),
            "val_accuracy": float(np.clip(noisy["val_accuracy"][n], 0, 1)),
            "train_accuracy": float(np.clip(noisy["train_accuracy"][n], 0, 1)),
            "learning_rate": 0.001,
            "wall_time": 1_700_000_000.0 + 3 * n,
        }
        for n in range(epochs)
    ]


def make_runs(root: Path, number: int, epochs: int) -> None:
    """Write finished runs of all variants of the five studies, as many seeds as it takes."""
    names = [(study, variant) for study in STUDIES for variant in STUDIES[study].variants]
    every = ((*name, seed) for seed in count() for name in names)
    for study, variant, seed in islice(every, number):
        config = config_for(study, variant, "full", seed)
        name = f"{study}/{variant}@full/seed-{seed}"
        rows = made_rows(np.random.default_rng(seed), epochs)
        with RunLog(root / name, name, config.hparams(), rows) as log:
            log.close("finished")
        record = {
            "format": FORMAT, "study": study, "variant": f"{variant}@full", "seed": seed,
            "profile": "full", "config": config.to_dict(),
            "dataset": {"name": "cifar10", "source": "made", "sha256": "0" * 64, "real": True,
                        "train": 45_000, "validation": 5_000},
            "engine": "tflearn", "machine": "none", "precision": "bfloat16", "kernels": "oneDNN",
            "versions": {}, "started": "2026-11-26T00:00:00+00:00",
            "ended": "2026-11-26T01:00:00+00:00", "status": "finished", "checkpoint": "weights",
            "history": rows, "copied_from": None,
        }  # fmt: skip
        (root / name / "run.json").write_text(json.dumps(record, indent=1) + "\n", "utf-8")


def process(arguments: list[str], checkout: Path) -> tuple[float, str]:
    """Return the processor's seconds of a Python with these arguments, and what it said.

    Raises RuntimeError where it fails.
    """
    around = os.environ | {"PYTHONPATH": str(checkout)}
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(
            [sys.executable, *arguments], cwd=checkout, env=around, stdout=said, stderr=said
        )
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read().decode("utf-8", "replace")
    if child.returncode:
        raise RuntimeError(text[-2000:])
    return used.ru_utime + used.ru_stime, text


def measure(root: Path, checkout: Path, rounds: int) -> dict[str, float]:
    """Return the median seconds of the command, of its parts, and of the command that verifies."""
    found: dict[str, list[float]] = {}
    page = root.with_name("page.html")
    whole = ["-m", "utils.cli", "compare", "--runs", str(root), "-o", str(page)]
    for number in range(rounds + 1):  # the first one warms up
        seconds = {"`course compare`, whole": process(whole, checkout)[0]}
        code = f"ROOT, PAGE = {str(root)!r}, {str(page)!r}\n{PARTS}"
        told = process(["-c", code], checkout)[1].partition("TIMES ")[2]
        seconds |= {f"… {name}": value for name, value in eval(told).items()}  # noqa: S307  # ours
        if "--verify" in process([*whole[:3], "--help"], checkout)[1]:
            seconds["`course compare --verify`"] = process([*whole, "--verify"], checkout)[0]
        for name, value in seconds.items() if number else ():
            found.setdefault(name, []).append(value)
    return {name: statistics.median(values) for name, values in found.items()}


def main() -> None:
    """Make the runs, measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--checkout", type=Path, help="another state of the repository")
    options = parser.parse_args()
    sides = {"there": options.checkout.resolve()} if options.checkout else {}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "runs"
        make_runs(root, options.runs, options.epochs)
        found = {
            side: measure(root, checkout, options.rounds)
            for side, checkout in (sides | {"here": ROOT}).items()
        }
    print(f"| {options.runs:,} runs of {options.epochs} epochs | " + " | ".join(found) + " |")
    print("| --- |" + " ---: |" * len(found))
    for name in found["here"]:
        cells = [f"{costs[name]:.2f}" if name in costs else "–" for costs in found.values()]
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
