"""Settings are read from the environment anew each time; a wrong value is one clear sentence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from utils import settings
from utils.errors import CourseError


def test_without_any_variable_the_defaults_hold(monkeypatch):
    for name in ("DATA", "DATA_SOURCE", "PROFILE", "RUNS", "STRICT"):
        monkeypatch.delenv(f"COURSE_{name}", raising=False)
    assert settings.shared_data_dir() is None
    assert settings.data_source() == "auto"
    assert settings.profile_name() == "quick"
    assert settings.runs_dir() == settings.ROOT / "runs"
    assert settings.strict() is False


def test_an_empty_variable_is_one_that_is_not_set(monkeypatch):
    for name in ("DATA", "DATA_SOURCE", "PROFILE", "RUNS", "STRICT"):
        monkeypatch.setenv(f"COURSE_{name}", "")
    assert settings.shared_data_dir() is None
    assert (settings.data_source(), settings.profile_name()) == ("auto", "quick")
    assert settings.runs_dir() == settings.ROOT / "runs"
    assert settings.strict() is False


def test_root_is_the_folder_that_holds_the_course():
    assert (settings.ROOT / "utils" / "settings.py").samefile(settings.__file__)
    assert settings.NOTEBOOKS.parent == settings.build_dir().parent == settings.ROOT
    assert settings.cache_dir() == settings.ROOT / "data"


@pytest.mark.parametrize("name", settings.PROFILE_NAMES)
def test_every_profile_can_be_chosen(monkeypatch, name):
    monkeypatch.setenv("COURSE_PROFILE", name)
    assert settings.profile_name() == name


@pytest.mark.parametrize("name", settings.DATA_SOURCES)
def test_every_data_source_can_be_chosen(monkeypatch, name):
    monkeypatch.setenv("COURSE_DATA_SOURCE", name)
    assert settings.data_source() == name


@pytest.mark.parametrize(
    ("variable", "read", "default"),
    [
        ("COURSE_PROFILE", settings.profile_name, "quick"),
        ("COURSE_DATA_SOURCE", settings.data_source, "auto"),
    ],
)
def test_a_misspelled_choice_names_the_variable_the_value_and_the_choices(
    monkeypatch, variable, read, default
):
    monkeypatch.setenv(variable, "quikc")
    with pytest.raises(CourseError) as raised:
        read()
    assert variable in raised.value.problem and "'quikc'" in raised.value.problem
    assert default in raised.value.problem
    assert default in raised.value.remedy


def test_course_data_names_a_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    assert settings.shared_data_dir() == tmp_path


@pytest.mark.parametrize("name", ["nowhere", "a file"])
def test_course_data_that_names_no_folder_is_one_sentence_with_a_remedy(
    monkeypatch, tmp_path, name
):
    (tmp_path / "a file").write_text("not a folder")
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / name))
    with pytest.raises(CourseError) as raised:
        settings.shared_data_dir()
    assert name in raised.value.problem
    assert "unset COURSE_DATA" in raised.value.remedy


def test_a_tilde_is_the_home_folder(monkeypatch, tmp_path):
    for variable in ("HOME", "USERPROFILE"):  # POSIX and Windows
        monkeypatch.setenv(variable, str(tmp_path))
    monkeypatch.setenv("COURSE_RUNS", str(Path("~") / "my runs"))
    monkeypatch.setenv("COURSE_DATA", "~")
    assert settings.runs_dir() == tmp_path / "my runs"
    assert settings.shared_data_dir() == tmp_path


VARIABLES = {
    "COURSE_BUILD": settings.build_dir,
    "COURSE_DATA": settings.shared_data_dir,
    "COURSE_PROGRESS": settings.progress_path,
    "COURSE_RUNS": settings.runs_dir,
}


@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.parametrize("value", ["~nobody-of-that-name/x", "~nobody-of-that-name"])
def test_the_home_of_an_unknown_user_is_one_sentence_that_names_variable_and_user(
    monkeypatch, variable, value
):
    monkeypatch.setenv(variable, value)
    with pytest.raises(CourseError) as raised:
        VARIABLES[variable]()
    assert raised.value.problem.startswith(f"{variable}: {value} ")
    assert "nobody-of-that-name." in raised.value.problem and raised.value.remedy


@pytest.mark.parametrize("variable", VARIABLES)
def test_a_relative_path_means_the_same_whatever_folder_a_kernel_starts_in(
    monkeypatch, variable, tmp_path
):
    monkeypatch.setenv(variable, "notebooks")
    before = VARIABLES[variable]()
    monkeypatch.chdir(tmp_path)
    assert VARIABLES[variable]() == before == settings.ROOT / "notebooks"


def test_a_command_takes_relative_paths_from_where_it_was_typed(monkeypatch, tmp_path):
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path)
    for variable in VARIABLES:
        monkeypatch.setenv(variable, "mine")
    settings.start_here()
    monkeypatch.chdir("/")
    assert {read() for read in VARIABLES.values()} == {tmp_path / "mine"}
    monkeypatch.setenv("COURSE_PROGRESS", "off")
    settings.start_here()
    assert settings.progress_path() is None


def test_every_way_to_write_a_path_ends_at_one_place(monkeypatch, tmp_path):
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for text in ("~/a b", "a b", "./x/../a b", str(tmp_path / "a b")):
        assert settings.resolve_path(text) == tmp_path / "a b"
    assert settings.resolve_path("a b", start=Path("/x")) == Path("/x/a b").absolute()
    for text in ("a\0b", "~\0", "~\ud800"):
        with pytest.raises(CourseError, match="can't be a path"):
            settings.resolve_path(text)


PLACES = """
from utils import settings as s
for name in ("own_dir", "build_dir", "cache_dir", "runs_dir", "progress_path", "looks_path"):
    print(getattr(s, name)())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mounts are Linux's")
@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root mounts")
def test_where_the_checkout_is_read_only_everything_of_ones_own_lies_in_the_home_folder(tmp_path):
    code = (
        f'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec {sys.executable} -c "$1"'
    )
    done = subprocess.run(
        ["unshare", "-m", "bash", "-c", code, str(settings.ROOT), PLACES],
        capture_output=True, text=True, cwd="/", env={
            "HOME": str(tmp_path), "PYTHONPATH": str(settings.ROOT), "PATH": os.environ["PATH"],
            "PYTHONDONTWRITEBYTECODE": "1",
        },
    )  # fmt: skip
    own, cache = tmp_path / "deep-learning-course", tmp_path / ".cache" / "deep-learning-course"
    expected = [own, cache / "build", cache / "data", own / "runs", own / "progress.jsonl"]
    expected.append(own / "progress-test-openings.jsonl")
    assert (done.stdout.split(), done.stderr) == ([str(path) for path in expected], "")


@pytest.mark.parametrize(("value", "strict"), [("1", True), ("0", False), ("yes", False)])
def test_only_1_makes_checks_strict(monkeypatch, value, strict):
    monkeypatch.setenv("COURSE_STRICT", value)
    assert settings.strict() is strict


def test_an_error_says_problem_and_remedy_and_a_remedy_may_be_missing():
    assert str(CourseError("The disk is full.", "Make room.")) == "The disk is full. Make room."
    assert str(CourseError("The disk is full.")) == "The disk is full."
