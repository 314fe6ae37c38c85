"""Run a job here as it would run on a cloud's machine: the honest test of floyd.yml.

The very files that would be sent, in a fresh folder; the very same two scripts, in an environment
of their own; a folder that stands for /floyd/input. Nothing here knows SkyPilot.
"""

import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from utils import settings
from utils.cloud.bash import run_bash
from utils.cloud.floyd.job import Job
from utils.cloud.outputs import BROUGHT, bring_all, terms
from utils.cloud.script import JUPYTER_PORT, TENSORBOARD_PORT, run_script, setup_script
from utils.cloud.upload import SENT, copy_files
from utils.errors import CourseError
from utils.files import free_port, lock, write_whole

__all__ = ["check_machine", "run_local"]

MARK, LOCK = "made-by-launch.txt", "lock"
TIMED_OUT = 124  # what `timeout` says; 137 where it had to use SIGKILL
# What a job sees of this machine's environment. HOME is kept: the caches and settings of uv and
# pip (a mirror, a certificate) lie there; Jupyter's settings are kept away below.
KEPT = ("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TZ", "TERM", "TMPDIR", "COURSE_VENV")
KEPT_FAMILIES = ("LC_", "PIP_", "UV_", "PYENV_", "SSL_CERT_", "CUDA_", "NVIDIA_", "LD_LIBRARY_")
KEPT_ALSO = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "REQUESTS_CA_BUNDLE")


def run_local(job: Job, show: Callable[[str], None] | None = None) -> int:
    """Run a job on this machine and return its exit status; 124 where max_runtime ended it.

    show: shows JupyterLab's address with its token to a person and nobody else; unless given,
        the terminal that this runs in.

    What ran is kept in build/launch/<task> until the next launch of that task. Runs are brought
    into the log root, all else that the job made into outputs/<launch>, where nothing is
    overwritten. Ctrl-C ends the job and still brings them; it then raises KeyboardInterrupt.

    Raises CourseError, before anything is made, for what this machine can't do, and where the
    environment can't be made.
    """
    check_machine(job)
    show = show or _terminal(job)
    if job.nodes > 1:
        print(f"One machine is here, not {job.nodes}: the job runs without a cluster.")
        job = replace(job, nodes=1)
    task = re.sub(r"[^\w-]+", "-", job.task or job.mode)
    folder, name = settings.build_dir() / "launch" / task, f"{task}-{secrets.token_hex(3)}"
    environment = _environment(folder)
    running = f"This task is running already, in {folder}."
    with lock(folder / LOCK, running, "Wait for its end, or end it.", seconds=0):
        code = _fresh_copy(job, folder, name)
        _link_inputs(job, folder / "input")
        gpu = job.machine.startswith("gpu") and _has_gpu()
        print(f"{_machine_line(job, gpu)}\nFolder: {code}", flush=True)
        for note in (*job.notes, terms(name)):
            print(note, flush=True)
        _set_up(setup_script(job, gpu), folder, environment)
        try:
            return _run(job, folder, environment, show)
        finally:
            _bring(code)


def check_machine(job: Job) -> None:
    """Raise CourseError, with the remedy, where this machine can't run the job's scripts."""
    if os.name == "nt":
        raise CourseError(
            "A job is run by bash, and Windows has none.",
            "Run the course inside WSL (`wsl --install`), or look at the job with `dry_run`.",
            ("dry_run",),
        )
    if shutil.which("bash") is None:
        raise CourseError("A job needs bash, which isn't on this machine.", "Install bash.")
    if shutil.which("timeout") is None and shutil.which("gtimeout") is None:
        raise CourseError(
            "A job needs the command timeout, which holds it to its max_runtime.",
            "Install GNU coreutils; on macOS: brew install coreutils",
        )
    buckets = [one.source for one in job.inputs if one.kind == "bucket"]
    if buckets:
        raise CourseError(
            f"{', '.join(buckets)} can't be mounted here: `local` takes folders and data sets.",
            "Give a folder of this machine instead: `data` FOLDER:DESTINATION",
            ("local", "data"),
        )
    if not (job.folder / "requirements.txt").is_file():
        raise CourseError(
            f"{job.folder} has no requirements.txt, so the job couldn't get its packages.",
            "floyd.yml belongs into the course's own folder.",
        )


def _terminal(job: Job) -> Callable[[str], None]:
    if job.mode == "jupyter" and not sys.stdout.isatty():
        raise CourseError(
            "Jupyter's address holds a secret token that is shown on a terminal only.",
            "Launch from a terminal, without sending the output elsewhere.",
        )
    return lambda text: print(text, flush=True)


def _fresh_copy(job: Job, folder: Path, name: str) -> Path:
    """Copy just what would be sent into a fresh folder; return it.

    What an earlier launch left there, cut off by a crash, is brought first. Nothing is
    removed but what launches have made: their folders bear a mark.
    """
    _mark(folder)
    code = folder / "code"
    if (folder / SENT).is_file() or (code / "runs").is_dir():
        _bring(code)
    for old in (code, folder / "input", folder / "jupyter"):
        _remove(old)
    for note in (SENT, BROUGHT):
        (folder / note).unlink(missing_ok=True)
    copy_files(job.folder, code, name)
    return code


def _mark(folder: Path) -> None:
    """Mark a launch's folder as made by launches; raise CourseError where a person has made it."""
    mark = folder / MARK
    others = {one.name for one in folder.iterdir()} - {LOCK, f"{LOCK}.holder"}
    if others and not mark.is_file():
        raise CourseError(
            f"{folder} bears no mark of a launch and holds {', '.join(sorted(others)[:3])}; "
            "a launch begins by emptying it.",
            "Move that away, or set COURSE_BUILD to another folder.",
        )
    write_whole(mark, "A launch empties this folder. Keep nothing of your own here.\n")


def _remove(folder: Path) -> None:
    """Remove a folder that an earlier launch has made; a link in its place is a person's."""
    if folder.is_symlink() or folder.is_file():
        raise CourseError(f"{folder} wasn't made by a launch.", "Move it away, and launch again.")
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return
    except OSError as error:
        problem = (
            f"{error.filename} can't be removed ({error.strerror}); an earlier launch made it."
        )
        raise CourseError(problem, "Remove it, or set COURSE_BUILD to another folder.") from error


def _link_inputs(job: Job, floyd_input: Path) -> None:
    """Make the folder that stands for /floyd/input; a data set that isn't here is left out.

    Links, not copies: a data set may be large. A cloud's machine has copies.
    """
    from utils.data.catalogue import find, get

    floyd_input.mkdir()
    for one in job.inputs:
        place = floyd_input / one.destination
        found = find(get(one.source)) if one.kind == "dataset" else None
        source = found.path if found else Path(one.source)
        if one.kind == "local" and source.is_dir():
            place.symlink_to(source.absolute())
        elif one.kind == "local" or found:
            place.mkdir()
            (place / source.name).symlink_to(source.absolute())


def _environment(folder: Path) -> dict[str, str]:
    """Return the variables a job gets: few of ours, and nothing that configures the course."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in KEPT or name.startswith(KEPT_FAMILIES) or name.upper() in KEPT_ALSO
    }
    jupyter = {
        f"{name}_DIR": str(folder / "jupyter" / name.partition("_")[2].lower())
        for name in ("JUPYTER_CONFIG", "JUPYTER_DATA", "JUPYTER_RUNTIME")
    }
    if own := kept.get("COURSE_VENV"):
        kept["COURSE_VENV"] = str(_own_environment(own))
    return {
        **kept,
        **jupyter,
        "IPYTHONDIR": str(folder / "jupyter" / "ipython"),
        "FLOYD_INPUT": str(folder / "input"),
    }


def _own_environment(name: str) -> Path:
    try:
        found = settings.resolve_path(name)
    except CourseError as error:
        raise CourseError(f"COURSE_VENV: {error.problem}", error.remedy) from error
    if not os.path.isfile(found / "bin" / "python"):  # noqa: PTH113  # Path's raises where it is closed
        raise CourseError(
            f"COURSE_VENV names {found}, which has no bin/python: it is no environment.",
            "Correct it, or unset COURSE_VENV to have one made.",
        )
    return found


def _has_gpu() -> bool:
    if not sys.platform.startswith("linux") or shutil.which("nvidia-smi") is None:
        return False
    return subprocess.run(["nvidia-smi", "-L"], capture_output=True).returncode == 0


def _machine_line(job: Job, gpu: bool) -> str:
    if gpu:
        return f"machine: {job.machine} is this one here, with its NVIDIA GPU."
    without = " It asks for a GPU; none is used." * job.machine.startswith("gpu")
    return f"machine: {job.machine} is this one here.{without}"


def _set_up(script: str, folder: Path, environment: dict[str, str]) -> None:
    status = _bash("setup", script, folder, environment)
    if status:
        raise CourseError(
            f"The job's environment couldn't be made (exit status {status}).",
            "The reason is above. COURSE_VENV names an environment to use instead.",
        )


def _run(job: Job, folder: Path, environment: dict[str, str], show: Callable[[str], None]) -> int:
    board, lab = free_port(first=TENSORBOARD_PORT), free_port(first=JUPYTER_PORT)
    environment = {**environment, "TENSORBOARD_PORT": str(board), "JUPYTER_PORT": str(lab)}
    print(f"TensorBoard: http://127.0.0.1:{board}/", flush=True)
    if job.mode == "jupyter":
        environment["JUPYTER_TOKEN"] = secrets.token_urlsafe(24)
        show(f"JupyterLab: http://127.0.0.1:{lab}/lab?token={environment['JUPYTER_TOKEN']}")
    print(f"It ends after {job.max_runtime} s at the latest; Ctrl-C ends it now.", flush=True)
    start = time.monotonic()
    status = _bash("run", run_script(job), folder, environment)
    late = status == 128 + signal.SIGKILL and time.monotonic() - start >= job.max_runtime
    if status == TIMED_OUT or late:
        print(f"max_runtime, {job.max_runtime} s, is over: the job was ended, its work is kept.")
        return TIMED_OUT
    return status


def _bash(name: str, script: str, folder: Path, environment: dict[str, str]) -> int:
    file = folder / f"{name}.sh"
    file.write_text(script, encoding="utf-8")
    return run_bash(file, folder / "code", environment)


def _bring(code: Path) -> None:
    for line in bring_all(code, code.parent, code.parent.name):
        print(line, flush=True)
