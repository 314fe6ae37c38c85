"""What may happen to a widget in a browser: fast hands, a dead kernel, a second tab.

Nothing hangs, and nothing that is old is shown as if it were of now.
"""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tools.browser import Server
from tools.notebook_page import IDLE, NotebookPage
from utils.widgets import perceptron

CODE = 'from utils.widgets import perceptron\nperceptron("AND", 1.0, 1.0, -1.5)'
# Its picture comes when a file says so.
SLOW = """
import pathlib, time
from utils.widgets import perceptron
slow = perceptron("AND", 1.0, 1.0, -1.5)
slow.static_page()  # the pictures for both kinds of pages, which are shown at first
fast = slow._show
def show(**values):
    while not pathlib.Path({go!r}).exists():
        time.sleep(0.05)
    return fast(**values)
slow._show = show
slow
"""


def expected(**values: float) -> bytes:
    widget = perceptron("AND", 1.0, 1.0, -1.5)
    widget.move(**values)
    return widget.picture.png


def test_ten_fast_moves_end_in_the_picture_of_the_last(cells: Callable[..., NotebookPage]) -> None:
    widget = cells(CODE).widget().settled()
    widget.press("w₁", "ArrowRight", times=10)
    widget.settled()
    assert widget.value("w₁") == pytest.approx(2.0)
    assert "w₁ = 2.00" in widget.caption
    assert widget.png == expected(w1=widget.value("w₁"))


# The next change that a widget tells its kernel is lost on the way.
LOSE = """() => {
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    const text = typeof data === 'string' ? data : new TextDecoder().decode(data);
    if (!text.includes('comm_msg') || !text.includes('"update"')) return send.call(this, data);
    WebSocket.prototype.send = send;
    window.lost = true;
  };
}"""


def test_a_move_that_is_lost_on_the_way_is_told_again(cells: Callable[..., NotebookPage]) -> None:
    opened = cells(CODE)
    widget = opened.widget().settled()
    opened.page.evaluate(LOSE)
    widget.press("w₁", "ArrowRight")
    widget.settled()
    assert opened.page.evaluate("window.lost")
    assert widget.png == expected(w1=widget.value("w₁"))
    widget.press("w₁", "ArrowRight", times=3)
    widget.settled()
    assert widget.png == expected(w1=widget.value("w₁"))


def test_a_picture_older_than_its_controls_says_so(
    cells: Callable[..., NotebookPage], tmp_path: Path
) -> None:
    go = tmp_path / "go"
    widget = cells(SLOW.format(go=str(go))).widget().settled()
    widget.press("b", "ArrowRight")
    figure = widget.view.locator(".course-figure")
    expect(figure).to_have_attribute("data-state", "waiting")
    expect(figure).to_have_attribute("aria-busy", "true")
    expect(figure).to_have_class("course-figure course-slow")
    expect(widget.view.locator(".course-frame")).to_have_css("opacity", "0.35")
    go.touch()
    widget.settled()
    expect(figure).to_have_class("course-figure")
    assert "b = -1.40" in widget.caption


def test_a_kernel_killed_while_it_draws_is_said_under_the_picture(
    cells: Callable[..., NotebookPage], tmp_path: Path
) -> None:
    go = tmp_path / "go"
    opened = cells("import os\nprint(os.getpid())", SLOW.format(go=str(go)))
    widget = opened.widget().settled()
    gone = widget.view.locator(".course-gone")
    expect(gone).to_be_hidden()
    widget.press("b", "ArrowRight")
    expect(widget.view.locator(".course-figure")).to_have_attribute("data-state", "waiting")
    os.kill(int(opened.cell("c0").locator(".jp-OutputArea-output").inner_text()), signal.SIGKILL)
    expect(gone).to_be_visible()
    expect(widget.view.locator(".course-frame")).to_have_css("opacity", "0.35")
    opened.page.get_by_role("button", name="Ok", exact=True).click()  # JupyterLab says it too
    opened.page.wait_for_function(IDLE)
    go.touch()
    opened.run()
    again = opened.widget().settled()
    again.press("w₂", "ArrowLeft", times=3)
    again.settled()
    assert again.png == expected(w2=again.value("w₂"))


def test_two_tabs_on_one_notebook_show_the_same(
    cells: Callable[..., NotebookPage], chromium: Browser, lab: Server
) -> None:
    first = cells(CODE)
    first.widget().settled()
    first.save()
    path = first.page.url.partition("/tree/")[2].partition("?")[0]
    page = chromium.new_page(viewport={"width": 1400, "height": 1000})
    second = NotebookPage(page, lab).open(path)
    try:
        widget = second.widget().settled()
        widget.press("w₁", "ArrowLeft", times=4)
        widget.settled()
        wanted = expected(w1=widget.value("w₁"))
        assert widget.png == wanted
        other = first.widget()
        expect(other.view.locator(".course-caption")).to_contain_text("w₁ = 0.60")
        assert other.settled().png == wanted
        assert other.value("w₁") == widget.value("w₁")
    finally:
        second.close(kernel=False)
