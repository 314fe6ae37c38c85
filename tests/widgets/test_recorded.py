"""What a widget records of itself: every one can be played back, or records nothing."""

import ast

import pytest
from PIL import Image

from tools.gallery import WIDGETS
from utils.errors import CourseError
from utils.jupyter.recordings import RECORDING, player
from utils.plots.png_files import png_file
from utils.widgets.shell import explorer, recording
from utils.widgets.shell.explorer import slider
from utils.widgets.shell.picture import Shown
from utils.widgets.shell.recording import record

# A quiz has no picture; the others ask for something of one's own.
SILENT = {"quiz", "predict", "drawing_pad", "collecting"}


@pytest.fixture
def displayed(monkeypatch):
    """Return a function that shows the widget that a cell ends with, and returns all outputs."""
    outputs = []
    monkeypatch.setenv("COURSE_RECORD", "1")
    monkeypatch.setattr(explorer, "display", lambda data, raw: outputs.append(data))
    for limit in ("FRAMES", "FEWEST", "MOST"):  # as many pictures as show that a control moves
        monkeypatch.setattr(recording, limit, 2)

    def show(code):
        *steps, last = ast.parse(f"from utils.widgets import *\n{code}").body
        names = {}
        exec(compile(ast.Module(steps, []), "cell", "exec"), names)
        eval(compile(ast.Expression(last.value), "cell", "eval"), names)._ipython_display_()
        return outputs

    return show


@pytest.mark.parametrize("name", sorted(WIDGETS.keys() - SILENT))
def test_a_recording_plays_and_each_control_in_it_moves(name, displayed):
    made = displayed(WIDGETS[name])[0][RECORDING]
    for control in made["controls"]:
        assert len(control["frames"]) == len(control["names"]) > 1
    assert len(made["frames"]) > 1
    assert 'class="course-recording' in player(made)


def test_a_widget_that_nothing_recorded_can_move_shows_its_picture_alone(displayed):
    """Its only control is a field for text."""
    first = displayed(WIDGETS["collecting"])[0]
    assert "<img" in first["text/html"] and RECORDING not in first


def test_a_control_of_which_one_value_can_be_shown_is_not_recorded():
    def show(x, y):
        if y:
            raise CourseError("y is too large.", "Take 0.")
        return Shown(png_file(Image.new("RGB", (4, 4), (40 * int(x), 0, 0))), f"{x}", "")

    controls = {name: slider(name, 0, 0, 5, 1) for name in "xy"}
    assert [one["label"] for one in record(show, controls, 4)["controls"]] == ["x"]
