"""Runs' short names: whole in TensorBoard's list, one a run, and found by the links' filters."""

import re
from itertools import product

import pytest

from utils.experiments.run_folder import RunName
from utils.experiments.studies import STUDIES
from utils.jupyter.run_names import LONGEST, runs_filter, short_name

MARKS = ("", "@smoke", "@full", "@sample", "@smoke-sample", "@full-sample")
RUNS = [
    str(RunName(study.name, f"{variant}{mark}", seed))
    for study in STUDIES.values()
    for variant, mark, seed in product(study.variants, MARKS, (0, 1, 12))
]


def test_each_run_of_the_course_has_a_name_of_its_own_that_shows_its_seed():
    names = {run: short_name(run) for run in RUNS}
    assert len(set(names.values())) == len(RUNS)
    for run, name in names.items():
        assert len(name) <= LONGEST and name.endswith(f" s{run.rpartition('-')[2]}")


@pytest.mark.parametrize(
    ("run", "name"),
    [
        ("layers/baseline@smoke/seed-0", "layers/base@smoke s0"),
        ("layers/one-set/seed-1", "layers/one-set s1"),
        ("learning_rate/0.0001@smoke-sample/seed-10", "rate/0.0001@smoke~ s10"),
        ("layers/three-sets@smoke-sample/seed-0", "layers/three…ts@smoke~ s0"),
        ("regularization/L1@sample/seed-2", "regular/L1~ s2"),
        ("mnist/dense@smoke-sample/seed-0", "mnist/dense@smoke~ s0"),
        ("learning_rate\\0.1\\seed-3", "rate/0.1 s3"),  # as Windows calls it
        ("train", "train"),
        ("deeper/layers/baseline/seed-0", "deeper/layers/baseline/seed-0"),
    ],
)
def test_a_run_is_called(run, name):
    assert short_name(run) == name


@pytest.mark.parametrize("study", ["search-of-november-finals", "s"])
@pytest.mark.parametrize("variant", ["trial-0001", "a-variant-with-a-long-name-0001"])
def test_a_long_name_keeps_its_ends_and_its_seed(study, variant):
    name = short_name(f"{study}/{variant}@smoke/seed-3")
    assert len(name) <= LONGEST and name.endswith("1@smoke s3") and name.startswith(study[:3])


def test_a_filter_finds_exactly_its_runs():
    for chosen in (RUNS[:1], RUNS[5:9], [run for run in RUNS if run.startswith("dropout/0.")]):
        found = [run for run in RUNS if re.search(runs_filter(chosen), short_name(run))]
        assert found == chosen
    assert not re.search(runs_filter(["dropout/0.5/seed-1"]), "dropout/0.5 s10")
    assert not re.search(runs_filter(["dropout/0.5/seed-1"]), "dropout/0x5 s1")
    assert not any(re.search(runs_filter([]), short_name(run)) for run in RUNS)
