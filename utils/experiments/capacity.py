"""How much fits on this machine at once: its cores, its free memory, and its GPUs'.

A container's limits count, as far as control groups of version 2 tell them.
"""

import os
import shutil
import subprocess
from pathlib import Path

import psutil

__all__ = ["GPU_MEMORY", "ask_gpus", "cores", "fit_gpus", "free_memory"]

CONTROL_GROUP = Path("/sys/fs/cgroup")
# Bytes that a process which trains the studies' network is given of a GPU's memory: reckoned, for
# CUDA itself, cuDNN's workspace and a batch. benchmarks/gpu.py measures what it really takes.
GPU_MEMORY = 2_000_000_000


def cores() -> int:
    """Return how many cores this process may use, at least 1."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        count = len(os.sched_getaffinity(0))
    else:
        count = os.cpu_count() or 1
    quota, _, period = _limit("cpu.max").partition(" ")
    return max(1, min(count, int(quota) // int(period))) if quota.isdigit() else count


def free_memory() -> int:
    """Return the bytes that are free for new processes."""
    free = int(psutil.virtual_memory().available)
    limit, used = _limit("memory.max"), _limit("memory.current")
    return min(free, int(limit) - int(used)) if limit.isdigit() and used.isdigit() else free


def ask_gpus(field: str) -> list[str]:
    """Return what NVIDIA's driver says of each GPU; none where it has no GPU.

    field: one of those that `nvidia-smi --help-query-gpu` lists; memory comes in MiB.
    """
    program = shutil.which("nvidia-smi")
    command = [str(program), f"--query-gpu={field}", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):  # no such program, or a driver without its card
        return []
    return done.stdout.strip().splitlines()


def fit_gpus() -> int | None:
    """Return how many processes of GPU_MEMORY fit the GPUs, at least 1; None where there is none.

    Those count that CUDA_VISIBLE_DEVICES names by number, where it is set. Each takes as many as
    the one with the least free memory: nobody says which process goes where.
    """
    free = dict(enumerate(text.strip() for text in ask_gpus("memory.free")))
    if (visible := os.environ.get("CUDA_VISIBLE_DEVICES")) is not None:
        free = {number: text for number, text in free.items() if str(number) in visible.split(",")}
    if not free or not all(text.isdigit() for text in free.values()):  # some have none of their own
        return None
    return max(1, len(free) * min(int(text) * 2**20 // GPU_MEMORY for text in free.values()))


def _limit(name: str) -> str:
    """Return what the control group says: numbers, or `max`; nothing where there is none."""
    try:
        return (CONTROL_GROUP / name).read_text(encoding="ascii").strip()
    except OSError:
        return ""
