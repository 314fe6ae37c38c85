"""The glossary: complete both ways, and what the page says is what the file says.

In a lesson bold marks a word that is explained there. What else is bold begins a paragraph and
ends with a full stop or a colon, or stands in a title's lines and exercises' choices.
"""

import json
import re
from collections.abc import Iterator
from itertools import pairwise

import pytest

from tools.glossary_page import PAGE, anchor, glossary, page
from utils import settings

FRAME = {"You will", "Time", "Needs", "Sources", "Further"}
TERMS = glossary()


def plain(words: str) -> str:
    """Return words as they are compared: without capitals, a full stop, or a plural's s."""
    return re.sub(r"(?<=[a-z])s?\.?$", "", words.lower())


NAMES = {plain(name) for term in TERMS for name in (term.name, *term.also)}


def bold(lesson: str) -> Iterator[str]:
    """Yield the words that stand in bold in a lesson's prose, but for its frame."""
    (path,) = settings.NOTEBOOKS.glob(f"{lesson}_*.ipynb")
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "markdown":
            for words in re.findall(r"\*\*([^*\n]+)\*\*", "".join(cell["source"])):
                known = plain(words) in NAMES
                if known or not (words in FRAME or re.fullmatch("[a-d]|.*[.:?]|.*[+→].*", words)):
                    yield plain(words)


LESSONS = [path.name[:2] for path in settings.lessons()]


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_bold_word_of_a_lesson_is_a_term_that_was_born_there_or_before(lesson: str) -> None:
    born = [term for term in TERMS if term.lesson <= lesson]
    known = {plain(name) for term in born for name in (term.name, *term.also)}
    assert [words for words in bold(lesson) if words not in known] == []


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.name)
def test_every_term_stands_in_bold_where_it_is_born_and_nowhere_before(term) -> None:
    own = {plain(name) for name in (term.name, *term.also)}
    first = next((one for one in LESSONS if own & set(bold(one))), None)
    assert first == term.lesson


def used_unannounced(term, lesson: str) -> list[str]:
    """Return the lesson's cells of prose that use a term and don't say where it is explained."""
    (path,) = settings.NOTEBOOKS.glob(f"{lesson}_*.ipynb")
    found = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] != "markdown" or text.startswith("### Further"):
            continue
        prose = re.sub(r"```.*?```|`[^`]*`|\$[^$]*\$|\]\([^)]*\)", "", text, flags=re.S)
        here = re.search(rf"(?<![\w-]){re.escape(term.name)}s?(?![\w-])", prose, re.I)
        there = rf"\b(notebook|in) {term.lesson}\b|\]\({term.lesson}_"
        if here and not re.search(there, text, re.I):
            found.append(f"{lesson} {cell['id']}")
    return found


@pytest.mark.parametrize("lesson", LESSONS)
def test_no_term_is_used_before_the_lesson_that_explains_it_unless_that_is_named(
    lesson: str,
) -> None:
    later = [term for term in TERMS if term.lesson > lesson and not term.everyday]
    found = {term.name: used_unannounced(term, lesson) for term in later}
    # The cell before has said that notebook 15 explains it.
    allowed = {("02", "Adam"): ["02 optimizer-read"]}
    assert {
        name: where for name, where in found.items() if where != allowed.get((lesson, name), [])
    } == {}


def test_a_sentence_each_no_two_of_a_name_and_the_page_is_made_of_them() -> None:
    assert all(term.says.endswith(".") and ". " not in term.says for term in TERMS)
    names = [name for term in TERMS for name in (term.name, *term.also)]
    assert len(names) == len(set(names))
    assert len({anchor(term.name) for term in TERMS}) == len(TERMS)
    assert all(one.lesson <= other.lesson for one, other in pairwise(TERMS))
    assert PAGE.read_text(encoding="utf-8") == page()
