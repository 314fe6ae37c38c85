"""A job's bash: well-formed, safe against what a command says, and obedient to its time limit."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from jobs import HERE, WHY, Place, alive, job, write_program

from utils import settings
from utils.cloud.floyd.job import Input
from utils.cloud.floyd.names import DATASETS, ENVS
from utils.cloud.host import host_scripts
from utils.cloud.script import OLDER_TENSORFLOW, PYTHONS, run_script, setup_script
from utils.errors import CourseError

with_bash = pytest.mark.skipif(not HERE, reason=WHY)

NASTY = (
    "echo 'it''s' \"$HOME\" `id` $(id) \\\nCOURSE_SETUP\n# ä→\u2028 \t; exit 3 & } EOF ' ) \" !!"
)
JOBS = {
    "places": job("cp /output/a /data/b", inputs=(Input("s3://x/y", "data"),)),
    "job": job("course train all"),
    "nasty": job(NASTY),
    "jupyter": job("", mode="jupyter"),
    "search": job("cd x;  course   search --profile full"),
    "cluster": job("course search", nodes=3),
    "cluster-jupyter": job("", mode="jupyter", nodes=2),
    "older": job(env="tensorflow-2.20"),
    "inputs": job(inputs=tuple(Input(name, name) for name in DATASETS)),
}
TEXTS = {
    **{f"{name}-run": run_script(one) for name, one in JOBS.items()},
    **{f"{name}-setup": setup_script(one, gpu=False) for name, one in JOBS.items()},
    "gpu-setup": setup_script(job(), gpu=True),
    **host_scripts(),
}


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


@with_bash
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_bash_can_parse_every_script(text):
    done = subprocess.run(["bash", "-n"], input=text, encoding="utf-8", capture_output=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(
    shutil.which("shellcheck") is None, reason="the system package shellcheck isn't installed"
)
@pytest.mark.parametrize("text", [TEXTS[n] for n in TEXTS if "nasty" not in n])
def test_shellcheck_finds_no_fault(text):
    done = subprocess.run(
        ["shellcheck", "--shell=bash", "-"], input=text, encoding="utf-8", capture_output=True
    )
    assert done.stdout == ""


def test_an_environment_that_there_is_none_of_is_refused():
    with pytest.raises(CourseError, match="tensorflow-1.0"):
        setup_script(job(env="tensorflow-1.0"), gpu=False)


def test_every_environment_of_floyd_yml_has_a_setup():
    assert set(OLDER_TENSORFLOW) == set(ENVS)


def test_the_pythons_are_those_of_the_project():
    file = tomllib.loads((settings.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert file["project"]["requires-python"] == PYTHONS


# The command


@with_bash
@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))))
def test_whatever_a_command_says_arrives_as_it_was_written(tmp_path_factory, words):
    """All but FloydHub's two places, which mean the job's own folders; Hypothesis knows them."""
    assume(not any(place in shlex.join(words) for place in ("/output", "/floyd/input")))
    place = Place(tmp_path_factory.mktemp("place"))
    (place.code / "words.py").write_text(
        "import sys\nopen('words', 'wb').write('\\0'.join(sys.argv[1:]).encode('utf-8'))"
    )
    command = shlex.join([sys.executable, "words.py", *words])
    done = place.bash(run_script(job(command)))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    written = (place.code / "words").read_bytes().decode("utf-8")
    assert written == "\0".join(words)


@with_bash
def test_a_command_of_several_lines_is_one_program(place):
    command = 'name="it\'s \\"ä\\""\nfor i in 1 2; do\n  echo "$name $i"\ndone\n(exit 7)'
    done = place.bash(run_script(job(command)))
    assert done.stdout.splitlines() == ['it\'s "ä" 1', 'it\'s "ä" 2']
    assert done.returncode == 7


@with_bash
@pytest.mark.parametrize("text", ["}; echo out", "'; echo out; '", "\nEOF\necho out", "echo 'open"])
def test_a_command_that_bash_refuses_is_only_refused(place, text):
    done = place.bash(run_script(job(f"if {text}")))
    assert done.returncode != 0 and "out" not in done.stdout.split()
    assert "syntax error" in done.stderr or "unexpected" in done.stderr


@with_bash
def test_tensorboard_runs_beside_the_command_and_ends_with_it(place):
    done = place.bash(run_script(job("sleep 0.3; cat $CALLS")))
    assert f"--logdir {place.code}/runs --host 127.0.0.1 --port 6006" in done.stdout
    assert "-m utils.networks.tflearn_cnn.quietly tensorboard.main" in done.stdout
    assert not alive(int(Path(f"{place.calls}.tensorboard").read_text()))
    asked = place.bash(run_script(job("sleep 0.3; cat $CALLS")), TENSORBOARD_PORT="7001")
    assert "--port 7001" in asked.stdout


@with_bash
def test_the_environment_is_the_jobs_own(place):
    command = 'echo "$PATH"; echo "$VIRTUAL_ENV $COURSE_RUNS $PYTHONPATH"; env | grep BASH_FUNC'
    theirs = {"PYTHONPATH": "/image", "OMP_NUM_THREADS": "1", "RAY_ADDRESS": "127.0.0.1:6380"}
    first, second, *rest = place.bash(run_script(job(command)), **theirs).stdout.splitlines()
    assert first.startswith(f"{place.bin}:")
    assert second == f"{place.bin.parent} {place.code}/runs {place.code}"
    assert rest == []
    done = place.bash(run_script(job("echo ${OMP_NUM_THREADS-none} ${RAY_ADDRESS-none}")), **theirs)
    assert done.stdout.split() == ["none", "none"]


@with_bash
@pytest.mark.parametrize(
    ("theirs", "told"),
    [
        ({}, "true 2"),
        ({"TF_FORCE_GPU_ALLOW_GROWTH": "false", "TF_CPP_MIN_LOG_LEVEL": "0"}, "false 0"),
    ],
)
@pytest.mark.parametrize("nodes", [1, 2])
def test_a_job_takes_a_gpus_memory_bit_by_bit_and_logs_errors_alone(place, theirs, told, nodes):
    command = 'echo "$TF_FORCE_GPU_ALLOW_GROWTH $TF_CPP_MIN_LOG_LEVEL"'
    text = run_script(job(command, nodes=nodes))
    if nodes > 1:  # the job itself, without a cluster around it
        text = text.replace("work() { with_ray; }", "work() { one_machine; }")
        theirs = theirs | {"JUPYTER_TOKEN": "t", "SKYPILOT_NODE_IPS": "127.0.0.1"}
        theirs |= {"SKYPILOT_NODE_RANK": "0"}
    done = place.bash(text, **theirs)
    assert (done.returncode, done.stdout.strip()) == (0, told), done.stderr


@with_bash
def test_a_job_notes_where_it_works_and_where_its_logs_lie(place, tmp_path):
    report = tmp_path / "notes" / "report"
    place.bash(run_script(job()), COURSE_REPORT=str(report))
    home = place.variables["HOME"]
    assert report.read_text() == f"phase=run\nfolder={place.code}\nlogs={home}/sky_logs\n"


@with_bash
def test_a_jobs_note_lies_where_ssh_begins_whatever_home_is_for_the_job(place, tmp_path):
    import pwd

    name = f".course-test-{tmp_path.name}-{os.getpid()}"
    folder = Path(pwd.getpwuid(os.getuid()).pw_dir) / name
    try:
        place.bash(run_script(job()), COURSE_REPORT=f"{name}/report")
        assert f"folder={place.code}\n" in (folder / "report").read_text()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@with_bash
def test_without_its_environment_a_job_says_so(place):
    done = place.bash(run_script(job()), COURSE_VENV="/nowhere")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("course: There is no environment in /nowhere")


# The time limit


def limited(place, command, begun, change=lambda text: text):
    """Run a command that its time limit ends; with a longer one until it had begun by then.

    begun: the file that it writes at its beginning. change: what is done to the script.
    """
    for seconds in (2, 10, 100):
        done = place.bash(change(run_script(job(command, max_runtime=seconds))))
        file = place.code / begun
        if file.exists() and file.read_text():
            break
    return done


@with_bash
def test_when_the_time_is_up_no_process_of_the_job_is_left(place):
    command = "sleep 300 & echo $! > first; sleep 300 & echo $! > second; wait; echo went on"
    done = limited(place, command, "second")
    assert (done.returncode, done.stdout) == (124, "")
    assert not any(alive(int((place.code / name).read_text())) for name in ("first", "second"))


SAVES = """
import signal, sys, time
def save(*_):
    time.sleep(1)
    open("saved", "w").write("all of it")
    sys.exit()
signal.signal(signal.SIGTERM, save)
open("ready", "w").write("to be told")
time.sleep(300)
"""


@with_bash
def test_a_training_that_is_told_to_end_gets_the_time_to_save(place):
    (place.code / "train.py").write_text(SAVES)
    command = f"{shlex.quote(sys.executable)} train.py; echo went on"
    done = limited(place, command, "ready")
    assert (done.returncode, done.stdout) == (124, "")
    assert (place.code / "saved").read_text() == "all of it"


@with_bash
def test_what_ignores_the_end_is_killed(place):
    command = "trap '' TERM; echo $$ > pid; while :; do sleep 0.2; done"
    assert run_script(job(command)).count("-s TERM -k 30") == 1
    done = limited(place, command, "pid", lambda text: text.replace("-k 30", "-k 1"))
    assert done.returncode in (137, -9)  # `timeout` kills itself too; a shell would say 137
    assert not alive(int((place.code / "pid").read_text()))


# Data

CIFAR = "cifar-10-batches-bin"


def lay(place, files):
    for name in files:
        (place.input / name).parent.mkdir(parents=True, exist_ok=True)
        (place.input / name).write_text(f"I am {name}")


@with_bash
@pytest.mark.parametrize(
    ("source", "files", "found"),
    [
        ("mnist", ["data/mnist.npz"], "mnist.npz"),
        ("mnist", ["data"], "mnist.npz"),
        ("cifar10", ["data/data_batch_1.bin", "data/test_batch.bin"], f"{CIFAR}/test_batch.bin"),
        ("cifar10", [f"data/{CIFAR}/test_batch.bin"], f"{CIFAR}/test_batch.bin"),
        ("cats_dogs", ["data/data_batch_1.bin"], f"{CIFAR}/data_batch_1.bin"),
    ],
)
def test_a_data_set_is_found_however_it_lies_in_its_input(place, source, files, found):
    lay(place, files)
    one = job(f'cat "$COURSE_DATA/{found}"', inputs=(Input(source, "data"),))
    done = place.bash(setup_script(one, gpu=False))
    assert done.returncode == 0 and not any("data fetch" in call for call in place.called())
    done = place.bash(run_script(one))
    assert (done.returncode, done.stdout) == (0, f"I am {files[-1]}")


@with_bash
@pytest.mark.parametrize("empty", [True, False])
def test_a_data_set_that_was_not_sent_is_fetched(place, empty):
    place.fetched.mkdir()
    (place.fetched / "data_batch_1.bin").write_text("fetched")
    if empty:
        (place.input / "data").mkdir()
    one = job(f'cat "$COURSE_DATA/{CIFAR}/data_batch_1.bin"', inputs=(Input("cifar10", "data"),))
    done = place.bash(setup_script(one, gpu=False))
    assert done.returncode == 0
    assert "-m utils.cli data fetch cifar10" in place.called()
    assert (place.input / "data" / "data_batch_1.bin").read_text() == "fetched"
    assert place.bash(run_script(one)).stdout == "fetched"


@with_bash
def test_inputs_in_a_home_that_only_the_job_knows_are_found_and_the_command_gets_their_place(place):
    (place.code.parent / "home" / "floyd").mkdir()
    place.input.rename(place.code.parent / "home" / "floyd" / "input")
    place.input = place.code.parent / "home" / "floyd" / "input"
    lay(place, ["data/mnist.npz"])
    one = job(
        'cat "$COURSE_DATA/mnist.npz" /floyd/input/data/mnist.npz', inputs=(Input("mnist", "data"),)
    )
    where = {"FLOYD_INPUT": "~/floyd/input"}
    assert place.bash(setup_script(one, gpu=False), **where).returncode == 0
    assert not any("data fetch" in call for call in place.called())
    done = place.bash(run_script(one), **where)
    assert (done.returncode, done.stdout) == (0, 2 * "I am data/mnist.npz")


@with_bash
def test_an_input_that_holds_something_else_is_named_and_nothing_is_fetched(place):
    lay(place, ["data/notes.txt"])
    done = place.bash(setup_script(job(inputs=(Input("mnist", "data"),)), gpu=False))
    assert done.returncode == 1 and "mnist.npz" in done.stderr
    assert not any("data fetch" in call for call in place.called())


@with_bash
def test_a_job_without_data_sets_has_no_course_data(place):
    done = place.bash(run_script(job('echo "${COURSE_DATA-none}"')))
    assert done.stdout == "none\n"


# What is installed: uv is asked for; tests/cloud/test_install.py has it do so.

UV = """#!/bin/sh
printf '%s\\n' "$*" >> "$CALLS"
for last; do :; done
[ "$1" != venv ] || { mkdir -p "$last/bin" && cp "$PYTHON" "$last/bin/python"; }
"""


def installs(place, one, gpu=False):
    """Return the arguments of the one call that installs packages."""
    write_program(Path(place.variables["HOME"]) / ".local" / "bin" / "uv", UV)
    done = place.bash(setup_script(one, gpu), COURSE_VENV="", PYTHON=str(place.bin / "python"))
    assert done.returncode == 0, done.stderr
    calls = [call for call in place.called() if call.startswith("pip install")]
    place.calls.unlink()
    assert len(calls) == 1
    return calls[0].removeprefix(f"pip install --python {place.code}/.venv/bin/python ")


@with_bash
def test_a_plain_job_gets_what_requirements_say(place):
    assert installs(place, job()) == "-r requirements.txt"


@with_bash
def test_cuda_the_search_and_floyd_requirements_come_where_they_are_needed(place):
    assert installs(place, job(), gpu=True) == "-r requirements.txt tensorflow[and-cuda]"
    assert installs(place, JOBS["search"]) == "-r requirements.txt -e .[search]"
    assert installs(place, JOBS["cluster"]) == "-r requirements.txt -e .[search]"
    (place.code / "floyd_requirements.txt").write_text("emoji\n")
    assert installs(place, job()) == "-r requirements.txt -r floyd_requirements.txt"


@with_bash
def test_an_older_tensorflow_changes_three_pins_and_no_other_line(place):
    for name in ("requirements.txt", "constraints.txt"):
        shutil.copy(settings.ROOT / name, place.code / name)
    made = place.code / ".venv"
    assert installs(place, JOBS["older"]) == f"-r {made}/requirements.txt"
    changed = set()
    for name in ("requirements.txt", "constraints.txt"):
        before = (settings.ROOT / name).read_text(encoding="utf-8").splitlines()
        after = (made / name).read_text(encoding="utf-8").splitlines()
        changed |= {new for old, new in zip(before, after, strict=True) if old != new}
    names = {re.split(r"\s", line)[0] for line in changed}
    assert names == {"tensorflow==2.20.0", "tensorboard==2.20.0", "setuptools==81.0.0"}


@with_bash
def test_a_failed_installation_is_one_clear_sentence(place):
    write_program(Path(place.variables["HOME"]) / ".local" / "bin" / "uv", UV + "[ $1 = venv ]\n")
    done = place.bash(setup_script(job(), False), COURSE_VENV="", PYTHON=str(place.bin / "python"))
    assert done.returncode == 1
    assert done.stderr.startswith("course: The packages could not be installed")
    assert done.stderr.count("\n") == 1


@with_bash
def test_a_folder_without_requirements_is_named(place):
    (place.code / "requirements.txt").unlink()
    done = place.bash(setup_script(job(), gpu=False))
    assert done.returncode == 1 and str(place.code) in done.stderr
