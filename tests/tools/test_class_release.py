"""`make class-release`: no answers to read, the same bytes from any clone, and it works."""

import json
import os
import re
import subprocess
import sys
import time
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from tools import class_release
from utils import settings
from utils.errors import CourseError
from utils.exercises import exercises
from utils.exercises.quizzes import load_quiz, quiz_numbers

ROOT = settings.ROOT


def git(*words, cwd=ROOT):
    subprocess.run(["git", *words], cwd=cwd, check=True, capture_output=True)


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """Return a clone of what lies here, so that what isn't committed yet is tested too."""
    folder = tmp_path_factory.mktemp("release") / "clone"
    git("clone", "-q", "--shared", str(ROOT), str(folder))
    difference = subprocess.run(["git", "diff", "HEAD", "--binary"], cwd=ROOT, capture_output=True)
    if difference.stdout:
        subprocess.run(["git", "apply"], cwd=folder, input=difference.stdout, check=True)
        git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qam", "x", cwd=folder)
    return folder


@pytest.fixture(scope="module")
def release(clone, tmp_path_factory):
    """Return the unpacked release's folder."""
    folder = tmp_path_factory.mktemp("class")
    (folder / "class.zip").write_bytes(class_release.zipped(clone))
    with zipfile.ZipFile(folder / "class.zip") as archive:
        archive.extractall(folder)
    return folder / class_release.NAME


def run(release, *words):
    """Run Python in the release, on its own modules and in a kernel's settings."""
    paths = [str(release), *(os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths), "COURSE_PROGRESS": "off"}
    return subprocess.run(
        [sys.executable, *words], cwd=release, env=environment, capture_output=True, text=True
    )


def test_two_clones_at_two_times_and_in_two_places_give_the_same_bytes(clone, tmp_path):
    first = class_release.zipped(clone)
    git("clone", "-q", "--shared", str(clone), str(tmp_path / "other"))
    for path in (tmp_path / "other" / "docs").iterdir():
        os.utime(path, (0, time.time() - 10**7))
    (tmp_path / "other" / "not-committed.txt").write_text("mine")
    (tmp_path / "other" / "README.md").write_text("changed, not committed")
    assert class_release.zipped(tmp_path / "other") == first


def test_no_solution_no_test_and_no_answer_that_can_be_read_is_in_it(release):
    names = [path.relative_to(release).as_posix() for path in release.rglob("*") if path.is_file()]
    assert len(names) > 300
    assert not [name for name in names if re.search(r"solutions/|^tests/", name)]
    for path in (*release.glob("data/exercises/*.toml"), *release.glob("data/quizzes/*.toml")):
        assert "right" not in path.read_text(encoding="utf-8")
    checks = [path.read_text(encoding="utf-8")
              for path in release.glob("utils/exercises/checks/nb*.py")]  # fmt: skip
    assert len(checks) >= 17
    assert not [one for one in checks if re.search(r"@exercise|@value|def ", one)]


def test_no_page_and_no_lesson_links_a_solution(release):
    lessons = settings.lessons(release / "notebooks")
    assert len(lessons) == len(settings.lessons())
    for path in (*lessons, *release.rglob("*.md")):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\]\([^)]*solutions[^)]*\)", text), path


def test_a_lesson_differs_from_the_clones_in_its_links_to_solutions_alone(release):
    for path in settings.lessons(release / "notebooks"):
        ours = json.loads(path.read_text(encoding="utf-8"))["cells"]
        theirs = json.loads((settings.NOTEBOOKS / path.name).read_text(encoding="utf-8"))["cells"]
        assert [one["id"] for one in ours] == [one["id"] for one in theirs]
        for one, other in zip(ours, theirs, strict=True):
            if one["source"] != other["source"]:
                assert "Solution" in "".join(other["source"])


def test_its_checks_and_quizzes_are_the_courses_own(release):
    code = (
        "import json; from utils import exercises as e; from utils.exercises import quizzes as q\n"
        "print(json.dumps([e.exercises(), [[c.text for c in one.choices]"
        " for n in q.quiz_numbers() for one in q.load_quiz(n).questions],"
        " e.evaluate('11.3', 'b').passed, e.evaluate('11.3', 'a').hint,"
        " e.evaluate('05.3', lambda z: (z, 1.0) if z > 0 else (0.0, 0.0)).passed,"
        " e.evaluate('12.2', 0.8).hint]))"
    )
    done = run(release, "-c", code)
    assert done.returncode == 0, done.stderr
    names, choices, right, hint, function, value = json.loads(done.stdout)
    lessons = {path.name[:2] for path in settings.lessons()}  # tests register some of their own
    assert names == [name for name in exercises() if name[:2] in lessons]
    assert choices == [[one.text for one in question.choices] for number in quiz_numbers()
                       for question in load_quiz(number).questions]  # fmt: skip
    assert right and function
    assert hint.startswith("The seed differs too")
    assert value == "That is what TFLearn *keeps*. Keras wants the part that is dropped."


def test_course_works_in_it_and_says_how_a_newer_edition_comes_without_git(release):
    done = run(release, "-m", "utils.cli", "update")
    assert (done.returncode, done.stderr) == (0, "")
    assert "is no git checkout. To have a newer edition, unpack it over" in done.stdout
    copies = sorted(path.name for path in (release / "work").glob("*.ipynb"))
    assert copies == sorted(path.name for path in settings.NOTEBOOKS.glob("*.ipynb"))
    assert not (release / "work" / "solutions").exists()
    assert run(release, "-m", "utils.cli", "progress").returncode == 1  # COURSE_PROGRESS is off
    assert run(release, "-m", "utils.cli", "reset", "05").returncode == 0


def test_a_newer_edition_unpacked_over_it_keeps_what_was_written(release):
    mine = release / "work" / "05_hidden_layer.ipynb"
    assert run(release, "-m", "utils.cli", "update").returncode == 0
    notebook = json.loads(mine.read_text(encoding="utf-8"))
    cell = next(one for one in notebook["cells"] if one["id"] == "ex3-code")
    cell["source"] = ["relu_link = abs\n"]
    mine.write_text(json.dumps(notebook), encoding="utf-8")
    edition = release / "notebooks" / "05_hidden_layer.ipynb"
    text = edition.read_text(encoding="utf-8")
    edition.write_text(text.replace("## Exercises", "## The exercises"), encoding="utf-8")
    assert run(release, "-m", "utils.cli", "update").returncode == 0
    merged = mine.read_text(encoding="utf-8")
    assert "relu_link = abs" in merged and "## The exercises" in merged


def test_the_sum_beside_it_is_its_own(monkeypatch, tmp_path, clone, capsys):
    monkeypatch.setenv("COURSE_BUILD", str(tmp_path))
    class_release.main()
    path = tmp_path / "class" / f"{class_release.NAME}.zip"
    total, name = Path(f"{path}.sha256").read_text(encoding="utf-8").split()
    assert (total, name) == (sha256(path.read_bytes()).hexdigest(), path.name)
    assert total in capsys.readouterr().out


def test_a_folder_that_is_no_checkout_is_refused(tmp_path):
    with pytest.raises(CourseError, match="is no git checkout"):
        list(class_release.packed_files(tmp_path))
