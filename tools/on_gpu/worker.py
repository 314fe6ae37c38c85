"""One of the processes that train at the same time on one GPU: job after job from a queue.

Needs NumPy and JAX alone.
"""

import os
import platform
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

__all__ = ["Job", "read", "work"]

VALIDATION = 5000  # the last pictures of the public training part, as utils.data has it
COMPILED = "/tmp/on_gpu_compiled"
SPARE = 1.1  # a run may take longer than those before it
COMPILING = 20  # seconds before a recipe's first step

Job = dict[str, Any]


def read(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return CIFAR-10's public training part: (50000, 32, 32, 3) uint8 and (50000,) int32.

    Source: https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version".
    """
    files = [folder / f"data_batch_{number}.bin" for number in range(1, 6)]
    rows = np.concatenate([np.fromfile(file, np.uint8).reshape(-1, 3073) for file in files])
    images = rows[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return np.ascontiguousarray(images), rows[:, 0].astype(np.int32)


def mean_and_std(images: np.ndarray) -> tuple[float, float]:
    """Return mean and standard deviation of all colour values, as `standardising` does."""
    counts, values = np.bincount(images.reshape(-1), minlength=256), np.arange(256)
    mean = (counts * values).sum() / counts.sum()
    return float(mean), float(np.sqrt((counts * (values - mean) ** 2).sum() / counts.sum()))


def work(jobs: Any, results: Any, data: Path, deadline: float) -> None:
    """Train group after group of a queue's jobs, up to None; tell of each epoch and each run.

    jobs: lists of jobs of one recipe, by seed. results: gets ("said", a line) and
        ("run", the run's row, its weights). deadline: of time.time(); what wouldn't be over by
        then isn't begun, or is dropped.
    """
    os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"
    import jax

    jax.config.update("jax_compilation_cache_dir", COMPILED)
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.5)
    images, labels = read(data)
    about, pace = _about(jax), _Pace(deadline)
    while (group := jobs.get()) is not None:
        try:
            _group(group, images, labels, about, pace, results)
        except Exception as error:  # the other recipes go on; the parent ends with an error
            results.put(("failed", f"{group[0]['name']}: {type(error).__name__}: {error}"))


def _group(
    group: list[Job], images: Any, labels: Any, about: Any, pace: "_Pace", results: Any
) -> None:
    from tools.on_gpu.training import Trainer

    begin = len(images) - VALIDATION
    config = SimpleNamespace(**group[0]["fields"])
    size = min(config.train_size or begin, begin)
    if not pace.allows(config.epochs * size, COMPILING):
        names = ", ".join(f"{job['name']}/seed-{job['seed']}" for job in group)
        results.put(("said", f"{names}: not begun, there is too little time"))
        return
    train, held_out = slice(0, size), slice(begin, begin + (config.validation_size or VALIDATION))
    parts = [(images[part], labels[part]) for part in (train, held_out)]
    trainer = Trainer(config, *parts, *mean_and_std(images[train]))
    for job in group:
        name, begun = f"{job['table']} {job['name']}/seed-{job['seed']}", time.time()
        if not pace.allows(config.epochs * size):
            results.put(("said", f"{name}: not begun, there is too little time"))
            continue

        def told(row: dict[str, Any], name: str = name) -> bool:
            results.put(("said", f"{name}: {row['epoch']}/{config.epochs}  val "
                         f"{row['val_accuracy']:.4f}  {row['seconds']:.2f} s"))  # fmt: skip
            if row["epoch"] > 1:  # the first one compiles
                pace.took(row["seconds"], size)
            return pace.allows((config.epochs - row["epoch"]) * size)

        status, history, state = trainer.train(job["seed"], told)
        if status == "stopped":
            results.put(("said", f"{name}: dropped, there is too little time"))
            continue
        weights = [np.asarray(one) for some in trainer.kept(state) for one in some]
        row = {key: job[key] for key in ("table", "name", "seed", "config")} | about
        row |= {"status": status, "seconds": round(time.time() - begun, 1), "ended": _now()}
        results.put(("run", row | {"history": history}, weights))


class _Pace:
    """What a picture of an epoch has taken lately, and so whether there is time for more."""

    def __init__(self, deadline: float) -> None:
        self._deadline, self._each = deadline, 0.0

    def took(self, seconds: float, pictures: int) -> None:
        self._each = seconds / pictures

    def allows(self, pictures: int, before: float = 0.0) -> bool:
        return time.time() + before + SPARE * self._each * pictures < self._deadline


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())


def _about(jax: Any) -> dict[str, Any]:
    """Return what a row says of where it was trained, as a run's record does."""
    device = jax.devices()[0]
    versions = {"jax": jax.__version__, "numpy": np.__version__, "python": sys.version.split()[0]}
    client = getattr(device, "client", None)  # not every version has one
    runtime = " ".join(getattr(client, "platform_version", device.platform).split())
    name = device.device_kind if device.platform == "gpu" else platform.processor() or "CPU"
    return {"machine": name, "kernels": "XLA", "precision": "float32",
            "versions": versions | {"runtime": runtime}}  # fmt: skip
