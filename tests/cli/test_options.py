"""The flags of the `course` command: one screen, one sentence a flag, and no other room has one."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.core import TyperCommand, TyperGroup, TyperOption
from typer.main import get_command
from typer.testing import CliRunner

from utils.cli.main import app
from utils.cli.options import flag, with_flags
from utils.errors import CourseError
from utils.settings import ROOT

UTILS = ROOT / "utils"
LINES, COLUMNS = 24, 80


def walk(command=None, name="") -> Iterator[tuple[str, TyperCommand | TyperGroup]]:
    """Yield the name and the command of `course`, of each subcommand, and of theirs."""
    command = command or get_command(app)
    yield name, command
    for word, below in getattr(command, "commands", {}).items():
        yield from walk(below, f"{name} {word}".strip())


COMMANDS = dict(walk())
OPTIONS = [
    (name, option)
    for name, command in COMMANDS.items()
    for option in command.params
    if isinstance(option, TyperOption)
]
FLAGS = sorted({text for _, option in OPTIONS for text in option.opts if text.startswith("--")})


# Help


def help_of(command: str) -> str:
    size = {"COLUMNS": str(COLUMNS), "TERMINAL_WIDTH": str(COLUMNS)}
    result = CliRunner().invoke(app, [*command.split(), "--help"], env=size)
    assert result.exit_code == 0, result.output
    return result.output


def test_every_subcommand_is_walked():
    assert {"", "lab", "jobs", "jobs stop", "sheet or-gate", "data fetch"} <= set(COMMANDS)
    assert len(COMMANDS) >= 24 and len(FLAGS) >= 40


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_is_one_screen_that_any_terminal_can_show(command):
    said = help_of(command)
    lines = said.splitlines()
    assert len(lines) <= LINES and max(map(len, lines)) <= COLUMNS
    assert said.isascii()


@pytest.mark.parametrize("command", [name for name, one in COMMANDS.items()
                                     if name and not one.hidden])  # fmt: skip
def test_no_sentence_of_a_list_of_commands_is_cut_off(command):
    group, _, word = command.rpartition(" ")
    line = next(one for one in help_of(group).splitlines() if one.startswith(f"  {word} "))
    assert len(line.split()) > 2 and not line.endswith("...")


def test_the_help_of_a_launch_names_every_flag_of_floydhub_those_not_listed_too():
    said = help_of("launch")
    hidden = [one for name, one in OPTIONS if name == "launch" and one.hidden]
    assert hidden
    for option in hidden:
        assert all(re.search(rf"(?<![\w-]){text}(?![\w-])", said) for text in option.opts)


# One flag, one meaning

# `course launch --data` is FloydHub's: what a job is brought, not where pictures come from.
FLOYDHUBS_OWN = {("launch", "--data")}


def test_a_flag_has_the_same_names_and_words_in_every_command():
    meant = defaultdict(set)
    for name, option in OPTIONS:
        for text in option.opts:
            if (name, text) not in FLOYDHUBS_OWN:
                meant[text].add((tuple(option.opts), option.help))
    assert {text: found for text, found in meant.items() if len(found) > 1} == {}


@pytest.mark.parametrize("command", ["run", "lab", "train", "search"])
def test_work_is_chosen_by_the_same_three_flags(command):
    has = {text for name, option in OPTIONS if name == command for text in option.opts}
    assert {"--profile", "--data", "--runs"} <= has


@pytest.mark.parametrize(
    ("name", "option"), OPTIONS, ids=lambda value: getattr(value, "name", value)
)
def test_every_option_has_words(name, option):
    assert option.help and option.help[-1] in ".…"


# Errors name arguments, and the command line names flags


def test_an_argument_becomes_the_flag_that_is_typed():
    error = CourseError("`max_runtime` is 0.", "Give `runs`, `by` or `machine`.",
                        ("max_runtime", "runs", "by", "machine"))  # fmt: skip
    assert with_flags(error) == (
        "--max-runtime is 0. Give --runs, --search or --gpu, --gpu2, --cpu or --cpu2."
    )


def test_backticks_that_are_no_argument_stay():
    assert with_flags(CourseError("Try `sky check` and `runs`.")) == "Try `sky check` and `runs`."


def errors(path: Path) -> Iterator[tuple[int, str, list[str]]]:
    """Yield line, sentences and arguments of each CourseError that code makes by constants."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "CourseError":
            named = [one.value for one in node.keywords if one.arg == "arguments"]
            for value in [*node.args[2:], *named]:
                if isinstance(value, ast.Tuple):
                    names = [one.value for one in value.elts if isinstance(one, ast.Constant)]
                    yield node.lineno, ast.unparse(node), names


NAMED = [
    (f"{path.relative_to(UTILS)}:{line}", text, name)
    for path in sorted(UTILS.rglob("*.py"))
    for line, text, names in errors(path)
    for name in names
]


@pytest.mark.parametrize(("where", "text", "name"), NAMED, ids=[f"{w}-{n}" for w, _, n in NAMED])
def test_an_argument_that_an_error_names_stands_in_its_sentences_and_has_a_flag(where, text, name):
    assert f"`{name}`" in text
    assert set(re.findall(r"--[a-z0-9-]+", flag(name))) <= set(FLAGS)


def texts(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


OURS = re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, FLAGS))})(?![\w-])")


def test_no_other_room_names_a_flag():
    found = [
        f"{path.relative_to(ROOT).as_posix()}:{line}: {OURS.search(text)[0]}"
        for path in sorted(UTILS.rglob("*.py"))
        if path.relative_to(UTILS).parts[0] != "cli"
        for line, text in texts(path)
        if OURS.search(text)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Give another log root with --runs.", True),
        ("--runs", True),
        ("rsync --partial-dir=x", False),
        ("soffice --convert-to xlsx", False),
        ("--runs-of-others", False),
        ("color:var(--right)", False),
    ],
)
def test_the_look_for_flags_finds_ours_and_no_others(text, found):
    assert bool(OURS.search(text)) == found
