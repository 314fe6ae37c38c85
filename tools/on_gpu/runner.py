"""Train runs by JAX on the GPU at hand, several at once, until they are done or time is up.

    python -m tools.on_gpu.runner JOBS --data FOLDER --seconds 500 --processes 4 --out FOLDER

JOBS is what tools.on_gpu.jobs wrote; the data's folder holds CIFAR-10's data_batch_1.bin to 5.
Into the other folder come rows.jsonl, a line a run, and weights-N.npz, with each run's last
weights as far as there is room. A run that rows.jsonl has is not trained again. A run begins only
if it should be over in time; one that isn't is dropped. Needs numpy and JAX alone.
"""

import argparse
import json
import multiprocessing
import os
import queue
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

VALIDATION = 5000  # the last pictures of the public training part, as utils.data has it
SHARD, SHARDS = 15_000_000, 6  # bytes of a file of weights, and files

Job = dict[str, Any]


def read(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return CIFAR-10's public training part: (50000, 32, 32, 3) uint8 and (50000,) int32.

    Source: https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version".
    """
    files = [folder / f"data_batch_{number}.bin" for number in range(1, 6)]
    rows = np.concatenate([np.fromfile(file, np.uint8).reshape(-1, 3073) for file in files])
    images = rows[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return np.ascontiguousarray(images), rows[:, 0].astype(np.int32)


def standard(images: np.ndarray) -> tuple[float, float]:
    """Return mean and standard deviation of all colour values."""
    counts, values = np.bincount(images.reshape(-1), minlength=256), np.arange(256)
    mean = (counts * values).sum() / counts.sum()
    return float(mean), float(np.sqrt((counts * (values - mean) ** 2).sum() / counts.sum()))


def work(jobs: Any, results: Any, data: Path, deadline: float, share: float) -> None:
    """Train one recipe's runs after another from a queue; put rows and weights into another."""
    os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"
    os.environ["XLA_PYTHON_CLIENT_MEM_FRACTION"] = str(share)
    import jax
    import jax.numpy as jnp

    from tools.on_gpu.training import Trainer

    jax.config.update("jax_compilation_cache_dir", "/tmp/on_gpu_compiled")
    images, labels = read(data)
    begin = len(images) - VALIDATION
    validation = jnp.asarray(images[begin:]), jnp.asarray(labels[begin:])
    device = jax.devices()[0]
    about = {"machine": device.device_kind, "versions": _versions(jax, device)}
    while True:
        try:
            group = jobs.get(timeout=1)
        except queue.Empty:
            return
        config = SimpleNamespace(**group[0]["config"])
        size = config.train_size or begin
        some = images[:size]
        trainer = Trainer(config, jnp.asarray(some), jnp.asarray(labels[:size]), *standard(some))
        for job in group:
            name = f"{job['table']}: {job['name']}/seed-{job['seed']}"
            if time.time() > deadline - 5:
                return

            def told(row: dict[str, float], name: str = name, total: int = config.epochs) -> bool:
                if row["epoch"] in (1, total):
                    results.put(("epoch", f"{name}: {row['epoch']}/{total} "
                                 f"val {row['val_accuracy']:.4f} {row['seconds']:.1f} s"))  # fmt: skip
                left = (total - row["epoch"]) * row["seconds"] * (row["epoch"] > 1)
                return row["epoch"] == total or time.time() + left < deadline

            status, history, state = trainer.train(job["seed"], validation, told)
            if status == "stopped":
                results.put(("epoch", f"{name}: dropped, there is too little time"))
                continue
            weights = [np.asarray(one) for part in trainer.kept(state) for one in part]
            row = job | about | {"status": status, "history": history}
            results.put(("run", row, weights if status == "finished" else []))


def _versions(jax: Any, device: Any) -> dict[str, str]:
    platform, python = device.client.platform_version.strip(), sys.version.split()[0]
    numbers = {"jax": jax.__version__, "numpy": np.__version__, "python": python}
    return numbers | {"platform": platform}


def place(row: Job) -> tuple[int, int]:
    """Return how early a run's weights are kept: first the ladder's small networks."""
    ladder = row["table"] == "ladder"
    small = row["config"]["global_pooling"] or row["config"]["network"] == "resnet"
    return (0 if ladder and small else 1 if ladder else 2), row["seed"]


def pack(folder: Path, rows: list[Job]) -> int:
    """Write the runs' weights into files, as many as there is room for; return of how many runs."""
    shards: list[dict[str, np.ndarray]] = [{}]
    size, packed = 0, 0
    for row in sorted(rows, key=place):
        file = kept_at(folder, row)
        own = file.stat().st_size if file.is_file() else SHARD + 1
        if own > SHARD or (size + own > SHARD and len(shards) == SHARDS):
            continue
        if size + own > SHARD:
            shards.append({})
            size = 0
        size, packed = size + own, packed + 1
        with np.load(file) as weights:
            prefix = f"{row['table']}|{row['name']}|{row['seed']}"
            shards[-1] |= {f"{prefix}|{name}": weights[name] for name in weights}
    for number, shard in enumerate(shards):
        np.savez(folder / f"weights-{number}.npz", **shard)
    return packed


def kept_at(folder: Path, row: Job) -> Path:
    """Return the file of a run's weights."""
    return folder / "runs" / f"{row['table']}-{row['name'].replace('/', '-')}-{row['seed']}.npz"


def main() -> None:
    """Start processes; gather what they train."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("jobs", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=500)
    parser.add_argument("--processes", type=int, default=4)
    arguments = parser.parse_args()
    deadline = time.time() + arguments.seconds
    (arguments.out / "runs").mkdir(parents=True, exist_ok=True)
    table = arguments.out / "rows.jsonl"
    lines = table.read_text("utf-8").splitlines() if table.is_file() else []
    rows = [json.loads(line) for line in lines]
    done = {(row["table"], row["name"], row["seed"]) for row in rows}
    every = [one for one in json.loads(arguments.jobs.read_text("utf-8"))
             if (one["table"], one["name"], one["seed"]) not in done]  # fmt: skip
    context = multiprocessing.get_context("spawn")
    jobs, results = context.Queue(), context.Queue()
    groups: dict[str, list[Job]] = {}
    for job in every:
        recipe = json.dumps(job["config"] | {"seed": job["table"]}, sort_keys=True)
        groups.setdefault(recipe, []).append(job)
    for group in groups.values():
        jobs.put(group)
    share = 0.9 / arguments.processes
    given = (jobs, results, arguments.data, deadline, share)
    workers = [context.Process(target=work, args=given) for _ in range(arguments.processes)]
    for worker in workers:
        worker.start()
    begun = time.time()
    while any(worker.is_alive() for worker in workers) or not results.empty():
        try:
            kind, *told = results.get(timeout=1)
        except queue.Empty:
            continue
        if kind == "epoch":
            print(f"{time.time() - begun:5.0f} {told[0]}", flush=True)
            continue
        row, weights = told
        rows.append(row)
        np.savez(kept_at(arguments.out, row), **{f"{k:03}": one for k, one in enumerate(weights)})
        with table.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
    packed = pack(arguments.out, rows)
    new = len(rows) - len(done)
    print(f"{new} of {len(every)} runs trained; of all {len(rows)} the weights of {packed} kept")
    if any(worker.exitcode for worker in workers):
        sys.exit("A process has failed; see above.")


if __name__ == "__main__":
    main()
