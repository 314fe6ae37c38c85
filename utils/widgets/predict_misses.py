"""Guesses and results side by side: which were kept, how far off they are, in a sentence or two.

Numbers in per cent, misses in points. Nothing here draws; what was kept is read from the progress
file.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import combinations
from typing import Any, NamedTuple

from utils import settings
from utils.exercises import progress

__all__ = ["Guess", "kept_guesses", "misses", "verdict", "was_noted"]

Points = Mapping[str, float]
Spread = Mapping[str, tuple[float, float]]


class Guess(NamedTuple):
    """A prediction that was kept. guesses: per cent by name. time: with its zone."""

    time: datetime
    guesses: dict[str, float]
    reason: str


def kept_guesses(notebook: str, names: Sequence[str], profile: str, real: bool) -> list[Guess]:
    """Return the predictions in the progress file, oldest first; the first one counts.

    Only those of the same work on the same data: others were asked something else. A line that a
    hand has changed into something that is no guess is passed over.
    Raises CourseError where the file can't be read.
    """
    return [
        Guess(event.time, guesses, str(event.details.get("reason", "")))
        for event in _events(notebook, profile, real)
        if "misses" not in event.details and (guesses := _numbers(event.details, names))
    ]


def was_noted(notebook: str, profile: str, real: bool, found: Mapping[str, Any]) -> bool:
    """Say whether the last results of this notebook in the progress file are these."""
    noted = [one.details for one in _events(notebook, profile, real) if "misses" in one.details]
    return bool(noted) and all(noted[-1].get(key) == value for key, value in found.items())


def _events(notebook: str, profile: str, real: bool) -> Iterator[progress.Event]:
    path = settings.progress_path()
    for event in progress.read(path).events if path else ():
        asked = (event.details.get("profile"), event.details.get("real"))
        if (event.kind, event.name) == ("prediction", notebook) and asked == (profile, real):
            yield event


def _numbers(details: Mapping[str, Any], names: Sequence[str]) -> dict[str, float]:
    """Return the guesses of these names that are per cents; none where a name is missing."""
    found: Any = details.get("guesses")
    if not isinstance(found, dict):
        return {}
    right = {
        name: float(found[name])
        for name in names
        if type(found.get(name)) in (int, float) and 0 <= found[name] <= 100
    }
    return right if len(right) == len(names) else {}


def misses(guesses: Points, results: Points) -> dict[str, float]:
    """Return guess minus result in points, of each name that has both; + is guessed too high.

    A run that diverged has the result NaN, and no miss.
    """
    return {
        name: guess - results[name]
        for name, guess in guesses.items()
        if math.isfinite(results.get(name, math.nan))
    }


def verdict(guesses: Points, results: Points, spread: Spread | None = None) -> str:
    """Say how far off the guesses are, whether their order was right, and what can't be said.

    spread: lowest and highest result of several seeds by name, where they can be compared.
    """
    if not guesses:
        return "You kept no guess, so there is nothing to compare with these numbers."
    found = misses(guesses, results)
    said = [_size(found), _order([name for name in guesses if name in found], guesses, results)]
    diverged = [name for name in guesses if math.isnan(results.get(name, 0.0))]
    waiting = [name for name in guesses if name not in results]
    if diverged:
        said.append(f"{_list(diverged)} diverged: there is no accuracy to compare with your guess.")
    if waiting:
        said.append(f"Not trained to the end: {_list(waiting)}.")
    return " ".join(text for text in [*said, _luck(found, spread or {})] if text)


def _size(found: Points) -> str:
    if not found:
        return ""
    sizes = [abs(miss) for miss in found.values()]
    if len(found) > 1:
        mean = sum(sizes) / len(sizes)
        return f"Your {len(found)} guesses were off by {mean:.1f} points on average."
    [(name, miss)] = found.items()
    if round(abs(miss), 1) == 0:
        return f"Your guess for {name} was right, to a tenth of a point."
    return f"Your guess for {name} was {abs(miss):.1f} points too {'high' if miss > 0 else 'low'}."


def _order(names: Sequence[str], guesses: Points, results: Points) -> str:
    """Judge each pair that the results tell apart."""
    told = [
        (high, low)
        for pair in combinations(names, 2)
        for low, high in [sorted(pair, key=lambda name: results[name])]
        if results[low] != results[high]
    ]
    if not told:
        return ""
    wrong = [pair for pair in told if guesses[pair[0]] < guesses[pair[1]]]
    equal = [pair for pair in told if guesses[pair[0]] == guesses[pair[1]]]
    if wrong:
        high, low = max(wrong, key=lambda pair: results[pair[0]] - results[pair[1]])
        return f"The order was another one: {high} came out above {low}."
    if len(equal) == len(told):
        return "You guessed them equal, so there is no order to judge."
    if equal:
        high, low = max(equal, key=lambda pair: results[pair[0]] - results[pair[1]])
        return f"The order was right, but you guessed {high} and {low} equal."
    return "Their order was right."


def _luck(found: Points, spread: Spread) -> str:
    """Say how far apart seeds lie: no guess can be better than that."""
    widths = {name: spread[name][1] - spread[name][0] for name in found if name in spread}
    if not widths:
        return ""
    width = max(widths.values())
    names = [name for name in widths if widths[name] == width]
    return (
        f"The reference's seeds lie up to {width:.1f} points apart (at {_list(names)}): "
        "so much is luck."
    )


def _list(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
