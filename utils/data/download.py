"""Download a file from the first mirror that has it, whole and unchanged, or not at all.

A download goes on where an earlier one was cut. Mirrors are trusted with nothing: neither with
the size of what they send, nor with where they lead. Knows nothing of data sets.
"""

import hashlib
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from utils.data.damage import reachable, set_aside
from utils.errors import CourseError

__all__ = ["Archive", "DownloadFailed", "download"]

_TIMEOUT = (10, 60)  # seconds to connect, seconds without a byte
_CHUNK = 1 << 18  # bytes
# Seconds before each new try at a mirror that cuts the connection; after the last it is given up.
_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0)


@dataclass(frozen=True)
class Archive:
    """A public file.

    urls: mirrors of the same bytes, best first.
    size: bytes.
    """

    name: str
    urls: tuple[str, ...]
    sha256: str
    size: int


class DownloadFailed(CourseError):
    """No mirror gave the file."""


def download(archive: Archive, folder: Path, remedy: str, progress: bool = True) -> Path:
    """Return the path of the archive in folder, downloaded and checked.

    Until it is whole and its checksum right it is called NAME.part; a cut download goes on from
    there. Bytes with a wrong checksum are set aside and the next mirror is asked.
    remedy: what the reader should do when no mirror has it.
    One at a time may download an archive: who calls this holds a lock.
    """
    final, part = folder / archive.name, folder / f"{archive.name}.part"
    with reachable(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for path in (final, part):  # nothing is written through a link or into a pipe
            if os.path.lexists(path) and (path.is_symlink() or not path.is_file()):
                set_aside(path)
        if final.exists():
            if _sha256(final) == archive.sha256:
                return final
            set_aside(final)
        _from_mirrors(archive, part, remedy, progress)
        with part.open("rb+") as whole:
            os.fsync(whole.fileno())  # a name must never outlive its bytes
        part.replace(final)
    return final


def _from_mirrors(archive: Archive, part: Path, remedy: str, progress: bool) -> None:
    """Make the part whole."""
    import requests  # half a second to import

    troubles = []
    for url in archive.urls:
        try:
            _Resuming(archive, part, progress).complete(url)
            return
        except _Unusable as unusable:
            reason = str(unusable)
        except requests.RequestException as error:
            reason = _reason(error)
        host = url.partition("://")[2].partition("/")[0] or url
        troubles.append(f"{host}: {reason}")
    raise DownloadFailed(f"{archive.name} could not be downloaded ({'; '.join(troubles)}).", remedy)


class _Unusable(Exception):
    """What a mirror answers isn't the file, and why; nothing of it was kept."""


class _WrongBytes(_Unusable):
    """A mirror's file isn't the file; what was wrong, and where it is now."""


class _OtherBytes(_Unusable):
    """A mirror sends another part of the file than was asked for."""


class _Resuming:
    """One mirror's turn: it keeps what came in NAME.part and asks only for the rest."""

    def __init__(self, archive: Archive, part: Path, progress: bool) -> None:
        self.archive, self.part, self.progress = archive, part, progress

    def complete(self, url: str) -> None:
        """Bring the part to its size and check it."""
        started_before = self._have() > 0
        try:
            self._to_the_end(url)
            self._check()
        except _WrongBytes:
            if not started_before:
                raise
            # The earlier part may be to blame, not this mirror: once more, from the start.
            self._to_the_end(url)
            self._check()

    def _to_the_end(self, url: str) -> None:
        """Download until the file has its size; try again as long as each try brings something."""
        import requests

        pauses, ranges = iter(_PAUSES), True
        while (have := self._have()) < self.archive.size:
            try:
                self._stream(url, have if ranges else 0)
                return
            except _OtherBytes:
                if not ranges:
                    raise
                ranges = False
            except (requests.ConnectionError, requests.Timeout):
                pause = next(pauses, None)
                if pause is None or self._have() <= have:
                    raise
                time.sleep(pause)

    def _stream(self, url: str, have: int) -> None:
        """Add what the mirror sends to the part: no more than one byte too many."""
        with _ask(url, have) as response:
            start = self._start(response, have)
            with self.part.open("ab" if start else "wb") as file, self._bar(start) as tell:
                room = self.archive.size + 1 - start
                for chunk in _chunks(response):
                    file.write(chunk[:room])
                    tell(len(chunk[:room]))
                    room -= len(chunk)
                    if room <= 0:
                        break

    def _start(self, response: Any, have: int) -> int:
        """Return where in the file the answer begins; refuse one that can't be its rest."""
        start, size = 0, self.archive.size
        if response.status_code == 206:
            start = have
            told = response.headers.get("Content-Range")
            first = re.match(r"\s*bytes\s+([0-9]+)-[0-9]+/([0-9]+|\*)", told or "")
            if told and (not first or int(first[1]) != have or first[2] not in ("*", str(size))):
                raise _OtherBytes("sent another part of the file than was asked for")
        announced = response.headers.get("Content-Length", "")
        if re.fullmatch("[0-9]{1,18}", announced) and not start and int(announced) != size:
            # Said before the first byte, so that what an earlier download brought isn't lost.
            raise _Unusable(f"sent {int(announced):,} bytes instead of {size:,}")
        return start

    def _check(self) -> None:
        size, wanted = self._have(), self.archive.size
        if size > wanted:
            problem = f"sent {size:,} bytes or more instead of {wanted:,}"
        elif size < wanted:
            problem = f"sent {size:,} bytes instead of {wanted:,}"
        elif _sha256(self.part) != self.archive.sha256:
            problem = "sent a file with a wrong checksum"
        else:
            return
        aside = set_aside(self.part)
        raise _WrongBytes(f"{problem}, set aside as {aside.name}")

    def _have(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0

    @contextmanager
    def _bar(self, have: int) -> Iterator[Callable[[int], object]]:
        """Give a function that is told how many bytes came, and shows the progress."""
        if not self.progress:
            yield lambda n: None
        elif sys.stderr.isatty():
            bar = tqdm(
                total=self.archive.size,
                initial=have,
                desc=self.archive.name,
                unit="B",
                unit_scale=True,
                ascii=sys.platform == "win32",
            )
            with bar:
                yield bar.update
        else:
            yield _Lines(self.archive, have).update


class _Lines:
    """Progress where there is no terminal (a notebook, a log): a line every tenth of the way."""

    def __init__(self, archive: Archive, have: int) -> None:
        self.archive, self.have, self.shown = archive, have, 10 * have // archive.size

    def update(self, n: int) -> None:
        self.have += n
        tenths = 10 * self.have // self.archive.size
        if tenths > self.shown:
            self.shown = tenths
            megabytes = self.archive.size / 1e6
            print(f"{self.archive.name}: {10 * tenths} % of {megabytes:.1f} MB", flush=True)


def _ask(url: str, have: int) -> Any:
    """Return a mirror's answer, of which nothing but the header is read yet.

    Raises requests' own errors, and _Unusable for what the other libraries make of the addresses
    that a mirror leads to.
    """
    import requests

    # `identity`, and the raw stream: some servers call a .tar.gz "gzip-encoded", and requests
    # would then unpack it on the way.
    headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={have}-"} if have else {})}
    hooks = {"response": _leave_body}
    try:
        response = requests.get(url, headers=headers, stream=True, timeout=_TIMEOUT, hooks=hooks)
        response.raise_for_status()
    except requests.RequestException:
        raise
    except Exception as error:  # http://[::1 is a ValueError of urllib, others are of urllib3
        raise _Unusable(f"leads to an address that can't be used: {str(error)[:80]}") from error
    return response


def _leave_body(response: Any, **_: object) -> None:
    """Close a redirect's body: requests would read it whole, however long it is."""
    if response.is_redirect:
        response.raw.close()


def _chunks(response: Any) -> Iterator[bytes]:
    """Yield the body's bytes as they are; requests' errors for urllib3's."""
    import requests
    import urllib3

    try:
        yield from response.raw.stream(_CHUNK, decode_content=False)
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise requests.ConnectionError(error) from error


def _reason(error: Exception) -> str:
    """Say in a few words why a request failed."""
    response = getattr(error, "response", None)
    if response is not None:
        return f"HTTP {response.status_code} {response.reason}"
    if isinstance(error, ValueError):  # of requests: InvalidURL, InvalidSchema and others
        return f"leads to an address that can't be used: {str(error)[:80]}"
    text = str(error)
    for sign, words in (
        ("resolve", "name not found"),
        ("NameResolution", "name not found"),
        ("refused", "connection refused"),
        ("unreachable", "network unreachable"),
        ("timed out", "timed out"),
        ("IncompleteRead", "the connection was cut"),
        ("redirects", "too many redirects"),
    ):
        if sign in text:
            return words
    return type(error).__name__


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
