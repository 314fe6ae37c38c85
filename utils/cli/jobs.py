"""`course jobs …`: machines that were launched before, and the jobs on them."""

import typer

from utils.cli.options import DiscardOption, FollowOption, MachineArgument

__all__ = ["jobs_app"]

jobs_app = typer.Typer(invoke_without_command=True)


@jobs_app.callback()
def jobs(context: typer.Context) -> None:
    """List the machines that run; see, fetch or stop one's job."""
    if context.invoked_subcommand is None:
        from utils.cloud import machines

        with machines.places() as places:
            print("\n".join(machines.overview(places)))


@jobs_app.command("status")
def jobs_status(name: MachineArgument = None) -> None:
    """Say how a machine's job stands."""
    from utils.cloud import machines

    with machines.places(name) as places:
        print(machines.status(places, name))


@jobs_app.command("logs")
def jobs_logs(name: MachineArgument = None, follow: FollowOption = False) -> None:
    """Print what a machine's job wrote; with --follow, until it ends."""
    from utils.cloud import machines

    with machines.places(name) as places:
        machines.logs(places, name, follow)


@jobs_app.command("fetch")
def jobs_fetch(name: MachineArgument = None) -> None:
    """Bring a machine's runs and files here; the machine goes on."""
    from utils.cloud import machines

    machines.fetch(lambda: machines.places(name), name)


@jobs_app.command("stop")
def jobs_stop(name: MachineArgument = None, discard: DiscardOption = False) -> None:
    """End a machine's job, fetch its runs and files, then end the machine."""
    from utils.cloud import machines

    with machines.places(name) as places:
        machines.stop(places, name, discard)
