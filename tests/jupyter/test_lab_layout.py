"""The windows that `course lab` opens, as JupyterLab reads them."""

import json
import re
from pathlib import Path

import pytest

from utils import settings
from utils.exercises import progress
from utils.jupyter import lab
from utils.jupyter.lab import TAB, WORKSPACE, write_workspace

TABS = ["notebook:work/00_start.ipynb", "notebook:work/01_perceptron.ipynb", TAB]


def layout(folder: Path) -> dict:
    return json.loads(write_workspace(folder).read_text(encoding="utf-8"))["data"]


@pytest.fixture
def notes(tmp_path, monkeypatch) -> Path:
    """Have the progress noted in a file of the test's own; return it."""
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "progress.jsonl"))
    return tmp_path / "progress.jsonl"


def test_the_start_page_is_in_front_of_the_first_lesson_and_tensorboard(notes, tmp_path):
    main = layout(tmp_path)["layout-restorer:data"]["main"]
    assert main["dock"] == {"type": "tab-area", "currentIndex": 0, "widgets": TABS}
    assert main["current"] == TABS[0]


def test_each_tab_of_a_notebook_leads_to_a_copy(notes, tmp_path):
    data = layout(tmp_path)
    paths = [data[tab]["data"]["path"] for tab in TABS[:2]]
    assert paths == [tab.partition(":")[2] for tab in TABS[:2]]
    assert data["file-browser-filebrowser:cwd"]["path"] == settings.work_dir().name
    assert all((settings.NOTEBOOKS / Path(path).name).is_file() for path in paths)


def test_who_was_in_another_lesson_finds_that_one_behind_the_start_page(notes, tmp_path):
    progress.record("exercise", "06.1", True)
    widgets = layout(tmp_path)["layout-restorer:data"]["main"]["dock"]["widgets"]
    assert widgets == [TABS[0], "notebook:work/06_mnist.ipynb", TAB]


def test_tensorboards_tab_leads_to_the_page_that_waits_until_it_is_seen(notes, tmp_path):
    address = layout(tmp_path)[TAB]["data"]["url"]
    assert address == "/static/tensorboard.html?smoothing=0#timeseries&_smoothingWeight=0"
    assert (lab.CONFIG / address[1:].partition("?")[0]).is_file()


def test_a_hub_puts_its_prefix_before_the_page(notes, tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/ada/")
    assert layout(tmp_path)[TAB]["data"]["url"].startswith("/user/ada/static/tensorboard.html?")


def test_a_layout_somebody_arranged_is_kept(notes, tmp_path):
    file = write_workspace(tmp_path)
    saved = json.loads(file.read_text())
    saved["data"]["layout-restorer:data"]["relativeSizes"] = [0.3, 0.7, 0]
    file.write_text(json.dumps(saved))
    assert layout(tmp_path)["layout-restorer:data"]["relativeSizes"] == [0.3, 0.7, 0]


def test_a_layout_that_was_cut_off_is_begun_anew(notes, tmp_path):
    file = write_workspace(tmp_path)
    file.write_bytes(file.read_bytes()[:100])
    assert layout(tmp_path)["layout-restorer:data"]["main"]["current"] == TABS[0]


def test_an_old_layout_with_an_original_beside_tensorboard_is_left_alone(notes, tmp_path):
    from jupyterlab_server.workspaces_handler import WorkspacesManager

    old = {"data": {"layout-restorer:data": {}}, "metadata": {"id": "course"}}
    kept = WorkspacesManager(str(tmp_path)).save("course", json.dumps(old))
    before = kept.read_bytes()
    assert layout(tmp_path)["layout-restorer:data"]["main"]["current"] == TABS[0]
    assert kept.read_bytes() == before and WORKSPACE != "course"


def test_the_launchers_page_opens_the_start_page_of_the_copies():
    page = (lab.CONFIG / "static" / "start.html").read_text(encoding="utf-8")
    paths = re.findall(r"[\w/]+\.ipynb", page)
    assert set(paths) == {TABS[0].partition(":")[2]}
