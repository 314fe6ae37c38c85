"""The shell: one picture a change, refusals in a sentence, a static picture for readers."""

import base64
import io
import re

import ipywidgets
import numpy as np
import pytest
from PIL import Image

from utils.errors import CourseError
from utils.plots.png_files import png_file
from utils.widgets.shell import explorer
from utils.widgets.shell.canvas import Canvas
from utils.widgets.shell.explorer import Explorer, choice, slider
from utils.widgets.shell.picture import Grid, Shown


class Dot(Canvas):
    """A dot that moves along a line."""

    def build(self):
        axis = self.figure.subplots()
        axis.set(xlim=(0, 10), ylim=(-1, 1))
        self.dot = self.moving(axis.plot([0], [0], "o")[0])


def made(calls, grid=None):
    def show(x, name, cell=None):
        calls.append((x, name, cell))
        if x > 9:
            raise CourseError("x is too large.", "Take one up to 9.")
        return Shown(f"{x}{name}{cell}".encode(), f"a dot at {x}", f"x = {x}, {name}")

    controls = {"x": slider("x", 1, 0, 10, 1), "name": choice("name", ["a", "b"], "a")}
    return Explorer(show, controls, 4, grid=grid)


def test_a_change_draws_once_and_changes_picture_alt_and_caption_together():
    calls = []
    widget = made(calls)
    widget.controls["x"].value = 3
    assert calls == [(1, "a", None), (3, "a", None)]
    image = widget.picture
    assert (image.png, image.alt, image.text) == (b"3.0aNone", "a dot at 3.0", "x = 3.0, a")
    assert image.drawn == [3, 0]


def test_several_controls_moved_at_once_draw_once():
    calls = []
    widget = made(calls)
    widget.move(x=4, name="b")
    assert calls[1:] == [(4, "b", None)]


def test_a_refusal_is_a_sentence_and_leaves_the_last_picture_marked():
    widget = made([])
    widget.controls["x"].value = 10
    assert widget.picture.problem == "x is too large. Take one up to 9."
    assert widget.picture.png == b"1.0aNone" and widget.picture.drawn == [1, 0]
    widget.controls["x"].value = 9
    assert widget.picture.problem == "" and widget.picture.drawn == [9, 0]


def test_pointing_at_a_cell_draws_that_cell():
    calls = []
    widget = made(calls, Grid(0, 0, 1, 1, 3, 4, "a cell"))
    widget.picture.cell = [2, 1]
    assert calls == [(1, "a", (0, 0)), (1, "a", (2, 1))]


def test_any_other_error_isnt_hidden():
    def show(x):
        return 1 / x

    with pytest.raises(ZeroDivisionError):
        Explorer(show, {"x": slider("x", 0, 0, 1, 1)}, 4)


def test_readers_without_a_kernel_get_the_picture_with_alt_and_caption(monkeypatch):
    widget, outputs = made([]), []
    monkeypatch.setattr(explorer, "display", lambda data, raw: outputs.append(data))
    widget._ipython_display_()
    static, live = outputs
    page = static["text/html"]
    found = re.search(r'src="data:image/png;base64,([^"]+)" alt="([^"]+)"', page)
    assert base64.b64decode(found[1]) == b"1.0aNone" and found[2] == "a dot at 1.0"
    assert "x = 1.0, a" in page and static["text/plain"] == "a dot at 1.0\nx = 1.0, a"
    assert live["application/vnd.jupyter.widget-view+json"]["model_id"] == widget.model_id


def test_no_part_of_a_widget_comes_from_a_network():
    widget = made([])
    source = str(widget.picture._esm) + str(widget.picture._css)
    assert "http://" not in source and "https://" not in source


@pytest.mark.parametrize("shape", [(7, 5, 3), (1, 1, 3), (300, 401, 3), (7, 5, 4), (7, 5)])
def test_a_png_file_holds_every_pixel_without_what_is_transparent(shape):
    pixels = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    image = Image.fromarray(pixels)
    content = png_file(image)
    Image.open(io.BytesIO(content)).verify()  # the checksums too
    read = Image.open(io.BytesIO(content))
    assert (read.format, read.mode) == ("PNG", "RGB")
    assert np.array_equal(np.asarray(read), np.asarray(image.convert("RGB")))


def test_drawing_the_same_again_gives_the_same_bytes():
    one, other = Dot(4, 2), Dot(4, 2)
    for place in (3, 7, 5):
        one.dot.set_data([place], [0])
        one.png()
    other.dot.set_data([5], [0])
    assert one.png() == other.png()
    other.dot.set_data([6], [0])
    assert one.png() != other.png()


def test_the_place_of_an_axes_is_told_in_fractions_from_the_upper_left():
    dot = Dot(4, 2)
    left, top, right, bottom = dot.place(dot.figure.axes[0])
    assert 0 < left < 0.3 < 0.8 < right <= 1
    assert 0 <= top < 0.2 < 0.6 < bottom < 1


@pytest.mark.parametrize("control", [ipywidgets.IntSlider(), ipywidgets.Dropdown(options=["a"])])
def test_the_browser_is_told_what_a_control_is_known_by(control):
    widget = Explorer(lambda c: Shown(b"", "a picture", str(c)), {"c": control}, 4)
    (key,) = widget.picture.keys_drawn
    assert key in control.get_state() and [control.get_state()[key]] == widget.picture.drawn
