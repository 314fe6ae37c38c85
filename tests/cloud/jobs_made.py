"""Jobs for the tests of utils/cloud: one plain one, and thirty-two that differ."""

from dataclasses import replace
from itertools import product

from utils import settings
from utils.cloud.floyd.job import MACHINES, Input, Job

JOB = Job(
    task="studies",
    env="tensorflow-2.21",
    machine="gpu",
    inputs=(),
    description="",
    command="course train --study layers",
    max_runtime=7200,
    mode="job",
    folder=settings.ROOT,
)
FOLDER = str(settings.ROOT / "utils" / "data")
INPUTS = {
    "none": (),
    "set": (Input("cifar10", "1"),),
    "bucket": (Input("s3://my-bucket/pictures/", "pictures"), Input("gs://other/x", "x")),
    "folder": (Input(FOLDER, "code"), Input(f"{FOLDER}/dataset.py", "one"), Input("mnist", "m")),
}


def _variant(machine: str, mode: str, inputs: str) -> Job:
    command = JOB.command if mode == "job" else ""
    made = replace(JOB, machine=machine, mode=mode, inputs=INPUTS[inputs], command=command)
    if inputs == "set":
        made = replace(made, env="tensorflow-2.20", description="Kernel sizes: 3 → 5 'quoted'")
    if inputs == "bucket":
        made = replace(made, nodes=3, max_runtime=90)
    return made


VARIANTS = {
    f"{machine}-{mode}-{inputs}": _variant(machine, mode, inputs)
    for machine, mode, inputs in product(MACHINES, ("job", "jupyter"), INPUTS)
}
