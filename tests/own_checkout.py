"""A checkout in a folder of a test's own: `course lab` writes beside the notebooks."""

import os
import shutil
from pathlib import Path

from utils.settings import ROOT


def own_checkout(folder: Path) -> dict[str, str]:
    """Copy what `course lab` needs; return the environment in which that copy is the course."""
    for name in ("utils", "notebooks"):
        left = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
        shutil.copytree(ROOT / name, folder / name, ignore=left)
    for name in ("data", "docs"):
        (folder / name).symlink_to(ROOT / name)
    paths = [str(folder), os.environ.get("PYTHONPATH", "")]
    return {"PYTHONPATH": os.pathsep.join(path for path in paths if path)}
