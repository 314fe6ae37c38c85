"""Jupyter's contents manager saves a notebook with the version of Python that its file names."""

import json
from pathlib import Path

import nbformat
import pytest
from jupyter_server.services.contents.largefilemanager import LargeFileManager

from utils.settings import NOTEBOOKS

LESSON = NOTEBOOKS / "01_perceptron.ipynb"


@pytest.fixture
def manager(tmp_path: Path) -> LargeFileManager:
    return LargeFileManager(
        root_dir=str(tmp_path), pre_save_hook="utils.jupyter.saving.keep_version"
    )


def told(**language: str) -> nbformat.NotebookNode:
    """Return the lesson as a kernel that tells this has it."""
    notebook = nbformat.read(LESSON, as_version=nbformat.NO_CONVERT)
    notebook.metadata.language_info |= language
    return notebook


def save(manager: LargeFileManager, content: nbformat.NotebookNode) -> Path:
    manager.save({"type": "notebook", "content": content, "format": "json"}, "a.ipynb")
    return Path(manager.root_dir) / "a.ipynb"


def test_a_kernel_of_another_python_changes_nothing(manager):
    file = Path(manager.root_dir) / "a.ipynb"
    file.write_bytes(LESSON.read_bytes())
    assert save(manager, told(version="3.13.5")).read_bytes() == LESSON.read_bytes()


@pytest.mark.parametrize(
    ("there", "saved"),
    [
        (None, "3.13.5"),  # a new file
        ({"kernelspec": {}}, "3.13.5"),  # one that names none
        ({"language_info": {"name": "R", "version": "4.1"}}, "3.13.5"),
        ({"language_info": {"name": "python", "version": "3.11.7"}}, "3.11.7"),
        (b"cut {", "3.13.5"),  # to save mustn't fail
    ],
)
def test_the_kernels_version_is_saved_where_the_file_names_none(manager, there, saved):
    file = Path(manager.root_dir) / "a.ipynb"
    if isinstance(there, bytes):
        file.write_bytes(there)
    elif there is not None:
        file.write_text(json.dumps({"metadata": there}))
    written = json.loads(save(manager, told(version="3.13.5")).read_text(encoding="utf-8"))
    assert written["metadata"]["language_info"]["version"] == saved


def test_other_files_are_saved_as_they_are(manager):
    manager.save({"type": "file", "content": "text", "format": "text"}, "a.txt")
    assert (Path(manager.root_dir) / "a.txt").read_text() == "text"
