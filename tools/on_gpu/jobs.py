"""Write what JAX is to train as data: the runs of the ladder and of the studies at full scale.

    python -m tools.on_gpu.jobs FILE                    both tables
    python -m tools.on_gpu.jobs FILE --tables ladder

The ladder comes first, its highest and longest rungs first of all, so that none of them is left
over. A recipe's seeds follow one another: it is compiled once. Beside a run's config stand all of
its fields and `pooled_sets`, since the package of `Config` needs more than NumPy.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tools.study_tables import TABLES, Table, twin
from utils.files import write_whole

__all__ = ["NAMES", "jobs"]

NAMES = ("ladder", "scale")


def jobs(table: Table) -> Iterator[dict[str, Any]]:
    """Yield a table's runs as data; a run that stands for another's config is left out."""
    names = reversed(table.runs) if table.name == "ladder" else table.runs
    for name in names:
        for seed in table.seeds:
            if not twin(table, name, seed):
                config = table.config(name, seed)
                fields = asdict(config) | {"pooled_sets": config.pooled_sets}
                run = {"table": table.name, "name": name, "seed": seed}
                yield run | {"config": config.to_dict(), "fields": fields}


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--tables", nargs="+", choices=NAMES, default=NAMES)
    arguments = parser.parse_args()
    every = [job for name in arguments.tables for job in jobs(TABLES[name])]
    write_whole(arguments.file, json.dumps(every) + "\n")
    print(f"{arguments.file}: {len(every)} runs")


if __name__ == "__main__":
    main()
