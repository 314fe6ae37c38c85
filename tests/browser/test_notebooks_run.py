"""Each notebook in a real browser: it opens, runs, asks nobody outside, and can be used by all.

They run on the built-in sample, as for a learner who has downloaded nothing: at `quick`, but at
`smoke` those that train for minutes. Each shows what it teaches, as far as that work shows it
(effects.py), and is legible and whole in small windows and in both themes (layout.py). One folder
of runs serves all, in order: 16 compares what 11 to 15 have trained.

The accessibility rules are axe-core's, https://github.com/dequelabs/axe-core; those of impact
"serious" and "critical" count. Examined is what a notebook itself shows, not JupyterLab.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from effects import EFFECTS, shown_by
from layout import layout_faults
from nbformat.v4 import new_code_cell, new_notebook, new_output
from pages import lab_in, new_page
from playwright.sync_api import Browser, Page

from tools.browser import Server
from utils import settings

LESSONS = settings.lessons()
OURS = [".jp-Notebook .jp-RenderedMarkdown", ".jp-Notebook .jp-OutputArea-output"]
# Two with widgets, figures, tables, training, a quiz and checks between them. All run without a
# browser, on real data where there is any, in tests/notebooks; and here in CI.
ALWAYS = {"04_gradient_descent", "11_layers"}
# What these train at `quick` takes a quarter of an hour on a slow machine; they train at `smoke`.
TRAIN_LONG = {"10", "11", "12", "13", "14", "15", "16", "17", "18", "20"}
WITHOUT_ALT = """() => [...document.querySelectorAll('.jp-Notebook img')]
  .filter((img) => !(img.getAttribute('alt') ?? '').trim())
  .map((img) => img.outerHTML.slice(0, 200))"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("sample")
    shutil.copytree(settings.NOTEBOOKS, made / "notebooks")
    return made


@pytest.fixture(scope="module")
def sample_lab(folder: Path, request: pytest.FixtureRequest) -> Iterator[Server]:
    with lab_in(folder, COURSE_PROFILE=request.param, COURSE_DATA_SOURCE="sample") as server:
        yield server


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
    ("sample_lab", "path"),
    [
        pytest.param(
            "smoke" if path.stem[:2] in TRAIN_LONG else "quick",
            path,
            id=path.stem,
            marks=[] if path.stem in ALWAYS else pytest.mark.slow,
        )
        for path in LESSONS
    ],
    indirect=["sample_lab"],
)
def test_a_notebook_runs_in_the_browser_on_the_sample(
    path: Path, folder: Path, sample_lab: Server, chromium: Browser
) -> None:
    opened = new_page(chromium, sample_lab).open(f"notebooks/{path.name}").run()
    opened.save()
    EFFECTS[path.name[:2]](shown_by(folder / "notebooks" / path.name, folder / "runs"))
    assert opened.page.evaluate(WITHOUT_ALT) == []
    assert violations(opened.page) == []
    assert layout_faults(opened) == []
    assert opened.strangers == []
    assert opened.complaints == []
    opened.close()


def test_every_lesson_has_an_effect() -> None:
    assert list(EFFECTS) == [path.name[:2] for path in LESSONS]


def test_an_effect_is_looked_for_in_what_is_read_and_not_in_the_bytes_of_pictures(
    tmp_path: Path,
) -> None:
    path, picture = tmp_path / "seen.ipynb", '<img src="data:image/png;base64,iVBOR/w0KG+go=">'
    outputs = [
        new_output("stream", text="loss 0.5\n"),
        new_output("display_data", data={"text/html": f"<p>one/two {picture} three</p>"}),
    ]
    nbformat.write(new_notebook(cells=[new_code_cell("1", outputs=outputs)]), path)
    shown = picture.replace("iVBOR/w0KG+go=", "")
    assert shown_by(path, tmp_path).text == f"loss 0.5\n\n<p>one/two {shown} three</p>"
