"""Train runs by JAX on the GPU at hand, several at once, until they are done or time is up.

    python -m tools.on_gpu --jobs FILE --data FOLDER --out FOLDER --seconds 520 --processes 4

FILE is what tools.on_gpu.jobs wrote; the data's folder holds CIFAR-10's data_batch_1.bin to 5.
Into the last folder come rows.jsonl, a line a run, as soon as it is over, and weights-N.npz with
the last weights of the ladder's rungs, each minute and at the end. A run begins only if it should
be over in time by what runs took so far. Needs NumPy and JAX alone.
"""

import argparse
import hashlib
import itertools
import json
import multiprocessing
import os
import queue
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tools.on_gpu.weight_files import Key, pack
from tools.on_gpu.worker import Job, read, work

EACH = 60  # seconds between two writings of the weights
PATIENCE = 8  # seconds that processes have to end by themselves after the deadline


def groups(file: Path, tables: list[str], done: list[Path]) -> list[list[Job]]:
    """Return the jobs of these tables that no file of rows has yet, those of a recipe together."""
    rows = [json.loads(line) for path in done for line in path.read_text("utf-8").splitlines()]
    over = {_key(row) for row in rows}
    every = [job for job in json.loads(file.read_text("utf-8"))
             if job["table"] in tables and _key(job) not in over]  # fmt: skip
    named = itertools.groupby(every, key=lambda job: (job["table"], job["name"]))
    return [list(some) for _, some in named]


def _key(row: Job) -> Key:
    return row["table"], row["name"], row["seed"]


def share_by_mps() -> None:
    """Let processes compute at the very same time by NVIDIA's MPS; say so where that can't be.

    Source: docs.nvidia.com/deploy/mps.
    """
    control = shutil.which("nvidia-cuda-mps-control")
    if control is None:
        print("There is no nvidia-cuda-mps-control: processes take turns.", flush=True)
        return
    places = {f"CUDA_MPS_{name}_DIRECTORY": f"/tmp/on_gpu_mps_{name.lower()}"
              for name in ("PIPE", "LOG")}  # fmt: skip
    for place in places.values():
        Path(place).mkdir(exist_ok=True)
    wanted = os.environ | places
    said = {"env": wanted, "capture_output": True, "text": True}
    started = subprocess.run([control, "-d"], **said)
    look = "import jax; assert jax.devices()[0].platform == 'gpu'; jax.numpy.ones(2).sum()"
    looked = subprocess.run(
        [sys.executable, "-c", look], env=wanted, capture_output=True, text=True
    )
    if started.returncode or looked.returncode:
        subprocess.run([control], input="quit\n", **said)
        words = (started.stderr or looked.stderr).strip().splitlines()
        print(f"MPS can't be used, so processes take turns: {words[-1:]}", flush=True)
        return
    os.environ |= places
    print("Processes share the GPU by MPS.", flush=True)


def gather(workers: list[Any], results: Any, out: Path, deadline: float) -> tuple[int, list[str]]:
    """Write down what processes train until they have ended; return runs, and what went wrong."""
    kept: dict[Key, Any] = {}
    failed, packed, runs, last = [], [], 0, time.time()
    begun = last
    with (out / "rows.jsonl").open("a", encoding="utf-8") as table:
        while time.time() < deadline + PATIENCE:
            alive = any(worker.is_alive() for worker in workers)
            try:
                kind, *told = results.get(timeout=1)
            except queue.Empty:
                if not alive:
                    break
                continue
            if kind == "run":
                row, weights = told
                table.write(json.dumps(row) + "\n")
                table.flush()
                runs += 1
                if row["status"] == "finished":
                    kept[_key(row)] = weights
            else:
                failed += told if kind == "failed" else []
                print(f"{time.time() - begun:5.0f}  {told[0]}", flush=True)
            if time.time() > last + EACH:
                packed, last = pack(out, kept), time.time()
    for worker in workers:
        if worker.is_alive():
            failed.append(f"process {worker.pid} was still computing at the end and was ended")
            worker.terminate()
        elif worker.exitcode:
            failed.append(f"process {worker.pid} ended with {worker.exitcode}")
    packed = pack(out, kept)
    print(f"{runs} runs; the weights of {len(packed)} are kept.", flush=True)
    return runs, failed


def main() -> None:
    """Start processes; gather what they train."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--jobs", type=Path, required=True, help="what tools.on_gpu.jobs wrote")
    parser.add_argument("--data", type=Path, required=True, help="cifar-10-batches-bin")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--tables", nargs="+", default=["ladder", "scale"])
    parser.add_argument("--seconds", type=float, default=520)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--mps", action="store_true", help="share the GPU by NVIDIA's MPS")
    parser.add_argument("--done", type=Path, nargs="*", default=[],
                        help="rows.jsonl of an earlier call, whose runs are left out")  # fmt: skip
    arguments = parser.parse_args()
    deadline = time.time() + arguments.seconds
    arguments.out.mkdir(parents=True, exist_ok=True)
    for array in read(arguments.data):
        print(array.shape, array.dtype, hashlib.sha256(array.tobytes()).hexdigest(), flush=True)
    if arguments.mps:
        share_by_mps()
    context = multiprocessing.get_context("spawn")
    jobs, results = context.Queue(), context.Queue()
    for group in [*groups(arguments.jobs, arguments.tables, arguments.done),
                  *[None] * arguments.processes]:  # fmt: skip
        jobs.put(group)
    given = (jobs, results, arguments.data, deadline)
    workers = [context.Process(target=work, args=given, daemon=True)
               for _ in range(arguments.processes)]  # fmt: skip
    for worker in workers:
        worker.start()
    _, failed = gather(workers, results, arguments.out, deadline)
    jobs.cancel_join_thread()
    if failed:
        sys.exit("Failed: " + "; ".join(failed))


if __name__ == "__main__":
    main()
