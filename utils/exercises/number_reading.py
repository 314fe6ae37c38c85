"""An answer read as numbers: what NumPy takes for numbers is accepted, anything else is named.

Knows nothing of what is right.
"""

import numbers
from collections.abc import Iterator, Sized
from decimal import Decimal
from typing import Any

import numpy as np

from utils.exercises.verdict import Unanswered, Wrong

__all__ = ["as_numbers", "given_at_all", "truths"]

# More parts than any exercise wants: a copy of what a slip makes would fill the memory.
MOST = 1_000_000


def given_at_all(value: Any, message: str) -> Any:
    """Return the value; raise Unanswered with the message where it is a stub."""
    if value is None or value is ...:
        raise Unanswered(message)
    return value


def as_numbers(answer: Any, name: str = "Your answer") -> np.ndarray:
    """Return the answer as an array of float64; raise Wrong that says what it is instead.

    True and False become 1 and 0 here; `truths` tells them. Infinite, NaN and masked numbers are
    let through, the last as NaN. An empty place in it raises Unanswered.
    """
    given_at_all(answer, f"{name} is still to be filled in.")
    if reason := _not_numbers(answer):
        raise Wrong(f"{name} {reason}", got=answer)
    try:
        with np.errstate(all="ignore"):
            found = _array(answer)
            if found.size <= MOST:
                return _floats(found, name)
    except OverflowError as error:
        raise Wrong(f"{name} holds a number that is far too large.", got=answer) from error
    except (Unanswered, Wrong):
        raise
    except Exception as error:  # such as rows of different lengths; an __array__ may raise anything
        raise Wrong(f"{name} can't be read as an array of numbers.", got=answer) from error
    raise Wrong(f"{name} has shape {found.shape}: far too many numbers.", got=answer)


def truths(answer: Any) -> bool:
    """Say whether True or False is among the answer's parts, which are no numbers here."""
    if isinstance(answer, list | tuple):
        return any(isinstance(part, bool | np.bool_) for part in np.array(answer, object).flat)
    return bool(np.asarray(answer).dtype.kind == "b")


def _not_numbers(answer: Any) -> str:
    """Return the rest of a sentence on an answer that NumPy needn't be asked about."""
    if isinstance(answer, str | bytes):
        return "is text, not a number: write it without quotation marks."
    if callable(answer):
        return "is a function; call it, and hand over what it returns."
    if isinstance(answer, Iterator):
        return "hands its numbers out one by one: collect them, by `list(…)`."
    if isinstance(answer, set | frozenset | dict):
        return f"is a {type(answer).__name__}; numbers in a list or an array are wanted."
    if isinstance(answer, Sized) and not hasattr(answer, "dtype") and len(answer) > MOST:
        return f"has {len(answer):,} parts: far too many."
    return ""


def _array(answer: Any) -> np.ndarray:
    if isinstance(answer, np.ma.MaskedArray):
        return np.asarray(np.ma.filled(answer.astype(np.float64), np.nan))
    return np.asarray(answer)


def _floats(found: np.ndarray, name: str) -> np.ndarray:
    kind = found.dtype.kind
    if kind == "O":
        return np.array([_float(part, name) for part in found.flat]).reshape(found.shape)
    if kind in "USTc":
        _float(found.flat[0] if found.size else "", name)
    if kind in "biuf" or (kind == "V" and found.dtype.names is None):  # V: bfloat16 is one
        return found.astype(np.float64)
    raise Wrong(f"{name} is of type {found.dtype}, not numbers.", got=found)


def _float(part: Any, name: str) -> float:
    """Return one part of an answer as a float; raise Wrong or Unanswered where it is none."""
    if part is None or part is ...:
        raise Unanswered(f"{name} still has an empty place in it.")
    if isinstance(part, str | bytes):
        what = f"{name} holds text, not numbers: write each number without quotation marks."
    elif isinstance(part, numbers.Real | Decimal | np.bool_):
        return float(part)
    elif isinstance(part, numbers.Complex):
        what = f"{name} holds a complex number; real ones are wanted."
    else:
        what = f"{name} holds a {type(part).__name__}, not numbers."
    raise Wrong(what, got=part)
