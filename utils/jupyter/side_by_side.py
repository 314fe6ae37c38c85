"""Notebooks side by side: how many at once, with how many threads, and which waits for which.

Knows nothing of kernels.
"""

import asyncio
import os
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from utils.experiments.capacity import cores, fit_gpus, free_memory

__all__ = ["Plan", "plan", "run_all", "waits_for"]

# The lessons of the studies share one run, the baseline's: the first that is executed trains it,
# the others copy it. tests/notebooks/test_side_by_side.py finds out anew which these are.
SHARE_A_RUN = ("11", "12", "13", "14", "15")
READS_ALL = ("16",)  # all their runs
# What takes longest begins first, so that no core is left with it at the end.
LONGEST = ("11", "14", "17", "12", "13", "15", "10", "09", "02", "06")

# The longest chain, a study before all others and the comparison after them, takes about a third
# of all the work: more than four kernels wouldn't end it sooner, but their threads would lack.
MOST = 4
# Bytes: a kernel that trains the studies' largest network peaks at 1.28 GB.
KERNEL_MEMORY, SPARE_MEMORY = 1_400_000_000, 1_000_000_000


@dataclass(frozen=True)
class Plan:
    """kernels: notebooks at once; threads: what each may compute with, None as it likes."""

    kernels: int
    threads: int | None

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables that tell the libraries of a kernel, where a person didn't.

        TensorFlow reads its two whenever a session's config leaves the number open, in eager
        mode too (tensorflow/core/common_runtime/local_device.cc and process_util.cc).
        """
        if self.threads is None:
            return {}
        names = ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
        told = dict.fromkeys(names, str(self.threads))
        told |= {"TF_NUM_INTEROP_THREADS": "1"}
        return {name: os.environ.get(name, value) for name, value in told.items()}

    def __str__(self) -> str:
        if self.threads is None:
            return "one after the other"
        return f"{self.kernels} side by side, {self.threads} thread{'s' * (self.threads > 1)} each"


def plan(notebooks: int, kernels: int | None = None) -> Plan:
    """Return how to execute so many notebooks on this machine.

    kernels: at once; as many as its cores and its free memory, a GPU's too, allow unless given.
    """
    fitting = max(1, (free_memory() - SPARE_MEMORY) // KERNEL_MEMORY)
    kernels = min(notebooks, kernels or min(cores(), fitting, fit_gpus() or MOST, MOST))
    return Plan(kernels, max(1, cores() // kernels) if kernels > 1 else None)


def waits_for(name: str, chosen: Sequence[str]) -> set[str]:
    """Return those of the chosen notebooks that must have ended before this one starts.

    name, chosen: file names without ending, in order.
    """
    studies = [other for other in chosen if other[:2] in SHARE_A_RUN]
    if name[:2] in READS_ALL:
        return set(studies)
    return set(studies[:1]) - {name} if name in studies else set()


async def run_all(
    names: Sequence[str], kernels: int, run_one: Callable[[str], Coroutine[Any, Any, None]]
) -> None:
    """Await run_one(name) for each of the notebooks, at most `kernels` of them at once.

    One alone goes in the given order, several by `LONGEST` and `waits_for`. Where one raises an
    error, or this is cancelled, all that run are cancelled and waited for.
    """
    left = list(names) if kernels == 1 else sorted(names, key=_rank)
    running: dict[asyncio.Task[None], str] = {}
    try:
        while left or running:
            unfinished = {*left, *running.values()}
            ready = [name for name in left if not waits_for(name, names) & unfinished]
            for name in ready[: kernels - len(running)]:
                left.remove(name)
                running[asyncio.create_task(run_one(name))] = name
            done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                del running[task]
                task.result()
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def _rank(name: str) -> int:
    return LONGEST.index(name[:2]) if name[:2] in LONGEST else len(LONGEST)
