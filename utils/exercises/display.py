"""A verdict as a coloured box in a notebook, and as plain text everywhere else.

Colour never stands alone: a sign and words say the same. Knows nothing of exercises.
"""

import re
from typing import Any

import numpy as np
from markupsafe import Markup

from utils.exercises.verdict import Verdict
from utils.files import render

__all__ = ["VerdictBox", "WaitingBox", "inline", "panel", "short"]

# (sign, words, colour of edge and heading, background). Each heading's contrast to its
# background is at least 7 : 1; the colours are set explicitly, for dark themes too.
_LOOKS = {
    "right": ("✓", "Right", "#00543d", "#e8f6f1"),
    "wrong": ("✗", "Not yet", "#7d2a00", "#fdf0e7"),
    "open": ("…", "Not answered yet", "#374151", "#f1f3f5"),
    "waiting": ("…", "Still running", "#374151", "#f1f3f5"),
}
_LONGEST, _MOST_PARTS = 300, 1000


def short(value: Any, digits: int = 6) -> str:
    """Return a value as a learner would write it, in few characters; never raises."""
    try:
        if isinstance(value, bool | np.bool_ | str) and not _is_long(value):
            text = repr(value.item() if isinstance(value, np.bool_) else value)
        elif isinstance(value, float | np.floating):
            text = f"{float(value):.{digits}g}"
        elif isinstance(value, np.ndarray):
            text = np.array2string(value, precision=digits, threshold=16, separator=", ")
        elif isinstance(value, tuple | list) and any(isinstance(v, np.generic) for v in value):
            text = repr(type(value)(v.item() if isinstance(v, np.generic) else v for v in value))
        elif isinstance(value, np.generic):
            text = repr(value.item())
        elif _is_long(value):
            text = f"a {type(value).__name__} of length {len(value):,}"
        elif callable(value):
            text = f"the function {getattr(value, '__name__', type(value).__name__)}"
        else:
            text = repr(value)
    except Exception:  # a learner's own __repr__ may raise anything
        text = f"a {type(value).__name__}"
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _is_long(value: Any) -> bool:
    return isinstance(value, list | tuple | set | dict | str) and len(value) > _MOST_PARTS


def _pair(got: Any, wanted: Any) -> list[tuple[str, str]]:
    """Return the rows got and wanted, with so many digits that they can be told apart."""
    left, right = short(got), short(wanted)
    if left == right:
        left, right = short(got, 15), short(wanted, 15)
    rows = [("You have", got, left), ("Wanted", wanted, right)]
    return [(label, text) for label, value, text in rows if value is not None]


class VerdictBox:
    """What `check` displays. IPython asks it for HTML, a terminal for its repr.

    more: whether the second step of help is offered too.
    """

    def __init__(self, verdict: Verdict, more: bool = False) -> None:
        self.verdict = verdict
        self.steps = [("Hint", verdict.hint), ("More help", verdict.more if more else "")]
        self.steps = [(label, text) for label, text in self.steps if text]
        self.state = "right" if verdict.passed else "wrong" if verdict.answered else "open"
        self.sign, self.words, self.colour, self.background = _LOOKS[self.state]
        self.rows = _pair(verdict.got, verdict.wanted)

    def __repr__(self) -> str:
        lines = [f"{self.sign} {self.words} · {self.verdict.exercise}: {self.verdict.message}"]
        lines += [f"  {label + ':':10}{text}" for label, text in self.rows]
        lines += [f"  {label}: {text}" for label, text in self.steps]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        verdict = self.verdict
        return str(
            render(
                "verdict.html",
                **_looks(self.state),
                live=True,
                about=f" · exercise {verdict.exercise}",
                message=inline(verdict.message),
                rows=self.rows,
                steps=[(label, inline(text)) for label, text in self.steps],
            )
        )


class WaitingBox:
    """What stands where the verdict will be, as long as a check runs for so many seconds."""

    def __init__(self, exercise: str, seconds: float) -> None:
        self.exercise = exercise
        self.message = (
            f"It has run for {seconds:.0f} seconds. If that is a loop that never ends, press ■ in "
            "the toolbar to stop it (or Esc, then I twice)."
        )

    def __repr__(self) -> str:
        return f"… Still running · {self.exercise}: {self.message}"

    def _repr_html_(self) -> str:
        return str(panel("waiting", f" · exercise {self.exercise}", self.message))


def panel(state: str, about: str, body: str, live: bool = True) -> Markup:
    """Return a box in HTML: sign and words of a state (see _LOOKS), what it is about, a body.

    live: it tells assistive technology of itself; not where what it is put into does so.
    """
    return render("panel.html", **_looks(state), about=about, body=body, live=live)


def _looks(state: str) -> dict[str, str]:
    return dict(zip(("sign", "words", "colour", "background"), _LOOKS[state], strict=True))


def inline(text: str) -> Markup:
    """Return a sentence as HTML; `code` and *stress* in it become tags."""
    parts = []
    for place, part in enumerate(re.split(r"`([^`]+)`", text)):
        if place % 2:
            parts.append(("code", part))
            continue
        pieces = re.split(r"\*(\S(?:[^*]*\S)?)\*", part)
        parts += [("stress" if n % 2 else "plain", piece) for n, piece in enumerate(pieces)]
    return render("inline.html", parts=parts)
