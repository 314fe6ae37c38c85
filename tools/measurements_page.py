"""Write what docs/measurements.md, experiments.md and elsewhere.md compute from the reference.

    python -m tools.measurements_page

Tables, every claim of a lesson or a page, an example of a comparison: numbers come from
data/reference/, sentences from its claims.toml, and what a lesson takes from
benchmarks/results/course.json. What stands between two marks of a page is replaced, the rest is
written by hand.
"""

import argparse
import ast
import json
import re
from collections.abc import Iterator
from typing import Any

import pandas as pd

from tools.pages import renewed, table, wrapped
from utils import settings
from utils.experiments.claims import claim, claims, tell
from utils.experiments.history import compare, reference
from utils.experiments.statistics import (
    Scores,
    baseline_for,
    by_seed,
    compare_pairs,
    interval,
    per_run,
)
from utils.experiments.studies import STUDIES
from utils.experiments.tables import to_markdown
from utils.files import duration, write_whole

BY = "tools/measurements_page.py"
DOCS = settings.ROOT / "docs"
TABLES = settings.ROOT / "data" / "reference"
STUDY_TABLES = ("quick", "scale")
COURSE = settings.ROOT / "benchmarks" / "results" / "course.json"
NOT_YET = "not measured yet"


def parts() -> dict[str, dict[str, str]]:
    """Return the computed parts by page and name."""
    example = to_markdown(compare(reference("learning_rate"))).strip()
    return {
        "measurements.md": {
            "course": _course(),
            "tables": _tables(),
            "studies": _studies(),
            "programs": "\n\n".join(_programs()),
            "sample": "\n\n".join(_of_studies("quick_sample")),
            "claims": _claims(),
        },
        "experiments.md": {"comparison": example},
        "elsewhere.md": {"tabular": "\n\n".join(_told("elsewhere"))},
    }


def _course() -> str:
    """Say of each lesson what it takes; one that came after the measurement says so."""
    about = json.loads(COURSE.read_text(encoding="utf-8"))
    ways = ("one after the other", "side by side")
    rows, missing = [], []
    for path in settings.lessons():
        number, _, name = path.stem.partition("_")
        found = about["seconds"].get(name, {})
        missing += [number] * (not found)
        minutes = re.search(r"\*\*Time\*\* (\d+) min", path.read_text(encoding="utf-8"))
        words = name.replace("_", " ")
        rows.append((f"{number} {words}", minutes[1] if minutes else "–",
                     *(found.get(way, NOT_YET) for way in ways)))  # fmt: skip
    told = f"Measured were {len(rows) - len(missing)} of today's {len(rows)} lessons"
    told += f"; {', '.join(missing)} came later" if missing else ""
    heads = ("lesson", "minutes for you (planned)", *(f"seconds, {way}" for way in ways))
    told += f". They stand under today's numbers. {about['machine']}, {about['date']}."
    return f"{wrapped(told)}\n\n{table(heads, rows, numbers=3)}"


def _told(page: str) -> Iterator[str]:
    """Yield a page's own claims and what they rest on; a table among them keeps its lines."""
    own = [one for one in claims().values() if one.lesson == page]
    for one in own:
        text = tell(one)
        yield text if text.startswith("|") else wrapped(" ".join(text.split()))
    basis = "; ".join(claim(*[one.key for one in own]).basis)
    yield wrapped(
        f"On validation rows and pictures; ± is the 95 % t interval of the mean. {basis}."
    )


def _tables() -> str:
    """Say of each table what it is, who makes it, and on what it was made."""
    rows = []
    for path in sorted(TABLES.glob("*.csv")):
        about = _account(path.stem)
        script = settings.ROOT / "tools" / "reference" / f"{path.stem}.py"
        first = (ast.get_docstring(ast.parse(script.read_text("utf-8"))) or "").splitlines()[0]
        seeds = about.get("seeds") or about["study"]["seeds"]
        ended = about.get("date") or about.get("ended") or about["study"]["test"]["looked"]
        told = f"{min(seeds)}–{max(seeds)}" if len(seeds) > 1 else str(seeds[0])
        rows.append((f"`{path.stem}`", first, told, about["machine"], ended[:10], _time(about)))
    return table(("table", "what", "seeds", "machine", "made", "training time"), rows, numbers=1)


def _time(about: dict[str, Any]) -> str:
    """Return how long a table took; its machine had other work meanwhile."""
    if about.get("seconds") == 0:
        return "none"
    seconds = about.get("seconds") or sum(run["seconds"] for run in _accounts(about))
    return duration(seconds) if seconds else "not kept"


def _accounts(about: dict[str, Any]) -> list[dict[str, Any]]:
    return about["runs"] if isinstance(about.get("runs"), list) else []


def _account(name: str) -> dict[str, Any]:
    account: dict[str, Any] = json.loads((TABLES / f"{name}.json").read_text(encoding="utf-8"))
    return account


def _studies() -> str:
    """Show the five studies' reference, each table under a line on what it rests on."""
    return "\n\n".join(text for name in STUDY_TABLES for text in _of_studies(name))


def _of_studies(name: str) -> Iterator[str]:
    about = _account(name)
    data = about["dataset"]
    runs = _accounts(about)
    epochs = about["epochs"]
    yield wrapped(
        f"`{name}`: {data['train']:,} training and {data['validation']:,} validation pictures, "
        f"{epochs} epochs, {about['precision']}; {len(runs)} runs; {about['machine']}, "
        f"{about['ended'][:10]}."
    )
    heads = ("study", "variant", "seeds", "final accuracy, %", "against the baseline, points",
             "gap, points", "gap against the baseline's")  # fmt: skip
    yield table(heads, (row for study in STUDIES for row in _rows(study, name)), numbers=4)


def _rows(study: str, name: str) -> Iterator[tuple[str, ...]]:
    """Yield a row a variant that has runs."""
    found: dict[str, list[Scores]] = {}
    texts = {"variant": str, "status": str}
    path = TABLES / f"{name}.csv"
    epochs = pd.read_csv(path, dtype=texts, keep_default_na=False, na_values=[""])
    for one in per_run(epochs[epochs["study"] == study]):
        found.setdefault(one.variant, []).append(one)
    for variant in STUDIES[study].variants:
        mine, base = found.get(variant, []), found.get(baseline_for(study, variant), [])
        if mine:
            finals = by_seed(mine)
            gaps, others = ({one.seed: one.gap for one in group} for group in (mine, base))
            own = variant == baseline_for(study, variant)
            yield (
                *(study, variant, ", ".join(str(seed) for seed in sorted(finals))),
                _mean(list(finals.values())),
                "–" if own else _against(finals, by_seed(base)),
                _mean(list(gaps.values())),
                "–" if own else _against(gaps, others),
            )


def _mean(values: list[float]) -> str:
    mean, half = 100 * sum(values) / len(values), 100 * interval(values)
    return (f"{mean:.1f}" + (f" ± {half:.1f}" if half == half else "")).replace("-", "−")


def _against(first: dict[int, float], second: dict[int, float]) -> str:
    """Return a paired difference of the seeds that both sides have; an early stop leaves few."""
    both = sorted(set(first) & set(second))
    if not both:
        return "no seed in common"
    found = compare_pairs({one: first[one] for one in both}, {one: second[one] for one in both})
    text = f"{100 * found.mean:+.1f}"
    if found.half == found.half:
        text += f" ({100 * found.low:+.1f} to {100 * found.high:+.1f})"
    return text.replace("-", "−")


def _programs() -> Iterator[str]:
    """Yield how equal JAX's program is to the course's own: by ten steps, and by whole runs."""
    about = _account("on_gpu_equality")
    found: dict[str, dict[str, float]] = dict(about["differences"])
    turned = found.pop("augmentation")
    worst = {
        one: max(each[one] for each in found.values()) for one in ("shares", "losses", "weights")
    }
    versions = about["versions"]
    software = f"JAX {versions['jax']}, TensorFlow {versions['tensorflow']}"
    yield wrapped(
        f"{len(found)} recipes, from TensorFlow's first weights, ten steps in both, on a CPU "
        f"({software}, {about['kernels']}'s kernels, {about['machine']}, {about['date']}). At "
        f"most, probabilities differ by {worst['shares']:.0e} before the first step, losses by "
        f"{100 * worst['losses']:.2f} %, and the weights lie {100 * worst['weights']:.1f} % of "
        f"their way apart after the last; turned pictures differ by {turned['turned']:.0e} of "
        "the spread of all colours."
    )
    yield "The same recipe and seed, trained to the end by each, in % of the validation pictures:"
    accuracy = lambda value: f"{100 * value:.1f}"  # noqa: E731  # of both columns
    check = json.loads((TABLES / "on_gpu_check.json").read_text(encoding="utf-8"))
    rows = [(one["table"], one["name"], one["seed"], accuracy(one["by_tflearn"]),
             accuracy(one["by_jax"])) for one in check]  # fmt: skip
    yield table(("table", "run", "seed", "TFLearn, CPU", "JAX, GPU"), rows, numbers=3)
    apart = [one["by_jax"] - one["by_tflearn"] for one in check]
    mean, half = 100 * sum(apart) / len(apart), 100 * interval(apart)
    yield wrapped(
        f"JAX's runs end {mean:+.1f} ± {half:.1f} points from TFLearn's (95 % t interval of "
        f"{len(apart)} differences).".replace("-", "−")
    )


def _claims() -> str:
    """Return every claim as its lesson shows it."""
    return "\n".join(
        wrapped(f"- `{key}` ({one.table}): {' '.join(tell(one).split())}", indent="  ")
        for key, one in claims().items()
    )


def main() -> None:
    """Write the pages anew."""
    for name, made in parts().items():
        page = DOCS / name
        write_whole(page, renewed(page.read_text(encoding="utf-8"), made, BY))


if __name__ == "__main__":
    argparse.ArgumentParser(usage=__doc__).parse_args()
    main()
