"""The machine's matrix peak: the fastest product of two square matrices, by one library a process.

2·n³ operations in the least time of many tries, the best of several n. Other work on the machine
only ever makes a peak lower: benchmarks/epoch/measuring.py asks again in each round, and the table
takes the highest.
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["peak"]

SIZES = (512, 1024, 2048)
SECONDS = 1.0  # of tries a size


def peak(library: str, precision: str, threads: int) -> dict[str, Any]:
    """Return the best 10⁹ operations a second, the n that gave it, and the library's version."""
    multiply, version = {"numpy": _numpy, "tensorflow": _tensorflow, "torch": _torch}[library](
        precision, threads
    )
    rates = {n: 2 * n**3 / _least_seconds(multiply, n) / 1e9 for n in SIZES}
    best = max(rates, key=lambda n: rates[n])
    return {"gflops": rates[best], "n": best, "version": version}


def _least_seconds(multiply: Callable[[np.ndarray], Callable[[], object]], n: int) -> float:
    once = multiply(np.random.default_rng(0).random((n, n), dtype=np.float32))
    least, end = float("inf"), time.perf_counter() + SECONDS
    while (started := time.perf_counter()) < end:
        once()
        least = min(least, time.perf_counter() - started)
    return least


def _numpy(precision: str, threads: int) -> tuple[Any, str]:
    def multiply(matrix: np.ndarray) -> Callable[[], object]:
        out = np.empty_like(matrix)
        return lambda: np.matmul(matrix, matrix, out=out)

    return multiply, f"NumPy {np.__version__}"


def _tensorflow(precision: str, threads: int) -> tuple[Any, str]:
    import tensorflow as tf

    def multiply(matrix: np.ndarray) -> Callable[[], object]:
        tensor = tf.cast(matrix, precision)
        return lambda: tf.linalg.matmul(tensor, tensor).cpu()

    return multiply, f"TensorFlow {tf.__version__}"


def _torch(precision: str, threads: int) -> tuple[Any, str]:
    import torch

    torch.set_num_threads(threads)

    def multiply(matrix: np.ndarray) -> Callable[[], object]:
        tensor = torch.from_numpy(matrix).to(getattr(torch, precision))
        out = torch.empty_like(tensor)
        return lambda: torch.matmul(tensor, tensor, out=out)

    return multiply, f"PyTorch {torch.__version__}"
