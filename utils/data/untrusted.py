"""Files from outside, looked at before they are read: kind, size, header. Knows no data set.

What is wrong with one is raised as Damaged. No more memory is taken than the caller says that
the contents may have, whatever a header claims.
"""

import gzip
import io
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

from utils.data.damage import Damaged

__all__ = ["HEAD", "Header", "Npz", "npy_header", "read_whole", "size_of", "tar_files"]

HEAD = 1_200  # bytes from a .npy file's start that hold its header; NumPy writes 128
_MEMBERS = 100  # that an .npz may list; more than four arrays needn't be an error
_KINDS: tuple[tuple[Callable[[int], bool], str], ...] = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
)


def size_of(file: Path) -> int:
    """Return the bytes of a file, links followed; it is looked at, not opened.

    Raises Damaged where it is missing or something else than a file, OSError where it can't be
    looked at.
    """
    try:
        found = file.stat()
    except FileNotFoundError as error:
        what = "is a link that leads nowhere" if file.is_symlink() else "is missing"
        raise Damaged(file, what) from error
    except NotADirectoryError as error:
        raise Damaged(file.parent, "is a file instead of a folder") from error
    if not stat.S_ISREG(found.st_mode):
        kind = next((words for fits, words in _KINDS if fits(found.st_mode)), "a device")
        raise Damaged(file, f"is {kind} instead of a file")
    return found.st_size


def read_whole(file: Path, limit: int) -> bytes:
    """Return what a file holds, which is refused unread where that is more than limit bytes."""
    size = size_of(file)
    if size <= limit:
        with file.open("rb") as opened:
            data = opened.read(limit + 1)  # bounded: it may grow meanwhile
        size = len(data)
    if size > limit:
        raise Damaged(file, f"has {size:,} bytes, more than the {limit:,} that it may have")
    return data


class Header(NamedTuple):
    """What a .npy file says of its array; start: the byte at which the numbers begin."""

    dtype: np.dtype
    shape: tuple[int, ...]
    order: str
    start: int


def npy_header(path: Path, head: bytes) -> Header:
    """Read the header in the first HEAD bytes of a .npy file; path is whom to blame."""
    with _understood(path, "holds something else than plain arrays of numbers"):
        file = io.BytesIO(head)
        readers = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }
        read = readers[np.lib.format.read_magic(file)]
        shape, fortran, dtype = read(file, max_header_size=HEAD)
        if dtype.hasobject:
            raise ValueError("only a pickle could hold that")
        return Header(dtype, shape, "F" if fortran else "C", file.tell())


class Npz:
    """The bytes of an .npz file, of which arrays are read one by one; path is whom to blame."""

    def __init__(self, path: Path, data: bytes) -> None:
        self.path = path
        if data.startswith(b"\x93NUMPY"):
            raise Damaged(path, "is a single array (.npy), not an .npz file of several")
        if data.count(b"PK\1\2") > _MEMBERS:  # so an entry of a zip's list begins
            raise Damaged(path, f"lists more than {_MEMBERS} arrays")
        with _understood(path, "is cut short or damaged inside"):
            self._zip = zipfile.ZipFile(io.BytesIO(data))

    def array(self, name: str, wrong: Callable[[Header], str]) -> np.ndarray:
        """Return the array of that name, read-only.

        wrong: says what is wrong with a header, or nothing. Only what it lets pass is unpacked.
        """
        if f"{name}.npy" not in self._zip.namelist():
            raise Damaged(self.path, f"lacks an array: {name}")
        with _understood(self.path, "is cut short or damaged inside"):
            member = self._zip.getinfo(f"{name}.npy")
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise Damaged(self.path, "is packed in another way than NumPy does")
            with self._zip.open(member) as file:
                head = file.read(HEAD)
                header = npy_header(self.path, head)
                if what := wrong(header):
                    raise Damaged(self.path, what)
                count = int(np.prod(header.shape, dtype=np.int64))
                wanted = header.start + count * header.dtype.itemsize
                data = head + file.read(max(0, wanted - len(head)) + 1)
            if len(data) != wanted:
                raise Damaged(self.path, f"holds another number of bytes for {name} than it says")
            flat = np.frombuffer(data, header.dtype, count, header.start)
            return flat.reshape(header.shape, order="F" if header.order == "F" else "C")


def tar_files(archive: Path, wanted: dict[str, int]) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of the wanted files of a .tar.gz, as they come.

    wanted: the most bytes that each may have. Links and what else is in it are passed over;
    nothing is written. Raises Damaged for a file too large, at last for one that is missing.
    """
    missing = dict(wanted)
    with _understood(archive, "is cut short or damaged inside"), gzip.open(archive) as file:
        stream = _Bounded(archive, file, 3 * sum(wanted.values()) + 1_000_000)
        with tarfile.open(fileobj=stream, mode="r|") as tar:
            while (member := tar.next()) is not None:
                # It would remember them all, however many there are. (Its stubs don't know that.)
                tar.members.clear()  # type: ignore[attr-defined]
                limit = missing.get(member.name)
                if limit is None or not member.isreg():
                    continue
                if member.size > limit:
                    raise Damaged(
                        archive,
                        f"has a file {member.name} of {member.size:,} bytes, over {limit:,}",
                    )
                unpacked = tar.extractfile(member)
                assert unpacked is not None  # it is a regular file
                yield member.name, unpacked.read()
                del missing[member.name]
                if not missing:
                    return
    raise Damaged(archive, f"has no file {min(missing).rpartition('/')[2]}")


class _Bounded(io.RawIOBase):
    """What a packed file holds, up to a limit of bytes: tarfile alone has none."""

    def __init__(self, path: Path, file: gzip.GzipFile, limit: int) -> None:
        self.path, self.file, self.left = path, file, limit

    def read(self, size: int = -1) -> bytes:
        data = self.file.read(size if 0 <= size <= self.left else self.left + 1)
        self.left -= len(data)
        if self.left < 0:
            raise Damaged(self.path, "unpacks to far more than the set has")
        return data


@contextmanager
def _understood(path: Path, what: str) -> Iterator[None]:
    """Call the file damaged for whatever its bytes make its readers raise.

    Neither zipfile nor tarfile nor NumPy say what that may be: TokenError, zlib.error,
    struct.error, NotImplementedError and more were seen. The system's own errors and too little
    memory say nothing about the file, and pass.
    """
    try:
        yield
    except (Damaged, MemoryError):
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise Damaged(path, what) from error
