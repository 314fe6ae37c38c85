"""The OR gate in TFLearn and NumPy, notebooks 02 and 04: losses by seed, batches dealt wrongly.

    course reference or_gate

Shuffled, TFLearn's threads race each other: how many of a run's 2,000 batches pair inputs with
other rows' answers depends on the machine and on what else it does, whatever the seed.
"""

from functools import partial
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from tools.measuring import Lesson, main, measure, rows_of
from utils.experiments.measured import Measured
from utils.widgets.descent import GATES, path

TFLEARN = Lesson("02_or_gate", ("setup", "table", "train-gate"))
NUMPY = Lesson("04_gradient_descent", ("sigmoid-code", "data", "descent-code"))
SHUFFLED, IN_ORDER, OTHERS = range(20), range(10), range(5)
START = (0.1, -0.2, 0.0)
GATE_ANSWERS = {"and": (0, 0, 0, 1), "nand": (1, 1, 1, 0), "xor": (0, 1, 1, 0)}
# Section 6 of notebook 02, besides those of `in order`.
RECIPES: dict[str, dict[str, Any]] = {
    "sgd_0.1": {"learning_rate": 0.1},
    "adam_0.1": {"learning_rate": 0.1, "optimizer": "adam"},
    "cross_entropy": {"loss": "binary_crossentropy"},
    "linear_0.1": {"learning_rate": 0.1, "activation": "linear"},
    "tanh_0.1": {"learning_rate": 0.1, "activation": "tanh"},
}


def tflearn_lesson() -> dict[str, Any]:
    """Return the names of notebook 02's cells, `train_gate` among them."""
    scratch = TemporaryDirectory(ignore_cleanup_errors=True)
    return TFLEARN.run("setup", "train-gate", {"scratch": scratch})


def numpy_lesson() -> dict[str, Any]:
    """Return the names of notebook 04's cells, `or_gate_descent` among them."""
    return NUMPY.run("sigmoid-code", "descent-code", _pandas())


def _pandas() -> dict[str, Any]:
    import pandas as pd

    return {"np": np, "pd": pd}


def shuffled(name: str, seed: int) -> list[Measured]:
    """Train as TFLearn does unless told otherwise; count the batches with other rows' answers."""
    lesson = tflearn_lesson()
    from tflearn.data_flow import FeedDictFlow

    wrong, dealt = 0, FeedDictFlow.next

    def counted(self: Any, timeout: float | None = None) -> Any:
        nonlocal wrong
        batch = dealt(self, timeout)
        if batch:
            inputs, answers = sorted(batch.values(), key=lambda one: -np.shape(one)[1])
            wrong += bool((np.max(inputs, axis=1) != np.ravel(answers)).any())
        return batch

    FeedDictFlow.next = counted
    try:
        loss = lesson["train_gate"](lesson["y"], seed=seed, shuffle=True)[-1]["loss"]
    finally:
        FeedDictFlow.next = dealt
    return rows_of(seed, {f"{name}.loss": loss, f"{name}.wrong_batches": wrong})


def in_order() -> list[Measured]:
    """Train with the rows in their order, ten seeds, and look after 1,000 and 2,000 epochs."""
    lesson, rows = tflearn_lesson(), []
    for seed in IN_ORDER:
        at = {row["epoch"]: row for row in lesson["train_gate"](lesson["y"], seed=seed)}
        rows += rows_of(seed, {"in_order.loss": at[2000]["loss"],
                               "in_order.epoch_1000.loss": at[1000]["loss"],
                               "in_order.largest_weight": at[2000]["w"].max()})  # fmt: skip
    return rows


def recipes() -> list[Measured]:
    """Train with other rates, losses, activations and optimizers."""
    lesson, rows = tflearn_lesson(), []
    for name, recipe in RECIPES.items():
        for seed in OTHERS:
            last = lesson["train_gate"](lesson["y"], seed=seed, **recipe)[-1]
            rows += rows_of(seed, {f"{name}.loss": last["loss"],
                                   f"{name}.largest_weight": last["w"].max()})  # fmt: skip
    return rows


def gates() -> list[Measured]:
    """Train on the other gates' answers, by TFLearn; and NAND for longer, by NumPy."""
    lesson, rows = tflearn_lesson(), []
    for name, answers in GATE_ANSWERS.items():
        y = np.array(answers, np.float32).reshape(4, 1)
        for seed in OTHERS:
            last = lesson["train_gate"](y, seed=seed)[-1]
            rows += rows_of(seed, {f"gate_{name}.loss": last["loss"]})
    names = numpy_lesson() | {"Y": np.array(GATE_ANSWERS["nand"], float)}
    walk = NUMPY.run("descent-code", "descent-code", names)["or_gate_descent"]
    losses = walk(*START, learning_rate=2, epochs=4_000)["loss"]
    return [*rows, *rows_of(None, {f"nand.epoch_{epoch}.loss": losses[epoch]
                                   for epoch in (2_000, 4_000)})]  # fmt: skip


def fixed() -> list[Measured]:
    """Train from notebook 04's start, by TFLearn and by its own lines in float32."""
    lesson, start = tflearn_lesson(), ([[START[0]], [START[1]]], [START[2]])
    last = lesson["train_gate"](lesson["y"], start=start)[-1]
    answers = zip(("00", "01", "10", "11"), last["predictions"].ravel(), strict=True)
    found = {"w1": last["w"][0, 0], "w2": last["w"][1, 0], "b": last["b"][0], "loss": last["loss"],
             **{f"y_hat_{row}": answer for row, answer in answers}}  # fmt: skip
    names = numpy_lesson()
    names |= {one: names[one].astype(np.float32) for one in ("X", "Y")}
    start32 = [np.float32(one) for one in START]
    row = names["or_gate_descent"](*start32, learning_rate=2, epochs=2_000).iloc[-1]
    return rows_of(
        None,
        {f"fixed.tflearn.{one}": found[one] for one in found}
        | {f"fixed.numpy_float32.{one}": row[one] for one in ("w1", "w2", "b")},
    )


def descent() -> list[Measured]:
    """Walk notebook 04's two thousand steps: how fast, how steep, and where long steps end."""
    walk = numpy_lesson()["or_gate_descent"]
    run = walk(*START, learning_rate=2, epochs=2_000)
    slopes = np.linalg.norm(run[["dL_dw1", "dL_dw2", "dL_db"]], axis=1)
    found = {
        "descent.epochs_to_0.01": np.argmax(run["loss"] < 0.01),
        "descent.epochs_to_0.001": np.argmax(run["loss"] < 0.001),
        "descent.largest_gradient": slopes.max(),
    }
    for rate in (80, 90):
        loss = walk(*START, learning_rate=rate, epochs=2_000)["loss"].iloc[-1]
        found[f"descent.rate_{rate}.loss"] = loss
    return rows_of(None, found)


def and_gate() -> list[Measured]:
    """Walk down the AND gate's map as notebook 04's widget does, from where it starts."""
    y, b = GATES["AND"]
    found = {"and.floor": path(START[:2], b, 5.0, 5_000, y).losses.min()}
    for rate in (20.0, 30.0, 100.0):
        walk = path(START[:2], b, rate, 50, y)
        found[f"and.rate_{rate:g}.rises"] = walk.rises.sum()
        for step in (1, 3, 50):
            found[f"and.rate_{rate:g}.step_{step}.loss"] = walk.losses[step]
    return rows_of(None, found)


def xor() -> list[Measured]:
    """Descend from 500 random starts (width 3, seed 0) on XOR; return the lowest loss."""
    names = numpy_lesson()
    inputs, y = np.column_stack([names["X"], np.ones(4)]), np.array([0.0, 1, 1, 0])
    p = np.random.default_rng(0).normal(0, 3, (500, 3))
    for _ in range(2_000):
        y_hat = names["sigmoid"](p @ inputs.T)
        p -= 2 * (2 * (y_hat - y) / 4 * y_hat * (1 - y_hat)) @ inputs
    losses = np.mean((names["sigmoid"](p @ inputs.T) - y) ** 2, axis=1)
    return rows_of(0, {"xor.lowest_loss": losses.min()})


def script() -> None:
    """Measure what is exact first, then what isn't, a part a run."""
    parts = {"descent": descent, "and gate": and_gate, "xor": xor, "fixed": fixed,
             "in order": in_order, "gates": gates, "recipes": recipes}  # fmt: skip
    for name in ("shuffled", "shuffled_again"):
        parts |= {f"{name} {seed}": partial(shuffled, name, seed) for seed in SHUFFLED}
    measure("or_gate", parts, lessons=(TFLEARN, NUMPY))


if __name__ == "__main__":
    main(script)
