"""Studies of a learner's own: controlled, or refused; trained, kept and compared like the five."""

import json
import re
from dataclasses import asdict, replace

import pytest
from tiny import TINY, tiny_dataset
from typer.testing import CliRunner

from utils import settings
from utils.cli.main import app
from utils.errors import CourseError
from utils.experiments import compare, load_runs, own_study, run_study, studies
from utils.experiments.own_studies import keep_study, meet_own, read_study
from utils.experiments.statistics import baseline_for
from utils.experiments.studies import PROFILES, STUDIES, config_for, find_study, get_study
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
    ],
)
def test_what_is_no_controlled_study_is_named(changed, named):
    given = dict(zip(("name", "question", "field", "variants"), FILTERS, strict=True))
    with pytest.raises(CourseError, match=named):
        own_study(**given | changed)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("name = ", "can't be read as TOML"),
        (FILE.replace('field = "filter_size"\n', ""), "has no 'field'"),
        (FILE.replace("base =", "basis ="), "has 'basis', which none knows"),
        (FILE.replace("[variants]", "[more]"), "has 'more', which none knows"),
        (FILE.replace("[[4]]", "4"), "is no study"),
        (FILE.replace("[variants]\n3 = 3\n5 = 5", "").replace("base =", "variants = 3\nbase ="),
         "variants and base are tables"),
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


def test_one_that_can_not_be_read_is_passed_over_and_hides_no_study_of_the_course(tmp_path):
    keep_study(own_study(*FILTERS), tmp_path)
    content = (tmp_path / "filters" / "study.json").read_text()
    for name, text in (("damaged", content[:50]), ("layers", content), ("other", content),
                       ("deep", "[" * 100_000), ("null", "null")):  # fmt: skip
        (tmp_path / name).mkdir()
        (tmp_path / name / "study.json").write_text(text)
    studies._own.clear()
    meet_own(tmp_path)
    assert list(studies._own) == ["filters"] and get_study("layers") == STUDIES["layers"]


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
