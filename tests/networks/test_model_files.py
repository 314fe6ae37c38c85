"""Files of models: what is read, what is named as what it is, and that a remedy works as typed."""

import io
import json
import os
import re
import sys
import zipfile

import h5py
import numpy as np
import pytest
from keras_process import keras_side

from utils.errors import CourseError
from utils.networks.model_files import MOST_BYTES, model_config
from utils.networks.saved import reference_model

__all__ = ["keras_side"]

CNN = reference_model("mnist_cnn")
CONV = ["Conv2D", {"filters": 2, "kernel_size": 3}]
FLAT, END = ["Flatten", {}], ["Dense", {"units": 3}]
CHAIN = [CONV, ["BatchNormalization", {}], ["Dropout", {"rate": 0.2}], FLAT, END]
SPEC = {"input": (6, 6, 1), "layers": CHAIN, "functional": False, "seed": 0}


@pytest.fixture
def load(keras_side):
    return lambda file: keras_side("loaded", file=file)


def python_of(error):
    """Return the code that an error's remedy gives."""
    return re.search(r"(?:Python: |and then: |weights: |folder: )(.*)\.$", error)[1]


@pytest.mark.parametrize("functional", [False, True])
@pytest.mark.parametrize("ending", [".keras", ".h5", ".hdf5"])
def test_a_whole_model_is_read_whatever_its_file_is_called(
    ending, functional, keras_side, load, tmp_path
):
    made = tmp_path / f"m{'.h5' if ending == '.hdf5' else ending}"
    keras_side("saved", spec=SPEC | {"functional": functional}, file=made)
    wanted = {"kinds": ["Conv2D", "Dropout", "Flatten", "Dense"], "left_out": [], "classes": 3}
    for name in (f"m{ending}", "数字 1.KERAS", "m.h5", "m.keras", "model"):
        made = made.rename(tmp_path / name)
        assert load(made) == wanted


def test_weights_without_layers_are_named_and_the_remedy_works(keras_side, load, tmp_path):
    keras_side("saved", spec=SPEC, file=tmp_path / "m.weights.h5")
    error = load(tmp_path / "m.weights.h5")["error"]
    assert "holds a model's weights without its layers" in error
    keras_side("executed", spec=SPEC, code=python_of(error), folder=tmp_path)
    assert load(tmp_path / "FILE.keras")["classes"] == 3


def test_layers_without_weights_are_named_and_the_remedy_works(keras_side, load, tmp_path):
    keras_side("saved", spec=SPEC, file=tmp_path / "m.json")
    keras_side("saved", spec=SPEC, file=tmp_path / "FILE.weights.h5")
    error = load(tmp_path / "m.json")["error"]
    assert "a description of layers without weights" in error
    code = "import keras; " + python_of(error)
    keras_side("executed", spec=SPEC, code=code, folder=tmp_path)
    assert load(tmp_path / "FILE.keras")["classes"] == 3


@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_one_number_without_a_sigmoid_gets_one_by_the_remedy(ending, keras_side, load, tmp_path):
    spec = SPEC | {"layers": [CONV, FLAT, ["Dense", {"units": 1}]]}
    keras_side("saved", spec=spec, file=tmp_path / f"m{ending}")
    error = load(tmp_path / f"m{ending}")["error"]
    keras_side("executed", spec=spec, code=python_of(error), folder=tmp_path)
    assert load(tmp_path / "sigmoid.keras")["classes"] == 2


def test_numbers_that_are_no_picture_become_a_workbook_by_the_remedy(keras_side, tmp_path):
    spec = SPEC | {"input": (4,), "layers": [END]}
    keras_side("saved", spec=spec, file=tmp_path / "FILE.keras")
    for more in ([], ["--picture", str(tmp_path / "no.png")]):
        words = ["sheet", "model", str(tmp_path / "FILE.keras"), "-o", str(tmp_path / "m.xlsx")]
        done = keras_side("command", arguments=[*words, *more], environment={})
        assert done["returncode"] == 1 and "which no image file has" in done["stderr"]
        keras_side("executed", spec=spec, code=python_of(done["stderr"].strip()), folder=tmp_path)
        (tmp_path / "FILE.xlsx").unlink()


def zipped(path, **parts):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("_", "."), content)
    return path


def h5(fill):
    file = io.BytesIO()
    with h5py.File(file, "w") as opened:
        fill(opened)
    return file.getvalue()


def keras_zip(path, config="{}", weights=None):
    weights = h5(lambda file: None) if weights is None else weights
    return zipped(path, metadata_json="{}", config_json=config, model_weights_h5=weights)


FOREIGN = {
    "m.onnx": (b"\x08\x07onnx", "an ONNX model"), "m.pth": (b"\x80\x02x", "a PyTorch model"),
    "m.tflite": (b"\x1c\0\0\0TFL3", "a TensorFlow Lite model"),
    "m.keras": (b"\x1c\0\0\0TFL3", "a TensorFlow Lite model"),
    "g.pb": (b"\x0a\x02", "a TensorFlow graph"), "w.safetensors": (b"\0{}", "safetensors"),
    "m.pkl": (b"\x80\x04x", "a Python pickle"), "m.index": (b"x", "a checkpoint"),
    "w.npy": (b"\x93NUMPY", "a NumPy array"), "m.h5": (b"hello", "isn't a Keras model"),
    "e.keras": (b"", "is empty"),
}  # fmt: skip


@pytest.mark.parametrize("name", FOREIGN)
def test_a_file_of_another_kind_is_named_as_what_it_is(name, tmp_path):
    content, said = FOREIGN[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CourseError, match=said) as refusal:
        model_config(tmp_path / name)
    assert refusal.value.remedy


def test_archives_and_folders_of_other_kinds_are_named(tmp_path):
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "saved_model.pb").touch()
    (tmp_path / "unpacked").mkdir()
    (tmp_path / "unpacked" / "config.json").touch()
    with h5py.File(tmp_path / "data.h5", "w") as file:
        file["x"] = np.zeros(3)
    cases = {
        zipped(tmp_path / "m.pt", data_pkl="x"): "is a PyTorch model",
        zipped(tmp_path / "w.npz", x_npy="x"): "holds NumPy arrays without layers",
        zipped(tmp_path / "z.zip", x_txt="x"): "no Keras model",
        zipped(tmp_path / "n.keras", config_json="{}"): "has no weights in it",
        tmp_path / "saved": "is a SavedModel", tmp_path / "unpacked": "was unpacked",
        tmp_path: "is a folder", tmp_path / "none.keras": "There is no file",
        tmp_path / "data.h5": "is an HDF5 file, but no Keras model",
    }  # fmt: skip
    for path, said in cases.items():
        with pytest.raises(CourseError, match=said):
            model_config(path)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
def test_pipes_and_devices_are_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "m.keras")
    (tmp_path / "zero.keras").symlink_to("/dev/zero")
    for name in ("m.keras", "zero.keras"):
        with pytest.raises(CourseError, match="is a device or a pipe"):
            model_config(tmp_path / name)


def compressed(file):
    file.create_dataset("x", (300_000_000,), "f4", compression="gzip", chunks=(1_000_000,))


def linked(file):
    file["x"] = h5py.ExternalLink("/etc/hosts", "/")


def outside(file):
    file.create_dataset("x", (4,), "u1", external=[("/etc/hosts", 0, 4)])


def virtual(file):
    layout = h5py.VirtualLayout((4,), "u1")
    layout[:] = h5py.VirtualSource("other.h5", "x", (4,))
    file.create_virtual_dataset("x", layout)


def circle(file):
    file.create_group("a")["b"] = file


@pytest.mark.parametrize(
    ("fill", "said"),
    [(compressed, "unpack to 1,200 MB"), (linked, "links to other files"), (circle, "more parts"),
     (outside, "links to other files"), (virtual, "links to other files")],
)  # fmt: skip
def test_weights_that_are_a_bomb_or_reach_out_are_refused(fill, said, tmp_path):
    (tmp_path / "m.h5").write_bytes(h5(fill))
    for path in (keras_zip(tmp_path / "m.keras", weights=h5(fill)), tmp_path / "m.h5"):
        assert path.stat().st_size < 1_000_000
        with pytest.raises(CourseError, match=said):
            model_config(path)


def test_archives_that_are_a_bomb_are_refused_by_what_they_declare(tmp_path):
    bomb = keras_zip(tmp_path / "m.keras", weights=bytes(200_000_000))
    many = tmp_path / "many.keras"
    with zipfile.ZipFile(many, "w") as archive:
        for number in range(20_000):
            archive.writestr(str(number), "")
    with (tmp_path / "sparse.keras").open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    for path, said in (
        (bomb, "unpack to 200 MB"), (many, "far more parts"),
        (keras_zip(tmp_path / "c.keras", "[" * 3_000_000), "config.json unpack to 3 MB"),
        (tmp_path / "sparse.keras", "has 64 MB; 64 are the limit"),
    ):  # fmt: skip
        with pytest.raises(CourseError, match=said):
            model_config(path)


def test_more_weights_than_any_sheet_takes_are_never_made(load, tmp_path):
    with zipfile.ZipFile(CNN) as archive:
        config = json.loads(archive.read("config.json"))
        weights = archive.read("model.weights.h5")
    config["config"]["layers"][-1]["config"]["units"] = 2_000_000_000  # 200 GB of them
    error = load(keras_zip(tmp_path / "m.keras", json.dumps(config), weights))["error"]
    assert re.search(r"has [\d,]{13,} weights; at most 5,000,000 are loaded", error)


CODE = {
    "Lambda": ({"class_name": "Lambda", "module": "keras.layers", "config": {"name": "mine"}},
               "a layer mine .Lambda.: a Python function within the file"),
    "lambda in an activation": ({"class_name": "__lambda__", "config": {"value": "abc"}},
                                "a Python function within the file"),
    "SavedModel": ({"class_name": "TFSMLayer", "module": "keras.layers", "config": {"name": "t"}},
                   "a model of another program"),
    "own class": ({"class_name": "Mine", "module": None, "registered_name": "a>Mine",
                   "config": {}}, "somebody's own making: Mine"),
    "module of Python": ({"class_name": "system", "module": "os", "registered_name": None,
                          "config": "ls"}, "somebody's own making"),
    "builtins": ({"class_name": "eval", "module": "builtins", "config": "1"},
                 "somebody's own making"),
}  # fmt: skip


@pytest.mark.parametrize("name", CODE)
def test_code_in_a_file_is_refused_before_keras_sees_it(name, tmp_path):
    part, said = CODE[name]
    layers = [{"class_name": "Dense", "module": "keras.layers", "config": {"activation": part}}]
    config = {"class_name": "Sequential", "module": "keras", "config": {"layers": layers}}
    text = json.dumps(config)

    def whole(file):
        file.attrs["model_config"] = text

    (tmp_path / "m.h5").write_bytes(h5(whole))
    for path in (keras_zip(tmp_path / "m.keras", text), tmp_path / "m.h5"):
        with pytest.raises(CourseError, match=said) as refusal:
            model_config(path)
        assert "safe_mode" not in str(refusal.value)


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.999])
def test_a_file_that_is_cut_short_says_so(part, tmp_path):
    content = CNN.read_bytes()
    (tmp_path / "m.keras").write_bytes(content[: int(part * len(content))])
    with pytest.raises(CourseError, match="damaged or cut short"):
        model_config(tmp_path / "m.keras")


def test_what_keras_cant_read_is_one_sentence_with_a_remedy(load, tmp_path):
    config = '{"class_name": "Sequential", "module": "keras", "config": {"layers": 7}}'
    error = load(keras_zip(tmp_path / "m.keras", config))["error"]
    assert re.search(r"can't be read as a Keras model \(.*\)\. Save it again", error)


def as_keras_2(config):
    """Return a config as Keras 2 wrote it: without modules, with other words here and there."""
    if isinstance(config, list):
        return [as_keras_2(part) for part in config]
    if not isinstance(config, dict):
        return config
    if config.get("class_name") == "DTypePolicy":
        return "float32"
    left_out = ("module", "registered_name", "build_config", "optional", "ragged")
    config = {key: as_keras_2(part) for key, part in config.items() if key not in left_out}
    if "batch_shape" in config:
        config["batch_input_shape"] = config.pop("batch_shape")
    if config.get("class_name") == "BatchNormalization":
        config["config"]["axis"] = [3]
    return config


def rewritten(path, change):
    with h5py.File(path, "r+") as file:
        config = change(json.loads(file.attrs["model_config"]))
        file.attrs["model_config"] = json.dumps(config)
    return path


def test_an_h5_file_as_keras_2_wrote_it_is_read(keras_side, load, tmp_path):
    keras_side("saved", spec=SPEC, file=tmp_path / "m.h5")
    found = load(rewritten(tmp_path / "m.h5", as_keras_2))
    assert found["kinds"] == ["Conv2D", "Dropout", "Flatten", "Dense"]


def test_an_h5_file_with_a_class_of_somebodys_own_is_named(keras_side, load, tmp_path):
    keras_side("saved", spec=SPEC, file=tmp_path / "m.h5")

    def mine(config):
        config = as_keras_2(config)
        config["config"]["layers"][-1]["class_name"] = "Mine"
        return config

    error = load(rewritten(tmp_path / "m.h5", mine))["error"]
    assert "has a part of somebody's own making: Mine" in error
