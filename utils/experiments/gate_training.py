"""One neuron trained by TFLearn on the four rows of a gate, and what it did on the way.

Notebook 02 builds this network line by line first. Knows no data set and no study of the CNN;
TensorFlow comes along when something is trained.
"""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from utils import settings
from utils.experiments.event_log import RunLog

__all__ = ["train_gate"]

EPOCHS = 2000
X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float32)


def train_gate(
    y: np.ndarray,
    learning_rate: float = 2,
    optimizer: str = "sgd",
    loss: str = "mean_square",
    activation: str = "sigmoid",
    seed: int = 0,
    *,
    shuffle: bool = False,
    start: tuple[Sequence[Any], Sequence[float]] | None = None,
    log: str = "",
    bias: bool = True,
    hidden: int = 0,
    width: float = 0.02,
) -> list[dict[str, Any]]:
    """Train one neuron on the rows (0, 0), (0, 1), (1, 0), (1, 1) for 2,000 epochs.

    Returns what was noted after epochs 1, 2, 3, 10, 20 and so on, a dict each: `epoch`,
    `learning_rate`, `predictions` (4, 1) float32, `loss`, their mean square error whatever loss
    was trained, `w` (2, 1) and `b` (1,) float32, those of the last neuron.

    y: the four targets, (4, 1) float32.
    shuffle: as `fit` does it. Kept in order, all rows make the same step each epoch, and TFLearn's
        step is taken without what `fit` does around it; the weights come out the same.
    start: the first weights and bias, ([[w1], [w2]], [b]); drawn by the seed unless given.
    log: a name; each row is written to the run `or_gate/<log>/seed-<n>` too, for TensorBoard.
    bias: whether the last neuron has one; `b` is 0 where it hasn't.
    hidden: that many sigmoid neurons between the inputs and the last neuron; `w` is (hidden, 1).
    width: of the bell curve that weights are drawn from where there are hidden neurons.
    """
    from utils.networks import new_graph, quiet_fit, take_steps, tflearn

    new_graph(seed=seed, precision="float32")
    layer = _last_layer(tflearn, hidden, width, activation=activation, bias=bias)
    network = tflearn.regression(layer, optimizer=optimizer, learning_rate=learning_rate, loss=loss)
    recipe = {"seed": seed, "optimizer": optimizer, "learning_rate": learning_rate}
    with TemporaryDirectory(ignore_cleanup_errors=True) as scratch, _log(log, recipe) as run_log:
        model = tflearn.DNN(network, tensorboard_dir=scratch)  # its own log, which nobody reads
        for variable, value in zip((layer.W, layer.b), start or (), strict=False):
            model.set_weights(variable, value)
        rows: list[dict[str, Any]] = []
        note = _noting(model, layer, y, learning_rate, rows, run_log)
        if shuffle:
            callback = tflearn.callbacks.Callback()
            callback.on_epoch_end = lambda state: note(state.epoch)
            with quiet_fit():
                model.fit(X, y, n_epoch=EPOCHS, callbacks=callback)
        else:
            take_steps(model, X, y, EPOCHS, note)
    return rows


def _last_layer(tflearn: Any, hidden: int, width: float, **last: Any) -> Any:
    """Return the neuron that answers, behind hidden ones where there are any."""
    layer = tflearn.input_data([None, 2])
    if not hidden:
        return tflearn.fully_connected(layer, 1, **last)
    drawn = tflearn.initializations.truncated_normal(stddev=width)
    layer = tflearn.fully_connected(layer, hidden, activation="sigmoid", weights_init=drawn)
    return tflearn.fully_connected(layer, 1, weights_init=drawn, **last)


def _log(name: str, recipe: dict[str, Any]) -> Any:
    """Return the log of that run as a context, or one of None where there is no name."""
    if not name:
        return nullcontext()
    run = f"or_gate/{name}/seed-{recipe['seed']}"
    return RunLog(settings.runs_dir() / Path(run), run, recipe)


def _noting(
    model: Any,
    layer: Any,
    y: np.ndarray,
    learning_rate: float,
    rows: list[dict[str, Any]],
    log: RunLog | None,
) -> Callable[[int], None]:
    """Return a function of an epoch's number that adds a row where it is one to be noted."""

    def note(epoch: int) -> None:
        if epoch > 3 and epoch % 10:
            return
        predictions = np.array(model.predict(X))
        w = model.get_weights(layer.W)
        b = np.zeros(1, np.float32) if layer.b is None else model.get_weights(layer.b)
        error = float(np.mean((predictions - y) ** 2))
        rows.append({"epoch": epoch, "learning_rate": learning_rate, "loss": error,
                     "predictions": predictions, "w": w, "b": b})  # fmt: skip
        if log is not None:
            log.epoch(rows[-1])

    return note
