"""A search's look at the test set, on runs that were really trained."""

import json

import pytest
from tiny import TINY, tiny_dataset

from utils import settings
from utils.experiments import training
from utils.experiments.search import finals
from utils.experiments.search.finals import look_at_test, study_path
from utils.experiments.search.journal import SearchPlan

DATA = {"sha256": "0" * 64, "real": True}
PLAN = SearchPlan("mine", 1, "random", "smoke", 0, 1, DATA)


def test_a_search_looks_at_the_test_set_once_and_notes_what_for(tmp_path):
    dataset = tiny_dataset()
    for name in ("baseline", "t0"):
        training.train(TINY, dataset, tmp_path / "mine-finals" / name / "seed-1")
    path = study_path(tmp_path, "mine")
    path.parent.mkdir()
    labels = {"baseline": "mine-finals/baseline", "best": "mine-finals/t0"}
    path.write_text(json.dumps({"runs": labels, "seeds": [1, 2, 3], "test": None}))

    study = look_at_test(tmp_path, PLAN, dataset)
    assert study["test"]["pictures"] == 32
    for name, label in labels.items():
        _, right = training.evaluate(tmp_path / label / "seed-1", dataset, dataset.test)
        assert study["test"][name] == {"1": pytest.approx(right)}  # 2 and 3 weren't trained
    assert look_at_test(tmp_path, PLAN, dataset) == study == json.loads(path.read_text())

    (line,) = settings.looks_path().read_text().splitlines()
    look = json.loads(line)
    assert (look["set"], look["pictures"], look["why"]) == ("cifar10", 32, "report them")
    assert look["what"] == (
        "the best of the search 'mine', chosen by validation, and the baseline, seeds 1, 2, 3"
    )


@pytest.mark.parametrize(
    ("best", "baseline", "said"),
    [
        # gains of 4.0, 4.0 and 4.1 points, though the two intervals overlap
        (
            {"1": 0.640, "2": 0.680, "3": 0.721},
            {"1": 0.600, "2": 0.640, "3": 0.680},
            "+4.0 points (95 % interval +3.9 to +4.2, 3 pairs): better.",
        ),
        ([0.640, 0.680, 0.721], [0.600, 0.640, 0.680], "3 pairs): better."),  # of format 2
        ({"1": 0.64, "2": 0.68, "3": 0.72}, {"1": 0.60, "3": 0.68}, "Welch): can't tell."),
        ([0.64, 0.68, 0.72], [0.60, 0.68], "Welch): can't tell."),  # nobody knows whose
        ({"1": 0.64, "2": 0.68, "3": 0.72}, {}, "baseline none finished."),
    ],
)
def test_the_test_sets_difference_is_taken_seed_by_seed(best, baseline, said):
    study = {"seeds": [1, 2, 3], "test": {"best": best, "baseline": baseline}}
    assert finals.test_text(study).endswith(said)
