import numpy as np
import pytest

from utils.data import photographs
from utils.errors import CourseError


def test_the_cat_is_scikit_images_own_photograph() -> None:
    from skimage import data

    cat = photographs.cat()
    assert cat.dtype == np.uint8
    assert np.array_equal(cat, data.cat())


def test_a_missing_photograph_is_an_error_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(package: str) -> None:
        raise ModuleNotFoundError(package)

    monkeypatch.setattr(photographs, "files", nowhere)
    with pytest.raises(CourseError, match="requirements.txt"):
        photographs.cat()
