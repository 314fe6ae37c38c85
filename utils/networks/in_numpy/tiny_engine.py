"""An engine that derives by itself: numbers that remember what they were made of.

A calculation with `Traced` numbers leaves a record: each result holds the numbers that it was
made of, and how far it moves for a small move of each. `backward` walks along that record from
the end to the beginning and multiplies by the chain rule: reverse-mode automatic
differentiation.
Knows single numbers only: no arrays, no networks.

Sources: D. Rumelhart, G. Hinton and R. Williams, "Learning representations by back-propagating
errors", Nature 323, 1986, https://doi.org/10.1038/323533a0; A. Baydin, B. Pearlmutter, A. Radul
and J. Siskind, "Automatic differentiation in machine learning: a survey", Journal of Machine
Learning Research 18, 2018, https://jmlr.org/papers/v18/17-468.html. As small as this, and with
the same idea, is A. Karpathy's micrograd, https://github.com/karpathy/micrograd
"""

import math
from collections.abc import Iterable

__all__ = ["Traced"]


class Traced:
    """A number that remembers where it came from.

    number: the number itself. sources: pairs of one that it was made of and its slope along that
    one, ∂ this / ∂ source. slope: ∂ result / ∂ this, once `result.backward()` was called.
    """

    def __init__(self, number: float, sources: Iterable[tuple["Traced", float]] = ()) -> None:
        self.number, self.sources = float(number), tuple(sources)
        self.slope = 0.0

    def __add__(self, other: "Traced | float") -> "Traced":
        b = _traced(other)
        return Traced(self.number + b.number, [(self, 1.0), (b, 1.0)])

    def __mul__(self, other: "Traced | float") -> "Traced":
        b = _traced(other)
        return Traced(self.number * b.number, [(self, b.number), (b, self.number)])

    def __sub__(self, other: "Traced | float") -> "Traced":
        b = _traced(other)
        return Traced(self.number - b.number, [(self, 1.0), (b, -1.0)])

    __radd__, __rmul__ = __add__, __mul__

    def __rsub__(self, other: float) -> "Traced":
        return _traced(other) - self

    def __repr__(self) -> str:
        return f"Traced({self.number:g}, slope {self.slope:g})"

    def sigmoid(self) -> "Traced":
        """Return 1 / (1 + e^-self)."""
        y_hat = (1 + math.tanh(self.number / 2)) / 2  # the same, and no e^z runs over
        return Traced(y_hat, [(self, y_hat * (1 - y_hat))])

    def backward(self) -> None:
        """Give every value that this one was made of its slope: ∂ this / ∂ value."""
        record = _in_order(self)
        for value in record:
            value.slope = 0.0
        self.slope = 1.0
        for value in reversed(record):
            for source, slope in value.sources:
                source.slope += value.slope * slope


def _traced(number: Traced | float) -> Traced:
    return number if isinstance(number, Traced) else Traced(number)


def _in_order(last: Traced) -> list[Traced]:
    """Return all that `last` was made of, each value behind those that it was made of itself."""
    record, seen, waiting = [], set(), [(last, False)]
    while waiting:  # a loop, since Python calls itself a thousand times deep at most
        value, sources_are_in = waiting.pop()
        if sources_are_in:
            record.append(value)
        elif value not in seen:
            seen.add(value)
            waiting += [(value, True), *((source, False) for source, _ in value.sources)]
    return record
