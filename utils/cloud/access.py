"""Whether this computer gets at a cloud or a cluster: asked before anything is started there.

The programs it needs are looked for here; the accounts are asked for by SkyPilot's own check.
"""

from collections.abc import Mapping
from typing import Any

from utils.cloud.sky_task import provider
from utils.cloud.skypilot import in_words, quiet, skypilot, validate
from utils.errors import CourseError

__all__ = ["TOOLS", "need_access", "refusal"]

_KUBERNETES = {"kubectl": "kubectl", "socat": "socat", "nc": "netcat-openbsd"}
# Where → the programs that SkyPilot calls here for it, and the packages that bring them.
TOOLS = {"kubernetes": _KUBERNETES, "ssh": _KUBERNETES}


def need_access(task: Mapping[str, Any], infra: str) -> None:
    """Raise CourseError unless SkyPilot gets at one of the places where a task may run.

    infra: as a person named it: `kubernetes/lab`, `slurm/uni/gpu`, …; empty for none.
    """
    wishes = {(str(one.cloud), one.region, one.zone) for one in validate(task).resources}
    refusals = {name: refusal(name, region, zone) for name, region, zone in sorted(wishes, key=str)}
    if all(refusals.values()):
        named = provider(infra) or next(iter(refusals)).lower()
        raise CourseError(
            f"SkyPilot can't start anything there: {'; '.join(refusals.values())}.",
            f"Put that right, and see whether it is: sky check {named}",
        )


def refusal(name: str, region: str | None = None, zone: str | None = None) -> str:
    """Return why SkyPilot doesn't get at a cloud or cluster, in its words; empty where it does.

    name: SkyPilot's, such as `aws`. region, zone: what it calls so; a cluster's name is a region.
    """
    skypilot()
    from sky.clouds.cloud import CloudCapability
    from sky.utils.registry import CLOUD_REGISTRY

    cloud: Any = CLOUD_REGISTRY.from_str(name)
    with quiet():
        works, said = cloud.check_credentials(CloudCapability.COMPUTE)
        if isinstance(said, Mapping):  # a cluster each
            here = {region: said[region]} if region in said else said
            told = {one: in_words(text) for one, text in here.items()}
            works = any(text.startswith("enabled") for text in told.values())
            said = "; ".join(f"{one}: {text}" for one, text in told.items())
        if not works:
            return f"{name}: {in_words(said or 'no account is set up')}"
        try:
            cloud.validate_region_zone(region, zone)
        except ValueError as error:
            return in_words(error)
    return ""
