"""Which cells an answer needs: those that give its names, and no other."""

import pytest

from utils.classroom.needed import Cell, ExerciseCell, answer_cell, needed_cells

SETUP = {"np", "check", "print", "range"}
ASKED = ExerciseCell("05.1", "ex1", "x = ...\ncheck('05.1', x)", "x")


def needed(*sources: str) -> list[int]:
    cells = [Cell(str(place), source) for place, source in enumerate(sources)]
    return needed_cells(cells, len(cells) - 1, SETUP)


@pytest.mark.parametrize(
    ("sources", "wanted"),
    [
        (("x = 1", "y = 2", "check('05.1', x)"), [0]),
        (("a = 1", "x = a", "a = 2", "check('05.1', x)"), [0, 1]),
        (("x = 1", "x = 2", "check('05.1', x)"), [1]),
        (("x = 1", "def f(x):\n    return x", "check('05.1', f)"), [1]),
        (("k = 1", "def f(x):\n    return x * k", "check('05.1', f)"), [0, 1]),
        (("x = [1]", "x.append(2)", "print(x)", "check('05.1', x)"), [0, 1]),
        (("x = {}", "x['a'] = 2", "check('05.1', x)"), [0, 1]),
        (("import math", "x = 1", "check('05.1', math.pi)"), [0]),
        (("this is (", "x = 1", "check('05.1', x)"), [1]),
        (("np.seterr(all='ignore')", "check('05.1', np.pi)"), []),
        (("np = 3", "check('05.1', np)"), [0]),
        (("%matplotlib inline", "x = 1", "check('05.1', x)"), [1]),
        (("x = [i for i in range(3)]", "i = 5", "check('05.1', x)"), [0]),
        (("h = 1", "h = 2\nprint(h)\ncheck('05.1', h)"), []),
        (("h = 1", "h = h + 1\ncheck('05.1', h)"), [0]),
        (("h = 1", "h += 1\ncheck('05.1', h)"), [0]),
        (("i = 1", "for i in range(3):\n    print(i)\ncheck('05.1', 1)"), []),
        (("i = 1", "def f():\n    return i\n\ni = 2\ncheck('05.1', f)"), []),
        (("i = 1", "x = f = lambda: i\ncheck('05.1', f)"), [0]),
        (("i = 1", "class A:\n    j = i\n\ncheck('05.1', A)"), [0]),
        (("i = 1", "def f(x=i):\n    return x\n\ncheck('05.1', f)"), [0]),
        (("os = 1", "import os.path\nprint(os)\ncheck('05.1', 1)"), []),
        (("f = 1", "with open('a') as f:\n    f.read()\ncheck('05.1', 1)"), []),
        (("i = 1", "x = [i for i in range(3)]\ncheck('05.1', x)"), []),
        (("i = 1", "x = [i * j for j in range(3)]\ncheck('05.1', x)"), [0]),
    ],
)
def test_a_cell_is_needed_for_the_names_that_it_gives(sources, wanted):
    assert needed(*sources) == wanted


def test_a_name_that_only_a_later_cell_gives_is_taken_from_there():
    cells = [Cell("ex1", "check('05.1', f)"), Cell("b", "f = 1"), Cell("c", "f = 2")]
    assert needed_cells(cells, 0, SETUP) == [1]


@pytest.mark.parametrize(
    ("sources", "place"),
    [
        ({"ex1": "x = 5\ncheck('05.1', x)"}, 0),
        ({"ex1": "x = ...\ncheck('05.1', x)"}, None),
        ({"ex1": "x = 1\ncheck('05.1', x)", "mine": "check('05.1', 2)"}, 1),
        # What `course update` leaves where both have changed the cell: the edition's stub behind.
        ({"ex1": "x = 1\ncheck('05.1', x)", "new": "x = ...\ncheck('05.1', x)"}, 0),
        ({"ex1": "x = 1\n# check('05.1', x)"}, 0),
        ({"ex1": "x = 1\nif True:\n    check('05.1', x)"}, 0),
        ({"other": "check('05.2', 1)"}, None),
        ({"bad": "check('05.1', (", "mine": "check('05.1', 3)"}, 1),
    ],
)  # fmt: skip
def test_the_answer_is_the_last_cell_that_checks_it_and_is_no_stub(sources, place):
    found = answer_cell([Cell(*one) for one in sources.items()], ASKED)
    assert (found and found[0]) == place


def test_an_answer_that_is_no_python_is_said():
    with pytest.raises(SyntaxError):
        answer_cell([Cell("ex1", "x = (\ncheck('05.1', x)")], ASKED)
