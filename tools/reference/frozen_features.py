"""Whether it is the learned weights, notebook 20: frozen features, and those of weights drawn anew.

    course reference frozen_features

The frozen way of the lesson's own cells, twice a seed: with the borrowed network, and with one of
the same layers whose weights are random. Features of either are brought to mean 0 and spread 1,
over all pictures of the example: unlearned ones are of another size. All else is as in the table
`transfer`; test pictures play no part.
"""

import hashlib
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from tools.measuring import Lesson, main, measure, rows_of
from tools.reference.transfer import CELLS, SEEDS, SIZES
from utils import settings
from utils.data import few, read_folder, split_by_group, write_example
from utils.experiments.measured import Measured
from utils.networks import reference_model

LOADED, FEATURES = (
    'load_model(reference_model("ladder"))',
    "top.predict(halfway, batch_size=64, verbose=0)",
)
LESSON = Lesson("20_own_pictures", CELLS, {
    "ladder": ((LOADED, f"given({LOADED})"),),
    "features": ((FEATURES, f"standardised({FEATURES})"),),
    "ways-code": (("(scratch, pictures.images, 0.003, 1),", ""),
                  ("(tuned, halfway, 0.0005, 0.3),", "")),
})  # fmt: skip


def drawn_anew(model: Any) -> Any:
    """Return a network of the same layers with first weights."""
    import keras

    return keras.models.clone_model(model)


def standardised(features: np.ndarray) -> np.ndarray:
    """Return features (n, 64) with mean 0 and spread 1 each; one that never varies is 0."""
    spread = features.std(axis=0)
    return (features - features.mean(axis=0)) / np.where(spread > 0, spread, 1)


def learned(seed: int) -> list[Measured]:
    """Return the validation accuracy with either network, from each number of pictures a class."""
    with TemporaryDirectory() as folder:
        pictures = read_folder(write_example(Path(folder) / "example", seed))
    found = {}
    for name, given in (("learned", lambda model: model), ("random", drawn_anew)):
        names = {
            "np": np, "settings": settings, "pictures": pictures, "y": pictures.labels,
            "names": pictures.class_names, "few": few, "split_by_group": split_by_group,
            "given": given, "standardised": standardised,
        }  # fmt: skip
        seeded = LESSON.run(CELLS[0], CELLS[1], names)
        seeded["keras"].utils.set_random_seed(seed)
        three_ways = LESSON.run(CELLS[2], CELLS[-1], seeded)["three_ways"]
        found |= {f"{name}.{each}": three_ways(each, seed)[0] for each in SIZES}
    return rows_of(seed, found)


def script() -> None:
    """Measure seed by seed; with another network to borrow from, all anew."""
    lent = hashlib.sha256(reference_model("ladder").read_bytes()).hexdigest()
    measure("frozen_features", {f"seed {seed}": partial(learned, seed) for seed in SEEDS},
            lessons=(LESSON,), recipes=lent)  # fmt: skip


if __name__ == "__main__":
    main(script)
