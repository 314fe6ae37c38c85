"""Each widget is moved with keys and mouse; the picture is what the pure function says.

The wanted picture is drawn by the same code in this process, from the values that the page
shows; it must agree with the page's to the last byte.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from tools.notebook_page import PATIENCE, NotebookPage, WidgetView
from utils import widgets
from utils.widgets.shell.explorer import Explorer


@dataclass(frozen=True)
class Case:
    """A widget: its function, one slider's label for keys, another one's for the mouse.

    controls: the names of these two controls. keys: how often an arrow key is pressed.
    """

    function: str
    labels: tuple[str, str]
    controls: tuple[str, str]
    start: str = ""

    @property
    def call(self) -> str:
        return f"{self.function}({self.start})"

    def make(self) -> Explorer:
        return eval(f"widgets.{self.call}")


CURVES = "[[k * epoch % 7 / 9 for epoch in range(1, 7)] for k in range(1, 13)]"
PICTURE = "__import__('numpy').indices((32, 32, 3)).sum(0).astype('uint8'), maps=True"
INSIDE = """(lambda np, w: w.widgets.Inside(
    (np.arange(2304) % 251).astype(np.uint8).reshape(12, 8, 8, 3), np.arange(12) % 3,
    np.eye(3)[np.arange(12) * 2 % 3] * 0.7 + 0.1,
    {"a": (np.arange(1152) % 97).reshape(12, 4, 4, 6) / 97},
    {"a": (np.arange(1152) % 255).astype(np.uint8).reshape(6, 8, 8, 3)},
    (np.arange(144) % 13).reshape(12, 3, 2, 2) / 13,
))(__import__("numpy"), __import__("utils.widgets")), "xyz\""""
CASES = (
    Case("perceptron", ("w₁", "b"), ("w1", "b"), '"OR", 1.0, 1.0, -0.5'),
    Case("step_and_sigmoid", ("weight w", "input x"), ("w", "x")),
    Case("gradient_descent", ("start w₁", "steps"), ("w1", "steps")),
    Case("bend_the_plane", ("h₁: shift", "sharpness"), ("shift1", "sharpness")),
    Case("softmax_and_loss", ("z airplane", "z cat"), ("airplane", "cat")),
    Case("two_moons", ("dropout", "seed"), ("dropout", "seed"), '"dropout"'),
    Case("move_a_picture", ("moved right", "moved down"), ("right", "down"), PICTURE),
    Case("normalise_a_batch", ("mean of the sums", "scale γ"), ("mean", "gamma")),
    Case("through_many_layers", ("layers", "first weights"), ("layers", "scale")),
    Case("walk_into_a_valley", ("noise", "steps"), ("noise", "steps")),
    Case("successive_halving", ("first stop", "draw"), ("first", "draw"), CURVES),
    Case("look_inside", ("picture", "filter"), ("number", "filter"), INSIDE),
)

SEEING = """
import numpy as np
from utils.data import sample
from utils.widgets import what_the_cnn_sees
part = sample.sample("cifar10").validation.first(200)
rng = np.random.default_rng(0)
shares = rng.dirichlet(np.ones(10), 200)
names = list("abcdefghij")
def maps(index):
    picture = part.images[index] / 255
    return [("1 convolution", picture), ("2 pooling", picture[::2, ::2])]
def make():
    filters = rng.normal(size=(3, 3, 3, 4))
    return what_the_cnn_sees(part.images, part.labels, shares, names, maps, filters)
widget = make()
"""
# The code of each test's own widget; all are in one notebook.
MADE = {case.function: case.call for case in CASES} | {
    "learning": 'perceptron("AND")',
    "gates": "perceptron()",
    "convolution": "convolution()",
    "tensor": "tensor_explorer()",
    "seeing": SEEING + "widget",
}
CELLS = [f"from utils.widgets import *\n{code}" for code in MADE.values()]


@pytest.fixture
def made(cells_of_all: NotebookPage) -> Callable[[str], WidgetView]:
    """Return a function that gives the widget of that name, as it was made."""
    return lambda name: cells_of_all.widget(list(MADE).index(name)).settled()


def assert_shows(widget: WidgetView, wanted: Explorer) -> None:
    """Wait for the wanted picture, however slow the kernel is; alt and caption belong to it."""
    for _ in range(PATIENCE // 100):
        if widget.settled().png == wanted.picture.png:
            break
        widget.page.wait_for_timeout(100)
    assert widget.png == wanted.picture.png
    assert (widget.alt, widget.caption) == (wanted.picture.alt, wanted.picture.text)


def label_of(widget: Explorer, name: str) -> str:
    return widget.controls[name].description


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.function)
def test_keys_and_mouse_move_the_picture(case: Case, made: Callable[[str], WidgetView]) -> None:
    widget, wanted, seen = made(case.function), case.make(), []
    assert_shows(widget, wanted)
    keyed, dragged = (label_of(wanted, name) for name in case.controls)
    for move in (
        lambda: widget.press(keyed, "ArrowRight", times=2),
        lambda: widget.drag(dragged, 40),
        lambda: widget.press(keyed, "Home"),
    ):
        move()
        for name, label in zip(case.controls, (keyed, dragged), strict=True):
            control = wanted.controls[name]
            if hasattr(control, "options"):  # a slider over choices says where, not what
                control.index = round(widget.value(label))
            else:
                control.value = type(control.value)(widget.value(label))
        assert_shows(widget, wanted)
        seen.append(widget.png)
    assert len(set(seen)) == 3, "each move shows another picture"


def test_buttons_of_the_perceptron_learn(made: Callable[[str], WidgetView]) -> None:
    widget = made("learning")
    widget.view.get_by_role("button", name="Learn one step").click()
    expect(widget.view.locator(".course-caption")).to_contain_text("w₁ = 1.00")
    learn = widget.view.get_by_role("button", name="Learn", exact=True)
    learn.focus()
    widget.page.keyboard.press("Enter")
    expect(widget.view.locator(".course-caption")).to_contain_text("all four rows are right")


def test_a_gate_is_chosen_with_the_keys(made: Callable[[str], WidgetView]) -> None:
    widget = made("gates")
    widget.view.get_by_role("combobox", name="gate").focus()
    widget.page.keyboard.press("ArrowDown")
    expect(widget.view.locator(".course-caption")).to_contain_text("OR with")
    assert_shows(widget, widgets.perceptron("OR"))


def test_a_pixel_of_the_convolution_is_pointed_at(made: Callable[[str], WidgetView]) -> None:
    widget, wanted = made("convolution"), widgets.convolution()
    assert_shows(widget, wanted)
    pad = widget.view.locator(".course-pad")
    pad.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
        widget.page.keyboard.press(key)
    row, column = wanted.picture.cell
    wanted.picture.cell = [row + 2, column + 1]
    assert_shows(widget, wanted)
    box, grid = pad.bounding_box(), wanted.picture.grid
    x = box["x"] + box["width"] * 10.5 / grid["columns"]
    y = box["y"] + box["height"] * 5.5 / grid["rows"]
    widget.page.mouse.move(x, y)
    wanted.picture.cell = [5, 10]
    assert_shows(widget, wanted)


def test_the_tensor_is_cut_as_the_code_says(made: Callable[[str], WidgetView]) -> None:
    widget, wanted = made("tensor"), widgets.tensor_explorer()
    assert_shows(widget, wanted)
    on = widget.view.get_by_role("button", name="One on")
    on.focus()
    widget.page.keyboard.press("Enter")
    expect(widget.view.locator(".course-caption")).not_to_have_text(wanted.picture.text)
    next(
        button
        for row in wanted.children
        for button in getattr(row, "children", ())
        if getattr(button, "description", "") == "One on"
    ).click()
    assert_shows(widget, wanted)
    widget.drag("index 0", 50)
    assert widget.value("index 0") > wanted.values["index0"]
    wanted.controls["index0"].value = int(widget.value("index 0"))
    assert_shows(widget, wanted)


def test_a_cell_of_the_confusion_matrix_is_clicked(made: Callable[[str], WidgetView]) -> None:
    here: dict = {}
    exec(SEEING, here)
    widget, wanted = made("seeing"), here["widget"]
    assert_shows(widget, wanted)
    pad, grid = widget.view.locator(".course-pad"), wanted.picture.grid
    box = pad.bounding_box()
    widget.page.mouse.move(box["x"] + 3, box["y"] + 3)
    widget.page.wait_for_timeout(300)
    assert widget.settled().png == wanted.picture.png, "moving over it changes nothing"
    x, y = (box[edge] + box[size] * (k + 0.5) / grid[number] for edge, size, k, number in
            (("x", "width", 7, "columns"), ("y", "height", 4, "rows")))  # fmt: skip
    widget.page.mouse.click(x, y)
    wanted.picture.cell = [4, 7]
    assert_shows(widget, wanted)
    widget.page.keyboard.press("ArrowUp")
    wanted.picture.cell = [3, 7]
    assert_shows(widget, wanted)
