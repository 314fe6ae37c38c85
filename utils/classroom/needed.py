"""Which cells of a notebook an exercise's answer needs, so that no other is run.

Reads cells as Python, and so runs in the cage alone: a text can be made that crashes what parses
it. Knows nothing of what is right.
"""

import ast
import symtable
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from IPython.core.inputtransformer2 import TransformerManager

__all__ = ["Cell", "ExerciseCell", "answer_cell", "needed_cells"]


class ExerciseCell(NamedTuple):
    """An exercise of a lesson. cell, stub, answer: its cell's id, text, and what it checks."""

    name: str
    cell: str
    stub: str
    answer: str


@dataclass(frozen=True)
class Cell:
    """A code cell. Raises SyntaxError where its text is read and isn't Python."""

    name: str
    source: str

    @cached_property
    def code(self) -> str:
        return str(TransformerManager().transform_cell(self.source))

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.code)

    @cached_property
    def _table(self) -> symtable.SymbolTable:
        return symtable.symtable(self.code, self.name, "exec")

    def checks(self, exercise: str) -> ast.expr | None:
        """Return what the cell hands to `check(exercise, …)`; of several the last."""
        for statement in reversed(self.tree.body):
            if (found := _checked(statement)) and found[0] == exercise:
                return found[1]
        return None

    def without_checks(self) -> ast.Module:
        """Return the cell but for its checks: those are the judge's."""
        body = [one for one in self.tree.body if _checked(one) is None]
        return ast.Module(body, type_ignores=[])

    def gives(self) -> set[str]:
        """Return the names that the cell binds."""
        return {one.get_name() for one in self._table.get_symbols()
                if one.is_assigned() or one.is_imported()}  # fmt: skip

    def uses(self) -> set[str]:
        """Return the names that the cell takes from cells before it.

        What its functions use may be given by the whole cell, since they are called later.
        """
        order = _InOrder()
        order.visit(self.tree)
        later = {name for child in self._table.get_children() for name in _global_names(child)}
        return order.wanted | (later - order.bound)

    def changes(self) -> set[str]:
        """Return the names whose objects the cell may change, such as x of `x[0] = 1`."""
        found = set()
        for node in ast.walk(self.tree):
            one: ast.AST = node
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                one = node.value.func
            elif not isinstance(getattr(node, "ctx", None), ast.Store):
                continue
            while isinstance(one, ast.Attribute | ast.Subscript):
                one = one.value
                if isinstance(one, ast.Name):
                    found.add(one.id)
        return found


def _checked(statement: ast.stmt) -> tuple[str, ast.expr] | None:
    call = statement.value if isinstance(statement, ast.Expr) else None
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "check":
        match call.args:
            case [ast.Constant(value=str(name)), answer]:
                return name, answer
    return None


class _InOrder(ast.NodeVisitor):
    """Goes through a cell as Python runs it: which names are asked for before they are given?

    It stays outside of functions, classes and comprehensions, which have scopes of their own.
    """

    def __init__(self) -> None:
        self.bound: set[str] = set()
        self.wanted: set[str] = set()

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self.bound.add(node.id)
        elif node.id not in self.bound:
            self.wanted.add(node.id)

    def _value_first(self, node: ast.Assign | ast.AnnAssign | ast.NamedExpr) -> None:
        if node.value is not None:
            self.visit(node.value)
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            self.visit(target)

    visit_Assign = visit_AnnAssign = visit_NamedExpr = _value_first

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name) and node.target.id not in self.bound:
            self.wanted.add(node.target.id)
        self.generic_visit(node)

    def visit_For(self, node: ast.For) -> None:
        for part in (node.iter, node.target, *node.body, *node.orelse):
            self.visit(part)

    def visit_alias(self, node: ast.alias) -> None:
        self.bound.add(node.asname or node.name.partition(".")[0])

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        defaults = [one for one in node.args.kw_defaults if one is not None]
        for part in (*node.decorator_list, *node.args.defaults, *defaults):
            self.visit(part)
        self.bound.add(node.name)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for part in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(part)
        self.bound.add(node.name)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        for part in node.args.defaults:
            self.visit(part)

    def _first_part(self, node: Any) -> None:
        self.visit(node.generators[0].iter)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _first_part


def _global_names(table: symtable.SymbolTable) -> Iterator[str]:
    for one in table.get_symbols():
        if one.is_referenced() and one.is_global():
            yield one.get_name()
    for inner in table.get_children():
        yield from _global_names(inner)


def answer_cell(cells: Sequence[Cell], question: ExerciseCell) -> tuple[int, ast.expr] | None:
    """Return the place of the cell that answers, and its answer; None where there is only a stub.

    It is the last one that checks the exercise and isn't the lesson's own stub; else the lesson's
    cell, where the learner has taken its check away. Raises SyntaxError where that isn't Python.
    """
    answered = [(place, cell) for place, cell in enumerate(cells) if not _is_stub(cell, question)]
    for place, cell in reversed(answered):
        try:
            expression = cell.checks(question.name)
        except (SyntaxError, ValueError):
            if cell.name != question.cell:
                continue
            raise
        if expression is not None:
            return place, expression
    for place, cell in answered:
        if cell.name == question.cell:
            return place, ast.parse(question.answer, mode="eval").body
    return None


def _is_stub(cell: Cell, question: ExerciseCell) -> bool:
    return cell.source.split() == question.stub.split()


def needed_cells(cells: Sequence[Cell], at: int, known: Collection[str]) -> list[int]:
    """Return the places of the cells to run before the one at `at`, in order.

    known: names that are there already. A name comes from the cell above that gave it last, else
    from the first one below that does.
    """
    readable = {place: cell for place, cell in enumerate(cells) if _is_readable(cell)}
    chosen, asked = {at}, [(name, at) for name in cells[at].uses()]
    seen = set(asked)
    while asked:
        name, place = asked.pop()
        above = [one for one in readable if one < place and name in readable[one].gives()]
        below = [one for one in readable if one > place and name in readable[one].gives()]
        below = [] if name in known else below
        found = above[-1:] or below[:1]
        found += [one for one in readable if found and found[0] < one < place
                  and name in readable[one].changes() and name not in known]  # fmt: skip
        for one in set(found) - chosen:
            chosen.add(one)
            new = {(used, one) for used in readable[one].uses()} - seen
            seen |= new
            asked += new
    return sorted(chosen - {at})


def _is_readable(cell: Cell) -> bool:
    try:
        cell.gives()
    except (SyntaxError, ValueError):
        return False
    return True
