"""What a job is in bash: the very same text here and on a cloud's machine.

Two texts, both run in the folder of the code: `setup_script` makes the environment, `run_script`
does the job. Their parts lie in job/*.sh; what differs from job to job is quoted into them here.
Nothing here knows SkyPilot.

| variable | meaning | default |
| --- | --- | --- |
| COURSE_VENV | an environment to use as it is: nothing is installed | .venv, made anew |
| FLOYD_INPUT | the folder that holds the inputs | /floyd/input |
| COURSE_REPORT | the file in which the job notes where it works | none is written |
| JUPYTER_PORT | JupyterLab's port on 127.0.0.1 | 8888 |
| JUPYTER_TOKEN | the secret of JupyterLab and of a Ray cluster | none: refused |
| TENSORBOARD_PORT | TensorBoard's port on 127.0.0.1 | 6006 |
| COURSE_RAY_PORT | the Ray cluster's port on the first machine | 6379 |

Several machines also need what SkyPilot sets: SKYPILOT_NODE_RANK, SKYPILOT_NODE_IPS (a line each),
SKYPILOT_NUM_NODES and SKYPILOT_NUM_GPUS_PER_NODE.

A course data set lies under $FLOYD_INPUT/<destination> as FloydHub had it, the set's own files
directly there: `mnist.npz`, or `data_batch_1.bin` and its like. The folder or file under its own
name (`<destination>/cifar-10-batches-bin/…`) is found as well, and so is `mnist.npz` mounted as
the destination itself. A set whose destination is absent or empty is downloaded. The command finds
all of them in COURSE_DATA too, in the layout that utils/data expects. What it writes below its
folder comes back, and FLOYD_OUTPUT is FloydHub's /output, a folder there. A command that names
/output, /floyd/input or /<destination> gets the job's own where the machine has no such folder.
"""

import shlex
from pathlib import Path

from utils import settings
from utils.cloud.floyd.job import Input, Job
from utils.errors import CourseError

__all__ = ["JUPYTER_PORT", "OLDER_TENSORFLOW", "PYTHONS", "run_script", "setup_script"]

PYTHONS = ">=3.11,<3.14"  # as pyproject.toml says; a test compares them
JUPYTER_PORT = 8888
TENSORBOARD_PORT = 6006
# Environment name → the version of TensorFlow and TensorBoard in place of the pinned one.
OLDER_TENSORFLOW = {"tensorflow-2.21": "", "tensorflow-2.20": "2.20.0"}

_PARTS = Path(__file__).resolve().parent / "job"
_FITS = "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))"


def setup_script(job: Job, gpu: bool) -> str:
    """Return the bash text that makes the job's environment and fetches data that wasn't sent.

    gpu: whether the machine has an NVIDIA GPU; then TensorFlow comes with CUDA's libraries.

    Raises CourseError for an environment name that there is none of.
    """
    if job.env not in OLDER_TENSORFLOW:
        raise CourseError(
            f"There is no environment {job.env!r}.",
            f"Choose one of: {', '.join(OLDER_TENSORFLOW)}.",
        )
    values = {
        "PYTHONS": PYTHONS,
        "FITS": _FITS,
        "GPU": str(int(gpu)),
        "TENSORFLOW": OLDER_TENSORFLOW[job.env],
        "EXTRA": "search" if _searches(job) else "",
    }
    fetches = [_call("fetch_unless_sent", one) for one in _data_sets(job)]
    return _text(
        "common.sh", _values(values), "setup.sh", *fetches, 'say "The environment is ready."'
    )


def run_script(job: Job) -> str:
    """Return the bash text that does the job, within its time and with TensorBoard beside it.

    Its exit status is the command's; 124 where `max_runtime` ended it, 137 where that took SIGKILL.
    """
    links = [_call("link_data", one) for one in _data_sets(job)]
    limit = f"{_values({'MAX_RUNTIME': str(job.max_runtime)})}\n{_exports(settings.TENSORFLOW)}"
    start = "start.sh"
    if job.nodes == 1:
        return _text("common.sh", limit, "run.sh", *links, _function("work", job), start)
    functions = ["ray.sh", _function("one_machine", job), "work() { with_ray; }"]
    return _text("common.sh", limit, "run.sh", *links, *functions, "start_ray.sh")


def _text(*parts: str) -> str:
    """Join parts: a part that ends with .sh is that file, any other is bash itself."""
    texts = [
        (_PARTS / part).read_text(encoding="utf-8") if part.endswith(".sh") else part
        for part in parts
    ]
    return "\n".join(text.rstrip("\n") for text in texts) + "\n"


def _values(values: dict[str, str]) -> str:
    return "\n".join(f"{name}={shlex.quote(value)}" for name, value in values.items())


def _exports(values: dict[str, str]) -> str:
    """Return bash that sets variables for all that the job starts, where it doesn't have them."""
    return "\n".join(f'export {name}="${{{name}:-{value}}}"' for name, value in values.items())


def _function(name: str, job: Job) -> str:
    return f"{name}() {{\n  {_work(job)}\n}}"


def _work(job: Job) -> str:
    """Return the one line of bash that the job is about.

    The trap makes bash wait for the command's processes when the time is up, and then end.
    """
    if job.mode == "jupyter":
        return "python -m utils.jupyter.remote_lab"
    text = f'trap "exit 143" TERM\n{job.command}'
    places = {"/output": "$FLOYD_OUTPUT", "/floyd/input": "$FLOYD_INPUT"}
    places |= {f"/{one.destination}": f"$FLOYD_INPUT/{one.destination}" for one in job.inputs}
    named = [f'{shlex.quote(one)} "{ours}"' for one, ours in places.items() if one in job.command]
    if not named:
        return shlex.join(["bash", "-c", text])
    return f'bash -c "$(in_place {shlex.join([text])} {" ".join(named)})"'


def _searches(job: Job) -> bool:
    return job.nodes > 1 or "course search" in " ".join(job.command.split())


def _data_sets(job: Job) -> list[Input]:
    return [one for one in job.inputs if one.kind == "dataset"]


def _call(function: str, one: Input) -> str:
    """Return the call of a function for a course data set: its name, names to find it by, place."""
    from utils.data.catalogue import get

    known = get(one.source)
    marker = next(iter(known.files(Path(known.found_as)))).name
    return shlex.join([function, one.source, known.found_as, marker, one.destination])
