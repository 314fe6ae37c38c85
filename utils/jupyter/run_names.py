"""Runs by names that TensorBoard shows whole: `rate/0.0001@smoke s0`, seed and all.

On disk a run keeps its folder, `learning_rate/0.0001@smoke/seed-0`. Nothing here reads runs or
knows a server.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from utils.experiments.run_folder import RunName

__all__ = ["LONGEST", "runs_filter", "short_name"]

LONGEST = 25  # characters that TensorBoard 2.21 shows of a name in a window 1280 pixels wide
STUDIES = {"batch_size": "batch", "learning_rate": "rate", "regularization": "regular"}


def short_name(run: str) -> str:
    """Return what TensorBoard calls a run, at most LONGEST characters: `layers/base@smoke s0`.

    run: its folder below the log root, `layers/baseline@smoke/seed-0`. A `~` marks the sample.
    A long variant loses its middle. What is no run of a study or lesson keeps its name.
    """
    folder = Path(run.replace("\\", "/"))
    name = RunName.of(folder)
    if name is None or len(folder.parts) != 3:
        return run
    study, (variant, _, marks) = STUDIES.get(name.study, name.study), name.variant.partition("@")
    profile, sample = marks.removesuffix("sample").rstrip("-"), marks.endswith("sample")
    end = f"{f'@{profile}' * bool(profile)}{'~' * sample} s{name.seed}"
    variant = "base" if variant == "baseline" else variant
    return f"{_clipped(study, 12)}/{_clipped(variant, LONGEST - 1 - len(study[:12] + end))}{end}"


def runs_filter(runs: Iterable[str]) -> str:
    """Return the regular expression that finds exactly these runs by their short names.

    runs: their folders below the log root. TensorBoard's browser reads the expression, so only
    what JavaScript knows is in it.
    """
    names = (re.sub(r"[.*+?^${}()|[\]\\]", r"\\\g<0>", short_name(run)) for run in runs)
    return f"^({'|'.join(names)})$"


def _clipped(text: str, most: int) -> str:
    most = max(most, 3)
    kept = most - 1 - most // 3
    return text if len(text) <= most else f"{text[:kept]}…{text[len(text) - most // 3 :]}"
