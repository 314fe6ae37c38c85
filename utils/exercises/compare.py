"""Compare an answer with the right one, and say which typical mistake it is.

Every function returns where the answer is right and raises Wrong where it isn't. `mistakes`
is a list of (the wrong answer that a slip leads to, the hint meant for it): the first one
that the answer equals gives the hint; any other wrong answer gives `hint`. NumPy only.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from utils.exercises.calling import call, written_call
from utils.exercises.number_reading import as_numbers, given_at_all, truths
from utils.exercises.verdict import Wrong

__all__ = ["array", "call", "cases", "choice", "equal", "number", "numbers"]

Mistakes = Sequence[tuple[Any, str]]
_COMMA = "If a decimal was meant: it is written with a point, not with a comma."


def number(
    answer: Any,
    wanted: float,
    tolerance: float = 1e-6,
    *,
    name: str = "Your answer",
    hint: str = "",
    mistakes: Mistakes = (),
) -> float:
    """Return the answer as a float, if it is within ± tolerance of the number wanted."""
    value = as_numbers(answer, name)
    if value.size != 1:
        raise Wrong(
            f"{name} holds {value.size} numbers; one is wanted.",
            got=answer,
            wanted=wanted,
            hint=_COMMA if isinstance(answer, tuple) and value.size == 2 else hint,
        )
    got = float(value.reshape(()))
    if truths(answer) or not _close(got, wanted, tolerance):
        fitting = _hint(lambda wrong: _close(got, float(wrong), tolerance), mistakes, hint)
        raise Wrong(f"{name} {_why_not(answer, got)}.", got=answer, wanted=wanted, hint=fitting)
    return got


def _why_not(answer: Any, got: float) -> str:
    if truths(answer):
        return "is True or False, not a number"
    if math.isnan(got):
        return "is not a number (NaN)"
    return "is infinite" if math.isinf(got) else "is not the number wanted"


def numbers(answer: Any, count: int, what: str, hint: str = "") -> np.ndarray:
    """Return the answer as that many finite numbers in a row.

    what: what is wanted, such as `Three numbers are wanted: w1, w2 and b.`
    """
    found = as_numbers(answer)
    if found.size != count:
        raise Wrong(what, got=answer, hint=hint)
    if truths(answer) or not np.isfinite(found).all():
        odd = "True or False" if truths(answer) else "NaN or an infinite number"
        raise Wrong(f"Your answer holds {odd}. {what}", got=answer, hint=hint)
    return found.reshape(count)


def array(
    answer: Any,
    wanted: ArrayLike,
    tolerance: float = 1e-6,
    *,
    name: str = "Your array",
    hint: str = "",
    mistakes: Mistakes = (),
) -> np.ndarray:
    """Return the answer as an array, if it has the wanted shape and then the wanted values."""
    got, right = as_numbers(answer, name), np.asarray(wanted)

    def is_same(wrong: Any) -> bool:
        other = np.asarray(wrong)
        return other.shape == got.shape and bool(np.all(_close(got, other, tolerance)))

    if got.shape != right.shape:
        turned = "It looks transposed: rows and columns have changed places."
        raise Wrong(
            f"{name} has shape {got.shape}; shape {right.shape} is wanted.",
            got=got,
            wanted=right,
            hint=_hint(is_same, mistakes, turned if got.shape == right.shape[::-1] else hint),
        )
    same = _close(got, right, tolerance) & (not truths(answer))
    if not np.all(same):
        raise Wrong(
            f"{name} {_odd_values(got, truths(answer))}.",
            details=_differing(same),
            got=got if got.size <= 16 else got[_first(same)],
            wanted=right if right.size <= 16 else right[_first(same)],
            hint=_hint(is_same, mistakes, hint),
        )
    return got


def _odd_values(got: np.ndarray, booleans: bool) -> str:
    if booleans:
        return "holds True or False, not numbers"
    odd = np.sum(~np.isfinite(got))
    also = f": {odd} of them are NaN or infinite" if odd else ""
    return f"has the right shape, but not all values are right{also}"


def _differing(same: np.ndarray) -> str:
    at = f" The first that differs is at {list(_first(same))}." if same.ndim else ""
    return f"{np.sum(~same)} of {same.size} values differ.{at}"


def _first(same: np.ndarray) -> tuple[int, ...]:
    return tuple(int(index) for index in np.argwhere(~same)[0])


def equal(
    answer: Any, wanted: Any, *, name: str = "Your answer", hint: str = "", mistakes: Mistakes = ()
) -> None:
    """Compare exactly: a text, a tuple such as a shape, a set, a truth value."""
    given_at_all(answer, f"{name} is still to be filled in.")
    if not _exactly(answer, wanted):
        fitting = _hint(lambda wrong: _exactly(answer, wrong), mistakes, hint)
        raise Wrong(f"{name} is not what is wanted.", got=answer, wanted=wanted, hint=fitting)


def choice(answer: Any, right: str, hints: Mapping[str, str], *, hint: str = "") -> None:
    """Check a multiple choice.

    hints: for each option but the right one, why it isn't that one. Capitals and spaces
        around the answer don't matter. The right option isn't shown: a guess is no answer.
    """
    options = sorted({right, *hints})
    choose = f"Choose one of {', '.join(map(repr, options))}."
    given_at_all(answer, choose)
    chosen = answer.strip().lower() if isinstance(answer, str) else answer
    known = {option.lower(): option for option in options}
    if not isinstance(chosen, str) or chosen not in known:
        raise Wrong(choose, got=answer, hint=hint)
    if known[chosen] != right:
        raise Wrong("That is not it.", got=answer, hint=hints.get(known[chosen], hint))


def cases(
    function: Callable[..., Any] | None,
    table: Iterable[tuple[tuple[Any, ...], Any]],
    tolerance: float = 1e-6,
    *,
    hint: str = "",
) -> None:
    """Call the learner's function once a row of (arguments, wanted) and compare each result."""
    for arguments, wanted in table:
        got = call(function, *arguments)
        name = written_call(function, arguments, {})
        if isinstance(wanted, bool | str | tuple | set | dict):
            equal(got, wanted, name=name, hint=hint)
        elif np.ndim(wanted):
            array(got, wanted, tolerance, name=name, hint=hint)
        else:
            number(got, wanted, tolerance, name=name, hint=hint)


def _close(got: Any, wanted: Any, tolerance: float) -> Any:
    with np.errstate(all="ignore"):
        return np.isclose(got, wanted, rtol=0, atol=tolerance, equal_nan=True)


def _exactly(answer: Any, wanted: Any) -> bool:
    """Compare without surprise: lists equal tuples, and arrays equal arrays as a whole."""
    if isinstance(answer, list) and isinstance(wanted, tuple):
        answer = tuple(answer)
    same = answer == wanted
    return bool(np.all(same)) if np.shape(answer) == np.shape(wanted) else False


def _hint(is_same: Callable[[Any], Any], mistakes: Mistakes, otherwise: str) -> str:
    return next((hint for wrong, hint in mistakes if is_same(wrong)), otherwise)
