"""How a notebook that has run looks: at two sizes of the window, on a light and on a dark page.

What is measured, and what counts as a fault, is in layout.js.
"""

from pathlib import Path

from tools.notebook_page import NotebookPage
from utils.plots.readable import SMALLEST

MEASURE = (Path(__file__).parent / "layout.js").read_text(encoding="utf-8")
SIZES = ((1280, 800), (800, 600))
THEMES = ("JupyterLab Light", "JupyterLab Dark")
TRACK = 60  # pixels of the shortest track that a slider may have
# At 800 pixels the file browser leaves a notebook less than half of the window: it is folded.
_FOLD = """() => {
  const { shell, commands } = window.jupyterapp;
  if (!shell.leftCollapsed) return commands.execute('application:toggle-left-area');
}"""
_THEME = "theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })"
_IS = "light => document.body.dataset.jpThemeLight === String(light)"
_TRIES = 40  # half seconds for widgets to be drawn anew for another theme


def layout_faults(opened: NotebookPage, tries: int = _TRIES) -> list[str]:
    """Return what is wrong, a sentence each: the theme, the size, the cell's id, the element.

    tries: how often it is looked at, until nothing is.
    """
    opened.page.evaluate(_FOLD)
    found = []
    for theme in reversed(THEMES):  # ends on the light one, as it began
        opened.page.evaluate(_THEME, theme)
        opened.page.wait_for_function(_IS, arg=theme == THEMES[0])
        for width, height in SIZES:
            opened.page.set_viewport_size({"width": width, "height": height})
            found += [
                f"{theme}, {width} × {height}: {one}" for one in settled_faults(opened, tries)
            ]
    return found


def settled_faults(opened: NotebookPage, tries: int = _TRIES) -> list[str]:
    """Return what is wrong as the page is now, or will be once it has settled."""
    faults: list[str] = []
    for _ in range(tries):
        faults = opened.page.evaluate(MEASURE, {"SMALLEST": SMALLEST, "TRACK": TRACK})
        if not faults:
            break
        opened.page.wait_for_timeout(500)
    return faults
