"""Write what docs/article.md computes: the article's recipes, and what they give beside studies.

    python -m tools.article_page

Recipes come from utils/experiments/article.py, numbers from data/reference/article.csv and
quick.csv. What stands between the two marks of the page is replaced, the rest is written by hand.
"""

import argparse
import csv
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from tools import pages
from tools.pages import table as _table
from tools.pages import wrapped as _wrapped
from utils.data.catalogue import SETS
from utils.experiments.article import COMMIT, PAIRS, RECIPES, REPOSITORY, ArticlePair, ArticleRecipe
from utils.experiments.statistics import Difference, compare_pairs
from utils.experiments.studies import config_for
from utils.files import write_whole
from utils.networks.tflearn_cnn.config import Config
from utils.networks.tflearn_cnn.price import price
from utils.settings import ROOT

PAGE = ROOT / "docs" / "article.md"
REFERENCE = ROOT / "data" / "reference"
NOT_YET = "not trained yet"
# How a field is called on the page, and how its value is said where JSON wouldn't do.
WORDS = {
    "layers": "layer sets",
    "dropout": "dropout",
    "regularizer": "penalty",
    "batch_size": "batch size",
    "learning_rate": "learning rate",
    "poolings": "poolings",
    "dense_init": "the dense layer's first weights",
    "corners": "corners of turned pictures",
    "precision": "precision",
    "train_size": "training pictures",
    "validation_size": "validation on",
}

Rows = list[dict[str, str]]


def generated(folder: Path = REFERENCE) -> str:
    """Return the page's part between the marks; folder: where the tables of numbers lie."""
    return "\n\n".join(
        (
            "## The twelve notebooks\n\n" + _recipes(),
            "## What each pair compares\n\n" + _compared(),
            "## How they differ from our studies\n\n" + _differences(),
            "## What the article says, what its recipes give, what studies give\n\n"
            + _outcomes(folder),
        )
    )


def renewed(page: str, folder: Path = REFERENCE) -> str:
    """Return the page's text with its generated part made anew."""
    return pages.renewed(page, {"tables": generated(folder)}, "tools/article_page.py")


def steps(config: Config) -> int:
    """Return how many steps a recipe's training takes."""
    pictures = _said(config, "train_size")
    return math.ceil(pictures / config.batch_size) * config.epochs


def _said(config: Config, name: str) -> Any:
    """Return a field's value, or what it comes to where the config leaves that open."""
    value, public = getattr(config, name), SETS["cifar10"]
    if name in ("poolings", "layers"):
        return config.pooled_sets if name == "poolings" else config.layers_text
    if value is None:
        sizes = {"train_size": public.train - public.validation,
                 "validation_size": public.validation}  # fmt: skip
        return sizes[name]
    return value


def _text(config: Config, name: str) -> str:
    """Return a field's value in words."""
    value = _said(config, name)
    if name == "validation_size":
        test = SETS["cifar10"].test
        return (
            f"the {value:,} test pictures" if value == test else f"{value:,} of the training part"
        )
    if name == "dropout" and not value:
        return "none"
    if name == "dense_init":
        return str(value).replace("_", " ")
    return f"{value:,}" if isinstance(value, int) else str(value)


def _changed(first: Config, second: Config) -> dict[str, str]:
    """Return the fields in which the first differs, each with both values in words."""
    names = [field.name for field in fields(Config)]
    return {
        name: f"{WORDS[name]}: {_text(first, name)} against {_text(second, name)}"
        for name in names
        if getattr(first, name) != getattr(second, name)
    }


def _ours(one: ArticleRecipe) -> Config:
    """Return our run that is nearest, with the article's amount of work."""
    return config_for(one.study, one.variant, "full")


def _recipes() -> str:
    heads = ("notebook", "its run is called", "layer sets", "poolings", "dropout", "penalty",
             "batch", "rate", "weights", "steps")  # fmt: skip
    rows = [
        (f"`{one.notebook}`", f"`{one.run_id}`",
         *(_text(one.config, name) for name in ("layers", "poolings", "dropout", "regularizer")),
         f"{one.config.batch_size:,}", one.config.learning_rate,
         f"{price(one.config).weights:,}", f"{steps(one.config):,}")
        for one in RECIPES.values()
    ]  # fmt: skip
    shared = _shared(one.config for one in RECIPES.values())
    same = "; ".join(
        f"`{one.notebook}` is `{one.trained_as}` once more"
        for one in RECIPES.values()
        if one.trained_as != one.notebook
    )
    count = len({one.trained_as for one in RECIPES.values()})
    told = f"From [its repository]({REPOSITORY}/tree/{COMMIT}). All have: {shared}."
    told += f" {len(RECIPES)} files hold {count} recipes: {same}."
    return f"{_table(heads, rows, 4)}\n\n{_wrapped(told)}"


def _shared(configs: Iterable[Config]) -> str:
    """Say what all of these have in common of what the table doesn't show."""
    configs = list(configs)
    names = ("train_size", "validation_size", "epochs", "optimizer", "dense_units",
             "weight_decay", "flip", "rotation", "dense_init", "corners")  # fmt: skip
    if odd := [name for name in names if len({getattr(one, name) for one in configs}) > 1]:
        raise ValueError(f"The recipes differ in {odd}, which the page takes for common.")
    one = configs[0]
    return (
        f"{_text(one, 'train_size')} training pictures; validation on "
        f"{_text(one, 'validation_size')}; {one.epochs} epochs; {one.optimizer}; "
        f"{one.dense_units} units in the dense layer; pictures centred and scaled by mean and "
        f"spread of all colour values, mirrored, and turned by up to {one.rotation:.0f} degrees "
        f"with {one.corners} corners; first weights of the dense layer from a "
        f"{_text(one, 'dense_init')} distribution; a penalty, where there is one, of "
        f"{one.weight_decay} on every layer but the last; no seed"
    )


def _compared() -> str:
    rows = []
    for pair in PAIRS:
        first, second = RECIPES[pair.first].config, RECIPES[pair.second].config
        changed = _changed(first, second)
        along = [
            f"{name}: {one:,} against {other:,}"
            for name, one, other in (
                ("poolings", first.pooled_sets, second.pooled_sets),
                ("weights", price(first).weights, price(second).weights),
                ("steps", steps(first), steps(second)),
            )
            if one != other and name not in changed
        ]
        rows.append(
            (f"`{pair.first}`, `{pair.second}`", WORDS[pair.factor],
             "; ".join(changed.values()), "; ".join(along) or "nothing",
             "yes" if list(changed) == [pair.factor] else "**no**")
        )  # fmt: skip
    heads = ("pair", "by its name about", "in its recipes", "changes along with it", "as named")
    return _table(heads, rows)


def _differences() -> str:
    every = {one.notebook: _changed(one.config, _ours(one)) for one in RECIPES.values()}
    common = [
        text
        for name, text in next(iter(every.values())).items()
        if all(text == other.get(name) for other in every.values())
    ]
    rows = [
        (f"`{one.notebook}`", f"{one.study}/{one.variant}",
         "; ".join(text for text in every[one.notebook].values() if text not in common)
         or "nothing")
        for one in RECIPES.values()
    ]  # fmt: skip
    said = "\n".join(f"- {text}" for text in common)
    return (
        "Beside our run of the nearest variant, at `full`. All twelve, theirs against ours:\n\n"
        f"{said}\n\nand besides:\n\n{_table(('notebook', 'nearest', 'theirs against ours'), rows)}"
    )


def _outcomes(folder: Path) -> str:
    quick = _finals(folder / "quick.csv")
    rows = [
        (f"{WORDS[pair.factor]}: {_short(pair.first)} against {_short(pair.second)}", pair.claim,
         _replicated(pair, folder), _controlled(pair, quick))
        for pair in PAIRS
    ]  # fmt: skip
    heads = ("pair", "the article says", "its own recipes give here", "a controlled study gives")
    told = "\n\n".join(map(_wrapped, (_how_replicated(folder), _how_controlled(folder))))
    return f"{_table(heads, rows)}\n\n{told}"


def _short(notebook: str) -> str:
    return " ".join(notebook.split("_")[2:])


def _finals(path: Path) -> dict[str, dict[int, float]]:
    """Return the last epoch's validation accuracy by `study/variant` and seed; none without a file.

    Runs that diverged have none.
    """
    groups: dict[str, dict[int, float]] = {}
    for row in _read(path):  # later epochs overwrite earlier ones
        if row["status"] == "finished":
            seeds = groups.setdefault(f"{row['study']}/{row['variant']}", {})
            seeds[int(row["seed"])] = float(row["val_accuracy"])
    return groups


def _read(path: Path) -> Rows:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _replicated(pair: ArticlePair, folder: Path) -> str:
    """Say how a pair's two recipes ended: trained, diverged, or not trained yet."""
    names = [RECIPES[one].trained_as for one in (pair.first, pair.second)]
    path, finals = folder / "article.json", _finals(folder / "article.csv")
    ended = {run["name"]: run["status"] for run in _account(path)["runs"]} if path.is_file() else {}
    if not set(names) <= set(ended):
        return NOT_YET
    if diverged := [_short(name) for name in names if ended[name] == "diverged"]:
        return f"{' and '.join(diverged)} diverged"
    first, second = (finals[f"article/{name}"] for name in names)
    shares = " against ".join(f"{100 * value:.1f}" for value in (*first.values(), *second.values()))
    return f"{_difference(compare_pairs(first, second))} ({shares} %)"


def _controlled(pair: ArticlePair, finals: Mapping[str, Mapping[int, float]]) -> str:
    first, second = (RECIPES[one] for one in (pair.first, pair.second))
    values = [
        _ours(one).layers_text if one.study == "layers" else one.variant for one in (first, second)
    ]
    groups = [finals.get(f"{one.study}/{one.variant}") for one in (first, second)]
    found = _difference(compare_pairs(*groups)) if all(groups) else "no run has finished"
    return f"{' against '.join(values)}: {found}"


def _difference(found: Difference) -> str:
    """Return a difference of accuracies in points, with interval and verdict where it has one."""
    text = f"{100 * found.mean:+.1f} points"
    if not math.isnan(found.half):
        text += f" ({100 * found.low:+.1f} to {100 * found.high:+.1f}): {found.verdict}"
    return text.replace("-", "−")


def _account(path: Path) -> dict[str, Any]:
    account: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return account


def _how_replicated(folder: Path) -> str:
    """Say what the third column rests on."""
    path = folder / "article.json"
    if not path.is_file():
        return (
            "The recipes' own outcome is here once `tools/reference/article.py` has trained them."
        )
    account = _account(path)
    data, epochs = account["dataset"], account["epochs"]
    published = next(iter(RECIPES.values())).config.epochs
    fewer = "" if epochs == published else f", not the article's {published},"
    seeds = " and ".join(map(str, account["seeds"]))
    return (
        f"The recipes' own outcome: `data/reference/article.csv`, {data['train']:,} training "
        f"pictures, {epochs} epochs{fewer} in {account['precision']}, seed {seeds}, accuracy on "
        f"the {data['validation']:,} test pictures after the last epoch; {account['machine']}, "
        f"{account['ended'][:10]}. One seed has no interval: chance alone moves such a difference."
    )


def _how_controlled(folder: Path) -> str:
    """Say what the last column rests on."""
    account = _account(folder / "quick.json")
    data, rows = account["dataset"], _read(folder / "quick.csv")
    epochs = max(int(row["epoch"]) for row in rows)
    seeds = ", ".join(map(str, account["seeds"]))
    return (
        f"The studies: `data/reference/quick.csv`, {data['train']:,} training and "
        f"{data['validation']:,} validation pictures, {epochs} epochs in {account['precision']}, "
        f"seeds {seeds}; in brackets the 95 % interval of the difference, seed by seed; "
        f"{account['machine']}, {account['ended'][:10]}."
    )


if __name__ == "__main__":
    argparse.ArgumentParser(usage=__doc__).parse_args()
    write_whole(PAGE, renewed(PAGE.read_text(encoding="utf-8")))
