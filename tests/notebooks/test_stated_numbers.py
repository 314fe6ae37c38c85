"""What lessons state in words is what was measured, and ± means one thing.

Each test reads the prose of stored notebooks, or runs a cell that needs NumPy alone.
"""

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from contents import LESSONS, code_cells, markdown_cells, read
from scipy import stats

from utils import experiments, plots, settings
from utils.experiments import STUDIES
from utils.experiments.statistics import per_run
from utils.settings import ROOT
from utils.widgets.halving import draw_trials, halving

# The rule that isn't one. Misses it in other words, such as "their bars touch".
OVERLAP = re.compile(
    r"(?:intervals?|groups|bands|rates|variants|seeds)\s+(?:that\s+)?(?:don't\s+|hardly\s+|do\s+)?"
    r"overlap(?!\s+decides\s+nothing)"
)
EXPLAINED = re.compile("interval")


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_says_what_its_plus_minus_is_where_it_first_stands(path: Path):
    said = False
    for cell in markdown_cells(read(path))[1:]:  # without the header, which promises
        said |= bool(EXPLAINED.search(cell.source))
        assert said or "±" not in cell.source, cell.id


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_no_lesson_takes_overlap_for_a_verdict(path: Path):
    notebook = read(path)
    cells = [*markdown_cells(notebook), *code_cells(notebook)]
    assert not [cell.id for cell in cells if OVERLAP.search(cell.source)]


@pytest.mark.parametrize(
    "text",
    [
        "These intervals overlap: we can't tell",
        "The groups\ndon't overlap.",
        "four groups that\nhardly overlap",
    ],
)
def test_a_verdict_by_overlap_is_seen(text: str):
    assert OVERLAP.search(text)


def test_no_lesson_and_no_quiz_repeats_what_was_found_wrong():
    wrong = {
        r"0\.0009\b": "the article's loss is 0.00072",
        r"nothing can ever lift|so nothing can lift it again": "dead neurons may revive",
        r"[Oo]nly a longer run can say": "the recipe differs too",
        r"this factor does most": "a range says as much about the values chosen",
        r"smaller the change, the closer": "it is a V",
    }
    files = [*(ROOT / "notebooks").glob("**/*.ipynb"), *(ROOT / "data" / "quizzes").glob("*.toml")]
    texts = {path.name: path.read_text(encoding="utf-8") for path in files}
    for name, text in texts.items():
        assert not [why for was, why in wrong.items() if re.search(was, text)], name


def run_cells(number: str, *ids: str, **names: object) -> dict[str, Any]:
    """Return the names that these cells of a lesson leave, computed with NumPy alone."""
    [path] = [path for path in LESSONS if path.stem.startswith(number)]
    found: dict[str, Any] = {"np": np, **names}
    for cell in code_cells(read(path)):
        if cell.id in ids:
            exec(cell.source, found)
    return found


def test_a_loss_escapes_as_it_is_and_stays_a_number_when_clipped():
    losses = run_cells("15", "escape")["losses"]
    with np.errstate(all="ignore"):
        free, held = (losses(np.float32(1.0), np.float32(longest)) for longest in (np.inf, 5.0))
        calm = [losses(np.float32(0.1), np.float32(longest)) for longest in (np.inf, 5.0)]
    assert not np.isfinite(free[4:]).any() and np.isfinite(free[:4]).all()
    assert max(held) < 1000 and calm[0] == calm[1]


def test_what_15_says_of_slopes_left_of_0_is_what_its_cell_prints(
    capsys: pytest.CaptureFixture[str],
):
    run_cells("15", "leaky-slopes", norm=stats.norm)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [line[1] for line in lines] == ["-0.5:", "-2.0:", "-10.0:"]
    relu, leaky, gelu = ([float(line[place]) for line in lines] for place in (3, 6, 8))
    assert relu == [0, 0, 0] and leaky == [0.01] * 3
    # "helps just below 0; further down … small, points the other way, and dies out"
    assert gelu[0] > 0.1 and -0.1 < gelu[1] < 0 and -1e-9 < gelu[2] < 0


def test_a_step_of_14_is_its_epochs_seconds_by_its_steps(capsys: pytest.CaptureFixture[str]):
    table = pd.DataFrame(
        {"variant": ["50@smoke"] * 2 + ["2000@smoke"] * 2, "seconds": [4.0, 6.0, 3.0, 3.0],
         "val_accuracy": [0.1, 0.2, 0.1, 0.15]}
    )  # fmt: skip
    records = [{"dataset": {"train": 9_999}}]
    run_cells("14", "steps-code", "seconds-code",
              lesson=SimpleNamespace(mine=table, records=records))  # fmt: skip
    out = capsys.readouterr().out
    assert "batch 50@smoke:  5.00 s an epoch,    25 ms a step,  10.0 s in all" in out
    assert "batch 2000@smoke:  3.00 s an epoch,   600 ms a step,   6.0 s in all" in out


def test_under_adam_l2_alone_brings_a_weight_to_zero_in_17_steps(
    capsys: pytest.CaptureFixture[str],
):
    run_cells("13", "article-code")
    last = capsys.readouterr().out.splitlines()[-1].split()
    assert last[:2] == ["step", "17:"]
    assert float(last[3]) > 0.0149 and abs(float(last[5])) < 0.0005


def test_intervals_of_three_runs_hold_the_truth_as_often_as_the_lesson_says():
    shown: list[str] = []
    figures = SimpleNamespace(COLORS=plots.COLORS, show=lambda figure, alt: shown.append(alt))
    run_cells("06", "scatter", plots=figures, plt=plt)
    plt.close("all")
    assert "38 hold the truth, 2, drawn as squares, miss it" in shown[0]


@pytest.mark.parametrize(("number", "study", "cell"), [("11", "layers", "pairs"),
                                                       ("15", "learning_rate", "seeds-code")])  # fmt: skip
def test_a_figure_by_seed_draws_every_seed_of_the_reference(number: str, study: str, cell: str):
    lesson = SimpleNamespace(reference=experiments.reference(study))
    drawn = []
    figures = SimpleNamespace(show=lambda figure, alt: drawn.append(figure))
    run_cells(number, cell, lesson=lesson, plots=figures, plt=plt, variants=STUDIES[study].variants)
    labels = {line.get_label() for line in drawn[0].axes[0].lines}
    plt.close("all")
    assert {f"seed {seed}" for seed in lesson.reference["seed"].unique()} <= labels


def of_16(*ids: str) -> dict[str, Any]:
    """Return what cells of the lesson on search leave: it shows the reference, on any data."""
    return run_cells("17", *ids, json=json, pd=pd, experiments=experiments, settings=settings)


def test_the_first_stop_costs_or_saves_what_16_says() -> None:
    curves = of_16("race-curves")["curves"]
    runs = {(one.study, one.variant, one.seed): one for one in per_run(every_study())}
    assert len(curves) == len(runs) - 4 * len({seed for *_, seed in runs})  # a baseline, five times
    races = [curves[draw_trials(len(curves), 2 * len(curves) // 3, draw)] for draw in range(200)]
    work, lost = {}, {}
    for first in (1, 3):
        trained = [halving(race, first, 3) for race in races]
        work[first] = np.mean([one.mean() for one in trained]) / curves.shape[1]
        lost[first] = np.mean(
            [
                race[:, -1].max() > race[one == race.shape[1], -1].max()
                for race, one in zip(races, trained, strict=True)
            ]
        )
    assert 0.2 < work[1] < 0.3 and work[3] > 0.5  # "about a quarter", "more than half"
    assert 0.15 < lost[1] < 0.35 and lost[3] < 0.05  # "about one race in four", "nearly always"


def every_study() -> pd.DataFrame:
    return pd.concat([experiments.reference(study) for study in STUDIES])


def test_the_order_of_all_is_seen_early_and_that_of_the_better_half_less(
    capsys: pytest.CaptureFixture[str],
) -> None:
    of_16("race-curves", "rank-code")
    found = re.findall(r"all (\S+), the better half at the end (\S+)", capsys.readouterr().out)
    every, few = np.array(found, float).T
    assert every[0] > 0.85 and (few < every - 0.05).all()


def test_the_search_settled_as_16_says_and_nobody_saw_how_the_deep_would_end() -> None:
    found = of_16("real-load", "tpe-code", "tangled")
    *settled, rate = found["counts"].to_numpy() / (8, len(found["order"]) - 8)
    assert all(first < 0.3 and others > 0.5 for first, others in settled)
    assert abs(rate[0] - rate[1]) < 0.2
    assert (found["deep"]["status"] == "stopped").all()
    assert (found["deep"]["epoch"] == found["ends"]["epoch"].min()).all()
    ranks = found["fields"].corr(method="spearman")
    fields = ranks["accuracy"].abs().drop(["accuracy", "number"])
    assert fields.idxmax() == "dense_units" and ranks.loc["dense_units", "number"] > 0.3
