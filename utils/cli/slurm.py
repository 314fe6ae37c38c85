"""`course launch TASK --sbatch [FILE]`: the words that belong to it, and its script."""

import re
import sys
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from utils import settings
from utils.errors import CourseError

if TYPE_CHECKING:
    from utils.cloud.floyd.job import Job

__all__ = ["script_in", "write_script"]

SCREEN = "-"
# What makes of a command more than one call whose words are as they stand.
_FOR_BASH = re.compile(r"[;&|<>$`(){}\[\]*?~#\\\n'\"]")


def script_in(words: list[str], tasks: Collection[str]) -> tuple[list[str], str | None]:
    """Return the words but for the script's FILE, and that; None where none is given.

    A word that is no task is the FILE if there is a task too, or if it looks like one.
    """
    others = [word for word in words if word not in tasks]
    if len(others) != 1 or re.match("--?[A-Za-z]", others[0]):
        return words, None
    if len(words) > 1 or others == [SCREEN] or re.fullmatch(r"\S*[./]\S*", others[0]):
        return [word for word in words if word in tasks], others[0]
    return words, None


def write_script(job: "Job", script: str | None, array: bool, flags: dict[str, bool]) -> None:
    """Write a job's script into a file, or to the screen, and say what follows.

    script: the FILE; - for the screen, where the sentences go to stderr; None for a name of its
    own. flags: what a script has no use for, and whether it was given.
    """
    from utils.cloud.launch import new_name
    from utils.cloud.sbatch import make_batch, next_steps, write_batch

    for flag, given in flags.items():
        if given:
            raise CourseError(
                f"{flag} has no meaning for a script that you submit.", f"Leave out {flag}."
            )
    name = new_name(job)
    parts = _parts(job) if array else 0
    if array:
        job = replace(job, command=f'{job.command} --part "${{COURSE_PART:-1/1}}"')
    batch = make_batch(job, name, parts)
    if script == SCREEN:
        print("\n".join(next_steps(batch)), file=sys.stderr)
        print(batch.text, end="")
        return
    file = settings.resolve_path(Path(script or f"{name}.sbatch"))
    write_batch(batch, file)
    print("\n".join([f"Written: {file}", *next_steps(batch, file.name)]))


def _parts(job: "Job") -> int:
    """Return how many runs a job's `course train` has; raise CourseError for any other command."""
    from utils.cli.train import planned

    if _FOR_BASH.search(job.command) or job.command.split()[:2] != ["course", "train"]:
        raise CourseError(
            "--array divides a command that is one `course train` and nothing else; this task's "
            f"is {job.command!r}." if job.mode == "job" else
            "--array divides a training, and this task opens JupyterLab.",
            "Leave out --array, or choose such a task: course launch studies --sbatch --array",
        )  # fmt: skip
    given = _options(job.command.split()[2:])
    return sum(
        len(variants) * len(seeds)
        for _, variants, seeds in planned(given["study"], given["variant"], given["seeds"])
    )


def _options(words: list[str]) -> dict:
    """Return what words of `course train` say, by its own parser."""
    from utils.cli.train import train

    app = typer.Typer()
    app.command()(train)
    with typer.main.get_command(app).make_context("course train", words) as context:
        given = dict(context.params)
    if given["part"]:
        raise CourseError("This task's command has --part already.", "Leave out --array.")
    return given
