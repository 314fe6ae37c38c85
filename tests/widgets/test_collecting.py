"""Pictures collected in the notebook: what is kept, under which name, and what is refused."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from utils.data import read_folder
from utils.errors import CourseError
from utils.widgets import collect_pictures
from utils.widgets.collecting import MOST_BYTES, Collection, class_folder, keep_picture

MOMENT = 1_773_480_413_000.0  # milliseconds


def jpeg(colour: tuple[int, int, int] = (200, 30, 30), quality: int = 90) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(file, "JPEG", quality=quality)
    return file.getvalue()


def sent(kind: str = "camera", name: str = "cup", time: float = MOMENT, **more: object) -> dict:
    """Return a message as the browser sends it: see camera.js."""
    return {"kind": kind, "name": name, "time": time, **more}


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return collect_pictures(tmp_path / "mine")


def files(collection: Collection) -> list[str]:
    return sorted(path.relative_to(collection.folder).as_posix()
                  for path in collection.folder.rglob("*") if path.is_file())  # fmt: skip


def test_a_picture_lands_in_its_class_and_its_name_tells_when(collection: Collection) -> None:
    collection.take(sent(), [memoryview(jpeg())])
    collection.take(sent(name="杯子"), [jpeg()])
    collection.take(sent(), [jpeg()])  # in the same second
    first, again, other = files(collection)
    assert first.startswith("cup/camera_2026") and first.endswith("_000.jpg")
    assert again == first.replace("_000", "_001") and other.startswith("杯子/camera_2026")
    assert "cup: 2, 杯子: 1" in collection.picture.text
    assert collection.picture.problem == ""


def test_what_was_collected_is_read_with_its_bursts(collection: Collection) -> None:
    for name in ("cup", "key"):
        for second in (0, 1, 2, 600, 601):
            collection.take(sent(name=name, time=MOMENT + 1000 * second), [jpeg()])
    found = read_folder(collection.folder, least=1)
    assert np.bincount(found.groups).tolist() == [3, 2, 3, 2]
    assert set(found.evidence) == {"camera's time"}


def test_a_drawing_is_kept_and_the_paper_is_clear_again(collection: Collection) -> None:
    strokes = [[[40, 40], [200, 200]]]
    collection.paper.value = strokes
    collection.take(sent("drawing", strokes=strokes), [])
    [name] = files(collection)
    drawn = np.asarray(Image.open(collection.folder / name))
    assert name.endswith(".png") and drawn[120, 120] == 255 and drawn[10, 270] == 0
    assert collection.paper.value == []


@pytest.mark.parametrize(
    ("message", "buffers", "why"),
    [
        (sent(name="  "), [jpeg()], "no name yet"),
        (sent(name="../out"), [jpeg()], "No folder can be called"),
        (sent(name=".hidden"), [jpeg()], "No folder can be called"),
        (sent(name="a" * 61), [jpeg()], "No folder can be called"),
        (sent(name="a\0b"), [jpeg()], "No folder can be called"),
        (sent(), [b"no picture"], "can't be read as a picture"),
        (sent(), [jpeg()[:300]], "damaged or cut short"),
        (sent(), [b"\xff\xd8" + bytes(MOST_BYTES)], "too large"),
        (sent("drawing", strokes=[]), [], "paper is empty"),
    ],
)
def test_what_cannot_be_kept_is_one_sentence_and_nothing_is_written(
    collection: Collection, message: dict, buffers: list[bytes], why: str
) -> None:
    collection.take(message, buffers)
    assert why in collection.picture.problem and files(collection) == []
    assert not (collection.folder.parent / "out").exists()


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("a file")
    with pytest.raises(CourseError, match="can't be written"):
        keep_picture(tmp_path / "mine", "cup", "camera", MOMENT, jpeg())


def test_two_ways_to_write_a_name_are_one_folder(tmp_path: Path) -> None:
    assert class_folder(tmp_path, "Ba\u0308r ") == class_folder(tmp_path, "B\u00e4r")


def test_the_latest_pictures_of_a_class_are_shown(collection: Collection) -> None:
    before = collection.picture.png
    collection.take(sent(), [jpeg()])
    one = collection.picture.png
    assert one != before and collection.picture.alt == "The latest 1 pictures of cup."
    collection.take(sent(time=MOMENT + 5000), [jpeg((20, 200, 30))])
    assert collection.picture.png != one
    collection.move(name="key")
    assert collection.picture.alt == "No pictures yet."
