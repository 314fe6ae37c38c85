"""Random texts for floyd.yml, what another reader makes of them, and whether ours agrees.

The other reader is PyYAML's safe_load, and the rules written down once more. It knows no lines
and no errors: what the course's reader accepts, it must read alike.
"""

import re
from dataclasses import replace
from pathlib import Path

import yaml
from hypothesis import strategies as st

from utils.cloud.floyd.job import MACHINES, Input, Job, read_floyd, resolve
from utils.errors import CourseError


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


def at_odds(data: dict, task: str | None) -> bool:
    """Say whether a level that this job needs gives a command though mode jupyter holds there."""
    own = data["task"][task] if task else {}
    if data.get("mode") == "jupyter" and "command" in data and "command" not in own:
        return True
    return "command" in own and own.get("mode", data.get("mode")) == "jupyter"


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


# Anything at all

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


def check(path: Path, text: str) -> int:
    """Read whatever it is: sentences with lines of this file, or what another reader reads.

    Returns how many jobs came of it.
    """
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        file = read_floyd(path)
    except CourseError as error:
        check_sentences(error, text)
        return 0
    jobs = 0
    for task in (None, *file.tasks):
        try:
            job = resolve(file, task)
        except CourseError as error:
            check_sentences(error, text)
            continue
        jobs += 1
        try:
            data = yaml.safe_load(text)
        except (yaml.YAMLError, ValueError):  # of another task, which this job doesn't need
            assert job.notes
            continue
        assert replace(job, notes=()) == expected(data, task, path.parent)
    return jobs


LINE = re.compile(r"floyd\.yml:(\d+): .+")
WHOLE = re.compile(r"(The task \S+ of )?floyd\.yml,? .+|\S+ is an environment of conda's .+")


def check_sentences(error: CourseError, text: str) -> None:
    """See that an error is made of sentences, each with a line of this file, or on all of it."""
    for line in str(error).split("\n"):
        found = LINE.fullmatch(line)
        assert found or WHOLE.fullmatch(line), line
        ends = len(re.findall("\r\n|[\n\r\x85\u2028\u2029]", text))
        assert not found or 1 <= int(found[1]) <= ends + 1


ANY_LEVEL = st.dictionaries(st.sampled_from([*VALUES, "data", "task"]), ANYTHING, max_size=4)


GOOD = (
    "machine: gpu\nmax_runtime: 7200\ninput:\n  - source: mnist\n    destination: a\n"
    "command: course data\ntask:\n  train:\n    env: keras\n    command: >\n      ls\n      x\n"
    "  lab: {mode: jupyter, description: 'it''s'}\n"
)
