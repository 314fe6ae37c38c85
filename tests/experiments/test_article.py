"""The article's twelve recipes: their graphs, their replication in the small, and their page."""

import csv
import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest
from test_resuming import measured, train_to
from tiny import TINY, tiny_dataset

from tools import article_page
from tools.reference.article import Replication, as_published, replicate, write
from utils.data import sealed
from utils.errors import CourseError
from utils.experiments.article import PAIRS, RECIPES
from utils.experiments.run_folder import read_record, run_dir
from utils.experiments.study_runner import find_same
from utils.networks.tflearn_cnn.building import build_cnn
from utils.networks.tflearn_cnn.compat import new_graph
from utils.networks.tflearn_cnn.price import price

import tensorflow.compat.v1 as tf  # isort: skip

TWO_SETS = "conv32 pool conv64 conv64 pool dense512 "
# What stands in each notebook, read there: its layers in order (but the input), how many weights
# these have, counted by hand, on how many there is a penalty, batch, rate, and its run's name.
NOTEBOOKS = {
    "experiment_0_few_layers": ("conv32 pool dense512 dense10",
        896 + 4194816 + 5130, 0, 96, 0.001, "cifar_one_layer_sets"),
    "experiment_0_three_layer_sets": ("conv32 pool conv64 pool conv64 pool dense512 dense10",
        896 + 18496 + 36928 + 524800 + 5130, 0, 96, 0.001, "cifar_three_layer_sets"),
    "experiment_1_with_dropout": (TWO_SETS + "drop0.5 dense10",
        896 + 18496 + 36928 + 2097664 + 5130, 0, 96, 0.001, "cifar_drop_out"),
    "experiment_1_without_dropout": ("conv32 pool conv64 conv64 dense512 drop0.5 dense10",
        896 + 18496 + 36928 + 8389120 + 5130, 0, 96, 0.001, "cifar_whitout_drop_out"),
    "experiment_2_regulizer_L2": (TWO_SETS + "dense10",
        896 + 18496 + 36928 + 2097664 + 5130, 4, 96, 0.001, "cifar_regulizer_L2"),
    "experiment_2_regulizer_whithout_L2": (TWO_SETS + "dense10",
        896 + 18496 + 36928 + 2097664 + 5130, 0, 96, 0.001, "cifar_without_regulizer"),
    "experiment_2_without_regulizer": (TWO_SETS + "dense10",
        896 + 18496 + 36928 + 2097664 + 5130, 0, 96, 0.001, "cifar_without_regulizer"),
    "experiment_3_high_batch_size": (TWO_SETS + "drop0.5 dense10",
        896 + 18496 + 36928 + 2097664 + 5130, 0, 2000, 0.001, "cifar_high_batch_size"),
    "experiment_3_low_batch_size": (TWO_SETS + "drop0.5 dense10",
        896 + 18496 + 36928 + 2097664 + 5130, 0, 50, 0.001, "cifar_hight_batch_size"),
    "experiment_4_learning_rate_high": (TWO_SETS + "drop0.5 dense10",
        896 + 18496 + 36928 + 2097664 + 5130, 0, 96, 0.01, "cifar_learning_rate_high"),
    "experiment_4_learning_rate_low": (TWO_SETS + "drop0.5 dense10",
        896 + 18496 + 36928 + 2097664 + 5130, 0, 96, 0.0001, "cifar_learning_rate_low"),
    "experiment_4_learning_rate_normal": (TWO_SETS + "drop0.5 dense10",
        896 + 18496 + 36928 + 2097664 + 5130, 0, 96, 0.001, "cifar_learning_rate_normal"),
}  # fmt: skip
THREE, HIGH = "experiment_0_three_layer_sets", "experiment_4_learning_rate_high"


WORDS = {"Conv2D": "conv{}", "MaxPool2D": "pool", "Dropout": "drop", "FullyConnected": "dense{}"}


@pytest.fixture(scope="module", autouse=True)
def ledger(tmp_path_factory):
    """Keep the course's own ledger of openings out of it."""
    with pytest.MonkeyPatch.context() as patch:
        path = tmp_path_factory.mktemp("ledger") / "test_openings.toml"
        patch.setattr(sealed, "LEDGER", path)
        yield path


def layers_in_the_graph(graph, network):
    """Return the layers that TFLearn built on the way to an output, in order, each in a word."""
    way = tf.graph_util.extract_sub_graph(graph.as_graph_def(), [network.op.name])
    place = {op.name: number for number, op in enumerate(graph.get_operations())}
    found = [
        (place[tensor.op.name], key.partition("/")[2].partition("_")[0], int(tensor.shape[-1]))
        for key in graph.get_all_collection_keys()
        if key.startswith("layer_tensor/")
        for tensor in graph.get_collection(key)
        if any(tensor.op.name == node.name for node in way.node)
    ]
    kinds = [node.op for node in way.node]
    assert kinds.count("Softmax") == 1
    assert (
        kinds.count("Relu") == sum(kind in ("Conv2D", "FullyConnected") for _, kind, _ in found) - 1
    )
    return [WORDS.get(kind, kind).format(last) for _, kind, last in sorted(found)]


def test_the_recipes_are_of_the_twelve_notebooks_by_their_names():
    assert {name: one.run_id for name, one in RECIPES.items()} == {
        name: row[-1] for name, row in NOTEBOOKS.items()
    }


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_recipe_builds_the_graph_that_its_notebook_has(name):
    layers, count, penalties, batch, rate, _ = NOTEBOOKS[name]
    config = RECIPES[name].config
    graph = new_graph(seed=0)
    network = build_cnn(config, 120.0, 60.0)
    built = ["pictures", *layers.replace("drop0.5", "drop").split()]
    assert layers_in_the_graph(graph, network) == built
    assert config.dropout == (0.5 if "drop0.5" in layers else 0.0)
    shapes = [v.shape.as_list() for v in tf.trainable_variables()]
    assert sum(int(np.prod(shape)) for shape in shapes) == count == price(config).weights
    assert all(shape[:2] == [3, 3] for shape in shapes if len(shape) == 4)
    side = 32 >> layers.split().count("pool")
    filters = int(re.findall(r"conv(\d+)", layers)[-1])
    [dense] = [v for v in tf.trainable_variables() if v.name == "FullyConnected/W:0"]
    assert dense.shape.as_list() == [side * side * filters, 512]
    assert len(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)) == penalties
    assert (config.regularizer, config.weight_decay) == ("L2" if penalties else "none", 0.001)
    assert (config.batch_size, config.learning_rate) == (batch, rate)
    assert network.shape.as_list() == [None, 10]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_recipe_has_what_all_notebooks_share(name):
    config = RECIPES[name].config
    assert (config.train_size, config.validation_size, config.epochs) == (50_000, 10_000, 50)
    assert (config.optimizer, config.flip, config.rotation) == ("adam", True, 25.0)
    assert (config.dense_init, config.corners) == ("truncated_normal", "black")
    assert config.precision == "float32"


def test_files_of_one_recipe_are_trained_once():
    again = {one.notebook: one.trained_as for one in RECIPES.values()
             if one.trained_as != one.notebook}  # fmt: skip
    assert again == {
        "experiment_2_without_regulizer": "experiment_2_regulizer_whithout_L2",
        "experiment_4_learning_rate_normal": "experiment_1_with_dropout",
    }


def test_it_learns_on_all_pictures_but_the_test_set_and_validates_on_that():
    dataset = tiny_dataset()
    split = as_published(dataset, "try")
    both = np.concatenate([dataset.train.images, dataset.validation.images])
    assert np.array_equal(split.train.images, both)
    assert len(split.train) == len(split.train.labels) == 128 + 64
    assert split.validation is dataset.test and split.sha256 != dataset.sha256


def test_each_replication_is_noted_as_one_opening_of_the_test_set(ledger):
    for _ in range(2):
        as_published(tiny_dataset(), "article-7")
    assert ledger.read_text(encoding="utf-8").count('id = "article-7"') == 1


def test_a_run_without_a_dropout_layer_goes_on_to_the_numbers_of_one_that_never_was_cut(tmp_path):
    config = replace(TINY, dropout=0.0, poolings=0, dense_init="truncated_normal",
                     corners="black", precision="float32", batch_size=48)  # fmt: skip
    whole = train_to(3, config, tmp_path / "whole")
    train_to(1, config, tmp_path / "cut")
    assert measured(train_to(3, config, tmp_path / "cut")) == measured(whole)


def test_a_run_of_an_earlier_edition_is_still_of_its_recipe(tmp_path):
    """Its record has none of the later fields, and it is found as the same recipe."""
    train_to(3, TINY, tmp_path / "s/v/seed-0")
    assert "poolings" not in read_record(tmp_path / "s/v/seed-0")["config"]
    assert find_same(tmp_path, TINY, tiny_dataset()) == tmp_path / "s/v/seed-0"
    assert find_same(tmp_path, replace(TINY, poolings=0), tiny_dataset()) is None


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """Replicate two recipes in the small; return the plan."""
    plan = Replication(1, tmp_path_factory.mktemp("article"), pictures=32)
    replicate(plan, as_published(tiny_dataset(), "try"), [THREE])
    replicate(plan, as_published(tiny_dataset(), "try"), [HIGH])
    return plan


@pytest.fixture
def tried(once, tmp_path):
    """Return the plan of a copy of these runs and their table."""
    shutil.copytree(once.folder, tmp_path / "copy")
    return replace(once, folder=tmp_path / "copy")


def told(plan):
    return json.loads(plan.table.with_suffix(".json").read_text(encoding="utf-8"))


def test_a_replication_writes_a_row_an_epoch_and_an_account_of_each_run(tried):
    with tried.table.open(encoding="utf-8", newline="") as file:
        rows = [(row["study"], row["variant"], row["epoch"]) for row in csv.DictReader(file)]
    assert rows == [("article", THREE, "1"), ("article", HIGH, "1")]
    account = told(tried)
    assert account["epochs"] == 1 and account["seeds"] == [0]
    assert "test set" in account["note"] and account["dataset"]["validation"] == 32
    assert [run["name"] for run in account["runs"]] == [THREE, HIGH]
    for run in account["runs"]:
        assert run["config"] == tried.config(run["name"]).to_dict()
        assert run["status"] == "finished" and run["seconds"] > 0
        assert {"tensorflow", "tflearn"} <= set(run["versions"]) and run["machine"]


def test_what_is_in_the_table_is_not_trained_again_even_without_its_run(tried, capsys):
    before = tried.table.read_bytes()
    shutil.rmtree(tried.runs)
    replicate(tried, as_published(tiny_dataset(), "try"), [THREE, HIGH])
    assert not tried.runs.exists() and tried.table.read_bytes() == before
    assert capsys.readouterr().out.count("is in the table") == 2


def test_what_was_trained_elsewhere_stays_in_the_table_beside_what_is_trained_here(tried):
    before = tried.table.read_bytes()
    shutil.rmtree(run_dir(tried.runs, "article", THREE, 0))
    write(tried, as_published(tiny_dataset(), "try"))
    assert tried.table.read_bytes() == before
    assert [run["name"] for run in told(tried)["runs"]] == [THREE, HIGH]


def test_a_run_that_ended_before_the_table_was_written_is_put_there_and_not_trained(tried):
    table = tried.table.read_bytes()
    record = read_record(run_dir(tried.runs, "article", HIGH, 0))
    tried.table.unlink()
    tried.table.with_suffix(".json").unlink()
    replicate(tried, as_published(tiny_dataset(), "try"), [HIGH])
    assert tried.table.read_bytes() == table
    assert read_record(run_dir(tried.runs, "article", HIGH, 0)) == record


@pytest.mark.parametrize(
    ("changed", "seed", "what"), [({"epochs": 2}, 0, "epochs"), ({}, 1, "dataset")]
)
def test_a_table_of_other_epochs_or_data_is_left_alone(tried, changed, seed, what):
    before = tried.table.read_bytes()
    with pytest.raises(CourseError, match=f"other {what}"):
        replicate(replace(tried, **changed), as_published(tiny_dataset(seed), "try"), [THREE])
    assert tried.table.read_bytes() == before


# The page


def test_the_page_shows_exactly_what_recipes_and_tables_give():
    page = article_page.PAGE.read_text(encoding="utf-8")
    assert article_page.renewed(page) == page


def outcomes(folder):
    """Return the rows of the page's last table: pair, claim, replication, study."""
    table = article_page.generated(folder).rpartition("\n## ")[2]
    rows = [line for line in table.splitlines() if line.startswith("| ")][2:]
    return [re.split(r"(?<!\\) \| ", row.strip("| ")) for row in rows]


def test_a_pair_is_not_trained_yet_or_says_how_it_ended():
    path = article_page.REFERENCE / "article.json"
    runs = json.loads(path.read_text(encoding="utf-8"))["runs"] if path.is_file() else []
    ended = {run["name"] for run in runs}
    for pair, row in zip(PAIRS, outcomes(article_page.REFERENCE), strict=True):
        if {RECIPES[one].trained_as for one in (pair.first, pair.second)} <= ended:
            said = r"[+−]\d+\.\d points \(\d+\.\d against \d+\.\d %\)|.+ diverged"
            assert re.fullmatch(said, row[2])
        else:
            assert row[2] == "not trained yet"
        assert re.fullmatch(r".+: [+−].+ points \(.+\): (better|worse|can't tell)", row[3])


def test_the_pages_numbers_are_those_of_made_tables(tmp_path):
    few, drop = "experiment_0_few_layers", "experiment_1_with_dropout"
    article = [f"article,{THREE},0,1,0.9,finished", f"article,{THREE},0,2,0.75,finished",
               f"article,{few},0,2,0.625,finished", f"article,{drop},0,2,0.7,finished"]  # fmt: skip
    ended = {THREE: "finished", few: "finished", drop: "finished", HIGH: "diverged"}
    ours = {f"{one.study},{one.variant}": 0.5 for one in RECIPES.values()}
    ours |= {"layers,three-sets": 0.6}
    del ours["regularization,L2"]
    quick = [f"{name},{seed},8,{value},finished" for name, value in ours.items() for seed in (0, 1)]
    account = {
        "dataset": {"train": 50_000, "validation": 10_000},
        "epochs": 2,
        "seeds": [0],
        "runs": [{"name": name, "status": status} for name, status in ended.items()],
    }
    account |= {"precision": "float32", "machine": "a test's", "ended": "2026-11-26T10:00"}
    for name, rows in (("article", article), ("quick", quick)):
        heads = "study,variant,seed,epoch,val_accuracy,status"
        (tmp_path / f"{name}.csv").write_text("\n".join([heads, *rows]))
        (tmp_path / f"{name}.json").write_text(json.dumps(account))
    rows = outcomes(tmp_path)
    # The normal rate was trained as `with dropout`; the high one diverged, the low one wasn't.
    assert [row[2] for row in rows] == [
        "+12.5 points (75.0 against 62.5 %)",
        *["not trained yet"] * 3,
        "learning rate high diverged",
        "not trained yet",
    ]
    assert rows[0][3].endswith(": +10.0 points (+10.0 to +10.0): better")
    assert rows[1][3] == "0.5 against 0: +0.0 points (+0.0 to +0.0): can't tell"
    assert rows[2][3] == "L2 against none: no run has finished"
    text = " ".join(article_page.generated(tmp_path).split())
    assert "2 epochs, not the article's 50, in float32" in text


def test_each_pair_is_named_after_what_differs_in_its_recipes_but_for_dropouts():
    verdicts = re.findall(r"\| (yes|\*\*no\*\*) \|", article_page.generated())
    assert dict(zip([pair.first for pair in PAIRS], verdicts, strict=True)) == {
        pair.first: "**no**" if pair.factor == "dropout" else "yes" for pair in PAIRS
    }


def test_pairs_start_from_the_same_weights_where_they_have_the_same_layers():
    for pair in PAIRS:
        starts = []
        for name in (pair.first, pair.second):
            new_graph(seed=0)
            build_cnn(RECIPES[name].config, 120.0, 60.0)
            variables = [v for v in tf.trainable_variables() if "FullyConnected/" not in v.name]
            with tf.Session() as session:
                session.run([v.initializer for v in variables])
                starts.append(dict(zip([v.name for v in variables], session.run(variables),
                                       strict=True)))  # fmt: skip
        shared = [key for key in starts[0] if key in starts[1]
                  and starts[0][key].shape == starts[1][key].shape]  # fmt: skip
        assert {"Conv2D/W:0", "FullyConnected_1/W:0"} <= set(shared)
        assert all(np.array_equal(starts[0][key], starts[1][key]) for key in shared)
