"""Prove the course's path on the NVIDIA GPU at hand, in eight minutes at most.

    python -m benchmarks.gpu                             # all of it, on real CIFAR-10
    python -m benchmarks.gpu --table build/gpu.json      # its table, for docs/measurements.md
    python -m benchmarks.gpu --cpu --images 500 --epochs 1 --seeds 1    # the same steps on a CPU

It names the devices; trains the studies' baseline, which all five share, by the recipe of the
reference, once a seed and precision, as long as there is time; holds the accuracies against the
reference's, which a CPU trained; tells the memory; and has two notebooks' kernels train at once.
What it found is a JSON file. Without a GPU that TensorFlow can use it says so, and ends with 1.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import nbformat

from benchmarks.epoch.task import peak_mb
from utils.data import Dataset, load
from utils.data.catalogue import find, get
from utils.errors import CourseError
from utils.experiments.capacity import GPU_MEMORY, ask_gpus
from utils.experiments.sentences import against_text
from utils.experiments.statistics import baseline_for, compare_pairs, interval
from utils.experiments.studies import STUDIES, config_for
from utils.files import write_whole
from utils.networks.tflearn_cnn.config import Config
from utils.settings import ROOT

__all__ = ["baseline", "kernels_at_once", "markdown", "measure"]

Row = dict[str, Any]
ASKED = ("auto", "float32")
MINUTES = 8.0
KERNELS_MINUTES = 2.0  # kept free for the two kernels
PACKAGES = ("tensorflow", "tflearn", "nvidia-cudnn-cu12", "nvidia-cuda-runtime-cu12")
WIDTH = 108

# Each kernel trains, waits until the other has trained too, and trains on: so both hold memory.
CELL = """
import json, time
from pathlib import Path
import numpy as np
from utils.networks import quiet_stderr
with quiet_stderr():
    import keras
    import tensorflow as tf
net = keras.Sequential([keras.layers.Conv2D(32, 3, activation="relu"), keras.layers.Flatten(),
                        keras.layers.Dense(10, activation="softmax")])
net.compile("adam", "sparse_categorical_crossentropy")
x, y = np.random.default_rng(0).random((512, 32, 32, 3), np.float32), np.arange(512) % 10
net.fit(x, y, verbose=0)
Path("{mine}").touch()
end = time.monotonic() + {patience}
while not Path("{other}").exists():
    assert time.monotonic() < end, "the other kernel hasn't trained"
    time.sleep(0.1)
loss = net.fit(x, y, verbose=0).history["loss"][0]
gpus = tf.config.list_physical_devices("GPU")
peak = tf.config.experimental.get_memory_info("GPU:0")["peak"] if gpus else 0
print(json.dumps({{"loss": loss, "gpu_peak_mb": peak / 1e6}}))
"""


def measure(
    dataset: Dataset, config: Config, seeds: Iterable[int], deadline: float, name: str
) -> list[Row]:
    """Train a config in each precision that is offered here, seed by seed; return a row a run.

    deadline: of time.monotonic(), after which no run is begun and the running one is dropped.
    """
    from utils.experiments.training import train
    from utils.networks.tflearn_cnn.compat import precision_in_use

    offered: dict[str, str] = {}
    for one in ASKED:
        offered.setdefault(precision_in_use(one), one)  # on a T4 both are float32
    rows: list[Row] = []
    for seed in seeds:
        for precision in offered.values():
            if time.monotonic() > deadline:
                return rows
            recipe = replace(config, seed=seed, precision=precision)
            with tempfile.TemporaryDirectory(prefix="course-gpu-") as folder:
                record = train(
                    recipe, dataset, Path(folder, "run"), study=name, variant=precision,
                    should_stop=lambda: time.monotonic() > deadline,
                )  # fmt: skip
            if record["status"] == "finished":
                rows.append(_row(record, precision))
    return rows


def _row(record: Row, asked: str) -> Row:
    """Return what a run came to; its first epoch, in which kernels are tried, isn't counted."""
    history = record["history"]
    return {
        **{name: record[name] for name in ("machine", "precision", "kernels", "seed")},
        "asked": asked,
        "seconds": statistics.median(row["seconds"] for row in history[1:] or history),
        "first_seconds": history[0]["seconds"],
        "accuracy": history[-1]["val_accuracy"],
    }


def baseline(images: int | None, epochs: int | None) -> Config:
    """Return the recipe that all studies share, as the reference has it, or with less work."""
    config, *others = (config_for(study, baseline_for(study, ""), "quick") for study in STUDIES)
    assert all(other == config for other in others), "the studies' baselines are one recipe"
    if images is not None:
        config = replace(config, train_size=images, validation_size=images)
    return replace(config, epochs=epochs) if epochs is not None else config


def held_against_reference(rows: list[Row], config: Config) -> dict[str, str]:
    """Return for each precision how its accuracies differ from the reference's, in words."""
    from utils.experiments.history import reference

    if config != baseline(None, None):
        return {}
    table = reference("layers")
    last = table[(table["variant"] == "baseline") & (table["epoch"] == config.epochs)]
    there = dict(zip(last["seed"], last["val_accuracy"], strict=True))
    found = {}
    for precision in dict.fromkeys(row["precision"] for row in rows):
        here = {row["seed"]: row["accuracy"] for row in rows if row["precision"] == precision}
        same = {seed: there[seed] for seed in here if seed in there}
        found[precision] = against_text(compare_pairs(here, same) if same else None)
    return found


def is_references(sha256: str) -> bool:
    """Say whether the reference was trained on the very pictures with that checksum."""
    about = json.loads((ROOT / "data" / "reference" / "quick.json").read_text(encoding="utf-8"))
    return bool(about["dataset"]["sha256"] == sha256)


def kernels_at_once(patience: float = 60) -> Row:
    """Have two notebooks' kernels, as `course lab` starts them, train at once; return what came.

    patience: seconds that one waits for the other.
    """
    from utils.jupyter.execute import execute, run_to_its_end
    from utils.jupyter.lab import lab_environment

    async def both(folder: Path) -> list[Any]:
        marks = [folder / "one", folder / "other"]
        books = [_notebook(mine, other, patience) for mine, other in (marks, marks[::-1])]
        work = (execute(book, folder, lab_environment(), 4 * patience) for book in books)
        done = await asyncio.gather(*work)
        outputs = [book.cells[0].outputs for book in books]
        return [
            {"failures": [one.error for one in failures], "said": _said(output)}
            for (_, failures), output in zip(done, outputs, strict=True)
        ]

    with tempfile.TemporaryDirectory(prefix="course-kernels-") as folder:
        kernels = run_to_its_end(both(Path(folder)))
    return {"kernels": kernels, "both_trained": not any(one["failures"] for one in kernels)}


def _notebook(mine: Path, other: Path, patience: float) -> nbformat.NotebookNode:
    source = CELL.format(mine=mine.as_posix(), other=other.as_posix(), patience=patience)
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])


def _said(outputs: list[Row]) -> Row:
    """Return the JSON that a kernel printed; empty where it didn't come so far."""
    text = "".join(one["text"] for one in outputs if one.get("name") == "stdout")
    return json.loads(text.splitlines()[-1]) if text.strip() else {}


def devices() -> Row:
    """Return what TensorFlow and NVIDIA's driver say of the GPUs, and the versions."""
    from utils.networks.tflearn_cnn.compat import gpus

    import tensorflow as tf  # isort: skip  # after compat, which imports it quietly

    about = [tf.config.experimental.get_device_details(gpu) for gpu in gpus()]
    return {
        "gpus": [{name: one.get(name) for name in ("device_name", "compute_capability")}
                 for one in about],
        "driver": ask_gpus("driver_version"),
        "memory_mib": ask_gpus("memory.total"),
        "kernels_for": list(tf.sysconfig.get_build_info().get("cuda_compute_capabilities", [])),
        "versions": {name: found for name in PACKAGES if (found := _version(name))},
    }  # fmt: skip


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def memory(before: list[str]) -> Row:
    """Return the memory of this process in MB: its own, TensorFlow's of the GPU, and all there.

    before: MiB used of each GPU before TensorFlow was imported; none where nvidia-smi is missing.
    """
    from utils.networks.tflearn_cnn.compat import gpus

    import tensorflow as tf  # isort: skip  # after compat, which imports it quietly

    found: Row = {"peak_mb": peak_mb()}
    if gpus():
        found["gpu_peak_mb"] = tf.config.experimental.get_memory_info("GPU:0")["peak"] / 1e6
    if gpus() and before:
        used = int(ask_gpus("memory.used")[0]) - int(before[0])
        found["gpu_used_mb"] = used * 2**20 / 1e6
    return found | {"reckoned_mb": GPU_MEMORY / 1e6}


def run(options: argparse.Namespace, say: Callable[[str], None] = print) -> Row:
    """Do all of it; return the results.

    Raises CourseError where there is no GPU and `cpu` isn't given, or no real CIFAR-10.
    """
    started = time.monotonic()
    before = ask_gpus("memory.used")
    found = devices()
    if not found["gpus"] and not options.cpu:
        raise CourseError("There is no GPU here that TensorFlow can use; --cpu tries the CPU.")
    dataset = _pictures(options.data)
    config = baseline(options.images, options.epochs)
    deadline = started + 60 * (options.minutes - KERNELS_MINUTES)
    rows = measure(dataset, config, range(options.seeds), deadline, "gpu")
    results = {
        "date": date.today().isoformat(), "devices": found, "config": config.to_dict(),
        "dataset": {"real": dataset.real, "sha256": dataset.sha256,
                    "the_references": is_references(dataset.sha256)},
        "runs": rows, "memory": memory(before),
        "against_reference": held_against_reference(rows, config) if dataset.real else {},
    }  # fmt: skip
    say("Two notebooks' kernels at once …")
    results |= kernels_at_once()
    return results | {"minutes": (time.monotonic() - started) / 60}


def _pictures(source: str) -> Dataset:
    if source == "real" and find(get("cifar10")) is None:
        raise CourseError(
            "Real CIFAR-10 isn't on this machine, and on the sample accuracies would mean nothing.",
            "Run `course data fetch cifar10` (170 MB), or set COURSE_DATA.",
        )
    return load("cifar10", source=source)


def markdown(results: Row) -> str:
    """Return the results as docs/measurements.md takes them: a heading, a paragraph, a table."""
    rows = results["runs"]
    lines = ["| precision | runs | s an epoch | accuracy, % | against the CPU's, points |",
             "| --- | ---: | ---: | ---: | --- |"]  # fmt: skip
    for precision in dict.fromkeys(row["precision"] for row in rows):
        mine = [row for row in rows if row["precision"] == precision]
        accuracies = [100 * row["accuracy"] for row in mine]
        half = f" ± {interval(accuracies):.1f}" if len(mine) > 1 else ""
        seconds = statistics.median(row["seconds"] for row in mine)
        against = results["against_reference"].get(precision, "–")
        lines.append(f"| {precision} | {len(mine)} | {seconds:.2f} | "
                     f"{statistics.mean(accuracies):.1f}{half} | {against} |")  # fmt: skip
    heading = rows[0]["machine"] if rows else "No run was finished"
    return "\n\n".join([f"### {heading}", _paragraph(results), "\n".join(lines)]) + "\n"


def _paragraph(results: Row) -> str:
    """Say what was measured on what."""
    found, config, used = results["devices"], results["config"], results["memory"]
    gpus = [f"compute capability {'.'.join(map(str, one['compute_capability'] or ()))}"
            for one in found["gpus"]] or ["no GPU"]  # fmt: skip
    versions = ", ".join(f"{name} {one}" for name, one in found["versions"].items())
    names = {"peak_mb": "memory", "gpu_used_mb": "the GPU's", "gpu_peak_mb": "that by TensorFlow"}
    took = [f"{used[name]:,.0f} MB of {text}" for name, text in names.items() if name in used]
    pictures = "CIFAR-10" if results["dataset"]["real"] else "The sample"
    others = "" if results["dataset"]["the_references"] else ", not the reference's pictures"
    both = "trained" if results["both_trained"] else "did not train"
    sentences = (
        f"{', '.join(gpus)}{''.join(f', driver {one}' for one in found['driver'])}; {versions};",
        f"{results['date']}. {pictures} ({results['dataset']['sha256'][:12]}{others}),",
        f"{config['train_size']:,} training and {config['validation_size']:,} validation pictures,",
        f"epochs: {config['epochs']}, batch {config['batch_size']}. The process took at most",
        f"{', '.join(took)}; a search reckons with {used['reckoned_mb']:,.0f} MB of a GPU.",
        f"Two notebooks' kernels {both} at once. {results['minutes']:.1f} minutes in all.",
    )
    return textwrap.fill(" ".join(sentences), WIDTH, break_on_hyphens=False)


def main() -> None:
    """Read the command line, measure, write the file and print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.gpu", description=__doc__.split("\n\n")[0]
    )
    parser.add_argument("--cpu", action="store_true", help="the same steps on the CPU")
    parser.add_argument("--images", type=int, help="training, and validation, pictures")
    parser.add_argument("--epochs", type=int, help="the reference's 8 unless given")
    parser.add_argument("--seeds", type=int, default=3, help="runs of each precision")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="all of it, at most")
    parser.add_argument("--data", choices=("real", "sample"), default="real")
    parser.add_argument("--json", type=Path, default=Path("build/gpu.json"), help="the results")
    parser.add_argument("--table", type=Path, metavar="JSON", help="print, don't measure")
    options = parser.parse_args()
    if options.table:
        print(markdown(json.loads(options.table.read_text(encoding="utf-8"))), end="")
        return
    results = run(options)
    write_whole(options.json, json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    print(markdown(results), end="")
    if not results["both_trained"]:
        sys.exit("Two kernels didn't train at once: " + json.dumps(results["kernels"]))


if __name__ == "__main__":
    try:
        main()
    except CourseError as error:
        sys.exit(str(error))
