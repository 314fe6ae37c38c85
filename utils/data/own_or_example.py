"""The pictures that a lesson works on: a person's own, else photographs that are here, else drawn.

Says which, and what is wrong with one's own where they can't be taken.
"""

from pathlib import Path

import numpy as np

from utils import settings
from utils.data import catalogue
from utils.data.example_folder import write_example
from utils.data.loading import load
from utils.data.own_pictures import SIZE, OwnPictures, read_folder, square
from utils.errors import CourseError

__all__ = ["own_or_example"]

PHOTOS, MOST = "cats_dogs_photos", 400  # photographs that are taken of that set


def own_or_example(folder: Path) -> OwnPictures:
    """Return the pictures in a folder of class folders; an example where there are none.

    With `COURSE_DATA_SOURCE=sample` it is always the drawn example. Cats and dogs are taken where
    they have been fetched: nobody knows which of them belong together, so each stands alone.
    Where one's own can't be taken, as long as there is but one class, it says why.
    """
    sample = settings.data_source() == "sample"
    if not sample and any(file.is_file() for file in folder.glob("*/*")):
        try:
            return read_folder(folder)
        except CourseError as error:  # half a collection is no reason to see nothing of the lesson
            print(f"Not your own pictures yet. {error}\n")
    if not sample and catalogue.find(catalogue.get(PHOTOS)) is not None:
        print("These are photographs of cats and dogs, the first of those that were fetched.")
        return _photographs()
    print("These are drawn: the course's example. Nothing of it can be said of photographs.")
    return read_folder(write_example(settings.build_dir() / "example_pictures"))


def _photographs() -> OwnPictures:
    dataset = load(PHOTOS, "real")
    part = dataset.train.first(MOST)
    files = [f"{dataset.class_names[label]}/{k:04}" for k, label in enumerate(part.labels)]
    return OwnPictures(
        np.stack([square(image, SIZE) for image in part.images]), part.labels, dataset.class_names,
        tuple(files), np.arange(len(part)), ("nothing: each alone",) * len(part),
    )  # fmt: skip
