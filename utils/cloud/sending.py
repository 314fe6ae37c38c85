"""The copy of a job's folder that a cloud's machine gets: just the files that are to be sent."""

import shutil
from pathlib import Path

from utils import settings
from utils.cloud.floydignore import files_to_send, size_of

__all__ = ["code_line", "copy_code"]


def code_line(folder: Path) -> str:
    """Return a sentence that says how much code would be sent."""
    files = _files(folder)
    return f"Sent: {len(files)} files of {folder}, {size_of(folder, files) / 1e6:.1f} MB."


def copy_code(folder: Path, name: str) -> Path:
    """Copy what is sent of a folder to build/cloud/NAME/code; return that folder.

    SkyPilot sends a folder whole, but for what .skyignore or .gitignore say; with an empty
    .skyignore in the copy it is these files and no others.
    """
    target = settings.BUILD / "cloud" / name / "code"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for path in _files(folder):
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(folder / path, target / path)
    (target / ".skyignore").write_text("", encoding="utf-8")
    return target


def _files(folder: Path) -> list[Path]:
    """Return the files to send; what was made in build/, the copies themselves too, is not."""
    return [path for path in files_to_send(folder) if settings.BUILD not in (folder / path).parents]
