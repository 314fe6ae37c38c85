"""Studies of a learner's own: controlled, or refused; trained, kept and compared like the five."""

import json
import os
import re
from dataclasses import asdict, replace
from unittest import mock

import pytest
from course import course
from made_runs import made_rows, make_run
from tiny import TINY, tiny_dataset
from typer.testing import CliRunner

from utils import settings
from utils.cli.main import app
from utils.cli.train import planned
from utils.errors import CourseError
from utils.experiments import compare, load_runs, own_study, run_study, studies
from utils.experiments.event_log import experiment_of
from utils.experiments.ladder import RUNGS, rung_config
from utils.experiments.own_studies import keep_study, meet_own, read_study
from utils.experiments.search.own_space import study_space
from utils.experiments.statistics import baseline_for
from utils.experiments.studies import (
    LADDER,
    PROFILES,
    STUDIES,
    config_for,
    find_study,
    get_study,
    variants_at,
)
from utils.networks.tflearn_cnn.config import BASELINE

FILTERS = ("filters", "Do larger filters see more?", "filter_size", {"3": 3, "5": 5})
SMALL = {"layers": ((4,),), "dense_units": 8, "learning_rate": 0.01}
FILE = """
name = "filters"
question = "Do larger filters see more?"
field = "filter_size"
base = {layers = [[4]], dense_units = 8, learning_rate = 0.01}

[variants]
3 = 3
5 = 5
"""


@pytest.fixture(autouse=True)
def nobody_met(monkeypatch):
    monkeypatch.setattr(studies, "_own", {})


@pytest.mark.parametrize(
    ("field", "values"),
    [("filter_size", {"3": 3, "5": 5, "7": 7}), ("pooling", {"max": "max", "average": "average"}),
     ("layers", {"base": [[32], [64, 64]], "wide": [[64], [128, 128]]}),
     ("batch_norm", {"without": False, "with": True}), ("rotation", {"25": 25, "0": 0})],
)  # fmt: skip
def test_the_variants_of_a_study_differ_in_its_field_alone(field, values):
    study = own_study("mine", "Does it matter?", field, values, {"dropout": 0.25})
    studies.meet(study)
    configs = [asdict(config_for("mine", name, "quick", seed=3)) for name in values]
    differing = {key for one in configs for key in one if one[key] != configs[0][key]}
    assert differing == {field}
    course = asdict(config_for("dropout", "0.25", "quick", seed=3))
    [own] = [one for one in configs if one == course]
    assert configs.index(own) == list(values).index(study.baseline)
    assert baseline_for("mine", list(values)[1]) == study.baseline


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"name": "layers"}, "layers is a study of the course"),
        ({"name": "../x"}, "'../x' can't be the name of a study"),
        ({"variants": {"3": 3, "a/b": 5}}, "'a/b' can't be the name of a variant"),
        ({"question": " "}, "asks nothing"),
        ({"field": "filters"}, "can't vary 'filters'"),
        ({"field": "epochs", "variants": {"50": 50, "5": 5}}, "can't vary 'epochs'"),
        ({"base": {"seed": 3}}, "can't vary 'seed'"),
        ({"base": {"filter_size": 5}}, "filter_size stands in `base` too"),
        ({"variants": {"3": 3}}, "fewer than two variants"),
        ({"variants": {"5": 5, "7": 7}}, "has no control"),
        ({"variants": {"3": 3, "three": 3, "5": 5}}, "two of its variants are the same"),
        ({"variants": {"3": 3, "4": 4}}, "filter_size is 4; it must be odd"),
        ({"variants": {"3": 3, "5": "5"}}, "filter_size` is '5'; it must be a whole"),
        ({"base": {"batch_norm": 1}}, "batch_norm` is 1; it must be"),
        ({"name": "ladder"}, "ladder is a study of the course"),
        ({"start": "top"}, "There is no rung 'top'"),
        ({"start": "resnet-20"}, "resnet has no such thing"),
        ({"start": "crop", "field": "crop", "variants": {"0": 0, "2": 2}}, "crop = 4, and each"),
        ({"search": {"epochs": [1, 2]}}, "can't vary 'epochs'"),
    ],
)
def test_what_is_no_controlled_study_is_named(changed, named):
    given = dict(zip(("name", "question", "field", "variants"), FILTERS, strict=True))
    with pytest.raises(CourseError) as error:
        own_study(**given | changed)
    assert re.search(named, str(error.value))


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("name = ", "can't be read as TOML"),
        (FILE.replace('field = "filter_size"\n', ""), "has no 'field'"),
        (FILE.replace("base =", "basis ="), "has 'basis', which none knows"),
        (FILE.replace("[variants]", "[more]"), "has 'more', which none knows"),
        (FILE.replace("[[4]]", "4"), "must be lists of numbers of filters"),
        (FILE.replace("[[4]]", "[4]"), "must be lists of numbers of filters"),
        (FILE.replace("[variants]\n3 = 3\n5 = 5", "").replace("base =", "variants = 3\nbase ="),
         "variants, base and search are tables"),
        (FILE.replace("[variants]", "search = 3\n[variants]"), "base and search are tables"),
        (FILE.replace("base =", 'from = "top"\nbase ='), "There is no rung 'top'"),
        (FILE.replace("base =", "from = 3\nbase ="), "There is no rung 3"),
    ],
)  # fmt: skip
def test_a_file_that_holds_no_study_is_named(tmp_path, content, named):
    (tmp_path / "mine.toml").write_text(content)
    with pytest.raises(CourseError, match=f"mine.toml.*{named}"):
        read_study(tmp_path / "mine.toml")


def test_a_study_is_trained_kept_and_compared_like_the_five(tmp_path, monkeypatch):
    smoke = replace(PROFILES["smoke"], epochs=2, train_size=64, validation_size=32)
    monkeypatch.setattr(studies, "PROFILES", {**PROFILES, "smoke": smoke})
    study = own_study(*FILTERS, base=SMALL)
    records = run_study(study, seeds=(0, 1), profile="smoke", dataset=tiny_dataset(), runs=tmp_path)
    assert [one["status"] for one in records] == ["finished"] * 4
    studies._own.clear()  # another day, another process
    table = compare(load_runs(tmp_path, "filters"))
    assert list(table["variant"]) == ["3@smoke", "5@smoke"] and list(table["runs"]) == [2, 2]
    assert table["against"][0] is None and table["against"][1].paired
    assert not [one for one in table.attrs["notes"] if "differ" in one]
    assert find_study("filters") == study
    again = run_study("filters", profile="smoke", dataset=tiny_dataset(), runs=tmp_path)
    assert [one["ended"] for one in again] == [records[0]["ended"], records[1]["ended"]]


def test_two_studies_of_one_name_do_not_share_a_folder(tmp_path):
    keep_study(own_study(*FILTERS), tmp_path)
    keep_study(own_study(*FILTERS), tmp_path)
    with pytest.raises(CourseError, match="another study of that name"):
        keep_study(own_study(*FILTERS, base=SMALL), tmp_path)


def test_one_that_can_not_be_read_is_named_and_hides_no_study_of_the_course(tmp_path):
    keep_study(own_study(*FILTERS), tmp_path)
    content = (tmp_path / "filters" / "study.json").read_text()
    damaged = {"damaged": content[:50], "layers": content, "other": content, "deep": "[" * 100_000,
               "null": "null", "large": " " * 2**21}  # fmt: skip
    for name, text in damaged.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "study.json").write_text(text)
    (tmp_path / "piped").mkdir()
    os.mkfifo(tmp_path / "piped" / "study.json")
    studies._own.clear()
    told = meet_own(tmp_path)
    assert set(told) == {*damaged, "piped"}
    assert all(str(tmp_path / name / "study.json") in one for name, one in told.items())
    assert list(studies._own) == ["filters"] and get_study("layers") == STUDIES["layers"]
    assert "is of another study, filters, so the runs in" in told["other"]
    assert told["layers"].endswith(f"passed over. Move {tmp_path}/layers/study.json elsewhere.")


def test_what_a_search_has_written_is_no_damaged_study(tmp_path):
    (tmp_path / "search").mkdir()
    for name, content in (("study", {"format": 3, "name": "search-finals"}), ("search", {})):
        (tmp_path / "search" / f"{name}.json").write_text(json.dumps(content))
    assert meet_own(tmp_path) == {}
    (tmp_path / "search" / "study.json").write_bytes(b"\xff{")
    assert meet_own(tmp_path)["search"].endswith("repeat the search: it writes its choice anew.")
    with pytest.raises(CourseError, match="holds a search of that name"):
        keep_study(own_study("search", *FILTERS[1:]), tmp_path)


@pytest.mark.parametrize("study", ["filters", None])
def test_a_comparison_says_which_study_is_damaged_once_and_what_it_means(tmp_path, study):
    studies.meet(own_study(*FILTERS))
    keep_study(own_study(*FILTERS), tmp_path)
    make_run(tmp_path, "filters/3/seed-0", made_rows(0.5))
    make_run(tmp_path, "filters/5/seed-0", made_rows(0.6))
    make_run(tmp_path, "dropout/0/seed-0", made_rows(0.6))
    (tmp_path / "filters" / "study.json").write_text("{")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "study.json").write_text("{")
    studies._own.clear()
    said = course("compare", *filter(None, [study]), "--runs", tmp_path, "-o", tmp_path / "p.html")
    note = f"**Note:** {tmp_path}/filters/study.json can't be read ("
    assert said.returncode == 0 and said.stdout.count(note) == 1
    assert "are told as those of no study. Move study.json elsewhere and train" in said.stdout
    assert ("empty/study.json can't be read" in said.stdout) == (study is None)
    notes = compare(load_runs(tmp_path, "filters")).attrs["notes"]
    assert sum("filters/study.json can't be read" in one for one in notes) == 1
    assert not [one for one in compare(load_runs(tmp_path, "dropout")).attrs["notes"]]
    again = course("train", "filters", "--runs", tmp_path)
    assert again.returncode == 1 and "filters/study.json can't be read" in again.stderr
    none = course("compare", "empty", "--runs", tmp_path)
    assert none.returncode == 1 and "empty/study.json can't be read" in none.stderr


def test_a_study_from_a_rung_is_that_rungs_recipe_but_for_its_own_fields(tmp_path):
    values = {"with": True, "without": False}
    study = own_study("mine", "Why?", "batch_norm", values, {"dropout": 0.25}, "map-means")
    studies.meet(study)
    for seed in (0, 3):
        rung = rung_config("map-means", seed)
        assert config_for("mine", "with", "full", seed) == replace(rung, dropout=0.25)
        full, quick, smoke = (asdict(config_for("mine", "without", profile, seed))
                              for profile in ("full", "quick", "smoke"))  # fmt: skip
        differing = {name for name, value in asdict(rung).items() if full[name] != value}
        assert differing == {"batch_norm", "dropout"}
        assert {one for one in full if full[one] != quick[one]} == {"train_size", "epochs",
                                                                   "validation_size"}  # fmt: skip
        assert (smoke["train_size"], smoke["epochs"]) == (300, 2)
    assert study.baseline == "with"
    keep_study(study, tmp_path)
    studies._own.clear()
    assert meet_own(tmp_path) == {} and get_study("mine") == study


def test_the_ladder_is_a_study_whose_runs_are_the_rungs_own_recipes():
    for rung in RUNGS:
        assert config_for("ladder", rung.name, "full", 2) == rung_config(rung.name, 2)
    work = {"all-pictures", "more-epochs", "longer"}
    assert set(LADDER.variants) - set(variants_at(LADDER, "quick")) == work
    names = variants_at(LADDER, "quick")
    configs = [asdict(config_for("ladder", name, "quick")) for name in names]
    for name, below, own in zip(names[1:], configs, configs[1:], strict=False):
        differing = {field for field in own if own[field] != below[field]}
        assert differing and differing <= set(LADDER.variants[name])
    assert baseline_for("ladder", "crop@full") == "start@full"


def test_a_rung_is_trained_found_again_and_compared_like_the_five(tmp_path, monkeypatch):
    smoke = replace(PROFILES["smoke"], epochs=1, train_size=32, validation_size=32)
    monkeypatch.setattr(studies, "PROFILES", {**PROFILES, "smoke": smoke})
    made = dict(profile="smoke", dataset=tiny_dataset(), runs=tmp_path)
    records = run_study("ladder", variants=["start", "crop"], **made)
    assert [one["status"] for one in records] == ["finished"] * 2
    assert [one["config"].get("crop") for one in records] == [None, 4]
    again = run_study("ladder", variants=["crop"], **made)
    assert again[0]["ended"] == records[1]["ended"]
    table = compare(load_runs(tmp_path, "ladder"))
    assert list(table["variant"]) == ["start@smoke", "crop@smoke"] and table["against"][1].paired
    assert table.attrs["notes"] == ["The runs of ladder differ in rotation, crop, so no single "
                                    "field's effect can be read from them."]  # fmt: skip
    assert not (tmp_path / "ladder" / "study.json").exists()
    with pytest.raises(CourseError, match="rung longer changes pictures or epochs alone"):
        run_study("ladder", variants=["longer"], **made)


def test_the_command_line_says_how_a_rung_that_is_only_more_work_is_trained(tmp_path):
    done = course("train", "ladder", "--variant", "longer", "--runs", tmp_path)
    assert done.returncode == 1 and "the profile 'quick' says by itself" in done.stderr
    assert "Give full as --profile" in done.stderr
    with mock.patch.dict(os.environ, COURSE_PROFILE="full"):
        [(_, variants, seeds)] = planned("ladder", ["longer"], 2)
        assert (variants, seeds) == (["longer"], [0, 1])
        [(_, variants, _)] = planned("ladder", None, 1)
        assert variants == [rung.name for rung in RUNGS]
    assert "ladder" not in [one.name for one, _, _ in planned("all", None, 1)]


def test_a_file_is_trained_by_the_command_line_and_known_by_its_name_from_then_on(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("COURSE_RUNS", str(tmp_path / "runs"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").write_text(FILE)
    line = ["train", "mine.toml", "--seeds", "1", "--profile", "smoke", "--variant", "3"]
    first = CliRunner().invoke(app, line)
    assert first.exit_code == 0, first.output
    assert "filters/3@smoke" in first.output and "course compare filters" in first.output
    kept = json.loads((settings.runs_dir() / "filters" / "study.json").read_text())
    assert kept["field"] == "filter_size" and kept["base"]["layers"] == [[4]]
    again = CliRunner().invoke(app, ["train", "filters", *line[2:]])
    assert again.exit_code == 0 and "finished before, skipped" in again.output
    assert BASELINE.filter_size == TINY.filter_size == 3


def test_the_pages_own_example_is_a_study(tmp_path):
    page = (settings.ROOT / "docs" / "experiments.md").read_text(encoding="utf-8")
    example = page.partition("begin own study")[2].partition("```toml\n")[2].partition("```")[0]
    (tmp_path / "filters.toml").write_text(example, encoding="utf-8")
    study = read_study(tmp_path / "filters.toml")
    [call] = re.findall(r"`(own_study\(.*?\))`", page, re.DOTALL)
    assert study == eval(call, {"own_study": own_study})
    assert study.baseline == "3" and study.base == {"dropout": 0.25}


def test_the_pages_rung_of_ones_own_and_its_search_are_what_they_say(tmp_path):
    page = (settings.ROOT / "docs" / "experiments.md").read_text(encoding="utf-8")
    rung, search = (
        page.partition(f"begin own {what}")[2].partition("```toml\n")[2].partition("```")[0]
        for what in ("rung", "search")
    )
    (tmp_path / "mine.toml").write_text(rung, encoding="utf-8")
    study = read_study(tmp_path / "mine.toml")
    assert (study.start, study.baseline) == ("map-means", "with")
    assert set(study_space(study).dimensions) > {"batch_norm", "batch_size"}
    (tmp_path / "mine.toml").write_text(f"{rung}\n{search}", encoding="utf-8")
    space = study_space(read_study(tmp_path / "mine.toml"))
    assert set(space.dimensions) == {"shortcut", "schedule", "average", "learning_rate"}


def test_tensorboards_hparams_show_the_field_of_ones_own_study_unasked():
    shown = experiment_of({"filter_size": [5], "flip": [True], "dropout": [0.5]}).hparam_infos
    assert {one.name: one.differs for one in shown} == {
        "filter_size": True, "flip": False, "dropout": True,
    }  # fmt: skip
