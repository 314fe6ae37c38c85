"""Tables of measured numbers: written, read, and refused where they are something else."""

import json

import pytest

from utils.errors import CourseError
from utils.experiments.measured import Measured, read_measured, write_measured

ROWS = [
    Measured("with_random_layers.val_accuracy", 0, 0.7631840705871582),
    Measured("with_random_layers.val_accuracy", 1, 0.5),
    Measured("misread_by_all_seeds", None, 112),
    Measured("by_hand.difference", 2, 2.0861625671386719e-07),
]


def test_what_is_written_is_read_again_to_nine_digits(tmp_path):
    path = write_measured("cats", ROWS, {"date": "2026-11-26"}, tmp_path)
    assert path.read_text(encoding="utf-8").splitlines() == [
        "quantity,seed,value",
        "with_random_layers.val_accuracy,0,0.763184071",
        "with_random_layers.val_accuracy,1,0.5",
        "misread_by_all_seeds,,112",
        "by_hand.difference,2,2.08616257e-07",
    ]
    again = read_measured("cats", tmp_path)
    assert [row[:2] for row in again] == [row[:2] for row in ROWS]
    assert [row.value for row in again] == pytest.approx([row.value for row in ROWS], rel=5e-9)
    assert json.loads((tmp_path / "cats.json").read_text(encoding="utf-8"))["date"] == "2026-11-26"


def test_a_number_that_is_measured_twice_is_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(ValueError, match="loss"):
        write_measured("cats", [Measured("loss", 0, 1.0), Measured("loss", 0, 2.0)], {}, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("quantity,value\nloss,1\n", "its first line isn't quantity,seed,value"),
        ("", "its first line isn't"),
        ("quantity,seed,value\nloss,0,0.5\nloss,1,high\n", "in line 3: could not convert"),
        ("quantity,seed,value\nloss,0.5,1\n", "in line 2: invalid literal"),
        ("quantity,seed,value\nloss,0\n", "in line 2: not enough values"),
        ('quantity,seed,value\n"loss,0,1\n', "unexpected end of data"),
    ],
)
def test_what_is_no_such_table_is_named_with_its_line_and_the_command(tmp_path, text, why):
    (tmp_path / "cats.csv").write_text(text, encoding="utf-8")
    with pytest.raises(CourseError) as caught:
        read_measured("cats", tmp_path)
    assert "cats.csv is no table of measured numbers" in caught.value.problem
    assert why in caught.value.problem
    assert caught.value.remedy == "Make it anew: course reference cats"


def test_a_table_that_is_not_there_is_named_with_the_command_that_makes_it(tmp_path):
    with pytest.raises(CourseError, match=r"There is no table .*cats\.csv.*course reference cats"):
        read_measured("cats", tmp_path)
