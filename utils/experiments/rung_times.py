"""How long each rung of the ladder took to train: from the account of data/reference/ladder.csv.

Knows nothing of networks; a rung that isn't trained yet is told as such.
"""

import json
import math

from utils.experiments.claim_sources import folder
from utils.files import duration

__all__ = ["training_time"]


def training_time(rung: str) -> str:
    """Return `12 min 05 s`, the mean over the seeds that are trained, or `not trained yet`.

    The reference's machine had other work meanwhile: see the account itself.
    """
    path = folder() / "ladder.json"
    runs = json.loads(path.read_text("utf-8"))["runs"] if path.is_file() else []
    seconds = [run["seconds"] for run in runs if run["name"] == f"ladder/{rung}"]
    return duration(math.fsum(seconds) / len(seconds)) if seconds else "not trained yet"
