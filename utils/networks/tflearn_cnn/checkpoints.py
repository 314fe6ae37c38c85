"""Write a network's variables to a checkpoint and read them back, with errors a person can use.

Knows neither epochs nor runs: a saver, a session and the place of the files.
"""

import os
import re
from pathlib import Path
from typing import Any

from utils.errors import CourseError
from utils.networks.tflearn_cnn import compat  # noqa: F401  # imports TensorFlow quietly

import tensorflow as tf  # isort: skip

__all__ = ["restore", "save"]


def save(saver: Any, session: Any, path: Path, remedy: str) -> None:
    """Write a checkpoint, `path.index` and `path.data-…`, to the disk itself.

    Raises CourseError, with that remedy, where the disk is full or a right is missing.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        saver.save(session, str(path), write_meta_graph=False, write_state=False)
        for file in path.parent.glob(f"{path.name}.*"):  # a record must never outlive its weights
            with file.open("rb+") as opened:
                os.fsync(opened.fileno())
    except (OSError, ValueError, tf.errors.OpError) as error:
        raise CourseError(f"{path} can't be written ({_reason(error)}).", remedy) from error


def restore(saver: Any, session: Any, path: Path, remedy: str) -> None:
    """Read a checkpoint; raise CourseError, with that remedy, where it is damaged or gone."""
    try:
        saver.restore(session, str(path))
    except (OSError, ValueError, tf.errors.OpError) as error:
        raise CourseError(f"{path} can't be read ({_reason(error)}).", remedy) from error


def _reason(error: Exception) -> str:
    """Return the few words that matter: TensorFlow says them over many lines, after the file."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    text = str(error)
    node = re.search(r"([^\n]*)\n\s*\[\[", text)
    return (node[1] if node else text.strip().partition("\n")[0]).rpartition("; ")[2].rstrip(".")
