"""Photograph TensorBoard on the runs of two studies, for docs/pictures/tensorboard.png.

    course train layers --seeds 2 --profile smoke
    course train learning_rate --seeds 2 --profile smoke
    python -m tools.tensorboard_page [FOLDER_OF_RUNS]

Needs Chromium. A tab is photographed at 1280×800, as a small laptop shows it.
"""

import secrets
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from tools.browser import launch, unused_port, wait_for
from utils.jupyter.guard import board
from utils.jupyter.tensorboard import TAB, VIEW
from utils.networks.quiet import quiet_stderr
from utils.settings import ROOT, runs_dir

PICTURE = ROOT / "docs" / "pictures" / "tensorboard.png"
# What has to be there before a tab is whole.
SIGNS = {"timeseries": "Accuracy/Validation", "scalars": "Accuracy/Validation", "hparams": "gap"}


def photograph_tensorboard(browser: Any, runs: Path, pictures: dict[str, Path]) -> None:
    """Serve a log root and photograph tabs of it.

    browser: Playwright's. pictures: the file of each tab, by the tab's name in the address.
    """
    token, port = secrets.token_urlsafe(), unused_port()
    with quiet_stderr():
        address = board(runs, port, token).launch()
    wait_for(f"{address}data/runs?token={token}")
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    for tab, picture in pictures.items():
        page.goto("about:blank")  # a change of the hash alone would load nothing
        page.goto(f"{address}?token={token}&{VIEW}{TAB.replace('timeseries', tab)}")
        page.get_by_text(SIGNS.get(tab, "TensorBoard"), exact=True).first.wait_for(timeout=120_000)
        settings = page.get_by_label("Toggle settings side pane")
        if tab == "timeseries" and settings.count():
            settings.click()
        page.wait_for_timeout(5000)  # cards and rows fade in
        page.screenshot(path=picture)
    page.close()


def main(arguments: Iterable[str] = sys.argv[1:]) -> None:
    """Make the picture of the page."""
    root = next((Path(one) for one in arguments), runs_dir())
    with sync_playwright() as playwright, launch(playwright) as browser:
        photograph_tensorboard(browser, root, {"timeseries": PICTURE})
    print(f"{PICTURE} shows the runs of {root}")


if __name__ == "__main__":
    main()
