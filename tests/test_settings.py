"""Settings are read from the environment anew each time; a wrong value is one clear sentence."""

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
    assert settings.NOTEBOOKS.parent == settings.BUILD.parent == settings.ROOT
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


@pytest.mark.parametrize(("value", "strict"), [("1", True), ("0", False), ("yes", False)])
def test_only_1_makes_checks_strict(monkeypatch, value, strict):
    monkeypatch.setenv("COURSE_STRICT", value)
    assert settings.strict() is strict


def test_an_error_says_problem_and_remedy_and_a_remedy_may_be_missing():
    assert str(CourseError("The disk is full.", "Make room.")) == "The disk is full. Make room."
    assert str(CourseError("The disk is full.")) == "The disk is full."
