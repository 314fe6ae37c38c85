"""Download a file from the first mirror that has it, whole and unchanged, or not at all.

pooch checks the SHA-256 and gives the file its final name; `_Resuming` is what pooch lets us
bring along: it goes on where an earlier download was cut. Knows nothing of data sets.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tqdm import tqdm

from utils.data.damage import reachable, set_aside
from utils.errors import CourseError
from utils.files import lock

__all__ = ["Archive", "DownloadFailed", "download"]

_TIMEOUT = (10, 60)  # seconds to connect, seconds without a byte
_CHUNK = 1 << 18  # bytes


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
    """
    with reachable(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with lock(folder / f".{archive.name}.lock"):
            return _from_mirrors(archive, folder, remedy, progress)


def _from_mirrors(archive: Archive, folder: Path, remedy: str, progress: bool) -> Path:
    import pooch  # with requests behind it, half a second to import
    import requests

    pooch.get_logger().setLevel("ERROR")
    final, troubles = folder / archive.name, []
    if final.exists() and pooch.file_hash(str(final)) != archive.sha256:
        set_aside(final)
    for url in archive.urls:
        downloader = _Resuming(archive, folder / f"{archive.name}.part", progress)
        host = urlsplit(url).netloc
        try:
            pooch.retrieve(
                url, f"sha256:{archive.sha256}", archive.name, folder, downloader=downloader
            )
            return final
        except _WrongBytes as wrong:
            troubles.append(f"{host}: {wrong}")
        except requests.RequestException as error:
            troubles.append(f"{host}: {_reason(error)}")
    raise DownloadFailed(f"{archive.name} could not be downloaded ({'; '.join(troubles)}).", remedy)


class _WrongBytes(Exception):
    """A mirror's file isn't the file; what was wrong, and where it is now."""


class _Resuming:
    """A downloader for pooch that keeps what came in NAME.part and asks only for the rest."""

    def __init__(self, archive: Archive, part: Path, progress: bool) -> None:
        self.archive, self.part, self.progress = archive, part, progress

    def __call__(self, url: str, output_file: str, pooch: Any) -> None:
        started_before = self._have() > 0
        try:
            self._complete(url)
            self._check()
        except _WrongBytes:
            if not started_before:
                raise
            # The earlier part may be to blame, not this mirror: once more, from the start.
            self._complete(url)
            self._check()
        self.part.replace(output_file)

    def _complete(self, url: str) -> None:
        """Download until the file has its size; try again as long as each try brings something."""
        import requests

        while (have := self._have()) < self.archive.size:
            try:
                self._stream(url, have)
                return
            except (requests.ConnectionError, requests.Timeout):
                if self._have() <= have:
                    raise

    def _stream(self, url: str, have: int) -> None:
        import requests

        # `identity`, and the raw stream: some servers call a .tar.gz "gzip-encoded", and
        # requests would then unpack it on the way.
        headers = {"Accept-Encoding": "identity"}
        if have:
            headers["Range"] = f"bytes={have}-"
        with requests.get(url, headers=headers, stream=True, timeout=_TIMEOUT) as response:
            response.raise_for_status()
            goes_on = response.status_code == requests.codes.partial_content
            have = have if goes_on else 0
            with self.part.open("ab" if goes_on else "wb") as file, self._bar(have) as tell:
                for chunk in _chunks(response):
                    file.write(chunk)
                    tell(len(chunk))

    def _check(self) -> None:
        import pooch

        size = self._have()
        if size != self.archive.size:
            problem = f"sent {size:,} bytes instead of {self.archive.size:,}"
        elif pooch.file_hash(str(self.part)) != self.archive.sha256:
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
    text = str(error)
    for sign, words in (
        ("resolve", "name not found"),
        ("NameResolution", "name not found"),
        ("refused", "connection refused"),
        ("unreachable", "network unreachable"),
        ("timed out", "timed out"),
        ("IncompleteRead", "the connection was cut"),
    ):
        if sign in text:
            return words
    return type(error).__name__
