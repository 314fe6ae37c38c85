"""A job as one script for Slurm's `sbatch`: for clusters that a person reaches, and we don't.

The script carries all of it: what it asks Slurm for, the code as an archive, the same two texts
that run everywhere else (script.py), and the bash that begins them (job/sbatch.sh). It installs
nothing outside ~/.course-jobs/NAME. A person submits it, and brings home by rsync what it made;
`course jobs fetch NAME` puts that into its places.
"""

import base64
import io
import os
import shlex
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from utils.cloud.fetch import BY_HAND, staging
from utils.cloud.floyd.job import Input, Job
from utils.cloud.outputs import left_out, terms
from utils.cloud.script import run_script, setup_script
from utils.cloud.sky_task import GPUS, SETUP_LIMIT
from utils.cloud.upload import SENT, copy_files, files_to_send, size_of
from utils.errors import CourseError
from utils.files import duration, write_whole

__all__ = ["LARGEST", "Batch", "Needs", "make_batch", "next_steps", "sbatch_text", "write_batch"]

_PARTS = Path(__file__).resolve().parent / "job"
_MADE_BY = "made by a launch of the deep-learning course"
# Slurm's own default, its max_script_size and one less than its MaxArraySize.
LARGEST = 4 * 2**20  # bytes
MOST_PARTS = 1000
_MARGIN = 60  # seconds before Slurm's end in which a job ends by itself


@dataclass(frozen=True)
class Needs:
    """What a machine of floyd.yml is on a cluster. memory: GB."""

    cores: int
    memory: int


NEEDS = {
    **{"cpu": Needs(2, 8), "cpu2": Needs(8, 16)},
    **{name: Needs(4, 16) for name in GPUS},  # enough to bring pictures to one GPU
}


@dataclass(frozen=True)
class Batch:
    """A script, ready. parts: of an array; 0 where it is none. size: bytes of the code in it."""

    job: Job
    name: str
    parts: int
    text: str
    files: int
    size: int


def make_batch(job: Job, name: str, parts: int = 0) -> Batch:
    """Return the script of a job; nothing is written.

    parts: into how many a task is divided, one for each element of an array; 0 for no array. The
    command of each finds its own as K/N in COURSE_PART, and of a job that is undivided none.
    Raises CourseError for what a script can't do, and for more code than Slurm takes.
    """
    _refuse(job, parts)
    folder = job.folder
    files = [
        path
        for path in files_to_send(folder)
        if not _is_script(folder / path) and not _is_brought_along(path)
    ]
    size = size_of(folder, files)
    if size > 20 * LARGEST:  # no archive makes a script of that
        raise _too_large(folder, files, size)
    code = base64.encodebytes(_pack(folder, name, files)).decode("ascii")
    text = sbatch_text(job, name, parts, code)
    if len(text.encode("utf-8")) > LARGEST:
        raise _too_large(folder, files, len(text))
    return Batch(job, name, parts, text, len(files), size)


def _too_large(folder: Path, files: list[Path], size: int) -> CourseError:
    sizes = sorted(((folder / path).stat().st_size, path.as_posix()) for path in files)
    largest = ", ".join(f"{path} ({size / 1e6:.1f} MB)" for size, path in sizes[:-4:-1])
    return CourseError(
        f"With its code the script would have {size / 1e6:.1f} MB, and Slurm takes "
        f"{LARGEST / 1e6:.1f} MB. The largest files: {largest}.",
        "Name what the job doesn't need in .floydignore.",
    )


def _is_brought_along(path: Path) -> bool:
    """Say whether a file is one of the course's trained networks: no script has room for them all.

    A training needs none. The lessons that look into one say where it lacks.
    """
    return path.suffix == ".keras" and path.parent.as_posix() == "data/reference"


def _is_script(file: Path) -> bool:
    """Say whether a file is a script of an earlier launch: that isn't sent, nor spared."""
    try:
        with file.open("rb") as opened:
            return _MADE_BY.encode() in opened.read(400)
    except OSError:
        return False


def write_batch(batch: Batch, file: Path) -> None:
    """Write a script; raise CourseError where a file is there that isn't such a script."""
    if os.path.lexists(file) and not _is_script(file):
        raise CourseError(f"{file} is there, and no script of a launch.", "Choose another name.")
    write_whole(file, batch.text)


def next_steps(batch: Batch, file: str = "") -> list[str]:
    """Return what a person is told: what the script asks for, and each command to type.

    file: the script's name, as it is typed on the cluster; empty where it goes there by a pipe.
    """
    job, needs = batch.job, NEEDS[batch.job.machine]
    gpu = ", one GPU" if job.machine in GPUS else ""
    each = f"{batch.parts} jobs, each with " if batch.parts else ""
    inputs = [f"    {line}" for one in _by_hand(job) for line in _bringing(one, batch.name)]
    first = ["Bring first what is no code, CLUSTER being the login node:", *inputs]
    return [
        *job.notes,
        f"It carries {batch.files} files of {job.folder}, {batch.size / 1e6:.1f} MB, and asks for "
        f"{each}{needs.cores} cores, {needs.memory} GB{gpu}, {duration(_time(job))}.",
        *(first if inputs else []),
        *(_submitting(shlex.quote(file)) if file else []),
        *_coming_home(batch.name),
    ]


def _submitting(script: str) -> list[str]:
    return [
        "There, with --partition and --account where the cluster wants them:",
        f"    sbatch {script}",
        "Where nodes have no internet, first on the login node, which sets up and starts nothing:",
        f"    bash {script}",
    ]


def _coming_home(name: str) -> list[str]:
    staged = shlex.quote(str(staging(name)))
    return [
        f"It works in ~/.course-jobs/{name}. Then, here, CLUSTER being the login node:",
        f"    mkdir -p {staged}",
        f"    rsync -aF CLUSTER:.course-jobs/{name}/ {staged}/",
        f"    course jobs fetch {name}",
        f"{terms(name)} Once all is here, delete ~/.course-jobs/{name} there.",
    ]


def sbatch_text(job: Job, name: str, parts: int, code: str) -> str:
    """Return the script. code: the archive of the code, as lines of base64."""
    values = {"name": name, "parts": str(parts), "mode": job.mode, "setup_limit": str(SETUP_LIMIT)}
    inputs = [f"need_input {shlex.quote(one.destination)} {shlex.quote(how)}"
              for one in _by_hand(job) for how in ["; ".join(_bringing(one, name))]]  # fmt: skip
    texts = [
        "\n".join(f"{key}={shlex.quote(value)}" for key, value in values.items()),
        *(_part(file) for file in ("place.sh", "part.sh", "sbatch.sh")),
        _function("need_inputs", "\n".join(["true", *inputs])),
        _function("setup_text", _heredoc("cat", setup_script(job, job.machine in GPUS))),
        _function("run_text", _heredoc("cat", run_script(job))),
        _function("archive", _heredoc("base64 -d", code)),
        "main",
    ]
    return "\n".join([*_head(job, name, parts), *(text.rstrip("\n") for text in texts)]) + "\n"


def _head(job: Job, name: str, parts: int) -> list[str]:
    """Return a script's first lines: what it is, and what it asks Slurm for."""
    needs = NEEDS[job.machine]
    log = f"{name}-%A_%a.log" if parts else f"{name}-%j.log"
    options = {
        "job-name": name,
        "time": _clock(_time(job)),
        **{"nodes": 1, "ntasks": 1, "cpus-per-task": needs.cores, "mem": f"{needs.memory}G"},
        **({"gres": "gpu:1"} if job.machine in GPUS else {}),
        **({"array": f"0-{parts - 1}"} if parts else {}),
        **{"output": log, "open-mode": "append", "signal": f"B:TERM@{_MARGIN}"},
    }
    return [
        "#!/bin/bash",
        f"# {name}, {_MADE_BY}.",
        "# Submit it by sbatch, whose options override these lines; `bash FILE` on a login node",
        "# sets up and starts nothing. It writes into ~/.course-jobs. At its end is the code.",
        *(f"#SBATCH --{key}={value}" for key, value in options.items()),
        "#SBATCH --requeue",
        "",
    ]


def _refuse(job: Job, parts: int) -> None:
    if job.nodes > 1:
        raise CourseError(
            f"A batch script runs on one machine, and `nodes` is {job.nodes}.",
            "Leave out `nodes`; a task of `course train` is divided by `array`.",
            ("nodes", "array"),
        )
    if buckets := [one.source for one in job.inputs if one.kind == "bucket"]:
        raise CourseError(
            f"{', '.join(buckets)} can't be mounted there: a batch script takes folders and data "
            "sets.",
            "Give a folder of this machine instead: `data` FOLDER:DESTINATION",
            ("data",),
        )
    if parts > MOST_PARTS:
        raise CourseError(
            f"An array has {MOST_PARTS} parts at most, and this task has {parts} runs.",
            "Give fewer seeds, or several tasks.",
        )


def _pack(folder: Path, name: str, files: list[Path]) -> bytes:
    """Return a gzipped tar: these of the files that are sent, and notes for what comes back."""
    packed = io.BytesIO()
    with (
        tempfile.TemporaryDirectory() as made,
        tarfile.open(fileobj=packed, mode="w:gz", compresslevel=9) as archive,
    ):
        place = Path(made)
        copy_files(folder, place / "code", name)
        (place / BY_HAND).touch()
        (place / ".rsync-filter").write_text(_filter(), encoding="utf-8")
        for path in files:
            archive.add(place / "code" / path, f"code/{path.as_posix()}", filter=_nobodys)
        for one in (SENT, BY_HAND, ".rsync-filter"):
            archive.add(place / one, one, filter=_nobodys)
    return packed.getvalue()


def _nobodys(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Take a person's name and number out of an archive's entry."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


def _filter() -> str:
    """Return rsync's rules, which it finds over there by -F: what is no result doesn't come."""
    job = ["/input", "/jupyter", "/links-*", "/address-*", "/turn*", "/over-*", "/unpacked"]
    code = [f"/code{one}" if one.startswith("/") else one for one in left_out()]
    return "".join(f"- {one}\n" for one in [*job, *code])


def _by_hand(job: Job) -> list[Input]:
    return [one for one in job.inputs if one.kind == "local"]


def _bringing(one: Input, name: str) -> list[str]:
    """Return the commands that bring an input to the cluster."""
    there = f".course-jobs/{name}/input/{one.destination}"
    end = "/" if Path(one.source).is_dir() else ""
    source = shlex.quote(f"{one.source}{end}")
    return [f"ssh CLUSTER mkdir -p {there}", f"rsync -a {source} CLUSTER:{there}/"]


def _time(job: Job) -> int:
    """Return the seconds that are asked for: the setup's, the job's, and for an orderly end."""
    return SETUP_LIMIT + job.max_runtime + 2 * _MARGIN


def _clock(seconds: int) -> str:
    """Return seconds, rounded up to minutes, as Slurm reads them: hours:minutes:seconds."""
    minutes = -(-seconds // 60)
    return f"{minutes // 60}:{minutes % 60:02}:00"


def _function(name: str, text: str) -> str:
    return f"{name}() {{\n{text.rstrip()}\n}}"


def _heredoc(command: str, text: str) -> str:
    """Return bash that gives a text to a command as it is, whatever stands in it."""
    lines = set(text.splitlines())
    end = "COURSE_END"
    while end in lines:
        end += "_"
    return f"{command} << '{end}'\n{text.rstrip(chr(10))}\n{end}"


def _part(file: str) -> str:
    return (_PARTS / file).read_text(encoding="utf-8")
