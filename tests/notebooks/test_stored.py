"""The notebooks as they lie in the repository keep the rules, and each rule can be broken.

The guards stand in guards.py and lesson_guards.py. A small lesson that keeps them all is
broken here in one place at a time: the guard meant for it, and no other, must complain.
"""

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from contents import LESSONS, SOLUTIONS, code_cells, read
from guards import GENERAL, KERNEL, LANGUAGE
from ipykernel.ipkernel import IPythonKernel
from lesson_guards import LESSON
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

GUARDS = {guard.__name__: guard for guard in (*GENERAL, *LESSON)}
NOTEBOOKS = [*LESSONS, *SOLUTIONS]


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("guard", GUARDS.values(), ids=GUARDS.keys())
@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
def test_a_stored_notebook_keeps(path: Path, guard: Callable) -> None:
    assert list(guard(read(path), path)) == []


def test_there_are_lessons_to_guard() -> None:
    assert LESSONS


def test_at_most_a_quarter_of_the_open_code_stands_in_cells_that_draw() -> None:
    lines = {"all": 0, "drawing": 0}
    for path in LESSONS:
        for one in code_cells(read(path)):
            if "jupyter" not in one.metadata:
                count = sum(1 for line in one.source.splitlines() if line.strip())
                lines["all"] += count
                lines["drawing"] += count * ("plots.show(" in one.source)
    assert 0 < lines["drawing"] <= 0.25 * lines["all"], lines


# A lesson that keeps every rule, and ways to break it.

WAY = "[Start](00_start.ipynb) · [02](02_next.ipynb) ›"
HEAD = (
    f"# 01 · Sums: one and one\n\n{WAY}\n\n**You will** add.\n\n**Time** 1 min · **Needs** nothing"
)
SETUP = "import numpy as np\n\nfrom utils import plots, settings\nfrom utils.exercises import check"
TASK = """### Exercise {k} · Add

Add one and one.

<details><summary>Hint</summary>

Count your thumbs.
</details>

[Solution](solutions/01_sums.ipynb) · **Then try** two and two."""


def cell(source: str, name: str, *tags: str) -> NotebookNode:
    make = new_code_cell if tags or name.startswith("code") else new_markdown_cell
    return make(source, id=name, metadata={"tags": list(tags)} if tags else {})


def book(cells: list[NotebookNode]) -> NotebookNode:
    language = {**LANGUAGE, "version": "3.13.5"}
    return new_notebook(cells=cells, metadata={"kernelspec": KERNEL, "language_info": language})


@pytest.fixture
def lesson(tmp_path: Path) -> tuple[NotebookNode, Path]:
    """Return a lesson without a fault, and its path; its solutions and the next lesson exist."""
    exercises = [
        part
        for k in (1, 2, 3)
        for part in (
            cell(TASK.format(k=k), f"task-{k}"),
            cell(f'answer = ...\ncheck("01.{k}", answer)', f"exercise-{k}", "exercise"),
        )
    ]
    middle = [
        part
        for k in range(5)
        for part in (cell(f"Look at {k}.", f"look-{k}"), cell(f"print({k})", f"code-{k}"))
    ]
    lesson = book(
        [
            cell(HEAD, "head"),
            cell(SETUP, "setup", "setup"),
            cell("## 1  Why?\n\nTo see what `x` is.", "why"),
            *middle,
            cell("## Summary\n\nOne and one is two.", "summary"),
            cell("## Quiz\n\nOne question.", "quiz"),
            cell('from utils.exercises import quiz\n\nquiz("01")', "quiz-code", "quiz"),
            cell("## Exercises\n\nThey check themselves.", "exercises"),
            *exercises,
            cell(f"**Next:** [02](02_next.ipynb)\n\n{WAY}", "next"),
        ]
    )
    solutions = book(
        [
            cell("# Solutions to 01", "head"),
            cell(SETUP, "setup", "setup"),
            *(part for part in exercises if part.id.startswith("exercise")),
        ]
    )
    (tmp_path / "solutions").mkdir()
    nbformat.write(lesson, tmp_path / "01_sums.ipynb")
    nbformat.write(lesson, tmp_path / "02_next.ipynb")
    nbformat.write(lesson, tmp_path / "00_start.ipynb")
    nbformat.write(solutions, tmp_path / "solutions" / "01_sums.ipynb")
    return lesson, tmp_path / "01_sums.ipynb"


def at(notebook: NotebookNode, name: str) -> NotebookNode:
    return next(each for each in notebook.cells if each.id == name)


def put(name: str, source: str) -> Callable[[NotebookNode], None]:
    """Return a break that gives one cell another source."""
    return lambda notebook: at(notebook, name).update(source=source)


def add(name: str, source: str) -> Callable[[NotebookNode], None]:
    """Return a break that adds a line to one cell."""
    return lambda notebook: at(notebook, name).update(
        source=f"{at(notebook, name).source}\n{source}"
    )


def drop(name: str) -> Callable[[NotebookNode], None]:
    return lambda notebook: notebook.cells.remove(at(notebook, name))


def set_on(name: str, **fields: object) -> Callable[[NotebookNode], None]:
    return lambda notebook: at(notebook, name).update(fields)


def more_cells(notebook: NotebookNode) -> None:
    notebook.cells[3:3] = [cell("More.", f"more-{k}") for k in range(50)]


def swap_exercises(notebook: NotebookNode) -> None:
    one, two = at(notebook, "exercise-1"), at(notebook, "exercise-2")
    one.source, two.source = two.source, one.source


BREAKS = {
    "outputs": ("nothing_is_stored_but_source",
                set_on("code-1", outputs=[nbformat.v4.new_output("stream", text="1")])),
    "an execution count": ("nothing_is_stored_but_source", set_on("code-1", execution_count=3)),
    "timing metadata": ("nothing_is_stored_but_source",
                        lambda nb: at(nb, "code-1").metadata.update(execution={})),
    "widget state": ("nothing_is_stored_but_source", lambda nb: nb.metadata.update(widgets={})),
    "an attachment": ("nothing_is_stored_but_source", set_on("why", attachments={"a.png": {}})),
    "no id": ("cell_ids_are_well_formed_and_unique", lambda nb: at(nb, "look-1").pop("id")),
    "a double id": ("cell_ids_are_well_formed_and_unique", set_on("look-1", id="look-2")),
    "a capital id": ("cell_ids_are_well_formed_and_unique", set_on("look-1", id="Look 1")),
    "another kernel": ("the_kernel_is_python3",
                       lambda nb: nb.metadata.kernelspec.update(name="venv")),
    "half a language": ("the_kernel_is_python3",
                        lambda nb: nb.metadata.update(language_info={"name": "python"})),
    "no version": ("the_kernel_is_python3", lambda nb: nb.metadata.language_info.pop("version")),
    "an older format": ("the_file_is_as_jupyterlab_writes_it",
                        lambda nb: nb.update(nbformat_minor=4)),
    "two titles": ("headings_are_in_order", add("why", "# Another")),
    "a skipped level": ("headings_are_in_order", add("why", "#### Too deep")),
    "no prose before code": ("prose_stands_before_every_code_cell",
                             lambda nb: at(nb, "look-1").update(cell_type="raw")),
    "a heading alone before code": ("prose_stands_before_every_code_cell",
                                    put("look-1", "## 2  Only a heading")),
    "a long code cell": ("cells_are_short", put("code-1", "x = 1\n" * 16)),
    "a long setup cell": ("cells_are_short", put("setup", "x = 1\n" * 9)),
    "long prose": ("cells_are_short", put("look-1", "word " * 121)),
    "an empty code cell": ("cells_are_short", put("code-1", "")),
    "too many cells": ("a_lesson_has_20_to_66_cells", more_cells),
    "too few cells": ("a_lesson_has_20_to_66_cells",
                      lambda nb: [drop(f"{part}-{k}")(nb)
                                  for k in range(3) for part in ("look", "code")]),
    "a picture without alt": ("every_picture_has_an_alt_text",
                              add("why", "![](solutions/01_sums.ipynb)")),
    "an img without alt": ("every_picture_has_an_alt_text",
                           add("why", '<img src="solutions/01_sums.ipynb">')),
    "show without alt": ("every_picture_has_an_alt_text", put("code-1", "plots.show(f)")),
    "show with an empty alt": ("every_picture_has_an_alt_text",
                               put("code-1", 'plots.show(f, alt="")')),
    "show with one word": ("every_picture_has_an_alt_text", put("code-1", 'plots.show(f, "plot")')),
    "a dead link": ("links_lead_somewhere", add("why", "[x](09_missing.ipynb)")),
    "a dead img": ("links_lead_somewhere", add("why", '<img alt="a cat" src="cat.png">')),
    "a dead anchor": ("links_lead_somewhere", add("why", "[x](02_next.ipynb#3--Nowhere)")),
    "a plain http link": ("links_lead_somewhere", add("why", "[x](http://example.org)")),
    "an absolute path": ("nothing_is_left_over", put("code-1", 'p = "/home/me/data"')),
    "something to do": ("nothing_is_left_over", add("why", "TODO: more")),
    "plt.show": ("nothing_is_left_over", put("code-1", 'plt.show(alt="three words here")')),
    "a magic": ("nothing_is_left_over", put("code-1", "%matplotlib inline")),
    "another number in the title": ("the_header_says_goals_time_and_needs",
                                    put("head", HEAD.replace("# 01", "# 02"))),
    "no goals": ("the_header_says_goals_time_and_needs",
                 put("head", HEAD.replace("**You will**", "We"))),
    "no time": ("the_header_says_goals_time_and_needs", put("head", HEAD.replace("**Time**", ""))),
    "no needs": ("the_header_says_goals_time_and_needs", put("head", HEAD.replace("Needs", "A"))),
    "no setup": ("the_first_code_cell_is_the_setup",
                 lambda nb: at(nb, "code-1").metadata.update(tags=["setup"])),
    "no summary": ("summary_quiz_and_exercises_end_it", put("summary", "One and one is two.")),
    "no quiz section": ("summary_quiz_and_exercises_end_it", put("quiz", "One question.")),
    "another notebook's quiz": ("the_quiz_is_its_own", put("quiz-code", 'quiz("02")')),
    "a count of nobody's": ("counts_say_whose_they_are",
                            add("why", "We learn from 55,000 digits, in 2,150 steps.")),
    "a section behind": ("summary_quiz_and_exercises_end_it", add("next", "## 9  And")),
    "no way at the top": ("the_way_leads_back_on_and_home", put("head", HEAD.replace(WAY, ""))),
    "a way past the next lesson": ("the_way_leads_back_on_and_home",
                                   put("next", "**Next:** [02](02_next.ipynb)")),
    "a cell folded otherwise": ("nothing_is_stored_but_source",
                                lambda nb: at(nb, "code-1").metadata.update(
                                    jupyter={"outputs_hidden": True})),
    "a folded cell that draws nothing": ("only_what_draws_is_folded",
                                         lambda nb: at(nb, "code-1").metadata.update(
                                             jupyter={"source_hidden": True})),
    "a folded exercise": ("only_what_draws_is_folded",
                          lambda nb: at(nb, "exercise-1").metadata.update(
                              jupyter={"source_hidden": True})),
    "no next": ("summary_quiz_and_exercises_end_it", put("next", "That was all.")),
    "exercises out of order": ("exercises_check_themselves", swap_exercises),
    "an exercise that ends otherwise": ("exercises_check_themselves",
                                        add("exercise-1", "print(answer)")),
    "a check outside an exercise": ("exercises_check_themselves",
                                    put("code-1", 'check("01.4", 1)')),
    "two exercises alone": ("exercises_check_themselves", drop("exercise-3")),
    "no hint": ("exercises_have_a_task_a_hint_and_a_link",
                put("task-1", TASK.format(k=1).replace("details", "div"))),
    "no link to the solution": ("exercises_have_a_task_a_hint_and_a_link",
                                put("task-1", TASK.format(k=1).replace("solutions/01", "01"))),
    "another exercise's number": ("exercises_have_a_task_a_hint_and_a_link",
                                  put("task-1", TASK.format(k=5))),
    "another setup than the solutions": ("lesson_and_solutions_belong_together",
                                         add("setup", "x = 1")),
    "an exercise that takes a lesson's name":
        ("exercises_keep_to_names_of_their_own", put("code-1", "answer = 3\nprint(answer)")),
    "an exercise that takes what a lesson's function uses":
        ("exercises_keep_to_names_of_their_own",
         put("code-1", "def double():\n    return 2 * answer")),
    "an exercise whose loop takes an import's name":
        ("exercises_keep_to_names_of_their_own",
         put("exercise-1", 'for np, (answer, *_) in []:\n    ...\ncheck("01.1", 1)')),
    "an exercise that defines what a lesson defines":
        ("exercises_keep_to_names_of_their_own",
         put("exercise-1", 'def plots():\n    ...\n\n\ncheck("01.1", plots)')),
    "an exercise that imports under a lesson's name":
        ("exercises_keep_to_names_of_their_own",
         put("exercise-1", 'import math as settings\n\ncheck("01.1", 1)')),
    "a name that utils hasn't": ("names_from_utils_exist",
                                 put("code-1", "from utils.exercises import chekc")),
    "a module that utils hasn't": ("names_from_utils_exist", put("code-1", "import utils.cheks")),
    "an attribute that a module hasn't": ("names_from_utils_exist",
                                          put("code-1", "settings.profle_name()")),
    "a file deep inside": ("rooms_are_imported_not_files_deep_inside",
                           put("code-1", "from utils.data.photographs import cat")),
    "a figure not shown": ("no_picture_is_shown_behind_our_back",
                           put("code-1", "f, a = plt.subplots()")),
    "a figure as a result": ("no_picture_is_shown_behind_our_back",
                             put("code-1", "plots.curves(1)")),
}  # fmt: skip
# These breaks can't be made without breaking a second rule too.
ALSO = {
    "a cell folded otherwise": {"only_what_draws_is_folded"},
    "no next": {"the_way_leads_back_on_and_home"},
    "a section behind": {"the_way_leads_back_on_and_home"},
    "plt.show": {"every_picture_has_an_alt_text"},
    "two exercises alone": {"lesson_and_solutions_belong_together"},
    "exercises out of order": {"exercises_have_a_task_a_hint_and_a_link",
                               "lesson_and_solutions_belong_together"},
    "a figure as a result": {"names_from_utils_exist"},
    "no setup": {"lesson_and_solutions_belong_together"},
    "a long setup cell": {"lesson_and_solutions_belong_together"},
}  # fmt: skip


def complaining(lesson: tuple[NotebookNode, Path]) -> set[str]:
    return {name for name, guard in GUARDS.items() if list(guard(*lesson))}


def test_a_lesson_without_a_fault_passes_every_guard(lesson: tuple[NotebookNode, Path]) -> None:
    assert complaining(lesson) == set()


@pytest.mark.parametrize("name", BREAKS)
def test_a_guard_sees(name: str, lesson: tuple[NotebookNode, Path]) -> None:
    guard, break_it = BREAKS[name]
    break_it(lesson[0])
    found = complaining(lesson)
    assert guard in found
    assert found <= {guard} | ALSO.get(name, set())


@pytest.mark.parametrize(
    "other",
    [lambda text: text.rstrip(), lambda text: text.replace(" ", "  ", 1), lambda text: text + "\n",
     lambda text: text.replace('"nbformat": 4,\n "nbformat_minor": 5',
                               '"nbformat_minor": 5,\n "nbformat": 4')],
    ids=["no end", "an indent", "two ends", "an order"],
)  # fmt: skip
def test_a_file_that_jupyterlab_would_write_otherwise_is_seen(
    other: Callable[[str], str], lesson: tuple[NotebookNode, Path]
) -> None:
    text = lesson[1].read_text(encoding="utf-8")
    assert other(text) != text
    lesson[1].write_text(other(text), encoding="utf-8")
    assert complaining(lesson) == {"the_file_is_as_jupyterlab_writes_it"}


def test_the_kernel_tells_of_its_language_what_notebooks_have() -> None:
    assert {**IPythonKernel.language_info, "version": ""} == {**LANGUAGE, "version": ""}


def test_each_guard_is_seen_to_complain() -> None:
    assert {guard for guard, _ in BREAKS.values()} == set(GUARDS)


def test_solutions_without_a_lesson_and_a_lesson_without_solutions_are_told(
    lesson: tuple[NotebookNode, Path],
) -> None:
    guard = GUARDS["lesson_and_solutions_belong_together"]
    folder = lesson[1].parent
    assert list(guard(lesson[0], folder / "solutions" / "07_lost.ipynb"))
    (folder / "solutions" / "01_sums.ipynb").unlink()
    assert list(guard(*lesson)) == ["there are no solutions in solutions/01_sums.ipynb"]
