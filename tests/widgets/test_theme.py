"""A widget's picture is drawn for the page it is on: a light one or a dark one."""

import io

import numpy as np
import pytest
from PIL import Image

from utils import widgets
from utils.plots.dark_pixels import GROUND
from utils.widgets.shell.explorer import Explorer
from utils.widgets.shell.theme import for_dark_page, is_for_dark_page

MADE = ("perceptron", "step_and_sigmoid", "gradient_descent", "bend_the_plane", "softmax_and_loss",
        "two_moons", "convolution", "tensor_explorer", "normalise_a_batch", "through_many_layers",
        "walk_into_a_valley")  # fmt: skip


def corner(png: bytes) -> list[int]:
    return np.asarray(Image.open(io.BytesIO(png)))[0, 0].tolist()


@pytest.mark.parametrize("name", MADE)
def test_a_widget_is_drawn_for_the_page_that_the_browser_tells_of(name: str) -> None:
    widget: Explorer = getattr(widgets, name)()
    picture = widget.picture
    light = picture.png
    picture.dark = True
    assert corner(picture.dark_png) == [GROUND] * 3 and picture.png == b""
    picture.dark = False
    assert corner(light) == [255] * 3 and picture.png == light and picture.dark_png == b""


def test_moving_a_widget_draws_it_for_its_page_alone() -> None:
    widget = widgets.perceptron()
    widget.picture.dark = True
    before = widget.picture.dark_png
    widget.move(w1=2.0)
    assert widget.picture.dark_png != before and widget.picture.png == b""
    assert corner(widget.static().png) == [255] * 3


def test_readers_without_a_kernel_get_both_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[dict[str, str]] = []
    monkeypatch.setattr(
        "utils.widgets.shell.explorer.display", lambda data, raw: shown.append(data)
    )
    widgets.perceptron()._ipython_display_()
    page = shown[0]["text/html"]
    assert page.count("data:image/png;base64,") == 2 and page.count("<img") == 1


def test_a_photograph_in_a_widget_stays_as_it_is() -> None:
    widget = widgets.convolution()
    light = np.asarray(Image.open(io.BytesIO(widget.picture.png)))
    widget.picture.dark = True
    dark = np.asarray(Image.open(io.BytesIO(widget.picture.dark_png)))
    picture = np.s_[100:500, 60:560]
    assert (light[picture] == dark[picture]).mean() > 0.9


def test_the_page_that_is_wanted_holds_only_inside() -> None:
    with for_dark_page():
        assert is_for_dark_page()
        with for_dark_page(False):
            assert not is_for_dark_page()
    assert not is_for_dark_page()
