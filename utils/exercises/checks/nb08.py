"""The exercises of notebook 08: a map's number, a size as a formula, two losses, a decision."""

import ast
import math
from typing import Any

import numpy as np

from utils.exercises import Wrong, call, draws, exercise, number, numbers_of


def _one_number(
    x: np.ndarray, w: np.ndarray, b: float, place: tuple[int, int], stride: int, padding: int
) -> float:
    """Return one number of a map before ReLU."""
    padded = np.pad(x, ((padding, padding), (padding, padding), (0, 0)))
    top, left = (stride * where for where in place)
    return float((padded[top : top + 3, left : left + 3] * w).sum() + b)


@exercise(
    "08.1",
    hint="Pad; cut the 3 × 3 window out; multiply, sum, add the bias; ReLU comes last.",
    more=(
        "Print the window's shape: it must be (3, 3, 3). With stride 2, the map's row 1 "
        "begins in row 2 of the padded picture. Padding concerns rows and columns, not "
        "channels."
    ),
)
def one_number(answer: Any) -> None:
    random = np.random.default_rng(7)
    cases = [((0, 0), 1, 0), ((2, 3), 1, 0), ((2, 1), 2, 0), ((0, 2), 2, 1), ((1, 1), 2, 2)]
    for place, stride, padding in cases * 2:
        x, w, b = random.uniform(0, 1, (9, 8, 3)), random.normal(0, 1, (3, 3, 3)), 0.3
        z = _one_number(x, w, b, place, stride, padding)
        near = [_one_number(x, w, b, place, 1, padding), _one_number(x, w, b, place, stride, 0)]
        number(
            call(answer, x, w, b, *place, stride, padding),
            max(0.0, z),
            name=f"Row {place[0]}, column {place[1]}, stride {stride}, padding {padding}:"
            " the number",
            mistakes=[
                (z, "ReLU is missing: below 0 the answer is 0."),
                (max(0.0, z - b), "The bias is missing."),
                (max(0.0, near[0]), "The stride is missing: the window begins at `row * stride`."),
                (max(0.0, near[1]), "The padding is missing: `np.pad` first."),
            ],
        )


def _evaluate(formula: str, names: dict[str, int]) -> float:
    """Return the value of a spreadsheet formula of + - * /, INT and names; ValueError for else."""
    operations = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}

    def value(node: ast.AST) -> float:
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            return node.value
        if isinstance(node, ast.Name) and node.id.lower() in names:
            return names[node.id.lower()]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return -value(node.operand)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 1:
            if node.func.id.upper() == "INT":
                return math.floor(value(node.args[0]))
            raise ValueError(f"the function {node.func.id}")
        if isinstance(node, ast.BinOp) and type(node.op) in operations:
            a, b = value(node.left), value(node.right)
            return {"+": a + b, "-": a - b, "*": a * b, "/": a / b if b else math.nan}[
                operations[type(node.op)]
            ]
        raise ValueError(ast.unparse(node))

    return value(ast.parse(formula.removeprefix("="), mode="eval").body)


draws("08.2", lambda random: {"filter": random.randint(4, 11)}, filter=5)


@exercise(
    "08.2",
    hint=(
        "How many pixels can the filter move over? How many steps are that? And the start counts."
    ),
    more=(
        "Fill in numbers: a side of 16 without padding, stride 1. How many rows does it give,"
        " by counting? Put each number's name in its place, then check stride 2, where a half"
        " step doesn't count."
    ),
)
def rows_formula(answer: Any) -> None:
    if not isinstance(answer, str):
        raise Wrong("A formula is wanted as text: in quotation marks.", got=answer)
    text, width = answer.strip(), numbers_of("08.2").filter
    if not text.startswith("="):
        raise Wrong("A formula begins with `=`.", got=answer, hint='Write `"=INT(…)…"`.')
    for side, stride, padding in ((16, 1, 0), (16, 2, 1), (17, 3, 2), (28, 2, 0)):
        names = {"side": side, "stride": stride, "padding": padding}
        try:
            got = _evaluate(text, names)
        except (ValueError, SyntaxError, OverflowError) as error:
            raise Wrong(
                f"This formula can't be read: {getattr(error, 'msg', error)}.", got=answer,
                hint="Use `side`, `stride`, `padding`, numbers, + − * / and `INT(…)`; a product "
                "needs its `*`.",
            ) from error  # fmt: skip
        room = side + 2 * padding - width
        number(
            got,
            room // stride + 1,
            name=f"With side {side}, stride {stride} and padding {padding} its value",
            mistakes=[
                (
                    (room + width - 3) // stride + 1,
                    f"This is for a filter of 3 × 3; here it is {width} × {width}.",
                ),
                (room / stride + 1, "There is no half row: where does `INT(…)` belong?"),
                (room // stride, "The place where the filter starts counts too."),
                ((room - padding) // stride + 1, "The ring of zeros has two sides."),
            ],
        )


@exercise(
    "08.3",
    hint="A term where y is 0 is 0: leave these places out before you take logarithms.",
    more=(
        "Make a mask of the places that count, and use it on both arrays. The two results "
        "share their sum over ln p; they differ by what y alone says. For p = y the second is"
        " 0: try it."
    ),
)
def losses(answer: Any) -> None:
    cases = [([0, 0.8, 0.2], [0.1, 0.6, 0.3]), ([0, 0, 1], [0.2, 0.3, 0.5]),
             ([0.25, 0.25, 0.5], [0.25, 0.25, 0.5])]  # fmt: skip
    for y, p in (tuple(np.array(part, dtype=float) for part in case) for case in cases):
        got = call(answer, y.copy(), p.copy())
        if not isinstance(got, tuple | list | np.ndarray) or len(got) != 2:
            raise Wrong("Two numbers are wanted.", got=got, hint="`return log_loss, divergence`")
        true = y > 0
        loss = -(y[true] * np.log(p[true])).sum()
        divergence = loss + (y[true] * np.log(y[true])).sum()
        name = f"for y = {y.tolist()}, p = {p.tolist()}"
        number(
            got[0], loss, name=f"The log loss {name}",
            mistakes=[
                (-loss, "The minus sign is missing: logarithms of probabilities are negative."),
                (divergence, "This is the divergence: the log loss comes first."),
                (-np.log(p[true]).sum(), "Each logarithm counts `y` times."),
            ],
        )  # fmt: skip
        number(
            got[1], divergence, name=f"The divergence {name}",
            mistakes=[
                (-divergence, "Turn the fraction round: y / p."),
                (loss, "This is the log loss again: the divergence has y / p inside."),
            ],
        )  # fmt: skip


@exercise(
    "08.4",
    hint="Compare, input by input, what it adds to class a with what it adds to class b.",
    more=(
        "Two columns of `weights` are needed, and each is multiplied by the inputs "
        "themselves, number by number. The question is then *where* the largest difference "
        "stands, not how large it is."
    ),
)
def decided(answer: Any) -> None:
    random = np.random.default_rng(0)  # each mistake gives another number
    for _ in range(6):
        flat = np.maximum(0, random.normal(0, 1, 12))
        weights = random.normal(0, 1, (12, 3))
        gain = flat * (weights[:, 2] - weights[:, 0])
        number(
            call(answer, flat, weights, 2, 0),
            int(gain.argmax()),
            name="The input's number",
            mistakes=[
                (
                    int((flat * weights[:, 2]).argmax()),
                    "This input speaks for class a most; but it may speak for class b as well. "
                    "Take the difference.",
                ),
                (
                    int((weights[:, 2] - weights[:, 0]).argmax()),
                    "A weight decides nothing by itself: multiply by the input.",
                ),
                (int((-gain).argmax()), "This one did most *against* it: a minus b."),
            ],
        )
