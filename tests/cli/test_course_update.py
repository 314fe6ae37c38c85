"""A new edition by real git: a bare upstream, a teacher's clone, and that of a student at work."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from small_course import CELLS, cells_of, make, ran, use, write_course
from typer.testing import CliRunner

from utils.cli.main import app
from utils.cli.options import with_flags
from utils.errors import CourseError
from utils.jupyter.merge import as_stored
from utils.jupyter.work import make_copies
from utils.settings import ROOT

pytestmark = pytest.mark.skipif(
    shutil.which("git") is None, reason="the system package git is missing"
)

LESSON = "05_mnist.ipynb"
ANSWER, OTHER = {"exercise": "answer = 7"}, {"exercise": "answer = 8"}
STUB = {"exercise": "answer = ...  # a number"}
WHO = {f"GIT_{who}_{what}": "x@y" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True,
                          env={**os.environ, **WHO})  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@dataclass
class Class:
    """A teacher and a student, each with a clone of one upstream."""

    teacher: Path
    student: Path

    def edition(self, cells: dict[str, str], name: str = LESSON) -> None:
        """Let the teacher publish a lesson."""
        write(self.teacher / "notebooks" / name, cells)
        git(self.teacher, "add", "-A")
        git(self.teacher, "commit", "-q", "-m", "A new edition", "--allow-empty")
        git(self.teacher, "push", "-q")

    @property
    def mine(self) -> Path:
        return self.student / "work" / LESSON

    @property
    def there(self) -> Path:
        return self.student / "notebooks" / LESSON


def write(path: Path, cells: dict[str, str], run: bool = False) -> None:
    notebook = ran(make(cells)) if run else make(cells)
    path.write_text(as_stored(notebook), encoding="utf-8", newline="\n")


@pytest.fixture
def school(tmp_path, monkeypatch) -> Class:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    git(tmp_path, "init", "-q", "--bare", "-b", "main", "upstream")
    for who in ("teacher", "student"):
        git(tmp_path, "clone", "-q", "upstream", who)
        if who == "teacher":
            write_course(tmp_path / who)
            for name in (".gitignore", ".gitattributes"):
                shutil.copy(ROOT / name, tmp_path / who)
            (tmp_path / who / "README.md").write_text("Read me.\n")
            git(tmp_path / who, "checkout", "-q", "-B", "main")
            git(tmp_path / who, "add", "-A")
            git(tmp_path / who, "commit", "-q", "-m", "The first edition")
            git(tmp_path / who, "push", "-q", "-u", "origin", "main")
    use(tmp_path / "student", monkeypatch)
    return Class(tmp_path / "teacher", tmp_path / "student")


def course(*words: str) -> str:
    """Return what `course` prints; an error's sentences with their flags."""
    result = CliRunner().invoke(app, list(words))
    if isinstance(result.exception, CourseError):
        raise result.exception
    assert result.exit_code == 0, result.exception
    return result.output


def kept(school: Class) -> list[str]:
    folder = school.student / "work" / "kept"
    return [one.read_text(encoding="utf-8", errors="replace") for one in folder.rglob("*.ipynb")]


# What the student did in work/ and in notebooks/, what the teacher did, what the copy holds then.


@dataclass(frozen=True)
class Kind:
    """work, there: cells, None where the file wasn't opened. new: the edition. wanted: sources.

    spoil: what else happens to the file in notebooks/.
    """

    wanted: list[str]
    work: dict[str, str] | None = None
    there: dict[str, str] | None = None
    new: dict[str, str] = field(default_factory=lambda: CELLS | {"why": "Read."})
    run: bool = True
    begun: bool = True
    spoil: Callable[[Class], object] = lambda school: None


def said(**cells: str | None) -> list[str]:
    return [text for text in (CELLS | {"why": "Read."} | cells).values() if text is not None]


def with_note(cells: dict[str, str] = CELLS) -> dict[str, str]:
    end = {"end": cells["end"]}
    return {name: text for name, text in cells.items() if name != "end"} | {"mine": "Aha!"} | end


BESIDE = "# New edition of the cell above, which you had changed; delete the one you don't want.\n"
FROM = (
    "# You wrote this in notebooks/, and the cell above in work/; delete the one you don't want.\n"
)
KINDS = {
    "nothing was done": Kind(said()),
    "work: run": Kind(said(), work=CELLS),
    "work: answered": Kind(said(**ANSWER), work=CELLS | ANSWER),
    "work: answered, not run": Kind(said(**ANSWER), work=CELLS | ANSWER, run=False),
    "work: answered what is new": Kind(
        [*said(**ANSWER, end=None), BESIDE + STUB["exercise"], CELLS["end"]],
        work=CELLS | ANSWER,
        new=CELLS | STUB | {"why": "Read."},
    ),
    "work: a note; cells come and go": Kind(
        ["# 05 · Digits", "Read.", "More.", "### Exercise 1", ANSWER["exercise"], "Aha!",
         "That was all."],
        work=with_note(CELLS | ANSWER),
        new={"head": CELLS["head"], "why": "Read.", "new": "More."}
        | {name: CELLS[name] for name in ("task", "exercise", "end")},
    ),
    "there: opened": Kind(said(), there=CELLS, run=False, 
                         spoil=lambda school: other_python(school)),
    "there: run": Kind(said(), there=CELLS),
    "there: answered": Kind(said(**ANSWER), there=CELLS | ANSWER),
    "there: answered before there was work/": Kind(
        said(**ANSWER), there=CELLS | ANSWER, begun=False
    ),
    "there: answered and staged": Kind(
        said(**ANSWER), there=CELLS | ANSWER,
        spoil=lambda school: git(school.student, "add", "notebooks"),
    ),
    "there: a note": Kind(
        [*said(end=None), "Aha!", CELLS["end"]], there=with_note()
    ),
    "there: answered, nothing new comes": Kind(
        list((CELLS | ANSWER).values()), there=CELLS | ANSWER, new=CELLS
    ),
    "there: damaged": Kind(
        said(), there=CELLS, spoil=lambda school: school.there.write_text("cut {")
    ),
    "there: thrown away": Kind(said(), spoil=lambda school: school.there.unlink()),
    "both: a note here, an answer there": Kind(
        [*said(**ANSWER, end=None), "Aha!", CELLS["end"]],
        work=with_note(), there=CELLS | ANSWER,
    ),
    "both: two answers": Kind(
        [*said(**ANSWER, end=None), FROM + OTHER["exercise"], CELLS["end"]],
        work=CELLS | ANSWER, there=CELLS | OTHER,
    ),
    "both: two answers to what is new": Kind(
        [*said(**ANSWER, end=None), BESIDE + STUB["exercise"], FROM + OTHER["exercise"],
         CELLS["end"]],
        work=CELLS | ANSWER, there=CELLS | OTHER, new=CELLS | STUB | {"why": "Read."},
    ),
}  # fmt: skip


def other_python(school: Class) -> None:
    """Have the file saved by a JupyterLab whose kernel is another Python."""
    notebook = make(CELLS)
    notebook.metadata["language_info"] = {"name": "python", "version": "3.13.9"}
    school.there.write_text(as_stored(notebook), encoding="utf-8", newline="\n")


def work(school: Class, kind: Kind) -> None:
    if kind.begun:
        make_copies()
    if kind.work is not None:
        write(school.mine, kind.work, kind.run)
    if kind.there is not None:
        write(school.there, kind.there, kind.run)
    kind.spoil(school)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_an_update_brings_what_is_new_and_keeps_all_that_was_written(school, kind):
    work(school, kind)
    files = [one for one in (school.mine, school.there) if one.exists()]
    before = [one.read_text(encoding="utf-8") for one in files]
    school.edition(kind.new)
    output = course("update")
    assert list(cells_of(school.mine).values()) == kind.wanted
    assert school.there.read_bytes() == (school.teacher / "notebooks" / LESSON).read_bytes()
    assert git(school.student, "status", "--porcelain") == ""
    for cells, text in zip((kind.work, kind.there), before, strict=False):
        assert cells in (None, CELLS) or text in kept(school)
    assert ("What you wrote in notebooks/05_mnist.ipynb" in output) == any(
        "there: " in name and name not in ("there: opened", "there: thrown away")
        or name.startswith("both: ")
        for name, one in KINDS.items() if one is kind
    )  # fmt: skip
    again = course("update")
    assert list(cells_of(school.mine).values()) == kind.wanted
    assert again == "Upstream has no other edition.\nYour copies have the newest edition.\n"


@pytest.mark.parametrize("name", ["nothing was done", "work: run", "work: answered what is new"])
def test_git_pull_alone_never_meets_the_copies(school, name, capsys):
    kind = KINDS[name]
    work(school, kind)
    school.edition(kind.new)
    git(school.student, "pull", "-q", "--ff-only")
    assert git(school.student, "status", "--porcelain") == ""
    make_copies()
    told = "Notebook 05 has a new edition" in capsys.readouterr().out
    assert told == (name == "work: answered what is new")
    course("update")
    assert list(cells_of(school.mine).values()) == kind.wanted


def test_outputs_of_unchanged_cells_are_kept(school):
    make_copies()
    write(school.mine, CELLS | ANSWER, run=True)
    school.edition(CELLS | {"code": "rate = 1"})
    course("update")
    cells = {cell["id"]: cell for cell in json.loads(school.mine.read_text())["cells"]}
    assert cells["exercise"]["outputs"][0]["text"] == ["answer = 7\n"]
    assert cells["code"]["outputs"] == [] and cells["code"]["execution_count"] is None


def test_several_editions_one_after_the_other(school):
    make_copies()
    write(school.mine, CELLS | ANSWER, run=True)
    for number in range(3):
        school.edition(CELLS | {"why": f"Read {number}.", "exercise": f"answer = ...  # {number}"})
        if number:  # the second is missed
            course("update")
    found = list(cells_of(school.mine).values())
    assert found[1] == "Read 2." and found[4] == "answer = 7"
    assert [one[-1] for one in found[5:-1]] == ["2", "1"]


def test_a_lesson_that_comes_is_copied_and_one_that_goes_stays_with_its_learner(school):
    make_copies()
    write(school.mine, CELLS | ANSWER)
    git(school.teacher, "mv", f"notebooks/{LESSON}", "notebooks/05_digits.ipynb")
    school.edition(CELLS, "11_new.ipynb")
    course("update")
    assert cells_of(school.mine) == CELLS | ANSWER
    for name in ("05_digits", "11_new"):
        assert cells_of(school.student / "work" / f"{name}.ipynb") == CELLS


def test_the_start_page_that_was_run_in_notebooks_stops_nothing(school):
    start = school.student / "notebooks" / "00_start.ipynb"
    write(start, CELLS | ANSWER, run=True)
    text = start.read_text()
    school.edition(CELLS | {"why": "Read."}, "00_start.ipynb")
    course("update")
    assert cells_of(start)["why"] == "Read." and text in kept(school)


# What can't be


def no_upstream(school: Class) -> None:
    git(school.student, "checkout", "-q", "-b", "mine")


def detached(school: Class) -> None:
    git(school.student, "checkout", "-q", "--detach")


def no_network(school: Class) -> None:
    git(school.student, "remote", "set-url", "origin", str(school.student.parent / "gone"))


def diverged(school: Class) -> None:
    school.there.write_text(as_stored(make(CELLS | OTHER)), encoding="utf-8", newline="\n")
    git(school.student, "commit", "-q", "-a", "-m", "Mine")


def change_in_the_way(school: Class) -> None:
    (school.student / "README.md").write_text("My notes.\n")


def file_in_the_way(school: Class) -> None:
    (school.student / "new.md").write_text("My notes.\n")


CANNOT = {
    no_upstream: "This checkout is on no branch that follows another place's",
    detached: "This checkout is on no branch that follows another place's",
    no_network: "The new edition can't be fetched: fatal: ",
    diverged: "You have commits of your own, and upstream has others.",
    change_in_the_way: "What you have changed stands in the new edition's way: README.md.",
    file_in_the_way: "What you have changed stands in the new edition's way: new.md.",
}


@pytest.mark.parametrize(("spoil", "sentence"), CANNOT.items(), ids=lambda one: getattr(one, "__name__", ""))  # fmt: skip # noqa: E501
def test_where_an_edition_cannot_come_a_sentence_says_why_and_nothing_is_lost(
    school, spoil, sentence
):
    make_copies()
    write(school.mine, CELLS | ANSWER, run=True)
    write(school.student / "notebooks" / "10_layers.ipynb", CELLS | ANSWER, run=True)
    spoil(school)
    for name in ("README.md", "new.md"):
        (school.teacher / name).write_text("New.\n")
    school.edition(CELLS | {"why": "Read."})
    before = school.mine.read_bytes()
    with pytest.raises(CourseError) as raised:
        course("update")
    error = with_flags(raised.value)
    assert error.startswith(sentence) and "or take what lies here already by --no-pull." in error
    assert school.mine.read_bytes() == before
    written = [school.student / part / "10_layers.ipynb" for part in ("notebooks", "work")]
    assert CELLS | ANSWER in [cells_of(one) for one in written]
    course("update", "--no-pull")  # what is advised
    assert cells_of(school.mine)["exercise"] == ANSWER["exercise"]


def test_commits_of_ones_own_and_none_upstream_are_nothing_to_complain_about(school):
    (school.student / "mine.txt").write_text("mine")
    git(school.student, "add", "mine.txt")
    git(school.student, "commit", "-q", "-m", "Mine")
    assert course("update").startswith("Upstream has no other edition.")


def test_a_checkout_without_git_says_what_is_missing(school, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(CourseError, match="git isn't installed"):
        course("update")
    assert course("update", "--no-pull") == "Your copies have the newest edition.\n"


def test_packages_that_an_edition_needs_are_told(school):
    (school.teacher / "requirements.txt").write_text("numpy\n")
    school.edition(CELLS)
    assert "pip install -r requirements.txt" in course("update")


def test_a_reset_of_what_was_changed_in_notebooks_gives_the_commits_notebook(school):
    make_copies()
    for path in (school.mine, school.there):
        write(path, CELLS | ANSWER, run=True)
    assert course("reset", "05").startswith(f"{school.mine} is the original. Yours is kept: ")
    assert cells_of(school.mine) == CELLS and cells_of(school.there) == CELLS | ANSWER
    assert course("reset", "all").startswith("There is nothing to reset")


def test_in_a_folder_of_another_checkout_nothing_is_pulled(school, monkeypatch):
    inner = school.student / "course"
    write_course(inner)
    use(inner, monkeypatch)
    assert "is no git checkout" in course("update")


def test_typed_in_a_terminal_it_ends_with_everything_in_place(school):
    shutil.copytree(ROOT / "utils", school.teacher / "utils",
                    ignore=shutil.ignore_patterns("__pycache__"))  # fmt: skip
    school.edition(CELLS)
    git(school.student, "pull", "-q")
    make_copies()
    write(school.mine, CELLS | ANSWER, run=True)
    write(school.there, CELLS | OTHER, run=True)
    (school.teacher / "utils" / "errors.py").open("a").write("# A new edition.\n")
    school.edition(CELLS | {"why": "Read."})
    environment = {**os.environ, "PYTHONPATH": str(school.student)}
    done = subprocess.run([sys.executable, "-m", "utils.cli", "update"], cwd=school.student,
                          env=environment, capture_output=True, text=True)  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "A new edition has come.\n" in done.stdout
    assert list(cells_of(school.mine).values()) == [
        *said(**ANSWER, end=None), FROM + OTHER["exercise"], CELLS["end"],
    ]  # fmt: skip
