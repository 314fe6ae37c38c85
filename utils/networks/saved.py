"""Saved Keras models: read from a .keras or .h5 file, and those that the course brings along.

Keras is imported only when a model is read.
"""

import json
import re
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from utils import settings
from utils.errors import CourseError
from utils.networks.model_files import model_config, own_making
from utils.networks.quiet import quiet_stderr

__all__ = ["REFERENCE_MODELS", "load_model", "reference_model"]

# Each is trained by the script in tools/reference/ that has its name; the ladder's by TFLearn, and
# copied by ladder_network.py.
REFERENCE_MODELS = ("mnist_cnn", "mnist_dense", "three_classes", "ladder", "ladder_sample")
MOST_WEIGHTS = 5_000_000  # 20 MB


def reference_model(name: str) -> Path:
    """Return the file of a model that the course brings along; see REFERENCE_MODELS."""
    if name not in REFERENCE_MODELS:
        raise CourseError(
            f"There is no reference model {name!r}.", f"There are {', '.join(REFERENCE_MODELS)}."
        )
    return settings.ROOT / "data" / "reference" / f"{name}.keras"


def load_model(path: str | Path) -> Any:
    """Return the Keras model of a .keras or .h5 file, without code of its own (Keras's safe mode).

    Raises CourseError where there is no such file, it is something else (which is named), it is
    damaged, brings code along, or has more than five million weights.
    """
    path = settings.resolve_path(path)
    kind, config = model_config(path)
    with quiet_stderr():
        import keras
    count = _tried(path, lambda: _count(keras, config))
    if count > MOST_WEIGHTS:
        raise CourseError(
            f"{path} has {count:,} weights; at most {MOST_WEIGHTS:,} are loaded.",
            "Give a model whose dense layers have fewer units or inputs.",
        )
    with tempfile.TemporaryDirectory() as folder:
        named = Path(folder) / f"model{kind}"  # Keras goes by the ending, and people rename files
        shutil.copyfile(path, named)
        return _tried(path, lambda: keras.saving.load_model(named, compile=False, safe_mode=True))


def _count(keras: Any, config: dict[str, Any]) -> int:
    """Return how many weights a config asks for, without making them."""

    def shapes_only() -> int:
        with keras.StatelessScope(initialize_variables=False):
            if "module" in config:
                return int(keras.models.model_from_json(json.dumps(config)).count_params())
            kind = keras.Sequential if config["class_name"] == "Sequential" else keras.Model
            return int(kind.from_config(config["config"]).count_params())  # of an .h5 file

    # In a thread of its own, so that what Keras notes down about these weights goes with it.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(shapes_only).result()


def _tried(path: Path, load: Any) -> Any:
    """Return what load() gives; whatever it raises becomes one sentence."""
    failure: Exception | None = None
    with quiet_stderr():  # another one: the first sets aside for good what came in it
        try:
            return load()
        except Exception as error:  # Keras raises whatever zip, JSON, HDF5 or a layer raises
            failure = error  # raised below: within, quiet_stderr would show what it holds back
    first = str(failure).strip().partition("\n")[0].strip().rstrip(".")
    foreign = re.search(r"(?:Could not locate|Unknown) [\w ]+:? '([^']+)'", first)
    if foreign:  # of an .h5 file, whose config doesn't say where its classes come from
        raise own_making(path, foreign[1])
    raise CourseError(
        f"{path} can't be read as a Keras model ({first[:200]}).",
        "Save it again by the Keras that made it, by model.save('FILE.keras').",
    ) from failure
