"""The results as the Markdown that docs/measurements.md takes; knows no library."""

import statistics
import textwrap
from collections.abc import Iterator
from typing import Any

from benchmarks.epoch.results import Results, Row
from benchmarks.epoch.sides import SIDES
from utils.experiments.statistics import interval

__all__ = ["markdown", "peak_gflops"]

COLUMNS = ("side", "precision", "s an epoch", "pictures/s", "of the peak", "processor s",
           "peak MB", "accuracy, %", "library")  # fmt: skip
MODES = {"augmented": "Mirrored and turned", "plain": "Pictures as they are"}
WIDTH = 108


def markdown(results: Results) -> str:
    """Return a heading, what was measured on what, and one table a mode."""
    settings = results.settings
    parts = [f"### {settings['machine']['label']}", _paragraph(results)]
    for mode, title in MODES.items():
        rows = [row for row in results.measurements if row["mode"] == mode]
        if rows:
            parts += [f"{title}:", _table(results, rows), *_kernels(rows)]
    return "\n\n".join(parts) + "\n"


def peak_gflops(results: Results, precision: str, threads: int) -> Row | None:
    """Return the fastest library's row for that precision and number of threads."""
    rows = [r for r in results.peaks if (r["precision"], r["threads"]) == (precision, threads)]
    return max(rows, key=lambda row: row["gflops"], default=None)


def _paragraph(results: Results) -> str:
    settings, machine = results.settings, results.settings["machine"]
    epochs, seeds = settings["epochs"], _seeds(results)
    day = max(row["date"] for row in results.measurements)
    sentences = (
        f"{machine['processor']} ({', '.join(machine['features'])}),",
        f"{machine['system']}, Python {machine['python']};",
        f"{_counted(settings['threads'], 'thread')}; {day}.",
        f"CIFAR-10, {settings['images']:,} pictures an epoch, one epoch to warm up and {epochs}",
        f"counted, {seeds}; accuracy on {settings['validation']:,} other",
        f"pictures after {epochs + 1} epochs.",
        f"{settings['flops'] / 1e6:.1f} million operations a picture.",
        *_peaks(results),
        *_others(results),
    )
    return textwrap.fill(" ".join(sentences), WIDTH, break_on_hyphens=False)


def _seeds(results: Results) -> str:
    """Say how many seeds each side was measured with: `3 seeds`, `3 to 5 seeds`."""
    mode = results.measurements[0]["mode"]
    sides = [row["side"] for row in results.measurements if row["mode"] == mode]
    least, most = (of(map(sides.count, set(sides))) for of in (min, max))
    return _counted(most, "seed") if least == most else f"{least} to {most} seeds"


def _counted(number: int, name: str) -> str:
    return f"{number} {name}{'s' if number > 1 else ''}"


def _peaks(results: Results) -> Iterator[str]:
    """Say each precision's peak in a sentence."""
    threads = results.settings["threads"]
    for precision in dict.fromkeys(row["precision"] for row in results.peaks):
        every, one = (peak_gflops(results, precision, n) for n in (threads, 1))
        if every and one:
            yield (
                f"Peak of {precision} products: {every['gflops']:.0f} Gflop/s"
                f" ({every['version']}, n = {every['n']}), one thread {one['gflops']:.0f}."
            )


def _others(results: Results) -> Iterator[str]:
    """Say how much of the machine other work took in the worst of the epochs, if it was told."""
    shares = [row.get("others") for row in results.measurements]
    known = [share for share in shares if share is not None]
    if known and len(known) == len(shares):
        usual, most = statistics.median(known), max(known)
        yield f"Other work took {usual:.0%} of the cores' time, at most {most:.0%}."


def _table(results: Results, rows: list[Row]) -> str:
    lines = [COLUMNS, ("---", "---", *["---:"] * (len(COLUMNS) - 3), "---")]
    for name, side in SIDES.items():
        mine = [row for row in rows if row["side"] == name]
        if mine:
            lines.append((side.title, *_cells(results, mine)))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _kernels(rows: list[Row]) -> Iterator[str]:
    """Say in what accuracy the two sets of kernels differ, paired by seed."""
    by_seed = {
        name: {row["seed"]: row["accuracy"] for row in rows if row["side"] == name}
        for name in ("course", "course-default-kernels")
    }
    chosen, default = by_seed.values()
    gaps = [100 * (chosen[seed] - default[seed]) for seed in chosen.keys() & default.keys()]
    if len(gaps) > 1:
        yield textwrap.fill(
            "By the kernels that the course chooses, accuracy differs from TensorFlow's own by"
            f" {statistics.mean(gaps):+.2f} ± {interval(gaps):.2f} points (paired by seed,"
            f" {len(gaps)} seeds).",
            WIDTH,
        )


def _cells(results: Results, rows: list[Row]) -> tuple[str, ...]:
    """Return a side's cells: medians over its measurements, but the accuracy's mean."""
    settings = results.settings
    seconds = [row["seconds"] for row in rows]
    middle = statistics.median(seconds)
    precision = rows[0]["precision"]
    peak = peak_gflops(results, precision, settings["threads"])
    rate = settings["flops"] * settings["images"] / middle / 1e9
    return (
        precision,
        f"{middle:.2f} ({min(seconds):.2f}–{max(seconds):.2f})",
        f"{settings['images'] / middle:,.0f}",
        f"{100 * rate / peak['gflops']:.0f} %" if peak else "–",
        f"{_median(rows, 'cpu_seconds'):.2f}",
        f"{_median(rows, 'peak_mb'):,.0f}",
        _mean(100 * row["accuracy"] for row in rows),
        rows[0]["library"],
    )


def _median(rows: list[Row], name: str) -> float:
    return statistics.median(row[name] for row in rows)


def _mean(values: Any) -> str:
    """Return mean ± 95 % t interval; the mean alone for a single value."""
    every = list(values)
    mean = f"{statistics.mean(every):.1f}"
    return f"{mean} ± {interval(every):.1f}" if len(every) > 1 else mean
