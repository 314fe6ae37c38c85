"""A picture that was drawn on white, for a dark page: its ground dark, its ink light, hues kept.

Works on pixels, so that it needs to know nothing of what was drawn, nor by whom. Only images,
such as photographs, stay as they are: `images_of` says where a figure has some.
"""

from functools import cache
from math import ceil, floor
from typing import NamedTuple

import numpy as np
from matplotlib.collections import QuadMesh
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure
from matplotlib.image import FigureImage, _ImageBase
from matplotlib.transforms import Bbox

__all__ = ["DRAWN", "GROUND", "Images", "darkened", "images_of"]

# What white becomes: JupyterLab's dark page. VS Code's is #1f1f1f.
GROUND = 0x11
# The mark, as `artist.set_gid(DRAWN)`, of an image that is no picture but shades to draw on.
DRAWN = "drawn"
_INK = 0.82  # the luminance that black becomes
# The least luminance of what a strong colour becomes, and what of a lighter ink's is added to it:
# light enough for a line on the ground, and dark enough for what was black, and is light now, to be
# read on it. A paler colour of the same hue is lighter, by up to the third number.
_LEAST, _LIGHT, _PALER = 0.17, 0.85, 0.35
_PAPER = 0.92  # a colour map in which all three channels come so far has white in it
_EASED = 0.1  # a strong colour, which its hue tells from others, may lose so much more contrast
_PALE, _FULL = 0.3, 0.6  # how much of white is covered by a tint, and by a strong colour
_RIM = 3  # pixels of an image's box, at its edge, that may belong to the paper around it
_BITS = 5  # of each channel that are looked at: 32,768 colours in all
_LEVELS = 2**_BITS - 1

_IMAGES = (_ImageBase, QuadMesh, ContourSet)
Box = tuple[int, int, int, int]


class Images(NamedTuple):
    """Where a drawing shows images, as boxes: left, top, right, bottom, the ends excluded.

    photos: what stays as it is. tables: numbers in colours on white; the more of a colour a
    number has on the light page, the more it has on the dark one.
    """

    photos: list[Box]
    tables: list[Box]


def darkened(pixels: np.ndarray, images: Images | None = None) -> np.ndarray:
    """Return pixels (height, width, 4) uint8 as they are on a dark page, of the same shape."""
    dark = _looked_up(pixels, True)
    for left, top, right, bottom in images.tables if images else ():
        box = np.s_[top:bottom, left:right]
        dark[box] = _looked_up(pixels[box], False)
    for left, top, right, bottom in images.photos if images else ():
        box = np.s_[top:bottom, left:right]
        kept = np.any(pixels[box] < 255, axis=2)  # matplotlib may have rounded the box otherwise
        kept[_RIM:-_RIM, _RIM:-_RIM] = True
        dark[box][kept] = pixels[box][kept]
    return dark


def _looked_up(pixels: np.ndarray, lines: bool) -> np.ndarray:
    whole = np.ascontiguousarray(pixels).view("<u4")[..., 0]  # red is the lowest byte
    places = np.zeros_like(whole)
    for channel in range(3):
        level = whole >> (8 - _BITS) * (channel + 1)
        level &= _LEVELS << _BITS * channel
        places |= level
    # As an index: take() needs ten times as long.
    return _table(lines)[places].view(np.uint8).reshape(pixels.shape)


def images_of(figure: Figure) -> Images:
    """Return where a figure that was drawn shows images, in pixels from its upper left corner."""
    width, height = (round(size) for size in figure.bbox.size)
    found = Images([], [])
    for image in figure.findobj(lambda artist: isinstance(artist, _IMAGES)):
        assert isinstance(image, _IMAGES)  # findobj's type is any artist's
        if not image.get_visible() or image.get_gid() == DRAWN or image.get_array() is None:
            continue
        if isinstance(image, ContourSet) and not image.filled:
            continue
        box = _extent(image)
        left, low = floor(box.x0) - 1, floor(box.y0) - 1
        right, high = ceil(box.x1) + 1, ceil(box.y1) + 1
        top, bottom = max(0, height - high), min(height, height - low)
        kind = found.tables if _on_paper(image) else found.photos
        kind.append((max(0, left), top, min(width, right), bottom))
    return found


def _on_paper(image: _ImageBase | QuadMesh | ContourSet) -> bool:
    """Say whether an image shows numbers in colours on white."""
    numbers = image.get_array()
    assert numbers is not None  # it was drawn
    if image.cmap.name == "gray" or isinstance(image, _ImageBase) and numbers.ndim != 2:
        return False
    return bool(image.cmap(np.linspace(0, 1, 33))[:, :3].min(axis=1).max() > _PAPER)


def _extent(image: _ImageBase | QuadMesh | ContourSet) -> Bbox:
    if isinstance(image, FigureImage):
        rows, columns = image.get_size()
        return Bbox.from_bounds(image.ox, image.oy, columns, rows)
    box, clip = image.get_window_extent(), image.get_clip_box()
    within = None if clip is None else Bbox.intersection(box, clip)
    return box if within is None else within


@cache
def _table(lines: bool) -> np.ndarray:
    """Return what each colour becomes, (2 ** 15,) uint32 of four bytes: red, green, blue, 255.

    lines: whether strong colours, which lines have, aren't made as dark as the rule would be.

    What contrast a colour had to white it has to the dark ground, hardly less, and keeps its hue:
    of a tint, the white is taken (https://docs.gimp.org/en/gimp-filter-color-to-alpha.html); it is
    scaled down, or white is mixed in.
    """
    steps = np.linspace(0, 1, 2**_BITS)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")
    colours = np.stack([red, green, blue], axis=-1).reshape(-1, 3)
    ground = float(_linear(np.array(GROUND / 255)))
    before, cover = _luminance(_linear(colours)), 1 - colours.min(axis=1)
    purity = np.ptp(colours, axis=1) / np.maximum(cover, 1e-9)
    strength = _smooth((cover - _PALE) / (_FULL - _PALE)) * _smooth(2 * purity)
    ink = 1 - (1 - colours) / np.maximum(cover, 1e-9)[:, None]
    strong = _LEAST + _LIGHT * np.maximum(0, _luminance(_linear(ink)) - _LEAST)
    strong *= strength * (1 + _PALER * np.minimum(1, (1 - cover) / (1 - _FULL)))
    power = np.log((_INK + 0.05) / (ground + 0.05)) / np.log(1.05 / 0.05) - _EASED * strength
    contrast = (1.05 / (before + 0.05)) ** power
    wanted = np.maximum(contrast * (ground + 0.05) - 0.05, strong if lines else 0)
    tinted = colours - (1 - cover[:, None]) * (1 - GROUND / 255)  # the ink that tints the paper
    light = _linear(tinted + (colours - tinted) * strength[:, None])
    seen = _luminance(light)
    less = np.minimum(1, wanted / np.maximum(seen, 1e-9))[:, None]
    more = np.clip((wanted - seen) / np.maximum(1 - seen, 1e-9), 0, 1)[:, None]
    light = light * less + (1 - light * less) * more
    made = np.rint(255 * _encoded(light)).astype(np.uint8)
    return np.concatenate([made, np.full_like(made[:, :1], 255)], axis=1).view("<u4")[:, 0]


def _smooth(part: np.ndarray) -> np.ndarray:
    """Return 0 for 0, 1 for 1 and more, and what lies between without a kink."""
    part = np.clip(part, 0, 1)
    return part * part * (3 - 2 * part)


def _linear(colours: np.ndarray) -> np.ndarray:
    """Return sRGB as amounts of light. Source of these three: IEC 61966-2-1, WCAG 2.2."""
    return np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)


def _encoded(light: np.ndarray) -> np.ndarray:
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def _luminance(light: np.ndarray) -> np.ndarray:
    return light @ np.array([0.2126, 0.7152, 0.0722])
