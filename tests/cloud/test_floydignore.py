"""Which files are sent: by .floydignore, by git, and never data or runs."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from utils.cloud.upload import files_to_send, size_of
from utils.data.catalogue import SETS
from utils.errors import CourseError
from utils.settings import ROOT

TREE = (
    *("train.py", "model.h5", "README.md", "lib/a.py", "src/lib/b.py", "src/c.py", "src/d.md"),
    *("docs/e.md", "docs/deep/f.md"),
)


@pytest.fixture
def folder(tmp_path):
    """Return a folder with the files of TREE, outside any checkout."""
    made = tmp_path / "project"
    fill(made, *TREE)
    return made


def fill(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name, encoding="utf-8")


def sent(folder: Path, ignore: str | None = None) -> set[str]:
    if ignore is not None:
        (folder / ".floydignore").write_text(ignore, encoding="utf-8")
    return {path.as_posix() for path in files_to_send(folder)} - {".floydignore"}


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)


needs_git = pytest.mark.skipif(
    shutil.which("git") is None, reason="the system package git is missing"
)


# .floydignore


@pytest.mark.parametrize(
    ("ignore", "left_out"),
    [
        ("", set()),
        ("# lib\n\n   \n", set()),
        ("*.h5", {"model.h5"}),
        ("*.[hm][d5]\n!README.md", {"model.h5", "src/d.md", "docs/e.md", "docs/deep/f.md"}),
        ("lib/", {"lib/a.py", "src/lib/b.py"}),
        ("/lib", {"lib/a.py"}),
        ("src/lib", {"src/lib/b.py"}),
        ("docs\n!docs/e.md", {"docs/e.md", "docs/deep/f.md"}),  # its folder is out
        ("docs/*\n!docs/e.md", {"docs/deep/f.md"}),
        ("**/f.md", {"docs/deep/f.md"}),
        ("*", set(TREE)),
        ("LIB\n", set()),
    ],
)
def test_a_pattern_leaves_out_what_git_would_ignore(folder, ignore, left_out):
    assert sent(folder, ignore) == set(TREE) - left_out


def test_patterns_as_people_have_them_leave_out_what_they_mean(folder):
    fill(folder, "data/raw/a", "data/b", "models/m.h5", "src/output/o", "env/e", "src/a.pyo")
    fill(folder, "logs/l", "lib/raw/c", "名 前.txt")
    ignore = "# comment\n\n.git\n/data\n/models\noutput/\nlogs\n*.md\n*.py[cod]\nenv/\n**/raw\n"
    kept = {"train.py", "model.h5", "lib/a.py", "src/lib/b.py", "src/c.py", "名 前.txt"}
    assert sent(folder, ignore) == kept


def test_windows_line_ends_and_a_byte_order_mark_are_no_part_of_a_pattern(folder):
    (folder / ".floydignore").write_bytes("\ufefflib\r\n*.h5\r\n".encode())
    assert sent(folder) == set(TREE) - {"lib/a.py", "src/lib/b.py", "model.h5"}


@pytest.mark.parametrize(
    ("raw", "said"),
    [(b"\xff\xfe\x00", "isn't UTF-8 text"), (b"!", "is no pattern"), (b"[z-a]", "is no pattern")],
)
def test_a_floydignore_that_cannot_be_read_is_one_sentence(folder, raw, said):
    (folder / ".floydignore").write_bytes(raw)
    with pytest.raises(CourseError, match=said):
        files_to_send(folder)


# Git


@needs_git
def test_without_a_floydignore_git_decides(folder):
    git(folder, "init")
    fill(folder, "secret.txt", "forced.log", "new.py", "gone.py", "src/inner/x.log")
    (folder / ".gitignore").write_text("*.log\nsecret.txt\n", encoding="utf-8")
    git(folder, "add", "-f", "train.py", "forced.log", "gone.py")
    (folder / "gone.py").unlink()
    assert sent(folder) == {*TREE, ".gitignore", "new.py", "forced.log"}


@needs_git
def test_a_folder_within_a_checkout_is_listed_from_itself(folder):
    git(folder, "init")
    (folder / ".gitignore").write_text("*.md\n", encoding="utf-8")
    assert sent(folder / "src") == {"lib/b.py", "c.py"}


@needs_git
def test_a_folder_that_git_ignores_whole_is_sent_whole(folder):
    git(folder, "init")
    (folder / ".gitignore").write_text("src/\n", encoding="utf-8")
    assert sent(folder / "src") == {"lib/b.py", "c.py", "d.md"}


@needs_git
def test_a_floydignore_decides_in_a_checkout_too(folder):
    git(folder, "init")
    (folder / ".gitignore").write_text("*.h5\n", encoding="utf-8")
    assert sent(folder, "*.md\n") == {*TREE, ".gitignore"} - {
        *("README.md", "src/d.md", "docs/e.md", "docs/deep/f.md")
    }


@needs_git
def test_a_checkout_within_the_checkout_is_sent_by_its_own_rules(folder):
    git(folder, "init")
    git(folder / "lib", "init")
    fill(folder, "lib/x.log", "lib/y.py")
    (folder / "lib/.gitignore").write_text("*.log\n", encoding="utf-8")
    assert {name for name in sent(folder) if name.startswith("lib/")} == {
        *("lib/.gitignore", "lib/a.py", "lib/y.py")
    }


@needs_git
def test_another_checkout_named_by_the_environment_is_not_looked_at(folder, monkeypatch):
    git(folder, "init")
    monkeypatch.setenv("GIT_DIR", str(folder / "nowhere"))
    assert sent(folder) == set(TREE)


def test_a_checkout_without_git_is_refused_rather_than_sent_whole(folder, monkeypatch):
    (folder / ".git").mkdir()
    monkeypatch.setenv("PATH", "")
    with pytest.raises(CourseError, match="is a git checkout, and git isn't installed"):
        files_to_send(folder)
    assert sent(folder, "") == set(TREE)


@needs_git
def test_a_checkout_that_git_cannot_read_is_refused(folder):
    (folder / ".git").write_text("gitdir: /nowhere\n", encoding="utf-8")
    with pytest.raises(CourseError, match="git can't list the files of"):
        files_to_send(folder)


# Never


NEVER = (
    *(".git/config", ".venv/bin/x", "sub/.venv/x", "runs/layers/run.json", ".env", "sub/.env"),
    *("src/__pycache__/c.pyc", "x.pyc", ".ipynb_checkpoints/a.ipynb", ".pytest_cache/x"),
    *("course.egg-info/x", "node_modules/x", "own_env/pyvenv.cfg", "own_env/bin/python"),
    *("data/cifar-10-batches-bin/data_batch_1.bin", "data/mnist.npz", "sub/mnist.npz"),
    *("data/cifar-10-binary.tar.gz", "data/cats-dogs-64/x", "data/kagglecatsanddogs_5340.zip"),
)


@pytest.mark.parametrize("ignore", [None, "", "*.cfg\n!runs\n!.venv\n!mnist.npz\n"])
def test_data_runs_environments_and_caches_are_never_sent(folder, ignore):
    fill(folder, *NEVER, "src/runs/kept.py", "data/README.md")
    # A folder .git that isn't a checkout would end in git's refusal.
    shutil.rmtree(folder / ".git") if ignore is None else None
    assert sent(folder, ignore) == {*TREE, "src/runs/kept.py", "data/README.md"}


@needs_git
def test_they_are_not_sent_where_git_has_them_either(folder):
    names = [name for name in NEVER if not name.startswith(".git/")]
    git(folder, "init")
    fill(folder, *names)
    git(folder, "add", "-f", *names)
    assert sent(folder) == set(TREE)


def test_every_data_set_of_the_catalogue_is_among_what_is_never_sent(folder):
    for one in SETS.values():
        fill(folder, f"data/{one.archive.name}", f"more/{one.archive.name}")
        fill(folder, f"data/{one.found_as}/x" if "." not in one.found_as else "data/mnist.npz")
    assert sent(folder) == set(TREE)


# Files that aren't plain


def test_links_to_files_are_files_and_links_to_folders_stay(folder, tmp_path):
    fill(tmp_path / "big", "set.bin")
    try:
        (folder / "set.bin").symlink_to(tmp_path / "big" / "set.bin")
        (folder / "big").symlink_to(tmp_path / "big", target_is_directory=True)
        (folder / "broken").symlink_to(tmp_path / "nowhere")
        (folder / "circle").symlink_to(folder, target_is_directory=True)
    except OSError:
        pytest.skip("this system gives the user no links")
    assert sent(folder) == {*TREE, "set.bin"}
    if shutil.which("git"):
        git(folder, "init")
        git(folder, "add", ".")
        assert sent(folder) == {*TREE, "set.bin"}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with a name are POSIX's")
def test_a_pipe_is_not_sent(folder):
    os.mkfifo(folder / "pipe")
    assert sent(folder) == set(TREE)


def test_names_with_spaces_and_other_letters_are_sent(folder):
    names = {"a b.py", "ä/日本.py", "quote'.py"}
    fill(folder, *names)
    assert sent(folder) == {*TREE, *names}
    if shutil.which("git"):
        git(folder, "init")
        assert sent(folder) == {*TREE, *names}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_cannot_be_read_is_one_sentence(folder):
    (folder / "lib").chmod(0)
    with pytest.raises(CourseError, match="can't be read: permission denied"):
        files_to_send(folder)
    (folder / "lib").chmod(0o700)


def test_the_size_is_that_of_the_files_together(folder):
    assert size_of(folder, files_to_send(folder)) == sum(map(len, TREE))


# The course itself


@needs_git
@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this is no checkout")
def test_of_the_course_its_code_is_sent_and_nothing_it_made():
    files = {path.as_posix() for path in files_to_send(ROOT)}
    assert {"requirements.txt", "utils/cli/main.py", "utils/data/catalogue.py"} <= files
    assert {"data/README.md", "data/reference/quick.csv", "notebooks/11_layers.ipynb"} <= files
    tops = {name.partition("/")[0] for name in files}
    assert not tops & {"runs", "build", ".venv", ".git", "progress.jsonl", ".mypy_cache"}
    assert size_of(ROOT, files_to_send(ROOT)) < 30e6


# The course's own


def test_of_the_course_all_that_git_has_is_sent_and_the_learners_copies(folder):
    names = ("05_mnist.ipynb", "solutions/05_mnist.ipynb", "kept/05_mnist 2026-11-26 0312.ipynb",
             ".originals/05_mnist.ipynb", ".lock")  # fmt: skip
    fill(folder, *(f"work/{name}" for name in names), "progress.jsonl", "build/report.html")
    fill(folder, "data/README.md", "data/other.bin", "data/reference/a.csv", "runs/a/run.json")
    shutil.copy(ROOT / ".floydignore", folder)
    assert sent(folder) == {
        *TREE, "work/05_mnist.ipynb", "work/solutions/05_mnist.ipynb", "data/README.md",
        "data/reference/a.csv",
    }  # fmt: skip


@needs_git
def test_but_for_copies_tests_and_pictures_of_pages_the_course_is_sent_as_git_has_it(folder):
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    has = {name for name in done.stdout.decode().split("\0") if name and (ROOT / name).is_file()}
    no_use = {name for name in has if name.startswith(("docs/pictures/", "tests/"))}
    fill(folder, *has)
    shutil.copy(ROOT / ".floydignore", folder)
    assert sent(folder) == (has | set(TREE)) - no_use - {".floydignore"}
