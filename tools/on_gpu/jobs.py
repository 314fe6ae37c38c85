"""Write what JAX is to train as data: the runs of the ladder and of the studies at full scale.

    python -m tools.on_gpu.jobs FILE                    both tables
    python -m tools.on_gpu.jobs FILE --tables ladder

The ladder comes first, its longest rungs first of all, so that none of them is left over; then
the studies, seed by seed. Each run has all fields of its config, and `pooled_sets`.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tools.study_tables import TABLES, Table, twin
from utils.files import write_whole

NAMES = ("ladder", "scale")


def jobs(table: Table) -> Iterator[dict[str, Any]]:
    """Yield a table's runs as data; a run that stands for another's config is left out."""
    pairs = [(name, seed) for seed in table.seeds for name in table.runs]
    if table.name == "ladder":
        pairs = [(name, seed) for name in reversed(table.runs) for seed in table.seeds]
    for name, seed in pairs:
        if not twin(table, name, seed):
            config = table.config(name, seed)
            fields = asdict(config) | {"pooled_sets": config.pooled_sets}
            yield {"table": table.name, "name": name, "seed": seed, "config": fields}


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--tables", nargs="+", choices=NAMES, default=NAMES)
    arguments = parser.parse_args()
    every = [job for name in arguments.tables for job in jobs(TABLES[name])]
    write_whole(arguments.file, json.dumps(every, indent=1) + "\n")
    print(f"{arguments.file}: {len(every)} runs")


if __name__ == "__main__":
    main()
