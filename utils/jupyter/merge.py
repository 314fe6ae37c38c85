"""Two changed notebooks and what both came from become one: cell by cell, by the cells' ids.

Knows nothing of files, of git, or of where an edition comes from.
"""

import copy
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, NamedTuple

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from nbformat.v4.rwbase import rejoin_lines

__all__ = ["Merged", "as_stored", "is_changed", "merge", "parse", "same_edition", "same_outputs"]

_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")  # as the format has it


class Merged(NamedTuple):
    """beside: how many cells were put beside the learner's, because both had changed one."""

    notebook: NotebookNode
    beside: int


def parse(content: bytes, like: NotebookNode | None = None) -> NotebookNode | None:
    """Return a notebook of format 4 whose cells have an id each; None for what isn't one.

    like: a notebook whose ids cells without one take over from the same cells there: some
        programs, such as Colab, save no ids.
    """
    try:
        raw = json.loads(content)
        if raw["nbformat"] != 4:
            return None
        _name_cells(raw["cells"], like)
        raw["nbformat_minor"] = max(5, raw["nbformat_minor"])
        notebook: NotebookNode = rejoin_lines(nbformat.from_dict(raw))
        nbformat.validate(notebook)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None  # cut off, empty, another file: whatever that leads to
    except nbformat.ValidationError:
        return None
    return notebook


def _name_cells(cells: list[dict[str, Any]], like: NotebookNode | None) -> None:
    used: set[str] = set()
    for cell in cells:
        name = cell.get("id")
        if not isinstance(name, str) or name in used or not _ID.fullmatch(name):
            cell.pop("id", None)
        used.add(str(name))
    for name, cell in _pairs(like.cells if like else [], cells):
        if "id" not in cell and name not in used:
            cell["id"] = name
            used.add(name)
    for cell in cells:
        cell.setdefault("id", new_markdown_cell().id)


def _pairs(
    named: Sequence[NotebookNode], cells: list[dict[str, Any]]
) -> list[tuple[str, dict[str, Any]]]:
    """Return cells with the ids of those they are, or stand in the place of."""
    if all("id" in cell for cell in cells):
        return []
    old = [(cell.cell_type, cell.source) for cell in named]
    now = [(cell["cell_type"], "".join(cell["source"])) for cell in cells]
    found = []
    for _, a, b, c, d in SequenceMatcher(None, old, now, autojunk=False).get_opcodes():
        for kind in ("code", "markdown", "raw"):
            names = (named[k].id for k in range(a, b) if old[k][0] == kind)
            theirs = (cells[k] for k in range(c, d) if now[k][0] == kind)
            found += list(zip(names, theirs, strict=False))
    return found


def as_stored(notebook: NotebookNode) -> str:
    """Return a notebook's file as JupyterLab writes it."""
    return str(nbformat.writes(notebook, version=nbformat.NO_CONVERT)) + "\n"


def is_changed(base: NotebookNode, mine: NotebookNode) -> bool:
    """Say whether a person has changed cells: outputs and metadata alone are no change."""
    return [(c.id, *_said(c)) for c in base.cells] != [(c.id, *_said(c)) for c in mine.cells]


def same_edition(base: NotebookNode, new: NotebookNode) -> bool:
    """Say whether two originals have the same cells, with the same tags."""
    return not is_changed(base, new) and _metadata(base) == _metadata(new)


def same_outputs(one: NotebookNode, other: NotebookNode) -> bool:
    """Say whether two notebooks have the same outputs and numbers of execution, cell by cell."""
    return [_came_out(cell) for cell in one.cells] == [_came_out(cell) for cell in other.cells]


def _metadata(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell.metadata for cell in notebook.cells]


def _said(cell: NotebookNode) -> tuple[str, str]:
    return cell.cell_type, cell.source


def _came_out(cell: NotebookNode) -> tuple[Any, Any]:
    return cell.get("outputs"), cell.get("execution_count")


def merge(base: NotebookNode | None, mine: NotebookNode, new: NotebookNode, mark: str) -> Merged:
    """Return `mine` with all that is other in `new` than in `base`; what `mine` has changed stays.

    Where both changed a cell, mine stays and the new one stands behind it, headed by `mark`.
    base: None where it isn't known: then each cell that differs counts as changed by both.
    Outputs stay where the source does. To merge a second time changes nothing.
    """
    base = base or nbformat.v4.new_notebook()
    old, own, coming = ({cell.id: cell for cell in one.cells} for one in (base, mine, new))
    cells: list[NotebookNode] = []
    beside = 0
    for name in _order(list(old), list(own), list(coming)):
        kept, both = _chosen(old.get(name), own.get(name), coming.get(name))
        cells += [kept] if kept is not None else []
        if both and (extra := _marked(coming[name], mark)).id not in own:
            cells.append(extra)
            beside += 1
    merged = copy.deepcopy(new)
    merged.cells = copy.deepcopy(cells)
    merged.metadata = _fields(base.metadata, mine.metadata, new.metadata)
    return Merged(merged, beside)


def _order(base: list[str], mine: list[str], new: list[str]) -> list[str]:
    """Return all ids in order: the edition's, or mine where I have moved cells.

    Those that only the other has stand behind the one that they stand behind there.
    """
    moved = [name for name in mine if name in base] != [name for name in base if name in mine]
    order, others = (list(mine), new) if moved else (list(new), mine)
    place = 0
    for name in others:
        if name in order:
            place = order.index(name)
        else:
            order.insert(place, name)
        place += 1
    return order


def _chosen(
    old: NotebookNode | None, mine: NotebookNode | None, new: NotebookNode | None
) -> tuple[NotebookNode | None, bool]:
    """Return the cell that stays, None for none, and whether both have changed it."""
    if new is None:
        untouched = mine is None or (old is not None and _said(mine) == _said(old))
        return (None if untouched else mine), False
    if mine is None:
        return (new, False) if old is None else (None, _said(new) != _said(old))
    if old is not None and _said(mine) == _said(old) != _said(new):
        stays = copy.deepcopy(new)
    elif _said(mine) == _said(new) or (old is not None and _said(new) == _said(old)):
        stays = copy.deepcopy(mine)
        if _said(mine) == _said(new) and not mine.get("outputs") and new.get("outputs"):
            stays.update(outputs=new.outputs, execution_count=new.execution_count)
    else:
        return mine, True
    stays.metadata = _fields(old.metadata if old else {}, mine.metadata, new.metadata)
    return stays, False


def _fields(
    base: Mapping[str, Any], mine: Mapping[str, Any], new: Mapping[str, Any]
) -> NotebookNode:
    """Return mine with each field that is other in new than in base."""
    gone = set(base) - set(new)
    stay = {name: value for name, value in mine.items() if name not in gone}
    come = {name: value for name, value in new.items() if base.get(name) != value}
    return nbformat.from_dict({**stay, **come})


def _marked(cell: NotebookNode, mark: str) -> NotebookNode:
    """Return a cell that says what it is, under an id of its own: the same for the same text."""
    made = copy.deepcopy(cell)
    made.id = f"{cell.id[:50]}-{hashlib.sha256(cell.source.encode()).hexdigest()[:8]}"
    head = f"# {mark}" if cell.cell_type == "code" else f"**{mark}**\n"
    made.source = f"{head}\n{cell.source}"
    return made
