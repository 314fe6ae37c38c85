"""Flip, rotation and crop of a whole batch, in JAX: what `augmentation.augment` does in TensorFlow.

Knows nothing of networks.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

__all__ = ["augment", "moved", "turned"]

SIZE = 32
CENTRE = (SIZE - 1) / 2


def augment(config: Any, images: Any, key: Any) -> Any:
    """Mirror, turn and move standardised pictures, (n, 32, 32, 3) float32, as a config says."""
    if not (config.flip or config.rotation or config.crop):
        return images
    n, keys = len(images), jax.random.split(key, 4)
    mirrored = jnp.ones(n)
    if config.flip:
        mirrored = jnp.where(jax.random.uniform(keys[0], (n,)) < 0.5, -1.0, 1.0)
    shift = jnp.zeros((2, n))
    if config.crop:
        shift = jax.random.randint(keys[1], (2, n), -config.crop, config.crop + 1).astype(
            jnp.float32
        )
    if not config.rotation:
        return moved(images, mirrored, shift)
    limit = float(np.deg2rad(config.rotation))
    angles = jax.random.uniform(keys[2], (n,), minval=-limit, maxval=limit)
    angles = jnp.where(jax.random.uniform(keys[3], (n,)) < 0.5, angles, 0.0)
    return turned(images, angles, mirrored, shift)


def moved(images: Any, mirrored: Any, shift: Any) -> Any:
    """Return pictures mirrored where `mirrored` is -1, and moved by whole pixels; 0 comes in.

    shift: (2, n): how many pixels left and up.
    """
    places = jnp.arange(SIZE)
    x = CENTRE - mirrored[:, None] * (CENTRE - shift[0][:, None] - places)
    x, y = jnp.round(x).astype(jnp.int32), (places + shift[1][:, None]).astype(jnp.int32)
    inside = lambda one: (one >= 0) & (one < SIZE)  # noqa: E731  # asked of both
    rows = jnp.arange(len(images))[:, None, None]
    taken = images[rows, y.clip(0, SIZE - 1)[:, :, None], x.clip(0, SIZE - 1)[:, None, :]]
    return jnp.where((inside(y)[:, :, None] & inside(x)[:, None, :])[..., None], taken, 0.0)


def turned(images: Any, angles: Any, mirrored: Any, shift: Any) -> Any:
    """Return pictures turned by angles in radians, too; colours lie between the four nearest.

    As `transforms` of the course and TensorFlow's ImageProjectiveTransformV3 have it: bilinear,
    0 outside.
    """
    cos, sin = jnp.cos(angles), jnp.sin(angles)
    a, b, d, e = mirrored * cos, -mirrored * sin, sin, cos
    c = CENTRE - a * (CENTRE - shift[0]) - b * (CENTRE - shift[1])
    f = CENTRE - d * (CENTRE - shift[0]) - e * (CENTRE - shift[1])
    places = jnp.arange(SIZE, dtype=jnp.float32)
    column, row = places[None, None, :], places[None, :, None]
    of = lambda one: one[:, None, None]  # noqa: E731  # a number a picture
    x, y = of(a) * column + of(b) * row + of(c), of(d) * column + of(e) * row + of(f)
    left, top = jnp.floor(x), jnp.floor(y)
    rows, made = jnp.arange(len(images))[:, None, None], 0.0
    for at_y, share_y in ((top, top + 1 - y), (top + 1, y - top)):
        for at_x, share_x in ((left, left + 1 - x), (left + 1, x - left)):
            inside = (at_x >= 0) & (at_x < SIZE) & (at_y >= 0) & (at_y < SIZE)
            place = [one.clip(0, SIZE - 1).astype(jnp.int32) for one in (at_y, at_x)]
            colour = images[rows, place[0], place[1]]
            made = made + (jnp.where(inside, share_x * share_y, 0.0))[..., None] * colour
    return made
