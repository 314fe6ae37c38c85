"""Computed pages show what the tables give; a page without its marks is named."""

import json

import pytest

from tools import measurements_page
from tools.pages import renewed, table, wrapped
from utils import settings
from utils.experiments.claims import claims, tell


@pytest.mark.parametrize("name", ["measurements.md", "experiments.md", "elsewhere.md"])
def test_a_page_shows_exactly_what_tables_and_claims_give(name: str) -> None:
    page = (measurements_page.DOCS / name).read_text(encoding="utf-8")
    made = renewed(page, measurements_page.parts()[name], measurements_page.BY)
    assert made == page, "python -m tools.measurements_page writes it anew"


def test_a_part_is_replaced_and_all_else_is_left() -> None:
    page = "a\n<!-- begin x: written by t.py -->\nold\n<!-- end -->\nb <!-- end -->\n"
    made = "a\n<!-- begin x: written by t.py -->\n\nnew\n\n<!-- end -->\nb <!-- end -->\n"
    assert renewed(page, {"x": "new"}, "t.py") == made == renewed(made, {"x": "new"}, "t.py")


@pytest.mark.parametrize("page", ["", "<!-- begin x: written by t.py --> no end"])
def test_a_page_without_the_marks_is_named_and_not_written(page: str) -> None:
    with pytest.raises(ValueError, match="no part x"):
        renewed(page, {"x": "new"}, "t.py")


def test_a_difference_is_taken_of_the_seeds_that_both_sides_have() -> None:
    second = {0: 0.5, 1: 0.5}
    assert measurements_page._against({0: 0.6, 1: 0.6, 2: 0.1}, second) == "+10.0 (+10.0 to +10.0)"
    assert measurements_page._against({0: 0.4}, second) == "−10.0"
    assert measurements_page._against({3: 0.4}, second) == "no seed in common"


def test_a_lesson_that_came_after_the_measurement_of_the_course_says_so() -> None:
    course = measurements_page.parts()["measurements.md"]["course"]
    lessons = [path.stem.replace("_", " ", 1).replace("_", " ") for path in settings.lessons()]
    assert all(f"\n| {lesson} |" in course for lesson in lessons)
    [row] = [line for line in course.splitlines() if line.startswith("| 05 hidden layer")]
    assert row == "| 05 hidden layer | 40 | not measured yet | not measured yet |"
    assert "; 05, 18, 19, 20 came later. They stand" in " ".join(course.split())


def test_what_the_course_was_measured_by_is_of_lessons_that_are_there() -> None:
    measured = json.loads(measurements_page.COURSE.read_text(encoding="utf-8"))["seconds"]
    assert set(measured) <= {path.stem.partition("_")[2] for path in settings.lessons()}


def test_a_page_tells_all_claims_that_stand_under_its_name() -> None:
    pages = {one.lesson for one in claims().values()} - {p.stem[:2] for p in settings.lessons()}
    assert pages == {"elsewhere"}
    told = " ".join(measurements_page.parts()["elsewhere.md"]["tabular"].split())
    keys = [one for one in claims().values() if one.lesson == "elsewhere"]
    assert keys and all(" ".join(tell(one).split()) in told for one in keys)


def test_a_bar_in_a_cell_is_escaped_and_numbers_stand_to_the_right() -> None:
    assert table("ab", [("1 | 2", 3)], numbers=1) == "| a | b |\n| --- | ---: |\n| 1 \\| 2 | 3 |"
    assert wrapped("word " * 40, indent="  ").split("\n")[1].startswith("  word")
