"""TensorBoard opens beside the notebook in JupyterLab and lays two runs side by side."""

import sys
from pathlib import Path

from playwright.sync_api import Browser, expect

from tools.browser import Server, wait_for
from utils.settings import ROOT

sys.path.insert(0, str(ROOT / "tests"))
from made_runs import made_rows, make_run  # noqa: E402


def test_two_runs_can_be_compared_beside_the_notebook(
    lab: Server, chromium: Browser, root: Path
) -> None:
    for variant, accuracy in (("0", 0.5), ("0.5", 0.6)):
        make_run(root / "runs", f"dropout/{variant}/seed-0", made_rows(accuracy))
    wait_for(lab.url("/tensorboard/data/runs"), lab.process)
    page = chromium.new_page(viewport={"width": 1800, "height": 1000})
    page.goto(lab.url("/lab/workspaces/course"))
    expect(page.locator(".jp-Notebook .jp-RenderedMarkdown").first).to_be_visible()
    board = page.frame_locator("iframe").first
    for run in ("dropout/0/seed-0", "dropout/0.5/seed-0"):
        expect(board.get_by_text(run).first).to_be_visible()
    expect(board.get_by_text("Accuracy", exact=False).first).to_be_visible()
    lines = board.locator("line-chart, svg path.line, scalar-card-line-chart").first
    expect(lines).to_be_visible()
    page.close()
