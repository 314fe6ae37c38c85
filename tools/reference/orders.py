"""What a single seed shows of what all show together: the orders that a learner's run should have.

    course reference orders

Reads data/reference/quick.csv and trains nothing. A value is 1 where that seed alone shows the
order, else 0.
"""

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from tools.measuring import main
from utils import settings
from utils.errors import CourseError
from utils.experiments.history import reference
from utils.experiments.measured import Measured, write_measured
from utils.experiments.statistics import Scores, per_run


class Order(NamedTuple):
    """One order: variants of a study, the highest first.

    of: `final` for the accuracy after the last epoch, or `gap`.
    chains: each must hold; equal values break it.
    """

    of: str
    chains: tuple[tuple[str, ...], ...]


# By study, and what the order says.
ORDERS = {
    "layers.one_set_lowest": Order("final", (("three-sets", "one-set"), ("baseline", "one-set"))),
    "layers.baseline_above_three_sets": Order("final", (("baseline", "three-sets"),)),
    "dropout.half_narrows": Order("gap", (("0", "0.5"),)),
    "dropout.none_above_half": Order("final", (("0", "0.5"),)),
    "regularization.L1_lowers": Order("final", (("none", "L1"),)),
    "regularization.L2_lowers": Order("final", (("none", "L2"),)),
    "regularization.L1_narrows": Order("gap", (("none", "L1"),)),
    "regularization.L2_narrows": Order("gap", (("none", "L2"),)),
    "batch_size.smaller_is_higher": Order("final", (("50", "96", "500", "2000"),)),
    "batch_size.50_above_96": Order("final", (("50", "96"),)),
    "batch_size.large_are_lower": Order("final", (("96", "500", "2000"),)),
    "learning_rate.small_lowers": Order("final", (("0.001", "0.0001"),)),
    "learning_rate.large_lowers": Order("final", (("0.001", "0.01"),)),
}


def shown(order: Order, runs: Iterable[Scores]) -> dict[int, bool]:
    """Return by seed whether that seed's runs have the order.

    runs: of one study. Raises CourseError where a variant lacks a seed that others have.
    """
    values: dict[str, dict[int, float]] = {}
    for run in runs:
        values.setdefault(run.variant, {})[run.seed] = getattr(run, order.of)
    seeds = sorted({seed for by_seed in values.values() for seed in by_seed})
    for name in {name for chain in order.chains for name in chain}:
        if missing := [seed for seed in seeds if seed not in values.get(name, {})]:
            raise CourseError(
                f"data/reference/quick.csv has no finished run of {name} with seed {missing[0]}.",
                "Make the table whole: course reference quick",
            )
    pairs = [pair for chain in order.chains for pair in zip(chain, chain[1:], strict=False)]
    return {
        seed: all(values[higher][seed] > values[lower][seed] for higher, lower in pairs)
        for seed in seeds
    }


def rows() -> list[Measured]:
    """Return the table's rows: each order, seed by seed."""
    return [
        Measured(name, seed, float(there))
        for name, order in ORDERS.items()
        for seed, there in shown(order, per_run(reference(name.partition(".")[0]))).items()
    ]


def about() -> dict[str, Any]:
    """Return what the runs were measured on, as quick.json says it."""
    path = settings.ROOT / "data" / "reference" / "quick.json"
    quick = json.loads(path.read_text(encoding="utf-8"))
    kept = {name: quick[name] for name in ("profile", "epochs", "dataset", "machine", "precision")}
    last = {"date": quick["ended"][:10], "seconds": 0, "command": "course reference orders"}
    return kept | {"seeds": quick["seeds"], "versions": quick["runs"][0]["versions"]} | last


def script() -> None:
    """Write the table."""
    print(write_measured("orders", rows(), about()))


if __name__ == "__main__":
    main(script)
