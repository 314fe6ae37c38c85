"""How a study's variants look in every figure: colour, marker, order, words.

Nothing here draws; `curves` and `scores` do.
"""

import zlib
from typing import Any

from matplotlib.colors import to_rgb

from utils.errors import CourseError
from utils.experiments.statistics import run_order
from utils.experiments.studies import find_study
from utils.plots.style import COLORS

__all__ = ["base_name", "dark", "looks", "only_study", "pale", "short", "variants"]

LONGEST = 40  # characters of a name in a figure
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")


def only_study(history: Any) -> str:
    """Return the one study of a table; raise CourseError unless there is exactly one.

    history: a DataFrame, or its columns as arrays.
    """
    studies = list(dict.fromkeys(history["study"]))
    if len(studies) != 1:
        raise CourseError(
            f"This figure shows one study, but the table has {len(studies)}.",
            "Choose one: history[history['study'] == 'dropout'].",
        )
    return str(studies[0])


def variants(history: Any) -> list[str]:
    """Return the variants of such a table in their study's order."""
    pairs = dict.fromkeys(zip(history["study"], history["variant"], strict=True))
    return [variant for _, variant in sorted(pairs, key=lambda pair: run_order(*pair))]


def looks(study: str, variant: str) -> tuple[str, str]:
    """Return colour and marker of a variant: always the same ones within its study.

    Of a variant that isn't the course's they come from its name, so two may share one of them,
    and seldom both.
    """
    one = find_study(study)
    known = list(one.variants) if one else []
    base = base_name(variant)
    if base in known:
        color = marker = known.index(base)
    else:
        marker, color = divmod(zlib.crc32(base.encode(errors="replace")), len(COLORS))
    return COLORS[color % len(COLORS)], MARKERS[marker % len(MARKERS)]


def short(name: str) -> str:
    """Return a name as it fits beside a curve."""
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def base_name(variant: str) -> str:
    """Return the variant's name without its qualifier: `0.5` for `0.5@full`."""
    return variant.partition("@")[0]


def pale(color: str) -> tuple[float, ...]:
    """Return a greyish tint: for what stands behind."""
    return tuple(0.45 * value + 0.55 * 0.85 for value in to_rgb(color))


def dark(color: str) -> tuple[float, ...]:
    """Return a darker shade: text needs more contrast than lines."""
    return tuple(0.75 * value for value in to_rgb(color))
