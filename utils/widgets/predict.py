"""Predict, then see: a marker a variant on an empty axis, set before anything is trained.

Kept guesses stand in the progress file. Knows no study and trains nothing: who asks gives names,
and later the results.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import anywidget
import ipywidgets
import traitlets
from IPython.display import HTML, display
from ipywidgets import Widget, widget_serialization

from utils import settings
from utils.errors import CourseError
from utils.exercises.progress import record
from utils.files import render
from utils.widgets.predict_drawing import HEAD, ROW, GuessDrawing
from utils.widgets.predict_misses import Guess, Spread, kept_guesses, misses, verdict, was_noted
from utils.widgets.shell import SCRIPTS
from utils.widgets.shell.explorer import Explorer, whole
from utils.widgets.shell.picture import Shown

__all__ = ["Prediction", "predict"]

WIDTH = 6.0
KEEP, AGAIN = "Keep my guess", "Guess again"


class Asked(NamedTuple):
    """What is to be guessed. names: a marker each; see `predict` for the rest."""

    notebook: str
    names: tuple[str, ...]
    chance: float
    label: str
    study: str
    profile: str
    real: bool

    def drawing(self) -> GuessDrawing:
        """Return an empty axis for it."""
        return GuessDrawing(WIDTH, HEAD + ROW * len(self.names), names=self.names,
                            study=self.study, chance=self.chance, label=self.label)  # fmt: skip


class Keeping(anywidget.AnyWidget):
    """The button that keeps a guess, and the mouse that drags its markers, each on its row.

    A message of ipywidgets' own button may overtake a slider's last one: this one's brings all
    values along. sliders, reason: the controls. label: of the button. pressed: what they said.
    area: of the rows, from 0 to 100: left, top, right, bottom as fractions of the picture.
    """

    _esm = SCRIPTS / "predict.js"
    _css = SCRIPTS / "predict.css"
    sliders = traitlets.List(traitlets.Instance(Widget)).tag(sync=True, **widget_serialization)
    reason = traitlets.Instance(Widget).tag(sync=True, **widget_serialization)
    area = traitlets.List([0.0, 0.0, 1.0, 1.0]).tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)
    pressed: Any = traitlets.Dict().tag(sync=True)


class Prediction(Explorer):
    """The markers, the reason, and the button that keeps them.

    kept: what was kept, oldest first, also on another day; its first entry counts.
    """

    recorded = False  # it asks for something of one's own

    def __init__(self, asked: Asked) -> None:
        self.asked, self.drawing = asked, asked.drawing()
        self.kept, problem = _kept(asked)
        start = self.guesses or dict.fromkeys(asked.names, round(asked.chance))
        sliders = {name: whole(name, round(start[name]), 0, 100) for name in asked.names}
        self.reason = ipywidgets.Text(
            self.kept[0].reason if self.kept else "", description="because",
            layout={"width": "420px", "max_width": "100%"}, style={"description_width": "110px"},
        )  # fmt: skip
        self.keeping = Keeping(sliders=list(sliders.values()), reason=self.reason,
                               label=AGAIN if self.kept else KEEP)  # fmt: skip
        self.keeping.observe(self._pressed, "pressed")
        rows = [*([name] for name in asked.names), [self.reason], [self.keeping]]
        for control in (*sliders.values(), self.reason):
            control.disabled = bool(self.kept)
        super().__init__(self._picture, sliders, WIDTH, rows)
        if problem:
            self.picture.refuse(problem)

    @property
    def guesses(self) -> dict[str, float]:
        """The guess that counts, per cent by name; empty as long as none was kept."""
        return dict(self.kept[0].guesses) if self.kept else {}

    def _pressed(self, change: Any) -> None:
        self.reason.value = change["new"]["reason"]
        self.move(**dict(zip(self.asked.names, change["new"]["sliders"], strict=True)))
        self.press()

    def press(self) -> None:
        """Keep the markers as they stand; or, where they are kept, let them be moved again."""
        if self.keeping.label == AGAIN:
            self._lock(False)
            self.refresh()
            return
        guesses, reason = self.values, " ".join(self.reason.value.split())
        if not self.kept and set(guesses.values()) == {round(self.asked.chance)}:
            self.picture.refuse("All markers still stand at guessing. Move those that know more.")
            return
        if not self.kept or (guesses, reason) != self.kept[-1][1:]:
            record("prediction", self.asked.notebook, True, guesses=guesses, reason=reason,
                   profile=self.asked.profile, real=self.asked.real)  # fmt: skip
            self.kept.append(Guess(datetime.now().astimezone(), guesses, reason))
        self._lock(True)
        self.refresh()

    def look_back(self, results: Mapping[str, float], spread: Spread | None = None) -> None:
        """Show the guess that counts beside what came out, and note the misses.

        results: accuracies by name, fractions; NaN of a run that diverged, none of one that
        hasn't ended. spread: the reference's lowest and highest, where it is comparable.
        Raises CourseError for a result of something that wasn't asked.
        """
        if strangers := [name for name in results if name not in self.asked.names]:
            raise CourseError(
                f"Nothing was guessed for {strangers[0]!r}.",
                f"Give the results of {', '.join(self.asked.names)}.",
            )
        reached = {name: 100 * value for name, value in results.items()}
        ranges = {name: (100 * low, 100 * high) for name, (low, high) in (spread or {}).items()}
        drawing, said = self.asked.drawing(), verdict(self.guesses, reached, ranges)
        if self.kept and self.kept[0].reason:
            said += f" Your reason was: {self.kept[0].reason}"

        def shown() -> Shown:
            drawing.draw(self.guesses, reached)
            return Shown(drawing.png(), _describe(self.guesses, reached), said)

        display(Explorer(shown, {}, WIDTH))
        display(HTML(_table(self.asked.names, self.guesses, reached, ranges)))
        self._note(reached)

    def _note(self, reached: Mapping[str, float]) -> None:
        """Note the misses in the progress file, once."""
        found = {name: round(miss, 2) for name, miss in misses(self.guesses, reached).items()}
        asked = self.asked
        fields = {"guesses": self.guesses, "misses": found}
        if found and not was_noted(asked.notebook, asked.profile, asked.real, fields):
            record("prediction", asked.notebook, True, **fields, profile=asked.profile,
                   reason=self.kept[0].reason, real=asked.real)  # fmt: skip

    def _picture(self, **guesses: float) -> Shown:
        self.drawing.draw(guesses, {})
        self.keeping.area = list(self.drawing.place(self.drawing.axis))
        alt = (
            f"An axis from 0 to 100 %: {self.asked.label}. Marked are {_listed(guesses)}. Guessing "
            f"gives {self.asked.chance:g} %."
        )
        return Shown(self.drawing.png(), alt, self._says(guesses))

    def _says(self, guesses: Mapping[str, float]) -> str:
        if not self.kept:
            return (
                f"{_listed(guesses)}. Nothing is kept yet: drag the markers or move the sliders, "
                "say why, and keep your guess before you train."
            )
        first, last = self.kept[0], self.kept[-1]
        because = f", because {first.reason.rstrip('.')}" if first.reason else ""
        said = f"Your guess of {_date(first)}: {_listed(first.guesses)}{because}."
        if last is not first:
            said += f" It counts. On {_date(last)} you guessed {_listed(last.guesses)}."
        if self.keeping.label == KEEP:
            said += f" Now at {_listed(guesses)}, which isn't kept."
        return said

    def _lock(self, locked: bool) -> None:
        for control in (*self.controls.values(), self.reason):
            control.disabled = locked
        self.keeping.label = AGAIN if locked else KEEP


def _kept(asked: Asked) -> tuple[list[Guess], str]:
    """Return what was kept, or nothing and why it can't be read."""
    try:
        return kept_guesses(asked.notebook, asked.names, asked.profile, asked.real), ""
    except CourseError as error:
        return [], str(error)


def _listed(values: Mapping[str, float]) -> str:
    return ", ".join(f"{name}: {value:g} %" for name, value in values.items())


def _date(guess: Guess) -> str:
    return f"{guess.time:%Y-%m-%d at %H:%M}"


def _describe(guesses: Mapping[str, float], reached: Mapping[str, float]) -> str:
    """Return the alt text of guesses beside results."""
    results = ", ".join(f"{name}: {value:.1f} %" for name, value in reached.items()) or "none yet"
    return f"Guessed, hollow: {_listed(guesses) or 'nothing'}. Reached, filled: {results}."


def _table(
    names: Sequence[str], guesses: Mapping[str, float], reached: Mapping[str, float], spread: Spread
) -> str:
    found = misses(guesses, reached)
    rows = [
        [name, _cell(guesses, name, "g"), _cell(reached, name, ".1f"), _cell(found, name, "+.1f")]
        + ([_range(spread, name)] if spread else [])
        for name in names
    ]
    headings = ["", "Guess", "Your run", "Miss", *(["Reference"] if spread else [])]
    legend = "In per cent, the miss in points: above 0 you guessed too high."
    legend += " The reference's seeds, lowest to highest." if spread else ""
    return str(
        render("table.html", headings=headings, texts=("",), rows=rows, legend=legend, notes=())
    )


def _cell(values: Mapping[str, float], name: str, form: str) -> str:
    value = values.get(name)
    return "–" if value is None else "diverged" if value != value else f"{value:{form}}"


def _range(spread: Spread, name: str) -> str:
    return "{:.1f} to {:.1f}".format(*spread[name]) if name in spread else "–"


def predict(
    notebook: str,
    names: Sequence[str],
    chance: float,
    label: str = "validation accuracy, %",
    *,
    study: str = "",
    real: bool = True,
) -> Prediction:
    """Return the widget that asks for a guess before anything is trained.

    notebook: its number, such as `06`. names: what is guessed, a marker each.
    chance: per cent that guessing gives. label: of the axis. real: whether the data are.
    study: whose variants the names are, for the colours and markers of its figures.
    What was kept earlier, at this profile on these data, is shown again.
    """
    profile = settings.profile_name()
    return Prediction(Asked(notebook, tuple(names), chance, label, study, profile, real))
