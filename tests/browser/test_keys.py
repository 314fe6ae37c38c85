"""Every control of every widget, quiz and verdict is reached, moved and left by keys alone.

One notebook is walked through from its first control to its last, in JupyterLab. What is typed
at a control is the control's: the notebook's cells are the same after every one of them.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tools.notebook_page import NotebookPage

IMPORTS = (
    "import numpy as np\nfrom utils.exercises import check, quiz\nfrom utils.widgets import *\n"
)
SEEING = """import numpy as np
from utils.data import sample
part = sample.sample("cifar10").validation.first(60)
shares = np.random.default_rng(0).dirichlet(np.ones(10), 60)
def maps(index):
    return [("1 convolution", part.images[index] / 255), ("2 pooling", part.images[index] / 255)]
what_the_cnn_sees(part.images, part.labels, shares, list("abcdefghij"), maps,
                  np.ones((3, 3, 3, 4)))"""
PAD = """import numpy as np
from utils.networks.in_numpy.keras_layers import Layer, Network
weights = np.random.default_rng(0).normal(size=(784, 10))
layers = (Layer("Flatten", "f", (784,)), Layer("Dense", "d", (10,), weights, np.zeros(10)))
drawing_pad({"dense": Network("dense", (28, 28, 1), layers)})"""
CURVES = "[[k * epoch % 7 / 9 for epoch in range(1, 7)] for k in range(1, 13)]"
PICTURE = "np.indices((32, 32, 3)).sum(0).astype('uint8')"
# Running it ends at once, and its button waits to be asked again: off, so no key reaches it.
LIVE = "with live_training() as live:\n    pass"


def sliders(*labels: str) -> tuple[str, ...]:
    """Return the rows of sliders: a handle, and a number beside it that can be typed over."""
    return tuple(row for one in labels for row in (f"slider {one}", f"number {one}, as a number"))


def lists(*labels: str) -> tuple[str, ...]:
    return tuple(f"list {one}" for one in labels)


def buttons(*labels: str) -> tuple[str, ...]:
    return tuple(f"button {one}" for one in labels)


WEIGHTS = tuple(f"weight filter row {i} column {k}" for i in (1, 2, 3) for k in (1, 2, 3))
# A cell's code, and its controls in the order of the Tab key.
WIDGETS: dict[str, tuple[str, ...]] = {
    'perceptron("AND")': (
        *lists("gate"), *sliders("w₁", "w₂", "b"),
        *buttons("Learn one step", "Learn", "Start at zero"),
    ),
    "step_and_sigmoid()": sliders("weight w", "bias b", "input x"),
    "gradient_descent()": (
        *lists("gate", "learning rate η"), *sliders("start w₁", "start w₂", "steps"),
        *buttons("Step downhill", "Back to the start"),
    ),
    "bend_the_plane()": sliders(
        "h₁: angle", "h₁: shift", "h₂: angle", "h₂: shift", "sharpness"
    ),
    f"move_a_picture({PICTURE})": (*sliders("moved right", "moved down"), "tick mirrored"),
    "normalise_a_batch()": (
        *sliders("mean of the sums", "their spread", "scale γ", "shift β"), *lists("pictures"),
        *sliders("other pictures"), *lists("statistics"),
    ),
    "through_many_layers()": (*sliders("layers", "first weights", "seed"),
                              "tick batch normalisation"),
    "walk_into_a_valley()": (
        *lists("rate η"), *sliders("noise", "steps"), *lists("the mean keeps"), *sliders("seed"),
    ),
    "softmax_and_loss()": (*sliders("z airplane", "z automobile", "z cat"), *lists("right class")),
    'two_moons("dropout")': sliders("drop rate", "seed"),
    "tensor_explorer()": (
        *lists("axis 0: pictures"), *sliders("index 0"),
        *lists("axis 1: rows", "axis 2: columns", "axis 3: channel", "step along"),
        *buttons("One back", "One on"),
    ),
    "convolution()": (
        *lists("picture", "filter"), *sliders("stride"), *lists("padding"), "tick ReLU",
        *lists("pooling"), *buttons("Your own file, to 10 MB (0)"), *WEIGHTS,
        "grid Arrow keys choose a pixel of the output",
    ),
    f"successive_halving({CURVES})": sliders("trials", "draw", "first stop", "keep 1 of"),
    SEEING: (
        *lists("show", "layer"), *sliders("picture number"),
        "grid Arrow keys choose the right and the predicted class",
    ),
    PAD: ("paper Paper to draw a digit on.", *buttons("Clear", "Undo a stroke")),
    LIVE: (),
    'quiz("01")': (
        "answers Question 1.", "button Check", "answers Question 2.", "button Check",
        "answers Question 3.", "button Check",
    ),
    'check("01.1", (0.5, 0.5, 0.5))': ("fold Hint",),
}  # fmt: skip
CELLS = [IMPORTS + code for code in WIDGETS]
ROWS = [(f"c{k}", row) for k, rows in enumerate(WIDGETS.values()) for row in rows]

# JupyterLab's own: new cells, one deleted, undone, cut, pasted; another type; the kernel anew.
THEIRS = ("a", "b", "d", "d", "x", "m", "y", "z", "c", "v", "1", "o", "0", "0", "i", "i")

FOCUSED = """() => {
  const one = document.activeElement;
  const kind = one.type === 'radio' ? 'answers' : one.type === 'checkbox' ? 'tick'
    : one.type === 'number' ? 'weight' : one.matches('.course-pad') ? 'grid'
    : { SELECT: 'list', BUTTON: 'button', CANVAS: 'paper', SUMMARY: 'fold' }[one.tagName]
    ?? { slider: 'slider', textbox: 'number' }[one.getAttribute('role')] ?? one.tagName;
  const name = kind === 'answers' ? one.closest('fieldset').querySelector('legend').textContent
    : one.getAttribute('aria-label') ?? (one.labels?.[0] ?? one).textContent;
  const cells = window.jupyterapp.shell.currentWidget.content.widgets;
  const cell = cells.find((cell) => cell.node.contains(one));
  return [cell?.model.id ?? 'outside', `${kind} ${name.trim()}`];
}"""
# What a control says, whatever it is.
STATE = """() => {
  const one = document.activeElement;
  if (one.type === 'radio') return [...one.form.answer].map((radio) => radio.checked).join();
  if (one.type === 'checkbox') return one.checked;
  if (one.matches('.course-pad')) return one.firstChild.getAttribute('style');
  if (one.tagName === 'SUMMARY') return one.parentElement.open;
  if (one.tagName === 'CANVAS') return one.toDataURL();
  return one.getAttribute('aria-valuenow') ?? one.value ?? one.textContent;
}"""
NOTEBOOK = """() => window.jupyterapp.shell.currentWidget.content.widgets
  .map(({ model }) => [model.id, model.type, model.sharedModel.getSource()])"""
CLICKS = """() => {
  window.clicks = 0;
  document.addEventListener('click', () => { window.clicks += 1; }, true);
}"""


@pytest.fixture(scope="module")
def walked(cells_of_all: NotebookPage) -> Iterator[Page]:
    """Yield the page with all widgets drawn."""
    page = cells_of_all.page
    for number in range(sum("course" not in code for code in WIDGETS) - 3):
        cells_of_all.widget(number).settled()
    page.locator(".course-question").nth(2).wait_for()
    page.evaluate(CLICKS)
    yield page


def focused(page: Page) -> tuple[str, str]:
    cell, name = page.evaluate(FOCUSED)
    return cell, name


def press(page: Page, *keys: str) -> None:
    """Press keys, and after each wait until the cell's picture, if it has one, is drawn for it."""
    for key in keys:
        page.keyboard.press(key)
        page.wait_for_function(
            """() => !document.activeElement.closest('.jp-Cell')
                ?.querySelector('.course-figure[data-state=waiting]')""",
            timeout=90_000,  # a control that stays stuck is to be named, not waited for
        )


def changes(page: Page, *keys: str) -> None:
    """Press keys, each of which must change what the focused control says."""
    for key in keys:
        before = page.evaluate(STATE)
        press(page, key)
        assert page.evaluate(STATE) != before, f"{key} changes nothing at {focused(page)}"


def number(page: Page) -> float:
    """Return the number that stands in the focused field; ipywidgets writes a true minus."""
    return float(page.evaluate(STATE).replace("−", "-"))


def typed(page: Page, value: float) -> None:
    """Type a number over the one that stands there."""
    press(page, "Control+a", *f"{value:g}", "Enter")
    assert number(page) == value, focused(page)


def move_list(page: Page) -> None:
    """Go through a list's choices, and to where it stood before letters chose in it."""
    place = page.evaluate("window.place")
    press(page, "Home")
    changes(page, "ArrowDown", "ArrowUp")
    press(page, *["ArrowDown"] * place)


def move_slider(page: Page) -> None:
    press(page, "Home")
    changes(page, "ArrowRight", "ArrowUp", "ArrowLeft")


def move_number(page: Page) -> None:
    press(page, "Enter")  # what was typed into it is no number, and goes
    before = number(page)
    press(page, "Control+a", "9", "9", "9", "Enter")  # as far as the slider goes
    highest = number(page)
    assert highest not in (before, 999)
    typed(page, before)


def move_grid(page: Page) -> None:
    press(page, "ArrowUp", "ArrowLeft")  # it may stand in its last corner
    changes(page, "ArrowDown", "ArrowRight", "ArrowUp", "ArrowLeft")


def click(page: Page) -> None:
    for key in ("Space", "Enter"):
        before = page.evaluate("window.clicks")
        press(page, key)
        assert page.evaluate("window.clicks") == before + 1, f"{key} at {focused(page)}"


def draw(page: Page) -> None:
    """Draw a stroke: the pen's place is seen on the paper, so each key changes it."""
    changes(page, "ArrowUp", "Space", "ArrowDown", "ArrowRight", "Space", "Delete", "ArrowLeft")


def answer(page: Page) -> None:
    changes(page, "Space", "ArrowDown", "ArrowUp", "ArrowRight", "ArrowLeft")


MOVES = {
    "list": move_list,
    "slider": move_slider,
    "number": move_number,
    "tick": lambda page: changes(page, "Space", "Space"),
    "weight": lambda page: (typed(page, 0.5), changes(page, "ArrowUp", "ArrowDown")),
    "grid": move_grid,
    "button": click,
    "paper": draw,
    "answers": answer,
    "fold": lambda page: changes(page, "Enter", "Space"),
}


@pytest.mark.slow
def test_tab_reaches_every_control_and_its_keys_are_its_own(walked: Page) -> None:
    cells = walked.evaluate(NOTEBOOK)
    walked.locator(".jp-Notebook select").first.focus()
    typed_at: set[str] = set()  # a kind of control is one piece of code: all keys at its first
    for cell, row in ROWS:
        found = focused(walked)
        assert found[0] == cell and found[1].startswith(row), (found, cell, row)
        walked.evaluate("() => { window.place = document.activeElement.selectedIndex; }")
        for key in THEIRS[:2] if row.split()[0] in typed_at else THEIRS:
            press(walked, key) if row.startswith("list") else walked.keyboard.press(key)
        typed_at.add(row.split()[0])
        MOVES[row.split()[0]](walked)
        assert focused(walked) == found, "the focus stays"
        assert walked.evaluate(NOTEBOOK) == cells, f"keys at {row!r} reached the notebook"
        press(walked, "Tab")
    assert focused(walked)[0] == "outside", "and the last is left"


def test_shift_and_tab_go_all_the_way_back(walked: Page) -> None:
    walked.locator(".jp-Notebook summary").focus()
    for cell, row in reversed(ROWS):
        for _ in range(6):  # JupyterLab stops at each cell and its output, too
            found = focused(walked)
            if found[0] == cell and found[1].startswith(row):
                break
            press(walked, "Shift+Tab")
        assert found[0] == cell and found[1].startswith(row), (found, cell, row)
        press(walked, "Shift+Tab")


FIRST = {"list": "select", "slider": ".noUi-handle", "number": ".widget-readout",
         "button": ".widget-button", "tick": "[type=checkbox]", "weight": "[type=number]",
         "grid": ".course-pad", "paper": "canvas", "answers": "[type=radio]"}  # fmt: skip
# In which cell each kind of control is tried.
CELL = {code: number for number, code in enumerate(WIDGETS)}
ESCAPES = dict.fromkeys(("list", "slider", "number", "button"), CELL['perceptron("AND")'])
ESCAPES |= dict.fromkeys(("tick", "weight", "grid"), CELL["convolution()"])
ESCAPES |= {"paper": CELL[PAD], "answers": CELL['quiz("01")']}


@pytest.mark.parametrize("kind", ESCAPES)
def test_escape_leaves_a_control_for_its_cell_and_arrows_are_the_notebooks_again(
    walked: Page, cells_of_all: NotebookPage, kind: str
) -> None:
    cells = walked.evaluate(NOTEBOOK)
    cell_id = f"c{ESCAPES[kind]}"
    cells_of_all.cell(cell_id).locator(FIRST[kind]).first.focus()
    assert focused(walked)[1].startswith(kind)
    press(walked, "Escape")
    assert focused(walked)[0] == cell_id and focused(walked)[1].split()[0] not in MOVES
    press(walked, "ArrowDown")
    assert focused(walked)[0] == f"c{ESCAPES[kind] + 1}"
    assert walked.evaluate(NOTEBOOK) == cells


def test_a_question_is_one_group_of_counted_answers_and_its_verdict_is_announced(
    walked: Page,
) -> None:
    group = walked.get_by_role("radiogroup", name="Question 2.")
    places = group.get_by_role("radio").evaluate_all(
        "(all) => all.map((one) => `${one.ariaPosInSet} of ${one.ariaSetSize}`)"
    )
    assert places == [f"{k} of {len(places)}" for k in range(1, len(places) + 1)]
    question = walked.locator(".course-question").nth(1)
    group.get_by_role("radio").first.focus()
    walked.keyboard.press("ArrowDown")
    walked.keyboard.press("Enter")
    verdict = question.locator("[role=status][aria-live=polite]")
    expect(verdict).to_contain_text(re.compile("Right|Not yet"))
    walked.keyboard.press("ArrowUp")
    expect(verdict).to_be_empty()
