"""Ten classes of small colour pictures, drawn by arithmetic: the sample in CIFAR-10's place.

A picture shows one shape. Its place, size, slant, colours and light are drawn at random; each
class has a tint besides, as ships have blue around them. So single pixels say little about the
class: a linear model learns little, a convolutional network much. Without the tint the first
steps of learning had nothing to go by, and some networks never left guessing.
In some pictures the shape hardly stands out from its ground, as in a photograph taken in the
dark. They can't be told for sure, only learned by heart: so a network can overfit here too.
Knows nothing of files or data sets.
"""

from collections.abc import Callable

import numpy as np

__all__ = ["SHAPES", "covers", "draw"]

Floats = np.ndarray
Shape = Callable[[Floats, Floats], Floats]

# Per shape the signed distance to its edge, negative inside, in units of its radius. Only
# + - * / sqrt, abs, floor, min and max are used: IEEE 754 fixes their last bit, so that every
# machine draws the same bytes. u points right, v points down; both are 0 at the centre.


def _disc(u: Floats, v: Floats) -> Floats:
    return np.sqrt(u * u + v * v) - 0.9


def _ring(u: Floats, v: Floats) -> Floats:
    return np.abs(np.sqrt(u * u + v * v) - 0.7) - 0.2


def _square(u: Floats, v: Floats) -> Floats:
    return np.maximum(np.abs(u), np.abs(v)) - 0.8


def _frame(u: Floats, v: Floats) -> Floats:
    return np.abs(np.maximum(np.abs(u), np.abs(v)) - 0.65) - 0.2


def _triangle(u: Floats, v: Floats) -> Floats:
    return np.maximum(v - 0.6, 0.87 * np.abs(u) - 0.5 * v - 0.5)


def _plus(u: Floats, v: Floats) -> Floats:
    across, up = np.abs(u), np.abs(v)
    return np.maximum(np.maximum(across, up) - 0.95, np.minimum(across, up) - 0.28)


def _wave(t: Floats) -> Floats:
    """A triangle wave of period 0.64, least at 0, from -0.16 to 0.16."""
    t = t / 0.64 + 0.5
    return 0.64 * (np.abs(t - np.floor(t) - 0.5) - 0.25)


def _bars(u: Floats, v: Floats) -> Floats:
    return np.maximum(_square(u, v), _wave(v))


def _poles(u: Floats, v: Floats) -> Floats:
    return np.maximum(_square(u, v), _wave(u))


def _checks(u: Floats, v: Floats) -> Floats:
    a, b = _wave(u), _wave(v)
    return np.maximum(_square(u, v), np.maximum(np.minimum(a, b), -np.maximum(a, b)))


def _dots(u: Floats, v: Floats) -> Floats:
    a, b = u / 0.6, v / 0.6
    a, b = a - np.floor(a) - 0.5, b - np.floor(b) - 0.5
    return np.maximum(_square(u, v), 0.6 * (np.sqrt(a * a + b * b) - 0.36))


SHAPES: dict[str, Shape] = {
    "disc": _disc,
    "ring": _ring,
    "square": _square,
    "frame": _frame,
    "triangle": _triangle,
    "plus": _plus,
    "bars": _bars,
    "poles": _poles,
    "checks": _checks,
    "dots": _dots,
}

# Per shape what is added to every red, green and blue, in steps of brightness.
_TINTS = 20 * np.array(
    [
        *((1, 1, 1), (1, 1, -1), (1, -1, 1), (1, -1, -1), (-1, 1, 1)),
        *((-1, 1, -1), (-1, -1, 1), (-1, -1, -1), (1, 0, 0), (0, -1, 0)),
    ],
    np.float32,
)

_AT_ONCE = 500  # pictures drawn in one go; bounds the float arrays to a few megabytes


def draw(
    n: int,
    seed: int,
    names: tuple[str, ...] = tuple(SHAPES),
    size: int = 32,
    faint: float = 0.2,
) -> tuple[np.ndarray, np.ndarray]:
    """Return n pictures (n, size, size, 3) uint8 and labels (n,) int64, each class alike often.

    names: the shapes to draw; label 0 is the first of them.
    faint: the share of pictures whose shape hardly stands out, from 0 to 1.
    The same arguments give the same bytes everywhere: NumPy keeps RandomState's streams.
    """
    random = np.random.RandomState(seed)
    kinds = np.array([list(SHAPES).index(name) for name in names])
    labels = random.permutation(np.arange(n) % len(kinds)).astype(np.int64)
    images = np.empty((n, size, size, 3), np.uint8)
    for start in range(0, n, _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        images[part] = _some(kinds[labels[part]], random, size, faint)
    return images, labels


def covers(
    n: int, seed: int, names: tuple[str, ...] = tuple(SHAPES), size: int = 32, most: int = _AT_ONCE
) -> tuple[np.ndarray, np.ndarray]:
    """Return how much of each pixel the shape covers in the first pictures that `draw` returns.

    (most, size, size) float32, 0 to 1, as if no shape were faint; and their labels, (most,).
    most: at most as many as are drawn in one go.
    """
    random = np.random.RandomState(seed)
    kinds = np.array([list(SHAPES).index(name) for name in names])
    labels = random.permutation(np.arange(n) % len(kinds)).astype(np.int64)[: min(n, _AT_ONCE)]
    return _cover(kinds[labels], random, size)[:most], labels[:most]


def _some(kinds: np.ndarray, random: np.random.RandomState, size: int, faint: float) -> np.ndarray:
    n = len(kinds)
    cover = (_cover(kinds, random, size) * _strength(random, n, faint))[..., None]
    noise = random.randint(0, 256, (n, size, size, 3), np.uint8).astype(np.float32)
    ground, colour = _colours(n, random)
    light = _light(n, random, size)[..., None]
    image = ground + cover * (colour - ground) + light + _TINTS[kinds][:, None, None, :]
    image += (noise - 127.5) * _each(random, n, 0.05, 0.2)[..., None]
    return np.clip(image, 0, 255).astype(np.uint8)


def _cover(kinds: np.ndarray, random: np.random.RandomState, size: int) -> Floats:
    """Return how much of each pixel the shape covers, (n, size, size), 0 to 1."""
    n = len(kinds)
    x0, y0 = (_each(random, n, 0.36, 0.64) * size for _ in range(2))
    radius = _each(random, n, 0.22, 0.38) * size
    t = _each(random, n, -0.16, 0.16)  # the tangent of half the slant, which is ± 18 degrees
    cos, sin = (1 - t * t) / (1 + t * t), 2 * t / (1 + t * t)
    y, x = np.mgrid[:size, :size].astype(np.float32) + np.float32(0.5)
    x, y = (x - x0) / radius, (y - y0) / radius
    u, v = cos * x + sin * y, cos * y - sin * x
    distance = np.empty_like(u)
    for kind, shape in enumerate(SHAPES.values()):
        mine = kinds == kind
        distance[mine] = shape(u[mine], v[mine])
    return np.clip(0.5 - distance * radius, 0, 1)


def _strength(random: np.random.RandomState, n: int, faint: float) -> Floats:
    """Return how much of each shape's colour is put on, (n, 1, 1): all, or less than a tenth."""
    few = random.random_sample((n, 1, 1)) < faint
    return np.where(few, _each(random, n, 0, 0.1), np.float32(1))


def _colours(n: int, random: np.random.RandomState) -> tuple[Floats, Floats]:
    """Return a ground and a shape colour, (n, 1, 1, 3) each, at least 80 apart in one channel."""
    ground = _between(random, 40, 215, (n, 3))
    away = _between(random, -90, 90, (n, 3))
    strong = np.arange(n), random.randint(0, 3, n)
    sign = np.where(ground[strong] < 127.5, np.float32(1), np.float32(-1))
    away[strong] = sign * _between(random, 80, 130, (n,))
    return ground[:, None, None, :], (ground + away)[:, None, None, :]


def _light(n: int, random: np.random.RandomState, size: int) -> Floats:
    """Return a slope of light over each picture, (n, size, size), in steps of brightness."""
    across, down = (_each(random, n, -40, 40) for _ in range(2))
    y, x = (np.mgrid[:size, :size].astype(np.float32) + np.float32(0.5)) / size - np.float32(0.5)
    return across * x + down * y


def _each(random: np.random.RandomState, n: int, low: float, high: float) -> Floats:
    """Return one random number a picture, (n, 1, 1) float32."""
    return _between(random, low, high, (n, 1, 1))


def _between(
    random: np.random.RandomState, low: float, high: float, shape: tuple[int, ...]
) -> Floats:
    """Return random numbers from low to high, float32; `uniform` may round in its own way."""
    return (random.random_sample(shape) * (high - low) + low).astype(np.float32)
