"""A quiz as a widget: choose, check, read why; and as a page without a kernel."""

import subprocess
import sys
from html.parser import HTMLParser

import pytest

from utils import settings
from utils.errors import CourseError
from utils.exercises import progress
from utils.exercises.quiz_box import quiz, static_html, static_text
from utils.exercises.quizzes import load_quiz, plain, quiz_numbers

VIEW = "application/vnd.jupyter.widget-view+json"


def events():
    found = progress.read(settings.progress_path()).events
    return [(event.kind, event.name, event.passed) for event in found]


def answer(part, place):
    """Choose and press the button, as the page does."""
    part.index = place
    part.asked += 1


def wrong_place(question):
    return next(n for n in range(len(question.choices)) if n != question.right)


def test_at_first_nothing_is_chosen_and_nothing_is_said():
    for part in quiz("01").questions:
        assert part.index is None and part.verdict == ""


def test_a_right_choice_is_called_right_with_its_reason():
    part = quiz("01").questions[0]
    answer(part, part.question.right)
    assert "✓ Right" in part.verdict
    assert "The bias is added whatever the inputs are" in part.verdict


def test_another_choice_is_not_yet_and_its_own_reason_is_given():
    part = quiz("01").questions[0]
    answer(part, wrong_place(part.question))
    assert "✗ Not yet" in part.verdict and "✓" not in part.verdict
    assert "Turning is the weights" in part.verdict


def test_a_verdict_goes_when_another_answer_is_chosen():
    part = quiz("01").questions[0]
    answer(part, 0)
    assert part.verdict
    part.index = 1
    assert part.verdict == ""
    part.asked += 1
    assert "✓ Right" in part.verdict


def test_one_question_says_nothing_about_another():
    first, second, *_ = quiz("01").questions
    answer(first, 0)
    assert first.verdict and second.verdict == "" and second.index is None


def test_without_a_choice_the_button_asks_for_one_and_nothing_is_recorded():
    part = quiz("01").questions[0]
    part.asked += 1
    assert "Choose one of the answers first." in part.verdict
    assert events() == [("notebook", "01", True)]


def test_running_the_cell_and_every_check_are_recorded():
    part = quiz("02").questions[1]
    for place in (wrong_place(part.question), part.question.right):
        answer(part, place)
    quizzes = [("quiz", "02.q2", False), ("quiz", "02.q2", True)]
    assert events() == [("notebook", "02", True), *quizzes]


def test_a_quiz_that_is_not_there_is_no_run_of_its_notebook():
    with pytest.raises(CourseError):
        quiz("77")
    assert events() == []


def test_the_verdict_is_announced_in_words_and_never_by_colour_alone():
    part = quiz("01").questions[0]
    assert part.page.count('role="status" aria-live="polite"') == 1, "there before the verdict is"
    for place, sign in ((part.question.right, "✓ Right"), (wrong_place(part.question), "✗ Not")):
        answer(part, place)
        assert sign in part.verdict and "role=" not in part.verdict


@pytest.mark.parametrize("number", quiz_numbers())
def test_every_choice_can_be_chosen_and_only_the_right_one_is_right(number):
    for part in quiz(number).questions:
        assert part.page.count('type="radio" name="answer"') == len(part.question.choices)
        for place in range(len(part.question.choices)):
            answer(part, place)
            assert ("✓ Right" in part.verdict) == (place == part.question.right)


def test_choices_are_shown_with_their_code_marked():
    pages = "".join(one.page for one in quiz("04").questions)
    assert ">w1</code> and raises" in pages and "`" not in pages


def test_the_notebook_gets_widget_page_and_text():
    shown = quiz("01")._repr_mimebundle_(include=None, exclude=None)
    assert set(shown) == {VIEW, "text/html", "text/plain"}
    assert shown[VIEW]["model_id"]
    assert shown["text/html"] == static_html(load_quiz("01"))


class Page(HTMLParser):
    """What a page says: its tags, its text outside <details>, its text inside."""

    def __init__(self, source):
        super().__init__()
        self.open, self.tags, self.text, self.folded = [], set(), "", ""
        self.feed(source)
        self.close()
        assert self.open == [], "a tag isn't closed"

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.tags.add(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "details" in self.open:
            self.folded += data
        else:
            self.text += data


@pytest.mark.parametrize("number", quiz_numbers())
def test_the_page_has_all_questions_and_choices_and_folds_the_answers(number):
    content = load_quiz(number)
    page = Page(static_html(content))
    assert page.tags <= {"section", "div", "ol", "li", "details", "summary", "strong", "code", "em"}
    assert page.folded.count("✓ Right.") == len(content.questions) and "✓" not in page.text
    for question in content.questions:
        assert plain(question.text) in page.text
        for choice in question.choices:
            assert plain(choice.text) in page.text and plain(choice.why) in page.folded


def test_the_page_needs_nothing_from_elsewhere():
    source = static_html(load_quiz("01"))
    assert not any(word in source for word in ("http", "src=", "href=", "<script", "url("))


@pytest.mark.parametrize("number", quiz_numbers())
def test_the_plain_text_has_all_questions_and_the_right_letters(number):
    content = load_quiz(number)
    *lines, last = static_text(content).splitlines()
    letters = [f"{n} {'ABCD'[one.right]}" for n, one in enumerate(content.questions, 1)]
    assert last == f"Right: {', '.join(letters)}"
    assert len(lines) == sum(1 + len(one.choices) for one in content.questions)
    assert not any("`" in line for line in lines)


def test_a_quiz_needs_no_tensorflow():
    code = "import sys, utils.exercises.quiz_box; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=settings.ROOT).returncode == 0
