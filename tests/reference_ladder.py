"""A table of the ladder with known numbers, as `course reference ladder` writes it: for tests."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from utils.experiments.history import COLUMNS
from utils.experiments.ladder import rung_config

DATA = {"name": "cifar10", "sha256": "0" * 64, "real": True, "train": 45_000, "validation": 5_000}


def made_ladder(folder: Path, finals: Mapping[str, Mapping[int, float]], **changed: Any) -> Path:
    """Write ladder.csv and ladder.json into a folder, and return it.

    finals: a rung's validation accuracy after the last of two epochs, by seed.
    changed: fields of the account that are different.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lines, runs = [",".join(COLUMNS)], []
    for name, values in finals.items():
        for seed, value in values.items():
            for epoch, reached in ((1, value / 2), (2, value)):
                lines.append(
                    f"ladder,{name},{seed},{epoch},1.5,0.5,1.6,{reached:.6g},0.6,,finished"
                )
            config = rung_config(name, seed).to_dict()
            run = {"name": f"ladder/{name}", "seed": seed, "status": "finished"}
            runs.append(run | {"seconds": 600.0 + 30 * seed, "config": config})
    (folder / "ladder.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    about = {"dataset": DATA, "machine": "a test's, 2 cores", "runs": runs} | changed
    (folder / "ladder.json").write_text(json.dumps(about), encoding="utf-8")
    return folder
