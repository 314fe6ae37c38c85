"""Whatever is printed can be shown: signs that a stream's encoding lacks become plain ones.

A redirected stream on Windows is cp1252 or a code page of its country, a bare Linux is ASCII; a
file's name may hold bytes that are no text at all. None of these may end a command.
"""

import codecs
import sys

__all__ = ["speak_plainly"]

# The signs that the course prints, and what stands for them; all others become \u5b66 and the like.
SIGNS = {
    **{"✓": "+", "✗": "x", "→": "->", "←": "<-", "…": "...", "–": "-", "—": "-", "−": "-"},
    **{"±": "+/-", "×": "x", "·": "-", "≤": "<=", "≥": ">=", "≈": "~", "√": "sqrt"},
    **{"‘": "'", "’": "'", "“": '"', "”": '"', "‹": "<", "›": ">", "\xa0": " ", "\u202f": " "},
}


def speak_plainly() -> None:
    """Make standard output and standard error take any text, whatever their encoding."""
    codecs.register_error("course-plain", _plain)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a notebook's, a test's own: those take any text
            stream.reconfigure(errors="course-plain")


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    plain = (SIGNS.get(sign) or sign.encode("ascii", "backslashreplace").decode() for sign in text)
    return "".join(plain), error.end
