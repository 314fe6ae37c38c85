"""`course launch`: floyd.yml's jobs, here, on a machine by ssh, or on a cloud's."""

import re
import secrets
import sys
from collections.abc import Collection
from dataclasses import replace
from difflib import get_close_matches
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from utils import settings
from utils.cli import options, slurm
from utils.cli.options import with_flags
from utils.cli.retyped import as_line, retyped
from utils.errors import CourseError

if TYPE_CHECKING:
    from utils.cloud.attend import Options
    from utils.cloud.floyd.job import FloydFile, Job, Overrides

__all__ = ["launch"]


def launch(
    context: typer.Context,
    what: options.TaskArgument = None,
    gpu: options.GpuOption = False,
    gpu2: options.Gpu2Option = False,
    cpu: options.CpuOption = False,
    cpu2: options.Cpu2Option = False,
    task: options.TaskOption = None,
    data: options.JobDataOption = None,
    mode: options.ModeOption = None,
    env: options.EnvOption = None,
    command: options.CommandOption = None,
    message: options.MessageOption = None,
    tensorboard: options.TensorBoardOption = False,
    max_runtime: options.MaxRuntimeOption = None,
    nodes: options.NodesOption = None,
    host: options.HostOption = None,
    infra: options.InfraOption = "",
    sbatch: options.SbatchOption = False,
    array: options.ArrayOption = False,
    max_hourly_cost: options.MaxHourlyCostOption = 1.50,
    idle_minutes: options.IdleMinutesOption = None,
    follow: options.FollowOption = False,
    detach: options.DetachOption = False,
    yes: options.YesOption = False,
    local: options.LocalOption = False,
    dry_run: options.DryRunOption = False,
    show_task: options.ShowTaskOption = False,
) -> None:
    """Run a job of floyd.yml: on a cloud, by ssh, or here.

    --cpu takes 2 cores, --cpu2 8; --gpu a T4, L4, A10, A10G; --gpu2 A100, L40S.
    FloydHub's --task, --message (-m), --tensorboard too; -y, --yes: don't ask.
    """
    del tensorboard  # as on FloydHub it is always on
    from utils.cloud.attend import Options
    from utils.cloud.floyd.job import Overrides
    from utils.cloud.sky_task import Limits

    place = {"--local": local, "--host": bool(host), "--infra": bool(infra), "--sbatch": sbatch}
    _one_of({"--local": local, "--dry-run": dry_run}, "does one thing")
    _one_of(place, "has one place")
    one_way = {one: place[one] for one in ("--local", "--host", "--sbatch")}
    _one_of(one_way | {"--show-task": show_task}, "goes one way")
    if array and not sbatch:
        raise CourseError("--array divides a script for Slurm.", "Give --sbatch with it.")
    machines = {"--gpu": gpu, "--gpu2": gpu2, "--cpu": cpu, "--cpu2": cpu2}
    file = _floyd_file()
    words, script = slurm.script_in(what or [], file.tasks) if sbatch else (what or [], None)
    job = _job(
        context,
        file,
        words,
        task,
        Overrides(
            machine=_one_of(machines, "takes one machine").removeprefix("--") or None,
            data=tuple(data or ()),
            mode=mode,
            max_runtime=max_runtime,
            message=message,
            env=env,
            command=command,
            nodes=nodes,
        ),
    )
    limits = Limits(max_hourly_cost, idle_minutes or (60 if detach else 10))
    how = Options(infra, limits, yes, follow, detach)
    if sbatch:
        no_use = {
            "--dry-run": dry_run,
            "--show-task": show_task,
            "--detach": detach,
            "--follow": follow,
        }
        slurm.write_script(job, script, array, no_use)
    elif local:
        _run_here(job)
    elif host:
        _on_host(job, host, how, dry_run)
    elif dry_run or show_task:
        _dry_run(job, how, show_task)
    else:
        _launch(job, how)


def _one_of(flags: dict[str, bool], what: str) -> str:
    """Return the one flag that is set, or an empty text; raise CourseError for two."""
    given = [flag for flag, is_set in flags.items() if is_set]
    if len(given) > 1:
        raise CourseError(f"A launch {what}, and {' and '.join(given)} were given.", "Choose one.")
    return given[0] if given else ""


def _floyd_file() -> "FloydFile":
    """Read the floyd.yml of this folder, or of the course where this folder has none."""
    from utils.cloud.floyd import job

    here = Path.cwd()
    has_one = any((here / name).is_file() for name in ("floyd.yml", "floyd.yaml"))
    return job.read_floyd(job.find_floyd(here if has_one else settings.ROOT))


def _job(
    context: typer.Context,
    file: "FloydFile",
    words: list[str],
    option: str | None,
    overrides: "Overrides",
) -> "Job":
    """Return the job that is asked for."""
    from utils.cloud.floyd import job

    task, rest = _task_of(words, option, file.tasks)
    if rest and re.fullmatch(r"--?[A-Za-z][\w-]*(=.*)?", rest[0]):  # no line for bash begins so
        _refuse_misspelt(context, rest[0])
    line = _with_command(context, file, overrides, task, rest) if rest else ""
    is_misspelt = file.tasks and not task and len(rest) == 1 and re.fullmatch(r"[\w.-]+", rest[0])
    if rest and not is_misspelt:
        problem = f"{' '.join(rest)!r} is no task of {file.path.name}; it reads as a line for bash."
        raise CourseError(problem, f"Type {line}")
    try:
        made = job.resolve(file, task or "".join(rest), overrides)
    except job.NoTask as error:
        if not rest:
            raise
        raise CourseError(error.problem, f"{error.remedy} A line for bash: {line}") from error
    except job.NoCommand as error:
        command = retyped(context, task, command="python train.py")
        lab = retyped(context, task, mode="jupyter")
        raise CourseError(error.problem, f"Type {command} or, for JupyterLab, {lab}") from error
    notes = (with_flags(CourseError(note, "", job.ARGUMENTS)) for note in made.notes)
    return replace(made, notes=tuple(notes))


def _refuse_misspelt(context: typer.Context, word: str) -> None:
    """End as click does for an option that there is none of."""
    flags = [one for param in context.command.params for one in param.opts]
    near = get_close_matches(word, flags, cutoff=0.5)
    hint = f" (Possible options: {', '.join(near)})" if near else ""
    context.fail(f"No such option: {word}{hint}")


def _task_of(
    words: list[str], option: str | None, tasks: Collection[str]
) -> tuple[str | None, list[str]]:
    """Return the one task that is asked for, and the words that name none."""
    named = list(takewhile(lambda word: word in tasks, words))
    rest = words[len(named) :]
    if option and option not in named:
        named.append(f"--task {option}")
    if len(set(named)) > 1:
        raise CourseError(
            f"A launch runs one task, and {' and '.join(named)} were given.", "Choose one."
        )
    return option or (named[0] if named else None), rest


def _with_command(
    context: typer.Context,
    file: "FloydFile",
    overrides: "Overrides",
    task: str | None,
    words: list[str],
) -> str:
    """Return what to type where `floyd run` took these words as the command."""
    line = as_line([*([overrides.command] if overrides.command else []), *words])
    said = {**file.shared, **(file.tasks[task] if task else {})}.get("mode")
    is_jupyter = (overrides.mode or (said.value if said else "")) == "jupyter"
    return retyped(context, task, **({"mode": "job"} if is_jupyter else {}), command=line)


def _run_here(job: "Job") -> None:
    from utils.cloud.local import run_local

    raise typer.Exit(run_local(job))


def _on_host(job: "Job", host: str, how: "Options", dry_run: bool) -> None:
    from utils.cloud import host as hosts
    from utils.cloud import outputs
    from utils.cloud.ssh_line import parse_host

    line = parse_host(host)
    if dry_run:
        lines = [*hosts.preview(job, line), outputs.terms("NAME")]
        print("\n".join([*lines, "Nothing was started, and the machine wasn't asked."]))
        return
    token = secrets.token_urlsafe(24)
    raise typer.Exit(hosts.launch_on(job, line, how, sys.stdout.isatty(), token))


def _dry_run(job: "Job", how: "Options", show_task: bool) -> None:
    """Print what a launch would say before it asks; with show_task, SkyPilot's task at the end."""
    from utils.cloud import launch, outputs, prices, upload
    from utils.cloud.sky_task import task_yaml, to_task
    from utils.cloud.skypilot import why_no_skypilot

    print("\n".join([*job.notes, upload.code_line(job.folder)]))
    if missing := why_no_skypilot():
        task = to_task(job, "course-dry-run", how.limits, how.infra, found=launch.data_here(job))
        print(f"Neither checked by SkyPilot nor priced: {missing}")
    else:
        ready = launch.prepare(job, how, "course-dry-run")
        task = ready.task
        print("\n".join(prices.price_lines(ready.plan, job, how.limits)))
    print("\n".join([*prices.limit_lines(job, how.limits), outputs.terms("NAME")]))
    accepted = "" if missing else " SkyPilot accepts the task, --show-task shows it."
    print(f"Nothing was started.{accepted}")
    if show_task:
        print(f"\n{task_yaml(task)}", end="")


def _launch(job: "Job", how: "Options") -> None:
    from utils.cloud import launch
    from utils.cloud.access import TOOLS
    from utils.cloud.fetch import need_tools
    from utils.cloud.sky_task import provider
    from utils.cloud.skypilot import Clusters, need_skypilot

    need_skypilot()
    need_tools(TOOLS.get(provider(how.infra)))
    if not how.yes and not sys.stdin.isatty():
        raise CourseError(
            "A launch costs money, and there is no terminal to ask in.",
            "Add --yes to start without being asked, or --dry-run to see the price.",
        )
    ready = launch.prepare(job, how, launch.new_name(job))
    terminal = sys.stdout.isatty()
    raise typer.Exit(launch.launch(ready, Clusters, lambda: typer.confirm("Start it?"), terminal))
