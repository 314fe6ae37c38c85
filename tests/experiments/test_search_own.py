"""A search of a study of one's own: what it varies, on what ground, and that it is found again."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
from course import course
from made_runs import made_record, made_rows

from utils.errors import CourseError
from utils.experiments import own_study, studies
from utils.experiments.ladder import rung_config
from utils.experiments.own_studies import keep_study, meet_own, study_table, to_study
from utils.experiments.search.finals import Recipe, best_trials, final_recipes, final_table
from utils.experiments.search.journal import SearchPlan, open_search, read_trials
from utils.experiments.search.own_space import study_space
from utils.experiments.search.proposals import make_searcher
from utils.experiments.search.searching import final_jobs, search_name
from utils.experiments.search.space import (
    SPACE,
    LogRange,
    OneOf,
    changed_fields,
    config_point,
    draw_point,
    point_config,
    trial_label,
)
from utils.experiments.studies import config_for, get_study
from utils.networks.tflearn_cnn.building import build_cnn
from utils.networks.tflearn_cnn.compat import new_graph

POOLING = ("mine", "Which pooling?", "pooling", {"max": "max", "average": "average"})
DATA = {"sha256": "ab" * 32, "real": True}
NEW = {  # what a search can vary of the fields that the five studies don't have
    "filter_size": [3, 5],
    "batch_norm": [False, True],
    "global_pooling": [False, True],
    "shortcut": [False, True],
    "layers": [[[4], [6, 6]], [[4], [6]]],
    "crop": [0, 2],
    "schedule": ["constant", "cosine"],
    "average": [0.0, 0.9],
    "network": ["sets", "vgg"],
    "learning_rate": {"low": 0.0001, "high": 0.01},
}


@pytest.fixture(autouse=True)
def nobody_met(monkeypatch):
    monkeypatch.setattr(studies, "_own", {})


def plan(study, **changed):
    asked = dict(name="mine-search", trials=4, search="random", profile="smoke", seed=0)
    return SearchPlan(**asked | changed, finalists=1, data=DATA, study=study_table(study))


def test_without_a_table_a_search_varies_what_the_five_do_and_the_studys_own_field():
    space = study_space(own_study(*POOLING, base={"dropout": 0.25}))
    assert set(space.dimensions) == {*SPACE, "pooling"} - {"dropout"}
    assert space.dimensions["pooling"] == OneOf(("max", "average"))
    assert space.ground == {"dropout": 0.25}


def test_from_a_rung_it_varies_nothing_that_the_rung_says_or_that_has_no_effect_there():
    pooled = study_space(own_study(*POOLING, start="map-means"))
    assert set(pooled.dimensions) == {"dropout", "regularizer", "weight_decay", "batch_size",
                                      "learning_rate", "pooling"}  # fmt: skip
    rates = own_study("rates", "?", "learning_rate", {"a": 0.001, "b": 0.002}, start="resnet-20")
    of_resnet = study_space(rates)
    assert set(of_resnet.dimensions) == {"regularizer", "weight_decay", "batch_size",
                                         "learning_rate"}  # fmt: skip
    assert of_resnet.dimensions["learning_rate"] == OneOf((0.001, 0.002))


@pytest.mark.parametrize(
    ("start", "search"), [("", NEW), ("", None), ("map-means", None), ("longer", None)]
)
def test_every_trial_differs_from_the_baseline_in_what_is_searched_alone(start, search):
    field = ("batch_size", {"96": 96, "50": 50}) if start == "longer" else POOLING[2:]
    study = own_study("mine", "?", *field, {"dropout": 0.0} if search else {}, start, search)
    studies.meet(study)
    space = study_space(study)
    for seed in range(60):
        point = draw_point(np.random.default_rng(seed), space)
        config = point_config(point, "full", seed, space=space)
        base = config_for("mine", study.baseline, "full", seed)
        differing = {name for name, value in asdict(base).items() if asdict(config)[name] != value}
        assert differing <= set(space.dimensions)
        assert json.loads(json.dumps(point)) == point
        told = config_point(config, draw_point(np.random.default_rng(99), space), space)
        assert set(told) == set(point) and point_config(told, "full", seed, space=space) == config
    assert point_config({}, "full", 3, space=space) == config_for("mine", study.baseline, "full", 3)


def test_what_one_network_has_and_another_has_not_is_varied_where_it_is():
    search = {"network": ["sets", "resnet"], "dropout": [0.0, 0.3], "shortcut": [False, True]}
    study = own_study(*POOLING, base={"dropout": 0.0, "layers": [[4, 4], [6, 6]]}, search=search)
    space = study_space(study)
    point = {"network": "resnet", "dropout": 0.3, "shortcut": True}
    config = point_config(point, "smoke", 0, space=space)
    assert (config.network, config.dropout, config.shortcut) == ("resnet", 0.0, False)
    other = point_config(point | {"network": "sets"}, "smoke", 0, space=space)
    assert (other.dropout, other.shortcut) == (0.3, True)


def test_networks_of_all_new_fields_are_built():
    space = study_space(own_study(*POOLING, base={"dropout": 0.0}, search=NEW))
    points = [draw_point(np.random.default_rng(seed), space) for seed in range(12)]
    assert {point["network"] for point in points} == {"sets", "vgg"}
    for point in points:
        new_graph(seed=0)
        build_cnn(point_config(point, "smoke", 0, space=space), 120.0, 60.0)


def test_a_rungs_search_has_its_pictures_and_epochs_at_full_and_the_profiles_else():
    one = plan(own_study(*POOLING, start="map-means"), profile="full")
    assert one.config({}, 2) == replace(rung_config("map-means", 2))
    assert one.config(one.point(0), 0).epochs == 12
    quick = replace(one, profile="quick").config({}, 2)
    assert (quick.epochs, quick.train_size) == (8, 10_000)


@pytest.mark.parametrize(
    ("search", "said"),
    [
        ({"filter_size": [3, 4]}, "filter_size 4.*must be odd"),
        ({"filter_size": [3, "5"]}, "`config.filter_size` is '5'"),
        ({"batch_size": []}, r"batch_size = \[\]"),
        ({"batch_size": 50}, "batch_size = 50"),
        ({"batch_size": {"low": 10, "high": 100}}, "isn't a whole number"),
        ({"learning_rate": {"low": 0.1}}, "A range has `low` and `high`"),
        ({"learning_rate": {"low": "a", "high": "b"}}, "A range has `low` and `high`"),
        ({"learning_rate": {"low": 0.1, "high": 0.01}}, "from 0.1 to 0.01"),
        ({"learning_rate": {"low": 0, "high": 0.01}}, "from 0.0 to 0.01"),
        ({"dropout": {"low": 0.5, "high": 1.5}}, "dropout 1.5.*less than 1"),
        ({"batch_size": [50, 50]}, "a value of batch_size twice"),
        ({"layers": [[[32]], [[]]]}, "layers"),
        ({"layers": [[[32], [64]], "32"]}, "layers"),
        ({"network": ["sets", "resnet"], "layers": [[[32], [64, 64]]]}, "can't be built of"),
        ({"network": ["sets", "alexnet"]}, "must be one of sets"),
        ({"poolings": [None, 7]}, "must be None, or from 0 to 2"),
        ({"batch_size": [[96]]}, "batch_size"),
        ({name: list(range(40)) for name in ("layers", "poolings", "filter_size")}, "."),
    ],
)
def test_a_space_that_can_not_be_searched_is_refused_before_anything_is_trained(search, said):
    study = own_study(*POOLING, base={"dropout": 0.0}, search=search)
    with pytest.raises(CourseError, match=f"The study mine.*{said}"):
        try:
            study_space(study)
        except CourseError as error:
            raise CourseError(str(error)) from error


def test_a_search_is_found_again_by_its_study_and_refuses_another(tmp_path):
    study = own_study(*POOLING, start="crop", search={"batch_size": [50, 96]})
    first = plan(study)
    open_search(tmp_path, first)
    stored = json.loads((tmp_path / "mine-search" / "search.json").read_text())
    again = plan(to_study(stored["study"]))
    open_search(tmp_path, again)
    assert again == first and again.space == first.space and again.point(3) == first.point(3)
    other = plan(own_study(*POOLING, start="crop", search={"batch_size": [50, 200]}))
    for different in (other, replace(first, study=None)):
        with pytest.raises(CourseError, match="was begun with another value of the study"):
            open_search(tmp_path, different)


def test_a_search_of_an_earlier_edition_which_knew_no_studies_goes_on(tmp_path):
    course_own = SearchPlan("search", 4, "random", "quick", 0, 2, DATA)
    open_search(tmp_path, course_own)
    path = tmp_path / "search" / "search.json"
    stored = json.loads(path.read_text())
    del stored["study"]
    path.write_text(json.dumps(stored))
    open_search(tmp_path, course_own)
    assert course_own.space.dimensions == SPACE


def test_neither_takes_the_others_folder(tmp_path):
    keep_study(own_study(*POOLING), tmp_path)
    with pytest.raises(CourseError, match="holds a study or runs that no search made"):
        open_search(tmp_path, plan(own_study(*POOLING), name="mine"))
    with pytest.raises(CourseError, match="'ladder' can't be a search's name"):
        plan(own_study(*POOLING), name="ladder")


def test_what_is_only_searched_otherwise_is_no_other_study(tmp_path):
    keep_study(own_study(*POOLING), tmp_path)
    keep_study(own_study(*POOLING, search={"batch_size": [50, 96]}), tmp_path)
    studies._own.clear()
    meet_own(tmp_path)
    assert get_study("mine").search == {"batch_size": [50, 96]}


def test_what_a_trial_changes_is_said_against_its_own_baseline():
    one = plan(own_study(*POOLING, start="map-means"))
    base = one.config({}, 0)
    config = one.config({"pooling": "average", "batch_size": 50, "regularizer": "none"}, 0)
    assert changed_fields(config, base) == "batch size 50, pooling average"
    table = final_table([Recipe("baseline", base, {1: 0.6}), Recipe("t1", config, {1: 0.7})])
    assert table.splitlines()[2].endswith("| the baseline |")
    assert "batch size 50, pooling average" in table.splitlines()[3]


def test_a_label_says_of_batch_and_rate_what_is_searched():
    assert trial_label(3, {"batch_norm": True}) == "t03"
    assert trial_label(3, {"batch_size": 50, "crop": 2}) == "t03-b50"


def test_a_searchs_name_comes_from_the_studys():
    assert search_name(None) == "search"
    long = own_study("My.Filters-" + "x" * 20, *POOLING[1:])
    assert search_name(long) == "my-filters-xxxxxxxxxxxxx-search"
    assert plan(long, name=search_name(long)).finals.endswith("-search-finals")


def test_optuna_proposes_points_of_the_studys_own_space():
    pytest.importorskip("ray", reason="the extra search isn't installed")
    pytest.importorskip("optuna", reason="the extra search isn't installed")
    space = study_space(own_study(*POOLING, base={"dropout": 0.0}, search=NEW))
    over = [(draw_point(np.random.default_rng(1), space), 0.5)]
    one = make_searcher(0, over, range(12), [], lambda number, point: {"job": point}, space)
    for number in range(12):
        point = one.suggest(str(number))["job"]
        one.on_trial_complete(str(number), {"val_accuracy": 0.1 * number})
        assert set(point) == set(NEW)
        for name, value in point.items():
            dimension = space.dimensions[name]
            if isinstance(dimension, LogRange):
                assert dimension.low <= value <= dimension.high
            else:
                assert value in dimension.values
        point_config(point, "smoke", 0, space=space)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("dropout", "dropout is the course's own"),
        ("ladder", "ladder is the course's own"),
        ("nothing", "There is no study 'nothing'"),
        ("none.toml", "There is no file none.toml"),
    ],
)
def test_what_is_no_study_of_ones_own_is_not_searched(asked, said, tmp_path):
    done = course("search", asked, "--runs", tmp_path)
    assert done.returncode == 1 and said in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.parametrize("search", [NEW, {"pooling": ["max", "average"], "crop": [0, 2]}])
def test_trials_are_read_back_with_the_points_that_they_were_made_from(tmp_path, search):
    one = plan(own_study(*POOLING, base={"dropout": 0.0}, search=search))
    for number in range(6):
        point = one.point(number)
        label = one.label(trial_label(number, point))
        folder = tmp_path / one.name / label / "seed-0"
        folder.mkdir(parents=True)
        record = made_record(one.config(point, 0), made_rows(0.3 + number / 100, 2))
        (folder / "run.json").write_text(json.dumps(record))
    found = read_trials(tmp_path, one)
    assert [trial.point for trial in found] == [one.point(number) for number in range(6)]
    [best] = best_trials(found, 1)
    recipes = final_recipes(tmp_path, one, [best])
    assert recipes[0].config == one.config({}, 0) and recipes[1].config == best.config(one)
    assert [job.variant for job in final_jobs(one, [best], 1)][:2] == [
        "baseline@smoke", f"{best.name}@smoke",
    ]  # fmt: skip
