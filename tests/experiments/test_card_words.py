"""A learner's words on a study: the template, what can't be read, when a prediction is noted."""

import json
import tomllib

import pytest
from tiny import TINY, tiny_dataset

from utils.errors import CourseError
from utils.experiments import own_study, run_study, studies
from utils.experiments.card_words import (
    note_before_training,
    note_prediction,
    noted,
    read_words,
    write_template,
)
from utils.experiments.run_folder import read_record


def write(folder, text):
    (folder / "card.toml").write_text(text, encoding="utf-8")


def test_the_template_is_toml_that_says_nothing_yet(tmp_path):
    path = write_template(tmp_path, "dropout", "Does \"it\" help?\n'''", "Ann O'Brien \\ 李")
    assert tomllib.loads(path.read_text(encoding="utf-8"))["prediction"] == ""
    words = read_words(tmp_path)
    assert words == ("Ann O'Brien \\ 李", "Does \"it\" help?\n'''", "", "")
    assert note_prediction(tmp_path) is None and noted(tmp_path) == []


def test_without_a_file_there_are_no_words(tmp_path):
    assert read_words(tmp_path) is None and note_prediction(tmp_path) is None


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"prediction = ", "Invalid value"),
        (b"\xff\xfe", "can't decode"),
        (b"prediction = 3\n", "its prediction is no text"),
        (b"guess = 'x'\n", "it has 'guess', which no card has"),
        (b"prediction = '" + b"x" * 10_000_000 + b"'\n", "10,000,016 bytes, and 40,000 are"),
        (b"name = " + b"[" * 30_000, "can't be read"),
    ],
)
def test_words_that_cannot_be_read_are_named_with_a_remedy(content, told, tmp_path):
    folder = tmp_path / "dropout"
    folder.mkdir()
    (folder / "card.toml").write_bytes(content)
    with pytest.raises(CourseError) as error:
        note_prediction(folder)
    assert told in str(error.value) and "card.toml" in error.value.problem
    assert "move the file elsewhere" in error.value.remedy


def test_every_new_wording_is_noted_once_in_order(tmp_path):
    for text in ("0.5 wins.", "0.5 wins.", "No: 0 wins.", "0.5 wins."):
        write(tmp_path, f"prediction = '{text}'")
        note_prediction(tmp_path)
    found = noted(tmp_path)
    assert [one.text for one in found] == ["0.5 wins.", "No: 0 wins.", "0.5 wins."]
    assert found == sorted(found, key=lambda one: one.time)


def test_lines_that_are_no_prediction_are_passed_over(tmp_path):
    good = json.dumps({"time": "2026-11-20T11:00:00+01:00", "text": "0 wins."})
    lines = ["", "{", "[]", "3", '{"time": 3, "text": "x"}', '{"text": "x"}', "[" * 5_000, good]
    lines += ['{"time": "2026-11-20", "text": "x"}', '{"time": "2026-11-20T10:00:00+00:00"}']
    (tmp_path / "predictions.jsonl").write_text("\n".join(lines), encoding="utf-8")
    [one] = noted(tmp_path)
    assert one.text == "0 wins." and one.time.isoformat() == "2026-11-20T10:00:00+00:00"


def test_signs_that_move_a_cursor_are_left_out(tmp_path):
    write(tmp_path, 'prediction = "up\\u001b[2J\\u0000 and\\n\\tdown"')
    assert read_words(tmp_path).prediction == "up[2J and\n\tdown"


def test_training_notes_the_prediction_before_its_first_run_begins(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(studies, "_own", {})
    base = {"layers": TINY.layers, "dense_units": 8, "learning_rate": 0.01}
    mine = own_study("mine", "Do they?", "filter_size", {"3": 3, "5": 5}, base)
    write_template(tmp_path / "mine", "mine", "Do they?", "")
    write(tmp_path / "mine", "prediction = 'Larger filters win.'")
    [record] = run_study(mine, variants=["3"], profile="smoke", dataset=tiny_dataset(),
                         runs=tmp_path)  # fmt: skip
    [one] = noted(tmp_path / "mine")
    assert one.text == "Larger filters win." and one.time.isoformat() <= record["started"]
    assert "is noted" in capsys.readouterr().out
    run_study(mine, variants=["3"], profile="smoke", dataset=tiny_dataset(), runs=tmp_path)
    assert len(noted(tmp_path / "mine")) == 1


def test_words_that_cannot_be_read_stop_no_training(tmp_path, capsys):
    write(tmp_path, "prediction = ")
    note_before_training(tmp_path)
    assert "Your prediction isn't noted: " in capsys.readouterr().out
    assert read_record(tmp_path) is None
