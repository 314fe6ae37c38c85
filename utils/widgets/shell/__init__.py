"""What every widget stands in: controls, a picture that follows them, a canvas to draw it on.

How widgets look, on a light page and on a dark one:

- Draw on white, with the colours of `utils.plots.style`, and nothing else: a Canvas and a Board
  make a dark picture of it where the page is dark (`utils.plots.dark_pixels`). Images and what a
  Board has painted stay as they are; shades to draw on get `artist.set_gid(DRAWN)`.
- An Explorer does the rest: the browser tells `Picture.dark`, and the picture is drawn for that
  page. Who fills a Picture without an Explorer, while a cell runs, draws for both pages:
  `with for_dark_page(): dark = drawing.png()` (`theme.py`), `picture.show(shown, [], dark)`, and
  at the end `static_html(shown, width, dark)`.
- What the browser draws takes these colours (`picture.css`), which follow the page:
  `--course-paper`, `--course-ink`, `--course-quiet` (a second text), `--course-edge` (frames),
  `--course-focus` and `--course-mark` (what is chosen).
- No control is wider than its column, and nothing scrolls on its own. Texts are at least 9 pixels
  high in a column of 480 (`utils.plots.readable`): Canvas and Board make them larger if need be.
"""

from pathlib import Path

from utils.files import render

__all__ = ["SCRIPTS", "script"]

# The folder of the JavaScript and CSS that widgets bring along.
SCRIPTS = Path(__file__).resolve().parent


def script(*names: str) -> str:
    """Return files of SCRIPTS as one module: a widget's script can't import another file.

    In front stands what keeps keys from the notebook, which a quiz needs as well.
    """
    parts = [(SCRIPTS / name).read_text(encoding="utf-8") for name in names]
    return "\n".join([str(render("keys.js")), *parts])
