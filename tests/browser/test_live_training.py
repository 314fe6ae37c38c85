"""A real training, stopped in the browser while its cell runs, and taken up again."""

from collections.abc import Callable

from playwright.sync_api import expect

from tools.notebook_page import NotebookPage

SETUP = """
import os, sys
from dataclasses import replace
from pathlib import Path
sys.path.insert(0, {tests!r})
from tiny import TINY, tiny_dataset
from utils.experiments.training import train
from utils.widgets import live_training
folder = Path(os.environ["COURSE_RUNS"]) / "live" / "a" / "seed-0"
config = replace(TINY, epochs=60)
live = live_training()
"""
TRAIN = """
with live:
    record = train(config, tiny_dataset(), folder, study="live", variant="a",
                   should_stop=live.should_stop, on_epoch=live.on_epoch)
print("ended", record["status"], len(record["history"]))
"""
CELLS = "window.jupyterapp.shell.currentWidget.content.widgets.length"


def test_training_is_seen_stopped_and_goes_on(cells: Callable[..., NotebookPage]) -> None:
    from utils.settings import ROOT

    opened = cells(SETUP.format(tests=str(ROOT / "tests")), "'ready'")
    page = opened.page
    page.evaluate(
        "source => { const book = window.jupyterapp.shell.currentWidget;"
        "book.model.sharedModel.insertCell(3, {cell_type: 'code', id: 'train', source}); }",
        TRAIN,
    )
    opened.start()
    caption = page.locator(".course-widget .course-caption")
    expect(caption).to_contain_text("Training goes on.")
    stop = page.get_by_role("button", name="Stop after this epoch")
    stop.focus()
    page.keyboard.press("Enter")
    expect(stop).to_have_count(0)  # not in the page for anyone: neither seen nor focused
    expect(caption).to_be_focused()
    expect(caption).to_contain_text("Stopped: run the cell again")
    opened.wait()
    cells_before = page.evaluate(CELLS)
    page.keyboard.type("dd")  # with the focus on the page, this deletes a cell
    assert page.evaluate(CELLS) == cells_before
    printed = opened.cell("train").locator(".jp-OutputArea-output").last
    _, status, epochs = printed.inner_text().split()
    assert status == "stopped" and 1 <= int(epochs) < 60
    assert f"epoch {epochs} of 60" in caption.last.inner_text()
    opened.cell("train").locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    expect(stop).to_be_visible()
    expect(printed).to_contain_text("ended finished 60")
    assert "epoch 60 of 60" in page.locator(".course-caption").last.inner_text()
    expect(stop).to_have_count(0)
    assert opened.complaints == []
