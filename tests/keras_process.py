"""Keras in a process of its own, for tests on workbooks of models."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from utils.settings import ROOT

WORKER = Path(__file__).parent / "keras_worker.py"


@pytest.fixture(scope="session")
def keras_side() -> Iterator[Callable[..., dict[str, Any]]]:
    """Yield a function that asks the process for a job and returns its answer."""
    with subprocess.Popen(
        [sys.executable, str(WORKER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, encoding="utf-8", cwd=ROOT,
    ) as process:  # fmt: skip
        assert process.stdin is not None and process.stdout is not None

        def ask(job: str, **request: Any) -> dict[str, Any]:
            process.stdin.write(json.dumps({"job": job, **request}, default=str) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
            assert line, f"Keras's process died at {job}: run {WORKER.name} by itself to see why"
            return json.loads(line)

        yield ask
        process.stdin.close()
