"""One process that fetches, loads or verifies a tiny set; started by test_fetching_faults.py."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from tiny_sets import mirrors, publish

from utils import data, settings
from utils.errors import CourseError

# A tiny set's records in a batch: its files are large enough to be killed over, 1.2 MB each.
RECORDS = 400
COUNTS: dict[str, dict[str, int]] = {
    "mnist": {"train": 60, "validation": 5, "test": 10},
    **dict.fromkeys(
        ("cifar10", "cats_dogs"),
        {"train": 5 * RECORDS, "validation": 10, "test": RECORDS, "batch": RECORDS},
    ),
}


def use(cache: Path, archives: dict[str, Path], url: str) -> None:
    """Have this process take the archives for the public ones, to be had from the server."""
    os.environ.pop("COURSE_DATA", None)
    settings.cache_dir = lambda: cache
    patch = pytest.MonkeyPatch()  # for this process's life
    for name, file in archives.items():
        publish(patch, name, file.read_bytes(), **COUNTS[name])
        mirrors(patch, name, f"{url}/{file.name}")


def run(what: str, name: str, told: tuple, answer: Path, start: Any = None) -> None:
    """Do one thing with a set; write what came of it: `good`, a sentence, or a fault."""
    use(*told)
    actions = {
        "fetch": lambda: data.fetch(name, progress=False),
        "load": lambda: data.load(name, "real"),
        "auto": lambda: data.load(name, "auto"),
        "verify": lambda: data.verify(name),
    }
    if start is not None:
        start.wait()
    try:
        actions[what]()
        said = "good"
    except CourseError as error:
        said = f"sentence: {error}"
    except Exception as error:  # it is what this campaign looks for
        said = f"FAULT: {type(error).__name__}: {error}"
    answer.write_text(json.dumps(said))
