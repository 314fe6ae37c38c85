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

from utils.exercises.display import short
from utils.exercises.failures import where_it_failed
from utils.exercises.verdict import Unanswered, Wrong

__all__ = ["array", "call", "cases", "choice", "equal", "number"]

Mistakes = Sequence[tuple[Any, str]]


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
    value = _as_numbers(answer, name)
    if value.size != 1:
        raise Wrong(
            f"{name} holds {value.size} numbers; one is wanted.",
            got=answer,
            wanted=wanted,
            hint=hint,
        )
    got = float(value.reshape(()))
    if not _close(got, wanted, tolerance):
        fitting = _hint(lambda wrong: _close(got, float(wrong), tolerance), mistakes, hint)
        what = "is not a number (NaN)" if math.isnan(got) else "is not the number wanted"
        raise Wrong(f"{name} {what}.", got=got, wanted=wanted, hint=fitting)
    return got


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
    got, right = _as_numbers(answer, name), np.asarray(wanted)

    def is_same(wrong: Any) -> bool:
        other = np.asarray(wrong)
        return other.shape == got.shape and bool(np.all(_close(got, other, tolerance)))

    if got.shape != right.shape:
        turned = "It looks transposed: rows and columns have changed places."
        fallback = hint or (turned if got.shape == right.shape[::-1] else "")
        raise Wrong(
            f"{name} has shape {got.shape}; shape {right.shape} is wanted.",
            got=got,
            wanted=right,
            hint=_hint(is_same, mistakes, fallback),
        )
    same = _close(got, right, tolerance)
    if not np.all(same):
        first = tuple(int(index) for index in np.argwhere(~same)[0])
        at = f" The first that differs is at {list(first)}." if got.ndim else ""
        raise Wrong(
            f"{name} has the right shape, but {np.sum(~same)} of {same.size} values differ.{at}",
            got=got if got.size <= 16 else got[first],
            wanted=right if right.size <= 16 else right[first],
            hint=_hint(is_same, mistakes, hint),
        )
    return got


def equal(
    answer: Any, wanted: Any, *, name: str = "Your answer", hint: str = "", mistakes: Mistakes = ()
) -> None:
    """Compare exactly: a text, a tuple such as a shape, a set, a truth value."""
    _given(answer, f"{name} is still to be filled in.")
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
    _given(answer, choose)
    chosen = answer.strip().lower() if isinstance(answer, str) else answer
    known = {option.lower(): option for option in options}
    if not isinstance(chosen, str) or chosen not in known:
        raise Wrong(choose, got=answer, hint=hint)
    if known[chosen] != right:
        raise Wrong("That is not it.", got=answer, hint=hints.get(known[chosen], hint))


def call(function: Any, *arguments: Any, **named: Any) -> Any:
    """Return what the learner's function returns.

    An exception inside becomes a Wrong that names it and the line; a returned None means
    not answered yet. Arrays are handed over as copies, so that the function can't change ours.
    """
    _given(function, "The function is still to be written.")
    if not callable(function):
        raise Wrong(
            "A function is wanted here, and this is a value.",
            got=function,
            hint="Hand over the function itself, by its name alone, without brackets behind it.",
        )
    written = _written(function, arguments, named)
    try:
        result = function(*(_own(a) for a in arguments), **{k: _own(v) for k, v in named.items()})
    except (Exception, SystemExit) as error:
        raise Wrong(
            f"{written} raised {type(error).__name__}: {error}{where_it_failed(error)}",
            hint="Run that call by itself in a new cell, and print what goes into the line named.",
        ) from error
    return _given(result, f"{written} returned None. Does the function end in `return`?")


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
        name = _written(function, arguments, {})
        if isinstance(wanted, bool | str | tuple | set | dict):
            equal(got, wanted, name=name, hint=hint)
        elif np.ndim(wanted):
            array(got, wanted, tolerance, name=name, hint=hint)
        else:
            number(got, wanted, tolerance, name=name, hint=hint)


def _given(value: Any, message: str) -> Any:
    """Return the value; raise Unanswered with the message where it is a stub."""
    if value is None or value is ...:
        raise Unanswered(message)
    return value


def _as_numbers(answer: Any, name: str) -> np.ndarray:
    """Return the answer as an array of numbers; raise Wrong where it isn't one."""
    _given(answer, f"{name} is still to be filled in.")
    if callable(answer):
        raise Wrong(f"{name} is a function; call it, and hand over what it returns.", got=answer)
    try:
        found = np.asarray(answer)
    except (TypeError, ValueError) as error:  # such as rows of different lengths
        raise Wrong(f"{name} can't be read as an array of numbers.", got=answer) from error
    if found.dtype.kind in "biuf":
        return found.astype(np.float64)
    if found.dtype.kind == "O" and any(part is None or part is ... for part in found.flat):
        raise Unanswered(f"{name} still has an empty place in it.")
    raise Wrong(f"{name} is of type {type(answer).__name__}, not numbers.", got=answer)


def _close(got: Any, wanted: Any, tolerance: float) -> Any:
    return np.isclose(got, wanted, rtol=0, atol=tolerance, equal_nan=True)


def _exactly(answer: Any, wanted: Any) -> bool:
    """Compare without surprise: lists equal tuples, and arrays equal arrays as a whole."""
    if isinstance(answer, list) and isinstance(wanted, tuple):
        answer = tuple(answer)
    same = answer == wanted
    return bool(np.all(same)) if np.shape(answer) == np.shape(wanted) else False


def _hint(is_same: Callable[[Any], Any], mistakes: Mistakes, otherwise: str) -> str:
    return next((hint for wrong, hint in mistakes if is_same(wrong)), otherwise)


def _own(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else value


def _written(function: Any, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> str:
    """Return the call as the learner would write it, such as `step(-1)`."""
    name = getattr(function, "__name__", type(function).__name__)
    parts = [_brief(a) for a in arguments] + [f"{k}={_brief(v)}" for k, v in named.items()]
    return f"`{'your function' if name == '<lambda>' else name}({', '.join(parts)})`"


def _brief(value: Any) -> str:
    """Return a value on one line; of a larger array only its shape."""
    if isinstance(value, np.ndarray) and value.size > 6:
        return f"an array of shape {value.shape}"
    return " ".join(short(value).split())
