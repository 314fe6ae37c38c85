"""Pictures of a data set, side by side.

Nothing here knows which data set they are from.
"""

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from utils.errors import CourseError
from utils.plots.style import STYLE

__all__ = ["images"]


def images(
    images: np.ndarray,
    titles: Sequence[str] | None = None,
    columns: int = 8,
    title: str = "",
    size: float = 0.95,
) -> Figure:
    """Draw a grid of pictures, row by row.

    images: (n, height, width, channels) or (n, height, width) uint8; one channel is drawn grey.
    titles: a text above each picture.
    columns: pictures a row, at most.
    size: of one picture, in inches.
    """
    images = np.asarray(images)
    if images.ndim not in (3, 4) or not len(images) or images.shape[3:] not in ((), (1,), (3,)):
        raise CourseError(
            f"Pictures must be (n, height, width, channels), but these are {images.shape}.",
            "Give at least one; channels is 1 or 3.",
        )
    if titles is not None and len(titles) != len(images):
        raise CourseError(f"There are {len(images)} pictures, but {len(titles)} titles.")
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    height = rows * (size + (0.25 if titles is not None else 0)) + (0.35 if title else 0)
    with mpl.rc_context(dict(STYLE)):
        figure = Figure(figsize=(columns * size, height))
        panels = figure.subplots(rows, columns, squeeze=False).ravel()
        for axes in panels:
            axes.set_axis_off()
        for number, (axes, image) in enumerate(zip(panels, images, strict=False)):
            image = image[..., 0] if image.shape[2:] == (1,) else image
            axes.imshow(image, cmap="gray", vmin=0, vmax=255)
            if titles is not None:
                axes.set_title(titles[number], fontsize=10, loc="center", pad=3, parse_math=False)
        if title:
            figure.suptitle(title)
    return figure
