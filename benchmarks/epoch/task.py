"""What a side is given: the pictures, what to train, and the clock that times its epochs.

Imports no more than NumPy: the rivals' environment has nothing else of the course's.
"""

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["Clock", "Pictures", "Training", "peak_mb"]


@dataclass(frozen=True)
class Pictures:
    """What all sides train on and are tested by.

    images, validation_images: (n, 32, 32, 3) uint8; labels, validation_labels: (n,) int64.
    mean, std: of all colour values of images, in 0…255.
    """

    images: np.ndarray
    labels: np.ndarray
    validation_images: np.ndarray
    validation_labels: np.ndarray
    mean: float
    std: float

    @classmethod
    def read(cls, path: Path) -> "Pictures":
        with np.load(path) as stored:
            arrays = {name: stored[name] for name in stored.files}
        return cls(**arrays | {name: float(arrays[name]) for name in ("mean", "std")})


class Clock:
    """Seconds and processor seconds of each epoch; the side starts and stops it.

    Processor seconds are those of all threads of this process, its own and the system's.
    peak_mb: this process's peak memory at the end of the last epoch, in MB (10⁶ bytes).
    others: the share of all cores' time that other processes took in each epoch; empty where the
        system doesn't tell. Threads that wait for a core lengthen an epoch out of proportion.
    """

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.cpu_seconds: list[float] = []
        self.others: list[float] = []
        self.peak_mb = 0.0

    def start(self) -> None:
        self._busy = _busy_seconds()
        self._started = time.perf_counter(), time.process_time()

    def stop(self) -> None:
        wall, cpu = self._started
        self.seconds.append(time.perf_counter() - wall)
        self.cpu_seconds.append(time.process_time() - cpu)
        if self._busy is not None and (busy := _busy_seconds()) is not None:
            other = busy - self._busy - self.cpu_seconds[-1]
            self.others.append(max(0.0, other / self.seconds[-1] / (os.cpu_count() or 1)))
        self.peak_mb = peak_mb()


def _busy_seconds() -> float | None:
    """Return the seconds that all cores have worked since the start; None but under Linux."""
    stat = Path("/proc/stat")
    if not stat.exists():
        return None
    user, nice, system, _, _, irq, softirq, steal = map(int, stat.read_text().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def peak_mb() -> float:
    """Return this process's peak memory in MB (10⁶ bytes).

    Linux counts ru_maxrss on from the process that started this one; VmHWM is its own.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(one for one in status.read_text().splitlines() if one.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / 1e6
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024) / 1e6


@dataclass(frozen=True)
class Training:
    """What a side's `train` is told.

    config: the fields of the course's Config, by name; the seed is among them.
    epochs: all of them, the one that warms up too.
    augmented: mirror and turn the pictures; precision: `float32`, `bfloat16` or `auto`.
    """

    config: Any
    epochs: int
    augmented: bool
    precision: str
    threads: int
    compiled: bool
