"""Turn a finished search into the reference that notebook 17 shows beside yours.

    course search --trials 32 --profile quick --data real --runs build/reference-search
    course reference search build/reference-search search "the data's source"

Writes data/reference/search.csv, one row an epoch of every trial and final run, as
utils.experiments.history returns them, and search.json: the study with its choice and its one
look at the test set, each trial's config, and on what data, machine and versions they were made.
That look is entered in test_openings.toml.
Seconds are left out: they are the machine's, and it had other work meanwhile.
"""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from utils.data.sealed import Opening, note_opening
from utils.experiments.history import epoch_table, load_runs
from utils.experiments.search.finals import test_values
from utils.experiments.search.journal import read_json
from utils.experiments.search.space import changed_fields
from utils.networks.tflearn_cnn.config import Config
from utils.settings import ROOT

SHARED = ("profile", "dataset", "engine", "machine", "precision", "versions")


def main(root: Path, name: str, source: str) -> None:
    """Write the two files; stop where the search isn't finished or its runs don't fit together."""
    study = read_json(root / name / "study.json")
    if study["test"] is None:
        sys.exit(f"The search {name} in {root} isn't finished.")
    runs = load_runs(root, name) + load_runs(root, study["name"])
    origins = {json.dumps({key: run.record[key] for key in SHARED}) for run in runs}
    if len(origins) != 1:
        sys.exit(f"The runs in {root} are not all on the same data and machine.")
    table = epoch_table(runs).assign(seconds=float("nan"))
    folder = ROOT / "data" / "reference"
    table.to_csv(folder / "search.csv", index=False, float_format="%.6g", lineterminator="\n")
    about = json.loads(origins.pop())
    about["dataset"]["source"] = source
    trials = {
        run.variant: {
            "status": run.status,
            "epochs": len(run.epochs),
            "changes": changed_fields(Config.from_dict(run.record["config"])),
            "config": run.record["config"],
        }
        for run in runs
        if run.study == name
    }
    asked = {
        key: value
        for key, value in read_json(root / name / "search.json").items()
        if key in ("trials", "search", "seed", "finalists")
    }
    study["from"].pop("data")
    ended = max(run.record["ended"] for run in runs)
    content = {"asked": asked, **about, "ended": ended, "study": study, "trials": trials}
    text = json.dumps(content, indent=1) + "\n"
    (folder / "search.json").write_text(text, encoding="utf-8", newline="\n")
    note_opening(opening_of(study, about["dataset"]["name"]))
    print(f"{len(runs)} runs, {len(table)} epochs: {folder / 'search.csv'}")


def opening_of(study: dict[str, Any], dataset: str) -> Opening:
    """Return a search's look at the test set as an entry of the course's ledger."""
    test = study["test"]
    values = {name: test_values(study, name) for name in ("best", "baseline")}
    seeds = sorted(set.intersection(*map(set, values.values())))
    return Opening(
        id=f"{study['name']}-{test['looked']}",
        set=dataset,
        pictures=test["pictures"],
        measured="the accuracy of the search's best recipe, chosen by validation, and of the "
        f"baseline, seeds {seeds[0]}–{seeds[-1]}",
        why="report them",
        when=datetime.fromisoformat(test["looked"]).date(),
        by="notebooks/17_search.ipynb",
        seeds=tuple(seeds),
        accuracy={name: [of[seed] for seed in seeds] for name, of in values.items()},
    )


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
