"""One matplotlib figure that is drawn again and again, quickly.

What stands still is drawn once and kept as pixels; only the artists that move are drawn anew
(blitting, https://matplotlib.org/stable/users/explain/animations/blitting.html).
Knows nothing of Jupyter.
"""

from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from utils.plots.dark_pixels import darkened, images_of
from utils.plots.png_files import png_file
from utils.plots.readable import readable
from utils.plots.style import DPI, STYLE
from utils.widgets.shell.theme import is_for_dark_page

__all__ = ["SHARPNESS", "Canvas"]

# Pixels of the PNG per pixel on the page: between an ordinary screen's 1 and a fine one's 2.
SHARPNESS = 1.5


class Canvas:
    """A figure with still and moving parts; subclasses make them in `build`, move them, ask `png`.

    width, height: inches, as matplotlib wants them; 110 pixels on the page each. Texts that would
    be too small in a narrow column are made larger: see `utils.plots.readable`.
    """

    # Makes axes and artists, hands those that will change to `moving`; takes a subclass's options.
    build: Callable[..., None]

    def __init__(self, width: float, height: float, **options: Any) -> None:
        self._moving: list[Artist] = []
        self._still: Any = None
        with mpl.rc_context(dict(STYLE)):
            self.figure = Figure(figsize=(width, height), dpi=SHARPNESS * DPI)
            self.canvas = FigureCanvasAgg(self.figure)
            self.build(**options)

    def moving(self, *artists: Any) -> Any:
        """Say that these artists change from picture to picture; return them (one: itself)."""
        for artist in artists:
            artist.set_animated(True)
            artist.set_in_layout(False)  # or the first state would say where everything lies
            self._moving.append(artist)
        return artists[0] if len(artists) == 1 else artists

    def still_changed(self) -> None:
        """Draw everything anew next time: axis limits, ticks or labels have changed."""
        self._still = None

    def png(self) -> bytes:
        """Return the figure as it is now as a PNG file's content, for the page that is wanted.

        Drawn it always is on white: see `utils.plots.dark_pixels`.
        """
        if self._still is None:
            self._draw_still()
        self.canvas.restore_region(self._still)
        for artist in self._moving:
            self.figure.draw_artist(artist)
        pixels = np.asarray(self.canvas.buffer_rgba())
        if is_for_dark_page():
            pixels = darkened(pixels, images_of(self.figure))
        return png_file(Image.fromarray(pixels))

    def _draw_still(self) -> None:
        readable(self.figure)
        with mpl.rc_context(dict(STYLE)):  # ticks are made only now
            self.canvas.draw()
        self.figure.set_layout_engine("none")  # the places found at first are kept
        self._still = self.canvas.copy_from_bbox(self.figure.bbox)

    def place(self, axes: Any) -> tuple[float, float, float, float]:
        """Return where an image's or axes' box lies: left, top, right, bottom, fractions of 1."""
        if self._still is None:
            self.png()  # places are known only once everything was laid out
        box = axes.get_position()
        return (box.x0, 1 - box.y1, box.x1, 1 - box.y0)
