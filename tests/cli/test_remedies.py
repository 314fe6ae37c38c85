"""Every command that the repository tells a person to type works when it is typed.

remedies.py finds them, remedies_proven.py says how each is proven.
"""

import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib

import pytest
import typer
from made_runs import made_rows, make_run
from PIL import Image
from remedies import commands, in_text
from remedies_proven import PROVEN
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from utils.cli.main import app
from utils.cli.options import with_flags
from utils.cloud import skypilot
from utils.cloud.floyd.job import find_floyd, read_floyd
from utils.data import catalogue
from utils.errors import CourseError
from utils.experiments.studies import STUDIES, get_study, get_variant
from utils.jupyter.run_all import select
from utils.networks.model_files import model_config
from utils.settings import ROOT

FOUND = commands()
UsageError = typer.BadParameter.__base__  # the parser's own, of which all others are made


def of_kind(*kinds: str) -> list:
    """Return the commands that are proven in one of these ways, filled in, each with its proof."""
    chosen = {command: proof for command, proof in PROVEN.items() if proof.kind in kinds}
    return [
        pytest.param(filled(command, *proof.fill), proof, id=command)
        for command, proof in chosen.items()
        if command in FOUND
    ]


def filled(command: str, *words: str) -> str:
    for word in words:
        command = command.replace("{}", word, 1)
    return command


# The table


def test_every_command_that_a_person_is_told_to_type_is_proven():
    unproven = {one: where for one, where in FOUND.items() if one not in PROVEN}
    assert unproven == {}, "add a line for each to tests/cli/remedies_proven.py"


def test_no_line_of_the_table_is_left_over():
    assert [one for one in PROVEN if one not in FOUND] == [], "nobody is told to type it any more"


@pytest.mark.parametrize(("command", "proof"), of_kind("named"))
def test_a_command_that_only_stands_for_what_it_does_is_no_remedy(command, proof):
    files = {where.partition(":")[0] for where in FOUND[command]}
    assert {name for name in files if name.startswith("utils/")} <= set(proof.fill)


# The finding


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It is gone. Run `course data fetch cifar10` again.", ["course data fetch cifar10"]),
        ("Train some first: course train {}", ["course train {}"]),
        ("See it with: course jobs. Stop it: course jobs stop {} `discard`.",
         ["course jobs", "course jobs stop {} --discard"]),
        ("Write one by course sheet or-gate, or not.", ["course sheet or-gate"]),
        ("Undo it: git checkout data/reference", ["git checkout data/reference"]),
        ("Type: course nosuch thing", ["course nosuch thing"]),
        ("<p>Type <code>make lab</code>.</p>", ["make lab"]),
        ("Correct it, or unset COURSE_VENV to have one made.", ["unset COURSE_VENV"]),
        ("Install it: pip install -e '.[search]'.", ["pip install -e '.[search]'"]),
        ("No machine of the course runs. The course data are here. Make it anew.", []),
    ],
)  # fmt: skip
def test_commands_are_found_in_an_errors_sentences(text, found):
    assert list(in_text(text, is_page=False)) == found


def test_commands_are_found_in_a_page():
    page = (
        "Try `course jobs`:\n\n    course train all --seeds 3   # hours\n\n`course jobs stop\nNAME`"
    )
    wanted = {"course jobs", "course train all --seeds 3", "course jobs stop {}"}
    assert set(in_text(page, is_page=True)) == wanted


# Typed for real


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return a folder to type in: with runs, a photograph and the course's floyd.yml."""
    monkeypatch.setenv("COURSE_BUILD", str(tmp_path / "build"))
    for study in ("layers", "learning_rate"):
        for variant in list(STUDIES[study].variants)[:2]:
            for number in (0, 1):
                rows = made_rows(0.5 + number / 50)
                make_run(tmp_path / "runs", f"{study}/{variant}/seed-{number}", rows)
    for search in ("search-finals", "mine-finals"):  # what a search leaves is a study of its own
        shutil.copytree(tmp_path / "runs" / "layers", tmp_path / "runs" / search)
        for record in (tmp_path / "runs" / search).rglob("run.json"):
            fields = json.loads(record.read_text(encoding="utf-8"))
            record.write_text(json.dumps(fields | {"study": search}), encoding="utf-8")
    Image.new("RGB", (400, 300), "teal").save(tmp_path / "photograph.jpg")
    (tmp_path / "handed-in" / "Ada").mkdir(parents=True)
    for name in ("floyd.yml", "requirements.txt"):
        shutil.copy(ROOT / name, tmp_path)
    monkeypatch.chdir(tmp_path)
    missing = CourseError("SkyPilot isn't asked in this test.")
    monkeypatch.setattr(skypilot, "why_no_skypilot", lambda: missing)
    return tmp_path


@pytest.mark.parametrize(("command", "proof"), of_kind("runs", "dry"))
def test_a_command_that_is_quick_and_harmless_works(command, proof, folder):
    words = shlex.split(command)[1:] + ["--dry-run"] * (proof.kind == "dry")
    result = CliRunner().invoke(app, words, prog_name="course")
    said = result.output
    if isinstance(result.exception, CourseError):
        said += with_flags(result.exception)
    assert result.exit_code == (1 if proof.says else 0), said
    assert proof.says in said and "unreadable" not in said
    for name in re.findall(r"\S+\.(?:xlsx|csv)", command):
        assert (folder / name).stat().st_size


# Read by the real parser


def parsed(command: str) -> tuple[str, dict]:
    """Return a command's name and what each of its parameters is, as the real parser reads it."""
    program, *words = shlex.split(command)
    assert program == "course"
    one, name = get_command(app), []
    while isinstance(one, TyperGroup) and words and words[0] in one.commands:
        one = one.commands[words[0]]
        name.append(words.pop(0))
    assert not isinstance(one, TyperGroup) or (one.invoke_without_command and not words), command
    return " ".join(name), one.make_context(" ".join(name), words).params


def missing(name: str, given: dict) -> list[str]:
    """Return what a command names that isn't there; raise CourseError for some of it."""
    if name == "train":
        if given["study"].endswith(".toml"):
            return []  # a file that the person has just written
        studies = list(STUDIES) if given["study"] == "all" else [get_study(given["study"]).name]
        for one in given["variant"] or ():
            get_variant(get_study(studies[0]), one)
    if name == "run":
        select(given["only"])
    if name.startswith("data ") and given["name"]:
        catalogue.get(given["name"])
    if name == "launch":
        tasks = read_floyd(find_floyd(ROOT)).tasks
        return [one for one in given["what"] or () if one not in tasks]
    if name == "sheet model":
        if not (ROOT / given["file"]).is_file():
            return [str(given["file"])]
        parts = model_config(ROOT / given["file"])[1]["config"]["layers"]
        names = {"", *(one["config"]["name"] for one in parts)}
        return [given["until"]] * (given["until"] not in names)
    return []


@pytest.mark.parametrize(("command", "proof"), of_kind("parses"))
def test_a_command_that_does_much_is_understood_and_names_what_is_there(command, proof):
    assert proof.why
    assert missing(*parsed(command)) == []


@pytest.mark.parametrize(
    "command",
    ["course train", "course train layers --seed 3", "course train mnist", "course sheet model",
     "course train layers --variant nosuch", "course run --only 99", "course data fetch imagenet",
     "course launch nosuch", "course fetch cifar10", "course sheet model none.keras -o a.xlsx",
     "course sheet model data/reference/mnist_cnn.keras --until conv9 -o a.xlsx",
     "course run --profile tiny", "course jobs end", "course sheet"],
)  # fmt: skip
def test_a_command_that_cannot_work_is_seen(command):
    with pytest.raises((AssertionError, CourseError, UsageError)):
        assert missing(*parsed(command)) == []


# Other people's programs


@pytest.mark.skipif(shutil.which("make") is None, reason="needs the system package make")
@pytest.mark.parametrize(("command", "proof"), of_kind("makes"))
def test_a_target_of_make_is_there(command, proof):
    done = subprocess.run(
        ["make", "-n", *shlex.split(command)[1:]], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0 and done.stdout, done.stderr


@pytest.mark.parametrize(("command", "proof"), of_kind("installs"))
def test_what_pip_is_to_install_is_what_the_course_has(command, proof):
    from pip._internal.commands.install import InstallCommand

    words = shlex.split(command.partition("pip install ")[2])
    options, requirements = InstallCommand("install", "").parse_args(words)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    assert all((ROOT / name).is_file() for name in options.requirements)
    for one in options.editables:
        assert re.fullmatch(r"\.\[(.+)\]", one)[1] in extras
    pinned = " ".join([*extras["cloud"], (ROOT / "requirements.txt").read_text(encoding="utf-8")])
    for one in requirements:
        name, version = re.fullmatch(r"(\w+)\[[\w-]+\](==[\d.]+)?", one).groups()
        assert f"{name}{version or '=='}" in pinned


@pytest.mark.parametrize(("command", "proof"), of_kind("helps"))
def test_a_module_has_the_options_that_are_named(command, proof):
    _, _, module, *flags = shlex.split(command)
    done = subprocess.run(
        [sys.executable, "-m", module, "--help"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0 and all(flag in done.stdout for flag in flags)


@pytest.mark.skipif(shutil.which("git") is None, reason="needs the system package git")
@pytest.mark.parametrize(("command", "proof"), of_kind("clones"))
def test_a_command_of_git_brings_back_what_was_spoilt(command, proof, tmp_path):
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "--shared", str(ROOT), str(clone)], check=True)
    tables = sorted((clone / "data" / "reference").glob("*.csv"))
    texts = [one.read_bytes() for one in tables]
    tables[0].write_text("spoilt")
    tables[1].unlink()
    subprocess.run(shlex.split(command), cwd=clone, check=True, capture_output=True)
    assert [one.read_bytes() for one in tables] == texts and len(tables) > 1


@pytest.mark.parametrize(("command", "proof"), of_kind("variable"))
def test_a_variable_is_one_that_the_course_reads(command, proof):
    name = command.split()[1].partition("=")[0]
    code = [*(ROOT / "utils").rglob("*.py"), *(ROOT / "utils").rglob("*.sh")]
    reads = re.compile(rf"""["'$]\{{?{name}\b""")
    assert any(reads.search(path.read_text(encoding="utf-8")) for path in code)


@pytest.mark.parametrize(("command", "proof"), of_kind("believed"))
def test_what_is_believed_is_another_programs_and_says_why(command, proof):
    assert proof.why and command.split()[0] in ("sky", "brew", "wsl")
