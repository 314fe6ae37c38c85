"""Call a learner's function for a check: it returns, or a sentence says what it did instead.

Knows nothing of what is right.
"""

import asyncio
import builtins
import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from copy import deepcopy
from typing import Any, NoReturn

import numpy as np
from IPython import get_ipython

from utils.exercises.display import short
from utils.exercises.failures import raised
from utils.exercises.number_reading import given_at_all
from utils.exercises.verdict import Unanswered, Wrong

__all__ = ["call", "calls_counted", "kept_in", "written_call"]

_calls: ContextVar[list[str] | None] = ContextVar("calls", default=None)


@contextmanager
def calls_counted() -> Iterator[list[str]]:
    """Yield a list that grows by each call of a learner's function, as the learner writes it."""
    made: list[str] = []
    token = _calls.set(made)
    try:
        yield made
    finally:
        _calls.reset(token)


def call(function: Any, *arguments: Any, **named: Any) -> Any:
    """Return what the learner's function returns.

    An exception inside becomes a Wrong that names it and the line, so does an attempt to leave
    Python or to ask by `input`; a returned None means not answered yet. An interrupt passes.
    Arguments are handed over as copies, so that the function can't change ours.
    """
    given_at_all(function, "The function is still to be written.")
    if not callable(function):
        raise Wrong(
            "A function is wanted here, and this is a value.",
            got=function,
            hint="Hand over the function itself, by its name alone, without brackets behind it.",
        )
    written = written_call(function, arguments, named)
    if (made := _calls.get()) is not None:
        made.append(written)
    try:
        with kept_in():
            result = function(*deepcopy(arguments), **deepcopy(named))
    except (KeyboardInterrupt, Unanswered, Wrong):
        raise
    except BaseException as error:
        raise Wrong(
            f"{written} {raised(error)}",
            hint="Run that call by itself in a new cell, and print what goes into the line named.",
        ) from error
    return _result(given_at_all(result, f"{written} returned None. Does the function end in"
                                        " `return`?"), written)  # fmt: skip


def _result(result: Any, written: str) -> Any:
    """Return a result, but not one that would have to be run first."""
    if inspect.isgenerator(result) or inspect.isasyncgen(result):
        raise Wrong(
            f"{written} returned a generator, which hasn't computed anything yet.",
            hint="Collect the values in a list, and end in `return` instead of `yield`.",
        )
    if inspect.iscoroutine(result) or isinstance(result, asyncio.Future):
        result.close() if inspect.iscoroutine(result) else result.cancel()
        raise Wrong(f"{written} returned a coroutine.", hint="Write `def` without `async`.")
    return result


@contextmanager
def kept_in() -> Iterator[None]:
    """Let neither `input` wait nor IPython's `exit` end the kernel, as long as this is open."""
    shell, asked = get_ipython(), builtins.input
    builtins.input = _no_input
    if shell is not None:
        shell.ask_exit = _leave
    try:
        yield
    finally:
        builtins.input = asked
        if shell is not None:
            vars(shell).pop("ask_exit", None)


def _no_input(prompt: object = "") -> NoReturn:
    raise RuntimeError("`input` waits for a person, but a check hands over all as arguments")


def _leave() -> NoReturn:
    raise SystemExit


def written_call(function: Any, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> str:
    """Return the call as the learner would write it, such as `step(-1)`."""
    name = getattr(function, "__name__", type(function).__name__)
    parts = [_brief(a) for a in arguments] + [f"{k}={_brief(v)}" for k, v in named.items()]
    return f"`{'your function' if name == '<lambda>' else name}({', '.join(parts)})`"


def _brief(value: Any) -> str:
    """Return a value on one line; of a larger array only its shape."""
    if isinstance(value, np.ndarray) and value.size > 6:
        return f"an array of shape {value.shape}"
    return " ".join(short(value).split())
