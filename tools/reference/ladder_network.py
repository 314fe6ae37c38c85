"""Write the ladder's last network as ladder.keras: a copy in Keras of the run that TFLearn trained.

    course reference ladder                    # trains the rungs, and keeps their runs
    course reference ladder_network            # copies the last rung's best seed by validation
    course reference ladder_network RUN        # or that run's folder

Test pictures play no part.
"""

import argparse
from pathlib import Path

from tools.measuring import main
from utils import settings
from utils.errors import CourseError
from utils.experiments.ladder import RUNGS
from utils.experiments.run_copy import copy_run, write_model
from utils.experiments.run_folder import read_record, run_folders

NAME = "ladder"
# Where tools/study_tables.py trains it; importing that would bring TFLearn along.
RUNS = settings.ROOT / "build" / "reference" / NAME


def best_run(root: Path, rung: str = RUNGS[-1].name) -> Path:
    """Return the folder of a rung's finished run that is right most often on validation pictures.

    root: the log root of the ladder's runs. Raises CourseError where none is finished.
    """
    finished = {}
    for folder in run_folders(root, NAME):
        record = read_record(folder)
        if record and record["variant"] == rung and record["status"] == "finished":
            finished[folder] = record["history"][-1]["val_accuracy"]
    if not finished:
        raise CourseError(
            f"{root} holds no finished run of the ladder's rung {rung}.",
            "Train it: course reference ladder",
        )
    return max(finished, key=lambda folder: finished[folder])


def script() -> None:
    """Copy the run into data/reference/ladder.keras."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", nargs="?", type=settings.resolve_path, help="a run's folder")
    run = parser.parse_args().run or best_run(RUNS)
    model, record = copy_run(run)
    write_model(model, settings.ROOT / "data" / "reference" / f"{NAME}.keras")
    right = record["history"][-1]["val_accuracy"]
    print(f"{NAME}.keras: seed {record['seed']}, {100 * right:.2f} % of validation pictures right")


if __name__ == "__main__":
    main(script)
