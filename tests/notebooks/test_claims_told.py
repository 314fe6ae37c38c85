"""What lessons say was measured is a claim's cell: no number of it is typed in their prose."""

import re
import tomllib
from pathlib import Path

import pytest
from contents import LESSONS, SOLUTIONS, claimed, is_solution, markdown_cells, read

from utils.experiments.claims import claims

# What is typed and no measurement, by lesson: `text` as it stands there, and `why`.
EXCEPT = tomllib.loads((Path(__file__).parent / "not_measured.toml").read_text(encoding="utf-8"))
NUMBER = re.compile(
    r"[\d.,]*\d\s*(?:%|points?\b|per cent\b|of a hundred\b)|\d\s*±|±\s*[\d.]|\d\.\d+\s+to\s+\d\.\d"
)
# Names and definitions, which stand in many lessons.
NAMES = re.compile(r"95 % (?:t )?intervals?|in per cent")


def typed(text: str, excepted: list[str]) -> list[str]:
    """Return the numbers with % or ± of a text, but for names and what is excepted."""
    text = " ".join(text.split())
    for one in excepted:
        text = text.replace(one, " ")
    return [found[0] for found in NUMBER.finditer(NAMES.sub(" ", text))]


def excepted(path: Path) -> list[str]:
    name = f"{'solutions/' if is_solution(path) else ''}{path.stem[:2]}"
    return [one["text"] for one in EXCEPT.get(name, ())]


def prose_of(path: Path) -> dict[str, str]:
    return {cell.id: " ".join(cell.source.split()) for cell in markdown_cells(read(path))}


@pytest.mark.parametrize("path", [*LESSONS, *SOLUTIONS], ids=lambda path: "/".join(path.parts[-2:]))
def test_no_measurement_is_typed_in_prose(path: Path) -> None:
    found = {name: typed(text, excepted(path)) for name, text in prose_of(path).items()}
    assert {name: numbers for name, numbers in found.items() if numbers} == {}


@pytest.mark.parametrize("path", [*LESSONS, *SOLUTIONS], ids=lambda path: "/".join(path.parts[-2:]))
def test_what_is_excepted_stands_there_and_says_why(path: Path) -> None:
    text = " ".join(prose_of(path).values())
    assert [one for one in excepted(path) if one not in text] == []


def test_every_exception_is_of_a_notebook_and_has_a_reason() -> None:
    names = {f"{'solutions/' if is_solution(p) else ''}{p.stem[:2]}" for p in LESSONS + SOLUTIONS}
    assert set(EXCEPT) <= names
    for entries in EXCEPT.values():
        assert all(set(one) == {"text", "why"} and len(one["why"].split()) > 1 for one in entries)


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_tells_all_its_claims_and_no_others(path: Path) -> None:
    told = {key for cell in read(path).cells for key in claimed(cell)}
    assert told == {key for key, one in claims().items() if one.lesson == path.stem[:2]}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("it reached 64.0 ± 1.0 after 8 epochs", True),
        ("64 % after 8 epochs", True),
        ("three sets 15 points above one", True),
        ("one point more: 1 point", True),
        ("half of them, 84 of a hundred", True),
        ("a loss from 0.00064 to 0.00080", True),
        ("the 95 % t interval of the mean, in per cent", False),
        ("12 epochs of 10,000 pictures", False),
        ("guessing gives 10 %", False),
    ],
)
def test_the_look_for_typed_numbers_finds_them(text: str, found: bool) -> None:
    assert bool(typed(text, ["guessing gives 10 %"])) == found
