"""The learner's copies: made, following an edition, given back, and nothing ever lost."""

import os
import shutil
from datetime import datetime
from pathlib import Path

import pytest
from small_course import CELLS, cells_of, make, ran, use, write_course

from utils.errors import CourseError
from utils.jupyter import work
from utils.jupyter.merge import as_stored
from utils.jupyter.update import update

ANSWER = {"exercise": "answer = 7"}
NAMES = ["05_mnist.ipynb", "10_layers.ipynb", "solutions/05_mnist.ipynb"]


@pytest.fixture
def root(tmp_path, monkeypatch) -> Path:
    """Return a course without git."""
    root = tmp_path / "course"
    write_course(root)
    use(root, monkeypatch)
    return root


def write(path: Path, cells: dict[str, str], run: bool = False) -> bytes:
    notebook = ran(make(cells)) if run else make(cells)
    path.write_text(as_stored(notebook), encoding="utf-8", newline="\n")
    return path.read_bytes()


def files(folder: Path) -> list[str]:
    return sorted(one.relative_to(folder).as_posix() for one in folder.rglob("*.ipynb"))


def kept(root: Path) -> dict[str, bytes]:
    """Return what is kept by its place, without the time in its name."""
    folder = root / "work" / "kept"
    return {one.relative_to(folder).as_posix(): one.read_bytes() for one in folder.rglob("*.ipynb")}


def test_every_notebook_is_copied_once_and_a_copy_is_never_overwritten(root, capsys):
    assert work.make_copies() == root / "work"
    assert files(root / "work") == sorted(
        [*NAMES, "00_start.ipynb", *(f".originals/{name}" for name in NAMES)]
    )
    mine = write(root / "work" / NAMES[0], CELLS | ANSWER)
    (root / "work" / NAMES[1]).unlink()
    start = root / "work" / "00_start.ipynb"
    start.write_text("written anew at each start")
    work.make_copies()
    assert (root / "work" / NAMES[0]).read_bytes() == mine
    assert (root / "work" / NAMES[1]).read_bytes() == (root / "notebooks" / NAMES[1]).read_bytes()
    assert start.read_text() == "written anew at each start"
    assert capsys.readouterr().out == ""


def test_what_jupyter_leaves_in_notebooks_is_not_copied(root):
    left = root / "notebooks" / ".ipynb_checkpoints" / "05_mnist-checkpoint.ipynb"
    left.parent.mkdir()
    left.write_text("{}")
    work.make_copies()
    assert not [name for name in files(root / "work") if "checkpoint" in name]


NEW = CELLS | {"why": "Read.", "code": "rate = 1"}


@pytest.mark.parametrize("name", NAMES)
def test_a_copy_that_was_only_run_follows_a_new_edition_and_keeps_outputs(root, capsys, name):
    work.make_copies()
    write(root / "work" / name, CELLS, run=True)
    write(root / "notebooks" / name, NEW)
    work.make_copies()
    assert cells_of(root / "work" / name) == NEW
    text = (root / "work" / name).read_text()
    assert "rate = 0.1" not in text and text.count('"output_type"') == 1
    assert capsys.readouterr().out == "" and kept(root) == {}


def test_outputs_stay_where_nothing_new_came(root):
    work.make_copies()
    mine = write(root / "work" / NAMES[0], CELLS, run=True)
    work.make_copies()
    assert (root / "work" / NAMES[0]).read_bytes() == mine


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (NAMES[:1], "Notebook 05 has a new edition: "),
        (NAMES[:2], "Notebooks 05, 10 have a new edition: "),
        (NAMES, "Notebooks 05, 10 have a new edition: "),
    ],
)
def test_a_changed_copy_stays_and_one_sentence_tells_of_the_edition(root, capsys, names, said):
    work.make_copies()
    mine = [write(root / "work" / name, CELLS | ANSWER) for name in names]
    for name in NAMES:
        write(root / "notebooks" / name, NEW)
    for _ in range(2):  # also at the next start
        work.make_copies()
        line = f"{said}`course update` brings it into your copies and keeps what you wrote.\n"
        assert capsys.readouterr().out == line
    assert [(root / "work" / name).read_bytes() for name in names] == mine


def test_a_copy_from_before_there_were_originals_is_merged_side_by_side(root, capsys):
    work.make_copies()
    shutil.rmtree(root / "work" / ".originals")
    write(root / "work" / NAMES[0], CELLS | ANSWER)
    work.make_copies()
    assert capsys.readouterr().out.startswith("Notebook 05 has a new edition")
    assert (root / "work" / ".originals" / NAMES[1]).exists()  # it is as the edition is
    list(update())
    found = list(cells_of(root / "work" / NAMES[0]).values())
    assert found[4] == "answer = 7" and found[5].endswith(CELLS["exercise"])
    work.make_copies()
    assert capsys.readouterr().out == ""


# Reset


def test_reset_gives_the_original_back_and_keeps_what_was_there(root):
    work.make_copies()
    for number, name in enumerate(NAMES):
        write(root / "work" / name, CELLS | {"exercise": str(number)})
    before = datetime.now()
    mine = (root / "work" / NAMES[0]).read_bytes()
    done = work.reset("05")
    assert [copy.name for copy in done] == [NAMES[0], NAMES[2]]
    aside = done[work.Copy(NAMES[0])]
    when = datetime.strptime(aside.stem.removeprefix("05_mnist "), "%Y-%m-%d %H%M")
    assert aside.parent == root / "work" / "kept" and aside.read_bytes() == mine
    assert before.replace(second=0, microsecond=0) <= when <= datetime.now()
    assert cells_of(root / "work" / NAMES[0]) == CELLS
    assert cells_of(root / "work" / NAMES[1])["exercise"] == "1"


def test_resets_within_one_minute_keep_all_there_was(root):
    work.make_copies()
    wanted = {write(root / "work" / NAMES[0], CELLS | {"exercise": str(n)}) for n in range(1)}
    for number in range(4):
        wanted.add(write(root / "work" / NAMES[0], CELLS | {"exercise": str(number)}))
        work.reset("05_mnist")
    assert set(kept(root).values()) == wanted


@pytest.mark.parametrize(
    ("selection", "names"),
    [("05", NAMES[::2]), ("10_layers", NAMES[1:2]), ("05-10", NAMES), ("05,10", NAMES),
     (None, NAMES), ("11", None), ("00", None), ("", None)],
)  # fmt: skip
def test_what_is_reset_is_chosen_as_for_a_run(root, selection, names):
    work.make_copies()
    for name in NAMES:
        write(root / "work" / name, CELLS | ANSWER)
    if names is None:
        with pytest.raises(CourseError):
            work.reset(selection)
    else:
        assert {copy.name for copy in work.reset(selection)} == set(names)


@pytest.mark.parametrize(
    ("spoil", "done"),
    [
        (lambda path: None, False),
        (lambda path: write(path, CELLS, run=True), True),
        (lambda path: path.unlink(), True),
        (lambda path: path.write_text("{"), True),
        (lambda path: path.write_text(path.read_text().replace("ipykernel", "other")), False),
    ],
    ids=["as it was", "run", "gone", "damaged", "another kernel"],
)
def test_there_is_something_to_reset_where_cells_or_outputs_are_others(root, spoil, done):
    work.make_copies()
    spoil(root / "work" / NAMES[0])
    there = (root / "work" / NAMES[0]).exists()
    assert bool(result := work.reset("05")) == done
    if done:
        assert (result[work.Copy(NAMES[0])] is not None) == there
        assert cells_of(root / "work" / NAMES[0]) == CELLS


def test_a_reset_takes_the_newest_edition(root, capsys):
    work.make_copies()
    write(root / "work" / NAMES[0], CELLS | ANSWER)
    write(root / "notebooks" / NAMES[0], NEW)
    work.reset("05")
    assert cells_of(root / "work" / NAMES[0]) == NEW
    work.make_copies()
    assert capsys.readouterr().out == ""


# Without git


def test_without_git_a_new_edition_is_what_was_unpacked(root):
    work.make_copies()
    write(root / "work" / NAMES[0], CELLS | ANSWER, run=True)
    for name in NAMES:
        write(root / "notebooks" / name, NEW)
    said = list(update())
    assert "is no git checkout" in said[0]
    assert "Notebooks 05, 10 have the new edition and what you wrote." in said
    assert cells_of(root / "work" / NAMES[0]) == NEW | ANSWER
    assert len(kept(root)) == 1
    assert list(update())[1:] == ["Your copies have the newest edition."]


def test_without_git_what_was_run_in_notebooks_is_no_edition_and_is_not_lost(root, capsys):
    write(root / "notebooks" / NAMES[0], CELLS | ANSWER, run=True)
    work.make_copies()  # the copy has the answer, and nothing is known of its original
    assert cells_of(root / "work" / NAMES[0]) == CELLS | ANSWER
    assert any("was run or changed" in one for one in update())
    with pytest.raises(CourseError, match="no original of it is known"):
        work.reset("05")
    write(root / "notebooks" / NAMES[0], NEW)  # unpacked
    list(update())
    found = cells_of(root / "work" / NAMES[0])
    assert ANSWER["exercise"] in found.values() and found["why"] == CELLS["why"]
    assert any(one.endswith("Read.") for one in found.values())


@pytest.mark.parametrize("content", [b"", b"{", b'{"nbformat": 3}', b"\x00\xff"])
def test_a_damaged_copy_is_named_and_left(root, content):
    work.make_copies()
    for name in NAMES:
        write(root / "notebooks" / name, NEW)
    (root / "work" / NAMES[0]).write_bytes(content)
    work.make_copies()
    said = list(update())
    (line,) = [one for one in said if "can't be read" in one]
    assert str(root / "work" / NAMES[0]) in line and "`course reset 05_mnist`" in line
    assert (root / "work" / NAMES[0]).read_bytes() == content
    assert cells_of(root / "work" / NAMES[1]) == NEW
    work.reset("05_mnist")
    assert content in kept(root).values() and cells_of(root / "work" / NAMES[0]) == NEW


def test_an_update_that_was_cut_off_goes_on_where_it_was(root):
    work.make_copies()
    write(root / "work" / NAMES[0], CELLS | ANSWER)
    write(root / "notebooks" / NAMES[0], CELLS | {"exercise": "answer = ...  # a number"})
    base = (root / "work" / ".originals" / NAMES[0]).read_bytes()
    list(update())
    merged = (root / "work" / NAMES[0]).read_bytes()
    (root / "work" / ".originals" / NAMES[0]).write_bytes(base)  # killed before this was written
    list(update())
    assert (root / "work" / NAMES[0]).read_bytes() == merged


# A course that can't be written to


ASKED = CELLS | {"exercise": 'answer = ...\n\ncheck("05.1", answer)'}
SOLVED = {"exercise": 'answer = 7\n\ncheck("05.1", answer)'}


@pytest.mark.parametrize("take", [work.make_copies, lambda: print(*update(pull=False), sep="\n")])
def test_a_copy_follows_its_lesson_to_another_number_and_the_answer_with_it(root, take, capsys):
    write(root / "notebooks" / NAMES[0], ASKED)
    work.make_copies()
    write(root / "work" / NAMES[0], ASKED | SOLVED)
    for name in (NAMES[0], NAMES[2]):
        (root / "notebooks" / name).rename(root / "notebooks" / name.replace("05_", "06_"))
    anew = {name: source.replace("05.1", "06.1") for name, source in ASKED.items()}
    write(root / "notebooks" / "06_mnist.ipynb", anew)
    write(root / "notebooks" / "05_new.ipynb", CELLS)
    take()
    solved = {name: source.replace("05.1", "06.1") for name, source in SOLVED.items()}
    assert cells_of(root / "work" / "06_mnist.ipynb") == anew | solved
    assert cells_of(root / "work" / "solutions" / "06_mnist.ipynb") == CELLS
    assert not [one for one in files(root / "work") if "05_mnist" in one]
    said = capsys.readouterr().out
    assert "your copies too: 05_mnist is 06_mnist now." in said
    take()
    assert "06_mnist now" not in capsys.readouterr().out


def test_a_copy_whose_new_name_is_taken_stays_where_it_is(root, capsys):
    work.make_copies()
    mine = write(root / "work" / NAMES[0], CELLS | ANSWER)
    other = write(root / "work" / "06_mnist.ipynb", CELLS | {"why": "Another one."})
    (root / "notebooks" / NAMES[0]).rename(root / "notebooks" / "06_mnist.ipynb")
    work.make_copies()
    assert (root / "work" / NAMES[0]).read_bytes() == mine
    assert (root / "work" / "06_mnist.ipynb").read_bytes() == other


@pytest.fixture
def own(root, tmp_path, monkeypatch) -> Path:
    """Have the course's folder be one that this user can't write to; return the user's own."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    real = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path != root and real(path, mode))
    for name in ("data", "docs"):
        (root / name).mkdir()
    (root / "README.md").write_text("Read me.")
    return tmp_path / "deep-learning-course"


@pytest.mark.skipif(os.name == "nt", reason="Windows wants a right for links")
def test_where_the_course_is_read_only_copies_and_what_they_point_to_are_in_the_home_folder(
    root, own
):
    assert work.make_copies() == own / "work"
    assert cells_of(own / "work" / NAMES[2]) == CELLS
    assert (own / "work" / ".." / "README.md").read_text() == "Read me."
    assert (own / "docs").is_dir() and not (root / "work").exists()
    (own / "docs").unlink()
    (own / "docs").symlink_to(root / "gone")  # the course lay elsewhere before
    work.make_copies()
    assert (own / "docs").resolve() == root / "docs"
    assert "isn't yours to write to" in next(iter(update()))


@pytest.mark.skipif(os.name == "nt", reason="Windows wants a right for links")
def test_what_was_written_in_the_home_folder_before_is_brought_into_work_once(own):
    before = own / "notebooks" / NAMES[0]
    before.parent.mkdir(parents=True)
    content = write(before, CELLS | ANSWER, run=True)
    work.make_copies()
    assert (own / "work" / NAMES[0]).read_bytes() == content == before.read_bytes()
    work.reset("05")
    work.make_copies()
    (own / "work" / NAMES[0]).unlink()
    work.make_copies()
    assert cells_of(own / "work" / NAMES[0]) == CELLS
