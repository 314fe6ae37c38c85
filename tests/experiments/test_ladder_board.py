"""The leaderboard: who has a place, in what order, and what is said of all others."""

import json
import subprocess
import sys

import pytest
from made_runs import made_record, made_rows, make_run
from reference_ladder import DATA, made_ladder

from utils import plots, settings
from utils.errors import CourseError
from utils.experiments import compare, load_runs, own_study, studies
from utils.experiments.event_log import RunLog
from utils.experiments.ladder import rung_config
from utils.experiments.ladder_board import leaderboard
from utils.experiments.ladder_tables import board_text
from utils.experiments.own_studies import keep_study
from utils.experiments.run_folder import board_fields
from utils.experiments.statistics import interval

FINALS = {
    "start": {0: 0.62, 1: 0.63, 2: 0.61},
    "all-pictures": {0: 0.70, 1: 0.72, 2: 0.69},
    "crop": {0: 0.74},
    "normalised": {0: 0.71, 1: 0.70},
}


@pytest.fixture(autouse=True)
def nobody_met(monkeypatch):
    monkeypatch.setattr(studies, "_own", {})


@pytest.fixture
def folder(tmp_path):
    return made_ladder(tmp_path / "reference", FINALS)


def on_the_rung(root, name, rung, final, seed=0):
    """Write a run of a rung's own recipe, on all pictures."""
    study, variant, _ = name.split("/")
    rows = made_rows(final, 2)
    record = made_record(rung_config(rung, seed), rows) | {"study": study, "variant": variant}
    record |= {"dataset": DATA}
    with RunLog(root / name, name, board_fields(record)) as log:
        for row in rows:
            log.epoch(row)
        log.close("finished")
    (root / name / "run.json").write_text(json.dumps(record), encoding="utf-8")


def test_the_rungs_stand_by_their_mean_each_with_interval_price_and_seconds(folder, tmp_path):
    board = leaderboard(tmp_path / "runs", folder=folder)
    assert [one.name for one in board.places] == ["crop", "normalised", "all-pictures", "start"]
    start = board.places[-1]
    assert start.mean == pytest.approx(0.62) and start.seconds == 630 and start.pictures == 10_000
    assert start.half == interval([0.62, 0.63, 0.61]) and start.price.weights == 2_159_114
    assert board.places[0].half != board.places[0].half  # one seed has none
    assert board.places[0].pictures == 45_000


def test_a_rung_is_held_against_the_one_below_it_seed_by_seed_or_against_none(folder, tmp_path):
    found = {one.name: one for one in leaderboard(tmp_path / "runs", folder=folder).places}
    against = found["all-pictures"].against
    assert found["all-pictures"].below == "start" and against.paired and against.n == 3
    assert against.mean == pytest.approx(0.25 / 3) and against.verdict == "better"
    assert found["crop"].against is None  # more-epochs, the rung below, isn't in the table
    both = found["normalised"].against  # they share one seed
    assert both.n == 1 and both.mean == pytest.approx(-0.03) and both.verdict == "can't tell"
    assert found["start"].against is None


def test_rungs_that_are_not_in_the_table_are_named(folder, tmp_path):
    [note, mine] = leaderboard(tmp_path / "runs", folder=folder).notes
    assert note.startswith("Not trained for the reference yet: more-epochs, deeper, map-means, ")
    assert mine.startswith("You have no runs yet in ") and str(tmp_path / "runs") in mine


def test_own_runs_on_the_same_validation_pictures_stand_among_the_rungs_as_yours(folder, tmp_path):
    for seed, (without, half) in enumerate([(0.63, 0.66), (0.65, 0.67)]):
        make_run(tmp_path, f"dropout/0/seed-{seed}", made_rows(without))
        make_run(tmp_path, f"dropout/0.5/seed-{seed}", made_rows(half))
    board = leaderboard(tmp_path, folder=folder)
    own = {one.name: one for one in board.places if one.yours}
    assert list(own) == ["dropout/0.5", "dropout/0"]
    names = [one.name for one in board.places]
    assert names[-3:] == ["dropout/0.5", "dropout/0", "start"]
    assert own["dropout/0"].below == "dropout/0.5" and own["dropout/0"].against.paired
    assert own["dropout/0.5"].against is None and own["dropout/0"].pictures == 10_000
    assert own["dropout/0"].seconds == pytest.approx(5 + 6 + 7 + 8)
    assert "| yours: dropout/0 | 0.640 ± 0.127 | 2 | -2.5 (" in str(board)


def test_an_own_training_of_a_rung_is_held_against_the_own_rung_below(folder, tmp_path):
    on_the_rung(tmp_path, "ladder/crop@full/seed-0", "crop", 0.73)
    on_the_rung(tmp_path, "ladder/normalised@full/seed-0", "normalised", 0.75)
    found = {one.name: one for one in leaderboard(tmp_path, folder=folder).places}
    assert found["ladder/normalised@full"].below == "ladder/crop@full"
    assert found["ladder/normalised@full"].against.mean == pytest.approx(0.02)
    assert found["ladder/crop@full"].against is None and found["crop"].below == ""


def test_two_rungs_that_differ_in_one_field_are_compared_without_a_note(tmp_path):
    on_the_rung(tmp_path, "ladder/normalised@full/seed-0", "normalised", 0.73)
    on_the_rung(tmp_path, "ladder/deeper@full/seed-0", "deeper", 0.75)
    assert compare(load_runs(tmp_path, "ladder")).attrs["notes"] == []
    on_the_rung(tmp_path, "ladder/map-means@full/seed-0", "map-means", 0.75)
    [note] = compare(load_runs(tmp_path, "ladder")).attrs["notes"]
    assert note.startswith("The runs of ladder differ in layers, global_pooling, so no single")


def test_a_study_that_starts_from_a_rung_is_held_against_its_own_baseline(folder, tmp_path):
    rung = own_study("mine", "Why?", "batch_norm", {"with": True, "no": False}, start="normalised")
    keep_study(rung, tmp_path)
    on_the_rung(tmp_path, "mine/with@full/seed-0", "normalised", 0.75)
    on_the_rung(tmp_path, "mine/no@full/seed-0", "crop", 0.71)
    found = {one.name: one for one in leaderboard(tmp_path, "mine", folder).places}
    assert found["mine/no@full"].below == "mine/with@full"
    assert found["mine/no@full"].against.mean == pytest.approx(-0.04)


SAMPLE = DATA | {"sha256": "1" * 64, "real": False}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"dataset": SAMPLE}, "trained on the built-in sample, which has other pictures"),
        ({"dataset": DATA | {"sha256": "2" * 64}}, "trained on other data than the reference"),
        ({"dataset": DATA | {"sha256": None}}, "trained on other data than the reference"),
        ({"dataset": DATA | {"validation": 100}}, "measured on 100 validation pictures, not 5,000"),
        ({"dataset": DATA | {"validation": None}}, "measured on 0 validation pictures, not 5,000"),
        ({"status": "running"}, "not finished yet"),
        ({"status": "diverged"}, "diverged"),
        ({"status": "stopped"}, "stopped"),
    ],
)
def test_a_run_that_can_not_stand_there_is_named_with_the_reason(folder, tmp_path, changed, said):
    make_run(tmp_path, "dropout/0/seed-0", made_rows(0.6), **changed)
    board = leaderboard(tmp_path, folder=folder)
    assert not any(one.yours for one in board.places)
    assert board.notes[-1] == f"1 run of yours has no place, {said}: dropout/0/seed-0."


def test_a_damaged_run_is_named_by_what_is_wrong_and_hides_no_other(folder, tmp_path):
    for seed, content in ((0, b"{"), (1, b"\0" * 30), (2, b"[]")):
        make_run(tmp_path, f"dropout/0/seed-{seed}", made_rows(0.6))
        (tmp_path / f"dropout/0/seed-{seed}/run.json").write_bytes(content)
    make_run(tmp_path, "dropout/0/seed-3", made_rows(0.6))
    board = leaderboard(tmp_path, folder=folder)
    assert [one.values for one in board.places if one.yours] == [{3: pytest.approx(0.6)}]
    told = [note for note in board.notes if "can't be read as a run's record" in note]
    assert len(told) == 3 and not [note for note in board.notes if "no place" in note]


def test_many_runs_of_one_reason_are_one_sentence(folder, tmp_path):
    for seed in range(5):
        make_run(tmp_path, f"dropout/0/seed-{seed}", made_rows(0.6), status="stopped")
    note = leaderboard(tmp_path, folder=folder).notes[-1]
    assert note.startswith("5 runs of yours have no place, stopped: dropout/0/seed-0, ")
    assert note.endswith("dropout/0/seed-2, ….")


def test_a_rung_of_another_recipe_than_todays_has_no_place(tmp_path):
    folder = made_ladder(tmp_path / "reference", FINALS)
    about = json.loads((folder / "ladder.json").read_text())
    for run in about["runs"]:
        if run["name"] == "ladder/crop":
            run["config"]["rotation"] = 10.0
    (folder / "ladder.json").write_text(json.dumps(about))
    board = leaderboard(tmp_path / "runs", folder=folder)
    assert "crop" not in [one.name for one in board.places]
    assert any("The table's crop was trained by another recipe" in one for one in board.notes)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("ladder.json", "{"),
        ("ladder.json", "[]"),
        ("ladder.json", '{"dataset": {}, "runs": []}'),
        ("ladder.json", '{"dataset": {"sha256": "", "train": 1, "validation": "x"}, "runs": []}'),
        ("ladder.json", '{"dataset": {"sha256": "", "train": 1, "validation": 2}, "runs": [3]}'),
        ("ladder.csv", "study,variant\nladder,start\n"),
        ("ladder.csv", "variant,seed,val_accuracy,status\nstart,0,high,finished\n"),
        ("ladder.csv", b"\xff\xfe\n\xff"),
    ],
)
def test_a_damaged_table_is_a_sentence_with_a_remedy(folder, tmp_path, file, content):
    (folder / file).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(CourseError, match=r"ladder\.csv or its \.json can't be read") as error:
        leaderboard(tmp_path, folder=folder)
    assert error.value.remedy == "Restore it with `git checkout data/reference`."


@pytest.mark.parametrize("file", ["ladder.json", "ladder.csv"])
def test_a_table_that_is_not_there_is_a_sentence_that_names_it(folder, tmp_path, file):
    (folder / file).unlink()
    with pytest.raises(
        CourseError, match=f"The reference's rungs aren't here: .*{file} is missing"
    ):
        leaderboard(tmp_path, folder=folder)


def test_the_text_fits_a_narrow_terminal_and_loses_nothing(folder, tmp_path):
    make_run(tmp_path, "dropout/0/seed-0", made_rows(0.6))
    board = leaderboard(tmp_path, folder=folder)
    wide = board_text(board, None)
    assert wide == board_text(board, 200) and "| start | 0.620 ± 0.025 | 3 | – |" in wide
    for width in (20, 40, 60):
        narrow = board_text(board, width)
        assert max(map(len, narrow.splitlines())) <= width
        words = " ".join(narrow.split())
        for told in ("yours: dropout/0", "0.620 ± 0.025", "2,159,114", "Not trained for the"):
            assert told in words


def test_in_a_notebook_the_board_is_two_tables_and_a_figure_with_an_alt_text(folder, tmp_path):
    make_run(tmp_path, "dropout/0/seed-0", made_rows(0.6))
    board = leaderboard(tmp_path, folder=folder)
    html = board._repr_html_()
    assert html.count("<table>") == 2 and html.count("<tr>") == 2 * (1 + len(board.places))
    assert html.count("95 % t interval") == 1  # the legend stands under the second
    assert "yours: dropout/0" in html and "38,634,752" not in html
    figure = plots.ladder_steps(board)
    labels = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert labels == ["yours: dropout/0", "start", "all-pictures", "crop", "normalised"]
    [dots] = [line for line in figure.axes[0].lines
              if line.get_marker() == "o" and set(line.get_ydata()) == {1}]  # fmt: skip
    assert list(dots.get_xdata()) == [0.62, 0.63, 0.61]
    assert "yours: dropout/0 0.600 with 2,159,114 weights" in board.describe()


def test_an_empty_table_and_no_runs_are_a_board_without_places(tmp_path):
    board = leaderboard(tmp_path / "runs", folder=made_ladder(tmp_path / "reference", {}))
    assert board.places == [] and len(board.notes) == 2
    assert "none yet" in board.describe() and plots.ladder_steps(board) and str(board)


def test_the_board_needs_neither_tensorflow_nor_pandas_and_opens_no_data(folder, tmp_path):
    make_run(tmp_path / "runs", "dropout/0/seed-0", made_rows(0.6))
    code = f"""
import sys
from pathlib import Path
from utils.experiments import leaderboard
print(leaderboard(Path({str(tmp_path / "runs")!r}), folder=Path({str(folder)!r})))
found = {{"pandas", "scipy", "tensorflow", "matplotlib"}} & set(sys.modules)
assert not found, found
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=settings.ROOT, check=True,
                          capture_output=True, encoding="utf-8")  # fmt: skip
    assert "yours: dropout/0" in done.stdout
