"""The questions of all quizzes, and that a file that isn't as it should be is one sentence."""

import random
from collections import Counter
from pathlib import Path

import pytest

from utils import settings
from utils.errors import CourseError
from utils.exercises.quizzes import QUIZZES, Quiz, load_quiz, plain, quiz_numbers
from utils.exercises.written import EXERCISES
from utils.exercises.written import written as written_exercises

LESSONS = [path.stem[:2] for path in settings.lessons()]
ALL = {number: load_quiz(number) for number in quiz_numbers()}
QUESTIONS = [question for quiz in ALL.values() for question in quiz.questions]

CHOICE = '[[questions.choices]]\ntext = "{}"\nwhy = "Because."\n'
QUESTION = '[[questions]]\ntext = "Why?"\n' + CHOICE.format("a") + "right = true\n"
QUESTION += CHOICE.format("b") + CHOICE.format("c")
GOOD = QUESTION + QUESTION


def written(folder: Path, content: str) -> Quiz:
    (folder / "01.toml").write_text(content, encoding="utf-8")
    return load_quiz("01", folder)


def test_every_notebook_has_a_quiz():
    assert set(LESSONS) <= set(ALL)


def test_every_quiz_has_its_notebook_and_no_other_file_lies_there():
    # 10's quiz may come before its notebook does
    assert set(ALL) <= {*LESSONS, "10"}
    assert {path.name for path in QUIZZES.iterdir()} == {f"{number}.toml" for number in ALL}


@pytest.mark.parametrize("quiz", ALL.values(), ids=ALL.keys())
def test_a_quiz_has_two_or_three_questions_of_three_or_four_choices(quiz):
    assert len(quiz.questions) in (2, 3)
    names = [question.name for question in quiz.questions]
    assert names == [f"{quiz.notebook}.q{n}" for n in range(1, len(names) + 1)]
    for question in quiz.questions:
        assert len(question.choices) in (3, 4)
        assert 0 <= question.right < len(question.choices)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_every_choice_has_a_reason_of_its_own_that_teaches(question):
    reasons = [choice.why for choice in question.choices]
    assert len(set(reasons)) == len(reasons)
    for why in reasons:
        assert why[0].isupper() and why.endswith(".") and len(why.split()) >= 8
        assert "wrong!" not in why.lower() and "incorrect" not in why.lower()


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_the_texts_hold_no_formula_and_no_html(question):
    texts = [question.text, *(text for one in question.choices for text in (one.text, one.why))]
    for text in texts:
        assert not set(text) & set("$<>\\") and "**" not in text


def test_the_right_answers_stand_in_every_place_and_no_place_gives_them_away():
    places = Counter(question.right for question in QUESTIONS)
    assert set(places) >= {0, 1, 2}
    assert max(places.values()) <= len(QUESTIONS) / 2


def test_not_each_quiz_uses_each_place_once_so_that_the_last_answer_could_be_reckoned():
    patterns = {tuple(question.right for question in quiz.questions) for quiz in ALL.values()}
    assert len(patterns) >= 6
    assert any(len(set(pattern)) < len(pattern) for pattern in patterns)


def test_the_longest_choice_is_no_safe_guess():
    longest = [
        max(range(len(one.choices)), key=lambda n, one=one: len(one.choices[n].text)) == one.right
        for one in QUESTIONS
    ]
    assert sum(longest) <= len(QUESTIONS) / 2


def test_a_good_file_is_read(tmp_path):
    quiz = written(tmp_path, GOOD.replace("right = true\n", "", 1).replace(
        'text = "b"', 'right = true\ntext = "b\\n  `x`  *y*"', 1))  # fmt: skip
    assert [question.name for question in quiz.questions] == ["01.q1", "01.q2"]
    first, second = quiz.questions
    assert (first.right, second.right) == (1, 0)
    assert first.choices[1].text == "b `x` *y*"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[[questions", "01.toml can't be read as TOML"),
        ("questions = " + "[" * 9_000, "01.toml can't be read as TOML"),
        ("questions = " + "{a = " * 2_000, "01.toml can't be read as TOML"),
        (".".join("a" * 100_000) + " = 1", "01.toml can't be read as TOML"),
        ("#" * 100_000, "01.toml can't be read as TOML (it is longer than"),
        ("", "01.toml has no `questions`"),
        ("questions = 3", "01.toml: [[questions]] isn't a list of tables"),
        (QUESTION, "01.toml has 1 questions. Write two or three."),
        (QUESTION * 4, "01.toml has 4 questions"),
        ("title = 1\n" + GOOD, "01.toml has an unknown `title`. Known are: questions."),
        (GOOD.replace('text = "Why?"\n', "", 1), "01.toml, question 1 has no `text`"),
        (GOOD + CHOICE.format("d") + CHOICE.format("e"), "question 2 has 5 choices"),
        (QUESTION + '[[questions]]\ntext = "?"', "question 2 has no `choices`"),
        (QUESTION + '[[questions]]\ntext = "?"\nchoices = ["a"]', "isn't a list of tables"),
        (GOOD.replace("right = true\n", "", 1), "01.toml, question 1 has 0 right choices"),
        (GOOD + "right = true\n", "question 2 has 2 right choices"),
        (GOOD.replace("right = true", "right = 1", 1), "choice 1: `right` is neither true nor"),
        (GOOD.replace('"c"', '"*a*"', 1), "question 1 has two choices alike"),
        (GOOD.replace('"b"', '" "', 1), "question 1, choice 2: `text` isn't a text"),
        (GOOD.replace('"b"', "7", 1), "question 1, choice 2: `text` isn't a text"),
        (GOOD.replace('"b"', '"`b"', 1), "`text` has an odd number of backticks"),
        (GOOD.replace("why", "reason", 1), "question 1, choice 1 has no `why`"),
        (GOOD.replace("right = true", "wright = true", 1), "choice 1 has an unknown `wright`"),
    ],
)
def test_a_broken_file_is_one_sentence_that_names_file_and_place(tmp_path, content, said):
    with pytest.raises(CourseError) as raised:
        written(tmp_path, content)
    assert said in str(raised.value)
    assert "01.toml" in raised.value.problem and raised.value.remedy
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_utf8_is_one_sentence(tmp_path):
    (tmp_path / "01.toml").write_bytes(b'text = "\xff"')
    with pytest.raises(CourseError, match="01.toml can't be read as TOML"):
        load_quiz("01", tmp_path)


@pytest.mark.parametrize("notebook", ["1", "../01", "01.toml", "", None, 1, "０１"])
def test_what_is_no_number_of_a_notebook_is_said(notebook):
    with pytest.raises(CourseError, match="is not the number of a notebook"):
        load_quiz(notebook)


def test_a_quiz_that_is_not_there_is_said_and_those_there_are_named(tmp_path):
    with pytest.raises(CourseError, match="Notebook 99 has no quiz. There are: none."):
        load_quiz("99", tmp_path)
    with pytest.raises(CourseError, match="There are: 01, 02, "):
        load_quiz("99")


@pytest.mark.parametrize(
    ("marked", "bare"),
    [("`a*b*c`", "a*b*c"), ("*x* and `y`", "x and y"), ("2 * 3 * 4", "2 * 3 * 4"), ("", "")],
)
def test_marks_are_left_out_of_plain_text(marked, bare):
    assert plain(marked) == bare


PARTS = [b"[", b"]", b"{", b"}", b"=", b'"', b"'", b".", b"\n", b"\xff", b"\0", b"nan", b"1e999",
         b"9" * 5_000, b"[" * 3_000, b"a." * 300, b"1979-05-27T07:32:00Z", b"true", b'""', b"[]",
         b"{}", b"#", b"\\u0000", b"[[1], [1, 2]]", "＝".encode()]  # fmt: skip


def spoiled(content: bytes, chance: random.Random) -> bytes:
    """Return a file's content with one to four parts added, doubled or missing."""
    for _ in range(chance.randint(1, 4)):
        at, other, length = (chance.randrange(len(content) + 1) for _ in range(3))
        content = chance.choice([
            content[:at] + chance.choice(PARTS) + content[at + chance.randint(0, 8) :],
            content[:at] + content[at + length % 60 :],
            content[:at] + content[other : other + length % 200] + content[at:],
            content[:at],
        ])  # fmt: skip
    return content


def test_1200_spoiled_files_are_read_or_are_one_error_of_the_course(tmp_path):
    readers = {path: load_quiz for path in QUIZZES.iterdir()}
    readers |= {path: written_exercises for path in EXERCISES.iterdir()}
    chance, outcomes = random.Random(1), Counter()
    for _ in range(1200):
        path = chance.choice(sorted(readers))
        (tmp_path / path.name).write_bytes(spoiled(path.read_bytes(), chance))
        try:
            readers[path](path.stem, tmp_path)
            outcomes["read"] += 1
        except CourseError as error:
            assert path.name in error.problem and error.remedy
            outcomes["said"] += 1
    assert outcomes["read"] > 50 and outcomes["said"] > 500
