"""What a task would cost and where it may run: SkyPilot's clouds and price lists, in this process.

Nothing is started, no account is needed and no SkyPilot server runs. SkyPilot itself compares
`max_hourly_cost` with the cheapest region of an instance type and then also tries dearer regions;
here each place's own price is compared, and a launch names the places that passed.
"""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from utils.cloud.access import refusal
from utils.cloud.floyd.job import Job
from utils.cloud.sky_task import JUPYTER_PORT, SETUP_LIMIT, TENSORBOARD_PORT, Limits, provider
from utils.cloud.skypilot import in_words, quiet, validate
from utils.errors import CourseError
from utils.files import duration

__all__ = [
    "Offer",
    "LaunchPlan",
    "is_own",
    "limit_lines",
    "make_plan",
    "price_lines",
    "tunnel",
]

# Looked at where no account is set up on this machine. Lambda rents nothing without a GPU.
_WELL_KNOWN = ("aws", "azure", "gcp", "lambda")
# Clusters that someone pays for already: SkyPilot knows no price for them.
_OWN = ("kubernetes", "ssh", "slurm")
# So many of the cheapest places go into a launch: enough to find a free GPU, quick to look through.
_PLACES = 24


@dataclass(frozen=True)
class Offer:
    """One kind of machine in one region.

    gpu: `T4`, …; empty for a machine without.
    hourly: dollars an hour for one machine.
    """

    cloud: str
    region: str
    instance: str
    gpu: str
    hourly: float

    def place(self) -> dict[str, Any]:
        """Return the entry of `any_of` that asks for this place alone."""
        entry: dict[str, Any] = {"infra": f"{self.cloud.lower()}/{self.region}"}
        if self.gpu:
            return {**entry, "accelerators": f"{self.gpu}:1"}
        return {**entry, "instance_type": self.instance}

    def __str__(self) -> str:
        gpu = f" ({self.gpu})" if self.gpu else ""
        return f"{self.instance}{gpu} on {self.cloud}, {self.region}"


@dataclass(frozen=True)
class LaunchPlan:
    """Where a task may run, cheapest first.

    offers: the places within the hourly limit; empty where nothing is priced.
    dearer: the places over it, cheapest first.
    assumed: these are public price lists: no account was found there.
    notes: why a price is missing, in sentences.
    """

    offers: tuple[Offer, ...] = ()
    dearer: tuple[Offer, ...] = ()
    assumed: bool = False
    notes: tuple[str, ...] = ()

    @property
    def places(self) -> list[dict[str, Any]]:
        """Return the cheapest places as entries of a task's `any_of`."""
        return [offer.place() for offer in self.offers[:_PLACES]]


def is_own(infra: str) -> bool:
    """Say whether that is a cluster that somebody pays for already, so that it has no price."""
    return provider(infra) in _OWN


def make_plan(task: Mapping[str, Any], infra: str = "") -> LaunchPlan:
    """Return the priced places for a task; an empty LaunchPlan for a cluster of your own.

    infra: `aws`, `aws/us-east-1`, …; empty for any cloud that has an account here.

    Raises CourseError where everything is dearer than the limit.
    """
    made = validate(task)
    if is_own(infra):
        return LaunchPlan(
            notes=(f"{infra} is a cluster of your own: SkyPilot knows no price for it.",)
        )
    names, assumed = _clouds(infra)
    offers, notes = _priced(names, made)
    limit = task["resources"]["max_hourly_cost"]
    plan = LaunchPlan(
        tuple(one for one in offers if one.hourly <= limit),
        tuple(one for one in offers if one.hourly > limit),
        assumed,
        tuple(notes),
    )
    if plan.dearer and not plan.offers:
        raise _too_dear(plan.dearer[0], limit, made.num_nodes)
    return plan


def _priced(names: list[str], task: Any) -> tuple[list[Offer], list[str]]:
    """Return what these clouds offer for a task, cheapest first, and why a price is missing."""
    offers: list[Offer] = []
    notes: list[str] = []
    unreachable = []
    for name in names:
        try:
            offers += _offers(name, task)
        except ConnectionError:
            unreachable.append(name)
        except (OSError, ValueError) as error:
            notes.append(f"No price for {name}: {in_words(error)}.")
    if unreachable:
        notes.append(f"Price lists that can't be downloaded: {', '.join(unreachable)}.")
    return _cheapest(offers), notes


def _cheapest(offers: list[Offer]) -> list[Offer]:
    """Return one offer a place and GPU, the one that SkyPilot would take, cheapest first."""
    best: dict[tuple[str, str, str], Offer] = {}
    for offer in sorted(offers, key=lambda one: (one.hourly, str(one))):
        best.setdefault((offer.cloud, offer.region, offer.gpu), offer)
    return list(best.values())


def _too_dear(offer: Offer, limit: float, machines: int) -> CourseError:
    many = f"{machines} machines, each " if machines > 1 else ""
    return CourseError(
        f"Everything that fits costs more than ${limit * machines:.2f} an hour: the cheapest is "
        f"{many}{offer} for ${offer.hourly:.2f} an hour.",
        f"Raise the limit with `max_hourly_cost` {offer.hourly * machines + 0.01:.2f}, "
        "or take a smaller machine.",
        ("max_hourly_cost",),
    )


def _clouds(infra: str) -> tuple[list[str], bool]:
    """Return the names of the clouds to ask, and whether that is for want of an account there."""
    if infra:
        return [provider(infra)], bool(refusal(provider(infra)))
    from sky import check
    from sky.clouds.cloud import CloudCapability

    with quiet():
        enabled = check.get_cached_enabled_clouds_or_refresh(CloudCapability.COMPUTE)
    names = [str(cloud).lower() for cloud in enabled if not is_own(str(cloud))]
    return (names, False) if names else (list(_WELL_KNOWN), True)


def _offers(name: str, task: Any) -> list[Offer]:
    """Return what a cloud's price list has for a task, whatever it costs.

    Raises OSError where the list isn't here and can't be downloaded.
    """
    from sky.catalog import config
    from sky.utils.registry import CLOUD_REGISTRY
    from sky.utils.resources_utils import make_launchables_for_valid_region_zones as in_regions

    cloud: Any = CLOUD_REGISTRY.from_str(name)
    found = []
    # AWS's list is usually narrowed to an account's zones; without an account it is whole.
    account_free = config.fallback_to_default_catalog
    with quiet(), _plain_connection_errors():
        for wish in task.resources:
            free = wish.copy(max_hourly_cost=None)
            feasible = account_free(cloud.get_feasible_launchable_resources)(free, task.num_nodes)
            for kind in feasible.resources_list:
                found += [_offer(one) for one in account_free(in_regions)(kind)]
    return found


def _offer(one: Any) -> Offer:
    gpu = next(iter(one.accelerators or {}), "")
    return Offer(str(one.cloud), one.region, one.instance_type, gpu, one.get_cost(3600))


@contextlib.contextmanager
def _plain_connection_errors() -> Iterator[None]:
    """Turn the library's error for a download that fails into Python's own."""
    import requests

    try:
        yield
    except requests.exceptions.RequestException as error:
        raise ConnectionError(str(error)) from error


def price_lines(plan: LaunchPlan, job: Job, limits: Limits) -> list[str]:
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
        f"No machine is taken over ${limits.max_hourly_cost:.2f} an hour (max_hourly_cost).",
    ]


def tunnel(name: str) -> str:
    """Return the one line that brings the machine's two pages to this computer."""
    ports = (JUPYTER_PORT, TENSORBOARD_PORT)
    forwards = " ".join(f"-L {port}:127.0.0.1:{port}" for port in ports)
    return f"ssh {forwards} {name}"


def _extra(limits: Limits) -> str:
    return (
        f"The machine's start, up to {duration(SETUP_LIMIT)} of set-up "
        f"and the {limits.idle_minutes} idle minutes at the end"
    )
