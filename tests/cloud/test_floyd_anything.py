"""Anything at all as floyd.yml: sentences with lines, never a traceback, never read wrongly."""

import re
from dataclasses import replace
from pathlib import Path

import yaml
from floyd_reader import QUICK, dumped, expected, write
from hypothesis import given
from hypothesis import strategies as st

from utils.cloud.floyd.job import Overrides, read_floyd, resolve
from utils.errors import CourseError

NAMES = ("env", "machine", "input", "description", "command", "max_runtime", "mode")
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.dates(),
    st.text(max_size=8),
    st.sampled_from(["gpu", "jupyter", "mnist", "mnist:a", "s3://b:c", "foo/datasets/x/1", "ls"]),
)
KEYS = st.one_of(
    st.sampled_from([*NAMES, "data", "task", "source", "destination", "train", "tensorboard"]),
    SCALARS,
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)
SIGNIFICANT = st.text(
    st.sampled_from("ab5 \n\t:-#'\"{}[],&*!|>%@`?~<=.\\\x00\x85\u2028\ufeff\U0001f600"), max_size=60
)


def check(path: Path, text: str) -> None:
    """Read whatever it is: sentences with lines of this file, or what another reader reads."""
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        file = read_floyd(path)
    except CourseError as error:
        for line in str(error).split("\n"):
            found = re.match(r"floyd\.yml:(\d+): .+[.?]\Z", line)
            assert found, line
            ends = len(re.findall("\r\n|[\n\r\x85\u2028\u2029]", text))
            assert 1 <= int(found[1]) <= ends + 1
        return
    data = yaml.safe_load(text)
    for task in (None, *file.tasks):
        try:
            job = resolve(file, task)
        except CourseError:
            continue
        assert replace(job, notes=()) == expected(data, task, path.parent)


@QUICK
@given(data=ANYTHING)
def test_a_random_structure_ends_in_sentences_or_a_job(data, tmp_path):
    check(tmp_path / "floyd.yml", dumped(data))


@QUICK
@given(level=st.dictionaries(st.sampled_from([*NAMES, "data", "task"]), ANYTHING, max_size=4))
def test_random_values_of_known_keys_end_in_sentences_or_a_job(level, tmp_path):
    check(tmp_path / "floyd.yml", dumped({**level, "task": {"train": level}}))


@QUICK
@given(text=st.one_of(SIGNIFICANT, st.text(max_size=60)))
def test_a_random_text_ends_in_sentences_or_a_job(text, tmp_path):
    check(tmp_path / "floyd.yml", text)


GOOD = (
    "machine: gpu\nmax_runtime: 7200\ninput:\n  - source: mnist\n    destination: a\n"
    "command: course data\ntask:\n  train:\n    env: keras\n    command: >\n      ls\n      x\n"
    "  lab: {mode: jupyter, description: 'it''s'}\n"
)


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
