"""Choosing notebooks by number, range and name."""

from pathlib import Path

import pytest

from utils.errors import CourseError
from utils.jupyter.run_all import select


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (None, ["01_a", "02_b", "06_c", "10_layers"]),
        ("01-06", ["01_a", "02_b", "06_c"]),
        ("1,10", ["01_a", "10_layers"]),
        ("10_layers, 02-03", ["02_b", "10_layers"]),
        ("notebooks/02_b.ipynb", ["02_b"]),
        ("2 2", ["02_b"]),
    ],
)
def test_a_selection_is_numbers_ranges_and_names(
    tmp_path: Path, text: str | None, names: list[str]
) -> None:
    for name in ("01_a", "02_b", "06_c", "10_layers"):
        (tmp_path / f"{name}.ipynb").touch()
    assert [path.stem for path in select(text, tmp_path)] == names


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("07", "There is no notebook 07. There are: 01_a, 02_b."),
        ("11-14", "There is no notebook 11-14."),
        ("02-01", "The range 02-01 runs backwards. Did you mean 01-02?"),
        ("dropout", "There is no notebook dropout."),
        (",", "No notebook is chosen."),
    ],
)
def test_a_selection_that_names_nothing_is_refused(
    tmp_path: Path, text: str, sentence: str
) -> None:
    for name in ("01_a", "02_b"):
        (tmp_path / f"{name}.ipynb").touch()
    with pytest.raises(CourseError) as error:
        select(text, tmp_path)
    assert sentence in str(error.value)
