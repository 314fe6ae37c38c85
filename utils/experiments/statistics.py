"""Statistics of runs and the tables that show them: one row a variant, seeds as spread.

Tables in, tables out: nothing here knows folders, event files, TFLearn, Keras or Jupyter.
"""

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from utils.experiments.studies import STUDIES

__all__ = ["interval", "per_run", "run_order", "summarise", "welch_interval"]


def summarise(table: pd.DataFrame, statuses: pd.DataFrame) -> pd.DataFrame:
    """Return one row a variant, in the studies' order; see `utils.experiments.history.compare`.

    table: one row an epoch, as `utils.experiments.history.epoch_table` returns it.
    statuses: one row a run: study, variant, seed, status.
    """
    scores = per_run(table)
    groups: dict[tuple[str, str], list[str]] = {}
    for run in statuses.itertuples():
        groups.setdefault((str(run.study), str(run.variant)), []).append(str(run.status))
    keys = sorted(groups, key=lambda key: run_order(*key))
    return pd.DataFrame([_row(*key, groups[key], scores) for key in keys])


def per_run(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row a finished run: study, variant, seed, final, best, gap, seconds."""
    finished = table[table["status"] == "finished"]
    rows = []
    for key, epochs in finished.groupby(["study", "variant", "seed"], sort=False):
        last = epochs.sort_values("epoch").iloc[-1]
        gap = last["train_accuracy"] - last["val_accuracy"]
        best, seconds = epochs["val_accuracy"].max(), epochs["seconds"].dropna().median()
        rows.append((*key, last["val_accuracy"], best, gap, seconds))
    return pd.DataFrame(
        rows, columns=["study", "variant", "seed", "final", "best", "gap", "seconds"]
    )


def interval(values: Sequence[float] | np.ndarray) -> float:
    """Return the half width of the 95 % t interval of the mean; NaN for fewer than two."""
    n = len(values)
    if n < 2:
        return math.nan
    return _t_quantile(n - 1) * float(np.std(values, ddof=1)) / math.sqrt(n)


def welch_interval(first: Sequence[float], second: Sequence[float]) -> float:
    """Return the half width of the 95 % interval of the difference of two means, spreads apart.

    NaN where either has fewer than two values. Source: B. L. Welch, Biometrika 34 (1947).
    """
    if min(len(first), len(second)) < 2:
        return math.nan
    a, b = (float(np.var(values, ddof=1)) / len(values) for values in (first, second))
    if a + b == 0:
        return 0.0
    freedom = (a + b) ** 2 / (a**2 / (len(first) - 1) + b**2 / (len(second) - 1))
    return _t_quantile(freedom) * math.sqrt(a + b)


def _t_quantile(freedom: float) -> float:
    """Return the 97.5 % quantile of Student's t; scipy.stats has it too, but imports a second."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.975))


def run_order(study: str, variant: str) -> tuple[Any, ...]:
    """Return a key that sorts runs as utils.experiments.studies lists them, and others naturally.

    A variant's qualifier comes first, so that `0`, `0.5` precede `0@full`, `0.5@full`.
    """
    name, _, qualifier = variant.partition("@")
    known = list(STUDIES)
    variants = list(STUDIES[study].variants) if study in STUDIES else []
    return (
        known.index(study) if study in known else len(known),
        _natural(study),
        _natural(qualifier),
        variants.index(name) if name in variants else len(variants),
        _natural(name),
    )


def _natural(text: str) -> list[tuple[int, float, str]]:
    """Return a key that sorts `9` before `10`, and numbers before words."""
    parts = re.findall(r"\d+(?:\.\d+)?|[^\d]+", text)
    return [(0, float(part), "") if part[0].isdigit() else (1, 0.0, part) for part in parts]


def _row(study: str, variant: str, statuses: list[str], scores: pd.DataFrame) -> dict[str, Any]:
    mine = scores[(scores["study"] == study) & (scores["variant"] == variant)]
    return {
        "study": study,
        "variant": variant,
        "runs": len(mine),
        "final_accuracy": mine["final"].mean(),
        "final_ci": interval(mine["final"]),
        "best_accuracy": mine["best"].mean(),
        "best_ci": interval(mine["best"]),
        "gap": mine["gap"].mean(),
        "gap_ci": interval(mine["gap"]),
        "seconds": mine["seconds"].mean(),
        "status": _status_text(statuses),
    }


def _status_text(statuses: list[str]) -> str:
    """Say `finished`, or which of the runs are something else: `2 of 3 diverged`."""
    others = [status for status in dict.fromkeys(statuses) if status != "finished"]
    counted = [f"{statuses.count(status)} of {len(statuses)} {status}" for status in others]
    return ", ".join(counted) or "finished"
