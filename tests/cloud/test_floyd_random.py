"""Random files in order: each comes to the very job that a second reader makes of it."""

from dataclasses import replace

import pytest
from floyd_reader import QUICK, at_odds, dumped, expected, write
from hypothesis import given
from hypothesis import strategies as st

from utils.cloud.floyd.job import MACHINES, Overrides, read_floyd, resolve
from utils.errors import CourseError

SETS = ("mnist", "cifar10", "cats_dogs")

# What each key may be


def entries() -> st.SearchStrategy:
    """Return lists of inputs in both forms, with destinations that differ."""
    names = st.lists(
        st.from_regex(r"\A[a-z][a-z0-9_.-]{0,8}\Z"), max_size=5, unique_by=str.casefold
    )
    sources = st.sampled_from([*SETS, "s3://bucket/a", "gs://b", "emilwallner/datasets/mnist/1"])
    return names.flatmap(
        lambda all_names: st.tuples(
            *(
                st.one_of(
                    sources.map(lambda source, name=name: f"{source}:{name}"),
                    sources.map(lambda source, name=name: {"source": source, "destination": name}),
                )
                for name in all_names
            )
        ).map(list)
    )


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


def a_level() -> st.SearchStrategy:
    """Return one level's keys and values; `data` may stand for `input`."""
    level = st.fixed_dictionaries({}, optional=VALUES)
    return st.tuples(level, st.booleans()).map(lambda pair: with_alias(*pair))


def with_alias(level: dict, alias: bool) -> dict:
    return {"data" if alias and key == "input" else key: value for key, value in level.items()}


A_FILE = st.tuples(
    a_level(),
    st.dictionaries(
        st.sampled_from(["train", "test", "a.b-c"]), a_level().filter(bool), max_size=2
    ),
).map(lambda pair: {**pair[0], **({"task": pair[1]} if pair[1] else {})})


@QUICK
@given(data=A_FILE)
def test_a_good_file_comes_to_the_job_that_another_reader_expects(data, tmp_path):
    if not data:
        return
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


FIELDS = {"env": "env", "machine": "machine", "input": "inputs", "description": "description"}
FIELDS |= {"command": "command", "max_runtime": "max_runtime", "mode": "mode"}
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
    assert getattr(after, FIELDS[key]) != getattr(before, FIELDS[key])
    assert replace(after, **{FIELDS[key]: getattr(before, FIELDS[key])}) == before


@pytest.mark.parametrize("key", BASE)
def test_an_argument_does_what_its_key_does(key, tmp_path):
    argument = {"input": "data", "description": "message"}.get(key, key)
    file = read_floyd(write(tmp_path, dumped(BASE)))
    value = tuple(OTHER[key]) if key == "input" else OTHER[key]
    by_argument = resolve(file, None, Overrides(**{argument: value}))
    by_key = resolve(read_floyd(write(tmp_path, dumped({**BASE, key: OTHER[key]}))))
    assert by_argument == by_key
