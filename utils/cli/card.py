"""`course class card`: a study as one page to hand in."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from utils import settings
from utils.cli.options import MaybeOutputOption, ProfileOption, RunsOption
from utils.errors import CourseError

if TYPE_CHECKING:
    from utils.classroom.card import ChosenRuns
    from utils.experiments.card_words import CardWords, NotedPrediction
    from utils.experiments.hardest import Hardest
    from utils.experiments.studies import Study

__all__ = ["card"]


def card(
    study: Annotated[str, typer.Argument(metavar="STUDY", help="One study, or FILE.toml.")],
    profile: ProfileOption = None,
    runs: RunsOption = None,
    output: MaybeOutputOption = None,
) -> None:
    """Write a study as one page to hand in.

    The first time it writes card.toml for your words. Predict, and type the
    same again before you train: the prediction is noted with its time. After
    the training it writes the page, build/card-STUDY.html unless -o is given.
    """
    settings.put(profile, None, runs)
    if output and output.suffix.lower() != ".html":
        raise CourseError(f"{output} must end in .html.", "Write -o card.html, for example.")
    from utils.experiments.card_words import note_prediction, read_words, told, words_path

    root = settings.runs_dir()
    asked = _study(study, root)
    words = read_words(root / asked.name)
    if words is None:
        _begin(asked, root)
        return
    new = note_prediction(root / asked.name)
    if new:
        print(f"Your prediction is noted, {told(new.time)}.")
    from utils.classroom.card import choose_runs

    chosen = choose_runs(asked.name, root, profile)
    if chosen is None:
        _not_yet(asked, root, profile, runs, new is not None)
        return
    path = output or settings.build_dir() / f"card-{asked.name}.html"
    _write(asked, words, chosen, path)
    if not words.conclusion:
        print(f"It has no conclusion yet: write one in {words_path(root / asked.name)}")
    print(path)


def _study(name: str, root: Path) -> "Study":
    """Return the study of that name or file; one's own is kept beside its runs, as in training."""
    from utils.experiments.own_studies import keep_study, meet_own, read_study
    from utils.experiments.studies import get_study

    damaged = meet_own(root)
    if name in damaged:
        raise CourseError(damaged[name])
    found = read_study(Path(name)) if name.endswith(".toml") else get_study(name)
    keep_study(found, root)
    return found


def _begin(study: "Study", root: Path) -> None:
    from utils.experiments.card_words import write_template

    path = write_template(root / study.name, study.name, study.question, settings.learner())
    print(f"Write your words into {path}")
    print("Predict before you train: the same command again notes it, as training does.")


def _not_yet(
    study: "Study", root: Path, profile: str | None, runs: Path | None, noted: bool
) -> None:
    """Say what to train; that is an error where nothing has been noted by this call either."""
    more = f" --profile {profile}" * bool(profile)
    more += f" --runs {shlex.quote(str(runs))}" * bool(runs)
    remedy = f"Train it: course train {study.name}{more}"
    if not noted:
        at = f" at the profile {profile}" * bool(profile)
        raise CourseError(f"{root} holds no finished run of {study.name}{at}.", remedy)
    print(remedy)


def _write(study: "Study", words: "CardWords", chosen: "ChosenRuns", path: Path) -> None:
    from utils.classroom.card import facts_of
    from utils.classroom.card_page import prediction_sentence, write_card
    from utils.experiments.card_words import noted

    folder = chosen.runs[0].folder.parents[1]
    predictions = [*noted(folder), *_of_lesson(study, chosen)]
    facts = facts_of(study, words, sorted(predictions), chosen)
    found, about = _hardest(chosen)
    write_card(facts, chosen, path, found, about)
    print(f"On the card: {', '.join(dict.fromkeys(run.variant for run in chosen.runs))}")
    if beside := dict.fromkeys(run.variant for run in chosen.beside):
        print(f"Of other work or data, and not on it: {', '.join(beside)}")
    print(prediction_sentence(facts))


def _of_lesson(study: "Study", chosen: "ChosenRuns") -> "list[NotedPrediction]":
    """Return the guesses that were kept in the study's own lesson, which the progress file has."""
    from utils.experiments.card_words import NotedPrediction
    from utils.widgets.predict_misses import kept_guesses
    from utils.widgets.study_lesson import NUMBERS

    if study.name not in NUMBERS:
        return []
    record, number = chosen.finished[0].record, NUMBERS[study.name]
    real = record["dataset"]["real"] is not False
    kept = kept_guesses(number, list(study.variants), record["profile"], real)
    return [
        NotedPrediction(
            one.time, f"{_listed(one.guesses)}. {one.reason}".strip(), f"lesson {number}"
        )
        for one in kept
    ]


def _listed(guesses: Mapping[str, float]) -> str:
    return ", ".join(f"{name}: {value:.0f} %" for name, value in guesses.items())


def _hardest(chosen: "ChosenRuns") -> "tuple[Hardest | None, str]":
    """Return the surest mistakes of the most accurate variant's first seed, and what they are."""
    from utils.experiments.hardest import data_of, hardest
    from utils.experiments.history import summary

    best = max(
        (row for row in summary(chosen.runs).rows if row["runs"]),
        key=lambda row: row["final_accuracy"],
    )
    run = next(run for run in chosen.finished if run.variant == best["variant"])
    try:
        found = hardest(run.folder, data_of(run.folder))
    except CourseError as error:
        return None, f"They can't be shown: {error.problem}"
    return found, (
        f"The network of {run.variant}, seed {run.seed}, of the variant with the highest mean, "
        f"takes {found.wrong:,} of {found.pictures:,} validation pictures for something else. "
        "Those of which it is surest:"
    )
