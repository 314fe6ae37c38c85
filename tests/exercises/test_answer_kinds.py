"""What may be handed to a check: anything. Numbers are read as such, all else gets a sentence."""

import asyncio
import sys
import warnings
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest

from utils.exercises import Verdict, array, call, evaluate, exercise, exercises, number
from utils.exercises.display import VerdictBox


@exercise("97.1", hint="Direction.", more="Step by step.")
def one_number(answer: Any) -> None:
    number(answer, 384)


@exercise("97.2", hint="Direction.", more="Step by step.")
def two_numbers(answer: Any) -> None:
    array(answer, [1, 384])


@exercise("97.3", hint="Direction.", more="Step by step.")
def successor(answer: Any) -> None:
    for x in (1, 2):
        number(call(answer, x), x + 1)


@exercise("97.4", hint="Direction.", more="Step by step.")
def truth(answer: Any) -> None:
    number(answer, 1)


def told(name: str, answer: Any) -> Verdict:
    """Return the verdict on a wrong answer: one sentence, shown without a warning of ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        verdict = evaluate(name, answer)
        assert repr(VerdictBox(verdict)) and VerdictBox(verdict)._repr_html_()
    assert verdict.answered and not verdict.passed and verdict.hint and verdict.more
    assert verdict.message.endswith(".") and "\n" not in verdict.message
    assert "Traceback" not in verdict.message and ": ," not in verdict.message
    return verdict


@pytest.mark.parametrize(
    "answer",
    [384, 384.0, np.float32(384), np.int16(384), np.array(384), np.array([[384]]), [384],
     Fraction(768, 2), Decimal("384.0"), np.longdouble(384), pd.Series([384]),
     np.ma.array([384]), np.array([384], object), pd.Series([384], dtype="Int64")],
)  # fmt: skip
def test_whatever_numpy_takes_for_the_number_is_right(answer: Any) -> None:
    assert evaluate("97.1", answer).passed


def test_tensors_are_read_too() -> None:
    class Tensor:  # as TensorFlow's and PyTorch's do
        def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
            return np.array([1.0, 384.0])

    assert evaluate("97.2", Tensor()).passed


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("384", "is text, not a number: write it without quotation marks"),
        (b"384", "is text, not a number"),
        (["384"], "holds text, not numbers"),
        (np.array("384"), "holds text, not numbers"),
        (np.array(["384"], object), "holds text, not numbers"),
        (pd.Series(["384"]), "holds text, not numbers"),
        (True, "is True or False, not a number"),
        (np.True_, "is True or False"),
        (384 + 0j, "holds a complex number"),
        (np.array([384 + 1j], object), "holds a complex number"),
        (float("inf"), "is infinite"),
        (-1e400, "is infinite"),
        (float("nan"), "is not a number (NaN)"),
        (np.ma.array([384], mask=[True]), "is not a number (NaN)"),
        (np.longdouble("1e400"), "is infinite"),
        (10**400, "far too large"),
        (Decimal("1e999"), "is infinite"),
        (10**30, "is not the number wanted"),
        (np.float64(1.7e308), "is not the number wanted"),
        ((0, 384), "holds 2 numbers; one is wanted"),
        ([], "holds 0 numbers"),
        ({384}, "is a set"),
        ({"a": 384}, "is a dict"),
        (print, "is a function; call it"),
        (int, "is a function; call it"),
        (iter([384]), "hands its numbers out one by one"),
        ((n for n in [384]), "hands its numbers out one by one"),
        (map(int, [384]), "hands its numbers out one by one"),
        (np.datetime64("2026-01-01"), "not numbers"),
        (pd.Series([pd.NA]), "holds a NAType"),
        (object(), "holds a object, not numbers"),
        (range(10**12), "has 1,000,000,000,000 parts: far too many"),
        (np.broadcast_to(384, 10**12), "far too many numbers"),
    ],
    ids=lambda one: one if isinstance(one, str) else type(one).__name__,
)
def test_anything_else_is_named(answer: Any, said: str) -> None:
    assert said in told("97.1", answer).message


def test_a_decimal_comma_is_guessed() -> None:
    assert "with a point" in told("97.1", (0, 384)).hint


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (["1", "384"], "holds text"),
        ([1, "384"], "holds text"),
        ([True, 384], "holds True or False, not numbers"),
        ([1, 1e400], "1 of them are NaN or infinite"),
        ([1, float("nan")], "1 of them are NaN or infinite"),
        ([[1], [384, 2]], "can't be read as an array"),
        ([1, 10**400], "far too large"),
        ([1, 2j], "complex"),
        ([[1, 384]], "has shape (1, 2); shape (2,) is wanted"),
        (np.zeros((1000, 1000, 2)), "far too many"),
    ],
)
def test_arrays_of_anything_else_are_named(answer: Any, said: str) -> None:
    assert said in told("97.2", answer).message


def test_true_is_not_one() -> None:
    assert "is True or False" in told("97.4", True).message


@pytest.mark.parametrize("answer", [[1, None], np.array([1, None]), [1, ...], (None, 384)])
def test_an_empty_place_is_not_answered_yet(answer: Any) -> None:
    assert not evaluate("97.2", answer).answered


def test_a_list_that_holds_itself_is_told() -> None:
    answer: list[Any] = []
    answer.append(answer)
    told("97.1", answer)


@pytest.mark.parametrize("answer", [("1", "-1", "-0.5"), (1, -1, True), (1e400, -1, -0.5),
                                    (1, float("nan"), 0), (1j, 1, 1), (10**400, 1, 1)])  # fmt: skip
def test_weights_by_hand_are_numbers_too(answer: Any) -> None:
    for name in ("01.1", "01.3", "04.3"):
        told(name, answer)


def recursive(x: int) -> int:
    return recursive(x + 1)


def forever(x: int) -> list[int]:
    return [0] * 10**18


def enormous(x: int) -> Any:
    return np.ones((10**9, 10**9))


def silent(x: int) -> int:
    raise ValueError


def wordy(x: int) -> int:
    raise ValueError("first\nsecond. " + "x" * 10_000)


def odd(x: int) -> int:
    class Odd(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    raise Odd


def base(x: int) -> int:
    raise asyncio.CancelledError


def leaves(x: int) -> int:
    sys.exit()


def leaves_saying(x: int) -> int:
    sys.exit("no more")


def asks(x: int) -> int:
    return int(input("x? "))


def yields(x: int) -> Any:
    yield x + 1


async def waits(x: int) -> int:
    return x + 1


def in_a_library(x: int) -> Any:
    import json

    return json.loads("{")


def text(x: int) -> str:
    return str(x + 1)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (recursive, "raised RecursionError: maximum recursion depth exceeded, in line"),
        (forever, "raised MemoryError, in line"),
        (enormous, "raised MemoryError: Unable to allocate"),
        (silent, "raised ValueError, in line"),
        (wordy, "raised ValueError: first second. xxx"),
        (odd, "raised Odd, in line"),
        (base, "raised CancelledError, in line"),
        (leaves, "left by `SystemExit` instead of returning, in line"),
        (leaves_saying, "left by `SystemExit` instead of returning, in line"),
        (asks, "raised RuntimeError: `input` waits for a person"),
        (yields, "returned a generator, which hasn't computed anything yet"),
        (waits, "returned a coroutine"),
        (in_a_library, '`return json.loads("{")`'),
        (text, "is text, not a number"),
        (lambda x, y: x, "raised TypeError"),
        (lambda x: lambda: x, "is a function; call it"),
        (int, "is not the number wanted"),
    ],
    ids=lambda one: getattr(one, "__name__", "said"),
)
def test_whatever_a_function_does_is_told_in_a_sentence(
    answer: Callable[..., Any], said: str
) -> None:
    message = told("97.3", answer).message
    assert said in message and len(message) < 400


def test_a_function_can_spoil_none_of_the_checks_lists() -> None:
    @exercise("97.5", hint="Direction.", more="Step by step.")
    def last(answer: Any) -> None:
        rows = [{"x": 1}, {"x": 2}]
        for _ in range(2):
            number(call(answer, rows), 2)

    assert evaluate("97.5", lambda rows: rows.pop().pop("x")).passed


ODD = ["a", b"", "=1", 0, -1, 1e400, float("nan"), 10**400, True, 2j, [], [[]], (), {}, set(),
       object(), print, int, type, lambda *a: None, lambda *a: a, lambda *a: "x", lambda *a: [1],
       lambda *a: (1, 2), lambda *a: ("a", "b"), lambda *a: ([1], [2, 3]), lambda *a: np.zeros(3),
       lambda *a: {}, lambda *a: 1 / 0, lambda *a: float("nan"), lambda *a: (True, False),
       yields, np.zeros((2, 2)), np.array("a"), pd.DataFrame({"a": ["b"]}), range(3),
       (1, 2, 3), ("1", "2", "3"), (1e400, 1, 1), [[1, 2], [3]], "b" * 10_000]  # fmt: skip


@pytest.mark.parametrize("name", exercises())
def test_no_exercise_is_surprised_by_an_odd_answer(name: str) -> None:
    """The check's last resort, "can't read this answer", is for what nobody has thought of."""
    for answer in ODD:
        with np.errstate(all="ignore" if callable(answer) else "raise"):  # a function may warn
            verdict = evaluate(name, answer)
        assert "can't read this answer" not in verdict.message, answer
