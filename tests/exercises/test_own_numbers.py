"""Exercises in numbers: the answer is never shown, help comes in two steps, each has its own."""

import itertools
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest

from utils import settings
from utils.errors import CourseError
from utils.exercises import Verdict, check, evaluate, exercises, given, history, numbers_of
from utils.exercises.display import VerdictBox
from utils.exercises.own_numbers import _sources, values
from utils.exercises.progress import read
from utils.exercises.registry import find
from utils.exercises.toml_tables import read as read_table
from utils.exercises.written import EXERCISES

NAMES = [name for path in settings.lessons() for name in exercises(path.stem[:2])]
CHOICES = {name: part for path in EXERCISES.iterdir() for name, part in read_table(path).items()}
LEARNERS = [f"learner {number}" for number in range(200)]

# Right answers of the exercises in values whose answer isn't computed from numbers.
SHOWN_NOWHERE = {
    "01.1": (1, -1, -0.5),
    "01.3": (1, -1, -0.5),
    "01.4": (1, 1, 1, -1.5),
    "08.2": "=INT((side+2*padding-5)/stride)+1",
    "09.2": "=MAX(conv1!G7:H8)",
}
BY_VALUE = sorted({*values, *CHOICES, *SHOWN_NOWHERE, "02.3", "04.3", "05.1"})


def right_answer(name: str) -> Any:
    if name in values:
        return values[name].answers(numbers_of(name))[0]
    return CHOICES[name]["right"] if name in CHOICES else SHOWN_NOWHERE.get(name)


def wrong_answers(name: str) -> Iterator[Any]:
    """Yield wrong answers: the typical ones, others of the right shape, and of no shape at all."""
    if name in values:
        wanted, mistakes = values[name].answers(numbers_of(name))
        right = np.asarray(wanted, dtype=float)
        yield from (wrong for wrong, _ in mistakes)
        yield from (right + 1, right * 2, -right - 1, right * 0 - 5, right[..., None] * 3)
        yield from (0 * right + float("nan"), [[1.0, 2.0]], lambda: wanted)
    elif name in CHOICES:
        yield from CHOICES[name]["options"]
    yield from ("", "?", "zebra", "=A1", (0, 0, 0), (0, 0, 0, 0), (1, 1, 1), -7, 1e9, [9, 9, 9])
    yield from (True, {}, set(), print, 1j, float("inf"), [[0.5] * 3] * 3)


def shown(verdict: Verdict) -> str:
    """Return all that a box says, folded or not, as HTML's text and as plain text.

    But what the learner has typed stands in it too, and says nothing: that is left out.
    """
    box = VerdictBox(verdict, more=True)
    box.rows = [(label, text) for label, text in box.rows if label != "You have"]
    assert not box.rows, "of a value nothing else is shown than what was handed over"
    return f"{box!r}\n{re.sub('<[^>]+>', '', box._repr_html_())}"


def forms(wanted: Any) -> list[str]:
    """Return the ways in which one would write an answer."""
    if isinstance(wanted, str):
        return [wanted, wanted.removeprefix("="), wanted.replace(" ", "").upper()]
    if np.ndim(wanted):
        flat = [f"{one:g}" for one in np.ravel(wanted)]
        return [", ".join(flat), " ".join(flat), ",".join(flat)]
    digits = [f"{wanted:.{n}{kind}}" for n in range(2, 9) for kind in "gfe"]
    both = [repr(wanted), f"{wanted:g}", f"{wanted:,}", f"{wanted * 100:g} %", f"{wanted:.10g}"]
    both += [f"{wanted:,.0f}".replace(",", sign) for sign in (" ", "\u202f", "’", ".")]
    return [form for form in {*digits, *both} if re.search("[1-9]", form.partition("e")[0])]


def holds(text: str, form: str) -> bool:
    """Say whether a form stands in a text, not as a part of another number or word."""
    return bool(re.search(rf"(?<![\w.,=]){re.escape(form)}(?![\w]|[.,]\d)", text, re.IGNORECASE))


def test_the_search_for_an_answer_finds_it() -> None:
    for text in ("it is 0.2.", "20 %", "0.20", "0.200 or", "(0.2)"):
        assert any(holds(text, form) for form in forms(0.2)), text
    assert not any(holds("0.25, 10.2, 120 %", form) for form in forms(0.2))
    assert any(holds("about 229,962!", form) for form in forms(229962))


@pytest.mark.parametrize("name", BY_VALUE)
@pytest.mark.parametrize("learner", ["", *LEARNERS[:4]])
def test_no_wrong_answer_makes_a_value_show_what_is_wanted(
    name: str, learner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_LEARNER", learner if name in values else "")
    wanted = right_answer(name)
    for answer in wrong_answers(name):
        verdict = evaluate(name, answer)
        assert not verdict.passed, answer
        assert verdict.wanted is None, answer
        said = shown(verdict)
        assert "Wanted" not in said
        if name in CHOICES:  # its letter may stand anywhere: it is the sentence that may not
            assert not re.search(rf"(?i)\b(answer|it) is [`'\"]?{wanted}\b", said)
        elif wanted is not None:
            assert not [form for form in forms(wanted) if holds(said, form)], (answer, said)


@pytest.mark.parametrize("name", [one for one in NAMES if one in values or one in SHOWN_NOWHERE])
def test_the_task_and_its_folded_hint_dont_hold_the_answer(name: str) -> None:
    task = tasks()[name]
    assert not [form for form in forms(right_answer(name)) if holds(task, form)]


# What solves an exercise that is a function: code that a hint must not hold as it stands.
CODE = {
    "02.1": "x @ w + b", "02.2": "np.mean((", "02.3": "[1, 1, 1, 0]", "03.1": "astype(np.uint8)",
    "03.2": "(0, 1, 2)", "03.3": "0, 3, 1, 2", "04.1": "1 - ", "05.2": "(1 - h",
    "05.3": "1.0 if", "05.4": "np.ndindex", "06.2": "z.max(",
    "06.3": "arange(len(labels)), labels]", "06.4": ">= limit", "07.3": "np.hypot",
    "08.4": "argmax", "09.4": "image.copy()", "10.1": "@ (p - labels)", "10.2": "permutation",
    "10.4": "np.ceil", "11.2": "k - 1", "12.1": "/ (1 - p)", "17.1": "np.exp",
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_no_help_holds_the_code_that_is_wanted(name: str) -> None:
    solution = solutions()[name]
    lines = [line.strip().removeprefix("return ") for line in solution.splitlines()]
    lines = [line for line in lines if len(line) > 12 and not line.startswith(("def ", "from"))]
    known = find(name)
    helps = f"{known.hint} {known.more} {folded(tasks()[name])}"
    for line in [*lines, CODE.get(name, "\0")]:
        assert line not in helps.replace("−", "-").replace("$", "")


@pytest.mark.parametrize("name", NAMES)
def test_help_comes_in_two_steps_that_say_different_things(name: str) -> None:
    known = find(name)
    steps = [known.hint, known.more, folded(tasks()[name])]
    assert all(len(step.split()) >= 6 and step.rstrip().endswith((".", "?")) for step in steps[:2])
    assert len(known.more.split()) > len(known.hint.split())
    for one, other in itertools.combinations(steps, 2):
        assert one not in other and other not in one
    assert all("`" not in step or step.count("`") % 2 == 0 for step in steps)


@pytest.mark.parametrize("name", BY_VALUE)
def test_any_wrong_answer_gets_both_steps(name: str) -> None:
    for answer in wrong_answers(name):
        verdict = evaluate(name, answer)
        both = verdict.hint and verdict.more and verdict.hint != verdict.more
        assert both or not verdict.answered, answer


def test_the_second_step_is_offered_after_the_second_wrong_try(capsys: Any) -> None:
    history.clear()
    check("14.2", 7)
    first = capsys.readouterr().out
    check("14.1", 7)
    assert "Hint:" in first and "More help" not in first + capsys.readouterr().out
    check("14.2", 8)
    assert f"More help: {find('14.2').more}" in capsys.readouterr().out
    check("14.2", 384)
    assert "help" not in capsys.readouterr().out


# Each learner's own numbers


def tasks() -> dict[str, str]:
    return _cells(settings.NOTEBOOKS, 1)


def solutions() -> dict[str, str]:
    return _cells(settings.NOTEBOOKS / "solutions", 0)


@cache
def _cells(folder: Path, before: int) -> dict[str, str]:
    """Return exercise cells, or the cells so many places before them, by the exercise's id."""
    found = {}
    for path in settings.lessons(folder):
        cells = nbformat.read(path, as_version=4).cells
        for place, cell in enumerate(cells):
            if "exercise" in cell.metadata.get("tags", []):
                (name,) = re.findall(r'check\("(.+?)"', cell.source)
                found[name] = cells[place - before].source
    return found


def folded(task: str) -> str:
    (text,) = re.findall(r"(?s)<summary>Hint</summary>(.*?)</details>", task)
    return text.strip()


def test_there_is_a_solution_for_each_exercise_and_numbers_for_those_that_ask_for_them() -> None:
    assert set(solutions()) == set(NAMES) == set(tasks())
    asking = {name for name, code in solutions().items() if f'given("{name}")' in code}
    assert asking == set(_sources) and set(values) <= asking
    assert len(values) == 16


def test_without_a_learner_the_numbers_are_those_of_the_text(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("COURSE_LEARNER", raising=False)
    right = {name: right_answer(name) for name in values}
    known = {"11.1": 229962, "12.2": 0.2, "12.3": 1024, "13.2": 1.5e-5, "14.1": 168, "14.2": 384,
             "14.3": 0.001 * 2000 / 96, "15.1": 1 / 3, "16.1": 4.303 * 0.02 / 3**0.5,
             "16.2": 0.63, "16.3": 18, "17.2": 63, "17.3": 59}  # fmt: skip
    for name, wanted in known.items():
        assert right[name] == pytest.approx(wanted)
        assert evaluate(name, wanted).passed
    assert right["07.2"] == [[0, 0, 0], [1, 0, 0], [0, 0, 0]]
    assert given("14.2").batch == 96
    assert capsys.readouterr().out == "Exercise 14.2: batch = 96, times = 2\n"


def test_a_learner_has_other_numbers_and_the_box_wants_theirs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COURSE_LEARNER", " Ada ")
    my = given("14.2")
    said = f"Exercise 14.2, numbers for Ada: batch = {my.batch}, times = {my.times}\n"
    assert capsys.readouterr().out == said
    assert (my.batch, my.times) != (96, 2)
    assert not evaluate("14.2", 384).passed
    assert evaluate("14.2", my.batch * my.times**2).passed


@pytest.mark.parametrize("learner", ["李雷", "\udcff", "a\nb", "x" * 10_000, "=1+1", "İ", "ﬁ"])
def test_any_name_has_numbers(
    learner: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(settings, "learner", lambda: learner)
    my = given("14.2")
    assert (
        capsys.readouterr()
        .out.encode()
        .endswith(f"batch = {my.batch}, times = {my.times}\n".encode())
    )
    check("14.2", my.batch * my.times**2)
    path = settings.progress_path()
    assert path is not None and len(read(path).events) == 1


def test_the_same_name_gives_the_same_numbers_in_every_process_however_it_is_written() -> None:
    code = "from utils.exercises import exercises, numbers_of; exercises('14')"
    code += "; print(numbers_of('14.1', 'Zoë  Ada'), numbers_of('14.1', 'ZOE\u0308 ada '))"
    said = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", code], cwd=settings.ROOT, capture_output=True,
        text=True, encoding="utf-8", check=True,
    ).stdout.strip()  # fmt: skip
    here = numbers_of("14.1", "zoë ada")
    assert said == f"{here} {here}"


@pytest.mark.parametrize("name", sorted(_sources))
def test_two_learners_nearly_always_differ(name: str) -> None:
    drawn = [repr(numbers_of(name, learner)) for learner in LEARNERS]
    # A direction, a keep rate, neurons and a filter's size have few sensible values.
    few = {"07.2": 8, "08.2": 8, "12.2": 8, "12.3": 17, "19.1": 15}
    assert len(set(drawn)) >= few.get(name, 30)


def test_all_numbers_together_tell_any_two_learners_apart() -> None:
    drawn = [tuple(repr(numbers_of(n, one)) for n in sorted(_sources)) for one in LEARNERS]
    assert len(set(drawn)) == len(LEARNERS)
    alike = [
        sum(a == b for a, b in zip(one, other, strict=True))
        for one, other in itertools.combinations(drawn[:60], 2)
    ]
    assert max(alike) <= 8 and np.mean(alike) < 2


@pytest.mark.parametrize("name", sorted(values))
def test_every_typical_mistake_is_wrong_and_gets_a_hint_of_its_own(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for learner in ["", *LEARNERS]:
        monkeypatch.setenv("COURSE_LEARNER", learner)
        wanted, mistakes = values[name].answers(numbers_of(name))
        assert evaluate(name, wanted).passed
        for wrong, _ in mistakes:
            verdict = evaluate(name, wrong)
            assert not verdict.passed and verdict.hint in [hint for _, hint in mistakes], wrong


@pytest.mark.parametrize("name", sorted(_sources))
def test_the_solution_passes_for_200_learners(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = compile(solutions()[name], f"<solution of {name}>", "exec")
    for learner in LEARNERS:
        monkeypatch.setenv("COURSE_LEARNER", learner)
        history.clear()
        exec(code, {"np": np, "check": check})
        assert history[-1].passed, (learner, numbers_of(name), history[-1].message)
        assert learner in capsys.readouterr().out


@pytest.mark.parametrize("name", sorted(set(_sources) - {"07.2", "08.2", "09.2", "16.2"}))
def test_no_draw_is_trivial(name: str) -> None:
    """The answer isn't one of the numbers that the cell prints."""
    for learner in ["", *LEARNERS]:
        numbers = numbers_of(name, learner)
        wanted = values[name].answers(numbers)[0]
        printed = np.concatenate([np.ravel(one) for one in vars(numbers).values()])
        assert not np.isclose(printed, wanted, rtol=1e-9).any(), numbers


def test_an_exercise_without_numbers_says_so() -> None:
    with pytest.raises(CourseError, match=r"Exercise 01\.1 has no numbers of its own\."):
        given("01.1")
    with pytest.raises(CourseError, match=r"There is no exercise 14\.9\."):
        given("14.9")


def test_the_progress_file_says_whose_numbers_were_solved(monkeypatch: pytest.MonkeyPatch) -> None:
    path = settings.progress_path()
    assert path is not None
    monkeypatch.delenv("COURSE_LEARNER", raising=False)
    check("14.2", 384)
    monkeypatch.setenv("COURSE_LEARNER", "ada")
    check("14.2", 384)
    first, second = read(path).events
    assert first.details == {} and first.passed
    assert second.details == {"learner": "ada"} and not second.passed
