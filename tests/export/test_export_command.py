"""`course export page …` as a person uses it: what it prints, its exit codes, its file."""

import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from utils.networks.saved import reference_model

DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


@pytest.fixture
def export(keras_side):
    """Return a function that runs `course export page …` in Keras's process."""

    def run(*arguments):
        given = {"arguments": ["export", "page", *map(str, arguments)], "environment": {}}
        return SimpleNamespace(**keras_side("command", **given))

    return run


def names_in(page: Path) -> list[str]:
    text = page.read_text(encoding="utf-8")
    found = re.search(r'(?s)<script type="application/json" id="network">(.*?)</script>', text)
    assert found is not None
    return json.loads(found[1])["names"]


def test_a_page_is_written_told_and_kept_unless_force_is_given(export, tmp_path):
    file, page = reference_model("mnist_cnn"), tmp_path / "new" / "digits.html"
    (tmp_path / "names.txt").write_text("\n".join(DIGITS) + "\n\n", encoding="utf-8-sig")
    done = export(file, "-o", page, "--labels", tmp_path / "names.txt", "--title", "A <b> & c")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(rf"{re.escape(str(page))}: 0\.0\d MB\n", done.stdout)
    assert names_in(page) == DIGITS and "<h1>A &lt;b&gt; &amp; c</h1>" in page.read_text("utf-8")
    before = page.read_bytes()
    done = export(file, "-o", page)
    assert done.returncode == 1 and "or overwrite it with --force" in done.stderr
    assert page.read_bytes() == before
    assert export(file, "-o", page, "--force").returncode == 0
    assert names_in(page) == [str(n) for n in range(10)]
    assert [one.name for one in page.parent.iterdir()] == ["digits.html"]


@pytest.mark.parametrize(
    ("output", "more", "said"),
    [
        ("p.xlsx", [], "doesn't end in .html. Name the page FILE.html."),
        ("file.txt/p.html", [], "can't be written"),
        ("p.html", ["--labels", "a,b"], "The model has 10 classes; the names are a, b."),
    ],
)
def test_a_page_that_cannot_be_is_a_sentence_and_leaves_nothing(
    output, more, said, export, tmp_path
):
    (tmp_path / "file.txt").write_text("mine")
    done = export(reference_model("mnist_cnn"), "-o", tmp_path / output, *more)
    assert done.returncode == 1 and said in done.stderr and "Traceback" not in done.stderr
    assert [one.name for one in tmp_path.iterdir()] == ["file.txt"]


def test_a_file_that_is_no_model_is_named_as_what_it_is(export, tmp_path):
    (tmp_path / "m.onnx").write_bytes(b"\x08\x07")
    done = export(tmp_path / "m.onnx", "-o", tmp_path / "p.html")
    assert done.returncode == 1 and "is an ONNX model, not a whole Keras model" in done.stderr
    assert "Only Keras models are read" in done.stderr and not (tmp_path / "p.html").exists()
