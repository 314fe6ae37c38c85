"""A job as a SkyPilot task: one dictionary, as a YAML file would hold it.

Pure: it reads no clock, no network and no SkyPilot.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from utils.cloud.fetch import REPORT
from utils.cloud.floyd.job import Job
from utils.cloud.script import run_script, setup_script

__all__ = [
    "GPUS",
    "HOME_INPUT",
    "INPUT",
    "JUPYTER_PORT",
    "SETUP_LIMIT",
    "TENSORBOARD_PORT",
    "TOKEN",
    "Limits",
    "provider",
    "slug",
    "task_yaml",
    "to_task",
]

# FloydHub's machines were a K80 (gpu), a V100 (gpu2), 2 and 8 cores: what is offered today. A test
# holds the GPUs against what the pinned cuDNN has kernels for (data/gpus.toml), so V100 is gone.
GPUS = {"gpu": ("T4", "L4", "A10", "A10G"), "gpu2": ("A100", "L40S")}
# GB beside cores, or a cluster of one's own gives 1 GB a core: JupyterLab, TensorBoard and a kernel
# or two don't fit into that; on 8 cores as many trials of a search run at once, 1.2 GB each.
CPUS = {"cpu": {"cpus": "2+", "memory": "8+"}, "cpu2": {"cpus": "8+", "memory": "16+"}}

INPUT = "/floyd/input"  # SkyPilot links it to the home folder, which takes root's rights
HOME_INPUT = "~/floyd/input"  # where nobody has them: in the home folder that a Slurm job has
JUPYTER_PORT = 8888
TENSORBOARD_PORT = 6006
TOKEN = "JUPYTER_TOKEN"
# Seconds a fresh machine gets to install; without a limit a hanging download would cost money.
SETUP_LIMIT = 1800


@dataclass(frozen=True)
class Limits:
    """What keeps a launch from costing a fortune.

    max_hourly_cost: dollars an hour, for all machines together.
    idle_minutes: how long after its last job a machine takes itself down.
    """

    max_hourly_cost: float = 1.50
    idle_minutes: int = 10


def to_task(
    job: Job,
    name: str = "course",
    limits: Limits = Limits(),  # noqa: B008, it is frozen
    infra: str = "",
    places: Sequence[Mapping[str, Any]] = (),
    found: Mapping[str, Path] | None = None,
    workdir: Path | None = None,
) -> dict[str, Any]:
    """Return the task that runs a job, for `sky.Task.from_yaml_config`.

    infra: `aws`, `gcp/us-central1`, `kubernetes`, `slurm/uni`, …; empty for any cloud.
    places: instead of infra, the priced places it may run, each an entry for `any_of`.
    found: where course data sets lie on this machine; those not in it are fetched over there.
    workdir: the folder that is sent; the job's own where None.
    """
    folder = HOME_INPUT if provider(infra) == "slurm" else INPUT
    task: dict[str, Any] = {
        "name": name,
        "workdir": str(workdir or job.folder),
        "num_nodes": job.nodes,
        "resources": _resources(job, limits, infra, places),
        "envs": {
            "FLOYD_INPUT": folder,
            "JUPYTER_PORT": str(JUPYTER_PORT),
            "TENSORBOARD_PORT": str(TENSORBOARD_PORT),
            "PYTHONUNBUFFERED": "1",  # so that logs stream
            "COURSE_REPORT": REPORT.format(name=name),
        },
        "setup": _limited(setup_script(job, gpu=job.machine in GPUS)),
        "run": run_script(job),
    }
    if job.description:
        task["envs"]["COURSE_DESCRIPTION"] = job.description
    if job.mode == "jupyter" or job.nodes > 1:  # Ray's nodes let each other in by it
        # No value: SkyPilot takes it at the launch, and what it stores as the task has none.
        task["secrets"] = {TOKEN: None}
    if mounts := _mounts(job, found or {}, folder):
        task["file_mounts"] = mounts
    return task


def provider(infra: str) -> str:
    """Return SkyPilot's name of a cloud or cluster: `slurm` of `Slurm/uni/gpu`."""
    name = infra.partition("/")[0].lower()
    return "kubernetes" if name == "k8s" else name


def slug(text: str) -> str:
    """Return a text as part of a machine's name: a-z, 0-9 and single dashes, at most 20."""
    return re.sub("[^a-z0-9]+", "-", text.lower()).strip("-")[:20].strip("-")


def task_yaml(task: Mapping[str, Any]) -> str:
    """Return a task as YAML, scripts as blocks that read as they would in a terminal."""
    return yaml.dump(dict(task), Dumper=_Blocks, sort_keys=False, allow_unicode=True, width=100)


def _resources(
    job: Job, limits: Limits, infra: str, places: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    resources: dict[str, Any] = {}
    if places:
        resources["any_of"] = [dict(place) for place in places]
    elif job.machine in GPUS:
        resources["any_of"] = [{"accelerators": f"{gpu}:1"} for gpu in GPUS[job.machine]]
    resources |= CPUS.get(job.machine, {})
    if infra and not places:
        resources["infra"] = infra
    # SkyPilot's own limit is a machine's, ours is all machines'.
    resources["max_hourly_cost"] = round(limits.max_hourly_cost / job.nodes, 4)
    resources["autostop"] = {
        "idle_minutes": limits.idle_minutes,
        "wait_for": "jobs",
        "down": True,
    }
    return resources


def _mounts(job: Job, found: Mapping[str, Path], folder: str) -> dict[str, str]:
    """Return machine's path → what is put there: a folder's files at once, a file by its name.

    folder: the machine's folder of inputs.
    """
    mounts = {}
    for one in job.inputs:
        place = f"{folder}/{one.destination}"
        if one.kind == "bucket":
            mounts[place] = one.source.rstrip("/")
        elif one.kind == "local" or one.source in found:
            path = found.get(one.source) or Path(one.source)
            mounts[f"{place}/{path.name}" if path.is_file() else place] = str(path)
    return mounts


def _limited(script: str) -> str:
    """Return a script that runs another one under a time limit; the other stays readable."""
    return (
        "cat > ~/course-setup.sh <<'COURSE_SETUP'\n"
        f"{script.rstrip()}\n"
        "COURSE_SETUP\n"
        f"timeout -s TERM -k 30 {SETUP_LIMIT} bash ~/course-setup.sh\n"
    )


class _Blocks(yaml.SafeDumper):
    """Safe YAML whose texts of several lines are blocks."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Blocks.add_representer(str, _text)
