"""Exercise checks: verdicts, hints, boxes, and that a learner's mistake never raises."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from utils import exercises
from utils.errors import CourseError
from utils.exercises import (
    CheckFailed,
    Wrong,
    array,
    call,
    cases,
    check,
    choice,
    equal,
    evaluate,
    exercise,
    number,
)


@exercise("99.1", hint="Direction.", more="Step by step.")
def two(answer: Any) -> None:
    number(answer, 2.0, 0.01, hint="Count your *thumbs*, `2`.", mistakes=[(1, "One thumb more.")])


@exercise("99.2", hint="Direction.", more="Step by step.")
def doubled(answer: Any) -> None:
    cases(answer, [((3,), 6), ((np.arange(3),), [0, 2, 4])], hint="Twice.")


@exercise("99.3", hint="Direction.", more="Step by step.")
def matrix(answer: Any) -> None:
    array(answer, [[1, 2, 3], [4, 5, 6]], mistakes=[([[1, 2, 3], [4, 5, 0]], "The corner.")])


# A checker that takes the answer's type for granted. What it stumbles over isn't the learner's
# code: checkers are told from that by the folder they lie in.
TRUSTING = """
@exercise("99.4", hint="Direction.", more="Step by step.")
def a_checker_that_trusts_the_answer(answer):
    answer["key"]


@exercise("99.8", hint="Direction.", more="Step by step.")
def a_checker_that_is_interrupted(answer):
    raise KeyboardInterrupt
"""
exec(
    compile(TRUSTING, Path(exercises.__file__).with_name("nb99.py"), "exec"), {"exercise": exercise}
)


@exercise("99.5", hint="Direction.", more="Step by step.")
def a_choice(answer: Any) -> None:
    choice(answer, "b", {"a": "Look at the axis.", "c": "That is the bias."})


@exercise("99.6", hint="Direction.", more="Step by step.")
def a_shape(answer: Any) -> None:
    equal(answer, (2, 3), mistakes=[((3, 2), "Rows come first.")])


def hint(name: str, answer: Any) -> str:
    verdict = evaluate(name, answer)
    assert verdict.answered and not verdict.passed
    return verdict.hint


@pytest.mark.parametrize("answer", [2, 2.005, np.float32(2), np.array([2.0])])
def test_a_number_within_the_tolerance_is_right(answer: Any) -> None:
    assert evaluate("99.1", answer).passed


@pytest.mark.parametrize("answer", [2.02, float("nan"), float("inf"), "2", [1, 2], {}, print, 2j])
def test_any_other_value_is_wrong_and_never_raises(answer: Any) -> None:
    verdict = evaluate("99.1", answer)
    assert verdict.answered and not verdict.passed and verdict.message


def test_a_typical_mistake_gets_its_own_hint_and_others_the_general_one() -> None:
    assert hint("99.1", 1) == "One thumb more."
    assert hint("99.1", 7) == "Count your *thumbs*, `2`."
    assert hint("99.3", [[1, 2, 3], [4, 5, 0]]) == "The corner."
    assert hint("99.6", (3, 2)) == "Rows come first."
    assert hint("99.5", "A ") == "Look at the axis."


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("99.1", None),
        ("99.1", ...),
        ("99.3", [[1, 2, 3], [4, None, 6]]),
        ("99.3", [[1, 2, 3], [4, ..., 6]]),
        ("99.6", (..., 3)),
        ("99.6", (None, None)),
        ("99.4", {"key": ...}),
        ("99.2", lambda x: None),
        ("99.2", lambda x: ...),
        ("99.5", None),
    ],
)
def test_a_stub_is_not_answered_yet(name: str, answer: Any) -> None:
    verdict = evaluate(name, answer)
    assert not verdict.answered and not verdict.passed


def test_a_wrong_shape_is_told_before_the_values_and_a_transposed_array_as_such() -> None:
    verdict = evaluate("99.3", [[1, 4], [2, 5], [3, 6]])
    assert "shape (3, 2); shape (2, 3) is wanted" in verdict.message
    assert "transposed" in verdict.hint
    assert "shape (2,)" in evaluate("99.3", [1, 2]).message


def test_of_a_function_the_first_value_that_differs_is_named_and_what_was_wanted() -> None:
    verdict = evaluate("99.2", lambda x: x + x * (x == 1) if isinstance(x, np.ndarray) else 6)
    assert "1 of 3 values differ. The first that differs is at [2]." in verdict.message
    assert verdict.got.tolist() == [0, 2, 2] and verdict.wanted.tolist() == [0, 2, 4]


def test_of_a_value_neither_place_nor_number_of_what_differs_is_told() -> None:
    verdict = evaluate("99.3", [[1, 2, 3], [9, 5, 9]])
    assert verdict.message == "Your array has the right shape, but not all values are right."
    assert verdict.wanted is None


def test_a_function_where_a_value_is_wanted_doesnt_make_the_check_tell_it() -> None:
    for name in ("99.1", "99.3", "99.6"):
        assert evaluate(name, lambda: 1).wanted is None


def test_a_large_arrays_first_difference_is_shown_alone() -> None:
    answer = np.zeros((100, 100))
    answer[3, 4] = 7
    with pytest.raises(Wrong) as wrong:
        array(answer, np.zeros((100, 100)))
    assert wrong.value.got == 7 and wrong.value.wanted == 0


def test_a_ragged_list_is_told_not_raised() -> None:
    assert "can't be read as an array" in evaluate("99.3", [[1, 2], [3]]).message


def test_a_function_is_called_with_each_case() -> None:
    assert evaluate("99.2", lambda x: 2 * x).passed
    verdict = evaluate("99.2", lambda x: x + 3 if isinstance(x, np.ndarray) else 6)
    assert verdict.message.startswith("`your function([0, 1, 2])` has the right shape")
    assert verdict.hint == "Twice." and verdict.got.tolist() == [3, 4, 5]


def test_an_exception_in_a_learners_function_is_named_with_its_line() -> None:
    def divide(x: float) -> float:
        return x / 0

    verdict = evaluate("99.2", divide)
    assert "`divide(3)` raised ZeroDivisionError" in verdict.message
    assert "`return x / 0`" in verdict.message


def test_a_function_that_leaves_python_is_held() -> None:
    def leave(x: float) -> float:
        raise SystemExit(1)

    assert "SystemExit" in evaluate("99.2", leave).message


def test_a_learners_function_cannot_change_the_checkers_arrays() -> None:
    ours = np.ones(3)

    def spoil(x: np.ndarray) -> int:
        x[:] = 0
        return 1

    call(spoil, ours)
    assert ours.tolist() == [1, 1, 1]


def test_a_value_where_a_function_is_wanted_says_so() -> None:
    assert "A function is wanted" in evaluate("99.2", 6).message
    assert "is a function; call it" in evaluate("99.1", lambda: 2).message


def test_an_answer_that_the_checker_cannot_read_is_told_without_a_traceback() -> None:
    message = evaluate("99.4", [1, 2]).message
    assert "The check can't read this answer (TypeError" in message


def test_an_interrupt_of_the_learners_code_is_a_verdict_that_names_the_line() -> None:
    def endless(x: float) -> float:
        raise KeyboardInterrupt

    verdict = evaluate("99.2", endless)
    assert verdict.answered and not verdict.passed and "loop" in verdict.hint
    assert re.fullmatch(
        r"Stopped while your code was running, in line \d+: `raise KeyboardInterrupt`\.",
        verdict.message,
    )


def test_an_interrupt_of_our_own_code_passes() -> None:
    with pytest.raises(KeyboardInterrupt):
        evaluate("99.8", 3)


def test_the_right_choice_is_not_given_away() -> None:
    wrong = evaluate("99.5", "c")
    assert wrong.wanted is None and wrong.hint == "That is the bias."
    assert evaluate("99.5", " B").passed
    assert "'a', 'b', 'c'" in evaluate("99.5", 2).message


def test_lists_and_arrays_equal_tuples_but_another_length_does_not() -> None:
    assert evaluate("99.6", [2, 3]).passed
    assert evaluate("99.6", np.array([2, 3])).passed
    assert not evaluate("99.6", (2, 3, 1)).passed
    assert not evaluate("99.6", 2).passed


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("99.7", "There is no exercise 99.7. Notebook 99 has 99.1, "),
        ("98.1", "There is no exercise 98.1."),
        ("1.1", "'1.1' is not the id of an exercise. An id is"),
        (1.1, "1.1 is not the id of an exercise."),
    ],
)
def test_an_unknown_exercise_is_one_clear_sentence(
    name: Any, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CourseError, match=re.escape(sentence)):
        evaluate(name, 1)
    check(name, 1)
    assert sentence in capsys.readouterr().out


def test_check_shows_the_verdict_remembers_it_and_returns_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert check("99.1", 1) is None
    shown = capsys.readouterr().out
    assert "✗ Not yet · 99.1" in shown and "Hint: One thumb more." in shown
    assert exercises.history[-1].exercise == "99.1" and not exercises.history[-1].passed
    check("99.1", 2)
    assert "✓ Right · 99.1" in capsys.readouterr().out
    check("99.1", ...)
    assert "… Not answered yet · 99.1" in capsys.readouterr().out


def test_strict_raises_for_all_but_a_right_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_STRICT", "1")
    check("99.1", 2)
    for answer in (1, ..., lambda: 2):
        with pytest.raises(CheckFailed, match="Exercise 99.1 is not solved"):
            check("99.1", answer)


def test_an_exercise_belongs_to_one_module_and_has_a_proper_id() -> None:
    def other(answer: Any) -> None:
        return None

    other.__module__ = "utils.exercises.checks.nb99"
    with pytest.raises(ValueError, match="registered in"):
        exercise("99.1", hint="a", more="b")(other)
    with pytest.raises(ValueError, match="not an exercise id"):
        exercise("1.1", hint="a", more="b")


def test_checks_are_imported_without_tensorflow() -> None:
    code = "import sys; from utils import exercises; exercises.exercises(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "utils.exercises" in done.stdout, done.stderr
    assert "tensorflow" not in done.stdout.split()


def test_a_call_with_a_large_array_is_written_with_its_shape() -> None:
    with pytest.raises(Wrong, match=r"`your function\(an array of shape \(3, 4\)\)` raised"):
        call(lambda x: x / "a", np.ones((3, 4)))
