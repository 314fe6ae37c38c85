"""Rules for what a lesson must have: header, ending, exercises, solutions, real names."""

import ast
import importlib
import importlib.util
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from contents import (
    checked,
    code_cells,
    exercise_cells,
    headings,
    is_solution,
    read,
    tagged,
    targets,
    tree,
)
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from utils import settings


def the_header_says_goals_time_and_needs(notebook: NotebookNode, path: Path) -> Iterator[str]:
    if is_solution(path):
        return
    head, number = notebook.cells[0], path.stem[:2]
    if head.cell_type != "markdown" or not re.match(rf"# {number} · \S", head.source):
        yield f"the first cell doesn't begin with '# {number} · …'"
    for word in ("You will", "Time", "Needs"):
        if f"**{word}**" not in head.source:
            yield f"the first cell doesn't say **{word}**"


def the_first_code_cell_is_the_setup(notebook: NotebookNode, path: Path) -> Iterator[str]:
    setups = tagged(notebook, "setup")
    if len(setups) != 1 or code_cells(notebook)[0] is not setups[0]:
        yield "the first code cell, and no other, must be tagged 'setup'"


def summary_quiz_and_exercises_end_it(notebook: NotebookNode, path: Path) -> Iterator[str]:
    if is_solution(path):
        return
    sections = [text for level, text, _ in headings(notebook) if level == 2]
    if sections[-3:] != ["Summary", "Quiz", "Exercises"]:
        yield f"the last sections are {sections[-3:]}, not Summary, Quiz and Exercises"
    later = [other for other in settings.lessons(path.parent) if other.name > path.name]
    last = notebook.cells[-1]
    if later and (
        last.cell_type != "markdown" or not any(t.endswith(".ipynb") for t in targets(last))
    ):
        yield "the last cell doesn't link the next notebook"


def the_way_leads_back_on_and_home(notebook: NotebookNode, path: Path) -> Iterator[str]:
    """‹ previous · start · next › stands below the title and at the very end."""
    if is_solution(path):
        return
    names = [lesson.name for lesson in settings.lessons(path.parent)]
    here = names.index(path.name)
    wanted = [*names[max(here - 1, 0) : here], "00_start.ipynb", *names[here + 1 : here + 2]]
    lines = notebook.cells[0].source.split("\n"), notebook.cells[-1].source.split("\n")
    for where, line in (("first", lines[0][2:3]), ("last", lines[1][-1:])):
        if targets(new_markdown_cell("".join(line))) != wanted:
            yield f"the {where} cell has no line of links to {', '.join(wanted)}"


def the_quiz_is_its_own(notebook: NotebookNode, path: Path) -> Iterator[str]:
    found = tagged(notebook, "quiz")
    if is_solution(path):
        return
    wanted = f'quiz("{path.stem[:2]}")'
    if len(found) != 1 or not found[0].source.endswith(wanted):
        yield f"there must be one cell tagged 'quiz', which ends in {wanted}"


# A count of pictures, digits, batches or steps of a thousand and more, and what ties it to the data
# that it is true of: the learner's own may be the sample, or another profile's.
COUNT = re.compile(
    r"\b\d{1,3}(?:,\d{3})+(?: \w+){0,2} (?:pictures|digits|batches|steps)\b(?! a step)"
)
TIED = re.compile(
    r"\breal\b|MNIST|CIFAR|\breference|\bseeds 0|or all there are|[Tt]ry this|`quick`"
)


def counts_say_whose_they_are(notebook: NotebookNode, path: Path) -> Iterator[str]:
    """What is true of the learner's own data alone is counted by code, not typed."""
    for cell in notebook.cells:
        if is_solution(path) or cell.cell_type != "markdown" or "### Exercise" in cell.source:
            continue
        for paragraph in cell.source.split("\n\n"):
            if (count := COUNT.search(paragraph)) and not TIED.search(paragraph):
                yield f"cell {cell.id} doesn't say which data have {count[0]!r}"


def exercises_check_themselves(notebook: NotebookNode, path: Path) -> Iterator[str]:
    found, number = [], path.stem[:2]
    for cell in code_cells(notebook):
        ids = checked(cell)
        if ids and "exercise" not in cell.metadata.get("tags", []):
            yield f"cell {cell.id} calls check, but isn't tagged 'exercise'"
    for cell in tagged(notebook, "exercise"):
        ids, last = checked(cell), tree(cell).body[-1]
        found += ids
        if len(ids) != 1 or ast.unparse(last).partition("(")[0] != "check":
            yield f"cell {cell.id} doesn't end in one check(…)"
    if found != [f"{number}.{k}" for k in range(1, len(found) + 1)]:
        yield f"the exercises are {found}, not {number}.1, {number}.2 and so on"
    if not is_solution(path) and not 3 <= len(found) <= 4:
        yield f"there are {len(found)} exercises, not three or four"


def exercises_have_a_task_a_hint_and_a_link(notebook: NotebookNode, path: Path) -> Iterator[str]:
    if is_solution(path):
        return
    for name, cell in exercise_cells(notebook).items():
        task = notebook.cells[notebook.cells.index(cell) - 1].source
        if not re.search(rf"(?m)^### Exercise {name.partition('.')[2]} · \S", task):
            yield f"exercise {name} has no heading '### Exercise {name.partition('.')[2]} · …'"
        if "<details>" not in task or "<summary>Hint</summary>" not in task:
            yield f"exercise {name} has no folded hint"
        if f"(solutions/{path.name})" not in task:
            yield f"exercise {name} doesn't link its solution"


def lesson_and_solutions_belong_together(notebook: NotebookNode, path: Path) -> Iterator[str]:
    if is_solution(path):
        if not (path.parent.parent / path.name).exists():
            yield "there is no lesson of this name"
        return
    file = path.parent / "solutions" / path.name
    if not file.exists():
        yield f"there are no solutions in {file.parent.name}/{file.name}"
        return
    solutions = read(file)
    wanted, there = list(exercise_cells(notebook)), list(exercise_cells(solutions))
    if wanted != there:
        yield f"the exercises are {wanted}, the solutions {there}"
    setups = [[cell.source for cell in tagged(book, "setup")] for book in (notebook, solutions)]
    if setups[0] != setups[1]:
        yield "the setup cells of lesson and solutions differ"


def exercises_keep_to_names_of_their_own(notebook: NotebookNode, path: Path) -> Iterator[str]:
    """Running an exercise, or its solution pasted there, breaks no cell of the lesson above."""
    lesson = read(path.parent.parent / path.name) if is_solution(path) else notebook
    exercises = [cell.id for cell in tagged(lesson, "exercise")]
    taken: set[str] = set()
    for cell in code_cells(lesson):
        taken |= set() if cell.id in exercises else _names(tree(cell))
    for cell in tagged(notebook, "exercise"):
        for name in sorted(_bound(tree(cell).body) & taken):
            yield f"cell {cell.id} takes the name {name}, which the lesson uses"


def _names(node: ast.AST) -> set[str]:
    """Return every name that stands in it: used, assigned, defined or imported."""
    return {name for part in ast.walk(node) for name in (_bound_by(part), _used(part)) if name}


def _used(node: ast.AST) -> str | None:
    return node.id if isinstance(node, ast.Name) else None


def _bound_by(node: ast.AST) -> str | None:
    """Return the name that this one node gives to something."""
    if isinstance(node, ast.alias):
        return (node.asname or node.name).split(".")[0]
    if isinstance(node, ast.Name):
        return None if isinstance(node.ctx, ast.Load) else node.id
    named = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler)
    named += (ast.MatchAs, ast.MatchStar)
    return node.name if isinstance(node, named) else None


def _bound(body: Iterable[ast.AST]) -> set[str]:
    """Return the names that these nodes give to something in the notebook's own space."""
    found: set[str] = set()
    for node in body:
        found |= {_bound_by(node)} - {None}
        if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            walrus = (part for part in ast.walk(node) if isinstance(part, ast.NamedExpr))
            found |= {part.target.id for part in walrus}
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            outside = (part for part in ast.walk(node) if isinstance(part, ast.Global))
            found |= {name for part in outside for name in part.names}
        else:
            found |= _bound(ast.iter_child_nodes(node))
    return found


def names_from_utils_exist(notebook: NotebookNode, path: Path) -> Iterator[str]:
    modules: dict[str, str] = {}  # name in the notebook: module of utils
    for cell in code_cells(notebook):
        for node in ast.walk(tree(cell)):
            if isinstance(node, ast.ImportFrom) and _is_ours(node.module):
                for name in node.names:
                    whole = f"{node.module}.{name.name}"
                    if _is_module(whole):
                        modules[name.asname or name.name] = whole
                    elif not _has(node.module or "", name.name):
                        yield f"cell {cell.id}: {node.module} has no {name.name}"
            elif isinstance(node, ast.Import):
                for name in node.names:
                    if _is_ours(name.name) and not _is_module(name.name):
                        yield f"cell {cell.id}: there is no module {name.name}"
                    elif _is_ours(name.name) and name.asname:
                        modules[name.asname] = name.name
            elif (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id in modules
                and not _has(modules[node.value.id], node.attr)
            ):
                yield f"cell {cell.id}: {modules[node.value.id]} has no {node.attr}"


def rooms_are_imported_not_files_deep_inside(notebook: NotebookNode, path: Path) -> Iterator[str]:
    for cell in code_cells(notebook):
        for node in ast.walk(tree(cell)):
            if isinstance(node, ast.ImportFrom) and _is_ours(node.module):
                if (node.module or "").count(".") > 1:
                    yield f"cell {cell.id} imports from {node.module}, not from its room"


def _is_ours(module: str | None) -> bool:
    return module is not None and module.split(".")[0] == "utils"


def _is_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _has(module: str, name: str) -> bool:
    if not _is_module(module):
        return False
    return hasattr(importlib.import_module(module), name) or _is_module(f"{module}.{name}")


def no_picture_is_shown_behind_our_back(notebook: NotebookNode, path: Path) -> Iterator[str]:
    """IPython shows an open figure at a cell's end by itself, and then without alt text."""
    for cell in code_cells(notebook):
        body = tree(cell).body
        now = [node for node in body if not isinstance(node, ast.FunctionDef | ast.ClassDef)]
        source = "\n".join(ast.unparse(node) for node in now)
        if re.search(r"\bplt\.(subplots|figure)\(", source) and "show(" not in source:
            yield f"cell {cell.id} makes a figure and doesn't hand it to plots.show"
        last = ast.unparse(body[-1]) if body and isinstance(body[-1], ast.Expr) else ""
        if re.match(r"plots\.(?!show\b|use_style\b)\w+\(", last):
            yield f"cell {cell.id} ends in {last.partition('(')[0]}(…) without plots.show"


def only_what_draws_is_folded(notebook: NotebookNode, path: Path) -> Iterator[str]:
    """Misses a folded cell that draws, and also computes what the text speaks of."""
    for cell in code_cells(notebook):
        if "jupyter" not in cell.metadata:
            continue
        if cell.metadata.get("tags"):
            yield f"cell {cell.id} is folded and tagged {cell.metadata.tags}"
        takes_axis = any(
            isinstance(node, ast.FunctionDef) and "axis" in ast.unparse(node.args)
            for node in tree(cell).body
        )
        if "plots.show(" not in cell.source and not takes_axis:
            yield f"cell {cell.id} is folded, but draws nothing"


LESSON = (
    the_header_says_goals_time_and_needs,
    the_first_code_cell_is_the_setup,
    summary_quiz_and_exercises_end_it,
    the_way_leads_back_on_and_home,
    the_quiz_is_its_own,
    counts_say_whose_they_are,
    exercises_check_themselves,
    exercises_have_a_task_a_hint_and_a_link,
    lesson_and_solutions_belong_together,
    exercises_keep_to_names_of_their_own,
    names_from_utils_exist,
    rooms_are_imported_not_files_deep_inside,
    no_picture_is_shown_behind_our_back,
    only_what_draws_is_folded,
)
