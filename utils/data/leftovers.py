"""What a process that was killed may leave in our cache, and its removal at the next fetch.

Only names that the course itself gives are touched, and only by who holds the set's lock.
"""

import re
from pathlib import Path

from utils.data.damage import remove

__all__ = ["sweep"]


def sweep(folder: Path, found_as: str, archives: tuple[str, ...], complete: bool) -> None:
    """Remove what earlier fetches of a set have left in the folder.

    found_as: the set's file or folder. archives: what is downloaded for it.
    complete: whether the set is there now. Then no part and no archive is needed any more either.
    """
    parts = [f"{name}.part" for name in archives]
    needless = {*parts, *archives} - {found_as} if complete else set[str]()
    needless |= {f"{name}.damaged" for name in needless}
    named = "|".join(map(re.escape, (found_as, *archives, *parts)))
    made = re.compile(
        rf"\.{re.escape(found_as)}\.[0-9a-f]{{8,20}}\.(new|old)"  # half unpacked: files.whole
        rf"|({named})\.damaged-[0-9]+"  # an earlier version kept all of them
    )
    for path in folder.iterdir():
        if made.fullmatch(path.name) or path.name in needless or _from_before(path, found_as):
            remove(path)


def _from_before(path: Path, found_as: str) -> bool:
    """Say whether an earlier version left this: a temporary file, or a folder of an unpacking."""
    if path.is_dir():
        return path.name == f"{found_as}.part"
    temporary = re.fullmatch(r"tmp[a-z0-9_]{8}", path.name)
    return bool(temporary) and path.is_file() and path.lstat().st_size == 0
