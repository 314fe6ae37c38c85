"""The training loop, run for real on a tiny network: records, resuming, diverging, stopping."""

import subprocess
import sys
import textwrap
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tiny import TINY, tiny_dataset

from utils.errors import CourseError
from utils.experiments import training
from utils.experiments.run_folder import read_record
from utils.networks.tflearn_cnn.session import CnnSession, mean_and_std

ROOT = Path(__file__).resolve().parents[2]


def steps_of(run_dir, tag="Loss/Validation"):
    """Return a tag's steps as TensorBoard's own reader gives them."""
    accumulator = EventAccumulator(str(run_dir), size_guidance={"tensors": 0})
    accumulator.Reload()
    return [event.step for event in accumulator.Tensors(tag)]


def test_a_run_leaves_its_record_events_and_weights(tmp_path):
    record = training.train(TINY, tiny_dataset(), tmp_path / "seed-0", study="s", variant="v")
    assert record == read_record(tmp_path / "seed-0")
    assert record["status"] == "finished" and record["config"] == TINY.to_dict()
    assert [row["epoch"] for row in record["history"]] == [1, 2, 3]
    assert steps_of(tmp_path / "seed-0") == [1, 2, 3]
    assert {file.name.split(".")[0] for file in (tmp_path / "seed-0/checkpoint").iterdir()} == {
        "weights"
    }


TAGS = ("weights/conv1", "weights/dense1", "weights/dense2", "confusion", "classes/a", "Gap")


def test_a_run_logs_its_weights_mistakes_and_graph_and_records_the_mistakes(tmp_path):
    dataset = tiny_dataset()
    record = training.train(TINY, dataset, tmp_path / "run")
    for tag in TAGS:
        assert steps_of(tmp_path / "run", tag) == [1, 2, 3], tag
    assert record["classes"] == list("abcdefghij")
    meant = np.bincount(dataset.validation.labels, minlength=10).tolist()
    for row in record["history"]:
        assert [sum(said) for said in row["confusion"]] == meant
        right = sum(said[number] for number, said in enumerate(row["confusion"]))
        assert right / sum(meant) == pytest.approx(row["val_accuracy"])
    reader = EventAccumulator(str(tmp_path / "run"))
    reader.Reload()
    names = {node.name.split("/")[0] for node in reader.Graph().node}
    assert {"pictures", "augmentation", "Conv2D", "FullyConnected_1"} <= names
    assert not any("Adam" in name or name == "cond" or "save" in name for name in names)
    inputs = {one.lstrip("^").split(":")[0] for node in reader.Graph().node for one in node.input}
    assert inputs <= {node.name for node in reader.Graph().node}


def test_the_network_learns(tmp_path):
    config = replace(TINY, epochs=12, dropout=0.0)
    record = training.train(config, tiny_dataset(), tmp_path / "run")
    assert record["history"][-1]["val_accuracy"] > 0.4  # guessing gives 0.1


def test_the_weights_that_are_kept_give_the_accuracy_that_was_recorded(tmp_path):
    dataset = tiny_dataset()
    record = training.train(TINY, dataset, tmp_path / "run")
    loss, accuracy = training.evaluate(tmp_path / "run", dataset, dataset.validation)
    last = record["history"][-1]
    assert accuracy == pytest.approx(last["val_accuracy"], abs=0.02)
    assert loss == pytest.approx(last["val_loss"], rel=0.02)


def test_the_same_seed_gives_the_same_first_epoch_and_another_seed_another(tmp_path):
    config = replace(TINY, epochs=1, precision="float32")
    rows = [
        training.train(replace(config, seed=seed), tiny_dataset(), tmp_path / f"{i}")["history"][0]
        for i, seed in enumerate([4, 4, 5])
    ]
    assert rows[0]["val_loss"] == pytest.approx(rows[1]["val_loss"], rel=1e-4)
    assert rows[0]["val_loss"] != pytest.approx(rows[2]["val_loss"], rel=1e-4)


def test_an_ended_run_is_not_trained_again(tmp_path):
    training.train(TINY, tiny_dataset(), tmp_path / "run")
    with pytest.raises(CourseError, match="has ended"):
        training.train(TINY, tiny_dataset(), tmp_path / "run")


def test_a_run_of_another_recipe_is_not_touched(tmp_path):
    training.train(TINY, tiny_dataset(), tmp_path / "run")
    before = (tmp_path / "run/run.json").read_bytes()
    for config, dataset in [
        (replace(TINY, dropout=0.1), tiny_dataset()),
        (TINY, tiny_dataset(sha256="1" * 64)),
    ]:
        with pytest.raises(CourseError, match="another recipe"):
            training.train(config, dataset, tmp_path / "run")
    assert (tmp_path / "run/run.json").read_bytes() == before


def test_a_stopped_run_goes_on_where_it_was(tmp_path):
    record = training.train(TINY, tiny_dataset(), tmp_path / "run", should_stop=lambda: True)
    assert (record["status"], len(record["history"])) == ("stopped", 1)
    first = record["history"][0]
    record = training.train(TINY, tiny_dataset(), tmp_path / "run")
    assert record["status"] == "finished"
    assert [row["epoch"] for row in record["history"]] == [1, 2, 3] == steps_of(tmp_path / "run")
    assert record["history"][0] == first
    for tag in TAGS:
        assert steps_of(tmp_path / "run", tag) == [1, 2, 3], tag


def test_a_loss_that_is_no_longer_finite_ends_the_run_as_diverged(tmp_path):
    config = replace(TINY, optimizer="sgd", learning_rate=1e30, epochs=3)
    record = training.train(config, tiny_dataset(), tmp_path / "run")
    assert record["status"] == "diverged" == read_record(tmp_path / "run")["status"]
    assert len(record["history"]) < 3


def test_two_processes_never_train_one_run(tmp_path):
    said = []
    code = f"""
        import sys
        sys.path.insert(0, {str(ROOT / "tests")!r})
        from pathlib import Path
        from tiny import TINY, tiny_dataset
        from utils.experiments.training import train
        train(TINY, tiny_dataset(), Path({str(tmp_path / "run")!r}))
    """

    def another(record):
        command = [sys.executable, "-c", textwrap.dedent(code)]
        said.append(subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stderr)

    training.train(replace(TINY, epochs=1), tiny_dataset(), tmp_path / "run", on_epoch=another)
    assert f"Held: Another process trains {tmp_path / 'run'}. It is process " in said[0]
    assert read_record(tmp_path / "run")["config"]["epochs"] == 1


def test_mean_and_spread_are_numpys(tmp_path):
    images = tiny_dataset().train.images
    mean, std = mean_and_std(images)
    assert (mean, std) == pytest.approx((images.mean(), images.std()))


def test_the_order_of_pictures_depends_on_seed_and_epoch_alone():
    class Recorder:
        def __init__(self):
            self.session, self.seen = None, []

        def step(self, images, labels, rate):
            self.seen.append(labels)
            return 1.0, 0.5

    def order(config, epoch, monkeypatch):
        network = Recorder()
        with monkeypatch.context() as patch:
            patch.setattr(training.tflearn, "is_training", lambda *_: None)
            training.train_epoch(network, config, tiny_dataset().train, epoch)
        return np.concatenate(network.seen).tolist()

    with pytest.MonkeyPatch.context() as patch:
        one = order(TINY, 1, patch)
        assert one == order(replace(TINY, dropout=0.0, batch_size=50), 1, patch)
        assert one != order(TINY, 2, patch) and one != order(replace(TINY, seed=1), 1, patch)


def test_the_rate_falls_from_its_own_to_nothing_along_a_cosine():
    config = replace(TINY, schedule="cosine", epochs=4)
    shares = [0.0, 0.25, 0.5, 0.75, 1.0]
    wanted = 0.01 * (1 + np.cos(np.pi * np.array(shares))) / 2
    assert [training.learning_rate(config, one) for one in shares] == pytest.approx(wanted)
    assert {training.learning_rate(TINY, one) for one in shares} == {0.01}


def test_each_step_of_a_falling_rate_moves_the_weights_by_that_rate(tmp_path):
    """Plain descent, one batch: what the weights move by is the rate times the same slope."""
    config = replace(TINY, optimizer="sgd", schedule="cosine", dropout=0.0, flip=False, rotation=0)
    images, labels = tiny_dataset().train.images[:16], tiny_dataset().train.labels[:16]
    moved = []
    for rate in (0.01, 0.002):
        with closing(CnnSession(config, 120.0, 60.0)) as network:
            before = network.layers()["dense1"]
            network.step(images, labels, rate)
            moved.append(network.layers()["dense1"] - before)
    np.testing.assert_allclose(moved[0], 5 * moved[1], atol=1e-6)
    assert np.abs(moved[0]).max() > 1e-4


@pytest.mark.parametrize("average", [0.0, 0.99])
def test_what_is_kept_of_a_run_is_what_was_measured(tmp_path, average):
    """The running mean, where there is one, and what batch normalization has measured."""
    config = replace(TINY, batch_norm=True, average=average, precision="float32")
    record = training.train(config, tiny_dataset(), tmp_path / "run")
    loss, accuracy = training.evaluate(tmp_path / "run", tiny_dataset(), tiny_dataset().validation)
    assert accuracy == record["history"][-1]["val_accuracy"]
    assert loss == pytest.approx(record["history"][-1]["val_loss"], rel=1e-5)


def test_a_running_mean_is_the_mean_that_a_hand_computes():
    config = replace(TINY, average=0.5)
    images, labels = tiny_dataset().train.images[:16], tiny_dataset().train.labels[:16]
    with closing(CnnSession(config, 120.0, 60.0)) as network:
        mean = network.layers()["dense2"]
        for step in (1, 2, 3):
            network.step(images, labels)
            stays = min(0.5, (1 + step) / (10 + step))
            mean = stays * mean + (1 - stays) * network.layers()["dense2"]
        last = network.layers()["dense2"]
        with network.averaged():
            np.testing.assert_allclose(network.layers()["dense2"], mean, rtol=1e-5, atol=1e-7)
        assert np.array_equal(network.layers()["dense2"], last) and not np.allclose(last, mean)
