"""The exercises of notebook 03: uint8 without overflow, broadcasting, and the order of axes."""

from typing import Any

import numpy as np

from utils.exercises import Wrong, array, call, exercise

# Two pictures of 2 × 4 pixels with three channels: no two axes have the same length but n.
_BATCH = np.array(
    [
        [
            [[0, 100, 250], [10, 90, 240], [20, 80, 230], [30, 70, 220]],
            [[40, 60, 210], [50, 50, 200], [60, 40, 190], [70, 30, 180]],
        ],
        [
            [[80, 20, 170], [90, 10, 160], [100, 0, 150], [110, 5, 140]],
            [[120, 15, 130], [130, 25, 120], [140, 35, 110], [255, 45, 105]],
        ],
    ],
    dtype=np.uint8,
)


@exercise(
    "03.1",
    hint=(
        "What happens to 250 + 100 in `uint8`? Where must the numbers be wide, and where "
        "narrow again?"
    ),
    more=(
        "The lesson has the three tools: a wider type, `np.clip`, and the way back. Go through"
        " the number 250 with `by` 100, and through 10 with `by` −60: print it after each "
        "step."
    ),
)
def brighten(answer: Any) -> None:
    image = _BATCH[0]
    for by in (100, 30, -60):
        exact = image.astype(np.int64) + by
        right = np.clip(exact, 0, 255)
        got = call(answer, image, by)
        array(
            got,
            right,
            tolerance=0,
            name=f"The picture brightened by {by}",
            mistakes=[
                (
                    exact % 256,
                    "Numbers went round in a circle. Change to `float32` *before* adding.",
                ),
                (exact, "Nothing keeps the numbers within 0 to 255: use `np.clip`."),
                (np.minimum(exact, 255), "The lower edge is missing: darker numbers stop at 0."),
                (
                    np.minimum(exact, 255) % 256,
                    "Clip the lower edge too, before going back to `uint8`.",
                ),
            ],
        )
        if np.asarray(got).dtype != np.uint8:
            raise Wrong(
                f"The values are right, but the dtype is {np.asarray(got).dtype}.",
                got=str(np.asarray(got).dtype),
                wanted="uint8",
                hint="Which call turns an array into another type? It comes last.",
            )


@exercise(
    "03.2",
    hint="Which axes should vanish from the mean, so that one number a channel is left?",
    more=(
        "Print the shape of your mean: it should be `(3,)` for a batch with three channels. "
        "The channels are the last axis, and subtraction aligns shapes at the right."
    ),
)
def center(answer: Any) -> None:
    for batch in (_BATCH.astype(np.float32), _BATCH[:, :1, :3].astype(np.float32) / 255):
        _centred(call(answer, batch), batch)


def _centred(got: Any, batch: np.ndarray) -> None:
    array(
        got,
        batch - batch.mean(axis=(0, 1, 2)),
        tolerance=1e-3,
        name=f"The centred batch of shape {batch.shape}",
        mistakes=[
            (
                batch - batch.mean(),
                "This is one mean of all numbers. Each *channel* has its own: name the axes.",
            ),
            (
                batch - batch.mean(axis=0),
                "This is a mean for each pixel. Rows and columns should vanish too.",
            ),
            (
                batch - batch.mean(axis=(1, 2), keepdims=True),
                "This is a mean for each picture. Axis 0 should vanish too.",
            ),
            (
                batch - batch.mean(axis=-1, keepdims=True),
                "The channels vanished, and they alone should stay.",
            ),
            (batch.mean(axis=(0, 1, 2)), "These are the means. Subtract them from the batch."),
        ],
    )


@exercise(
    "03.3",
    hint=("The axes must be *moved*, each picture staying whole: which function does that?"),
    more=(
        "Write the old axes with their numbers under one another: n 0, height 1, width 2, "
        "channels 3. Then read off, for the new order, which old number stands at each place."
    ),
)
def to_nchw(answer: Any) -> None:
    for batch in (_BATCH, _BATCH[:1, :, :2] + 1):
        _moved(call(answer, batch), batch)


def _moved(got: Any, batch: np.ndarray) -> None:
    n, height, width, channels = batch.shape
    array(
        got,
        batch.transpose(0, 3, 1, 2),
        tolerance=0,
        name=f"The batch of shape {batch.shape} in NCHW",
        mistakes=[
            (
                batch.reshape(n, channels, height, width),
                "`reshape` gives the shape but mixes the colours. The axes must be *moved*.",
            ),
            (
                batch.transpose(0, 3, 2, 1),
                "Height and width have changed places: height (1) comes before width (2).",
            ),
            (batch.T, "`.T` turns *all* axes round. The pictures, axis 0, should stay in front."),
            (batch.transpose(0, 2, 3, 1), "That is the way back, from NCHW to NHWC."),
            (batch, "This is the batch as it was."),
        ],
    )
