"""Every network of TFLearn's that a config can say, and its Keras copy: the same answers.

TFLearn answers in this process, Keras in one of its own: importing TFLearn switches to graph mode.
"""

import json
import subprocess
import sys
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from tiny import TINY, tiny_dataset

from utils.errors import CourseError
from utils.experiments import run_copy
from utils.experiments.training import train
from utils.networks.keras_copy import keras_copy
from utils.networks.tflearn_cnn.config import BASELINE, Config
from utils.networks.tflearn_cnn.feature_maps import probabilities
from utils.networks.tflearn_cnn.kept_weights import read_weights
from utils.networks.tflearn_cnn.running_mean import kept_variables
from utils.networks.tflearn_cnn.session import CnnSession
from utils.settings import ROOT

MEAN, STD = 117.3, 61.9
SETS = replace(BASELINE, layers=((4, 4), (6,)), dense_units=12, precision="float32")
KINDS = {
    "cifar_cnn": SETS,
    "one pooling": replace(SETS, poolings=1, corners="black"),
    "no pooling": replace(SETS, poolings=0, filter_size=5),
    "normalised": replace(SETS, batch_norm=True, pooling="average"),
    "shortcut": replace(SETS, layers=((4, 5, 4), (6, 6)), shortcut=True),
    "all at once": replace(
        SETS, layers=((4, 4), (6, 5)), batch_norm=True, shortcut=True, global_pooling=True,
        crop=4, rotation=0.0, schedule="cosine", average=0.9,
    ),
    "nin": Config(network="nin", layers=((6, 5), (4,), (7, 7)), precision="float32"),
    "vgg": Config(network="vgg", layers=((4, 4), (6,)), dense_units=9, precision="float32"),
    "resnet": Config(
        network="resnet", layers=((4,) * 4, (6,) * 4, (9,) * 4), dropout=0.0, precision="float32",
    ),
    "resnet of one width": Config(
        network="resnet", layers=((5,) * 2, (5,) * 2), dropout=0.0, precision="float32", seed=3,
    ),
    "densenet": Config(network="densenet", layers=((3,) * 3,) * 3, precision="float32"),
}  # fmt: skip
COPIES = """
import json, sys
from pathlib import Path
import numpy as np
from utils.networks.keras_copy import keras_copy
from utils.networks.tflearn_cnn.config import Config
from utils.networks.tflearn_cnn.kept_weights import read_weights
folder, mean, std = Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
images = np.load(folder / "images.npy")
for name, config in json.loads((folder / "kinds.json").read_text()).items():
    weights = read_weights(folder / name, "")
    model = keras_copy(Config.from_dict(config), weights, mean, std)
    assert model.input_shape == (None, 32, 32, 3) and model.output_shape == (None, 10)
    np.save(folder / f"{name}.npy", np.asarray(model(images.astype("float32"))))
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """Return TFLearn's and Keras's probabilities for each kind, with weights of no meaning."""
    folder = tmp_path_factory.mktemp("copies")
    random = np.random.default_rng(0)
    coarse = random.integers(0, 256, (12, 4, 4, 3)).repeat(8, axis=1).repeat(8, axis=2)
    images = np.clip(coarse + random.normal(0, 20, coarse.shape), 0, 255).astype(np.uint8)
    np.save(folder / "images.npy", images)
    told = json.dumps({name: config.to_dict() for name, config in KINDS.items()})
    (folder / "kinds.json").write_text(told)
    ours = {}
    for name, config in KINDS.items():
        with closing(CnnSession(config, MEAN, STD)) as network:
            shake(network, random)
            calm(network, images)
            network.weights.save(network.session, str(folder / name), write_meta_graph=False)
            ours[name] = probabilities(network, images)
    in_own_process(COPIES, folder, MEAN, STD)
    return {name: (own, np.load(folder / f"{name}.npy")) for name, own in ours.items()}


def shake(network, random):
    """Move all that a trained network is, so that no mistake about one of its arrays is hidden."""
    for one in kept_variables():
        value = one.eval(network.session)
        if one.op.name.endswith("moving_variance"):
            value = random.uniform(0.3, 3, value.shape)
        else:
            value = value * 2 + random.normal(0, 0.2, value.shape)
        one.load(value.astype(np.float32), network.session)


def calm(network, images):
    """Scale the last layer until answers are neither sure nor alike, which would hide mistakes."""
    weights, biases = network.session.graph.get_collection("trainable_variables")[-2:]
    biases.load(np.linspace(-0.2, 0.2, 10, dtype=np.float32), network.session)
    for _ in range(60):
        answers = probabilities(network, images)
        if answers.max(axis=1).mean() > 0.7:
            factor = 0.6
        elif np.ptp(answers, axis=0).max() < 0.03:
            factor = 1.3
        else:
            break
        weights.load(factor * weights.eval(network.session), network.session)


def in_own_process(code, *words):
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        capture_output=True, encoding="utf-8", cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("kind", KINDS)
def test_the_keras_copy_gives_the_probabilities_of_tflearns_network(kind, answers):
    ours, copies = answers[kind]
    assert np.ptp(ours, axis=0).max() > 0.01  # the pictures matter
    assert np.abs(ours - copies).max() < 1e-5


RUNS = """
import json, sys
from pathlib import Path
sys.path.insert(0, "tests")
import numpy as np
from tiny import tiny_dataset
from utils.cli.export import export_app
from utils.experiments import run_copy
from utils.networks.saved import load_model
folder, said = Path(sys.argv[1]), {}
run_copy.load = lambda *_: tiny_dataset()  # the pictures that a test made, in the place of a load
for name in ("stopped", "finished"):
    words = ["keras", str(folder / name), "-o", str(folder / f"{name}.keras")]
    export_app(words, standalone_mode=False)
    model = load_model(folder / f"{name}.keras")
    images = tiny_dataset().validation.images.astype("float32")
    said[name] = np.asarray(model(images)).argmax(axis=1).tolist()
print("FACTS", json.dumps(said))
"""


def test_a_run_with_a_running_mean_is_copied_stopped_and_finished(tmp_path):
    config, data = replace(TINY, average=0.9, epochs=2, precision="float32"), tiny_dataset()
    records = {
        "stopped": train(config, data, tmp_path / "stopped", should_stop=lambda: True),
        "finished": train(config, data, tmp_path / "finished"),
    }
    out = in_own_process(RUNS, tmp_path)
    said = json.loads(out.rpartition("FACTS ")[2])
    for name, record in records.items():
        right = np.mean(np.equal(said[name], data.validation.labels))
        assert right == pytest.approx(record["history"][-1]["val_accuracy"])
        epochs = len(record["history"])
        assert f"after {epochs} of 2 epochs; {100 * right:.1f} % of its validation" in out
    assert [len(record["history"]) for record in records.values()] == [1, 2]
    assert sorted(path.name for path in tmp_path.glob("*.keras*")) == [
        "finished.keras", "stopped.keras"
    ]  # fmt: skip


def test_in_a_process_that_holds_tflearn_no_copy_is_made():
    with pytest.raises(CourseError, match="one kernel holds one engine"):
        keras_copy(BASELINE, {}, MEAN, STD)


OTHERS = """
import numpy as np
from utils.errors import CourseError
from utils.networks.keras_copy import keras_copy
from utils.networks.tflearn_cnn.config import BASELINE
try:
    keras_copy(BASELINE, {"Conv2D/W": np.zeros((3, 3, 3, 5)), "Conv2D/b": np.zeros(5)}, 0.0, 1.0)
except CourseError as error:
    print(error)
"""


def test_weights_of_another_network_are_refused_in_a_sentence():
    said = in_own_process(OTHERS)
    assert said.startswith("These weights aren't those of the config's network, sets of 32 | 64 64")


@pytest.mark.parametrize("made", [None, b"", b"no checkpoint at all"])
def test_a_checkpoint_that_is_gone_or_damaged_is_named(made, tmp_path):
    if made is not None:
        (tmp_path / "weights.index").write_bytes(made)
        (tmp_path / "weights.data-00000-of-00001").write_bytes(made)
    with pytest.raises(CourseError, match=f"{tmp_path}/weights can't be read .* Train it again."):
        read_weights(tmp_path / "weights", "Train it again.")


def test_a_folder_without_a_trained_epoch_and_other_pictures_are_refused(tmp_path):
    with pytest.raises(CourseError, match="holds no run with a trained epoch"):
        run_copy.copy_run(tmp_path)
    train(replace(TINY, epochs=1), tiny_dataset(), tmp_path / "run")
    with pytest.raises(CourseError, match="was trained on other pictures than cifar10's here"):
        run_copy.copy_run(tmp_path / "run", tiny_dataset(sha256="1" * 64))
