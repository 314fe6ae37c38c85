"""Decks as HTML, by nbconvert and reveal.js: a folder that needs no server and asks nobody.

reveal.js is sphinx-revealjs's copy, https://revealjs.com (MIT); nothing else of it is used.
"""

import html
import re
import shutil
from importlib.resources import files
from pathlib import Path

from nbconvert import SlidesExporter
from nbformat import NotebookNode

from tools.book.pictures import Pictures
from tools.book.sources import OWN, executed_copy
from tools.slides.rule import on_slides, without_links
from utils import settings
from utils.files import write_whole
from utils.jupyter.formulas import with_mathml
from utils.jupyter.html_copies import for_readers

__all__ = ["deck", "share", "write_decks"]

HERE = Path(__file__).parent
TEMPLATES = settings.ROOT / "utils" / "templates"
REVEAL = ("LICENSE", "dist/reveal.css", "dist/reveal.js", "plugin/notes/notes.js")
IDS = re.compile(r"(<h[1-6]) id=\"[^\"]*\"")  # headings stand on several slides


def write_decks(executed: Path, folder: Path, pictures: Pictures) -> list[Path]:
    """Write a deck a lesson into the folder, and what they share; return their paths.

    executed: the folder of executed copies, as `course run` leaves them.
    Raises CourseError where a lesson hasn't been executed as it stands.
    """
    share(folder)
    written = []
    for path in settings.lessons():
        page = deck(executed_copy(executed / path.name, path), pictures)
        written.append(folder / f"{path.stem}.html")
        write_whole(written[-1], page)
    return written


def share(folder: Path) -> None:
    """Copy what all decks of a folder need: reveal.js, and the course's style and players."""
    shared = folder / "reveal"
    shared.mkdir(parents=True, exist_ok=True)
    reveal = Path(str(files("sphinx_revealjs"))) / "_static" / "revealjs"
    own = (HERE / "deck.css", HERE / "deck.js", TEMPLATES / "recording.js")
    for path in (*(reveal / name for name in REVEAL), *own):
        shutil.copyfile(path, shared / path.name)


def deck(notebook: NotebookNode, pictures: Pictures) -> str:
    """Return an executed lesson's deck as HTML that lies beside what `share` copies."""
    slides: NotebookNode = for_readers(on_slides(notebook), pictures.put)
    for data in (one.get("data", {}) for cell in slides.cells for one in cell.get("outputs", [])):
        if "text/html" in data:
            data["text/html"] = pictures.out_of(OWN.sub(r"\1", "".join(data["text/html"])))
        elif "text/markdown" in data:
            data["text/markdown"] = with_mathml(without_links(data["text/markdown"]))
    exporter = SlidesExporter(raw_template=(HERE / "deck.html").read_text(encoding="utf-8"))
    exporter.exclude_input_prompt = exporter.exclude_output_prompt = True
    exporter.exclude_anchor_links = True
    title = html.escape(slides.cells[0].source.splitlines()[0].lstrip("# "))
    css = (TEMPLATES / "recording.css").read_text(encoding="utf-8")
    page, _ = exporter.from_notebook_node(slides, {"title": title, "recording_css": css})
    return IDS.sub(r"\1", page)
