"""A widget's recorded pictures as HTML: it moves on a page that has no kernel.

Knows nothing of how they were recorded; utils/widgets/shell/recording.py says what is in them.
"""

import base64
import json
from collections.abc import Callable
from typing import Any

from utils.files import render

__all__ = ["RECORDING", "embedded", "player"]

RECORDING = "application/vnd.course.recording+json"  # the kind of an output of a notebook


def embedded(data: bytes) -> str:
    """Return a WebP file as an address that is the file itself."""
    return "data:image/webp;base64," + base64.b64encode(data).decode("ascii")


def player(recording: dict[str, Any], address: Callable[[bytes], str] = embedded) -> str:
    """Return a recording's first picture, with what templates/recording.js moves it by.

    address: the address in the page of a WebP file with that content.
    """
    frames = [
        frame | {theme: address(base64.b64decode(frame[theme])) for theme in ("light", "dark")}
        for frame in recording["frames"]
    ]
    first = recording["controls"][0]
    story = json.dumps({"controls": recording["controls"], "frames": frames}, ensure_ascii=False)
    start = frames[first["frames"][first["start"]]]
    return str(render("recording.html", first=start, width=recording["width"], story=story))
