"""Give the answers that stand in notebooks' exercise cells, and print the verdicts as JSON.

    python answers.py NOTEBOOK …

Of an answer that is a function it also says what becomes of one that always returns what the
first call wanted: `copied`, and how many calls are made.

Runs a notebook's setup cell, then each exercise cell by itself on top of it, as a learner does
who goes straight to the exercises. No name of one notebook is there in the next. In a process
of its own: a notebook may switch TensorFlow's mode.
"""

import json
import sys
import traceback
from pathlib import Path
from typing import Any

import nbformat

from utils import exercises
from utils.exercises.calling import calls_counted
from utils.exercises.registry import find


def verdicts(path: Path) -> dict[str, dict[str, Any]]:
    """Return, for each exercise cell's id, what its check found and what was raised instead."""
    notebook = nbformat.read(path, as_version=4)
    setup: dict[str, Any] = {"__name__": "__main__"}
    found = {}
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        code = compile(cell.source, f"<{cell.id}>", "exec") if cell.cell_type == "code" else None
        if code is not None and "setup" in tags:
            exec(code, setup)
        elif code is not None and "exercise" in tags:
            exercises.history.clear()
            answers: list[Any] = []
            names = dict(setup)
            names["check"] = lambda name, one, said=answers: (
                said.append(one),
                exercises.check(name, one),
            )
            exec(code, names)
            (verdict,) = exercises.history
            found[verdict.exercise] = {
                "passed": verdict.passed,
                "answered": verdict.answered,
                "said": f"{verdict.message} {verdict.hint}",
            }
            if verdict.passed and callable(answers[0]):
                found[verdict.exercise] |= copied(verdict.exercise, answers[0])
    return found


def copied(name: str, function: Any) -> dict[str, Any]:
    """Return whether a copy of the first call's result passes, and how often ours calls."""
    results: list[Any] = []

    def first_result(*arguments: Any) -> Any:
        results.append(function(*arguments))
        return results[0]

    with calls_counted() as calls:
        find(name).checker(function)
    return {"copied": exercises.evaluate(name, first_result).passed, "calls": len(calls)}


if __name__ == "__main__":
    result: dict[str, Any] = {}
    for name in sys.argv[1:]:
        try:
            result[name] = verdicts(Path(name))
        except Exception:
            result[name] = {"raised": traceback.format_exc()}
    print("\n" + json.dumps(result))  # on the last line: cells print too
