"""Everyday things, "photographed" in bursts: pictures for who has none of their own.

A burst is one thing in one place: a cup of some shape and colour on some table. Its pictures differ
as those do that somebody takes within seconds: a little moved, turned, nearer, lighter. The next
burst is another cup on another table. Colours, tables and light say nothing of the class; only the
outline does. Knows nothing of files or networks.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

__all__ = ["THINGS", "Burst", "draw_bursts"]

Floats = np.ndarray
Outline = Callable[[Floats, Floats, Floats], Floats]


class Burst(NamedTuple):
    """The pictures of one thing in one place. name: of its class.

    images: (shots, size, size, 3) uint8.
    """

    name: str
    images: np.ndarray


# Per thing the signed distance to its edge, negative inside, in units of half its height. u points
# right, v down, both 0 at its centre; p holds four numbers from 0 to 1: which of its kind it is.


def _box(u: Floats, v: Floats, wide: Floats | float, high: Floats | float) -> Floats:
    return np.maximum(np.abs(u) - wide, np.abs(v) - high)


def _ring(u: Floats, v: Floats, radius: Floats | float, thick: Floats | float) -> Floats:
    return np.abs(np.hypot(u, v) - radius) - thick


def _cup(u: Floats, v: Floats, p: Floats) -> Floats:
    wide = 0.45 + 0.2 * p[0] - 0.15 * p[1] * v  # narrower at its foot
    handle = _ring((u - wide) * 1.2, v, 0.3 + 0.15 * p[2], 0.08 + 0.05 * p[3])
    return np.minimum(_box(u, v, wide, 0.65 + 0.2 * p[3]), np.maximum(handle, wide - u))


def _bottle(u: Floats, v: Floats, p: Floats) -> Floats:
    wide, neck = 0.25 + 0.2 * p[0], 0.09 + 0.07 * p[1]
    body = _box(u, v - 0.3, wide, 0.6)
    shoulder = np.maximum(np.abs(u) - wide + (-0.3 - v) * (0.8 + p[2]), np.abs(v + 0.45) - 0.2)
    return np.minimum(np.minimum(body, shoulder), _box(u, v + 0.7, neck, 0.25))


def _key(u: Floats, v: Floats, p: Floats) -> Floats:
    bow = _ring(u, v + 0.55, 0.3 + 0.08 * p[0], 0.1 + 0.05 * p[1])
    shaft = _box(u, v - 0.35, 0.09 + 0.03 * p[2], 0.6)
    teeth = np.minimum(_box(u - 0.2, v - 0.85, 0.18, 0.08),
                       _box(u - 0.17, v - 0.5 - 0.08 * p[3], 0.14, 0.07))  # fmt: skip
    return np.minimum(np.minimum(bow, shaft), teeth)


def _umbrella(u: Floats, v: Floats, p: Floats) -> Floats:
    radius = 0.75 + 0.15 * p[0]
    roof = np.maximum(np.hypot(u, (v + 0.1) * (1 + 0.4 * p[1])) - radius, v + 0.1)
    hook = np.maximum(_ring(u - 0.16, v - 0.75, 0.16, 0.06), 0.75 - v)
    return np.minimum(np.minimum(roof, _box(u, v - 0.35, 0.05 + 0.02 * p[2], 0.4)), hook)


THINGS: dict[str, Outline] = {"bottle": _bottle, "cup": _cup, "key": _key, "umbrella": _umbrella}


def draw_bursts(seed: int, bursts: int = 8, shots: int = 8, size: int = 96) -> list[Burst]:
    """Return so many bursts of each of the four things, in the order in which they were taken.

    The classes take turns. The same arguments draw the same pictures.
    """
    rng = np.random.default_rng(seed)
    names = [name for _ in range(bursts) for name in THINGS]
    return [Burst(name, _burst(THINGS[name], rng, shots, size)) for name in names]


def _burst(outline: Outline, rng: np.random.Generator, shots: int, size: int) -> np.ndarray:
    """Return pictures of one thing in one place, (shots, size, size, 3) uint8."""
    kind, colours = rng.random(4), _colours(rng)
    place, turn = rng.uniform(-0.14, 0.14, 2), rng.uniform(-0.4, 0.4)
    scale, edge = rng.uniform(0.58, 0.82), rng.uniform(-0.3, 0.7)
    cloth, light = _cloth(rng, size), rng.uniform(-40, 40, 2)
    made = np.empty((shots, size, size, 3), np.uint8)
    for shot in range(shots):
        moved = place + rng.normal(0, 0.04, 2)
        near, tilt = scale * rng.uniform(0.94, 1.06), turn + rng.normal(0, 0.1)
        y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j] - moved[:, None, None]
        u, v = np.cos(tilt) * x + np.sin(tilt) * y, np.cos(tilt) * y - np.sin(tilt) * x
        cover = np.clip(0.5 - outline(u / near, v / near, kind) * near * size / 2, 0, 1)[..., None]
        table = np.where((y > edge)[..., None], colours[1], colours[2]) + cloth
        shade = (light[0] * x + light[1] * y + rng.normal(0, 8))[..., None]
        image = table + cover * (colours[0] + 30 * u[..., None] - table) + shade
        made[shot] = np.clip(image + rng.normal(0, 6, image.shape), 0, 255)
    return made


def _colours(rng: np.random.Generator) -> np.ndarray:
    """Return the colours of the thing, the table and the wall, (3, 3): the thing stands out."""
    while True:
        light = rng.uniform(40, 215, (3, 1))
        if np.abs(light[1:] - light[0]).min() > 50:
            return light + rng.uniform(-45, 45, (3, 3))


def _cloth(rng: np.random.Generator, size: int) -> np.ndarray:
    """Return a pattern of stripes in a direction of its own, (size, size, 1): steps of light."""
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    angle, often = rng.uniform(0, np.pi), rng.uniform(6, 25)
    waves = np.sin(often * (np.cos(angle) * x + np.sin(angle) * y))
    return rng.uniform(0, 20) * waves[..., None]
