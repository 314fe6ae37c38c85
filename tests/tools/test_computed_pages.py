"""Computed pages show what the tables give; a page without its marks is named."""

import pytest

from tools import measurements_page
from tools.pages import renewed, table, wrapped


@pytest.mark.parametrize("name", ["measurements.md", "experiments.md"])
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


def test_a_bar_in_a_cell_is_escaped_and_numbers_stand_to_the_right() -> None:
    assert table("ab", [("1 | 2", 3)], numbers=1) == "| a | b |\n| --- | ---: |\n| 1 \\| 2 | 3 |"
    assert wrapped("word " * 40, indent="  ").split("\n")[1].startswith("  word")
