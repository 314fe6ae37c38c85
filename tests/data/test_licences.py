"""Each picture and each network that the course brings along is named with what it derives from."""

import re
from pathlib import Path

import pytest

from utils.settings import ROOT

STATEMENTS = (ROOT / "docs" / "pictures", ROOT / "data" / "reference")


def rows(folder: Path) -> list[tuple[list[str], str]]:
    """Return the rows of the statement's table: the patterns of files, and all the rest."""
    lines = (folder / "README.md").read_text(encoding="utf-8").splitlines()
    cells = [line.strip("|").split("|", 1) for line in lines if line.startswith("| `")]
    return [(re.findall(r"`([^`]+)`", first), rest) for first, rest in cells]


@pytest.mark.parametrize("folder", STATEMENTS, ids=lambda folder: folder.name)
def test_a_statement_beside_the_files_names_each_of_them_once(folder: Path) -> None:
    named = [
        path.name for patterns, _ in rows(folder) for one in patterns for path in folder.glob(one)
    ]
    there = [path.name for path in folder.iterdir() if path.name != "README.md"]
    assert sorted(named) == sorted(there)


@pytest.mark.parametrize("folder", STATEMENTS, ids=lambda folder: folder.name)
def test_the_places_that_a_statement_links_are_there(folder: Path) -> None:
    text = (folder / "README.md").read_text(encoding="utf-8")
    targets = [one for one in re.findall(r"\]\(([^)]+)\)", text) if not one.startswith("https:")]
    assert len(targets) >= 2
    assert [one for one in targets if not (folder / one).exists()] == []


@pytest.mark.parametrize("folder", STATEMENTS, ids=lambda folder: folder.name)
def test_every_pattern_of_a_statement_fits_a_file(folder: Path) -> None:
    assert [
        one for patterns, _ in rows(folder) for one in patterns if not list(folder.glob(one))
    ] == []


def test_what_derives_from_mnist_is_under_its_licence() -> None:
    found = [rest for folder in STATEMENTS for patterns, rest in rows(folder)
             if any(one.startswith(("mnist", "sheet-input")) for one in patterns)]  # fmt: skip
    assert len(found) == 2
    assert all("MNIST" in rest and "CC BY-SA 3.0" in rest for rest in found)


def test_the_data_card_points_to_both_statements() -> None:
    card = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    assert "](reference/)" in card and "](../docs/pictures/README.md)" in card
