"""An experiment card as one HTML page that needs no other file and asks no other machine.

What a learner wrote is made harmless by the template; the card's facts stand in it as JSON. Knows
nothing of how they were found.
"""

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from markupsafe import Markup
from PIL import Image

from utils import plots
from utils.classroom.card import ChosenRuns, as_json, came_first, started_first
from utils.data import SETS
from utils.data.sample import describe as describe_sample
from utils.experiments.card_words import parsed_time, told
from utils.experiments.hardest import Hardest
from utils.experiments.history import recipe, summary
from utils.experiments.sentences import say_against
from utils.experiments.statistics import Comparison
from utils.experiments.tables import describe, html_table
from utils.files import render, write_whole
from utils.plots.png_files import png_file

__all__ = ["prediction_sentence", "write_card"]

FEW = 2  # an interval over seeds needs so many


def write_card(
    facts: Mapping[str, Any],
    chosen: ChosenRuns,
    path: Path,
    hardest: Hardest | None,
    about: str,
) -> None:
    """Write a card's page.

    facts: from `utils.classroom.card.facts_of`. chosen: the runs that they are about.
    hardest: the surest mistakes of one of its networks. about: of which one; or, without them, why
        there are none.
    Raises CourseError where the file can't be written.
    """
    text, digest = as_json(facts)
    found = summary(chosen.runs)
    page = render(
        "card.html",
        title=f"Experiment card: {facts['study'].replace('_', ' ')}",
        facts=facts,
        sample=_sample(facts["dataset"]),
        real_name=_title(facts["dataset"]["name"]),
        prediction=prediction_sentence(facts),
        wordings=_wordings(facts),
        difference=_difference(facts, chosen),
        differing=_differing_table(facts, chosen),
        verdicts=say_against(found.rows),
        doubts=_doubts(facts, found),
        table=html_table(found),
        figures=_figures(found),
        pictures=[(_pixels(one.image), one) for one in hardest.confusions] if hardest else [],
        hardest=hardest,
        about=about,
        made_of=_made_of(facts),
        json=Markup(text),  # `as_json` has escaped what HTML could take for its own
        digest=digest,
    )
    write_whole(path, page)


def _sample(dataset: Mapping[str, Any]) -> str:
    """Say what the sample's pictures are; empty for real ones."""
    if dataset["real"] is not False:
        return ""
    return describe_sample(dataset["name"]) if dataset["name"] in SETS else "a built-in sample"


def _title(name: str | None) -> str:
    one = SETS.get(name or "")
    return one.title if one else str(name)


def _wordings(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return when and where each wording of the prediction was noted, and the wording."""
    found = [(parsed_time(one["time"]), one) for one in facts["predictions"]]
    return [(f"{told(time)}, {one['where']}", one["text"]) for time, one in found if time]


def prediction_sentence(facts: Mapping[str, Any]) -> str:
    """Say whether the prediction came before the runs, by the times that a card holds."""
    found = [parsed_time(one["time"]) for one in facts["predictions"]]
    times = [time for time in found if time]
    started = started_first(facts["runs"])
    before = came_first(times, started)
    if not times:
        return "No prediction was noted."
    if started is None:
        return "Whether the prediction came first can't be told: no run says when it began."
    began = f"the first of these runs began at {told(started)}"
    said = f"Predicted before the training: noted at {told(min(times))}, and {began}."
    if before and max(times) > started:
        said += " It was changed after that."
    if not before:
        said = f"Written after the first run had started: noted at {told(min(times))}, but {began}."
    earlier = parsed_time(facts["beside_started"])
    if earlier and earlier < min(times):
        said += " Runs of this study with other work or on other data had been there before."
    return said


def _difference(facts: Mapping[str, Any], chosen: ChosenRuns) -> str:
    """Say whether the comparison is controlled, by the course's own check of the records."""
    names = list(facts["differing"])
    if len({run.variant for run in chosen.finished}) < 2:
        return "One variant alone has a finished run: there is nothing to compare it with."
    if facts["controlled"]:
        return f"Controlled: beside their seeds, these runs differ in {names[0]} alone."
    if not names:
        return "Not controlled: these runs don't differ in anything but their seeds."
    one = facts["field"] or "one field"
    return (
        f"Not controlled: these runs differ in {', '.join(names)}, so what comes out isn't due to "
        f"{one} alone."
    )


def _differing_table(facts: Mapping[str, Any], chosen: ChosenRuns) -> list[tuple[str, list[str]]]:
    """Return each variant with its values of the fields in which the runs differ."""
    values: dict[str, dict[str, dict[str, None]]] = {}
    for run in chosen.finished:
        mine, found = recipe(run), values.setdefault(run.variant, {})
        for name in facts["differing"]:
            found.setdefault(name, {})[str(mine.get(name))] = None
    return [(name, [", ".join(one) for one in found.values()]) for name, found in values.items()]


def _doubts(facts: Mapping[str, Any], found: Comparison) -> list[str]:
    """Say what the card's numbers can't carry."""
    seeds = [row["runs"] for row in found.rows]
    said = []
    if min(seeds) < FEW:
        said.append(
            "A variant has fewer than two finished runs: without more seeds, chance and effect "
            "can't be told apart."
        )
    if copied := [run for run in facts["runs"] if run["copied_from"]]:
        said.append(
            f"{len(copied)} of {len(facts['runs'])} runs were trained for another study by "
            "the very same recipe, and copied from there; when they began isn't counted."
        )
    return said


def _figures(found: Comparison) -> list[Markup]:
    """Return learning curves and final accuracies as images."""
    columns, alt = found.epochs, describe(found)
    return [
        plots.picture_tag(plots.curves(columns), f"Accuracy by epoch. {alt}"),
        plots.picture_tag(plots.curves(columns, "loss"), f"Loss by epoch. {alt}"),
        plots.picture_tag(plots.final_accuracy(columns), f"Each seed's final accuracy. {alt}"),
    ]


def _pixels(image: Any) -> str:
    """Return a picture (height, width, 3) uint8 as the address of a PNG file in the page."""
    return "data:image/png;base64," + base64.b64encode(png_file(Image.fromarray(image))).decode()


def _made_of(facts: Mapping[str, Any]) -> dict[str, str]:
    """Return what a reader needs to make it again, by its name."""
    runs: Sequence[Mapping[str, Any]] = facts["runs"]
    data = facts["dataset"]
    kind = {True: "real", False: "the built-in sample in its place"}.get(data["real"], "not noted")
    machines = [f"{run['machine'] or 'not noted'} ({run['arithmetic']})" for run in runs]
    versions = [f"{name} {one}" for run in runs for name, one in run["versions"].items()]
    epochs = sorted({run["epochs"] for run in runs if run["status"] == "finished"})
    pictures = [f"{data[split] or 'unknown'} {split}" for split in ("train", "validation")]
    return {
        "Study": f"{facts['study']}: {facts['asks']}",
        "Work": f"profile {facts['profile']}, {' and '.join(pictures)} pictures, "
        f"{' or '.join(map(str, epochs))} epochs",
        "Seeds": ", ".join(map(str, sorted({run["seed"] for run in runs}))),
        "Data": f"{_title(data['name'])}, {kind}",
        "Data's SHA-256": str(data["sha256"]),
        "Machine": "; ".join(dict.fromkeys(machines)),
        "Versions": ", ".join(dict.fromkeys(versions)),
        "Written": told(datetime.fromisoformat(facts["written"])),
    }
