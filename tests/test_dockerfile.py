"""The Dockerfile: linted, and its steps taken in a folder, up to JupyterLab's answer.

There need be no engine here. What is left out: the base image, the user, and what `-p` publishes.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import tomllib
import urllib.error
import urllib.request
import venv
from pathlib import Path

import psutil
import pytest
from packaging.specifiers import SpecifierSet
from starting import LONG, listening, one_at_a_time, until

from utils.files import free_port
from utils.settings import ROOT

dockerfile_parse = pytest.importorskip("dockerfile_parse", reason="`make setup` installs it")
docker_build = pytest.importorskip("docker.utils.build", reason="`make setup` installs it")
pytestmark = pytest.mark.skipif(os.name == "nt", reason="its steps are for a Linux shell")

COURSE, HOME = "/opt/course", "/home/learner"
OFFLINE = str(ROOT / "tests" / "notebooks" / "offline")
BIN = Path(sys.executable).parent


def steps():
    """Return the instructions with their values, in order, without the comments."""
    with (ROOT / "Dockerfile").open("rb") as file:
        found = dockerfile_parse.DockerfileParser(fileobj=file).structure
    return [(one["instruction"], one["value"]) for one in found if one["instruction"] != "COMMENT"]


def copied(folder):
    """Return the files that `COPY . .` takes from a folder, by Docker's own reading."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    patterns = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    paths = docker_build.exclude_paths(str(folder), patterns)
    return {path for path in paths if not (folder / path).is_dir()}


def test_the_linter_has_nothing_to_say():
    linter = shutil.which("hadolint", path=BIN)
    if linter is None:
        pytest.skip("hadolint isn't installed: `make setup` installs it")
    done = subprocess.run([linter, "--no-color", "Dockerfile"], cwd=ROOT, capture_output=True)
    assert (done.returncode, done.stdout.decode()) == (0, "")


def test_the_base_is_pythons_own_slim_image_in_one_exact_version():
    (base,) = [value for word, value in steps() if word == "FROM"]
    version = re.fullmatch(r"python:(\d+\.\d+\.\d+)-slim-[a-z]+", base)[1]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert version in SpecifierSet(project["requires-python"])


def test_of_the_course_all_that_git_has_is_copied_and_nothing_else(tmp_path):
    for name in (".gitignore", ".dockerignore"):
        shutil.copy(ROOT / name, tmp_path)
    made = (".venv/bin/x", "build/a/b", "runs/s/run.json", "outputs/o", "work/01.ipynb",
            "progress.jsonl", "progress-test-openings.jsonl", "c.egg-info/PKG-INFO",
            "utils/build/b.py", "utils/__pycache__/a.pyc",
            ".pytest_cache/x", "a/.ipynb_checkpoints/x", "a/.DS_Store",
            "data/cifar-10-batches-bin/data_batch_1.bin", "data/mnist.npz")  # fmt: skip
    kept = (".ci/run", "utils/a.py", "notebooks/work.ipynb", "data/README.md",
            "data/reference/x.csv", "data/quizzes/01.toml", "data/gpus.toml")  # fmt: skip
    for name in (*made, *kept):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    assert copied(tmp_path) == {*kept, ".gitignore", ".dockerignore"} == of_git(tmp_path)
    if (ROOT / ".git").exists():
        assert copied(ROOT) == of_git(ROOT, begin=False)


def of_git(folder, begin=True):
    """Return the files that git has, or would have, of a folder."""
    git = ["git", "-C", str(folder)]
    if begin:
        subprocess.run([*git, "init", "-q"], check=True)
    told = subprocess.run([*git, "ls-files", "-zco", "--exclude-standard"],
                          capture_output=True, text=True, check=True)  # fmt: skip
    return {path for path in told.stdout.split("\0") if path and (folder / path).exists()}


@pytest.mark.parametrize("gpu", ["0", "1"])
def test_the_build_argument_decides_whether_cudas_libraries_come_along(tmp_path, gpu):
    (run,) = [value for word, value in steps() if word == "RUN" and "packages.txt" in value]
    listing, install = run.rsplit("&&", 1)
    for name in ("requirements.txt", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    subprocess.run(["sh", "-c", listing], cwd=tmp_path, env=os.environ | {"GPU": gpu}, check=True)
    lines = (tmp_path / "packages.txt").read_text(encoding="utf-8").splitlines()
    assert "-r packages.txt" in install and "-c constraints.txt" in lines and "-e ." not in lines
    assert ("tensorflow[and-cuda]" in lines) is (gpu == "1")
    assert any(line.startswith("tensorflow==") for line in lines)
    assert re.search(r"(?m)^nvidia-cudnn-cu12==", (ROOT / "constraints.txt").read_text())


class Image:
    """A folder in the place of an image: each step taken in it, with the paths below it."""

    def __init__(self, root):
        self.root, self.folder, self.passed = root, root, []
        self.command, self.volumes = [], []
        venv.create(root / "env")
        packages = Path(sysconfig.get_path("purelib", vars={"base": str(root / "env")}))
        # What is installed is there already, so that nothing need be fetched.
        here = [path for path in sys.path if Path(path).name == "site-packages"]
        (packages / "here.pth").write_text("\n".join(here))
        pip = root / "env" / "bin" / "pip"
        pip.write_text('#!/bin/sh\nexec python -m pip "$@"\n')
        pip.chmod(0o755)
        self.environment = {
            "PATH": f"{root / 'env' / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "HOME": self.inside(HOME), "PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1", "JUPYTER_PORT": str(free_port(first=8900)),
        }  # fmt: skip

    def inside(self, text):
        for place in (COURSE, HOME):
            text = text.replace(place, f"{self.root}{place}")
        return text

    def take(self, word, value):
        match word:
            case "WORKDIR":
                self.folder = Path(self.inside(value))
                self.folder.mkdir(parents=True, exist_ok=True)
            case "ARG":
                name, _, default = value.partition("=")
                self.environment[name] = default
            case "COPY":
                *sources, target = value.split()
                names = copied(ROOT) if sources == ["."] else sources
                for name in names:
                    (self.folder / target / name).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(ROOT / name, self.folder / target / name, follow_symlinks=False)
            case "RUN" if value.startswith("useradd "):  # one is root here, or has no right to
                self.passed.append(value)
            case "RUN":
                done = subprocess.run(["sh", "-c", self.inside(value)], cwd=self.folder, text=True,
                                      env=self.environment, capture_output=True)  # fmt: skip
                assert done.returncode == 0, done.stdout + done.stderr
            case "VOLUME":
                self.volumes = [Path(self.inside(one)) for one in json.loads(value)]
            case "CMD":
                self.command = json.loads(value)
            case _:
                assert word in ("FROM", "USER", "EXPOSE", "STOPSIGNAL"), word


@pytest.fixture
def image(tmp_path):
    """Take all steps; give the image, in which the course's own folder can't be written."""
    with one_at_a_time():
        one = Image(tmp_path)
        for word, value in steps():
            one.take(word, value)
    for volume in one.volumes:
        volume.mkdir(parents=True, exist_ok=True)
    course = Path(one.inside(COURSE))
    course.chmod(0o555)
    yield one
    course.chmod(0o755)


def answer(port, path, token=""):
    """Return the status with which JupyterLab answers; None while nobody does."""
    address = f"http://127.0.0.1:{port}{path}" + (f"?token={token}" if token else "")
    try:
        with urllib.request.urlopen(address, timeout=60) as got:
            return got.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


def as_learner(command):
    """Return a command that has no more rights than its user: root's to write anywhere is gone."""
    if os.geteuid() != 0:
        return command
    if shutil.which("setpriv") is None:
        pytest.skip("needs the system package util-linux, for root")
    return ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override", *command]


def test_its_steps_come_to_a_jupyterlab_that_answers_by_token_alone(image):
    assert len(image.passed) == 1 and image.passed[0].startswith("useradd ")
    log = image.root / "log"
    with log.open("w") as file:
        lab = subprocess.Popen(
            as_learner(image.command), cwd=image.folder, stdout=file, stderr=file,
            env=image.environment | {"PYTHONPATH": OFFLINE},
        )  # fmt: skip
    try:
        shown = until(lambda: re.search(r"127\.0\.0\.1:(\d+)/\S*token=(\w+)", log.read_text())
                      or lab.poll() is not None)  # fmt: skip
        assert isinstance(shown, re.Match), log.read_text()
        port, token = shown.groups()
        assert port == image.environment["JUPYTER_PORT"]
        assert until(lambda: answer(port, "/api/status")) == 403
        assert answer(port, "/api/status", token) == answer(port, "/lab", token) == 200
        assert "0.0.0.0" in ips(lab, int(port))
    finally:
        lab.send_signal(signal.SIGINT)  # as STOPSIGNAL says
    assert lab.wait(LONG) == 0, log.read_text()
    own, cache = image.volumes
    assert (own / "work" / "00_start.ipynb").is_file() and any(cache.iterdir())
    assert not Path(image.inside(COURSE), "work").exists()


def ips(process, port):
    """Return the addresses on which a process and its children listen at a port."""
    everyone = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    return {one.ip for one in listening(everyone) if one.port == port}
