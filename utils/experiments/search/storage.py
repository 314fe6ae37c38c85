"""A trial's run on its way: packed into one file in Ray Tune's storage, and home to the log root.

A storage is a folder or a bucket's URL that all nodes reach. Nothing here knows TensorFlow or
what a search is, and no pickle is loaded: an archive is a ZIP file of a run's folder.

Tune could also copy a trial's folder to its storage by itself (`SyncConfig(sync_artifacts=True)`).
But it copies file by file under their final names and in no order, so that a kill leaves a record
that names a checkpoint which isn't there, and it brings nothing back to the next attempt.
"""

import tempfile
import zipfile
from pathlib import Path, PurePosixPath

from utils.experiments.event_log import event_files
from utils.experiments.run_folder import RECORD, training_files
from utils.files import NEW, write_whole

__all__ = ["ARCHIVE", "make_folder", "pack", "put", "reaches", "remove_folder", "unpack"]

ARCHIVE = "run.zip"


def pack(folder: Path, archive: Path) -> None:
    """Write a run's folder into one file; what is only half written is left out."""
    with zipfile.ZipFile(archive, "w") as packed:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix != NEW:
                packed.write(path, path.relative_to(folder).as_posix())


def unpack(archive: Path, folder: Path) -> None:
    """Make a run's folder hold exactly what an archive holds; cut off at any moment, it is whole.

    The record comes after all it names, and what it no longer names goes last, as far as a
    training has made it. An event file that has only grown grows in place, so that a TensorBoard
    that is watching reads on.
    Raises ValueError for an archive that reaches out of its folder.
    """
    with zipfile.ZipFile(archive) as packed:
        names = sorted(packed.namelist(), key=lambda name: (name == RECORD, name))
        if any(PurePosixPath(name).is_absolute() or ".." in Path(name).parts for name in names):
            raise ValueError(f"{archive} isn't a run's archive")
        for name in names:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            content = packed.read(name)
            if not _grow(path, content):
                write_whole(path, content)
    for path in [*event_files(folder), *training_files(folder)]:
        if path.relative_to(folder).as_posix() not in names:
            path.unlink()


def _grow(path: Path, content: bytes) -> bool:
    """Append what an event file has more than the one that is there; say whether that was all."""
    if "tfevents" not in path.name or not path.is_file():
        return False
    size = path.stat().st_size
    if size > len(content) or path.read_bytes() != content[:size]:
        return False
    with path.open("ab") as file:
        file.write(content[size:])
    return True


def put(folder: Path, place: str) -> None:
    """Pack a run's folder into a folder of the storage."""
    from pyarrow import fs  # comes with Ray

    system, path = fs.FileSystem.from_uri(place)
    system.create_dir(path)
    with tempfile.TemporaryDirectory(prefix="course-archive-") as packed:
        pack(folder, Path(packed, ARCHIVE))
        fs.copy_files(packed, path, destination_filesystem=system)


def make_folder(place: str) -> None:
    """Make a folder in a storage; raise OSError or ValueError where that can't be done."""
    from pyarrow import fs

    system, path = fs.FileSystem.from_uri(place)
    system.create_dir(path)


def remove_folder(place: str) -> None:
    """Remove a folder from a storage."""
    from pyarrow import fs

    system, path = fs.FileSystem.from_uri(place)
    system.delete_dir(path)


def reaches(place: str) -> bool:
    """Say whether this machine sees a folder of the storage."""
    from pyarrow import fs

    try:
        system, path = fs.FileSystem.from_uri(place)
        return bool(system.get_file_info(path).type == fs.FileType.Directory)
    except OSError:  # a bucket without the right to it
        return False
