"""Ten digits are drawn on the pad, stroke by stroke, with the mouse; and one with keys."""

import json

import pytest
from playwright.sync_api import expect

from tools.notebook_page import NotebookPage, WidgetView
from utils.settings import ROOT
from utils.widgets.digits import PAPER, prepare, raster

STROKES = json.loads((ROOT / "tests" / "browser" / "strokes.json").read_text(encoding="utf-8"))
CODE = """
from utils.networks.in_numpy.keras_layers import read_network
from utils.networks.saved import load_model, reference_model
from utils.widgets import drawing_pad
names = {"dense": "mnist_dense", "CNN": "mnist_cnn"}
networks = {k: read_network(load_model(reference_model(name))) for k, name in names.items()}
pad = drawing_pad(networks)
pad
"""
CELLS = [CODE]


def draw(widget: WidgetView, strokes: list[list[list[int]]]) -> None:
    """Move the mouse as a hand would: down, along the points, up."""
    box = widget.view.locator(".course-canvas").bounding_box()
    scale, mouse = box["width"] / PAPER, widget.page.mouse
    for stroke in strokes:
        (x, y), *rest = stroke
        mouse.move(box["x"] + x * scale, box["y"] + y * scale)
        mouse.down()
        for x, y in rest:
            mouse.move(box["x"] + x * scale, box["y"] + y * scale)
        mouse.up()
    widget.settled()


def said(widget: WidgetView) -> dict[str, int]:
    """Return the digit that the caption gives for each network."""
    lines = widget.caption.splitlines()
    return {name: int(rest.split()[0]) for name, rest in (line.split(": ", 1) for line in lines)}


@pytest.fixture
def pad(cells_of_all: NotebookPage) -> WidgetView:
    """Return the pad, empty."""
    widget = cells_of_all.widget()
    clear(widget)
    return widget


def clear(widget: WidgetView) -> None:
    widget.view.get_by_role("button", name="Clear").click()
    expect(widget.view.locator(".course-caption")).to_contain_text("Draw a digit")
    widget.settled()


def test_at_least_nine_of_ten_drawn_digits_are_read(pad: WidgetView) -> None:
    right = {"dense": 0, "CNN": 0}
    for digit, strokes in STROKES.items():
        draw(pad, strokes)
        for name, answer in said(pad).items():
            right[name] += answer == int(digit)
        clear(pad)
    assert min(right.values()) >= 9, right


def test_the_answer_changes_while_the_pen_is_down(pad: WidgetView) -> None:
    box = pad.view.locator(".course-canvas").bounding_box()
    pad.page.mouse.move(box["x"] + 60, box["y"] + 40)
    pad.page.mouse.down()
    pad.page.mouse.move(box["x"] + 140, box["y"] + 40, steps=5)
    pad.settled()
    half = pad.png
    pad.page.mouse.move(box["x"] + 90, box["y"] + 170, steps=8)
    pad.settled()
    assert pad.png != half and "CNN" in pad.caption
    pad.page.mouse.up()


def test_a_digit_is_drawn_with_the_keys_alone(pad: WidgetView) -> None:
    pad.view.locator(".course-canvas").focus()
    for key, times in (("ArrowUp", 8), (" ", 1), ("ArrowDown", 16), (" ", 1)):
        for _ in range(times):
            pad.page.keyboard.press(key)
    pad.settled()
    assert said(pad) == {"dense": 1, "CNN": 1}
    middle = PAPER // 2
    strokes = [[[middle, y] for y in range(middle - 80, middle + 81, 10)]]
    assert prepare(raster(strokes)).box[0] == middle - 9  # what it should be: one straight line
    pad.page.keyboard.press("Delete")
    expect(pad.view.locator(".course-caption")).to_contain_text("Draw a digit")


def test_a_stroke_is_taken_back(pad: WidgetView) -> None:
    draw(pad, STROKES["4"][:1])
    first = pad.png
    draw(pad, STROKES["4"][1:])
    assert pad.png != first
    pad.view.get_by_role("button", name="Undo a stroke").click()
    pad.page.wait_for_timeout(300)
    assert pad.settled().png == first


def test_a_dot_is_no_digit(pad: WidgetView) -> None:
    draw(pad, [[[140, 140]]])
    for line in pad.caption.splitlines():
        assert "I see no digit: 40% of it is ink" in line


@pytest.mark.parametrize(("width", "height", "beside"), [(1280, 800, True), (640, 800, False)])
def test_the_answers_stand_beside_the_pad_and_both_are_in_sight(
    pad: WidgetView, width: int, height: int, beside: bool
) -> None:
    before = pad.page.viewport_size
    pad.page.set_viewport_size({"width": width, "height": height})
    pad.view.locator(".course-canvas").evaluate("one => one.scrollIntoView({block: 'start'})")
    paper = pad.view.locator(".course-canvas").bounding_box()
    bars = pad.view.locator(".course-frame img").bounding_box()
    steps = pad.view.get_by_alt_text("for the steps").bounding_box()
    pad.page.set_viewport_size(before)
    assert bars["x"] + bars["width"] <= width and steps["x"] + steps["width"] <= width
    if beside:
        assert bars["x"] >= paper["x"] + paper["width"] and bars["y"] + bars["height"] <= height
        assert abs(bars["y"] - paper["y"]) < 40 and paper["y"] > 0
    else:
        assert bars["y"] >= paper["y"] + paper["height"]
    assert steps["y"] >= max(bars["y"] + bars["height"], paper["y"] + paper["height"])
