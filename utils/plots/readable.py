"""Texts that can be read where a figure is shown small: the one rule for figures and widgets.

A notebook scales a figure down to its column. Nothing here knows what is drawn.
"""

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text

__all__ = [
    *("DPI", "NARROWEST", "SMALLEST", "WIDEST"),
    *("least_points", "narrowed", "readable", "smallest"),
]

DPI = 110  # pixels on the page per inch of a figure, where there is room
SMALLEST = 9  # pixels on the page that a text must be high (its font's size, as CSS counts)
NARROWEST = 460  # pixels of the narrowest place that this is promised for: in a column of 480
WIDEST = 7.6  # inches: in a wider one texts would have to be so large that nothing else fits


def least_points(width: float) -> float:
    """Return the smallest font size, in points, for a figure that is so many inches wide."""
    return SMALLEST * 72 / DPI * max(1.0, width * DPI / NARROWEST)


def narrowed(figure: Figure) -> None:
    """Make a figure no wider than WIDEST; panels of a fixed shape keep it, others their height.

    To be called before `readable`.
    """
    width, height = figure.get_size_inches()
    if width > WIDEST:
        shaped = any(axes.get_aspect() != "auto" for axes in figure.axes)
        figure.set_size_inches(WIDEST, height * WIDEST / width if shaped else height)


def readable(figure: Figure) -> None:
    """Make no text of a figure smaller than can be read in the narrowest column."""
    least = least_points(figure.get_figwidth())
    for axes in figure.axes:
        three = [axes.zaxis] if hasattr(axes, "zaxis") else []
        for axis in [axes.xaxis, axes.yaxis, *three]:
            size = axis.get_tick_params().get("labelsize", mpl.rcParams["xtick.labelsize"])
            points = FontProperties(size=size).get_size_in_points()
            axis.set_tick_params("both", labelsize=max(points, least))
    for text in figure.findobj(Text):
        assert isinstance(text, Text)  # findobj's type is any artist's
        text.set_fontsize(max(text.get_fontsize(), least))


def smallest(figure: Figure) -> float:
    """Return the size of a figure's smallest text, in pixels where it is shown in full width."""
    texts = [one for one in figure.findobj(Text) if isinstance(one, Text) and one.get_text()]
    sizes = [float(text.get_fontsize()) for text in texts if text.get_visible()]
    return min(sizes, default=72.0) * DPI / 72
