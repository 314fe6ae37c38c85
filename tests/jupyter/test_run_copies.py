"""`course run --work` executes the learner's own copies."""

from pathlib import Path

from made_notebooks import text_outputs
from small_course import CELLS, make, use, write_course
from typer.testing import CliRunner

from utils.cli.main import app
from utils.jupyter.merge import as_stored
from utils.jupyter.work import make_copies


def test_ones_own_copies_are_run_and_their_pages_lead_on(tmp_path: Path, monkeypatch) -> None:
    root, build = tmp_path / "course", tmp_path / "build"
    write_course(root)
    use(root, monkeypatch)
    monkeypatch.setenv("COURSE_BUILD", str(build))
    links = "[Solution](solutions/05_mnist.ipynb), [next](10_layers.ipynb)"
    mine = make(CELLS | {"task": links, "exercise": "import os; print(os.getcwd())"})
    (make_copies() / "05_mnist.ipynb").write_text(as_stored(mine), encoding="utf-8")
    result = CliRunner().invoke(app, ["run", "--only", "05", "--work"])
    assert result.exit_code == 0, result.output
    assert text_outputs(build / "notebooks" / "05_mnist.ipynb") == f"{root / 'work'}\n"
    page = (build / "notebooks" / "05_mnist.html").read_text(encoding="utf-8")
    assert 'href="../../course/work/10_layers.ipynb"' in page  # which isn't run
    assert 'href="../../course/work/solutions/05_mnist.ipynb"' in page
    assert (root / "work" / "05_mnist.ipynb").read_text(encoding="utf-8") == as_stored(mine)
