"""To open and to save a notebook as it is stored changes nothing: a new edition can be pulled."""

import json
import shutil
from pathlib import Path

import pytest
from pages import new_page

from utils.settings import NOTEBOOKS

# One of each kind: the start page, a lesson with its first widgets, one with a cell that makes a
# file, one with claims, a solution. That all are stored in one form is test_stored.py's.
STORED = ("00_start.ipynb", "07_convolution.ipynb", "09_cnn_in_a_spreadsheet.ipynb",
          "14_batch_size.ipynb", "solutions/17_search.ipynb")  # fmt: skip
# Opens a notebook with the kernel of the one that is open, which tells of its language, and saves
# it without running a cell. Returns whether JupyterLab took it for changed by then.
OPEN_AND_SAVE = """async (path) => {
  const { commands, shell } = window.jupyterapp;
  const { id } = shell.currentWidget.sessionContext.session.kernel;
  const panel = await commands.execute('docmanager:open',
    { path, factory: 'Notebook', kernel: { id } });
  await panel.context.ready;
  await panel.sessionContext.ready;
  const { kernel } = panel.sessionContext.session;
  await Promise.all([panel.revealed, kernel.info, kernel.spec]);
  for (const _ of [1, 2]) await new Promise(requestAnimationFrame);
  const dirty = panel.context.model.dirty;
  await panel.context.save();
  return dirty;
}"""


@pytest.fixture(scope="module")
def pristine(root, lab, chromium):
    """Yield a page with a kernel, and the folder of the notebooks that it may save."""
    shutil.copytree(NOTEBOOKS, root / "pristine")
    opened = new_page(chromium, lab).open("pristine/01_perceptron.ipynb")
    yield opened.page, root / "pristine"
    opened.close()


@pytest.mark.parametrize("name", STORED)
def test_opened_and_saved_a_notebook_is_as_it_was(pristine, name):
    page, folder = pristine
    dirty = page.evaluate(OPEN_AND_SAVE, f"pristine/{name}")
    assert (folder / name).read_bytes() == (NOTEBOOKS / name).read_bytes()
    assert not dirty


def stored(folder: Path, name: str, **language: str) -> bytes:
    """Write a notebook that tells something else of its language."""
    notebook = json.loads((NOTEBOOKS / "01_perceptron.ipynb").read_text(encoding="utf-8"))
    notebook["metadata"]["language_info"] |= language
    text = json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    (folder / name).write_bytes(text.encode())
    return text.encode()


def test_it_is_as_it_was_too_where_the_kernel_is_another_python(pristine):
    page, folder = pristine
    content = stored(folder, "other_python.ipynb", version="3.12.1")
    assert page.evaluate(OPEN_AND_SAVE, "pristine/other_python.ipynb")  # it is taken for changed
    assert not page.evaluate(OPEN_AND_SAVE, "pristine/other_python.ipynb")  # once
    assert (folder / "other_python.ipynb").read_bytes() == content


def test_what_a_kernel_tells_otherwise_is_seen_to_change_a_notebook(pristine):
    page, folder = pristine
    content = stored(folder, "other_lexer.ipynb", pygments_lexer="python")
    assert page.evaluate(OPEN_AND_SAVE, "pristine/other_lexer.ipynb")
    assert (folder / "other_lexer.ipynb").read_bytes() != content
