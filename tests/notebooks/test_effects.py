"""On the built-in sample lessons still show the effect that they teach, at `quick`.

One folder of runs serves all of them, in order. What a lesson shows is read where a learner reads
it: in the outputs of its executed copy, and in the records of its runs.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import nbformat
import pytest

from utils.experiments import load_runs
from utils.jupyter.run_all import run_notebooks

pytestmark = pytest.mark.slow


class Shown(NamedTuple):
    """A lesson as it was run: the text of its outputs, and the folder of all runs."""

    text: str
    runs: Path

    def numbers(self, pattern: str) -> list[float]:
        """Return what the groups of the first match hold."""
        found = re.search(pattern, self.text)
        assert found, f"{pattern!r} isn't in the outputs"
        return [float(group) for group in found.groups()]

    def last(self, study: str, column: str = "val_accuracy") -> dict[str, float]:
        """Return each variant's value of the last epoch."""
        runs = load_runs(self.runs, study=study)
        assert runs and all(run.status == "finished" for run in runs)
        return {
            run.variant.partition("@")[0]: float(run.record["history"][-1][column]) for run in runs
        }


def reads_digits(shown: Shown) -> None:
    """Far better than before training; it knows its training pictures a little better."""
    [before] = shown.numbers(r"before training: loss [\d.]+, accuracy ([\d.]+)%")
    known, new = shown.numbers(r"at the end: training ([\d.]+)%, validation ([\d.]+)%")
    [test] = shown.numbers(r"your run: +([\d.]+)% of 250 test pictures")
    assert before < 40 and min(new, test) > 92 and known > new
    assert shown.numbers(r"Yours: 1,297 pictures make (\d+) batches") == [11]


def depth_helps(shown: Shown) -> None:
    final = shown.last("layers")
    assert min(final["three-sets"], final["baseline"]) > final["one-set"] + 0.1
    assert_ends(shown, final)


def dropout_holds_back(shown: Shown) -> None:
    """It doesn't let a network know its training pictures as well: the gap has less room."""
    final, known = shown.last("dropout"), shown.last("dropout", "train_accuracy")
    assert known["0"] > known["0.5"]
    assert known["0"] - final["0"] > 0.02
    assert known["0.5"] - final["0.5"] < known["0"] - final["0"] + 0.01
    assert_ends(shown, final)


def large_batches_take_too_few_steps(shown: Shown) -> None:
    final = shown.last("batch_size")
    assert final["50"] > final["500"] + 0.1 and final["96"] > final["500"] > final["2000"]
    assert_ends(shown, final)


def assert_ends(shown: Shown, final: dict[str, float]) -> None:
    """The sentence under the table of the learner's own runs names their ends."""
    found = re.search(r"Highest at the end: (\S+?)@sample .*?, lowest: (\S+?)@sample ", shown.text)
    assert found and found.groups() == (max(final, key=final.get), min(final, key=final.get))


EFFECTS: dict[str, Callable[[Shown], None]] = {
    "05": reads_digits,
    "10": depth_helps,
    "11": dropout_holds_back,
    "13": large_batches_take_too_few_steps,
}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run them all, one after the other, and return the folder of what came out."""
    folder = tmp_path_factory.mktemp("sample")
    report = run_notebooks(
        ",".join(EFFECTS),
        profile="quick",
        data_source="sample",
        runs_dir=folder / "runs",
        jobs=1,
        build_dir=folder / "build",
        progress=False,
    )
    assert report.passed, report.summary()
    return folder


@pytest.mark.parametrize("number", EFFECTS)
def test_a_lesson_shows_its_effect_on_the_sample(number: str, course: Path) -> None:
    EFFECTS[number](shown_by(number, course))


def shown_by(number: str, folder: Path) -> Shown:
    """Return what a lesson showed: streams, and results as HTML or as text."""
    [path] = (folder / "build" / "notebooks").glob(f"{number}_*.ipynb")
    texts = []
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            texts.append(output.get("text", data.get("text/html", data.get("text/plain", ""))))
    return Shown("\n".join(texts), folder / "runs")
