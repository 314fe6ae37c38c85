"""What of the course can be done, lesson by lesson: to run it, its exercises, its quiz.

Knows nothing of who has done what.
"""

from collections.abc import Iterator

from utils import settings
from utils.exercises.progress import Item
from utils.exercises.quizzes import load_quiz, quiz_numbers
from utils.exercises.registry import exercises

__all__ = ["items"]


def items() -> Iterator[Item]:
    """Yield all that can be done, in the lessons' order."""
    quizzes = quiz_numbers()
    for path in settings.lessons():
        number = path.stem[:2]
        yield Item(path.stem, "notebook", number)
        for name in exercises(number):
            yield Item(path.stem, "exercise", name)
        for question in load_quiz(number).questions if number in quizzes else ():
            yield Item(path.stem, "quiz", question.name)
