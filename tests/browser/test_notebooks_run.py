"""Each notebook in a real browser: it opens, runs, asks nobody outside, and can be used by all.

It is legible and whole in small windows too, and follows the theme: see layout.py.

The accessibility rules are axe-core's, https://github.com/dequelabs/axe-core; those of impact
"serious" and "critical" count. Examined is what a notebook itself shows, not JupyterLab.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from layout import layout_faults
from playwright.sync_api import Page

from tools.notebook_page import NotebookPage
from utils import settings

LESSONS = settings.lessons()
OURS = [".jp-Notebook .jp-RenderedMarkdown", ".jp-Notebook .jp-OutputArea-output"]
# Two with widgets, figures, tables, TensorBoard's frame, a quiz and checks between them. The others
# are run without a browser by tests/notebooks, and in one by CI.
QUICK = {"04_gradient_descent", "15_compare"}
WITHOUT_ALT = """() => [...document.querySelectorAll('.jp-Notebook img')]
  .filter((img) => !(img.getAttribute('alt') ?? '').trim())
  .map((img) => img.outerHTML.slice(0, 200))"""


def violations(page: Page) -> list[str]:
    """Return what axe-core finds serious or critical in the notebook's own content."""
    found = Axe().run(page, context={"include": [[one] for one in OURS]})
    return [
        f"{one['id']}: {one['help']}: {node['html'][:200]}"
        for one in found.response["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=path.stem, marks=[] if path.stem in QUICK else pytest.mark.slow)
        for path in LESSONS
    ],
)
def test_a_notebook_runs_in_the_browser(
    path: Path, notebook: Callable[[str], NotebookPage]
) -> None:
    opened = notebook(f"notebooks/{path.name}").run()
    assert opened.page.evaluate(WITHOUT_ALT) == []
    assert violations(opened.page) == []
    assert layout_faults(opened) == []
    assert opened.strangers == []
    assert opened.complaints == []
