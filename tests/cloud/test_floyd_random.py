"""Random files: what is in order is what a second reader makes of it, all else is sentences."""

from dataclasses import replace

import pytest
from floyd_files import (
    A_FILE,
    ANY_LEVEL,
    ANYTHING,
    GOOD,
    SIGNIFICANT,
    at_odds,
    check,
    dumped,
    expected,
    write,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from utils.cloud.floyd.job import Overrides, read_floyd, resolve
from utils.errors import CourseError

QUICK = settings(
    max_examples=150,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


# Files in order


@QUICK
@given(data=A_FILE)
def test_a_good_file_comes_to_the_job_that_another_reader_expects(data, tmp_path):
    path = write(tmp_path, dumped(data))
    file = read_floyd(path)
    for task in (None, *data.get("task", {})):
        wanted = expected(data, task, tmp_path)
        if at_odds(data, task):
            with pytest.raises(CourseError, match="runs no command"):
                resolve(file, task)
        elif wanted is None:
            with pytest.raises(CourseError, match="has no command|says nothing|runs no command"):
                resolve(file, task)
        else:
            assert replace(resolve(file, task), notes=()) == wanted


BASE = {
    "env": "tensorflow-2.21",
    "machine": "cpu",
    "input": ["mnist:a"],
    "description": "base",
    "command": "ls",
    "max_runtime": 60,
}
OTHER = {
    "env": "tensorflow-2.20",
    "machine": "gpu",
    "input": ["mnist:b"],
    "description": "other",
    "command": "pwd",
    "max_runtime": 61,
}


@pytest.mark.parametrize("key", BASE)
@pytest.mark.parametrize("task", [None, "own"])
def test_a_changed_key_changes_its_field_and_no_other(key, task, tmp_path):
    before = resolve(read_floyd(write(tmp_path, dumped({**BASE, "task": {"own": {}}}))), task)
    change = {key: OTHER[key]}
    data = {**BASE, "task": {"own": change}} if task else {**BASE, **change}
    after = resolve(read_floyd(write(tmp_path, dumped(data))), task)
    field = "inputs" if key == "input" else key
    assert getattr(after, field) != getattr(before, field)
    assert replace(after, **{field: getattr(before, field)}) == before


@pytest.mark.parametrize("key", BASE)
def test_an_argument_does_what_its_key_does(key, tmp_path):
    argument = {"input": "data", "description": "message"}.get(key, key)
    file = read_floyd(write(tmp_path, dumped(BASE)))
    value = tuple(OTHER[key]) if key == "input" else OTHER[key]
    by_argument = resolve(file, None, Overrides(**{argument: value}))
    by_key = resolve(read_floyd(write(tmp_path, dumped({**BASE, key: OTHER[key]}))))
    assert by_argument == by_key


# Anything at all: sentences with lines, never a traceback, never read wrongly


@QUICK
@given(data=ANYTHING | ANY_LEVEL.map(lambda level: {**level, "task": {"train": level}}))
def test_a_random_structure_ends_in_sentences_or_a_job(data, tmp_path):
    check(tmp_path / "floyd.yml", dumped(data))


@QUICK
@given(other=ANYTHING | ANY_LEVEL)
def test_whatever_another_task_says_a_job_stays_as_it_was(other, tmp_path):
    alone = {**BASE, "task": {"fit": {"machine": "gpu"}}}
    before = resolve(read_floyd(write(tmp_path, dumped(alone))), "fit")
    path = write(tmp_path, dumped({**BASE, "task": {"web": other, "fit": {"machine": "gpu"}}}))
    after = resolve(read_floyd(path), "fit")
    assert replace(after, notes=()) == before
    assert all(note.startswith("Wrong, but not needed for this job: ") for note in after.notes)


@QUICK
@given(text=st.one_of(SIGNIFICANT, st.text(max_size=60)))
def test_a_random_text_ends_in_sentences_or_a_job(text, tmp_path):
    check(tmp_path / "floyd.yml", text)


@QUICK
@given(
    start=st.integers(0, len(GOOD)),
    length=st.integers(0, 12),
    patch=st.one_of(SIGNIFICANT.map(lambda text: text[:4]), st.just("")),
)
def test_a_good_file_with_one_spot_spoilt_ends_in_sentences_or_a_job(
    start, length, patch, tmp_path
):
    check(tmp_path / "floyd.yml", GOOD[:start] + patch + GOOD[start + length :])


@QUICK
@given(raw=st.binary(max_size=60))
def test_random_bytes_end_in_sentences_or_are_read(raw, tmp_path):
    path = tmp_path / "floyd.yml"
    path.write_bytes(raw)
    try:
        read_floyd(path)
    except CourseError as error:
        assert str(error).startswith("floyd.yml:")


@QUICK
@given(
    arguments=st.fixed_dictionaries(
        {},
        optional={
            "machine": st.text(max_size=5),
            "data": st.lists(st.text(max_size=20), max_size=7).map(tuple),
            "mode": st.text(max_size=7) | st.sampled_from(["job", "jupyter", "serve"]),
            "max_runtime": st.integers(),
            "message": st.text(max_size=9),
            "env": st.text(max_size=20),
            "command": st.text(max_size=9),
            "nodes": st.integers(),
        },
    )
)
def test_random_arguments_end_in_sentences_or_a_job(arguments, tmp_path):
    file = read_floyd(write(tmp_path, "command: ls\n"))
    try:
        job = resolve(file, None, Overrides(**arguments))
    except CourseError as error:
        for line in str(error).split("\n"):
            assert line.startswith("`"), line
        return
    assert job.description == arguments.get("message", "").strip()
    assert job.max_runtime == arguments.get("max_runtime", 7200)
    assert job.nodes == arguments.get("nodes", 1)
