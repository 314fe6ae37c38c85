"""Three notebooks become one by their cells' ids: what a learner wrote stays, what is new comes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat import NotebookNode, validate
from nbformat.v4 import new_output
from small_course import CELLS, make, ran

from utils.jupyter.merge import Merged, as_stored, is_changed, merge, parse
from utils.settings import NOTEBOOKS

MARK = "New edition"
ANSWER = 'answer = 7\n\ncheck("06.1", answer)'
STUB = 'answer = ...  # a number\n\ncheck("06.1", answer)'


def sources(notebook: NotebookNode) -> list[str]:
    return [cell.source for cell in notebook.cells]


def changed(**cells: str | None) -> dict[str, str]:
    """Return CELLS with other sources; None removes one, a new one comes last."""
    return {name: text for name, text in (CELLS | cells).items() if text is not None}


def put(name: str, behind: str | None, text: str, cells: dict[str, str] = CELLS) -> dict[str, str]:
    """Return cells with one more, behind another or at the top."""
    names = list(cells)
    names.insert(names.index(behind) + 1 if behind else 0, name)
    return {one: (cells | {name: text})[one] for one in names}


def ordered(*names: str, **cells: str) -> dict[str, str]:
    return {name: (CELLS | cells)[name] for name in names}


NOTED = put("note", "code", "I wonder.")
MOVED = ("head", "code", "why", "task", "exercise", "end")
# What the learner has, what the edition has, what comes out. An id that nobody gave ends in *.
KINDS = {
    "nothing, nothing": (CELLS, CELLS, CELLS),
    "nothing, prose": (CELLS, changed(why="Read."), changed(why="Read.")),
    "nothing, code": (CELLS, changed(code="rate = 1"), changed(code="rate = 1")),
    "an answer, nothing": (changed(exercise=ANSWER), CELLS, changed(exercise=ANSWER)),
    "an answer, prose": (
        changed(exercise=ANSWER),
        changed(why="Read."),
        changed(exercise=ANSWER, why="Read."),
    ),
    "an answer, that exercise": (
        changed(exercise=ANSWER),
        changed(exercise=STUB),
        put("exercise*", "exercise", f"# {MARK}\n{STUB}", changed(exercise=ANSWER)),
    ),
    "prose, that prose": (
        changed(why="Why?"),
        changed(why="Read."),
        put("why*", "why", f"**{MARK}**\n\nRead.", changed(why="Why?")),
    ),
    "the same change twice": (changed(why="Read."), changed(why="Read."), changed(why="Read.")),
    "a note, the cell before it": (
        NOTED,
        changed(code="rate = 1"),
        put("note", "code", "I wonder.", changed(code="rate = 1")),
    ),
    "a note, the cell before it goes": (
        NOTED,
        changed(code=None),
        put("note", "why", "I wonder.", changed(code=None)),
    ),
    "a note, a cell at the same place": (
        NOTED,
        put("new", "code", "Look."),
        put("new", "note", "Look.", NOTED),
    ),
    "two notes, the cell behind them": (
        put("mine", "note", "Aha.", NOTED),
        changed(task="### Exercise"),
        put("mine", "note", "Aha.", put("note", "code", "I wonder.", changed(task="### Exercise"))),
    ),
    "a note at the top, a cell at the top": (
        put("note", None, "Mine."),
        put("new", None, "Look."),
        put("note", None, "Mine.", put("new", None, "Look.")),
    ),
    "a note at the end, the end goes": (
        put("note", "end", "Mine."),
        changed(end=None),
        put("note", "exercise", "Mine.", changed(end=None)),
    ),
    "an answer, a cell comes and one goes": (
        changed(exercise=ANSWER),
        put("code-2", "code", "print(rate)", changed(end=None)),
        put("code-2", "code", "print(rate)", changed(end=None, exercise=ANSWER)),
    ),
    "an answer, that exercise goes": (
        changed(exercise=ANSWER),
        changed(exercise=None),
        changed(exercise=ANSWER),
    ),
    "a cell thrown away, nothing": (changed(why=None), CELLS, changed(why=None)),
    "a cell thrown away, that cell": (
        changed(why=None),
        changed(why="Read."),
        put("why*", "head", f"**{MARK}**\n\nRead.", changed(why=None)),
    ),
    "cells moved, prose": (
        ordered(*MOVED),
        changed(end="The end."),
        ordered(*MOVED, end="The end."),
    ),
    "an answer, cells moved": (
        changed(exercise=ANSWER),
        ordered(*MOVED),
        ordered(*MOVED, exercise=ANSWER),
    ),
}


@pytest.mark.parametrize(("mine", "new", "wanted"), KINDS.values(), ids=KINDS)
def test_what_the_learner_wrote_stays_and_what_is_new_comes(mine, new, wanted):
    base, mine, new = make(CELLS), make(mine), make(new)
    merged = merge(base, mine, new, MARK)
    assert sources(merged.notebook) == list(wanted.values())
    assert [cell.id for cell in merged.notebook.cells if cell.id in CELLS] == [
        name for name in wanted if name in CELLS
    ]
    assert merged.beside == sum(name.endswith("*") for name in wanted)
    validate(merged.notebook)


TEXTS = st.sampled_from(["a", "b", "c", "d"])
NAMES = st.sampled_from(["head", "why", "code", "task", "exercise", "x1", "code-x2"])
BOOKS = st.lists(NAMES, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: TEXTS for name in names})
)


@given(BOOKS, BOOKS, BOOKS)
def test_nothing_is_lost_whatever_both_have_done(base, mine, new):
    merged = merge(make(base), make(mine), make(new), MARK)
    said = sources(merged.notebook)
    ids = [cell.id for cell in merged.notebook.cells]
    assert len(set(ids)) == len(ids)
    by_id = dict(zip(ids, said, strict=True))
    for name, text in mine.items():
        if base.get(name) != text:
            assert by_id[name] == text
    for name, text in new.items():
        if base.get(name) != text:
            assert by_id.get(name) == text or any(one.endswith(f"\n{text}") for one in said)
    again = merge(make(base), merged.notebook, make(new), MARK)
    assert sources(again.notebook) == said and again.beside == 0
    assert not is_changed(merge(make(new), merged.notebook, make(new), MARK).notebook,
                          merged.notebook)  # fmt: skip


def test_outputs_stay_where_the_source_does():
    new = changed(code="rate = 1")
    merged = merge(make(CELLS), ran(make(changed(exercise=ANSWER))), make(new), MARK).notebook
    outputs = {cell.id: cell.outputs for cell in merged.cells if cell.cell_type == "code"}
    assert outputs == {"code": [], "exercise": [new_output("stream", text=f"{ANSWER}\n")]}


FOLDED = {"jupyter": {"source_hidden": True}}
# A cell's metadata: what both came from, mine, the edition's, what comes out.
METADATA = {
    "tagged anew": ({"tags": ["a"]}, {"tags": ["a"]}, {"tags": ["b"]}, {"tags": ["b"]}),
    "folded by the edition": ({}, {"collapsed": True}, FOLDED, {"collapsed": True} | FOLDED),
    "unfolded by me": (FOLDED, {"jupyter": {}}, FOLDED, {"jupyter": {}}),
    "taken away by the edition": ({"tags": ["a"]}, {"tags": ["a"], "x": 1}, {}, {"x": 1}),
}


@pytest.mark.parametrize("four", METADATA.values(), ids=METADATA)
@pytest.mark.parametrize("new", [CELLS, changed(code="rate = 1")], ids=["same", "new"])
def test_a_cells_metadata_are_merged_field_by_field(four, new):
    books = make(CELLS), ran(make(CELLS)), make(new)
    for book, metadata in zip(books, four, strict=False):
        book.cells[2].metadata = metadata
    books[1].metadata["widgets"] = {"state": 1}
    merged = merge(*books, MARK).notebook
    assert merged.cells[2].metadata == four[-1]
    assert merged.metadata == books[0].metadata | {"widgets": {"state": 1}}


def test_without_a_base_all_that_differs_stands_side_by_side():
    mine, new = changed(exercise=ANSWER, why=None), changed(exercise=STUB)
    merged = merge(None, make(mine), make(new), MARK)
    assert sources(merged.notebook) == list(
        put("new", "exercise", f"# {MARK}\n{STUB}", changed(exercise=ANSWER)).values()
    )
    assert merged.beside == 1


# Reading


def without_ids(cells: dict[str, str]) -> bytes:
    """Return a notebook's file as Colab writes it."""
    raw = json.loads(as_stored(make(cells)))
    for cell in raw["cells"]:
        cell["metadata"]["id"] = cell.pop("id").upper()
    return json.dumps(raw | {"nbformat_minor": 0}).encode()


@pytest.mark.parametrize(
    "mine", [CELLS, changed(exercise=ANSWER), changed(why="Why?", exercise=ANSWER), NOTED,
             put("code-mine", "exercise", "1 + 1", changed(exercise=ANSWER))]
)  # fmt: skip
def test_cells_that_lost_their_ids_are_known_by_what_they_say_and_where(mine):
    base = make(CELLS)
    read = parse(without_ids(mine), like=base)
    assert [cell.id for cell in read.cells if cell.id in CELLS] == list(CELLS)
    new = changed(end="The end.")
    merged = merge(base, read, make(new), MARK)
    assert sources(merged.notebook) == list((mine | {"end": "The end."}).values())


def test_an_id_that_occurs_twice_stays_with_the_first():
    raw = json.loads(as_stored(make(CELLS)))
    raw["cells"][1]["id"] = "head"
    ids = [cell.id for cell in parse(json.dumps(raw).encode()).cells]
    assert ids[0] == "head" and len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe", b"[]", b"null", b'"x"', b'{"nbformat": 4}', b"[" * 100_000,
     b'{"nbformat": 3, "worksheets": []}', b'{"nbformat": 4, "nbformat_minor": 5, "cells": [1]}',
     b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "code"}]}'],
)  # fmt: skip
def test_what_is_no_notebook_is_none(content):
    assert parse(content) is None


def test_the_courses_notebooks_are_read_and_written_to_the_byte():
    for path in NOTEBOOKS.rglob("0*.ipynb"):
        assert as_stored(parse(path.read_bytes())).encode() == path.read_bytes()


def test_merging_leaves_what_it_was_given():
    three = make(CELLS), ran(make(changed(exercise=ANSWER))), make(changed(exercise=STUB))
    before = [as_stored(one) for one in three]
    assert isinstance(merge(*three, MARK), Merged)
    assert [as_stored(one) for one in three] == before
