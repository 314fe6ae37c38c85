"""Runs renamed between TensorBoard's reader and its page, on a reader of made-up runs."""

import pytest
from made_runs import made_rows, make_run
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.context import RequestContext
from tensorboard.data.provider import RunTagFilter

from utils.jupyter.board_data import NamedRuns
from utils.jupyter.run_names import LONGEST

LONG = "search/a-variant-with-a-{}-name@smoke/seed-0"
RUNS = ("layers/baseline/seed-0", "layers/baseline/seed-1", "learning_rate/0.01/seed-0")


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    """TensorBoard's own reader, where its fast one isn't there, behind our names."""
    root = tmp_path_factory.mktemp("names")
    for number, run in enumerate(RUNS):
        make_run(root, run, made_rows(0.1 * (number + 1)))
    runs = EventMultiplexer().AddRunsFromDirectory(str(root))
    runs.Reload()
    return NamedRuns(MultiplexerDataProvider(runs, str(root)))


def asked(reader, method, runs, tags, **more):
    chosen = RunTagFilter(runs, tags)
    ask = {"experiment_id": "", "plugin_name": "scalars", "run_tag_filter": chosen}
    return getattr(reader, method)(RequestContext(), **ask, **more)


def test_runs_come_by_short_names_in_the_order_of_their_folders(reader):
    listed = reader.list_runs(RequestContext(), experiment_id="")
    names = [(run.run_id, run.run_name) for run in listed]
    short = ["layers/base s0", "layers/base s1", "rate/0.01 s0"]
    assert names == [(name, name) for name in short]
    assert list(asked(reader, "list_scalars", None, ["Loss"])) == short


def test_a_run_answers_to_the_name_it_was_asked_by(reader):
    fresh = NamedRuns(reader.whole)  # a page that was open before this TensorBoard was started
    for name in ("layers/base s1", "layers/baseline/seed-1"):
        found = asked(fresh, "read_last_scalars", [name], ["Accuracy/Validation"])
        assert found[name]["Accuracy/Validation"].value == pytest.approx(0.2) and len(found) == 1
    points = asked(fresh, "read_scalars", ["rate/0.01 s0"], ["Loss"], downsample=9)
    assert [one.step for one in points["rate/0.01 s0"]["Loss"]] == [1, 2, 3, 4]
    assert asked(fresh, "read_scalars", ["rate/0.02 s0"], ["Loss"], downsample=9) == {}


def test_of_two_runs_that_would_have_one_name_the_second_keeps_its_folders(reader):
    named = NamedRuns(reader.whole)
    first, second = LONG.format("little-longer"), LONG.format("much-longer")
    assert len(named.short(first)) <= LONGEST and named.short(second) == second
    assert named.short(first) != first and named.short(second) == second
