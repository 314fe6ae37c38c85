"""What is pinned and why, and what the licence files say."""

import importlib.metadata
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from utils import settings

ROOT = settings.ROOT
FIXED = {"jupyterlab", "tensorflow", "tflearn", "matplotlib", "ipywidgets", "tensorboard"}


def pin_lines(name: str) -> list[str]:
    """Return the lines of a requirements file that name a package."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith(("#", "-"))]


def pins(lines: list[str]) -> list[Requirement]:
    return [Requirement(line.split("#")[0].strip()) for line in lines]


def here(requirements: list[Requirement]) -> dict[str, str]:
    """Return name → version of the pins that hold for this machine."""
    return {
        canonicalize_name(one.name): str(one.specifier).removeprefix("==")
        for one in requirements
        if one.marker is None or one.marker.evaluate()
    }


PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PYPROJECT["project"]["optional-dependencies"]
DIRECT = pins(pin_lines("requirements.txt"))
# The extras that `make test` installs.
TESTED = pins([line for name in ("book", "cloud", "dev", "search") for line in EXTRAS[name]])
CONSTRAINTS = pins(pin_lines("constraints.txt"))
EVERY_PIN = [*DIRECT, *CONSTRAINTS, *pins([line for extra in EXTRAS.values() for line in extra])]


# Pins


@pytest.mark.parametrize("one", EVERY_PIN, ids=str)
def test_a_pin_is_exact(one):
    assert re.fullmatch(r"==[0-9][0-9a-z.+]*", str(one.specifier))


@pytest.mark.parametrize("line", pin_lines("requirements.txt"))
def test_a_direct_dependency_has_its_reason_beside_it(line):
    assert line.partition("  # ")[2].strip()


def test_the_constraints_are_used_and_the_course_itself_is_installed():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert {"-c constraints.txt", "-e ."} <= set(lines)


def test_the_six_packages_that_the_course_is_about_are_there():
    assert {one.name for one in DIRECT} >= FIXED


def test_the_constraints_agree_with_the_direct_pins():
    direct = here([*DIRECT, *TESTED])
    constraints = here(CONSTRAINTS)
    assert {name: constraints.get(name) for name in direct} == direct


def needed(names: list[str]) -> set[str]:
    """Return all that these installed packages need in turn, as far as it is installed."""
    found: set[str] = set()
    todo = [(canonicalize_name(name), frozenset[str]()) for name in names]
    seen = set()
    while todo:
        name, extras = todo.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            lines = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        found.add(name)
        for one in map(Requirement, lines):
            if one.marker is None or any(
                one.marker.evaluate({"extra": extra}) for extra in (extras or {""})
            ):
                todo.append((canonicalize_name(one.name), frozenset(one.extras)))
    return found


def test_the_constraints_name_all_that_is_installed_for_the_course_in_its_version():
    names = needed([one.name for one in [*DIRECT, *TESTED]])
    assert len(names) > 100
    constraints = here(CONSTRAINTS)
    installed = {name: importlib.metadata.version(name) for name in names}
    assert {name: constraints.get(name) for name in names} == installed


# Setting up

FAKE_PYTHON = """#!/bin/sh
[ "$1" = -c ] && exec {python} "$@"
echo $2 >> {log}
"""


def set_up(folder: Path, uv_can: bool) -> tuple[str, list[str]]:
    """Let make set up in an environment of two programs that only note what they are asked for.

    Return what it printed, and the notes.
    """
    log, programs = folder / "log", folder / "venv" / "bin"
    programs.mkdir(parents=True)
    uv = f"#!/bin/sh\necho uv >> {log}\n{'true' if uv_can else 'echo no index >&2; false'}\n"
    python = FAKE_PYTHON.format(python=sys.executable, log=log)
    for name, text in (("python", python), ("uv", uv)):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    done = subprocess.run(
        ["make", "-s", f"VENV={folder / 'venv'}", str(programs / ".learner")],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (programs / ".learner").exists()
    return done.stdout + done.stderr, [line.split()[0] for line in log.read_text().splitlines()]


@pytest.mark.skipif(
    sys.platform == "win32" or not shutil.which("make"), reason="needs make and a shell"
)
@pytest.mark.parametrize(
    ("uv_can", "lines", "asked"),
    [(True, 1, ["pip", "uv"]), (False, 2, ["pip", "uv", "pip"])],
)
def test_make_sets_up_by_uv_and_says_in_a_line_where_pip_has_to(tmp_path, uv_can, lines, asked):
    said, programs = set_up(tmp_path, uv_can)
    assert programs == [*asked, "utils.networks.onednn"]
    assert len(said.splitlines()) == lines and said.count("pip does") == lines - 1


# Licence and citation


def test_licence_citation_and_package_agree():
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    project = PYPROJECT["project"]
    assert licence.startswith("MIT License") and project["license"] == "MIT"
    assert "The deep-learning course's authors" in licence
    assert "\nlicense: MIT\n" in citation
    assert f"\nversion: {project['version']}\n" in citation
