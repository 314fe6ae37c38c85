"""The book's pictures: files of their own, each once, in the place of what pages embed."""

import base64
import hashlib
import re
from pathlib import Path
from typing import ClassVar

from utils.widgets.shell.recording import webp

__all__ = ["Pictures"]

EMBEDDED = re.compile(r"data:image/png;base64,([A-Za-z0-9+/=]+)")


class Pictures:
    """The folder of a site's pictures: each stands there once, under its checksum.

    folder: on disk. address: of that folder, as a page writes it.
    """

    _known: ClassVar[dict[bytes, str]] = {}  # a PNG file's checksum, what it was written as

    def __init__(self, folder: Path, address: str) -> None:
        self.folder, self.address = folder, address
        folder.mkdir(parents=True, exist_ok=True)

    def put(self, data: bytes) -> str:
        """Write a WebP file if it isn't there; return its address."""
        name = f"{hashlib.sha256(data).hexdigest()[:24]}.webp"
        path = self.folder / name
        if not path.exists():
            path.write_bytes(data)
        return f"{self.address}/{name}"

    def out_of(self, html: str) -> str:
        """Return HTML whose embedded pictures are files."""
        return EMBEDDED.sub(lambda one: self._file(one[1]), html)

    def _file(self, png: str) -> str:
        """Return the address of an embedded picture, which the slides show again."""
        key = hashlib.sha256(png.encode("ascii")).digest()
        if not (self.folder / self._known.get(key, "")).is_file():
            self._known[key] = Path(self.put(webp(base64.b64decode(png)))).name
        return f"{self.address}/{self._known[key]}"
