"""Loss, accuracy and gap, drawn while runs are trained, with a button that stops them.

Follows the records that a training hands on after each epoch; knows nothing of how it trains.
"""

import signal
import threading
import uuid
from collections.abc import Mapping, Sequence
from types import FrameType, TracebackType
from typing import Any

import anywidget
import ipywidgets
import matplotlib as mpl
import numpy as np
import traitlets
from IPython.display import display
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from utils.experiments.run_folder import RunName
from utils.plots.looks import base_name
from utils.plots.style import COLORS, DPI
from utils.widgets.predict_drawing import marks
from utils.widgets.shell import SCRIPTS
from utils.widgets.shell.canvas import Canvas
from utils.widgets.shell.explorer import static_html
from utils.widgets.shell.picture import Picture, Shown
from utils.widgets.shell.theme import for_dark_page

__all__ = ["LiveTraining", "curves_of", "live_training"]

# Inches: so narrow that the smallest text has 9 pixels where a page leaves the picture 400.
WIDTH, HEIGHT = 6.0, 4.4
NAME_HEIGHT = 0.13  # of a line of text, as a part of the accuracy's panel
RunRecord = Mapping[str, Any]


def curves_of(history: Sequence[Mapping[str, float]]) -> dict[str, np.ndarray]:
    """Return what is drawn of a run's history, each (epochs,) float64.

    `gap` is training minus validation accuracy, both measured after the epoch with dropout and
    augmentation off; everything else keeps its name.
    """
    names = ("epoch", "loss", "val_loss", "train_accuracy", "val_accuracy")
    columns = {name: np.array([row[name] for row in history], float) for name in names}
    return columns | {"gap": columns["train_accuracy"] - columns["val_accuracy"]}


# Panel: its title, and the curves in it with their labels.
PANELS = {
    "loss": {"loss": "training", "val_loss": "validation"},
    "accuracy": {"train_accuracy": "training", "val_accuracy": "validation"},
    "gap in accuracy": {"gap": ""},
}


class LiveDrawing(Canvas):
    """Three panels; the run at hand in colour, those before it in grey; a fourth says what is what.

    Guesses stand hollow at the right edge of the accuracy, and what was reached for one, filled.
    """

    def build(self, guesses: Mapping[str, float] | None = None) -> None:
        self.guessed = dict(guesses or {})
        *places, key = self.figure.subplots(2, 2).flat
        self.axes: dict[str, Any] = dict(zip(PANELS, places, strict=True))
        self.lines: dict[str, Any] = {}
        self.ink, self.grey = mpl.rcParams["text.color"], mpl.rcParams["axes.edgecolor"]
        self.small = mpl.rcParams["xtick.labelsize"]
        for (title, curves), axis in zip(PANELS.items(), self.axes.values(), strict=True):
            axis.set(title=title, xlabel="epoch")
            axis.title.set_fontsize(mpl.rcParams["axes.labelsize"])
            axis.xaxis.set_major_locator(MaxNLocator(5, integer=True))
            for name, label in curves.items():
                look = {"color": COLORS.vermillion, "linestyle": "--"} if label == "training" else {
                    "color": COLORS.blue, "linestyle": "-"}  # fmt: skip
                (self.lines[name],) = axis.plot([], [], "o", ms=4, label=label, **look)
        self.axes["gap in accuracy"].axhline(0, color=self.grey, lw=1)
        self._say_what_is_what(key)
        self.before: list[Any] = []

    def _say_what_is_what(self, key: Any) -> None:
        before = Line2D([], [], color=self.grey, lw=1.5, ls="-", label="an earlier run")
        entries = [self.lines["loss"], self.lines["val_loss"], before]
        if self.guessed:
            dot = {"color": self.ink, "ls": "none", "marker": "o"}
            entries += [Line2D([], [], ms=9, mfc="none", mew=2, label="your guess", **dot),
                        Line2D([], [], ms=6, label="where a run ended", **dot)]  # fmt: skip
        key.axis("off")
        key.legend(handles=entries, loc="center left", borderaxespad=0)

    def draw(self, runs: Sequence[RunRecord]) -> None:
        """Show the last of these runs, and the validation curves of those before it."""
        for line in self.before:
            line.remove()
        self.before = []
        for run in runs[:-1]:
            past = curves_of(run["history"])
            for axis, name in zip(self.axes.values(), ("val_loss", "val_accuracy", "gap"),
                                  strict=True):  # fmt: skip
                self.before += axis.plot(
                    past["epoch"], past[name], "-", color=self.grey, lw=1.5, zorder=1
                )
        now = curves_of(runs[-1]["history"])
        for name, line in self.lines.items():
            line.set_data(now["epoch"], now[name])
        epochs = max(int(run["config"]["epochs"]) for run in runs)
        for axis in self.axes.values():
            axis.set_xlim(0.5, epochs + 0.5)
        if self.guessed:
            self._draw_guesses(runs, epochs + 0.5)
        for axis in self.axes.values():
            axis.relim()
            axis.autoscale_view(scalex=False)
        self._name_guesses(epochs + 0.5)
        self.still_changed()

    def _draw_guesses(self, runs: Sequence[RunRecord], edge: float) -> None:
        """Draw each guess at the right edge, the run's at hand as a line, and the ends before."""
        study, axis = runs[-1].get("study") or "", self.axes["accuracy"]
        looks_of = marks(list(self.guessed), study)
        at_hand = guessed_as(runs[-1], self.guessed)
        for name, guess in self.guessed.items():
            color, marker = looks_of[name]
            look = {"color": color, "marker": marker, "mfc": "none", "mew": 2, "ms": 9}
            self.before += axis.plot([edge], [guess / 100], clip_on=False, zorder=4, **look)
            if name == at_hand:
                self.before += axis.plot([0, edge], [guess / 100] * 2, ls=":", lw=1.5, color=color)
        for run in runs[:-1]:
            if (name := guessed_as(run, self.guessed)) and run["history"]:
                color, marker = looks_of[name]
                end = run["history"][-1]
                self.before += axis.plot(
                    [end["epoch"]], [end["val_accuracy"]], color=color, marker=marker, zorder=4
                )

    def _name_guesses(self, edge: float) -> None:
        """Write the names beside the guesses, apart enough to be read."""
        axis = self.axes["accuracy"]
        low, high = axis.get_ylim()
        least = NAME_HEIGHT * (high - low)
        height = -least
        for name in sorted(self.guessed, key=lambda name: self.guessed[name]):
            height = max(self.guessed[name] / 100, height + least)
            self.before.append(
                axis.annotate(name, (edge, height), (9, 0), textcoords="offset points",
                              va="center", color=self.ink, fontsize=self.small,
                              annotation_clip=False)
            )  # fmt: skip


def guessed_as(run: RunRecord, guesses: Mapping[str, float]) -> str:
    """Return the name under which the run was guessed; empty where it wasn't."""
    name = base_name(run.get("variant") or "")
    return name if name in guesses else ""


def describe(
    runs: Sequence[RunRecord], state: str, guesses: Mapping[str, float] | None = None
) -> tuple[str, str]:
    """Return alt text and caption; guesses are per cents by variant."""
    run = runs[-1]
    now, name = curves_of(run["history"]), _name(run)
    epoch, epochs = int(now["epoch"][-1]), run["config"]["epochs"]
    alt = (
        f"Three panels over the epochs of {name}: the loss has gone from {now['loss'][0]:.2f} to "
        f"{now['loss'][-1]:.2f}, validation accuracy from {now['val_accuracy'][0]:.1%} to "
        f"{now['val_accuracy'][-1]:.1%}. {len(runs) - 1} earlier runs stand behind in grey."
    )
    text = (
        f"{name}, epoch {epoch} of {epochs}: loss {now['loss'][-1]:.3f}, validation "
        f"{now['val_loss'][-1]:.3f}; accuracy {now['train_accuracy'][-1]:.1%}, validation "
        f"{now['val_accuracy'][-1]:.1%}; gap {100 * now['gap'][-1]:+.1f} points. {state}"
    )
    if guessed := guessed_as(run, guesses or {}):
        text += f" Your guess for its end: {(guesses or {})[guessed]:g} %."
    return alt, text


def _name(run: RunRecord) -> str:
    seed = run["config"]["seed"]
    return str(RunName(run["study"], run["variant"], seed)) if run.get("study") else f"seed {seed}"


class StopButton(anywidget.AnyWidget):
    """A button that interrupts the kernel: the one message that is heard while a cell runs.

    shown: whether there is something to stop; else the button is gone from the page.
    """

    _esm = SCRIPTS / "stop.js"
    _css = SCRIPTS / "stop.css"
    label = traitlets.Unicode("Stop after this epoch").tag(sync=True)
    shown = traitlets.Bool(False).tag(sync=True)
    pressed = traitlets.Int(0).tag(sync=True)


class LiveTraining:
    """Hand `on_epoch` and `should_stop` to `train` or `run_study`; use it in a `with`.

    Inside the block an interrupt of the kernel ends the run after its epoch, saved and ready to
    go on; a second one ends it at once. The button under the picture sends one where it can
    reach the kernel (JupyterLab, Notebook 7); elsewhere the editor's own stop button does.
    """

    def __init__(self, guesses: Mapping[str, float] | None = None) -> None:
        self.guesses = dict(guesses or {})
        self.drawing = LiveDrawing(WIDTH, HEIGHT, guesses=self.guesses)
        self.runs: dict[str, RunRecord] = {}
        self.picture = Picture(width=round(WIDTH * DPI), text="No epoch has ended yet.")
        self.stop = StopButton()
        self.stop.observe(lambda _: self._asked(), "pressed")
        self.view = ipywidgets.VBox([self.stop, self.picture])
        self.view.add_class("course-widget")
        self.stopping = False
        self._place = f"live-{uuid.uuid4()}"
        self._handler: Any = None

    def should_stop(self) -> bool:
        """Say whether the button was pressed."""
        return self.stopping

    def on_epoch(self, record: RunRecord) -> None:
        """Draw the run; `record` is what `train` hands on: config, history, names."""
        self.runs[_name(record)] = record
        self._show("Training goes on." if not self.stopping else "Stopping.")

    def __enter__(self) -> "LiveTraining":
        self.stopping = False
        self.stop.shown = True
        if threading.current_thread() is threading.main_thread():  # no other gets signals
            self._handler = signal.signal(signal.SIGINT, self._interrupted)
        # Readers without a kernel see this first output: empty now, the last picture at the end.
        display({"text/html": "", "text/plain": ""}, raw=True, display_id=self._place)
        display(self.view)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if self._handler is not None:
            signal.signal(signal.SIGINT, self._handler)
            self._handler = None
        self.stop.shown = False
        if not self.runs:
            self.picture.text = (
                "No run was trained here: each is there already, or another process trains it."
            )
            return
        self._show(self._end(kind))
        shown = Shown(self.picture.png, self.picture.alt, self.picture.text)
        html = static_html(shown, self.picture.width, self.picture.dark_png)
        page = {"text/html": html, "text/plain": shown.text}
        display(page, raw=True, display_id=self._place, update=True)

    def _end(self, kind: type[BaseException] | None) -> str:
        last = list(self.runs.values())[-1]
        status = last.get("status", "")
        if kind is not None or status == "stopped":
            done = len(last["history"])
            return f"Stopped: run the cell again and it goes on after epoch {done}."
        if status == "diverged":
            return "Diverged: the loss is no longer a finite number."
        return "Finished."

    def _show(self, state: str) -> None:
        runs = list(self.runs.values())
        self.drawing.draw(runs)
        with for_dark_page():  # while a cell runs, the browser can't tell which one it needs
            dark = self.drawing.png()
        shown = Shown(self.drawing.png(), *describe(runs, state, self.guesses))
        self.picture.show(shown, [], dark)

    def _interrupted(self, number: int, frame: FrameType | None) -> None:
        if self.stopping:
            raise KeyboardInterrupt
        self._asked()

    def _asked(self) -> None:
        """Stop after this epoch; called in the middle of a step, so nothing is drawn."""
        if self.stopping or not self.stop.shown:  # the message of a press that was heard before
            return
        self.stopping = True
        self.stop.shown = False
        self.picture.text = f"{self.picture.text} Stopping after this epoch."


def live_training(guesses: Mapping[str, float] | None = None) -> LiveTraining:
    """Return a view of the runs that are trained inside its `with` block.

    guesses: final validation accuracies that were guessed, per cent by variant; drawn with them.
    """
    return LiveTraining(guesses)
