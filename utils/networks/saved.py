"""Saved Keras models: read from a .keras file, and those that the course brings along.

Keras is imported only when a model is read.
"""

from pathlib import Path
from typing import Any

from utils import settings
from utils.errors import CourseError
from utils.networks.quiet import quiet_stderr

__all__ = ["REFERENCE_MODELS", "load_model", "reference_model"]

# Trained by tools/reference/train_mnist_cnn.py, train_mnist_dense.py and train_three_classes.py.
REFERENCE_MODELS = ("mnist_cnn", "mnist_dense", "three_classes")


def reference_model(name: str) -> Path:
    """Return the file of a model that the course brings along; see REFERENCE_MODELS."""
    if name not in REFERENCE_MODELS:
        raise CourseError(
            f"There is no reference model {name!r}.", f"There are {', '.join(REFERENCE_MODELS)}."
        )
    return settings.ROOT / "data" / "reference" / f"{name}.keras"


def load_model(path: str | Path) -> Any:
    """Return the Keras model of a .keras file, without code of its own (Keras's safe mode).

    Raises CourseError where there is no such file, or Keras can't read it.
    """
    path = Path(path)
    if not path.is_file():
        raise CourseError(f"There is no file {path}.", "Give a model saved as FILE.keras.")
    if path.suffix != ".keras":
        raise CourseError(
            f"{path} doesn't end in .keras.", "Save the model by model.save('FILE.keras')."
        )
    failure: Exception | None = None
    with quiet_stderr():
        import keras
    with quiet_stderr():  # another one: the first sets aside for good what came in it
        try:
            return keras.saving.load_model(path, compile=False, safe_mode=True)
        except Exception as error:  # Keras raises whatever zip, JSON, HDF5 or a layer raises
            failure = error  # raised below: within, quiet_stderr would show what it holds back
    first = str(failure).strip().partition("\n")[0]
    raise CourseError(f"{path} can't be read as a Keras model ({first}).") from failure
