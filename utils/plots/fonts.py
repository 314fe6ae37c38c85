"""Fonts for texts of users, such as the names of studies, variants and classes, in any script.

Matplotlib's own font has Latin, Greek, Cyrillic, Hebrew and Arabic. For what it lacks, the fonts
that are installed here are looked through; while nothing is lacking, none is opened.
Knows nothing of what the texts mean.
"""

import logging
import sys
import unicodedata
import warnings
from collections.abc import Iterable, Set
from contextlib import suppress
from functools import cache

from matplotlib import cbook
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, findSystemFonts, fontManager
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text

__all__ = ["fit_texts"]

# Said here, once, in words that help; matplotlib says it for each character and text.
warnings.filterwarnings("ignore", r"Glyph \d+ [\s\S]* missing from font", UserWarning)
logging.getLogger("matplotlib").setLevel(logging.ERROR)  # "no bold one", "no such glyph"

# Debian's packages, the smallest that has the script.
_EAST_ASIA = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "IDEOGRAPHIC", "FULLWIDTH", "BOPOMOFO")
_PACKAGE = dict.fromkeys(_EAST_ASIA, "fonts-wqy-microhei")
_SYMBOLS, _OTHERS = "fonts-symbola", "fonts-noto-core"
_PLAIN = (400, "normal", "regular")
_SPECIAL = ("Mono", "Serif", "Condensed", "Display", "Math")

_said: set[str] = set()


def fit_texts(figure: Figure) -> bool:
    """Give each text of a figure fonts that have its characters; return whether any has changed.

    To be called when the figure has been drawn once, since ticks get their texts then; it is to
    be drawn anew. What would stop the drawing is mended: half of a surrogate pair becomes ✗, a
    formula that is none a plain text. Which character no font has, is said on standard error.
    """
    changed, lacking = False, {}
    for text in figure.findobj(Text):
        changed |= _mend(text, text.get_text())
        if not text.get_text().isascii() and (odd := _lacking(text)):
            lacking[text] = odd
    families = _families(frozenset().union(*lacking.values())) if lacking else ()
    for text in lacking if families else ():
        text.set_fontfamily([*text.get_fontfamily(), *families])
        changed = True
    return changed


def _mend(text: Text, words: str) -> bool:
    """Take from a text what would raise an error; return whether there was something."""
    whole = "".join("✗" if unicodedata.category(one) == "Cs" else one for one in words)
    if whole != words:
        text.set_text(whole)
    plain = text.get_parse_math() and cbook.is_math_text(whole) and not _is_formula(text)
    if plain:
        text.set_parse_math(False)
    return plain or whole != words


def _is_formula(text: Text) -> bool:
    if not text.get_text().isascii() and _lacking(text):
        return False
    from matplotlib.mathtext import MathTextParser

    try:
        MathTextParser("path").parse(text.get_text())
    except ValueError:
        return False
    return True


def _lacking(text: Text) -> frozenset[str]:
    """Return the characters that none of a text's fonts has."""
    characters = {one for one in text.get_text() if unicodedata.category(one) not in ("Cc", "Cf")}
    for family in text.get_fontfamily():
        characters -= _covered(findfont(FontProperties(family=[family])), characters)
    return frozenset(characters)


def _covered(path: str, characters: Iterable[str]) -> set[str]:
    """Return those of the characters that a font's file has; none where it can't be read."""
    try:
        font = FT2Font(path)
    except (OSError, RuntimeError):  # it was removed, or is of a kind that FreeType can't read
        return set()
    return {one for one in characters if font.get_char_index(ord(one))}


@cache
def _families(characters: frozenset[str]) -> tuple[str, ...]:
    """Return installed families that have these characters together, the best one first."""
    found, left = _choose(characters)
    if left and _add_new_fonts():
        found, left = _choose(characters)
    if left:
        _say(left)
    return found


def _choose(characters: Set[str]) -> tuple[tuple[str, ...], Set[str]]:
    """Return families, each with as many as possible of what is left, and what none has."""
    plain_last = sorted(
        fontManager.ttflist, key=lambda font: (font.style == "normal", font.weight in _PLAIN)
    )
    files = {font.name: font.fname for font in plain_last if "Last Resort" not in font.name}
    has = {name: _covered(files[name], characters) for name in sorted(files)}
    found: list[str] = []
    left = set(characters)
    while left:
        best = max(has, key=lambda name: (len(has[name] & left), not _is_special(name)))
        if not has[best] & left:
            break
        found.append(best)
        left -= has[best]
    return tuple(found), left


def _is_special(name: str) -> bool:
    return any(word in name for word in _SPECIAL)


@cache
def _add_new_fonts() -> bool:
    """Have matplotlib know the fonts that came after it looked last; return whether some did."""
    known = {font.fname for font in fontManager.ttflist}
    before = len(fontManager.ttflist)
    for path in set(findSystemFonts()) - known:
        with suppress(OSError, RuntimeError, ValueError):  # pictures, not outlines, say
            fontManager.addfont(path)
    return len(fontManager.ttflist) > before


def _say(characters: Set[str]) -> None:
    """Say which characters no font has, once a process for each script."""
    for one in sorted(characters):
        package = _package(one)
        if package not in _said:
            _said.add(package)
            print(
                f"No font here has {one!r}: figures show a box in its place. Install a font with "
                f"such characters; on Debian and Ubuntu: {package}.",
                file=sys.stderr,
            )


def _package(character: str) -> str:
    if unicodedata.category(character).startswith("S"):
        return _SYMBOLS
    return _PACKAGE.get(unicodedata.name(character, "").partition(" ")[0], _OTHERS)
