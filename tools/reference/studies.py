"""Turn finished runs into the reference runs that notebooks 10–15 show beside yours.

    course train all --seeds 3 --profile quick --data real --runs build/reference
    python -m tools.reference.studies build/reference quick "where the pictures are from"

Writes data/reference/<profile>.csv, one row an epoch, and <profile>.json, which says on what
data, machine and versions they were made. Seconds are left out: they are the machine's, and it
had other work meanwhile. Refuses runs that don't belong together.
"""

import json
import sys
from pathlib import Path

from utils.experiments.history import epoch_table, load_runs
from utils.experiments.studies import STUDIES
from utils.settings import ROOT

SHARED = ("profile", "dataset", "engine", "machine", "precision", "versions")


def main(root: Path, profile: str, source: str) -> None:
    """Write the two files; stop where a run is missing, cut off or of other data."""
    runs = [run for run in load_runs(root) if run.study in STUDIES]
    wrong = [run.folder for run in runs if run.status not in ("finished", "diverged")]
    if wrong:
        sys.exit(f"{wrong[0]} isn't finished.")
    origins = {json.dumps({key: run.record[key] for key in SHARED}) for run in runs}
    if len(origins) != 1 or json.loads(next(iter(origins)))["profile"] != profile:
        sys.exit(f"The runs in {root} are not all {profile} runs on the same data and machine.")
    names = {(run.study, run.variant) for run in runs}
    if names != {(study.name, variant) for study in STUDIES.values() for variant in study.variants}:
        sys.exit(f"{root} doesn't hold every variant of every study.")
    folder = ROOT / "data" / "reference"
    folder.mkdir(parents=True, exist_ok=True)
    table = epoch_table(runs).assign(seconds=float("nan"))
    table.to_csv(folder / f"{profile}.csv", index=False, float_format="%.6g", lineterminator="\n")
    about = json.loads(origins.pop()) | {"seeds": sorted({run.seed for run in runs})}
    about["dataset"]["source"] = source
    ended = max(run.record["ended"] for run in runs)
    (folder / f"{profile}.json").write_text(json.dumps(about | {"ended": ended}, indent=1) + "\n")
    print(f"{len(runs)} runs, {len(table)} epochs: {folder / profile}.csv")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
