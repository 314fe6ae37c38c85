"""A job as a script for sbatch: what it asks for and carries, and what it can't be made of."""

import io
import os
import re
import shutil
import subprocess
import tarfile
from base64 import b64decode

import pytest
from jobs import HERE, WHY, job
from typer.testing import CliRunner

from utils.cli.main import app
from utils.cli.options import with_flags
from utils.cloud.floyd.job import Input
from utils.cloud.sbatch import LARGEST, make_batch, sbatch_text
from utils.errors import CourseError

FILE = """
task:
  short:
    command: course train layers --variant baseline --seeds 2 --profile smoke
  all:
    command: course train all --profile full --data real --seeds 3
  two:
    command: course train layers && course train dropout
  lab:
    mode: jupyter
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A folder with a floyd.yml of its own, in which is typed."""
    (tmp_path / "floyd.yml").write_text(FILE)
    (tmp_path / ".floydignore").write_text("*.sbatch\nbig\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COURSE_BUILD", str(tmp_path / "build"))
    return tmp_path


def typed(*words):
    return CliRunner().invoke(app, ["launch", *words])


def refused(*words) -> str:
    done = typed(*words)
    assert isinstance(done.exception, CourseError), done.output
    assert done.exception.remedy and not done.stdout
    return with_flags(done.exception)


def asked(text: str) -> dict[str, str]:
    """Return what a script's lines ask Slurm for."""
    return dict(re.findall(r"^#SBATCH --([a-z-]+)=?(.*)$", text, re.MULTILINE))


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        ({}, {"cpus-per-task": "2", "mem": "8G", "time": "0:33:00"}),
        ({"machine": "cpu2"}, {"cpus-per-task": "8", "mem": "16G"}),
        ({"machine": "gpu2"}, {"cpus-per-task": "4", "mem": "16G", "gres": "gpu:1"}),
        ({"max_runtime": 90_061}, {"time": "25:34:00"}),
    ],
)
def test_a_script_asks_for_what_the_job_needs(changes, lines):
    found = asked(sbatch_text(job(**changes), "course-x", 0, ""))
    assert lines.items() <= found.items()
    assert ("gres" in found) == ("gres" in lines) and "array" not in found
    assert {
        "job-name": "course-x",
        "nodes": "1",
        "output": "course-x-%j.log",
    }.items() <= found.items()


def test_the_lines_for_slurm_stand_before_all_others():
    text = sbatch_text(job("echo\n#SBATCH --mem=1\ntrue"), "course-x", 0, "")
    lines = text.splitlines()
    first = next(n for n, line in enumerate(lines) if line and not line.startswith("#"))
    assert lines[0] == "#!/bin/bash" and max(map(len, lines[:first])) <= 100
    assert "mem" in asked("\n".join(lines[:first])) and "#SBATCH --mem=1" in lines[first:]


@pytest.mark.skipif(not HERE, reason=WHY)
@pytest.mark.parametrize(
    "command", ["COURSE_END", "a\nCOURSE_END\nCOURSE_END_\nb", "'\n`id` $(id)"]
)
def test_whatever_the_command_says_its_script_is_written_as_it_is(tmp_path, command):
    from utils.cloud.script import run_script

    text = sbatch_text(job(command), "course-x", 0, "").replace("\nmain\n", "\nrun_text > out\n")
    done = subprocess.run(["bash"], input=text, text=True, cwd=tmp_path, capture_output=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "out").read_text() == run_script(job(command))


def test_a_script_carries_what_is_sent_and_no_more(own):
    (own / "big").write_bytes(b"0" * 100)
    (own / "train.py").write_text("print()")
    text = make_batch(job(folder=own), "course-x").text
    code = text.partition("base64 -d << 'COURSE_END'\n")[2].partition("COURSE_END")[0]
    with tarfile.open(fileobj=io.BytesIO(b64decode(code))) as archive:
        entries = archive.getmembers()
    assert {"code/train.py", "code/floyd.yml", "sent.json"} <= {one.name for one in entries}
    assert not [one for one in entries if "big" in one.name]
    assert {(one.uid, one.uname) for one in entries} == {(0, "")}


def test_more_than_slurm_takes_is_refused_with_the_largest_files(own):
    import random

    (own / "movie.bin").write_bytes(random.Random(0).randbytes(LARGEST))
    said = refused("short", "--sbatch")
    assert "Slurm takes 4.2 MB" in said and "movie.bin (4.2 MB)" in said and ".floydignore" in said
    (own / ".floydignore").write_text("movie.bin\n")
    (own / "sparse.bin").touch()
    os.truncate(own / "sparse.bin", 10**12)
    assert "1000000.0 MB" in refused("short", "--sbatch")
    (own / ".floydignore").write_text("*.bin\n")
    assert typed("short", "--sbatch").exit_code == 0


def test_a_script_does_not_carry_earlier_scripts(own):
    (own / ".floydignore").write_text("")
    before = make_batch(job(folder=own), "course-x")
    for name in ("a.sbatch", "job.sh"):
        assert typed("short", "--sbatch", name).exit_code == 0
    assert make_batch(job(folder=own), "course-x").files == before.files


# What is typed


def test_a_script_has_a_name_of_its_own_or_the_one_that_is_given(own):
    assert typed("short", "--sbatch").exit_code == 0
    (found,) = own.glob("*.sbatch")
    assert re.fullmatch(r"course-short-[0-9a-f]{6}\.sbatch", found.name)
    for line in ("short --sbatch a.sbatch", "--sbatch b.sbatch short",
                 "--task short --sbatch c.sbatch", "--sbatch short d"):  # fmt: skip
        words = line.split()
        done = typed(*words)
        assert done.exit_code == 0, done.exception
        name = next(word for word in words if word not in ("short", "--sbatch", "--task"))
        assert f"    sbatch {name}\n" in done.stdout and (own / name).read_text()[:2] == "#!"


def test_a_script_for_the_screen_is_all_that_stands_there(own):
    done = typed("short", "--sbatch", "-")
    assert done.exit_code == 0 and done.stdout.startswith("#!/bin/bash\n")
    assert done.stdout.endswith("\nmain\n") and "rsync -aF CLUSTER:" in done.stderr
    assert not list(own.glob("*.sbatch")) and "    sbatch" not in done.stderr


def test_a_file_that_is_no_such_script_is_left_alone_and_an_earlier_script_is_not(own):
    (own / "mine").write_text("mine")
    assert "mine is there, and no script of a launch." in refused("short", "--sbatch", "mine")
    assert (own / "mine").read_text() == "mine"
    assert "no script of a launch" in refused("short", "--sbatch", str(own.parent))
    assert typed("short", "--sbatch", "a.sbatch").exit_code == 0
    assert typed("lab", "--sbatch", "a.sbatch").exit_code == 0
    assert "mode=jupyter" in (own / "a.sbatch").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--host", "ada@box"), "A launch has one place, and --host and --sbatch were given."),
        (("--infra", "aws"), "--infra and --sbatch were given."),
        (("--local",), "--local and --sbatch were given."),
        (("--dry-run",), "--dry-run has no meaning for a script that you submit."),
        (("--detach",), "--detach has no meaning"),
        (("--follow",), "--follow has no meaning"),
        (("--nodes", "3"), "A batch script runs on one machine, and --nodes is 3."),
        (("--data", "s3://bucket/x:x"), "s3://bucket/x can't be mounted there"),
    ],
)
def test_what_a_script_cannot_do_is_refused_in_a_sentence(own, words, said):
    assert said in refused("short", "--sbatch", *words)
    assert not list(own.glob("*.sbatch"))


# An array


@pytest.mark.parametrize(("task", "parts"), [("short", 2), ("all", 48)])
def test_an_array_has_a_part_for_each_run(own, task, parts):
    done = typed(task, "--sbatch", "-", "--array")
    assert asked(done.stdout)["array"] == f"0-{parts - 1}"
    assert asked(done.stdout)["output"].endswith("-%A_%a.log")
    assert f"asks for {parts} jobs, each with 2 cores" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("lab",), "--array divides a training, and this task opens JupyterLab."),
        (("two",), "--array divides a command that is one `course train` and nothing else"),
        (("short", "--command", "python train.py"), "this task's is 'python train.py'."),
        (("short", "--command", "course train layers --part 1/2"), "has --part already."),
        (("short", "--command", "course train 'layers"), "nothing else; this task's is"),
        (("short", "--command", "course train all --seeds 63"), "this task has 1008 runs."),
        (("short", "--command", "course train nothing"), "There is no study 'nothing'."),
    ],
)
def test_what_an_array_cannot_divide_is_refused_in_a_sentence(own, words, said):
    assert said in refused(*words, "--sbatch", "--array")


def test_an_array_without_a_script_is_refused(own):
    assert (
        refused("short", "--array") == "--array divides a script for Slurm. Give --sbatch with it."
    )


@pytest.mark.skipif(
    shutil.which("shellcheck") is None, reason="the system package shellcheck isn't installed"
)
@pytest.mark.parametrize("parts", [0, 3])
def test_shellcheck_finds_no_fault_in_a_batch_script(parts):
    inputs = (Input("/data/mine's", "x"), Input("mnist", "mnist"))
    text = sbatch_text(job("course train all", inputs=inputs), "course-x", parts, "aGFsbG8=\n")
    done = subprocess.run(
        ["shellcheck", "--shell=bash", "-"], input=text, encoding="utf-8", capture_output=True
    )
    assert done.stdout == ""
