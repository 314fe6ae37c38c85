"""How long each rung of the ladder took to train: from the account of data/reference/ladder.csv.

Knows nothing of networks; a rung that isn't trained yet is told as such.
"""

import json
import math

from utils.experiments.claim_sources import folder
from utils.files import duration

__all__ = ["training_time"]


def training_time(rung: str) -> str:
    """Return `12 min 05 s (AMD EPYC, 2 cores)`, or `not trained yet`.

    It is the mean over the seeds that were trained on that machine; of several machines each is
    told. They had other work meanwhile: see the account itself.
    """
    path = folder() / "ladder.json"
    runs = json.loads(path.read_text("utf-8"))["runs"] if path.is_file() else []
    seconds: dict[str, list[float]] = {}
    for run in runs:
        if run["name"] == f"ladder/{rung}":
            seconds.setdefault(run["machine"], []).append(run["seconds"])
    means = {machine: duration(math.fsum(some) / len(some)) for machine, some in seconds.items()}
    told = (f"{mean} ({machine})" for machine, mean in means.items())
    return " and ".join(told) or "not trained yet"
