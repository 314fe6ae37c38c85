"""Texts of figures and widgets are large enough where a column is narrow."""

import gc
import re

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from utils import widgets
from utils.plots import picture_tag
from utils.plots.readable import NARROWEST, SMALLEST, WIDEST, least_points, smallest
from utils.plots.style import DPI, STYLE
from utils.widgets.shell.canvas import Canvas


def shown_smallest(tag: str) -> float:
    """Return the height of the smallest text in the narrowest column, as the tag says."""
    (width,), (small,) = re.findall(r'width="(\d+)"', tag), re.findall(r'smallest="([\d.]+)"', tag)
    return float(small) * min(1.0, NARROWEST / float(width))


@pytest.mark.parametrize("width", [2.0, 5.0, 7.0, 9.4, 14.0])
def test_no_text_of_a_figure_is_too_small_in_a_narrow_column(width: float) -> None:
    with mpl.rc_context(dict(STYLE)):
        figure = Figure(figsize=(width, 3))
        one, other = figure.subplots(1, 2)
        one.plot(range(9), label="a line")
        one.tick_params(labelsize=5)
        one.legend(fontsize=4)
        other.imshow(np.eye(3))
        other.set_title("a title", fontsize="xx-small")
        other.text(0, 0, "a word", fontsize=3)
        tag = str(picture_tag(figure, "two panels"))
    assert shown_smallest(tag) > SMALLEST - 0.05
    texts = [one for one in figure.findobj(Text) if isinstance(one, Text)]
    assert min(one.get_fontsize() for one in texts) >= least_points(figure.get_figwidth())
    assert figure.get_figwidth() <= WIDEST


def test_the_size_that_is_told_is_measured() -> None:
    figure = Figure(figsize=(3, 2))
    figure.text(0.5, 0.5, "a word", fontsize=14)
    figure.text(0.5, 0.2, "", fontsize=7)
    assert smallest(figure) == pytest.approx(14 * DPI / 72)


def test_a_wide_figure_keeps_the_shape_of_pictures_and_the_height_of_curves() -> None:
    pictures, curves = Figure(figsize=(2 * WIDEST, 4)), Figure(figsize=(2 * WIDEST, 4))
    pictures.add_subplot().imshow(np.eye(3))
    curves.add_subplot().plot(range(3))
    for figure in (pictures, curves):
        picture_tag(figure, "a figure")
    assert pictures.get_size_inches().tolist() == [WIDEST, 2]
    assert curves.get_size_inches().tolist() == [WIDEST, 4]


@pytest.mark.parametrize("name", ["perceptron", "step_and_sigmoid", "gradient_descent",
                                  "bend_the_plane", "softmax_and_loss", "two_moons"])  # fmt: skip
def test_no_text_of_a_widget_is_too_small_in_a_narrow_column(name: str) -> None:
    widget = getattr(widgets, name)()
    drawn = [one for one in gc.get_objects() if isinstance(one, Canvas) and one._still is not None]
    least = min(smallest(one.figure) * NARROWEST / (one.figure.get_figwidth() * DPI)
                for one in drawn)  # fmt: skip
    assert least > SMALLEST - 0.05
    assert widget.picture.smallest * NARROWEST / widget.picture.width > SMALLEST - 0.05
