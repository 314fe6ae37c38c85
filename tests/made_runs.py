"""Run folders with known numbers, and a real TensorBoard to read them: for tests of runs."""

import contextlib
import json
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from starting import LONG

from tools.browser import unused_port
from utils.experiments.event_log import RunLog
from utils.experiments.run_folder import board_fields
from utils.experiments.studies import config_for
from utils.networks.tflearn_cnn.config import Config

STATUSES = ["STATUS_SUCCESS", "STATUS_FAILURE", "STATUS_RUNNING", "STATUS_UNKNOWN"]


def made_rows(final: float, epochs: int = 4, gap: float = 0.1) -> list[dict[str, float]]:
    """Return epochs that rise evenly to a final validation accuracy."""
    return [
        {
            "epoch": epoch,
            "loss": 2 / epoch,
            "accuracy": final * epoch / epochs - 0.01,
            "val_loss": 2.2 / epoch,
            "val_accuracy": final * epoch / epochs,
            "train_accuracy": final * epoch / epochs + gap,
            "learning_rate": 0.001,
            "seconds": 4.0 + epoch,
            "wall_time": 1_700_000_000.0 + 10 * epoch,
        }
        for epoch in range(1, epochs + 1)
    ]


def make_run(
    root: Path,
    name: str,
    rows: list[dict[str, float]],
    status: str = "finished",
    profile: str = "quick",
    **changed: Any,
) -> Path:
    """Write the folder that training one run leaves: event file and run.json.

    name: `<study>/<variant>/seed-<n>`. changed: fields of the record that are different.
    """
    study, variant, seed = name.split("/")
    real = "sample" not in variant
    config = config_for(study, variant.partition("@")[0], profile, int(seed[5:]), real)
    folder = root / name
    record = made_record(config, rows, status) | {"study": study, "variant": variant}
    record |= {"profile": profile} | changed
    with RunLog(folder, name, board_fields(record)) as log:
        for row in rows:
            log.epoch(row)
        log.close(status)
    (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
    return folder


def made_record(
    config: Config, rows: list[dict[str, float]], status: str = "finished"
) -> dict[str, Any]:
    """Return a whole record of a run, as training writes it."""
    return {
        "format": 1,
        "study": "dropout",
        "variant": "0.5",
        "seed": config.seed,
        "profile": "quick",
        "config": config.to_dict(),
        "dataset": {
            "name": "cifar10",
            "source": "made for tests",
            "sha256": "0" * 64,
            "real": True,
            "train": 10_000,
            "validation": 5_000,
        },
        "engine": "tflearn",
        "machine": "a test's, 2 cores",
        "precision": "bfloat16",
        "kernels": "oneDNN",
        "versions": {"tensorflow": "2.21.0", "python": "3.11.7"},
        "started": "2026-11-20T10:00:00+00:00",
        "ended": "2026-11-20T10:05:00+00:00" if status in ("finished", "diverged") else None,
        "status": status,
        "checkpoint": "weights" if status == "finished" else f"epoch-{len(rows):03d}",
        "history": rows,
        "copied_from": None,
    }


@contextlib.contextmanager
def served(logdir: Path) -> Iterator[str]:
    """Run a real TensorBoard on a folder; yield its address."""
    port = unused_port()
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(logdir)]
    options = ["--host", "127.0.0.1", "--port", str(port), "--reload_interval", "1"]
    process = subprocess.Popen(
        command + options, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: get(f"{address}/data/environment"), process)
        yield address
    finally:
        process.terminate()
        process.wait(LONG)


def get(url: str, body: Any = None, token: str = "") -> Any:
    """Return the JSON a server answers with."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    if token:
        request.add_header("Authorization", f"token {token}")
    with urllib.request.urlopen(request, timeout=LONG) as answer:
        return json.load(answer)


def scalars(address: str, run: str, tag: str) -> list[tuple[int, float]]:
    """Return what TensorBoard draws: (step, value) of one card's line."""
    query = urllib.parse.urlencode({"run": run, "tag": tag})
    return [
        (step, value) for _, step, value in get(f"{address}/data/plugin/scalars/scalars?{query}")
    ]


def hparams_sessions(address: str) -> dict[str, dict[str, Any]]:
    """Return the rows of TensorBoard's HParams table by name."""
    body = {"startIndex": 0, "sliceSize": 100, "allowedStatuses": STATUSES, "colParams": []}
    answer = get(f"{address}/data/plugin/hparams/session_groups", body)
    return {group["name"]: group for group in answer["sessionGroups"]}


def wait_for(answer: Any, process: subprocess.Popen | None = None, seconds: float = LONG) -> Any:
    """Call until it returns something true, and return that; errors of servers count as no."""
    deadline = time.monotonic() + seconds
    problem: Exception | None = None
    while time.monotonic() < deadline:
        if process is not None and process.poll() is not None:
            raise AssertionError(f"the server ended with status {process.returncode}")
        try:
            if result := answer():
                return result
        except OSError as error:  # urllib's errors are OSErrors
            problem = error
        time.sleep(0.3)
    raise AssertionError(f"nothing came in {seconds} seconds; last problem: {problem}")
