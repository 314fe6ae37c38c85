"""One measurement, in a process of its own: a request as JSON in, an answer as JSON out.

    python -m benchmarks.epoch.child '{"module": "course", …}'

Runs in the learner's environment or in the rivals', so that it imports no more than NumPy; the
side's module brings its library along. The answer is the last line on standard output.
"""

import importlib
import json
import os
import statistics
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from benchmarks.epoch.task import Clock, Pictures, Training

__all__ = ["answer"]

LIBRARIES = (
    "tensorflow",
    "tflearn",
    "keras",
    "torch",
    "jax",
)  # may be missing; all else is a fault


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Measure what the request asks for."""
    if hasattr(os, "sched_setaffinity"):  # XLA's threads heed nothing else everywhere
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: request["threads"]])
    module = importlib.import_module(f"benchmarks.epoch.{request['module']}")
    if request["module"] == "peak":
        return module.peak(request["library"], request["precision"], request["threads"])
    names = ("epochs", "augmented", "precision", "threads", "compiled")
    training = Training(SimpleNamespace(**request["config"]), *(request[name] for name in names))
    clock = Clock()
    told = module.train(training, Pictures.read(Path(request["pictures"])), clock)
    return told | {
        "seconds": statistics.median(clock.seconds[1:]),
        "cpu_seconds": statistics.median(clock.cpu_seconds[1:]),
        "epochs_seconds": clock.seconds,
        "peak_mb": clock.peak_mb,
        "others": max(clock.others[1:], default=None),
    }


def main() -> None:
    """Print the answer, or which library is missing."""
    try:
        result = answer(json.loads(sys.argv[1]))
    except ModuleNotFoundError as error:
        if error.name not in LIBRARIES:
            raise
        result = {"missing": error.name}
    print("\n" + json.dumps(result))


if __name__ == "__main__":
    main()
