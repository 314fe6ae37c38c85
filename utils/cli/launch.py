"""`course launch`: floyd.yml's jobs, here or on a cloud's machine."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from utils import settings
from utils.errors import CourseError

if TYPE_CHECKING:
    from utils.cloud.floyd.job import Job, Overrides
    from utils.cloud.launch import Options

__all__ = ["launch"]


def launch(
    what: Annotated[
        str | None,
        typer.Argument(metavar="[TASK]", help="A task of floyd.yml; with --logs …: a machine."),
    ] = None,
    gpu: Annotated[bool, typer.Option("--gpu", help="T4, L4, A10 or A10G.")] = False,
    gpu2: Annotated[bool, typer.Option("--gpu2", help="V100, A100 or L40S.")] = False,
    cpu: Annotated[bool, typer.Option("--cpu", help="2 cores.")] = False,
    cpu2: Annotated[bool, typer.Option("--cpu2", help="8 cores.")] = False,
    data: Annotated[
        list[str] | None,
        typer.Option(help="SOURCE:DESTINATION: a data set, folder or bucket. Repeatable."),
    ] = None,
    mode: Annotated[str | None, typer.Option(help="job or jupyter.")] = None,
    env: Annotated[str | None, typer.Option(help="tensorflow-2.21 or tensorflow-2.20.")] = None,
    command: Annotated[str | None, typer.Option(help="What bash is to run, in quotes.")] = None,
    task: Annotated[str | None, typer.Option(help="As TASK, the way floyd had it.")] = None,
    message: Annotated[str | None, typer.Option("--message", "-m", help="A description.")] = None,
    max_runtime: Annotated[
        int | None, typer.Option(help="Seconds until the job is ended; 7200 unless given.")
    ] = None,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Accepted: TensorBoard is always on.")
    ] = False,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Print the job's logs while watching.")
    ] = False,
    detach: Annotated[
        bool, typer.Option("--detach", help="Don't watch: you fetch the runs in time.")
    ] = False,
    idle_minutes: Annotated[
        int | None,
        typer.Option(help="Until the machine goes after the job: 10; with --detach 60.", min=1),
    ] = None,
    infra: Annotated[
        str, typer.Option(help="aws, gcp, azure, lambda, kubernetes or ssh/NAME; else cheapest.")
    ] = "",
    nodes: Annotated[int | None, typer.Option(help="Machines, as one Ray cluster.")] = None,
    max_hourly_cost: Annotated[
        float, typer.Option(help="Dollars an hour, all machines together.", min=0.01)
    ] = 1.50,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask before starting.")] = False,
    local: Annotated[bool, typer.Option("--local", help="Run the job on this machine.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Start nothing; print the task and its price.")
    ] = False,
    status: Annotated[bool, typer.Option("--status", help="List the machines that run.")] = False,
    logs: Annotated[bool, typer.Option("--logs", help="Print what a machine wrote.")] = False,
    fetch: Annotated[bool, typer.Option("--fetch", help="Fetch a machine's runs.")] = False,
    stop: Annotated[
        bool, typer.Option("--stop", help="Fetch a machine's runs, then end it.")
    ] = False,
    discard: Annotated[
        bool, typer.Option("--discard", help="With --stop: give the runs up.")
    ] = False,
) -> None:
    """Run a job of floyd.yml: on a cloud's machine, or here with --local."""
    del tensorboard  # as on FloydHub it is always on
    actions = {"--local": local, "--dry-run": dry_run, "--status": status}
    actions |= {"--logs": logs, "--fetch": fetch, "--stop": stop}
    action = _one_of(actions, "does one thing")
    machine = _one_of(
        {"--gpu": gpu, "--gpu2": gpu2, "--cpu": cpu, "--cpu2": cpu2}, "takes one machine"
    )
    if discard and action != "--stop":
        raise CourseError("--discard goes with --stop alone.", "Add --stop, or leave it out.")
    if action in ("--status", "--logs", "--fetch", "--stop"):
        _on_clusters(action, what, follow, discard)
        return
    from utils.cloud.floyd.job import Overrides
    from utils.cloud.launch import Options
    from utils.cloud.sky_task import Limits

    job = _job(
        _either(what, task),
        Overrides(
            machine=machine.removeprefix("--") or None,
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
    options = Options(infra, limits, yes, follow, detach)
    if action == "--local":
        _run_here(job)
    elif action == "--dry-run":
        _dry_run(job, options)
    else:
        _launch(job, options)


def _one_of(flags: dict[str, bool], what: str) -> str:
    """Return the one flag that is set, or an empty text; raise CourseError for two."""
    given = [flag for flag, is_set in flags.items() if is_set]
    if len(given) > 1:
        raise CourseError(f"A launch {what}, and {' and '.join(given)} were given.", "Choose one.")
    return given[0] if given else ""


def _either(argument: str | None, option: str | None) -> str | None:
    if argument and option and argument != option:
        raise CourseError(
            f"A launch runs one task, and {argument} and --task {option} were given.", "Choose one."
        )
    return argument or option


def _job(task: str | None, overrides: "Overrides") -> "Job":
    """Read the floyd.yml of this folder, or of the course where this folder has none."""
    from utils.cloud.floyd import job

    here = Path.cwd()
    has_one = any((here / name).is_file() for name in ("floyd.yml", "floyd.yaml"))
    file = job.read_floyd(job.find_floyd(here if has_one else settings.ROOT))
    return job.resolve(file, task, overrides)


def _run_here(job: "Job") -> None:
    from utils.cloud.local import run_local

    raise typer.Exit(run_local(job))


def _dry_run(job: "Job", options: "Options") -> None:
    from utils.cloud import launch, prices, upload
    from utils.cloud.sky_task import task_yaml, to_task
    from utils.cloud.skypilot import why_no_skypilot

    print("\n".join([*job.notes, upload.code_line(job.folder)]))
    if missing := why_no_skypilot():
        found = launch.data_here(job)
        task = to_task(job, "course-dry-run", options.limits, options.infra, found=found)
        print(task_yaml(task))
        print(f"Neither checked by SkyPilot nor priced: {missing}")
        return
    ready = launch.prepare(job, options, "course-dry-run")
    print(task_yaml(ready.task))
    print("SkyPilot accepts this task. Nothing was started.")
    lines = prices.price_lines(ready.plan, job, options.limits)
    print("\n".join([*lines, *prices.limit_lines(job, options.limits)]))


def _launch(job: "Job", options: "Options") -> None:
    from utils.cloud import launch
    from utils.cloud.fetch import need_tools
    from utils.cloud.skypilot import Clusters, need_skypilot

    need_skypilot()
    need_tools()
    if not options.yes and not sys.stdin.isatty():
        raise CourseError(
            "A launch costs money, and there is no terminal to ask in.",
            "Add --yes to start without being asked, or --dry-run to see the price.",
        )
    ready = launch.prepare(job, options, launch.new_name(job))
    terminal = sys.stdout.isatty()
    raise typer.Exit(launch.launch(ready, Clusters, lambda: typer.confirm("Start it?"), terminal))


def _on_clusters(action: str, name: str | None, follow: bool, discard: bool) -> None:
    from utils.cloud import machines
    from utils.cloud.skypilot import Clusters

    if action == "--status":
        print("\n".join(machines.status(Clusters())))
    elif action == "--logs":
        machines.logs(Clusters(), name, follow)
    elif action == "--fetch":
        machines.fetch(Clusters, name)
    else:
        machines.stop(Clusters(), name, discard)
