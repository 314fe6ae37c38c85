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
import numpy as np
import traitlets
from IPython.display import display

from utils.experiments.run_folder import RunName
from utils.plots.style import COLORS, DPI
from utils.widgets.shell import SCRIPTS
from utils.widgets.shell.canvas import Canvas
from utils.widgets.shell.explorer import static_html
from utils.widgets.shell.picture import Picture, Shown
from utils.widgets.shell.theme import for_dark_page

__all__ = ["LiveTraining", "curves_of", "live_training"]

WIDTH, HEIGHT = 8.6, 3.1
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
    """Three panels; the run at hand in colour, those before it in grey."""

    def build(self) -> None:
        self.axes = dict(zip(PANELS, self.figure.subplots(1, 3), strict=True))
        self.lines: dict[str, Any] = {}
        for (title, curves), axis in zip(PANELS.items(), self.axes.values(), strict=True):
            axis.set(title=title, xlabel="epoch")
            axis.title.set_fontsize(11)
            for name, label in curves.items():
                look = {"color": COLORS.vermillion, "linestyle": "--"} if label == "training" else {
                    "color": COLORS.blue, "linestyle": "-"}  # fmt: skip
                (self.lines[name],) = axis.plot([], [], "o", ms=4, label=label, **look)
        self.axes["loss"].legend()
        self.axes["gap in accuracy"].axhline(0, color="#767676", lw=1)
        self.before: list[Any] = []

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
                    past["epoch"], past[name], "-", color="#b5b5b5", lw=1.5, zorder=1
                )
        now = curves_of(runs[-1]["history"])
        for name, line in self.lines.items():
            line.set_data(now["epoch"], now[name])
        epochs = max(int(run["config"]["epochs"]) for run in runs)
        for axis in self.axes.values():
            axis.set_xlim(0.5, epochs + 0.5)
            axis.relim()
            axis.autoscale_view(scalex=False)
        self.still_changed()


def describe(runs: Sequence[RunRecord], state: str) -> tuple[str, str]:
    """Return alt text and caption."""
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
    return alt, text


def _name(run: RunRecord) -> str:
    seed = run["config"]["seed"]
    return str(RunName(run["study"], run["variant"], seed)) if run.get("study") else f"seed {seed}"


class StopButton(anywidget.AnyWidget):
    """A button that interrupts the kernel: the one message that is heard while a cell runs."""

    _esm = SCRIPTS / "stop.js"
    label = traitlets.Unicode("Stop after this epoch").tag(sync=True)
    disabled = traitlets.Bool(False).tag(sync=True)
    pressed = traitlets.Int(0).tag(sync=True)


class LiveTraining:
    """Hand `on_epoch` and `should_stop` to `train` or `run_study`; use it in a `with`.

    Inside the block an interrupt of the kernel ends the run after its epoch, saved and ready to
    go on; a second one ends it at once. The button under the picture sends one where it can
    reach the kernel (JupyterLab, Notebook 7); elsewhere the editor's own stop button does.
    """

    def __init__(self) -> None:
        self.drawing = LiveDrawing(WIDTH, HEIGHT)
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
        self.stop.disabled = False
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
        self.stop.disabled = True
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
        self.picture.show(Shown(self.drawing.png(), *describe(runs, state)), [], dark)

    def _interrupted(self, number: int, frame: FrameType | None) -> None:
        if self.stopping:
            raise KeyboardInterrupt
        self._asked()

    def _asked(self) -> None:
        """Stop after this epoch; called in the middle of a step, so nothing is drawn."""
        if self.stopping or self.stop.disabled:  # the message of a press that was heard before
            return
        self.stopping = True
        self.stop.disabled = True
        self.picture.text = f"{self.picture.text} Stopping after this epoch."


def live_training() -> LiveTraining:
    """Return a view of the runs that are trained inside its `with` block."""
    return LiveTraining()
