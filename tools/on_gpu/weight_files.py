"""Keep trained weights in a few files of bounded size, the most wanted first; read them back.

Needs NumPy alone.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["pack", "unpack"]

SHARD, SHARDS, ALL = 15_000_000, 7, 60_000_000  # bytes a file, files, bytes in all
# The rungs whose weights are kept, the most wanted first; of the last two seed 0 alone, since
# their dense layer makes them 8.5 MB each.
WANTED = ("longer", "penalty", "momentum", "resnet-20", "mean-weights", "falling-rate",
          "shortcuts", "map-means", "deeper", "normalised", "crop")  # fmt: skip
FIRST_SEED_ONLY = ("normalised", "crop")

Key = tuple[str, str, int]  # table, name of the run, seed


def pack(folder: Path, kept: dict[Key, list[np.ndarray]]) -> list[Key]:
    """Write weights-0.npz and so on, as far as there is room; return whose weights they hold.

    kept: each run's float32 arrays, in the order of the course's `kept_variables`.
    """
    shards: list[dict[str, np.ndarray]] = []
    room, total, packed = 0, 0, []
    for key in sorted(filter(_wanted, kept), key=lambda one: (_rank(one), one[2])):
        size = sum(one.nbytes for one in kept[key])
        if total + size > ALL or size > SHARD or (size > room and len(shards) == SHARDS):
            continue
        if size > room:
            shards.append({})
            room = SHARD - 100_000  # for the names
        room, total = room - size, total + size
        packed.append(key)
        shards[-1] |= {"|".join([*map(str, key), f"{place:03}"]): one
                       for place, one in enumerate(kept[key])}  # fmt: skip
    for number, shard in enumerate(shards):
        beside = folder / f".weights-{number}.npz"
        np.savez(beside, **shard)
        beside.replace(folder / f"weights-{number}.npz")
    return packed


def unpack(folders: Iterable[Path]) -> dict[Key, list[np.ndarray]]:
    """Return the weights that `pack` has written into folders."""
    found: dict[Key, dict[str, Any]] = {}
    for path in (file for folder in folders for file in sorted(folder.glob("weights-*.npz"))):
        with np.load(path) as file:
            for name in file.files:
                table, run, seed, place = name.split("|")
                found.setdefault((table, run, int(seed)), {})[place] = file[name]
    return {key: [arrays[place] for place in sorted(arrays)] for key, arrays in found.items()}


def _wanted(key: Key) -> bool:
    table, name, seed = key
    rung = name.removeprefix("ladder/")
    return table == "ladder" and rung in WANTED and not (rung in FIRST_SEED_ONLY and seed)


def _rank(key: Key) -> int:
    return WANTED.index(key[1].removeprefix("ladder/"))
