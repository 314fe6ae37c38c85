"""A notebook's outputs for a page: pictures as files of their own, widgets as recordings.

Knows nothing of Sphinx.
"""

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from utils.files import render
from utils.widgets.shell.recording import RECORDING

__all__ = ["Pictures", "for_page"]

EMBEDDED = re.compile(r"data:image/(png|webp|jpeg);base64,([A-Za-z0-9+/=]+)")


class Pictures:
    """The folder of a site's pictures: each stands there once, under its checksum.

    folder: on disk. address: of that folder, as a page writes it.
    """

    def __init__(self, folder: Path, address: str) -> None:
        self.folder, self.address = folder, address
        folder.mkdir(parents=True, exist_ok=True)

    def put(self, data: bytes, kind: str) -> str:
        """Write a picture if it isn't there; return its address."""
        name = f"{hashlib.sha256(data).hexdigest()[:24]}.{kind}"
        path = self.folder / name
        if not path.exists():
            path.write_bytes(data)
        return f"{self.address}/{name}"

    def out_of(self, html: str) -> str:
        """Return HTML whose embedded pictures are files."""
        return EMBEDDED.sub(lambda one: self.put(base64.b64decode(one[2]), one[1]), html)


def for_page(cell: NotebookNode, pictures: Pictures) -> None:
    """Turn a code cell's outputs into what a page shows, in place."""
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        recording = data.pop(RECORDING, None)
        if recording and recording["controls"]:
            data["text/html"] = _player(recording, pictures)
        elif "text/html" in data:
            data["text/html"] = pictures.out_of("".join(data["text/html"]))


def _player(recording: dict[str, Any], pictures: Pictures) -> str:
    """Return a recording as HTML: the first picture, and what moves it in the attribute `data-`."""
    frames = [
        frame | {theme: pictures.put(base64.b64decode(frame[theme]), "webp")
                 for theme in ("light", "dark")}
        for frame in recording["frames"]
    ]  # fmt: skip
    first = recording["controls"][0]
    start = frames[first["frames"][first["start"]]]
    story = json.dumps({"controls": recording["controls"], "frames": frames}, ensure_ascii=False)
    return str(render("recording.html", first=start, width=recording["width"], story=story))
