"""An experiment card's facts: one study's finished runs, the words on it, and what proves what.

The facts are plain data, which the card's page holds as JSON with its checksum: see `as_json`. What
follows from them, whether the prediction came first and who differs from whom, is never stored: a
page and a teacher's table both compute it. Knows nothing of how a page looks.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from utils import settings
from utils.experiments.card_words import CardWords, NotedPrediction, parsed_time
from utils.experiments.history import Run, differences_in, load_runs
from utils.experiments.log_root import shown
from utils.experiments.run_folder import RECORD, arithmetic, now
from utils.experiments.statistics import Difference, compare_pairs
from utils.experiments.studies import PROFILES, Study

__all__ = ["FORMAT", "ChosenRuns", "as_json", "came_first", "choose_runs", "differences"]
__all__ += ["facts_of", "started_first"]

FORMAT = 1
LONGEST_NAME = 100  # characters
DATA = ("name", "sha256", "real", "train", "validation")  # where it lay is nobody else's matter


class ChosenRuns(NamedTuple):
    """A study's runs of one kind of work on one kind of data; all others are beside."""

    label: str
    runs: tuple[Run, ...]
    beside: tuple[Run, ...]

    @property
    def finished(self) -> list[Run]:
        return [run for run in self.runs if run.status == "finished"]


def choose_runs(study: str, root: Path, profile: str | None = None) -> ChosenRuns | None:
    """Return the runs of a study below a log root that a card is about; None if none has finished.

    Runs of several profiles, or of the sample and real data, can't be compared: of those that have
    finished runs, the group of the profile in force and of real data comes first.
    profile: only this one's.
    """
    groups: dict[str, list[Run]] = {}
    for run in load_runs(root, study):
        groups.setdefault(run.variant.partition("@")[2], []).append(run)
    known = [label for label, mine in groups.items() if any(_counts(run, profile) for run in mine)]
    if not known:
        return None
    label = min(known, key=lambda one: _rank(groups[one]))
    beside = [run for one, mine in groups.items() if one != label for run in mine]
    return ChosenRuns(label, tuple(groups[label]), tuple(beside))


def _counts(run: Run, profile: str | None) -> bool:
    return run.status == "finished" and profile in (None, run.record["profile"])


def _rank(runs: Sequence[Run]) -> tuple[bool, bool, int]:
    """Return a key: the least is the group of runs that a card is rather about."""
    record = next(run.record for run in runs if run.status == "finished")
    profiles = list(PROFILES)
    place = profiles.index(record["profile"]) if record["profile"] in profiles else -1
    wants_sample = settings.data_source() == "sample"
    is_sample = record["dataset"]["real"] is False
    return record["profile"] != settings.profile_name(), is_sample != wants_sample, -place


def facts_of(
    study: Study, words: CardWords, predictions: Sequence[NotedPrediction], chosen: ChosenRuns
) -> dict[str, Any]:
    """Return a card's facts: what JSON can hold."""
    return {
        "format": FORMAT,
        "written": now(),
        "name": shown(" ".join(words.name.split()))[:LONGEST_NAME],
        "question": words.question,
        "conclusion": words.conclusion,
        "predictions": [one._asdict() | {"time": one.time.isoformat()} for one in predictions],
        **_of_study(study, chosen),
        "runs": [_of_run(run) for run in chosen.runs if run.record],
    }


def _of_study(study: Study, chosen: ChosenRuns) -> dict[str, Any]:
    record, differing = chosen.finished[0].record, differences_in(chosen.finished)
    beside = started_first(_of_run(run) for run in chosen.beside if run.record)
    return {
        "study": study.name,
        "asks": study.question,
        "field": study.field,
        "label": chosen.label,
        "baseline": f"{study.baseline}@{chosen.label}" if chosen.label else study.baseline,
        "profile": record["profile"],
        "dataset": {key: record["dataset"][key] for key in DATA},
        "differing": differing,
        "controlled": bool(study.field) and set(differing) == {study.field},
        "beside_started": beside.isoformat() if beside else None,
    }


def _of_run(run: Run) -> dict[str, Any]:
    record = run.record
    rows = record["history"]
    final = rows[-1]["val_accuracy"] if run.status == "finished" else math.nan
    return {
        **{"variant": run.variant, "seed": run.seed, "status": run.status},
        **{key: record[key] for key in ("started", "ended", "copied_from", "machine", "versions")},
        "arithmetic": arithmetic(record),
        "epochs": len(rows),
        "final": final if math.isfinite(final) else None,
        "sha256": hashlib.sha256((run.folder / RECORD).read_bytes()).hexdigest(),
    }


def started_first(runs: Iterable[Mapping[str, Any]]) -> datetime | None:
    """Return when the first of a card's runs began; None where that isn't noted.

    A run that was copied from another study is older than the study, and says nothing of when the
    others could be seen; only where all were copied do they count.
    """
    known = list(runs)
    own = [run for run in known if not run["copied_from"]] or known
    times = [parsed_time(run["started"]) for run in own]
    return min((time for time in times if time), default=None)


def came_first(predictions: Sequence[datetime], started: datetime | None) -> bool | None:
    """Say whether a prediction was noted before the first run began; None where none can know."""
    if not predictions:
        return False
    return None if started is None else min(predictions) <= started


def differences(runs: Iterable[Mapping[str, Any]], baseline: str) -> dict[str, Difference]:
    """Return each variant's difference from the baseline, by the one way the course compares."""
    finals: dict[str, dict[int, float]] = {}
    for run in runs:
        if run["final"] is not None:
            finals.setdefault(run["variant"], {})[run["seed"]] = run["final"]
    base = finals.pop(baseline, {})
    return {name: compare_pairs(found, base) for name, found in finals.items() if base}


def as_json(facts: Mapping[str, Any]) -> tuple[str, str]:
    """Return facts as JSON that can stand in a page's script, and the SHA-256 of that text."""
    text = json.dumps(facts, ensure_ascii=True, allow_nan=False, sort_keys=True)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text, hashlib.sha256(text.encode()).hexdigest()
