"""Plans, prices and limits in sentences; knows neither clouds nor SkyPilot."""

from utils.cloud.floyd import Job
from utils.cloud.planning import Plan
from utils.cloud.translation import JUPYTER_PORT, SETUP_LIMIT, TENSORBOARD_PORT, Limits

__all__ = ["duration", "limit_lines", "price_lines", "tunnel"]


def price_lines(plan: Plan, job: Job, limits: Limits) -> list[str]:
    """Return what a job would cost: planned, and at the very most."""
    lines = list(plan.notes)
    if not plan.offers:
        return [*lines, "So there is no price, and nothing was planned."]
    if plan.assumed:
        lines.append("No account for them is set up here: these are the clouds' public prices.")
    best, hours = plan.offers[0], job.max_runtime / 3600
    hourly = best.hourly * job.nodes
    many = f"{job.nodes} × " if job.nodes > 1 else ""
    lines.append(f"Planned: {many}{best}: ${hourly:.2f} an hour.")
    lines.append(f"{duration(job.max_runtime)} of that: ${hourly * hours:.2f} at the most.")
    if others := len(plan.places) - 1:
        dearest = plan.offers[others].hourly * job.nodes
        lines.append(
            f"Where that is sold out, the next of {others} other places is taken, none over "
            f"${dearest:.2f} an hour: ${dearest * hours:.2f} at the most."
        )
    return [*lines, f"{_extra(limits)} are paid too."]


def limit_lines(job: Job, limits: Limits) -> list[str]:
    """Return what ends the job and the machine by itself."""
    jupyter = " JupyterLab ends after 30 idle minutes." if job.mode == "jupyter" else ""
    return [
        f"The job ends after {duration(job.max_runtime)} (max_runtime).{jupyter}",
        f"The machine goes {limits.idle_minutes} idle minutes after its last job, "
        "whether this computer is on or not.",
        f"No machine is taken over ${limits.max_hourly_cost:.2f} an hour (--max-hourly-cost).",
    ]


def tunnel(name: str) -> str:
    """Return the one line that brings the machine's two pages to this computer."""
    ports = (JUPYTER_PORT, TENSORBOARD_PORT)
    forwards = " ".join(f"-L {port}:127.0.0.1:{port}" for port in ports)
    return f"ssh {forwards} {name}"


def duration(seconds: int) -> str:
    """Return a time as people say it: `2 h`, `90 min`, `1 h 15 min`, `45 s`."""
    if seconds < 60:
        return f"{seconds} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    parts = [f"{hours} h"] * bool(hours) + [f"{minutes} min"] * bool(minutes)
    return " ".join(parts)


def _extra(limits: Limits) -> str:
    return (
        f"The machine's start, up to {duration(SETUP_LIMIT)} of set-up "
        f"and the {limits.idle_minutes} idle minutes at the end"
    )
