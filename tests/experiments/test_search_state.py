"""What a search was asked, what it has done, and what it found."""

import json
import math
from dataclasses import replace

import pytest
from made_runs import made_record, made_rows

from utils.errors import CourseError
from utils.experiments.search.finals import (
    Recipe,
    best_trials,
    choose,
    final_recipes,
    final_table,
    mean_text,
    verdict,
    write_study,
)
from utils.experiments.search.journal import (
    SearchPlan,
    Trial,
    ended,
    open_search,
    read_trials,
)
from utils.experiments.search.ray_cluster import (
    SPARE_MEMORY,
    TRIAL_MEMORY,
    cluster_trials,
    gpu_share,
    local_trials,
)
from utils.experiments.search.ray_tune import Sitting, search_trials
from utils.experiments.search.space import point_config, trial_label
from utils.experiments.statistics import interval
from utils.networks.tflearn_cnn.config import BASELINE, Config

DATA = {"sha256": "ab" * 32, "real": True}
PLAN = SearchPlan("search", 4, "random", "quick", 0, 2, DATA)
POINT = {"layers": "32 32 | 64 64", "dense_units": 512, "dropout": 0.3, "regularizer": "none",
         "weight_decay": 0.001, "batch_size": 50, "learning_rate": 0.002}  # fmt: skip


def trial(number, status, *values):
    rows = [{"epoch": n + 1, "val_accuracy": value} for n, value in enumerate(values)]
    return Trial(number, POINT, {"status": status, "history": rows})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "layers"}, "'layers' can't be a search's name"),
        ({"name": "../up"}, "can't be a search's name"),
        ({"search": "grid"}, "There is no search 'grid'"),
        ({"profile": "huge"}, "There is no profile 'huge'"),
        ({"trials": 0}, "`trials` is 0; the least is 1"),
        ({"finalists": 0}, "`finalists` is 0"),
        ({"seed": -1}, "`seed` is -1"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(change, said):
    with pytest.raises(CourseError, match=said):
        replace(PLAN, **change)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"trials": 5}, r"`trials` \(4 then, 5 now\)"),
        ({"search": "optuna"}, r"`search` \(random then, optuna now\)"),
        ({"seed": 1}, "`seed`"),
        ({"profile": "smoke"}, "`profile`"),
        ({"data": {"sha256": "cd" * 32, "real": True}}, "another value of the data set"),
    ],
)
def test_a_search_goes_on_with_its_own_settings_only(tmp_path, change, said):
    open_search(tmp_path, PLAN)
    open_search(tmp_path, PLAN)
    with pytest.raises(CourseError, match=said):
        open_search(tmp_path, replace(PLAN, **change))


def test_runs_that_no_search_made_are_not_taken_over(tmp_path):
    (tmp_path / "search" / "mine" / "seed-0").mkdir(parents=True)
    with pytest.raises(CourseError, match="runs that no search made"):
        open_search(tmp_path, PLAN)


def write_trial(root, number, point, status):
    config = point_config(point, PLAN.profile, PLAN.seed)
    folder = root / "search" / trial_label(number, point) / "seed-0"
    record = made_record(config, made_rows(0.5), status)
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps(record))


def test_what_was_tried_is_read_from_the_runs_themselves(tmp_path):
    points = {number: PLAN.point(number) for number in (11, 2, 0)}
    assert {point["regularizer"] for point in points.values()} >= {"none"}
    for number, point in points.items():
        write_trial(tmp_path, number, point, "running" if number == 2 else "diverged")
    (tmp_path / "search" / "t05-b32-lr0.001" / "seed-0").mkdir(parents=True)  # not one epoch yet
    write_trial(tmp_path / "search-finals", 7, points[2], "finished")  # another study's
    trials = read_trials(tmp_path, PLAN)
    assert [(one.number, one.point) for one in trials] == sorted(points.items())
    assert [one.over for one in trials] == [True, False, True]
    assert all(one.config(PLAN).to_dict() == one.record["config"] for one in trials)


def test_a_bad_record_among_the_trials_and_finals_is_passed_over_with_one_line(tmp_path, capsys):
    label = trial_label(1, POINT)
    for name in (f"search/{label}/seed-0", "search-finals/baseline/seed-1"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "run.json").write_text("{")
    for _ in range(2):
        assert read_trials(tmp_path, PLAN) == []
        assert [recipe.values for recipe in final_recipes(tmp_path, PLAN, [])] == [{}]
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 and all("Passed over: " in line for line in lines)


def test_a_trial_is_not_trained_over_its_own_bad_record_and_the_remedy_works(tmp_path):
    """Random points are known beforehand, so the sentence comes before Ray trains anything."""
    job = plan_job(PLAN, 2)
    folder = tmp_path / job.folder
    folder.mkdir(parents=True)
    (folder / "run.json").write_text("{")
    sitting = Sitting(tmp_path, str(tmp_path / "storage"), 1, 1, {})
    with pytest.raises(CourseError, match=f"Move the folder {folder} elsewhere"):
        search_trials(PLAN, [], sitting)
    with pytest.raises(CourseError, match=f"Move the folder {folder} elsewhere"):
        ended(tmp_path, job)
    folder.rename(tmp_path / "elsewhere")
    assert not ended(tmp_path, job)


def plan_job(plan, number):
    point = plan.point(number)
    config = point_config(point, plan.profile, plan.seed)
    return plan.job(plan.name, trial_label(number, point), config, 1)


def test_the_finals_have_other_seeds_than_the_one_that_was_chosen_by():
    assert list(PLAN.final_seeds) == [1, 2, 3]
    assert 5 not in replace(PLAN, seed=5).final_seeds


def test_only_finished_trials_become_finalists_best_first():
    trials = [trial(0, "finished", 0.5, 0.6), trial(1, "stopped", 0.7),
              trial(2, "finished", 0.2, 0.65), trial(3, "diverged")]  # fmt: skip
    assert [one.number for one in best_trials(trials, 3)] == [2, 0]
    with pytest.raises(CourseError, match="No trial of the search has finished"):
        best_trials(trials[1::2], 3)


def recipe(name, *values, config=BASELINE):
    """Return a recipe with these final accuracies, None where a seed didn't finish."""
    finished = {seed: value for seed, value in enumerate(values, 1) if value is not None}
    return Recipe(name, config, finished)


def test_a_finalist_that_diverged_once_cannot_be_chosen():
    recipes = [recipe("baseline", 0.6, 0.6, 0.6), recipe("lucky", 0.9, 0.9)]
    recipes.append(recipe("sound", 0.7, 0.7, 0.7))
    assert choose(recipes).name == "sound"
    with pytest.raises(CourseError, match="Every finalist diverged"):
        choose(recipes[:2])


def test_the_verdict_is_that_of_the_pairs_of_seeds():
    base, better = recipe("baseline", 0.640, 0.644, 0.636), recipe("t1", 0.680, 0.684, 0.677)
    # The pairs' gains are 4.0, 4.0 and 4.1 points: ± 4.303 (Student, 2 degrees) · 0.058 / √3
    told = (
        "On validation, t1 against the baseline: +4.0 points (95 % interval +3.9 to +4.2, 3 pairs)"
    )
    assert verdict(base, better) == f"{told}: better."
    close = recipe("t1", 0.645, 0.639, 0.641)
    # 0.5, -0.5 and 0.5 points: 0.167 ± 4.303 · 0.577 / √3
    assert verdict(base, close).endswith("(95 % interval -1.3 to +1.6, 3 pairs): can't tell.")
    assert verdict(better, base).endswith("3 pairs): worse.")


def test_pairs_that_agree_decide_where_the_two_intervals_overlap():
    base, best = recipe("baseline", 0.60, 0.64, 0.68), recipe("t1", 0.61, 0.651, 0.689)
    half = interval(list(base.values.values()))
    assert best.mean - base.mean < half and "better" in verdict(base, best)


def test_a_seed_that_diverged_ends_the_pairing_and_one_alone_decides_nothing():
    better = recipe("t1", 0.680, 0.684, 0.676)
    assert "Welch): better." in verdict(recipe("baseline", 0.640, None, 0.636), better)
    assert verdict(recipe("baseline", None, 0.64), better).endswith(
        "+4.0 points, too few seeds: these runs can't tell."
    )
    assert "no run of the baseline finished" in verdict(recipe("baseline"), better)


def test_means_are_told_with_their_interval():
    assert mean_text([0.64, 0.65, 0.66]) == "0.650 ± 0.025"
    assert mean_text([0.64]) == "0.640 (1 seed)" and mean_text([]) == "none finished"
    assert math.isnan(Recipe("x", BASELINE).mean)


def test_the_table_has_a_row_a_recipe_and_no_bar_breaks_it():
    best = recipe("t1", 0.68, 0.69, 0.68, config=trial(1, "finished", 0.7).config(PLAN))
    base = recipe("baseline", 0.64, 0.64, 0.64)
    table = final_table([base, best, recipe("t2")]).splitlines()
    assert len(table) == 5 and "| the baseline |" in table[2]
    assert "| 0.683 ± 0.014 | +4.3 (+2.9 to +5.8), better |" in table[3]
    assert "| none finished | – |" in table[4]
    assert all(line.replace("\\|", "").count("|") == 5 for line in table)
    assert "nan" not in final_table([recipe("baseline"), best])


def test_final_runs_are_read_with_their_seeds(tmp_path):
    for seed, status in ((1, "finished"), (2, "diverged"), (3, "finished")):
        folder = tmp_path / "search-finals" / "baseline" / f"seed-{seed}"
        folder.mkdir(parents=True)
        record = made_record(PLAN.config({}, seed), made_rows(seed / 10), status)
        (folder / "run.json").write_text(json.dumps(record))
    [base] = final_recipes(tmp_path, PLAN, [])
    assert base.values == pytest.approx({1: 0.1, 3: 0.3}) and not base.whole


def test_the_choice_is_written_as_a_study_before_the_test_set_is_looked_at(tmp_path):
    one = trial(1, "finished", 0.7)
    recipes = [recipe("baseline", 0.64, 0.65, 0.64)]
    recipes.append(recipe(one.name, 0.68, 0.69, 0.69, config=one.config(PLAN)))
    write_study(tmp_path, PLAN, [one, trial(2, "stopped", 0.1)], recipes)
    study = json.loads((tmp_path / "search" / "study.json").read_text())
    assert Config.from_dict(study["variants"]["best"]) == one.config(PLAN)
    assert Config.from_dict(study["variants"]["baseline"]) == BASELINE
    assert study["test"] is None and study["from"]["trials"] == {"finished": 1, "stopped": 1}
    assert study["runs"]["best"] == f"search-finals/{one.name}"
    assert study["validation"]["baseline"] == {"1": 0.64, "2": 0.65, "3": 0.64}
    assert study["verdict"] == verdict(*recipes) and study["verdict"].endswith("better.")


def test_as_many_trials_run_at_once_as_cores_memory_and_trials_allow():
    plenty = 100 * TRIAL_MEMORY
    assert local_trials(cores=8, memory=plenty, trials=24) == 8
    assert local_trials(cores=8, memory=plenty, trials=3) == 3
    assert local_trials(cores=8, memory=SPARE_MEMORY + 2 * TRIAL_MEMORY, trials=24) == 2
    assert local_trials(cores=8, memory=0, trials=24) == 1


def test_a_cluster_runs_a_trial_a_core_or_a_gpu_as_far_as_each_nodes_memory_goes():
    small = {"CPU": 4, "memory": 2 * TRIAL_MEMORY}
    assert cluster_trials([small, {"CPU": 2, "memory": 9 * TRIAL_MEMORY}]) == 4
    assert cluster_trials([small, {"CPU": 8, "GPU": 2, "memory": 9 * TRIAL_MEMORY}]) == 2
    assert cluster_trials([{"CPU": 4, "memory": TRIAL_MEMORY // 2}] * 3) == 0
    assert gpu_share(2, 2) == {"gpu": 1.0} and gpu_share(1, 4) == {"gpu": 0.25}
    assert gpu_share(4, 2) == {"gpu": 1.0} and gpu_share(0, 4) == {}
