"""One look for every figure of the course, and the way a notebook shows one.

Nothing here knows runs or data sets. Colours are Okabe and Ito's, which people with any kind
of colour vision can tell apart; lines differ in their dashes too, so colour never stands alone.
"""

import base64
import io
import sys
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

import matplotlib as mpl
import numpy as np
from cycler import cycler
from markupsafe import Markup
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from utils.errors import CourseError
from utils.files import render
from utils.plots.dark_pixels import Images, darkened, images_of
from utils.plots.fonts import fit_texts
from utils.plots.readable import DPI, narrowed, readable, smallest

__all__ = [
    *("COLORS", "DASHES", "DPI", "FAINT", "INK", "STYLE", "Colors"),
    *("image_tag", "in_any_script", "picture_tag", "png", "show", "use_style"),
]

T = TypeVar("T")


class Colors(NamedTuple):
    """Okabe and Ito's palette: `COLORS.blue`, `COLORS[0]`.

    Source: https://jfly.uni-koeln.de/color/
    """

    blue: str = "#0072B2"
    vermillion: str = "#D55E00"
    green: str = "#009E73"
    purple: str = "#CC79A7"
    orange: str = "#E69F00"
    sky: str = "#56B4E9"
    black: str = "#000000"
    yellow: str = "#F0E442"


COLORS = Colors()
DASHES: tuple[Any, ...] = ("-", (0, (5, 1.6)), (0, (1.2, 1.2)), (0, (6, 1.5, 1.2, 1.5)))
INK, FAINT = "#222222", "#8a8a8a"

STYLE: Mapping[Any, Any] = {
    "figure.figsize": (6.4, 3.8),
    "figure.dpi": DPI,
    "savefig.dpi": DPI,
    "figure.constrained_layout.use": True,
    "figure.constrained_layout.w_pad": 0.08,
    "figure.constrained_layout.h_pad": 0.06,
    "figure.facecolor": "white",
    "font.size": 11,
    "axes.titlesize": 12,
    "axes.labelsize": 11,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
    "legend.fontsize": 10,
    "figure.titlesize": 13,
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.edgecolor": "#999999",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.8,
    "lines.linewidth": 2,
    "lines.markersize": 6,
    "legend.frameon": False,
    "image.cmap": "gray",
    "image.interpolation": "nearest",
    "axes.prop_cycle": cycler(color=COLORS) + cycler(linestyle=DASHES + DASHES),
}


def use_style() -> None:
    """Make matplotlib draw every figure from here on in the course's look."""
    mpl.rcParams.update(STYLE)


def show(figure: Figure, alt: str) -> None:
    """Display a figure in a notebook with a text for those who can't see it, and close it.

    alt: one or two sentences that say what there is to see. Where no picture can be shown,
        they are printed instead.
    """
    tag = picture_tag(figure, alt)
    from IPython.display import display

    display({"text/html": str(tag), "text/plain": alt}, raw=True)
    if "matplotlib.pyplot" in sys.modules:  # else the notebook would show it a second time
        sys.modules["matplotlib.pyplot"].close(figure)


def picture_tag(figure: Figure, alt: str) -> Markup:
    """Return the figure as an `<img>` that needs no other file and follows the page's theme.

    Its texts are made large enough to be read in a narrow column: see `utils.plots.readable`.
    Raises CourseError where alt is empty.
    """
    if not alt.strip():
        raise CourseError(
            "This figure has no alt text.", "Say in a sentence what there is to see: alt='…'."
        )
    narrowed(figure)
    readable(figure)
    drawn, images = _pixels(figure, 2 * DPI)
    light, dark = (_file(pixels) for pixels in (drawn, darkened(drawn, images)))
    return image_tag(light, alt, round(figure.get_figwidth() * DPI), dark, smallest(figure))


def image_tag(
    light: bytes, alt: str, width: int, dark: bytes = b"", smallest: float | None = None
) -> Markup:
    """Return a PNG file as an `<img>`; on a dark page the other one is shown in its place.

    width: in the page's pixels. smallest: the height of its smallest text in that width.
    """
    data, other = (base64.b64encode(one).decode("ascii") for one in (light, dark))
    return render("image.html", data=data, dark=other, alt=alt, width=width, smallest=smallest)


def _pixels(figure: Figure, dpi: float) -> tuple[np.ndarray, Images]:
    """Return the figure's pixels (height, width, 4) uint8, and where images are among them."""
    before, figure.dpi = figure.dpi, dpi
    canvas = FigureCanvasAgg(figure)
    try:
        figure.draw_without_rendering()  # the first layout says which ticks there are
        in_any_script(figure, canvas.draw)
        return np.array(canvas.buffer_rgba()), images_of(figure)
    finally:
        figure.dpi = before


def _file(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).convert("RGB").save(buffer, "png")
    return buffer.getvalue()


def png(figure: Figure, dpi: float = DPI) -> bytes:
    """Return the figure as a PNG file's content; its texts may be in any script."""

    def draw() -> bytes:
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=dpi)
        return buffer.getvalue()

    return in_any_script(figure, draw)


def in_any_script(figure: Figure, draw: Callable[[], T]) -> T:
    """Return what drawing a figure returns, drawn anew where its texts need other fonts."""
    try:
        drawn = draw()
    except (TypeError, ValueError):  # a text that can't be drawn, or else it comes up again
        fit_texts(figure)
        return draw()
    return draw() if fit_texts(figure) else drawn
