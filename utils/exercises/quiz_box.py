"""A quiz in a notebook: questions to choose an answer to, each with a reason for every answer.

A widget of our own, since stock radio buttons belong to no group and lose their arrow keys to
the notebook; and beside it a static page for readers without a kernel. Knows nothing of where
the questions come from.
"""

from pathlib import Path
from typing import Any

import anywidget
import traitlets
from ipywidgets import Layout, VBox
from markupsafe import Markup

from utils.exercises import progress
from utils.exercises.display import inline, panel
from utils.exercises.quizzes import Question, Quiz, load_quiz, plain
from utils.files import render

__all__ = ["QuestionBox", "QuizBox", "quiz", "static_html", "static_text"]

HERE = Path(__file__).resolve().parent


def quiz(notebook: str) -> "QuizBox":
    """Return the quiz of a notebook (`"01"`); note that the notebook ran as far as here."""
    box = QuizBox(load_quiz(notebook))
    progress.record("notebook", notebook, True)
    return box


class QuizBox(VBox):
    """All questions of a quiz, one below the other."""

    def __init__(self, content: Quiz) -> None:
        self.content = content
        self.questions = [QuestionBox(one, n) for n, one in enumerate(content.questions, 1)]
        super().__init__(self.questions, layout=Layout(max_width="46em"))
        self.add_class("course-quiz")

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        """Give the widget, and the same as HTML and text where no kernel is."""
        shown = dict(super()._repr_mimebundle_(**options) or {})
        texts = {"text/plain": static_text(self.content), "text/html": static_html(self.content)}
        return shown | texts


class QuestionBox(anywidget.AnyWidget):
    """A question, its choices, a button, and the verdict on what was chosen last.

    index: the place of the choice, from 0; None before there is one. asked: how often the button
    was pressed. verdict: HTML, empty where nothing was asked since the last choice.
    """

    _esm = f"{render('keys.js')}\n{(HERE / 'question.js').read_text(encoding='utf-8')}"
    _css = HERE / "question.css"
    page = traitlets.Unicode().tag(sync=True)
    index = traitlets.Int(None, allow_none=True).tag(sync=True)
    asked = traitlets.Int().tag(sync=True)
    verdict = traitlets.Unicode().tag(sync=True)

    def __init__(self, question: Question, number: int) -> None:
        self.question = question
        choices = [inline(choice.text) for choice in question.choices]
        legend = _legend(question, number)
        page = render("question_form.html", legend=legend, choices=choices, number=number)
        super().__init__(page=page)
        self.observe(self._clear, "index")
        self.observe(self._judge, "asked")

    def _clear(self, _: Any) -> None:
        self.verdict = ""

    def _judge(self, _: Any) -> None:
        if self.index is None:
            self.verdict = panel("open", "", "Choose one of the answers first.", live=False)
            return
        right = self.index == self.question.right
        why = inline(self.question.choices[self.index].why)
        self.verdict = panel("right" if right else "wrong", "", why, live=False)
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
