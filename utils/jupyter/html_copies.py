"""Executed notebooks on disk: the copy with outputs, and an HTML page of it.

Knows nothing of kernels.
"""

import copy
import html
import os
import re
import urllib.parse
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbconvert import HTMLExporter
from nbformat import NotebookNode

from utils import settings
from utils.files import write_whole
from utils.jupyter.formulas import with_mathml
from utils.jupyter.recordings import RECORDING, embedded, player
from utils.jupyter.report import Failure

__all__ = ["for_readers", "write_copies"]

_TEMPLATES = Path(__file__).parents[1] / "templates"
_WIDGET = "application/vnd.jupyter.widget-view+json"


def write_copies(
    notebook: NotebookNode, source: Path, folder: Path
) -> tuple[Path | None, Path | None, list[Failure]]:
    """Write the executed notebook and its page into the folder, under the source's name.

    Return both paths, None for one that couldn't be written, and why that was.
    """
    executed, page = folder / source.name, folder / f"{source.stem}.html"
    page.unlink(missing_ok=True)  # an old page beside a new copy would deceive
    write_whole(executed, nbformat.writes(notebook))
    try:
        exporter = HTMLExporter(template_name="lab", raw_template=_template("copy.html"))
        exporter.log.disabled = True
        resources = {
            "metadata": {"name": source.stem, "path": str(source.parent)},
            "recording_css": _template("recording.css"),
            "recording_js": _template("recording.js"),
        }
        body, _ = exporter.from_notebook_node(for_readers(notebook), resources)
        write_whole(page, _relink(body, source.parent.resolve(), folder.resolve()))
    except Exception as error:  # an output that no exporter expects mustn't hide the result
        return executed, None, [Failure("html", f"{type(error).__name__}: {error}")]
    return executed, page, []


def _template(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


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


def _relink(body: str, source: Path, folder: Path) -> str:
    """Let the page's links lead somewhere: to the next notebook's page, or to the file itself."""

    def replaced(match: re.Match[str]) -> str:
        path, _, anchor = html.unescape(match[1]).partition("#")
        target = (source / urllib.parse.unquote(path)).resolve()
        if not path or ":" in path or not target.exists():
            return match[0]
        if target == source / settings.START:  # it isn't run
            new = "../report.html"
        elif target.parent == source and target.suffix == ".ipynb":
            new = urllib.parse.quote(f"{target.stem}.html")
        else:
            new = _relative(target, folder)
        return f'href="{html.escape(new + (f"#{anchor}" if anchor else ""))}"'

    return re.sub(r'href="([^"]*)"', replaced, body)


def _relative(target: Path, folder: Path) -> str:
    try:
        return urllib.parse.quote(Path(os.path.relpath(target, folder)).as_posix())
    except ValueError:  # on Windows, another drive
        return target.as_uri()
