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


@exercise("03.1")
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
            hint="`np.clip(picture.astype(np.float32) + by, 0, 255).astype(np.uint8)`",
            mistakes=[
                (
                    exact % 256,
                    "Numbers went round in a circle. Change to `float32` *before* adding.",
                ),
                (exact, "Nothing keeps the numbers within 0 to 255: use `np.clip`."),
                (np.minimum(exact, 255), "The lower edge is missing: `np.clip(…, 0, 255)`."),
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
                hint="End with `.astype(np.uint8)`.",
            )


@exercise("03.2")
def center(answer: Any) -> None:
    batch = _BATCH.astype(np.float32)
    array(
        call(answer, batch),
        batch - batch.mean(axis=(0, 1, 2)),
        tolerance=1e-3,
        name="The centred batch",
        hint="The mean over axes 0, 1 and 2 has shape `(channels,)`; subtract it.",
        mistakes=[
            (
                batch - batch.mean(),
                "This is one mean of all numbers. Each *channel* has its own: name the axes.",
            ),
            (
                batch - batch.mean(axis=0),
                "This is a mean for each pixel. Pixels should vanish too: `axis=(0, 1, 2)`.",
            ),
            (
                batch - batch.mean(axis=(1, 2), keepdims=True),
                "This is a mean for each picture. Axis 0 should vanish too: `axis=(0, 1, 2)`.",
            ),
            (
                batch - batch.mean(axis=-1, keepdims=True),
                "The channels vanished, and they alone should stay: `axis=(0, 1, 2)`.",
            ),
            (batch.mean(axis=(0, 1, 2)), "These are the means. Subtract them from the batch."),
        ],
    )


@exercise("03.3")
def to_nchw(answer: Any) -> None:
    n, height, width, channels = _BATCH.shape
    array(
        call(answer, _BATCH),
        _BATCH.transpose(0, 3, 1, 2),
        tolerance=0,
        name="The batch in NCHW",
        hint="`transpose(0, 3, 1, 2)`: the old axes, in their new order.",
        mistakes=[
            (
                _BATCH.reshape(n, channels, height, width),
                "`reshape` gives the shape but mixes the colours. The axes must be *moved*.",
            ),
            (
                _BATCH.transpose(0, 3, 2, 1),
                "Height and width have changed places: height (1) comes before width (2).",
            ),
            (_BATCH.T, "`.T` turns *all* axes round. The pictures, axis 0, should stay in front."),
            (_BATCH.transpose(0, 2, 3, 1), "That is the way back, from NCHW to NHWC."),
            (_BATCH, "This is the batch as it was."),
        ],
    )
