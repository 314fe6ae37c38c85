"""A quiz in a notebook: questions to choose an answer to, each with a reason for every answer.

Stock ipywidgets, and beside them a static page for readers without a kernel. Knows nothing of
where the questions come from.
"""

from typing import Any

from ipywidgets import HTML, Button, Layout, RadioButtons, VBox
from markupsafe import Markup

from utils.exercises import progress
from utils.exercises.display import inline, panel
from utils.exercises.quizzes import Question, Quiz, load_quiz, plain
from utils.files import render

__all__ = ["QuizBox", "quiz", "static_html", "static_text"]

# ipywidgets gives each choice one line of fixed height; a long one must wrap.
STYLE = """<style>
.course-quiz .widget-radio-box label, .course-quiz .jupyter-widget-radio-box label {
  height: auto; line-height: 1.45; white-space: normal; font-size: 14px;
  display: flex; flex-direction: row-reverse; justify-content: flex-end; align-items: baseline;
  padding: 3px 0; }
.course-quiz .widget-radio-box input, .course-quiz .jupyter-widget-radio-box input {
  height: auto; flex: none; margin: 0 8px 0 1px; }
.course-quiz .widget-html-content, .course-quiz .jupyter-widgets-html-content {
  white-space: normal; overflow: visible; line-height: 1.5; font-size: 14px; }
</style>"""
QUIET = '<div role="status" aria-live="polite"></div>'


def quiz(notebook: str) -> "QuizBox":
    """Return the quiz of a notebook (`"01"`); note that the notebook ran as far as here."""
    box = QuizBox(load_quiz(notebook))
    progress.record("notebook", notebook, True)
    return box


class QuizBox(VBox):
    """All questions of a quiz, one below the other."""

    def __init__(self, content: Quiz) -> None:
        self.content = content
        self.questions = [_QuestionBox(one, n) for n, one in enumerate(content.questions, 1)]
        super().__init__([HTML(STYLE), *self.questions], layout=Layout(max_width="46em"))
        self.add_class("course-quiz")

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        """Give the widget, and the same as HTML and text where no kernel is."""
        shown = dict(super()._repr_mimebundle_(**options) or {})
        texts = {"text/plain": static_text(self.content), "text/html": static_html(self.content)}
        return shown | texts


class _QuestionBox(VBox):
    """A question, its choices, a button, and the verdict on what was chosen last."""

    def __init__(self, question: Question, number: int) -> None:
        self.question = question
        options = [(plain(choice.text), n) for n, choice in enumerate(question.choices)]
        self.choices = RadioButtons(options=options, index=None, layout=Layout(width="auto"))
        self.check = Button(description="Check", tooltip=f"Check your answer to question {number}")
        self.verdict = HTML(QUIET, layout=Layout(width="auto"))
        self.choices.observe(self._clear, names="index")
        self.check.on_click(self._judge)
        legend = HTML(_legend(question, number), layout=Layout(width="auto"))
        parts = [legend, self.choices, self.check, self.verdict]
        super().__init__(parts, layout=Layout(width="auto", margin="0 0 12px"))

    def _clear(self, _: Any) -> None:
        self.verdict.value = QUIET

    def _judge(self, _: Any) -> None:
        place = self.choices.index
        if place is None:
            self.verdict.value = panel("open", "", "Choose one of the answers first.")
            return
        right = place == self.question.right
        why = inline(self.question.choices[place].why)
        self.verdict.value = panel("right" if right else "wrong", "", why)
        progress.record("quiz", self.question.name, right)


def static_html(content: Quiz) -> str:
    """Return the quiz as HTML that needs no kernel: the answers are folded away."""
    page = render(
        "quiz.html",
        notebook=content.notebook,
        questions=content.questions,
        legend=_legend,
        inline=inline,
    )
    return str(page)


def static_text(content: Quiz) -> str:
    """Return the quiz as plain text, the right letters in its last line."""
    lines, right = [], []
    for number, question in enumerate(content.questions, 1):
        lines.append(f"Question {number}: {plain(question.text)}")
        lines += [f"  {_letter(n)}  {plain(c.text)}" for n, c in enumerate(question.choices)]
        right.append(f"{number} {_letter(question.right)}")
    return "\n".join([*lines, f"Right: {', '.join(right)}"])


def _legend(question: Question, number: int) -> Markup:
    return render("question.html", number=number, text=inline(question.text))


def _letter(place: int) -> str:
    return "ABCD"[place]
