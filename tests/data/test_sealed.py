"""Test sets are sealed: one way to them, and two ledgers that say how often and what for."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tools.reference.search import opening_of
from utils import settings
from utils.data import Dataset, Split, course_openings, load, open_test_set, openings, sealed
from utils.data.sealed import Opening, note_opening
from utils.errors import CourseError
from utils.experiments import read_measured

ROOT = settings.ROOT


def a_dataset(name: str = "cifar10", real: bool = True) -> Dataset:
    """Return a set whose test pictures are three, of the labels 0, 1, 2."""
    images = np.arange(3, dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 2, 3), np.uint8)
    split = Split(images, np.arange(3))
    empty = split.first(0)
    return Dataset(name, empty, empty, split, ("a", "b", "c"), "made by a test", "0" * 64, real)


def own_looks() -> list[dict]:
    path = settings.looks_path()
    assert path is not None
    return [json.loads(line) for line in path.read_text().splitlines()]


# The learner's ledger


def test_an_opening_gives_the_test_pictures_and_notes_what_and_why(capsys) -> None:
    dataset = a_dataset()
    assert open_test_set(dataset, "the accuracy of my network", "report it") is dataset.test
    (look,) = own_looks()
    assert {name: look[name] for name in ("set", "real", "pictures", "what", "why")} == {
        "set": "cifar10", "real": True, "pictures": 3,
        "what": "the accuracy of my network", "why": "report it",
    }  # fmt: skip
    said = capsys.readouterr().out
    assert "first look at CIFAR-10's test pictures" in said and "too good" not in said


def test_who_looks_again_is_told_which_look_it_is_and_what_the_first_was_for(capsys) -> None:
    for what in ("batch size 50", "batch size 96", "batch size 500"):
        open_test_set(a_dataset(), what, "report it")
    said = " ".join(capsys.readouterr().out.split())
    day = own_looks()[0]["time"][:10]
    assert (
        "This is your 3rd look at CIFAR-10's test pictures; the first was on "
        f"{day} for batch size 50. Each look for a choice makes the number a little too good."
    ) in said


def test_cats_and_dogs_are_some_of_cifar10s_pictures_and_the_sample_is_neither(capsys) -> None:
    for name, real in (("cifar10", True), ("cats_dogs", True), ("cifar10", False),
                       ("cats_dogs", False), ("mnist", True), ("my things", True)):  # fmt: skip
        open_test_set(a_dataset(name, real), "x", "report it")
    said = capsys.readouterr().out
    assert said.count("progress-test-openings.jsonl.\n") == 5  # the file's name on one line
    looks = re.findall(r"(first|2nd) look at (.+?) test pictures", said)
    assert looks == [
        ("first", "CIFAR-10's"), ("2nd", "CIFAR-10's"), ("first", "the sample's"),
        ("first", "the sample's"), ("first", "MNIST's"), ("first", "my things'"),
    ]  # fmt: skip


@pytest.mark.parametrize(("n", "said"), [(2, "2nd"), (4, "4th"), (11, "11th"), (13, "13th"),
                                         (21, "21st"), (112, "112th"), (122, "122nd")])  # fmt: skip
def test_looks_are_counted_in_english(n: int, said: str, capsys) -> None:
    path = settings.looks_path()
    assert path is not None
    open_test_set(a_dataset(), "x", "report it")
    path.write_bytes(path.read_bytes() * (n - 1))
    open_test_set(a_dataset(), "x", "report it")
    assert f"your {said} look" in capsys.readouterr().out


def test_lines_that_are_no_looks_are_passed_over_and_a_cut_one_spoils_only_itself(capsys) -> None:
    path = settings.looks_path()
    assert path is not None
    open_test_set(a_dataset(), "the first", "report it")
    (good,) = own_looks()
    bad = [{**good, "version": 2}, {**good, "time": "yesterday"}, {**good, "real": "yes"},
           {**good, "what": None}, {**good, "what": "\ud800"}, [1], "x", None, {}]  # fmt: skip
    lines = [json.dumps(one).encode() for one in bad] + [
        b"\xff\xfe",
        b"[" * 5_000,
        b'{"version": 1',
    ]
    path.write_bytes(path.read_bytes() + b"\n".join(lines))
    open_test_set(a_dataset(), "the second", "report it")
    assert "your 2nd look" in capsys.readouterr().out
    assert json.loads(path.read_bytes().splitlines()[-1])["what"] == "the second"


def test_a_ledger_that_cannot_be_used_is_said_and_the_pictures_come_all_the_same(capsys) -> None:
    path = settings.looks_path()
    assert path is not None
    path.mkdir()
    assert len(open_test_set(a_dataset(), "x", "report it")) == 3
    said = " ".join(capsys.readouterr().out.split())
    assert "It isn't noted" in said and path.name in said and "COURSE_PROGRESS" in said


def test_where_nothing_is_to_be_noted_nothing_is(monkeypatch, capsys, tmp_path) -> None:
    monkeypatch.setenv("COURSE_PROGRESS", "off")
    open_test_set(a_dataset(), "x", "report it")
    assert settings.looks_path() is None and list(tmp_path.iterdir()) == []
    assert "it isn't noted" in " ".join(capsys.readouterr().out.split())


def test_two_processes_that_look_at_once_note_two_whole_lines(tmp_path) -> None:
    code = (
        "from utils.data import load, open_test_set\n"
        "dataset = load('cats_dogs', 'sample')\n"
        "for n in range(50): open_test_set(dataset, 'x' * 500, 'report it')"
    )
    both = [subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.DEVNULL)
            for _ in range(2)]  # fmt: skip
    assert [one.wait() for one in both] == [0, 0]
    assert [len(look["what"]) for look in own_looks()] == [500] * 100


@pytest.mark.parametrize("words", [("", "report it"), ("x", " ")])
def test_nothing_is_opened_without_a_word_on_what_for(words) -> None:
    with pytest.raises(ValueError, match="say what"):
        open_test_set(a_dataset(), *words)


# The course's ledger


@pytest.fixture
def ledger(monkeypatch, tmp_path) -> Path:
    path = tmp_path / "openings.toml"
    monkeypatch.setattr(sealed, "LEDGER", path)
    return path


def test_a_script_of_the_course_enters_what_it_opens_and_nothing_of_the_learners(ledger) -> None:
    assert openings("mnist") == "This course has never opened the test pictures of MNIST."
    dataset = a_dataset()
    part = open_test_set(
        dataset, 'the accuracy of "b"', "report it", by="tools/reference/x.py",
        only=lambda split: split.first(2),
    )  # fmt: skip
    assert len(part) == 2
    (entry,) = course_openings("cats_dogs").values()
    assert (entry.set, entry.pictures, entry.measured, entry.why, entry.by) == (
        *("cifar10", 2, 'the accuracy of "b"', "report it", "tools/reference/x.py"),
    )
    looks = settings.looks_path()
    assert looks is not None and not looks.exists()
    said = " ".join(openings("cifar10").split())
    assert said == (
        f"This course has opened the test pictures of CIFAR-10 once: - {entry.when}, 2 pictures: "
        'the accuracy of "b", to report it (tools/reference/x.py)'
    )


def test_a_script_that_opens_a_set_twice_in_a_moment_has_two_entries(ledger) -> None:
    for _ in range(2):
        open_test_set(a_dataset(), "x", "report it", by="tools/reference/x.py")
    assert len(course_openings("cifar10")) == 2


def test_the_samples_test_set_is_no_opening_of_the_courses(ledger) -> None:
    with pytest.raises(ValueError, match="sample"):
        open_test_set(a_dataset(real=False), "x", "report it", by="tools/reference/x.py")
    assert not ledger.exists()


def test_an_entry_is_read_back_as_it_was_written_and_stands_there_once(ledger) -> None:
    one = Opening(
        id="a", set="mnist", pictures=10_000, measured='"50", seeds 1–3', why="report\\it",
        when=date(2026, 11, 21), by="notebooks/17_search.ipynb", seeds=(1, 2),
        accuracy={"best, of all": [0.5, 0.25], "baseline": [0.125, 1.0]},
    )  # fmt: skip
    for opening in (one, replace(one, id="b", seeds=(), accuracy={}), one):
        note_opening(opening)
    assert course_openings("mnist") == {"a": one, "b": replace(one, id="b", seeds=(), accuracy={})}
    assert ledger.read_text(encoding="utf-8").count("[[opening]]") == 2
    assert openings("mnist").startswith("This course has opened the test pictures of MNIST twice:")


def test_the_courses_ledger_holds_true_entries_in_order_of_time() -> None:
    every = {**course_openings("mnist"), **course_openings("cifar10")}
    text = sealed.LEDGER.read_text(encoding="utf-8")
    assert text.count("[[opening]]") == len(every) >= 8  # so no id stands there twice
    for name in ("mnist", "cifar10"):
        days = [one.when for one in course_openings(name).values()]
        assert days == sorted(days)
    for one in every.values():
        assert (ROOT / one.by).is_file() and 0 < one.pictures <= 10_000
        for values in one.accuracy.values():
            assert len(values) == len(one.seeds) and all(0.1 < value < 1 for value in values)


# What the tables tell of test sets, and so the lessons by their claims: which entries it is from.
TESTED = {
    ("mnist", "test_accuracy"): ("mnist", "06-dense", "mnist-the-dense-network-2026-11-26"),
    ("mnist", "shuffled_pixels.test_accuracy"): (
        "mnist", "mnist-the-same-network-with-shuffled-pixels-2026-11-26",
    ),
    ("mnist_cnn", "conv_4_conv_4_dense_8.test_accuracy"): (
        "mnist", "09-cnn", "mnist_cnn-2026-11-26",
    ),
    ("three_classes", "best.test_accuracy"): (
        "cifar10", "08-three-classes", "three_classes-2026-11-26",
    ),
}  # fmt: skip


def test_every_test_score_of_a_table_is_one_of_these() -> None:
    tables = sorted((ROOT / "data" / "reference").glob("*.csv"))
    measured = [path.stem for path in tables if path.read_text("utf-8").startswith("quantity,")]
    found = {(table, row.quantity) for table in measured for row in read_measured(table)
             if "test_accuracy" in row.quantity}  # fmt: skip
    assert found == set(TESTED)


@pytest.mark.parametrize(("table", "quantity"), list(TESTED))
def test_a_test_score_of_a_table_stands_in_the_ledger(table: str, quantity: str) -> None:
    name, *entries = TESTED[table, quantity]
    rows = [row for row in read_measured(table) if row.quantity == quantity]
    for entry in (course_openings(name)[one] for one in entries):
        (values,) = entry.accuracy.values()
        assert entry.seeds == tuple(row.seed for row in rows)
        assert values == pytest.approx([row.value for row in rows], abs=0.00006)  # rounded


def test_what_the_search_and_the_cards_tell_of_a_test_set_stands_in_the_ledger() -> None:
    study = json.loads((ROOT / "data/reference/search.json").read_text(encoding="utf-8"))["study"]
    entry = course_openings("cifar10")[f"{study['name']}-{study['test']['looked']}"]
    assert opening_of(study, "cifar10") == entry  # as the script would enter it
    cards = (ROOT / "data/README.md").read_text(encoding="utf-8")
    for one, name in (("06-stored", "mnist"), ("09-cnn", "mnist"), ("08-three-classes", "cifar10")):
        ((accuracy, *_),) = course_openings(name)[one].accuracy.values()
        assert f"{100 * accuracy:.2f} %" in " ".join(cards.split())


def test_a_name_that_is_no_sets_is_an_error_and_not_a_set_that_nobody_opened() -> None:
    with pytest.raises(CourseError, match="no data set 'cifar'"):
        openings("cifar")


# The only way

# Where else the test part of a set may be named, and why.
ALLOWED = {
    "utils/data/sealed.py": "it is the one way",
    "utils/data/catalogue.py": "puts the parts together, sums their bytes, counts them",
    "utils/data/public_sets.py": "reads the public files; `self.test` is a number of pictures",
    "tools/article_page.py": "says how many there are; `SETS[…].test` is a number of pictures",
    "utils/data/cats_dogs.py": "cuts the test part off; `self.test` is a number of pictures",
}
RAW = ("x_test", "y_test", "test_batch")  # as the public files name theirs


def other_ways(tree: ast.Module) -> Iterator[int]:
    """Yield the lines in which code reaches for a test part; to ask `len(….test)` is no look.

    Misses a name that is put together ("te" + "st"), and vars() or asdict() of a data set.
    """
    counted = {
        id(node.args[0])
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "len" and len(node.args) == 1
    }
    keys = {id(node.slice) for node in ast.walk(tree) if isinstance(node, ast.Subscript)}
    words = {node.value for node in ast.walk(tree)
             if isinstance(node, ast.Constant) and id(node) not in keys}  # fmt: skip
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "test" and id(node) not in counted:
            yield node.lineno
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("getattr", "getter")):
            given = [one.value for one in node.args if isinstance(one, ast.Constant)]
            if "test" in given or (not given and "test" in words):
                yield node.lineno
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in RAW:
            yield node.lineno


@cache
def sources() -> list[tuple[str, ast.Module]]:
    """Return every piece of code of utils, tools, benchmarks and the notebooks with its place."""
    return [(place, ast.parse(code)) for place, code in _sources()]


def _sources() -> Iterator[tuple[str, str]]:
    for folder in ("utils", "tools", "benchmarks"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "notebooks").rglob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                name = f"{path.relative_to(ROOT).as_posix()} {cell['id']}"
                yield name, "".join(cell["source"])


def test_there_is_no_other_way_to_a_test_set() -> None:
    found = {place: lines for place, tree in sources() if (lines := [*other_ways(tree)])}
    assert {place: lines for place, lines in found.items() if place not in ALLOWED} == {}
    assert set(ALLOWED) <= set(found)


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("a = load('mnist')\nb = a.test.images", [2]),
        ("evaluate(run.folder, dataset, dataset.test)", [1]),
        ("replace(data, validation=data.test)", [1]),
        ("for part in ('train', 'test'):\n    getattr(data, part).images", [2]),
        ("getattr(data, 'test').images", [1]),
        ("operator.attrgetter('test')(data)", [1]),
        ("np.load(path)['x_test']", [1]),
        ("print(len(data.test), len(data.test.images))", [1]),
        ("study['test']['best']\ngetattr(data, name)\nlen(data.test)", []),
        ("for part in ('train', 'validation'):\n    getattr(data, part).images", []),
        ("test = open_test_set(data, 'x', 'y').images", []),
    ],
)
def test_the_look_for_other_ways_finds_them(code: str, lines: list[int]) -> None:
    assert [*other_ways(ast.parse(code))] == lines


def test_the_parts_of_a_sample_are_counted_without_a_look() -> None:
    dataset = load("cats_dogs", "sample")
    assert len(dataset.test) == len(open_test_set(dataset, "x", "report it"))
    assert len(own_looks()) == 1


# What for, and what is told of it

# Who opens a test set for something else than a report, and what for.
OTHER_REASONS = {
    "tools/reference/article.py": "replicate the article; nothing was chosen",
    "tools/trace_digits.py": "trace it as pen strokes for the drawing pad's tests",
}


def reasons(tree: ast.Module) -> Iterator[str]:
    """Yield why each call of open_test_set says that it opens the test set."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "open_test_set":
            assert isinstance(node.args[2], ast.Constant)
            yield str(node.args[2].value)


def test_a_test_set_is_opened_to_report_what_validation_chose_and_never_to_choose() -> None:
    found = {place: why for place, tree in sources() for why in reasons(tree)}
    others = {place: why for place, why in found.items() if not why.startswith("report ")}
    assert len(found) >= 8 and others == OTHER_REASONS


# How often is counted by `openings`; a sentence that is typed was true once.
TYPED = re.compile(
    r"(?i)\btest\b[^.!?\n|]*\b(?:once|twice|untouched|won't touch|no run|one look)\b"
    r"|\b(?:once|twice|untouched|won't touch|no run|one look)\b[^.!?\n|]*\btest\b"
)


def pages() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "notebooks").rglob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                yield f"{path.stem} {cell['id']}", "".join(cell["source"])
    for path in [*sorted((ROOT / "data").glob("*/*.toml")), ROOT / "data" / "README.md"]:
        yield path.name, path.read_text(encoding="utf-8")


def test_no_lesson_quiz_or_card_types_how_often_a_test_set_was_opened() -> None:
    assert [(place, found[0]) for place, text in pages() for found in TYPED.finditer(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "## 9  The test, once",
        "train it with Keras, and test it exactly once",
        "No run of this course has seen CIFAR-10's 10,000 test pictures, and no choice",
        "10,000 are the **test**, which we won't touch before the last notebook",
        "64.3 % on the test set, which was looked at once, at the end.",
        "all runs side by side, and one look at the test set.",
    ],
)
def test_the_look_for_typed_claims_finds_those_that_stood_there(text: str) -> None:
    assert TYPED.search(text)
