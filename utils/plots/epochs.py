"""One training's loss and accuracy, epoch by epoch, as notebooks 06 and 10 note them.

From a list of rows to a matplotlib Figure; knows no folder and no network.
"""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from utils.plots.style import STYLE

__all__ = ["loss_and_accuracy"]

PAIRS = {"loss $L$": ("loss", "val_loss"), "accuracy": ("train_accuracy", "val_accuracy")}
PARTS = ("training", "validation")


def loss_and_accuracy(rows: Sequence[Mapping[str, float]], guessing: float | None = None) -> Figure:
    """Draw both for training pictures (solid) and validation pictures (dashed).

    rows: one an epoch, with `epoch`, `loss`, `val_loss`, `train_accuracy` and `val_accuracy`.
    guessing: the loss of who knows nothing, as a grey line.
    """
    epochs = [row["epoch"] for row in rows]
    with mpl.rc_context(dict(STYLE)):
        figure = Figure(figsize=(8, 3.2))
        panels = figure.subplots(1, 2)
        for axes, (name, keys) in zip(panels, PAIRS.items(), strict=True):
            for key, part, look in zip(keys, PARTS, ("o-", "s--"), strict=True):
                axes.plot(epochs, [row[key] for row in rows], look, markersize=4, label=part)
            axes.set(xlabel="epoch", ylabel=name)
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            axes.legend()
        if guessing is not None:
            panels[0].axhline(guessing, color="0.5", linewidth=1)
    return figure
