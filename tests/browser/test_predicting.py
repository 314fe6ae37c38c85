"""A guess is made in JupyterLab by keys and mouse, kept, and found again."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, expect

from tools.notebook_page import NotebookPage
from utils.exercises.progress import read
from utils.widgets import predict

NAMES = ("one-set", "three-sets", "baseline")
CODE = f"""
from utils.widgets import predict
guess = predict("11", {NAMES}, 10, study="layers")
guess
"""
AFTER = """
guess.look_back({"one-set": 0.5, "three-sets": 0.6, "baseline": 0.7})
"""
REASON = "add a b, x d d and y z"  # letters that are commands of a notebook
CELLS = "window.jupyterapp.shell.currentWidget.content.widgets.length"


def caption(opened: NotebookPage) -> Locator:
    return opened.page.locator(".course-widget .course-caption").first


def drag(opened: NotebookPage, name: str, share: float) -> None:
    """Drag a marker from where it stands to so many per cent, in a line that isn't straight."""
    wanted = predict("11", NAMES, 10, study="layers")
    left, top, right, bottom = wanted.keeping.area
    box = opened.page.locator(".course-widget .course-frame").first.bounding_box()
    height = (bottom - top) / len(NAMES)
    x0 = box["x"] + box["width"] * left
    scale = box["width"] * (right - left) / 100
    y = box["y"] + box["height"] * (top + height * (NAMES.index(name) + 0.5))
    mouse = opened.page.mouse
    mouse.move(x0 + 10 * scale, y)
    mouse.down()
    mouse.move(x0 + 40 * scale, y + 0.8 * height * box["height"], steps=4)
    mouse.move(x0 + share * scale, y + 3, steps=4)
    mouse.up()


def test_a_guess_is_made_by_keys_and_mouse_kept_and_found_again(
    cells: Callable[..., NotebookPage], root: Path
) -> None:
    opened = cells(CODE, AFTER)
    page, widget = opened.page, opened.widget().settled()
    number = page.evaluate(CELLS)
    widget.press("one-set", "ArrowRight", times=40)
    expect(caption(opened)).to_contain_text("one-set: 50 %")
    drag(opened, "three-sets", 62)
    expect(caption(opened)).to_contain_text("one-set: 50 %, three-sets: 62 %, baseline: 10 %")
    widget.press("baseline", "PageUp")
    widget.press("baseline", "End")
    widget.press("baseline", "ArrowLeft", times=36)
    expect(caption(opened)).to_contain_text("baseline: 64 %")
    because = widget.view.get_by_role("textbox", name="because", exact=True)
    because.focus()
    page.keyboard.type(REASON)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("End")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(caption(opened)).to_contain_text(f"64 %, because {REASON}.")
    assert page.evaluate(CELLS) == number, "no key was taken for a command of the notebook"
    expect(because).to_be_disabled()
    drag(opened, "one-set", 90)
    expect(widget.slider("one-set")).to_have_attribute("aria-valuenow", "50.0")
    [event] = [one for one in read(root / "progress.jsonl").events if one.kind == "prediction"]
    assert event.details == {
        "guesses": {"one-set": 50, "three-sets": 62, "baseline": 64},
        "reason": REASON, "profile": "smoke", "real": True,
    }  # fmt: skip

    opened.run()  # the cells anew: what was kept is there, and the misses are said
    opened.widget().settled()
    expect(caption(opened)).to_contain_text(f"64 %, because {REASON}.")
    back = opened.cell("c1")
    expect(back).to_contain_text("Your 3 guesses were off by 2.7 points on average.")
    expect(back.get_by_role("cell", name="+2.0")).to_be_visible()
    kept = [one for one in read(root / "progress.jsonl").events if one.kind == "prediction"]
    assert [one.details.get("misses") for one in kept] == [
        None, {"one-set": 0, "three-sets": 2, "baseline": -6}
    ]  # fmt: skip
    assert opened.complaints == [] and opened.strangers == []
