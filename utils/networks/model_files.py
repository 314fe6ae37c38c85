"""Files of trained models from outside: what each is, and whether Keras may read it.

Trusts nothing in them, and runs nothing of them: names and declared sizes are looked at before
anything is unpacked, and a Python function or class in the file is refused.
"""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from utils.data.pictures import ordinary_file
from utils.errors import CourseError

__all__ = ["model_config", "own_making"]

MOST_BYTES = 64_000_000  # of a file and of what it unpacks to: five million weights and Adam's
MOST_CONFIG = 2_000_000  # bytes of the layers' description; a large model has 100,000
MOST_DIRECTORY = 100_000  # bytes of a zip archive's list of members; Keras writes 200
MOST_PARTS = 10_000  # groups and arrays in an HDF5 file

SAVE = "Where it was trained, save it whole: model.save('FILE.keras')."
REBUILD = "Only Keras models are read: build and train the network in Keras, and save that."
ENDINGS = {
    ".json": ("a description of layers without weights", SAVE),
    ".pb": ("a TensorFlow graph (SavedModel)", SAVE),
    ".index": ("TensorFlow weights without layers (a checkpoint)", SAVE),
    ".ckpt": ("TensorFlow weights without layers (a checkpoint)", SAVE),
    ".tflite": ("a TensorFlow Lite model", SAVE),
    ".onnx": ("an ONNX model", REBUILD),
    ".pt": ("a PyTorch model", REBUILD),
    ".pth": ("a PyTorch model", REBUILD),
    ".safetensors": ("weights without layers (safetensors)", REBUILD),
    ".mlmodel": ("a Core ML model", REBUILD),
    ".npz": ("NumPy arrays without layers", SAVE),
    ".npy": ("a NumPy array without layers", SAVE),
    ".pkl": ("a Python pickle, which could run code of its own", SAVE),
    ".pickle": ("a Python pickle, which could run code of its own", SAVE),
    ".joblib": ("a Python pickle, which could run code of its own", SAVE),
}
# Classes of Keras that run what a file brings along.
RUNNING = ("Lambda", "TorchModuleWrapper", "TFSMLayer", "JaxLayer", "FlaxLayer", "__lambda__")
OURS = ("keras", "tf_keras")  # packages whose classes a file may name


def model_config(path: Path) -> tuple[str, dict[str, Any]]:
    """Return ".keras" or ".h5", whichever a file is whatever its name, and its layers' config.

    Raises CourseError for all else, named as what it is; for a damaged file, one of more than
    64 MB packed or unpacked, and one that brings code along.
    """
    if path.is_dir():
        raise _folder(path)
    ordinary_file(path, MOST_BYTES, "a Keras model: FILE.keras or FILE.h5")
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(b"\x89HDF\r\n\x1a\n"):
        kind, text = ".h5", _from_h5(path)
    elif head.startswith(b"PK"):
        kind, text = ".keras", _from_zip(path)
    else:
        raise _foreign(path, head)
    with _damage_named(path):
        config = json.loads(text)
        if not isinstance(config, dict):
            raise ValueError("no description of layers")
        config.pop("compile_config", None)  # how it was trained: nobody asks
        _refuse_code(path, config)
    return kind, config


@contextmanager
def _damage_named(path: Path) -> Iterator[None]:
    """Turn whatever zip, JSON and HDF5 raise on a damaged file into one sentence."""
    try:
        yield
    except CourseError:
        raise
    except Exception as error:
        raise CourseError(
            f"{path} can't be read as a Keras model: it is damaged or cut short.",
            "Copy it again, or save the model again.",
        ) from error


def _folder(path: Path) -> CourseError:
    if (path / "saved_model.pb").exists():
        return CourseError(f"{path} is a SavedModel, a folder of TensorFlow.", SAVE)
    if (path / "config.json").exists():
        return CourseError(f"{path} is a folder: a .keras file that was unpacked.", SAVE)
    return CourseError(f"{path} is a folder.", "Give a Keras model: FILE.keras or FILE.h5.")


def _foreign(path: Path, head: bytes) -> CourseError:
    what, remedy = ENDINGS.get(path.suffix.lower(), ("", SAVE))
    if head[4:8] == b"TFL3":
        what, remedy = ENDINGS[".tflite"]
    elif b'"class_name"' in head and head.lstrip().startswith(b"{"):
        what, remedy = (
            "a description of layers without weights",
            f"With its weights: model = keras.models.model_from_json(open({str(path)!r}).read()); "
            "model.load_weights('FILE.weights.h5'); model.save('FILE.keras').",
        )
    elif re.match(rb"\x80[\x02-\x05]", head) and not what:
        what, remedy = ENDINGS[".pkl"]
    if what:
        return CourseError(f"{path} is {what}, not a whole Keras model.", remedy)
    return CourseError(f"{path} isn't a Keras model.", "Give FILE.keras or FILE.h5.")


def _from_zip(path: Path) -> bytes:
    """Return the config of a .keras file, after a look at all that it declares."""
    with _damage_named(path):
        _check_directory(path)
        with zipfile.ZipFile(path) as archive:
            sizes = {info.filename: info.file_size for info in archive.infolist()}
            if "config.json" not in sizes:
                raise _no_model(path, list(sizes))
            if "model.weights.h5" not in sizes:
                raise CourseError(f"{path} has no weights in it (model.weights.h5).", SAVE)
            _check_size(path, "its parts", sum(sizes.values()), MOST_BYTES)
            _check_size(path, "its config.json", sizes["config.json"], MOST_CONFIG)
            import h5py  # comes with Keras

            with h5py.File(io.BytesIO(archive.read("model.weights.h5")), "r") as weights:
                _check_h5(path, weights)
            return archive.read("config.json")


def _check_directory(path: Path) -> None:
    """Raise CourseError for a zip archive of very many members, which all would be listed."""
    tail = path.read_bytes()[-66_000:]
    end = tail.rfind(b"PK\5\6")
    if end < 0:
        raise zipfile.BadZipFile("no end")
    size = int.from_bytes(tail[end + 12 : end + 16], "little")
    if size > MOST_DIRECTORY or b"PK\6\7" in tail[max(end - 20, 0) : end]:  # or zip64, which counts
        raise CourseError(
            f"{path} is a zip archive of far more parts than a Keras model has.", SAVE
        )


def _no_model(path: Path, names: list[str]) -> CourseError:
    if any(name.endswith("data.pkl") for name in names):
        return CourseError(f"{path} is a PyTorch model.", REBUILD)
    if any(name.endswith(".npy") for name in names):
        return CourseError(f"{path} holds NumPy arrays without layers.", SAVE)
    return CourseError(f"{path} is a zip archive, but no Keras model (no config.json).", SAVE)


def _from_h5(path: Path) -> bytes:
    """Return the config of a whole model in HDF5, after a look at all that it declares."""
    import h5py

    with _damage_named(path), h5py.File(path, "r") as file:
        _check_h5(path, file)
        if "model_config" not in file.attrs:
            raise _only_weights(path, file)
        config = file.attrs["model_config"]
        return config.encode() if isinstance(config, str) else bytes(config)


def _only_weights(path: Path, file: Any) -> CourseError:
    names = {"layers", "layer_names", "top_level_model_weights", "_layer_checkpoint_dependencies"}
    if not names & {*file, *file.attrs}:
        return CourseError(f"{path} is an HDF5 file, but no Keras model.", SAVE)
    return CourseError(
        f"{path} holds a model's weights without its layers.",
        "In Python, build the model by the code that made it, and then: "
        f"model.load_weights({str(path)!r}); model.save('FILE.keras').",
    )


def _check_h5(path: Path, file: Any) -> None:
    """Raise CourseError where an HDF5 file declares too much, or reaches out of itself."""
    import h5py

    groups, parts, size = [file], 0, 0
    while groups:
        group = groups.pop()
        for name in group:
            parts += 1
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise CourseError(f"{path} links to other files, as no saved model does.", SAVE)
            part = group[name]
            if isinstance(part, h5py.Group):
                groups.append(part)
            elif part.external or part.is_virtual:
                raise CourseError(f"{path} links to other files, as no saved model does.", SAVE)
            else:
                size += part.nbytes
            _check_size(path, "its arrays", size, MOST_BYTES)
            if parts > MOST_PARTS:
                raise CourseError(f"{path} has far more parts than a Keras model has.", SAVE)


def _check_size(path: Path, what: str, size: int, most: int) -> None:
    """Raise CourseError where parts of a file declare more bytes than are taken."""
    if size > most:
        raise CourseError(
            f"{path} declares that {what} unpack to {size / 1e6:,.0f} MB; {most / 1e6:.0f} are the "
            "limit.",
            "Give a smaller model, of at most five million weights.",
        )


def _refuse_code(path: Path, config: Any) -> None:
    """Raise CourseError where a config names a function or a class that isn't Keras's own."""
    parts = [config]
    while parts:
        part = parts.pop()
        if isinstance(part, list):
            parts += part
        if not isinstance(part, dict):
            continue
        parts += part.values()
        kind, module = part.get("class_name"), part.get("module")
        if not isinstance(kind, str):
            continue
        inner = part.get("config")
        name = inner.get("name", kind) if isinstance(inner, dict) else inner or kind
        if kind in RUNNING:
            what = "a Python function" if "ambda" in kind else "a model of another program"
            raise CourseError(
                f"{path} has a layer {name} ({kind}): {what} within the file, which could do "
                "anything on this machine, so it isn't loaded.",
                "Replace it by layers of Keras, such as keras.layers.Rescaling, and save again.",
            )
        if (
            isinstance(module, str)
            and module.split(".")[0] not in OURS
            or (module is None and part.get("registered_name") is not None)
        ):
            raise own_making(path, f"{name} ({kind})")


def own_making(path: Path, name: str) -> CourseError:
    """Return what to say of a class or function that isn't Keras's."""
    return CourseError(
        f"{path} has a part of somebody's own making: {name}, whose code isn't in the file.",
        "Use layers and functions of Keras itself, and save again.",
    )
