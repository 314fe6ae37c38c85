"""Pictures are collected in JupyterLab, from files and by pen; a missing camera is said."""

from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import expect

from tools.notebook_page import NotebookPage

CODE = """
from utils.widgets import collect_pictures
collect_pictures({folder!r})
"""


def test_files_and_a_drawing_become_pictures_of_a_class(
    cells: Callable[..., NotebookPage], tmp_path: Path
) -> None:
    folder, files = tmp_path / "mine", []
    for name, colour in (("a.png", (200, 30, 30)), ("b.jpg", (30, 30, 200))):
        Image.new("RGB", (900, 600), colour).save(tmp_path / name)
        files.append(tmp_path / name)
    (tmp_path / "c.png").write_bytes(b"no picture")
    opened = cells(CODE.format(folder=str(folder)))
    view, page = opened.widget().settled().view, opened.page
    caption, said = view.locator(".course-caption"), view.locator(".course-camera-said")

    view.locator(".course-file").set_input_files([*files, tmp_path / "c.png"])
    expect(view.locator(".course-problem")).to_contain_text("The class has no name yet")
    expect(said).to_contain_text("can't read c.png")
    box = view.get_by_role("textbox", name="class", exact=True)
    box.focus()
    page.keyboard.type("cup d b a")  # letters that are commands of a notebook
    view.locator(".course-file").set_input_files(files)
    expect(caption).to_contain_text("cup d b a: 2")

    paper = view.locator(".course-canvas").bounding_box()
    page.mouse.move(paper["x"] + 40, paper["y"] + 40)
    page.mouse.down()
    page.mouse.move(paper["x"] + 150, paper["y"] + 120, steps=4)
    page.mouse.up()
    view.get_by_role("button", name="Keep the drawing").click()
    expect(caption).to_contain_text("cup d b a: 3")
    kept = {path.name.partition("_")[0]: Image.open(path) for path in folder.glob("*/*")}
    assert set(kept) == {"file", "drawing"} and kept["file"].size == (640, 427)
    assert kept["drawing"].getextrema() == (0, 255)

    view.get_by_role("button", name="Start the camera").click()
    expect(said).to_contain_text("There is no camera here, or the browser doesn't allow it.")
    expect(view.get_by_role("button", name="Take a picture")).to_be_disabled()
    assert opened.complaints == [] and opened.strangers == []
