"""The book's sources: a copy of the repository's pages, in which each link leads somewhere.

Lessons are their executed copies; a copy that isn't of the stored notebook is refused.
"""

import html
import re
import shutil
import urllib.parse
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools.book.pictures import Pictures
from tools.book.widget_pages import GALLERY, WidgetPages, with_links
from tools.book.words import Words
from utils import settings
from utils.errors import CourseError
from utils.jupyter.formulas import with_mathml
from utils.jupyter.html_copies import for_readers

__all__ = ["OWN", "executed_copy", "lay_out"]

ROOT = settings.ROOT
HERE = Path(__file__).parent
# Pages of the book beside the lessons, in the order of its side bar.
PAGES = (
    "glossary",
    "widgets",
    "slides",
    "measurements",
    "article",
    "tflearn",
    "experiments",
    "spreadsheets",
)
BUTTON = re.compile(r"<button data-commandlinker.*?</button>", re.S)
# A link in an output leads to what the cell wrote on that machine: no page has it.
OWN = re.compile(r"<a\s[^>]*href=[\"'](?!https?:|#)[^>]*>(.*?)</a>", re.S)
LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(([^()\s]+)\)")


def lay_out(executed: Path, source: Path, repository: str = "") -> list[str]:
    """Write the sources of all pages below `source`; return the lessons' names.

    executed: the folder of executed copies, as `course run` leaves them.
    repository: the address at which files are that are no page; without it they are plain text.
    Raises CourseError where a lesson hasn't been executed as it stands.
    """
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(HERE / "static", source / "_static")
    for name in ("recording.css", "recording.js"):
        shutil.copy(ROOT / "utils" / "templates" / name, source / "_static")
    shutil.copy(HERE / "conf.py", source)
    (source / "notebooks").mkdir()
    pages = {*settings.lessons(), *(ROOT / "docs" / f"{name}.md" for name in PAGES)}
    widgets = WidgetPages()
    for path in settings.lessons():
        notebook = executed_copy(executed / path.name, path)
        pictures = Pictures(source / "_static" / "pictures", "../_static/pictures")
        page = _page(notebook, path, pages, repository, pictures)
        widgets.gather(path, notebook, page)
        (source / "notebooks" / path.name).write_text(nbformat.writes(page), encoding="utf-8")
    shutil.copytree(ROOT / "docs" / "pictures", source / "docs" / "pictures")
    for name in PAGES:
        path = ROOT / "docs" / f"{name}.md"
        text = with_mathml(path.read_text(encoding="utf-8"))
        text = _relinked(text, path, pages, repository)
        text = with_links(text) if path == GALLERY else text
        if name == "slides":
            text += "\n".join(["\n## The decks\n", *(f"- {_deck(one.stem, one.stem)}"
                              for one in settings.lessons())])  # fmt: skip
        (source / "docs" / path.name).write_text(text, encoding="utf-8")
    moving = widgets.write(
        source / "widgets", lambda text: _relinked(text, ROOT / "widgets" / "_", pages, repository)
    )
    names = [path.stem for path in settings.lessons()]
    (source / "index.md").write_text(_index(names, moving), encoding="utf-8")
    return names


def executed_copy(path: Path, stored: Path) -> NotebookNode:
    """Return a lesson's executed copy; raise CourseError if it isn't of the stored cells."""
    try:
        notebook = nbformat.read(path, 4)
    except (OSError, ValueError, nbformat.ValidationError):
        notebook = None
    cells = [(one.id, one.source) for one in nbformat.read(stored, 4).cells]
    if notebook is None or [(one.id, one.source) for one in notebook.cells] != cells:
        raise CourseError(
            f"{stored.name} hasn't been executed as it stands.",
            f"Run it: course run --only {stored.name[:2]}",
        )
    return notebook


def _page(
    notebook: NotebookNode, path: Path, pages: set[Path], repository: str, pictures: Pictures
) -> NotebookNode:
    """Return an executed lesson as the book shows it."""
    page = for_readers(notebook, pictures.put)
    words = Words(path.name[:2])
    page.cells[0].source += f"\n\n{_deck(path.stem, 'The slides of this lesson')}"
    page.metadata = nbformat.from_dict({"kernelspec": page.metadata.get("kernelspec", {})})
    for cell in page.cells:
        if cell.cell_type == "markdown":
            text = BUTTON.sub("", cell.source)
            cell.source = words.link(_relinked(text, path, pages, repository))
            continue
        if cell.metadata.get("jupyter", {}).get("source_hidden"):
            cell.metadata.tags = [*cell.metadata.get("tags", []), "hide-input"]
        for output in cell.outputs:
            if "text/html" in output.get("data", {}):
                shown = OWN.sub(r"\1", "".join(output.data["text/html"]))
                output.data["text/html"] = pictures.out_of(shown)
    return page


def _relinked(text: str, path: Path, pages: set[Path], repository: str) -> str:
    """Return Markdown in which a link to a file that is no page is its text, or of `repository`."""

    def replaced(match: re.Match[str]) -> str:
        words, address = match[1], html.unescape(match[2])
        place, _, anchor = address.partition("#")
        if not place or re.match(r"[a-z]+:", place):
            return match[0]
        target = (path.parent / urllib.parse.unquote(place)).resolve()
        if target == settings.NOTEBOOKS / settings.START:
            return f"[{words}](../index.md)"
        if target in pages:
            return f"[{words}]({place}{'#' + _slug(anchor) if anchor else ''})"
        if repository and target.is_relative_to(ROOT) and target.exists():
            return f"[{words}]({repository}/blob/main/{target.relative_to(ROOT).as_posix()})"
        return words

    return LINK.sub(replaced, text)


def _slug(anchor: str) -> str:
    """Return Sphinx's anchor of a heading: JupyterLab's keeps capitals and punctuation."""
    return re.sub(r"[^\w-]", "", urllib.parse.unquote(anchor).lower())


def _deck(name: str, words: str) -> str:
    """Return a link to a lesson's slides: no page of Sphinx's, so it is HTML."""
    return f'<a href="../slides/{name}.html">{words}</a>'


def _index(names: list[str], widgets: list[str]) -> str:
    """Return the first page: what this is, and all pages as the side bar lists them."""
    lessons = [f"notebooks/{name}" for name in names]
    moving = [f"widgets/{name}" for name in widgets]
    others = [f"docs/{name}" for name in PAGES]

    def listed(pages: list[str]) -> str:
        return "\n".join(f"- {{doc}}`{page}`" for page in pages)

    return f"""# Deep learning, hands on

From one perceptron and the OR gate to measured answers on CIFAR-10: what do layers, dropout, L2,
the batch size and the learning rate do? Every output here was computed by the cell above it. A
picture with sliders is a recording; in the notebook it answers at once.

## Lessons

{listed(lessons)}

## Widgets

{listed(moving)}

## Beside them

{listed(others)}

```{{toctree}}
:caption: Lessons
:hidden:

{chr(10).join(lessons)}
```

```{{toctree}}
:caption: Widgets
:hidden:

{chr(10).join(moving)}
```

```{{toctree}}
:caption: Beside them
:hidden:

{chr(10).join(others)}
```
"""
