"""Random files: what is in order is what a second reader makes of it, all else is sentences.

The second reader is PyYAML's safe_load, and the rules written down once more. It knows no lines
and no errors: what the course's reader accepts, this one must read alike.
"""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from utils.cloud.floyd.job import MACHINES, Input, Job, Overrides, read_floyd, resolve
from utils.errors import CourseError

QUICK = settings(
    max_examples=150,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def expected(data: dict, task: str | None, folder: Path) -> Job | None:
    """Return the job of a well-formed file; None where mode and command are at odds."""
    shared = {key: value for key, value in data.items() if key != "task"}
    own = data["task"][task] if task else {}
    levels = [with_alias_undone(level) for level in (shared, own)]
    merged = {**levels[0], **levels[1]}
    mode = "jupyter" if merged.get("mode") == "jupyter" else "job"
    if mode == "job" and "command" not in merged:
        return None
    env = merged.get("env", "tensorflow-2.21")
    return Job(
        task=task or "",
        env=env if env == "tensorflow-2.20" else "tensorflow-2.21",
        machine=merged.get("machine", "cpu"),
        inputs=tuple(map(an_input, merged.get("input", []))),
        description=merged.get("description", "").strip(),
        command="" if mode == "jupyter" else merged["command"].strip(),
        max_runtime=merged.get("max_runtime", 7200),
        mode=mode,
        folder=folder,
    )


def with_alias_undone(level: dict) -> dict:
    return {"input" if key == "data" else key: value for key, value in level.items()}


def an_input(item: str | dict) -> Input:
    if isinstance(item, dict):
        source, destination = item["source"], item.get("destination", "input")
    elif ":" in item:
        source, _, destination = item.rpartition(":")
    else:
        source, destination = item, "input"
    return Input("mnist" if source.startswith("emil") else source, destination)


def at_odds(data: dict) -> bool:
    """Say whether some level gives a command though mode jupyter holds there."""
    shared = {key: value for key, value in data.items() if key != "task"}
    if shared.get("mode") == "jupyter" and "command" in shared:
        return True
    return any(
        "command" in own and own.get("mode", shared.get("mode")) == "jupyter"
        for own in data.get("task", {}).values()
    )


def write(folder: Path, text: str) -> Path:
    path = folder / "floyd.yml"
    path.write_bytes(text.encode())
    return path


def dumped(data: object) -> str:
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False)


# Files in order

SETS = ("mnist", "cifar10", "cats_dogs")


def entries() -> st.SearchStrategy:
    """Return lists of inputs in both forms, with destinations that differ."""
    names = st.from_regex(r"\A[a-z][a-z0-9_.-]{0,8}\Z")
    sources = st.sampled_from([*SETS, "s3://bucket/a", "gs://b", "emilwallner/datasets/mnist/1"])
    one = st.tuples(sources, names, st.booleans())
    several = st.lists(one, max_size=5, unique_by=lambda one: one[1].casefold())
    return several.map(lambda them: [entry(*one) for one in them])


def entry(source: str, name: str, is_short: bool) -> str | dict:
    return f"{source}:{name}" if is_short else {"source": source, "destination": name}


def texts(smallest: int) -> st.SearchStrategy:
    """Return texts, of letters that mean something to YAML and of others."""
    letters = st.one_of(
        st.sampled_from("ab 5:#-'\"{}[]&*!|>%@`\n,?~"),
        st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]),
    )
    found = st.text(letters, min_size=smallest, max_size=20)
    return found.map(str.strip).filter(lambda text: len(text) >= smallest)


VALUES = {
    "env": st.sampled_from(["tensorflow-2.21", "tensorflow-2.20", "tensorflow-1.12", "keras"]),
    "machine": st.sampled_from(MACHINES),
    "input": entries(),
    "description": texts(0),
    "command": texts(1),
    "max_runtime": st.integers(1, 604_800),
    "mode": st.sampled_from(["job", "jupyter", "command"]),
}


def with_alias(level: dict, alias: bool) -> dict:
    return {"data" if alias and key == "input" else key: value for key, value in level.items()}


LEVEL = st.builds(with_alias, st.fixed_dictionaries({}, optional=VALUES), st.booleans())
TASKS = st.dictionaries(st.sampled_from(["train", "test", "a.b-c"]), LEVEL.filter(bool), max_size=2)
A_FILE = st.builds(lambda shared, tasks: shared | ({"task": tasks} if tasks else {}), LEVEL, TASKS)


@QUICK
@given(data=A_FILE)
def test_a_good_file_comes_to_the_job_that_another_reader_expects(data, tmp_path):
    path = write(tmp_path, dumped(data))
    if at_odds(data):
        with pytest.raises(CourseError, match="runs no command"):
            read_floyd(path)
        return
    file = read_floyd(path)
    for task in (None, *data.get("task", {})):
        wanted = expected(data, task, tmp_path)
        if wanted is None:
            with pytest.raises(CourseError, match="has no command"):
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
    st.sampled_from([*VALUES, "data", "task", "source", "destination", "train", "tensorboard"]),
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


ANY_LEVEL = st.dictionaries(st.sampled_from([*VALUES, "data", "task"]), ANYTHING, max_size=4)


@QUICK
@given(data=ANYTHING | ANY_LEVEL.map(lambda level: {**level, "task": {"train": level}}))
def test_a_random_structure_ends_in_sentences_or_a_job(data, tmp_path):
    check(tmp_path / "floyd.yml", dumped(data))


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
