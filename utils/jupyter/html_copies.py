"""Executed notebooks on disk: the copy with outputs, and an HTML page of it.

Knows nothing of kernels.
"""

import copy
import html
import os
import re
import urllib.parse
from collections.abc import Callable, Collection
from pathlib import Path

import nbformat
from markupsafe import Markup
from nbconvert import HTMLExporter
from nbformat import NotebookNode

from utils import settings
from utils.files import render, write_whole
from utils.jupyter.formulas import with_mathml
from utils.jupyter.recordings import RECORDING, embedded, player
from utils.jupyter.report import Failure

__all__ = ["for_readers", "write_copies"]

_REPORT = "../report.html"  # as a copy's page writes it
_WIDGET = "application/vnd.jupyter.widget-view+json"


def write_copies(
    notebook: NotebookNode, source: Path, folder: Path, planned: Collection[str] = ()
) -> tuple[Path | None, Path | None, list[Failure]]:
    """Write the executed notebook and its page into the folder, under the source's name.

    Return both paths, None for one that couldn't be written, and why that was.
    planned: the names of all lessons that this run executes; the page leads to theirs, and to
        those that an earlier run has left.
    """
    executed, page = folder / source.name, folder / f"{source.stem}.html"
    page.unlink(missing_ok=True)  # an old page beside a new copy would deceive
    write_whole(executed, nbformat.writes(notebook))
    try:
        write_whole(page, _page(notebook, source, folder, planned))
    except Exception as error:  # an output that no exporter expects mustn't hide the result
        return executed, None, [Failure("html", f"{type(error).__name__}: {error}")]
    return executed, page, []


def _page(notebook: NotebookNode, source: Path, folder: Path, planned: Collection[str]) -> str:
    exporter = HTMLExporter(
        template_name="basic", exclude_input_prompt=True, exclude_output_prompt=True
    )
    exporter.log.disabled = True
    cells, _ = exporter.from_notebook_node(for_readers(notebook))
    own, *lessons = (Path(f"{one.stem}.html") for one in (source, *settings.lessons(source.parent)))
    pages = {own, *(one for one in lessons if one.stem in planned or (folder / one).exists())}
    row = [None, *sorted(pages), None]
    at = row.index(own)
    cells = Markup(_relink(cells, source.parent.resolve(), folder.resolve(), pages))
    return render("copy.html", title=source.stem, cells=cells, report=_REPORT,
                  before=row[at - 1], after=row[at + 1])  # fmt: skip


def for_readers(notebook: NotebookNode, address: Callable[[bytes], str] = embedded) -> NotebookNode:
    """Return the notebook as a page shows it: folded code left out, formulas as MathML.

    In a widget's place stands its recording, else its picture: a page has no kernel, and a
    widget's code would be fetched from a CDN. address: of a recording's pictures, see `player`.
    """
    page = copy.deepcopy(notebook)
    page.metadata.pop("widgets", None)
    for cell in page.cells:
        if cell.cell_type == "markdown":
            cell.source = with_mathml(cell.source)
        if cell.metadata.get("jupyter", {}).get("source_hidden"):
            cell.metadata.transient = {"remove_source": True}  # as nbconvert's templates ask
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if data.pop(_WIDGET, None) and "text/html" not in data:
                data.clear()  # its picture is the output before
            if RECORDING in data:
                data["text/html"] = player(data.pop(RECORDING), address)
        if "outputs" in cell:
            cell.outputs = [out for out in cell.outputs if out.get("data", True)]
    return page


def _relink(body: str, source: Path, folder: Path, pages: Collection[Path]) -> str:
    """Let a page's links lead somewhere: to one of the pages beside it, or to the file itself."""

    def replaced(match: re.Match[str]) -> str:
        path, _, anchor = html.unescape(match[1]).partition("#")
        target = (source / urllib.parse.unquote(path)).resolve()
        if not path or ":" in path or not target.exists():
            return match[0]
        if target == source / settings.START:  # it isn't run
            new = _REPORT
        elif target.parent == source and (page := Path(f"{target.stem}.html")) in pages:
            new = urllib.parse.quote(page.name)
        else:
            new = _relative(target, folder)
        return f'href="{html.escape(new + (f"#{anchor}" if anchor else ""))}"'

    return re.sub(r'href="([^"]*)"', replaced, body)


def _relative(target: Path, folder: Path) -> str:
    try:
        return urllib.parse.quote(Path(os.path.relpath(target, folder)).as_posix())
    except ValueError:  # on Windows, another drive
        return target.as_uri()
