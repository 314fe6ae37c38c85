"""Which pictures a lesson takes: one's own, photographs that are here, or the drawn example."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from utils.data import catalogue, own_or_example
from utils.data.cats_dogs import store
from utils.data.drawn_bursts import THINGS

PHOTOS = "cats_dogs_photos"


@pytest.fixture(autouse=True)
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_BUILD", str(tmp_path / "build"))
    monkeypatch.setattr("utils.data.example_folder.write_example.__defaults__", (0, 2, 4))


def mine(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).mkdir(parents=True)
        for k in range(8):
            Image.new("RGB", (40, 40), (30 * k, 10, 10)).save(folder / name / f"{k}.png")
    return folder


def test_ones_own_come_first(tmp_path: Path, cache: Path) -> None:
    assert own_or_example(mine(tmp_path / "my", "猫", "dog")).class_names == ("dog", "猫")


def test_without_any_it_is_the_example(
    tmp_path: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert own_or_example(tmp_path / "nowhere").class_names == tuple(THINGS)
    assert "the course's example" in capsys.readouterr().out


def test_half_a_collection_is_told_and_the_example_taken(
    tmp_path: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert own_or_example(mine(tmp_path / "my", "cup")).class_names == tuple(THINGS)
    assert "one class alone, cup" in capsys.readouterr().out


def test_the_setting_sample_asks_for_the_example(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_DATA_SOURCE", "sample")
    assert own_or_example(mine(tmp_path / "my", "cat", "dog")).class_names == tuple(THINGS)


def test_photographs_that_were_fetched_are_taken_each_alone(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = replace(catalogue.SETS[PHOTOS], train=20, validation=5, test=5)
    monkeypatch.setitem(catalogue.SETS, PHOTOS, few)
    made = [(np.full((90, 120, 3), 8 * k, np.uint8), k % 2) for k in range(30)]
    store(made, 30, cache / "cats-dogs-64")
    found = own_or_example(tmp_path / "nowhere")
    assert found.class_names == ("cat", "dog") and found.images.shape == (20, 32, 32, 3)
    assert len(np.unique(found.groups)) == 20 and found.images[3, 0, 0, 0] == 24
