"""Runs read back, compared and reported: numbers by hand against numbers from the tables."""

import html
import json
import math
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_runs import get, made_rows, make_run, scalars, served, wait_for

from utils import settings
from utils.errors import CourseError
from utils.experiments.event_log import TAGS, RunLog, event_files
from utils.experiments.history import (
    COLUMNS,
    compare,
    epoch_table,
    load_runs,
    reference,
)
from utils.experiments.log_root import shown
from utils.experiments.run_folder import RunName, run_dir, run_folders
from utils.experiments.statistics import interval, run_order
from utils.experiments.tables import describe, to_html, to_markdown
from utils.plots.comparison_page import comparison_report

# The 97.5 % point of Student's t with 2 degrees of freedom, from a printed table.
T_2 = 4.303


@pytest.fixture
def root(tmp_path):
    """Three seeds of two variants of dropout: 0.40, 0.44, 0.48 and 0.5 three times."""
    for seed in range(3):
        make_run(tmp_path, f"dropout/0/seed-{seed}", made_rows(0.40 + 0.04 * seed, gap=0.2))
        make_run(tmp_path, f"dropout/0.5/seed-{seed}", made_rows(0.5))
    return tmp_path


def row_of(table, variant):
    rows = table[table["variant"] == variant]
    assert len(rows) == 1
    return rows.iloc[0]


def test_history_has_a_row_an_epoch_with_the_written_numbers(root):
    table = epoch_table(load_runs(root))
    assert tuple(table.columns) == COLUMNS
    assert len(table) == 6 * 4
    mine = table[(table["variant"] == "0") & (table["seed"] == 2)]
    for written, (_, read) in zip(made_rows(0.48, gap=0.2), mine.iterrows(), strict=True):
        assert (read["study"], read["status"], read["epoch"]) == (
            "dropout",
            "finished",
            written["epoch"],
        )
        for column in ("loss", "val_accuracy", "train_accuracy", "seconds"):
            assert read[column] == np.float32(written[column])


def test_the_numbers_come_from_run_json_not_from_the_event_file(root):
    path = root / "dropout/0/seed-0/run.json"
    record = json.loads(path.read_text())
    for row in record["history"]:
        row["val_accuracy"] = 0.99
    path.write_text(json.dumps(record))
    expected = (0.99 + 0.44 + 0.48) / 3
    assert row_of(compare(load_runs(root)), "0")["final_accuracy"] == pytest.approx(expected)


def test_compare_gives_mean_and_t_interval_over_the_seeds(root):
    row = row_of(compare(load_runs(root)), "0")
    assert row["runs"] == 3
    assert row["final_accuracy"] == pytest.approx(0.44)
    assert row["final_ci"] == pytest.approx(T_2 * 0.04 / math.sqrt(3), abs=1e-4)
    assert row["gap"] == pytest.approx(0.2) and row["gap_ci"] == pytest.approx(0, abs=1e-6)
    assert row["seconds"] == pytest.approx(6.5)  # the median of 5, 6, 7, 8
    assert row["status"] == "finished"


def test_the_best_epoch_need_not_be_the_last(tmp_path):
    rows = made_rows(0.5)
    rows[-1] = {**rows[-1], "val_accuracy": 0.2, "train_accuracy": 0.9}
    make_run(tmp_path, "dropout/0/seed-0", rows)
    row = row_of(compare(load_runs(tmp_path)), "0")
    assert row["best_accuracy"] == pytest.approx(0.375)
    assert row["final_accuracy"] == pytest.approx(0.2)
    assert row["gap"] == pytest.approx(0.7)


def test_one_seed_has_no_interval(tmp_path):
    make_run(tmp_path, "dropout/0/seed-0", made_rows(0.5))
    table = compare(load_runs(tmp_path))
    assert math.isnan(row_of(table, "0")["final_ci"]) and math.isnan(interval([0.5]))
    assert "| 0.500 |" in to_markdown(table)


@pytest.mark.parametrize("status", ["diverged", "running", "stopped"])
def test_a_run_that_is_not_finished_is_counted_but_enters_no_mean(root, status):
    make_run(root, "dropout/0/seed-3", made_rows(0.9, epochs=2), status=status)
    row = row_of(compare(load_runs(root)), "0")
    assert row["runs"] == 3
    assert row["final_accuracy"] == pytest.approx(0.44)
    assert row["status"] == f"1 of 4 {status}"


def test_a_variant_whose_runs_all_diverged_is_a_row_without_numbers(tmp_path):
    for seed in range(2):
        make_run(tmp_path, f"learning_rate/0.01/seed-{seed}", [], status="diverged")
    table = compare(load_runs(tmp_path))
    assert row_of(table, "0.01")["status"] == "2 of 2 diverged"
    assert math.isnan(row_of(table, "0.01")["final_accuracy"])
    assert "| 0.01 | 0 | – | – | 2 of 2 diverged |" in to_markdown(table)
    assert "| 0.01 | – | – | – |" in to_markdown(table)


def test_variants_keep_the_studys_order_and_unknown_ones_follow_naturally():
    studies = ["zoo", "learning_rate", "dropout", "layers"]
    assert sorted(studies, key=lambda s: run_order(s, "")) == [
        *("layers", "dropout", "learning_rate", "zoo")
    ]
    variants = ["10", "baseline", "9", "three-sets", "one-set@full", "one-set"]
    assert sorted(variants, key=lambda v: run_order("layers", v)) == [
        *("one-set", "three-sets", "baseline", "9", "10", "one-set@full")
    ]


def test_only_the_study_asked_for_is_read(root):
    make_run(root, "layers/one-set/seed-0", made_rows(0.5))
    assert {run.study for run in load_runs(root, "layers")} == {"layers"}
    assert len(load_runs(root)) == 7
    assert load_runs(root, "batch_size") == []
    with pytest.raises(CourseError, match="no study 'dropuot'"):
        load_runs(root, "dropuot")


def test_the_log_root_of_the_settings_is_read_unless_another_is_given(root, monkeypatch):
    monkeypatch.setenv("COURSE_RUNS", str(root))
    assert len(load_runs()) == 6


def test_no_runs_are_one_sentence_that_says_how_to_get_some(tmp_path):
    assert load_runs(tmp_path) == [] and len(epoch_table([])) == 0
    with pytest.raises(CourseError, match="no runs to compare") as caught:
        compare(load_runs(tmp_path / "nowhere"))
    assert "course train" in caught.value.remedy


def remove_record(folder):
    (folder / "run.json").unlink()


def break_record(folder):
    (folder / "run.json").write_text("{broken")


@pytest.mark.parametrize(
    ("harm", "told"),
    [(remove_record, "has no run.json"), (break_record, "can't be read as a run's record")],
)
def test_a_run_that_cannot_be_trusted_is_named_and_enters_no_mean(root, harm, told):
    harm(root / "dropout/0/seed-2")
    runs = load_runs(root)
    table = compare(runs)
    assert row_of(table, "0")["final_accuracy"] == pytest.approx(0.42)
    assert row_of(table, "0")["status"] == "1 of 3 unreadable"
    assert len(table.attrs["notes"]) == 1 and told in table.attrs["notes"][0]
    assert "seed-2" in table.attrs["notes"][0]
    assert "**Note:**" in to_markdown(table) and "<strong>Note:</strong>" in to_html(table)
    assert len(epoch_table(runs)) == 5 * 4


def test_of_many_runs_that_cannot_be_read_the_first_are_named_and_the_rest_counted(tmp_path):
    for seed in range(25):
        break_record(make_run(tmp_path, f"dropout/0/seed-{seed}", made_rows(0.5)))
    notes = compare(load_runs(tmp_path)).attrs["notes"]
    assert len(notes) == 11 and notes[-1] == "The same holds for 15 others."


def test_every_run_can_be_one_that_cannot_be_read(tmp_path):
    break_record(make_run(tmp_path, "dropout/0/seed-0", made_rows(0.5)))
    (run,) = load_runs(tmp_path)
    assert len(run.epochs) == 0 and "1 of 1 unreadable" in to_markdown(compare([run]))
    assert comparison_report([run], tmp_path / "page.html").is_file()


def test_what_a_notebook_logged_by_itself_is_left_to_tensorboard(root):
    rows = made_rows(0.9)
    with RunLog(root / "or_gate" / "sgd-2" / "seed-0", "or_gate/sgd-2/seed-0", {}) as log:
        log.epoch(rows[0])
        log.close()
    assert "or_gate" not in {run.study for run in load_runs(root)}
    make_run(root, "dropout/0.25/seed-9", rows)
    (root / "dropout" / "0.25" / "seed-9" / "run.json").unlink()
    statuses = {run.seed: run.status for run in load_runs(root) if run.variant == "0.25"}
    assert statuses[9] == "unreadable"  # in a study, a run without a record is a fault


def test_the_numbers_of_a_running_run_come_from_its_record_too(tmp_path):
    folder = make_run(tmp_path, "dropout/0/seed-0", made_rows(0.5), status="running")
    event_files(folder)[0].write_bytes(b"cut")
    (run,) = load_runs(tmp_path)
    assert (run.status, len(run.epochs), run.note) == ("running", 4, "")
    assert event_files(folder)[0].read_bytes() == b"cut"  # whoever trains it writes it anew


def test_runs_that_differ_in_more_than_the_studys_field_are_noted(root):
    changed = {"precision": "float32", "kernels": "Eigen"}
    make_run(root, "dropout/0.25/seed-0", made_rows(0.5), **changed)
    notes = compare(load_runs(root)).attrs["notes"]
    assert len(notes) == 1 and "differ in arithmetic too (bfloat16, float32 by Eigen)" in notes[0]


def test_float32_by_other_kernels_is_other_arithmetic(tmp_path):
    for seed, kernels in enumerate(["Eigen", "oneDNN"]):
        changed = {"precision": "float32", "kernels": kernels}
        make_run(tmp_path, f"dropout/0/seed-{seed}", made_rows(0.5), **changed)
    notes = compare(load_runs(tmp_path)).attrs["notes"]
    assert len(notes) == 1 and "(float32 by Eigen, float32 by oneDNN)" in notes[0]


def test_the_runs_of_a_search_that_differ_in_much_get_one_note(tmp_path):
    make_run(tmp_path, "dropout/0/seed-0", made_rows(0.5))
    make_run(tmp_path, "dropout/0.25/seed-0", made_rows(0.6), precision="float32")
    (tmp_path / "dropout").rename(tmp_path / "mine")
    notes = compare(load_runs(tmp_path, "mine")).attrs["notes"]
    assert len(notes) == 1
    assert "runs of mine differ in dropout, arithmetic, so no single field's effect" in notes[0]


def test_runs_of_another_profile_are_their_own_rows_and_raise_no_note(root):
    make_run(root, "dropout/0@full/seed-0", made_rows(0.7), profile="full")
    table = compare(load_runs(root))
    assert list(table["variant"]) == ["0", "0.5", "0@full"] and table.attrs["notes"] == []


def test_markdown_and_html_show_the_same_cells(root):
    table = compare(load_runs(root))
    found = "| 0 | 3 | 0.440 ± 0.099 | -6.0 (-15.9 to +3.9), can't tell | finished |"
    beside = "| 0 | 0.440 ± 0.099 | +0.200 ± 0.000 | 6.5 |"
    first, second, _ = to_markdown(table).split("\n\n", 2)
    assert found in first and beside in second
    for cell in (found + beside[1:]).strip("| ").split(" | "):
        assert f">{cell}</td>" in html.unescape(to_html(table)).replace("\xa0", " ")
    assert "-6.0\xa0(-15.9\xa0to\xa0+3.9), can" in to_html(table), "no line ends among the numbers"


def test_the_baseline_is_named_and_the_legend_says_how_it_is_compared(root):
    for told in (to_markdown(compare(load_runs(root))), to_html(compare(load_runs(root)))):
        assert "Against the baseline" in told and "seed by seed" in told and "Welch" in told
    assert "| 0.5 | 3 | 0.500 ± 0.000 | the baseline | finished |" in to_markdown(
        compare(load_runs(root))
    )


def test_one_seed_each_is_a_difference_without_a_verdict(tmp_path):
    for variant, final in {"0": 0.6, "0.5": 0.54}.items():
        make_run(tmp_path, f"dropout/{variant}/seed-0", made_rows(final))
    table = compare(load_runs(tmp_path))
    assert "| 0 | 1 | 0.600 | +6.0, one seed: can't tell | finished |" in to_markdown(table)


def test_runs_of_other_seeds_are_compared_by_welch_and_those_of_other_profiles_not_at_all(root):
    for seed in (7, 8):
        make_run(root, f"dropout/0.25/seed-{seed}", made_rows(0.6 + seed / 1000))
    make_run(root, "dropout/0.25@full/seed-0", made_rows(0.9), profile="full")
    table = compare(load_runs(root))
    found = row_of(table, "0.25")["against"]
    assert (found.paired, found.n, found.verdict) == (False, 2, "better")
    assert row_of(table, "0.25@full")["against"] is None
    assert "| 0.25@full | 1 | 0.900 | – | finished |" in to_markdown(table)


def test_the_trials_of_a_search_have_no_baseline_and_its_finals_have(root):
    (root / "dropout").rename(root / "search")
    assert "baseline" not in to_markdown(compare(load_runs(root)))
    (root / "search" / "0.5").rename(root / "search" / "baseline")
    text = to_markdown(compare(load_runs(root)))
    assert "| 0 | 3 | 0.440 ± 0.099 | -6.0 (-15.9 to +3.9), can't tell | finished |" in text


@pytest.mark.parametrize("study", ["layers", "batch_size", "learning_rate"])
def test_the_references_tables_fit_into_a_terminal_of_80_columns(study):
    lines = [line for line in to_markdown(compare(reference(study))).splitlines() if "|" in line]
    assert len(lines) >= 10 and max(map(len, lines)) <= 80


def test_a_figures_alt_text_says_the_differences_and_what_follows_from_them(root):
    make_run(root, "dropout/0@full/seed-0", made_rows(0.7), profile="full")
    make_run(root, "dropout/0.5@full/seed-0", made_rows(0.6), profile="full")
    assert describe(compare(load_runs(root))) == (
        "dropout: final validation accuracy 0 0.440, 0.5 0.500, 0@full 0.700, 0.5@full 0.600. "
        "Against 0.5, in points: 0 -6.0 (-15.9 to +3.9), can't tell. "
        "Against 0.5@full, in points: 0@full +10.0, one seed: can't tell."
    )


def test_a_name_cannot_break_out_of_the_tables(tmp_path):
    make_run(tmp_path, "dropout/0@a|b&c/seed-0", made_rows(0.5))
    table = compare(load_runs(tmp_path))
    assert "0@a\\|b&c" in to_markdown(table) and "0@a|b&amp;c" in to_html(table)


def test_reference_runs_have_the_same_columns_and_compare_alike(root, tmp_path, monkeypatch):
    runs = load_runs(root)
    folder = tmp_path / "repository" / "data" / "reference"
    folder.mkdir(parents=True)
    epoch_table(runs).to_csv(folder / "quick.csv", index=False)
    monkeypatch.setattr(settings, "ROOT", tmp_path / "repository")
    pd.testing.assert_frame_equal(reference("dropout"), epoch_table(runs), check_dtype=False)
    pd.testing.assert_frame_equal(compare(reference("dropout")), compare(runs))
    with pytest.raises(CourseError, match="holds no run of the study 'layers'"):
        reference("layers")
    with pytest.raises(CourseError, match="no reference runs for the profile 'full'"):
        reference("dropout", "full")


def test_the_variant_called_none_stays_a_name_in_the_reference(tmp_path, monkeypatch):
    make_run(tmp_path / "runs", "regularization/none/seed-0", made_rows(0.5))
    folder = tmp_path / "data" / "reference"
    folder.mkdir(parents=True)
    epoch_table(load_runs(tmp_path / "runs")).to_csv(folder / "quick.csv", index=False)
    monkeypatch.setattr(settings, "ROOT", tmp_path)
    assert set(reference("regularization")["variant"]) == {"none"}


def test_the_table_equals_what_tensorboard_shows(root):
    rows = epoch_table(load_runs(root))
    with served(root) as address:
        wait_for(lambda: len(get(f"{address}/data/runs")) == 6)
        for (variant, seed), mine in rows.groupby(["variant", "seed"]):
            name = f"dropout/{variant}/seed-{seed}"
            for column in ("loss", "accuracy", "val_loss", "val_accuracy", "train_accuracy"):
                expected = list(zip(mine["epoch"], mine[column], strict=True))
                wait_for(lambda n=name, c=TAGS[column], e=expected: scalars(address, n, c) == e)


@pytest.mark.parametrize("study", ["*", "[ab]", "..", "../dropout", "/", "a/b", "dropout/0"])
def test_a_study_is_the_name_of_one_folder(root, study):
    with pytest.raises(CourseError, match="There is no study"):
        load_runs(root, study)


def test_a_folder_with_signs_of_a_pattern_is_a_study_like_any_other(root):
    (root / "dropout").rename(root / "[ab]*")
    assert len(load_runs(root, "[ab]*")) == len(load_runs(root)) == 6


@pytest.mark.skipif(os.name == "nt", reason="Windows' names are text")
def test_names_that_no_screen_can_show_are_shown_as_they_are_written_in_python(root):
    (root / "dropout/0").rename(root / "dropout" / os.fsdecode(b"caf\xe9 \n|<b>$x$"))
    runs = load_runs(root)
    name = "caf\\xe9 \\n|<b>$x$"
    assert {run.variant for run in runs} == {"0.5", name}
    table = compare(runs)
    lines = to_markdown(table).encode("utf-8").decode("utf-8").splitlines()
    assert [line.count(" | ") for line in lines if line.startswith("|")] == [4] * 4 + [3] * 4
    assert "<b>" not in to_html(table)
    page = comparison_report(runs, root / "page.html").read_text("utf-8")
    assert "caf\\xe9 \\n|&lt;b&gt;$x$ 0.440" in page


def test_a_name_in_utf_8_is_read_as_such_where_the_system_speaks_ascii():
    raw = "学习率".encode().decode("ascii", "surrogateescape")
    assert shown(raw) == "学习率" == shown("学习率") and shown("a\ud800\u2028") == "a\\ud800\\u2028"


def test_the_report_is_one_page_with_table_and_described_figures(root, tmp_path):
    make_run(root, "layers/one-set/seed-0", made_rows(0.3))
    page = comparison_report(load_runs(root), tmp_path / "deep" / "page.html")
    text = page.read_text(encoding="utf-8")
    assert text.count("<img ") == 1 + 2 * 3
    assert text.count('src="data:image/png;base64,') == text.count("<img ")
    assert text.count('alt="') == text.count("<img ") and 'alt=""' not in text
    assert "0.440 ± 0.099" in text and "layers: final validation accuracy one-set 0.300." in text
    assert "http" not in text.split("base64,")[0]


def test_of_many_variants_the_best_and_their_baseline_are_drawn_and_all_are_in_the_table(tmp_path):
    for number in range(45):
        name = f"dropout/0@{number:02d}/seed-0"
        make_run(tmp_path, name, made_rows(0.1 + number / 100))
    make_run(tmp_path, "dropout/0.5@44/seed-0", made_rows(0.05))
    page = comparison_report(load_runs(tmp_path), tmp_path / "page.html")
    text = page.read_text(encoding="utf-8")
    assert "dropout: the best 40 of 46 variants, and the baseline" in text
    assert text.count("<img ") == 3
    described = text.partition("Loss by epoch.")[2].partition('"')[0]
    assert "0@05 0.150" in described and "0@04" not in described
    assert "Against 0.5@44, in points: 0@44 +49.0, one seed: can&#39;t tell." in described
    assert text.count(">0@04</td>") == 1


def test_a_report_of_runs_without_a_single_epoch_is_a_table(tmp_path):
    make_run(tmp_path, "learning_rate/0.01/seed-0", [], status="diverged")
    text = comparison_report(load_runs(tmp_path), tmp_path / "page.html").read_text("utf-8")
    assert "1 of 1 diverged" in text and "<img" not in text


def test_a_runs_name_is_its_place_below_the_log_root(tmp_path):
    folder = run_dir(tmp_path, "dropout", "0.5@full", 12)
    name = RunName.of(folder)
    assert name == ("dropout", "0.5@full", 12) and str(name) == "dropout/0.5@full/seed-12"
    assert folder == tmp_path / str(name)


@pytest.mark.parametrize("name", ["seed-", "seed-x", "seed--1", "seed-١", "seed-1.lock", "epoch-1"])
def test_a_folder_of_another_name_is_no_runs(name):
    assert RunName.of(Path("dropout/0.5") / name) is None and RunName.of(Path("seed-1")) is None


def test_run_folders_are_those_of_a_study_or_of_all_and_nothing_beside_them(tmp_path):
    names = ["dropout/0/seed-0", "dropout/0/seed-1", "layers/one-set/seed-0"]
    for name in (*names, "dropout/0/.seed-0.12345678.new", "dropout/0/seed-1.old", "a/seed-1"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "dropout/0/seed-2").write_text("a file")
    assert [str(RunName.of(folder)) for folder in run_folders(tmp_path)] == names
    assert [str(RunName.of(folder)) for folder in run_folders(tmp_path, "layers")] == names[2:]
