"""Two moons and a small network: each study's effect in less than a second.

The arithmetic is in moons_math.py.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import contourpy
import ipywidgets
import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap
from PIL import Image

from utils.errors import CourseError
from utils.networks.in_numpy.moons_network import TRAINING, History, MoonsConfig, sets, train
from utils.plots.dark_pixels import DRAWN
from utils.plots.style import COLORS
from utils.widgets.shell.canvas import Canvas
from utils.widgets.shell.explorer import Explorer, slider, whole
from utils.widgets.shell.picture import Shown

__all__ = ["STUDIES", "STARTS", "describe", "plane", "two_moons"]

# Where each study starts: what differs from MoonsConfig's own values.
STARTS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "layers": {"layers": 1, "units": 4, "noise": 0.2, "learning_rate": 0.1},
        "dropout": {},
        "weight_decay": {},
        "batch_size": {"learning_rate": 0.1, "epochs": 100},
        "learning_rate": {"layers": 3, "batch_size": TRAINING, "epochs": 100},
    }
)
STUDIES = tuple(STARTS)
# What a slider stops at, where even steps wouldn't do.
STOPS: Mapping[str, tuple[Any, ...]] = MappingProxyType(
    {
        "units": (2, 4, 8, 16, 48),
        "weight_decay": (0.0, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1),
        "batch_size": (1, 2, 5, 10, 25, 50, 100),
        "learning_rate": (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0),
    }
)
LABELS = {"units": "neurons a layer", "weight_decay": "L2, λ", "batch_size": "batch size",
          "learning_rate": "learning rate η"}  # fmt: skip
DROPS = (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
MOST_LAYERS, MOST_SEED = 3, 9
X_RANGE, Y_RANGE = (-2.3, 2.3), (-1.75, 1.75)  # the part of the plane that is shown
TOP = 1.5  # of the losses that are shown
SHADES = LinearSegmentedColormap.from_list("shades", ["#f6c9a8", "#ffffff", "#a9d0ea"])
PALETTE = SHADES(np.linspace(0, 1, 16), bytes=True)


@lru_cache(maxsize=256)
def plane(config: MoonsConfig) -> np.ndarray:
    """Return ŷ over the shown part of the plane, lowest row first: (56, 74) float32."""
    x1, x2 = np.meshgrid(np.linspace(*X_RANGE, 74), np.linspace(*Y_RANGE, 56))
    points = np.stack([x1, x2], axis=-1).reshape(-1, 2).astype(np.float32)
    return train(config).network.probabilities(points).reshape(x1.shape)


def colours(shades: np.ndarray, width: int, height: int) -> np.ndarray:
    """Return ŷ (rows, columns) as a smooth picture of 16 colours, (height, width, 4) uint8.

    Few colours make a PNG that is written quickly.
    """
    levels = Image.fromarray(np.rint(255 * shades).astype(np.uint8))
    smooth = levels.resize((width, height), Image.Resampling.BILINEAR)
    return PALETTE[np.asarray(smooth) // 16]


class MoonsDrawing(Canvas):
    """The plane with points, shades and boundary; beside it the two losses over the epochs."""

    def build(self, config: MoonsConfig) -> None:
        self.plane, self.curves = self.figure.subplots(1, 2, width_ratios=(1.3, 1))
        self.plane.set(xlim=X_RANGE, ylim=Y_RANGE, aspect="equal", xlabel="$x_1$", ylabel="$x_2$",
                       title="□  class 0      ●  class 1")  # fmt: skip
        self.plane.grid(False)
        # Laid into the figure pixel by pixel: an imshow would resample it in 20 ms.
        self.shades = self.moving(self.figure.figimage(np.zeros((2, 2, 4)), origin="lower"))
        self.shades.set_gid(DRAWN)
        self.boundary = self.moving(
            self.plane.add_collection(LineCollection([], colors="black", linewidths=2.2))
        )
        (x, y), _ = sets(config.noise)
        empty = {"mfc": "white", "mec": COLORS.vermillion, "mew": 2}
        full = {"mfc": COLORS.blue, "mec": "black", "mew": 0.8}
        self.moving(
            self.plane.plot(*x[y == 0].T, "s", linestyle="none", ms=6, **empty)[0],
            self.plane.plot(*x[y == 1].T, "o", linestyle="none", ms=7, **full)[0],
        )
        self.word = self.moving(
            self.plane.text(0, 1.5, "", ha="center", va="center", fontsize=12, weight="bold",
                            bbox={"fc": "white", "ec": COLORS.vermillion, "lw": 2})
        )  # fmt: skip
        self.curves.set(xlim=(0, config.epochs), ylim=(0, TOP), xlabel="Epoch", ylabel="Loss",
                        title="Loss, without penalty")  # fmt: skip
        self.validation = self.moving(
            self.curves.plot([], [], "-", color=COLORS.blue, label="validation")[0]
        )
        self.training = self.moving(
            self.curves.plot([], [], "--", color=COLORS.vermillion, label="training")[0]
        )
        self.curves.legend(loc="upper right")
        self.png()  # lays everything out, so that the plane's pixels are known
        left, low, right, high = np.rint(self.plane.bbox.extents).astype(int)
        self.shades.ox, self.shades.oy = left, low
        self.size = (right - left, high - low)

    def draw(self, history: History, shades: np.ndarray) -> None:
        """Move everything to where this training and its ŷ over the plane put it."""
        over = history.diverged is not None
        flat = np.full_like(shades, 0.5) if over else shades
        self.shades.set_data(colours(flat, *self.size))
        lines = contourpy.contour_generator(
            np.linspace(*X_RANGE, shades.shape[1]), np.linspace(*Y_RANGE, shades.shape[0]), shades
        ).lines(0.5)
        self.boundary.set_segments([] if over else lines)
        self.word.set_text(f"diverged in epoch {history.diverged}")
        self.word.set_visible(over)
        epochs = np.arange(len(history.loss))
        # Far beyond the frame a line isn't drawn at all.
        self.validation.set_data(epochs, np.minimum(history.val_loss, 10 * TOP))
        self.training.set_data(epochs, np.minimum(history.loss, 10 * TOP))


def describe(config: MoonsConfig, history: History, shades: np.ndarray) -> tuple[str, str]:
    """Return alt text and caption."""
    penalty = f"L2 with λ = {config.weight_decay:g}" if config.weight_decay else "no L2"
    batch = "point" if config.batch_size == 1 else f"{config.batch_size} points"
    network = (
        f"{config.layers} hidden layer{'s' if config.layers > 1 else ''} of {config.units} neurons"
        if config.layers
        else "No hidden layer"
    )
    recipe = (
        f"{network}, drop rate {config.dropout:g}, {penalty}, a step for each {batch}, "
        f"η = {config.learning_rate:g}, seed {config.seed}"
    )
    if history.diverged is not None:
        alt = (
            "The points of two moons without a boundary, and losses that leave the picture: "
            f"this training diverged in epoch {history.diverged}."
        )
        return alt, (
            f"{recipe}: in epoch {history.diverged} of {config.epochs} the loss stopped being a "
            f"finite number. This training has diverged; no further step can mend it."
        )
    first, last, val = history.loss[0], history.loss[-1], history.val_loss[-1]
    lowest = _loss(history.val_loss.min())
    same = (shades > 0.5).all() or (shades <= 0.5).all()
    shape = "no boundary" if same else "a straight line" if not config.layers else "a boundary"
    alt = (
        f"Two moons of {TRAINING} points with {shape}: {_percent(history.accuracy[-1])} of the "
        f"training points lie on their side. Beside it, over {config.epochs} epochs, the training "
        f"loss goes from {_loss(first)} to {_loss(last)}, the validation loss from "
        f"{_loss(history.val_loss[0])} to {_loss(val)}; its lowest is {lowest}."
    )
    caption = (
        f"{recipe}. After {config.epochs} epochs ({config.steps:,} steps): training loss "
        f"{_loss(last)}, validation loss {_loss(val)}, gap {_signed(history.gap)}; accuracy "
        f"{_percent(history.accuracy[-1])} and {_percent(history.val_accuracy[-1])}."
    )
    if same:
        caption += " The network gives the same class everywhere."
    if max(history.loss.max(), history.val_loss.max()) > TOP:
        caption += f" Losses above {TOP} are outside the picture."
    return alt, caption


def _loss(value: float) -> str:
    return f"{value:.3f}" if value < 1000 else f"{value:.0e}"


def _signed(value: float) -> str:
    return ("−" if value < 0 else "+") + _loss(abs(value))


def _percent(part: float) -> str:
    return f"{100 * part:.1f} %"


def two_moons(fields: str | Sequence[str] = STUDIES, **start: Any) -> Explorer:
    """Return the widget.

    fields: the controls that are shown, of STUDIES and `units`; the seed always is. The name of
        one study starts it where that study's effect shows, see STARTS.
    start: other values to start with, of any field of MoonsConfig.
    """
    names = [fields] if isinstance(fields, str) else list(fields)
    config = _start(names, start)
    if names == ["layers"]:
        names = ["layers", "units"]
    controls = {name: _control(name, getattr(config, name)) for name in [*names, "seed"]}
    drawing = MoonsDrawing(8.4, 3.7, config=config)

    def show(**values: Any) -> Shown:
        now = replace(config, **values)
        history, shades = train(now), plane(now)
        drawing.draw(history, shades)
        return Shown(drawing.png(), *describe(now, history, shades))

    shown = list(controls)
    pairs = [shown[k : k + 2] for k in range(0, len(shown), 2)]
    return Explorer(show, controls, 8.4, pairs)


def _start(names: list[str], start: Mapping[str, Any]) -> MoonsConfig:
    """Return the config that the widget starts with; raise CourseError for unknown names."""
    allowed = (*STUDIES, "units")
    _known(names or ["nothing"], allowed, "control")
    defaults = asdict(MoonsConfig())
    _known(start, defaults, "field")
    study = STARTS.get(names[0], {}) if len(names) == 1 else {}
    return MoonsConfig(**{**defaults, **study, **start})


def _known(names: Iterable[Any], allowed: Collection[Any], kind: str) -> None:
    for name in names:
        if name not in allowed:
            raise CourseError(
                f"There is no {kind} {name!r}.", f"Choose of: {', '.join(map(str, allowed))}."
            )


def _control(name: str, value: Any) -> ipywidgets.Widget:
    """Return the slider for a field; it trains only when it is let go."""
    if name == "layers":
        _known([value], range(MOST_LAYERS + 1), "number of hidden layers")
        return whole("hidden layers", value, 0, MOST_LAYERS, continuous_update=False)
    if name == "seed":
        _known([value], range(MOST_SEED + 1), "seed")
        return whole("seed", value, 0, MOST_SEED, continuous_update=False)
    if name == "dropout":
        _known([round(value, 1)], DROPS, "drop rate")
        return slider(
            "drop rate", value, 0, 0.8, 0.1, continuous_update=False, readout_format=".1f"
        )
    _known([value], STOPS[name], LABELS[name])
    return ipywidgets.SelectionSlider(
        options=[(f"{stop:g}", stop) for stop in STOPS[name]], value=value,
        description=LABELS[name], continuous_update=False,
        layout={"width": "420px"}, style={"description_width": "110px"},
    )  # fmt: skip
