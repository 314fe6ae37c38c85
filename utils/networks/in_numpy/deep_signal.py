"""How a signal gets through many layers, and the gradient back: with shortcuts and without.

Blocks of two dense ReLU layers with first weights, untrained. Nothing here knows TensorFlow or
figures. Source of the block: K. He, X. Zhang, S. Ren and J. Sun, "Deep Residual Learning for Image
Recognition" (2015), https://arxiv.org/abs/1512.03385, figure 2.
"""

from typing import NamedTuple

import numpy as np

__all__ = ["Travel", "first_blocks", "through_blocks", "travel"]

WIDTH, PICTURES = 48, 48
EPSILON = 1e-5

Blocks = list[tuple[np.ndarray, np.ndarray]]  # two (width, width) tables of weights each


class Travel(NamedTuple):
    """What is left of signal and gradient at the start, and after each block of two layers.

    signal: (blocks + 1,) root mean square of all numbers there.
    gradient: (blocks + 1,) the same of the slopes of what comes out at the end; 1 at the end.
    alike: (blocks + 1,) the mean cosine of two pictures' numbers: 1 where all look the same.
    """

    signal: np.ndarray
    gradient: np.ndarray
    alike: np.ndarray


def first_blocks(layers: int, scale: float, seed: int) -> Blocks:
    """Return first weights; scale 1 is He's: a spread of √(2 / inputs) keeps a signal's size."""
    rng = np.random.default_rng(seed)
    spread = scale * np.sqrt(2 / WIDTH)
    drawn = rng.normal(0, spread, (layers // 2, 2, WIDTH, WIDTH))
    return [(first, second) for first, second in drawn]


def through_blocks(
    x: np.ndarray, slopes: np.ndarray, blocks: Blocks, shortcut: bool, normalise: bool
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return the numbers before the first block and after each, and the slopes at these places.

    x, slopes: (pictures, width); slopes are those of the numbers after the last block.
    normalise: by batch normalisation behind each table of weights, γ = 1 and β = 0.
    """
    places, kept = [x], []
    for first, second in blocks:
        h = places[-1]
        u, spread_u = _normalised(h @ first, normalise)
        a = np.maximum(u, 0)
        v, spread_v = _normalised(a @ second, normalise)
        places.append(np.maximum(v + h if shortcut else v, 0))
        kept.append((u, spread_u, v, spread_v))
    back = [slopes]
    for (first, second), (u, spread_u, v, spread_v), out in zip(
        reversed(blocks), reversed(kept), reversed(places), strict=False
    ):
        dv = back[-1] * (out > 0)
        da = _back(dv, v, spread_v) @ second.T
        dh = _back(da * (u > 0), u, spread_u) @ first.T
        back.append(dh + dv if shortcut else dh)
    return places, back[::-1]


def _normalised(z: np.ndarray, normalise: bool) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the normalised numbers, and what they were divided by."""
    if not normalise:
        return z, None
    spread = np.sqrt(z.var(axis=0) + EPSILON)
    return (z - z.mean(axis=0)) / spread, spread


def _back(dz: np.ndarray, z: np.ndarray, spread: np.ndarray | None) -> np.ndarray:
    """Return the slopes before a normalisation; z is what came out of it."""
    if spread is None:
        return dz
    shared: np.ndarray = dz - dz.mean(axis=0) - z * (dz * z).mean(axis=0)
    return shared / spread


def travel(layers: int, scale: float, shortcut: bool, normalise: bool, seed: int) -> Travel:
    """Return how random pictures and random slopes get through this many layers, an even number."""
    rng = np.random.default_rng(1000 + seed)
    x, slopes = rng.normal(size=(2, PICTURES, WIDTH))
    blocks = first_blocks(layers, scale, seed)
    places, back = through_blocks(x, slopes, blocks, shortcut, normalise)
    size = np.array([np.sqrt(np.mean(one**2)) for one in places])
    gradient = np.array([np.sqrt(np.mean(one**2)) for one in back])
    return Travel(size, gradient / gradient[-1], np.array([_alike(one) for one in places]))


def _alike(numbers: np.ndarray) -> float:
    """Return the mean cosine of all pairs of rows; a row of zeros is like no other."""
    lengths = np.linalg.norm(numbers, axis=1, keepdims=True)
    unit = np.divide(numbers, lengths, out=np.zeros_like(numbers), where=lengths > 0)
    n = len(unit)
    cosines = unit @ unit.T
    return float((cosines.sum() - np.trace(cosines)) / (n * (n - 1)))
