"""`python -m benchmarks.epoch`: measure the sides in turn; or print the tables of results.

    make bench                                                  # all that is in the docs' table
    make bench BENCH="--isa avx2 --json build/bench-avx2.json"  # the same, held to AVX2
    python -m benchmarks.epoch --sides course,article --seeds 1 --mode plain
    python -m benchmarks.epoch --table build/bench.json

Ended at any moment, the same line goes on after the last measurement. Needs real CIFAR-10.
"""

import argparse
import sys
from pathlib import Path

from benchmarks.epoch import machine
from benchmarks.epoch.measuring import MODES, RIVALS, Bench
from benchmarks.epoch.results import Results
from benchmarks.epoch.sides import SIDES
from benchmarks.epoch.table import markdown
from utils.data import Dataset, load
from utils.data.catalogue import find, get
from utils.errors import CourseError
from utils.experiments.capacity import cores


def main() -> None:
    """Measure, or print tables; say in a sentence what a person can put right."""
    options = _options()
    try:
        if options.table:
            print("\n".join(markdown(Results.read(path)) for path in options.table), end="")
        else:
            modes = MODES if options.mode == "both" else (options.mode,)
            bench = Bench(
                real_cifar10(), options.json, options.isa, options.images, options.epochs,
                options.threads, options.rivals,
            )  # fmt: skip
            bench.run(options.sides, modes, options.seeds)
            print(markdown(bench.results), end="")
    except CourseError as error:
        sys.exit(str(error))


def real_cifar10() -> Dataset:
    """Return CIFAR-10; refuse to measure on anything else, and to download it unasked."""
    if find(get("cifar10")) is None:
        raise CourseError(
            "Real CIFAR-10 isn't on this machine, and on the sample accuracies would mean nothing.",
            "Run `course data fetch cifar10` (170 MB), or set COURSE_DATA.",
        )
    return load("cifar10", source="real")


def _sides(text: str) -> list[str]:
    names = text.split(",")
    unknown = [name for name in names if name not in SIDES]
    if unknown:
        raise argparse.ArgumentTypeError(f"no side {unknown[0]!r}; there are {', '.join(SIDES)}")
    return names


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} isn't a whole number from 1")
    return int(text)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.epoch", description=__doc__.split("\n\n")[0]
    )
    parser.add_argument("--sides", type=_sides, default=list(SIDES), help=", ".join(SIDES))
    parser.add_argument("--mode", choices=[*MODES, "both"], default="both")
    parser.add_argument("--isa", choices=list(machine.ISAS), default="native")
    parser.add_argument("--images", type=_positive, default=10_000, help="pictures an epoch")
    parser.add_argument("--epochs", type=_positive, default=3, help="counted ones, after one more")
    parser.add_argument("--seeds", type=_positive, default=3, help="measurements of each, in turn")
    parser.add_argument("--threads", type=_positive, default=cores())
    parser.add_argument("--json", type=Path, default=Path("build/bench.json"), help="the results")
    parser.add_argument("--rivals", type=Path, default=RIVALS, help="the Python with the rivals")
    parser.add_argument(
        "--table", type=Path, nargs="+", metavar="JSON", help="print, don't measure"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
