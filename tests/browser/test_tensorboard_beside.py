"""TensorBoard opens in its tab of JupyterLab, and alone by the printed address."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tools.browser import Server, wait_for
from utils.settings import ROOT

sys.path.insert(0, str(ROOT / "tests"))
from made_runs import made_rows, make_run  # noqa: E402


def test_two_runs_can_be_compared_in_jupyterlabs_tab(
    lab: Server, chromium: Browser, root: Path
) -> None:
    for variant, accuracy in (("0", 0.5), ("0.5", 0.6)):
        make_run(root / "runs", f"dropout/{variant}/seed-0", made_rows(accuracy))
    wait_for(lab.url("/tensorboard/data/runs"), lab.process)
    page = chromium.new_page(viewport={"width": 1800, "height": 1000})
    page.goto(lab.url("/lab/workspaces/lessons"))
    expect(page.locator(".jp-Notebook .jp-RenderedMarkdown").first).to_be_visible()
    page.get_by_role("tab", name="TensorBoard").click()
    board = page.frame_locator("iframe").first
    for run in ("dropout/0 s0", "dropout/0.5 s0"):
        expect(board.get_by_text(run).first).to_be_visible()
    expect(board.get_by_text("Accuracy", exact=False).first).to_be_visible()
    lines = board.locator("line-chart, svg path.line, scalar-card-line-chart").first
    expect(lines).to_be_visible()
    page.close()


@pytest.fixture
def printed(tmp_path: Path) -> Iterator[str]:
    """Yield the address that `course tensorboard` prints."""
    make_run(tmp_path / "runs", "dropout/0.5/seed-0", made_rows(0.6))
    command = [sys.executable, "-m", "utils.cli", "tensorboard", "--runs", str(tmp_path / "runs")]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert server.stdout is not None
    said = server.stdout.readline() + server.stdout.readline()
    yield re.findall(r"http://\S+", said)[0]
    server.terminate()
    server.wait()
    server.stdout.close()


def shows_the_run(page: Page) -> None:
    expect(page.get_by_text("dropout/0.5 s0").first).to_be_visible()
    expect(page.locator("line-chart, scalar-card-line-chart").first).to_be_visible()


def test_the_printed_address_opens_it_and_a_cookie_keeps_it_open(
    printed: str, chromium: Browser
) -> None:
    root = printed.partition("?")[0]
    page = chromium.new_page(viewport={"width": 1400, "height": 900})
    assert page.goto(root).status == 403
    expect(page.get_by_text("only by the address")).to_be_visible()
    refused = []
    page.on("response", lambda answer: refused.append(answer.url) if answer.status > 399 else None)
    page.goto(printed)
    shows_the_run(page)
    page.goto(root)
    page.reload()
    shows_the_run(page)
    assert refused == []
    page.close()


def test_scalars_are_unsmoothed_and_hparams_shows_first_what_came_out(
    printed: str, chromium: Browser
) -> None:
    page = chromium.new_page(viewport={"width": 1280, "height": 800})
    page.goto(printed.replace("#timeseries", "#scalars"))
    expect(page.get_by_text("dropout/0.5 s0").first).to_be_visible()
    expect(page.locator("tf-smoothing-input input").first).to_have_value("0")
    page.goto("about:blank")  # a change of the hash alone loads nothing
    page.goto(printed.replace("#timeseries", "#hparams"))
    trial = page.locator("vaadin-grid").get_by_text("dropout/0.5 s0").first
    expect(trial).to_be_visible()
    assert trial.evaluate("cell => cell.scrollWidth <= cell.clientWidth")
    columns = page.locator("vaadin-grid .table-header")
    left = {
        column.inner_text().strip(): column.bounding_box()["x"]
        for column in columns.all()
        if column.is_visible()
    }
    order = sorted(left, key=lambda name: left[name])
    assert order[2:5] == ["val accuracy", "val loss", "gap"] and "dropout" in order[5:]
    assert left["gap"] < 1280 - 100
    page.close()
