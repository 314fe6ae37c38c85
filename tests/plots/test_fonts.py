"""Texts of users in figures: any script, no crash, no warning, a font only where one is needed."""

import io
import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
from made_runs import made_rows, make_run
from matplotlib.figure import Figure
from matplotlib.font_manager import findSystemFonts, fontManager
from PIL import Image

from utils import plots, settings
from utils.experiments.history import load_runs
from utils.plots import fonts, style
from utils.plots.comparison_page import comparison_report
from utils.plots.style import STYLE

CHINESE = "我的实验 学习率"
EAST_ASIAN_FONT = any(
    fonts._covered(path, "我") for path in findSystemFonts() if "LastResort" not in path
)
needs_a_font = pytest.mark.skipif(
    not EAST_ASIAN_FONT, reason="the system package fonts-wqy-microhei isn't installed"
)

PRIVATE = "\U000f1234"  # no font has it


@pytest.fixture(autouse=True)
def _looks_anew():
    fonts._families.cache_clear()
    fonts._add_new_fonts.cache_clear()


def figure_of(words):
    """Return a figure with a text in every place that a user's name can come to."""
    figure = Figure(figsize=(4, 3))
    axes = figure.subplots()
    axes.barh([words.replace("\ud800", "").replace("\udcff", "") or "a", "b"], [1, 2], label=words)
    axes.set_title(words, weight="bold")
    axes.set_xlabel(words)
    axes.legend()
    axes.text(0, 0, words)
    figure.suptitle(words)
    return figure


def pixels(words):
    figure = Figure(figsize=(1, 1))
    figure.text(0.2, 0.2, words, fontsize=40)
    return np.asarray(Image.open(io.BytesIO(plots.png(figure))))


def program(words):
    """Return what a process that draws these words prints to standard error."""
    code = (
        "import sys\nsys.path[:0] = ['tests/plots', 'tests']\nfrom test_fonts import figure_of\n"
        "from utils import plots\n"
        f"for words in {words!r}:\n    assert plots.png(figure_of(words))[:4] == b'\\x89PNG'"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, capture_output=True, cwd=settings.ROOT, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


KNOWN = [
    "größe",
    "Ελλάδα",
    "опыт",
    "שלום עולם",
    "مرحبا بالعالم",
    "\u202eabc\u202c",
    "a\u200db",
    "é",
]
BROKEN = [
    "abc\ud800",
    "\udcff",
    r"$\foo$",
    "$x",
    "$$",
    r"\frac{",
    "a\nb",
    "a\0b\x1b",
    "%",
    "a_b",
    "^",
]


def test_what_matplotlib_has_itself_needs_no_other_font_and_nothing_stops_a_figure():
    assert program(KNOWN + BROKEN) == ""


def test_for_ascii_no_font_is_looked_through_and_the_figure_is_drawn_once():
    code = (
        "import sys\nsys.path[:0] = ['tests/plots', 'tests']\nfrom test_fonts import figure_of\n"
        "from utils import plots\nfrom utils.plots import fonts\n"
        "from matplotlib.figure import Figure\n"
        "save = Figure.savefig\ntimes = []\n"
        "Figure.savefig = lambda *a, **more: times.append(1) or save(*a, **more)\n"
        "plots.png(figure_of('abc'))\n"
        "print(fonts._families.cache_info().currsize, len(times))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, cwd=settings.ROOT)
    assert (done.stdout, done.stderr) == ("0 1\n", "")


def test_where_no_font_has_a_character_one_sentence_names_a_package():
    said = program([PRIVATE, PRIVATE + "b", PRIVATE])
    assert len(said.splitlines()) == 1
    assert "No font here has" in said and "fonts-noto-core" in said


@pytest.mark.parametrize(
    ("character", "package"),
    [
        ("我", "fonts-wqy-microhei"), ("か", "fonts-wqy-microhei"), ("학", "fonts-wqy-microhei"),
        ("न", "fonts-noto-core"), ("ไ", "fonts-noto-core"), ("😀", "fonts-symbola"),
        ("\u0378", "fonts-noto-core"),
    ],
)  # fmt: skip
def test_the_package_that_is_named_is_one_with_that_script(character, package):
    assert fonts._package(character) == package


@needs_a_font
def test_chinese_is_drawn_by_an_installed_font_in_every_place_without_a_word():
    assert program([CHINESE, "学" + "$x", "$我$"]) == ""
    figure = figure_of(CHINESE)
    plots.png(figure)
    shown = [text for text in figure.findobj(fonts.Text) if "我" in text.get_text()]
    assert len(shown) >= 6
    assert all(not fonts._lacking(text) for text in shown)
    assert not fonts.fit_texts(figure)
    assert (pixels("我") != pixels("的")).any()  # boxes would be alike


@needs_a_font
def test_a_font_that_came_after_matplotlib_looked_last_is_found(monkeypatch):
    old = [font for font in fontManager.ttflist if not fonts._covered(font.fname, "我")]
    monkeypatch.setattr(fontManager, "ttflist", old)
    fonts._families.cache_clear()
    fonts._add_new_fonts.cache_clear()
    figure = figure_of(CHINESE)
    plots.png(figure)
    assert not any(fonts._lacking(text) for text in figure.findobj(fonts.Text))


def test_a_font_file_that_is_gone_or_broken_is_passed_over(tmp_path):
    (tmp_path / "broken.ttf").write_bytes(b"\0\1\0\0" + b"x" * 200)
    for name in ("broken.ttf", "gone.ttf"):
        assert fonts._covered(str(tmp_path / name), "a") == set()


def test_a_formula_stays_one_and_titles_of_pictures_are_never_taken_for_one():
    figure = Figure()
    formula = figure.text(0, 0, "loss $L$ → $\\Delta w_1$")
    plots.png(figure)
    assert formula.get_parse_math()
    grid = plots.images(np.zeros((1, 8, 8), np.uint8), titles=["$5 or $6"])
    assert grid.axes[0].title.get_parse_math() is False


def test_the_style_stays_as_it_was():
    figure = figure_of("abc")
    plots.png(figure)
    assert "font.family" not in STYLE
    assert {tuple(text.get_fontfamily()) for text in figure.findobj(fonts.Text)} == {
        ("sans-serif",)
    }


@needs_a_font
def test_the_page_that_compares_runs_has_fonts_for_their_names(tmp_path, monkeypatch):
    made = make_run(tmp_path / "made", "dropout/0.5/seed-0", made_rows(0.6))
    name = {"study": "我的实验", "variant": "学习率 0.01"}
    for study in (name["study"], "another"):
        folder = tmp_path / "runs" / study / name["variant"] / "seed-0"
        shutil.copytree(made, folder)
        record = json.loads((folder / "run.json").read_text())
        (folder / "run.json").write_text(json.dumps(record | name | {"study": study}))
    drawn = []
    monkeypatch.setattr(style, "fit_texts", lambda figure: [drawn.append(figure), fit(figure)][1])
    fit = fonts.fit_texts
    comparison_report(load_runs(tmp_path / "runs"), tmp_path / "page.html")
    texts = [text for figure in drawn for text in figure.findobj(fonts.Text)]
    assert len(drawn) == 7 and sum("学" in text.get_text() for text in texts) >= 7
    assert [(t.get_text(), fonts._lacking(t)) for t in texts if fonts._lacking(t)] == []
