"""What the real `course lab` opens at 1280×800: the start page, full width, all else behind it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from own_checkout import own_checkout
from playwright.sync_api import Browser, Page, expect
from starting import one_at_a_time, words_of

from tools.browser import Server, wait_for
from tools.notebook_page import NotebookPage
from utils.files import free_port

CURRENT = "window.jupyterapp.shell.currentWidget"


def line(kind: str, name: str) -> str:
    """Return a line of the progress file."""
    fields = {"version": 2, "time": "2026-11-26T10:00:00+00:00", "kind": kind, "name": name}
    return json.dumps(fields | {"passed": True}) + "\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("start")


@pytest.fixture(scope="module")
def course_lab(home: Path) -> Iterator[Server]:
    """Run `course lab` in a checkout of its own, where lesson 04 was worked on; yield it."""
    port, course = free_port(first=8888), home / "course"
    config = {
        "ServerApp": {"port": port, "port_retries": 0, "open_browser": False},
        "IdentityProvider": {"token": "secret"},
    }
    (home / "jupyter_server_config.json").write_text(json.dumps(config))
    (home / "progress.jsonl").write_text(line("exercise", "04.1"))
    environment = os.environ | own_checkout(course) | {
        "COURSE_PROGRESS": str(home / "progress.jsonl"),
        "COURSE_RUNS": str(home / "runs"),
        "JUPYTER_CONFIG_DIR": str(home),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
    }  # fmt: skip
    with one_at_a_time(), (home / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "utils.cli", "lab"],
            env=environment, cwd=course, stdout=log, stderr=log,
        )  # fmt: skip
        server = Server(f"http://127.0.0.1:{port}", "secret", process)
        wait_for(server.url("/api/status"), process)
    yield server
    process.terminate()
    assert process.wait(60) == 0


@pytest.fixture(scope="module")
def opened(course_lab: Server, chromium: Browser) -> Iterator[NotebookPage]:
    """Yield the page that `course lab` opens, its kernel ready."""
    one = NotebookPage(chromium.new_page(viewport={"width": 1280, "height": 800}), course_lab)
    one.page.goto(course_lab.url("/lab/workspaces/lessons"))
    expect(one.page.get_by_role("link", name="Go on: 04 · Gradient descent")).to_be_visible()
    yield one
    one.page.close()


def current(page: Page) -> str:
    return page.evaluate(f"{CURRENT}.title.label")


def comes_forward(page: Page, name: str) -> None:
    page.wait_for_function(f"name => {CURRENT}?.title.label === name", arg=name)


def tabs(page: Page) -> list[str]:
    return page.locator("#jp-main-dock-panel .lm-TabBar-tabLabel").all_inner_texts()


def bring(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()
    comes_forward(page, name)


def boards(server: Server) -> list[psutil.Process]:
    """Return the TensorBoards that this JupyterLab has started."""
    children = psutil.Process(server.process.pid).children(recursive=True)
    return [one for one, words in words_of(children) if "utils.jupyter.guard" in words]


def test_the_start_page_is_in_front_at_full_width(opened: NotebookPage) -> None:
    page = opened.page
    assert current(page) == "00_start.ipynb"
    assert tabs(page) == ["00_start.ipynb", "04_gradient_descent.ipynb", "TensorBoard"]
    panel = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    assert panel.count() == 1 and panel.bounding_box()["width"] > 1150
    wide = "all => all.filter((one) => one.scrollWidth > one.clientWidth).length"
    assert page.locator(".jp-OutputArea-output").evaluate_all(wide) == 0


def test_the_file_browser_unfolds_on_the_copies_and_their_names_can_be_read(
    opened: NotebookPage,
) -> None:
    page = opened.page
    page.get_by_role("tab", name="File Browser").click()
    names = page.locator(".jp-DirListing-itemText")
    expect(names.get_by_text("01_perceptron.ipynb")).to_be_visible()
    assert names.count() >= 18
    cut = "all => Math.max(...all.map((one) => one.scrollWidth - one.clientWidth))"
    assert names.evaluate_all(cut) < 20  # pixels, of the longest name's ending
    page.get_by_role("tab", name="File Browser").click()
    expect(names.first).to_be_hidden()


def test_the_ticks_are_there_before_a_cell_has_run(opened: NotebookPage) -> None:
    row = opened.page.get_by_role("row", name="04 · Gradient descent")
    assert row.get_by_role("cell").all_inner_texts()[1:] == ["30", "–", "1/3", "0/3"]
    assert opened.page.evaluate(f"{CURRENT}.content.widgets[1].model.executionCount") is None


def test_run_it_follows_the_progress_by_itself(opened: NotebookPage, home: Path) -> None:
    page = opened.page
    page.get_by_role("button", name="Run the cell").click()
    expect(page.get_by_role("button", name="Refresh")).to_be_visible()
    with (home / "progress.jsonl").open("a") as notes:
        notes.write(line("quiz", "07.q1"))
    expect(page.get_by_role("link", name="Go on: 07 · Convolution")).to_be_visible()
    opened.save()


def test_a_link_opens_its_lesson_inside_jupyterlab_and_the_way_leads_on(
    opened: NotebookPage,
) -> None:
    page = opened.page
    page.get_by_role("link", name="02 · The OR gate").first.click()
    comes_forward(page, "02_or_gate.ipynb")
    seen = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    for link, lesson in (("01 Perceptron", "01_perceptron"), ("03 Tensors", "03_tensors"),
                         ("Start", "00_start")):  # fmt: skip
        seen.get_by_role("link", name=link, exact=True).first.click()
        comes_forward(page, f"{lesson}.ipynb")
        bring(page, "02_or_gate.ipynb")
    assert len(page.context.pages) == 1


def test_tensorboard_starts_when_lesson_02s_button_brings_its_tab_forward(
    opened: NotebookPage, course_lab: Server
) -> None:
    page = opened.page
    assert "TensorBoard" in tabs(page) and boards(course_lab) == []
    bring(page, "02_or_gate.ipynb")
    page.locator("[data-commandlinker-command='server-proxy:open']").click()
    comes_forward(page, "TensorBoard")
    expect(page.frame_locator("iframe").get_by_role("textbox", name="Filter runs")).to_be_visible()
    assert len(boards(course_lab)) == 1


def test_the_launcher_offers_start_page_and_tensorboard_with_their_signs(
    opened: NotebookPage,
) -> None:
    page = opened.page
    before = tabs(page)
    page.evaluate("void window.jupyterapp.commands.execute('launcher:create')")
    comes_forward(page, "Launcher")
    for name in ("Start page", "TensorBoard"):
        card = page.locator(".jp-LauncherCard", has_text=name)
        expect(card).to_be_visible()
        sign = card.locator("img")
        page.wait_for_function("one => one.naturalWidth > 0", arg=sign.element_handle())
        assert sign.bounding_box()["width"] > 20
    page.locator(".jp-LauncherCard", has_text="Start page").click()
    comes_forward(page, "00_start.ipynb")
    page.wait_for_function(
        "count => document.querySelectorAll('#jp-main-dock-panel .lm-TabBar-tab').length === count",
        arg=len(before),
    )
    assert sorted(tabs(page)) == sorted(before)


def test_the_launchers_page_alone_in_a_window_goes_to_the_start_page(
    course_lab: Server, chromium: Browser
) -> None:
    page = chromium.new_page()
    page.goto(course_lab.url("/static/start.html"), wait_until="commit")
    page.wait_for_url("**/lab/tree/work/00_start.ipynb*", wait_until="commit")
    page.close()


def test_nothing_in_all_that_was_an_error_in_the_console(opened: NotebookPage) -> None:
    assert opened.complaints == [] and opened.strangers == []
