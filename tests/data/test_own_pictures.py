"""A folder of one's own pictures: what is read, what is named and left out, what looks alike."""

import io
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from utils.data.drawn_bursts import THINGS, draw_bursts
from utils.data.example_folder import write_example
from utils.data.own_pictures import OwnPictures, read_folder, square
from utils.data.picture_groups import near_copies
from utils.errors import CourseError

RED, GREEN = (200, 30, 30), (30, 160, 60)


def picture(colour: tuple[int, int, int] = RED, size: tuple[int, int] = (40, 40)) -> Image.Image:
    return Image.new("RGB", size, colour)


def put(folder: Path, names: dict[str, Image.Image | bytes]) -> Path:
    """Write pictures or bytes at paths below the folder; a picture's kind is its name's ending."""
    for name, content in names.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            file.write_bytes(content)
        else:
            content.save(file)
    return folder


def two_classes(folder: Path, **more: Image.Image | bytes) -> Path:
    """Return a folder of two classes with two pictures each, and what else is given."""
    plain = {f"{name}/{k}.png": picture(colour) for k in "ab"
             for name, colour in (("cat", RED), ("dog", GREEN))}  # fmt: skip
    return put(folder, plain | more)


def read(folder: Path, **words: int) -> OwnPictures:
    return read_folder(folder, **({"least": 1} | words))


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> OwnPictures:
    return read_folder(write_example(tmp_path_factory.mktemp("own") / "example", bursts=3))


def test_folders_are_classes_and_their_names_labels_in_any_script(tmp_path: Path) -> None:
    names = ("Äpfel", "قط", "猫", "chien $x_1$ <b>")
    found = read(put(tmp_path, {f"{name}/p.png": picture() for name in names}))
    assert found.class_names == tuple(sorted(names))
    assert found.images.shape == (4, 32, 32, 3) and found.images.dtype == np.uint8
    assert [found.class_names[k] for k in found.labels] == [f.split("/")[0] for f in found.files]


def test_two_ways_to_write_one_name_are_one_class(tmp_path: Path) -> None:
    """As macOS and Linux write the letter ä."""
    two_classes(tmp_path)
    found = read(put(tmp_path, {"B\u00e4r/1.png": picture(), "Ba\u0308r/2.png": picture()}))
    assert found.class_names == ("B\u00e4r", "cat", "dog") and (found.labels == 0).sum() == 2


@pytest.mark.parametrize("kind", ["jpg", "png", "webp", "gif", "bmp", "tiff"])
@pytest.mark.parametrize("mode", ["RGB", "L", "P", "RGBA", "CMYK"])
def test_every_kind_and_mode_gives_red_green_blue(tmp_path: Path, kind: str, mode: str) -> None:
    image = picture((102, 102, 102)).convert(mode)  # of the web's palette
    try:
        two_classes(tmp_path, **{f"cat/x.{kind}": image})
    except (OSError, ValueError):
        pytest.skip(f"{kind} has no {mode}")
    found = read(tmp_path)
    [one] = [k for k, file in enumerate(found.files) if file == f"cat/x.{kind}"]
    assert np.abs(found.images[one].astype(int) - 102).max() <= 3


def test_clear_is_white_and_a_photograph_stands_upright(tmp_path: Path) -> None:
    clear = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    lying = Image.fromarray(np.repeat(np.array([[RED], [GREEN]], np.uint8), 40, 0).repeat(80, 1))
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    file = io.BytesIO()
    lying.save(file, "JPEG", exif=exif, quality=95)
    found = read(two_classes(tmp_path, **{"cat/clear.png": clear, "cat/up.jpg": file.getvalue()}))
    by_file = dict(zip(found.files, found.images, strict=True))
    assert (by_file["cat/clear.png"] == 255).all()
    assert np.abs(by_file["cat/up.jpg"][2, 16].astype(int) - GREEN).max() < 12


def test_a_picture_is_cut_to_its_middle_and_averaged() -> None:
    stripes = np.zeros((8, 16, 3), np.uint8)
    stripes[:, 1::2] = 200  # every second column
    stripes[:, :4] = stripes[:, 12:] = 17  # outside of the middle square
    assert (square(stripes, 4) == 100).all()


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("cat/a.txt", b"words", "can't be read as a picture"),
        ("cat/a.jpg", b"", "is empty"),
        ("cat/a.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC or HEIF picture"),
        ("cat/a.svg", b"<svg xmlns='x'></svg>", "a drawing of lines (SVG)"),
        ("cat/more.zip", b"PK\3\4", "is a packed file; unpack it"),
        ("beside.png", b"PNG", "lies beside the class folders, in none"),
    ],
)
def test_what_is_no_picture_is_named_and_left_out(
    tmp_path: Path, name: str, content: bytes, why: str
) -> None:
    found = read(two_classes(tmp_path, **{name: content}))
    assert len(found) == 4 and [one.file for one in found.skipped] == [name]
    assert why in found.skipped[0].why and str(tmp_path) not in found.skipped[0].why
    assert f"skipped {name}: " in repr(found)


def test_a_picture_cut_short_at_any_place_is_read_or_named(tmp_path: Path) -> None:
    file = io.BytesIO()
    Image.effect_noise((64, 64), 50).save(file, "JPEG")
    whole = file.getvalue()
    cut = {f"cat/{n:05}.jpg": whole[:n] for n in range(1, len(whole), len(whole) // 25)}
    found = read(two_classes(tmp_path, **cut))
    assert len(found.skipped) >= len(cut) - 2 and len(found) + len(found.skipped) == len(cut) + 4


def test_a_picture_that_would_unpack_to_gigabytes_is_named(tmp_path: Path) -> None:
    huge = io.BytesIO()
    Image.new("1", (40_000, 40_000)).save(huge, "PNG")
    found = read(two_classes(tmp_path, **{"cat/bomb.png": huge.getvalue()}))
    assert "pixels" in found.skipped[0].why and len(found) == 4


def test_what_systems_put_beside_pictures_is_passed_over(tmp_path: Path) -> None:
    odd = {".DS_Store": b"x", "cat/.hidden.png": b"x", "cat/Thumbs.db": b"x",
           "__MACOSX/cat/._a.png": b"x", ".cache/a.png": picture()}  # fmt: skip
    assert read(two_classes(tmp_path, **odd)).skipped == ()


def test_links_lead_to_no_loop(tmp_path: Path) -> None:
    two_classes(tmp_path)
    (tmp_path / "cat" / "round").symlink_to(tmp_path)
    (tmp_path / "cat" / "lost.png").symlink_to(tmp_path / "nowhere.png")
    found = read(tmp_path)
    assert len(found) == 4
    assert {one.file for one in found.skipped} == {"cat/round", "cat/lost.png"}


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(two_classes(tmp_path) / "cat" / "pipe.png")
    assert "device or a pipe" in read(tmp_path).skipped[0].why


@pytest.mark.parametrize(
    ("made", "problem", "remedy"),
    [
        ({}, "has no class folder with a picture", "Make a folder a class"),
        ({"a.png": picture()}, "a.png for one: it lies beside", "Make a folder a class"),
        ({"cat/a.png": picture()}, "of one class alone, cat", "folder for another class"),
        ({"cat/a.png": b"x", "dog/a.png": picture()}, "of one class alone, dog", "another class"),
        ({f"{name}/a.png": picture() for name in ("cat", "dog")},
         "cat has 1, dog has 1; 8 a class are needed", "Take more of them"),
    ],
)  # fmt: skip
def test_too_little_is_one_sentence_with_a_remedy(
    tmp_path: Path, made: dict, problem: str, remedy: str
) -> None:
    with pytest.raises(CourseError) as caught:
        read_folder(put(tmp_path, made))
    assert problem in caught.value.problem and remedy in caught.value.remedy


def test_a_packed_file_a_file_and_nothing_are_no_folder(tmp_path: Path) -> None:
    put(tmp_path, {"mine.zip": b"PK\3\4", "a.png": picture()})
    for name, remedy in (("mine.zip", "Unpack it"), ("a.png", "Give the folder"), ("no", "Give")):
        with pytest.raises(CourseError) as caught:
            read_folder(tmp_path / name)
        assert name in caught.value.problem and remedy in caught.value.remedy


@pytest.mark.parametrize("size", [0, 7, 257, 10**9])
def test_a_size_that_cannot_be_is_refused(tmp_path: Path, size: int) -> None:
    with pytest.raises(CourseError, match="`size` from 8 to 256"):
        read(two_classes(tmp_path), size=size)


def test_more_pictures_than_memory_should_hold_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("utils.data.own_pictures.MOST_BYTES", 3 * 32 * 32 * 3)
    with pytest.raises(CourseError, match="smaller `size`"):
        read(two_classes(tmp_path))


def test_the_example_is_read_with_its_bursts_and_its_two_odd_files(example: OwnPictures) -> None:
    assert example.class_names == tuple(THINGS) and len(example) == 4 * 3 * 8
    assert {one.file for one in example.skipped} == {"cup/notes.txt", "key/IMG_9999.jpg"}
    assert set(example.evidence) == {"camera's time"}
    assert np.bincount(example.groups).tolist() == [8] * 12
    assert len(set(zip(example.groups, example.labels, strict=True))) == 12


def test_the_example_is_the_same_each_time_and_another_by_another_seed() -> None:
    one, again, other = (draw_bursts(seed, 1, 2, 32) for seed in (0, 0, 1))
    assert all(np.array_equal(a.images, b.images) for a, b in zip(one, again, strict=True))
    assert not any(np.array_equal(a.images, b.images) for a, b in zip(one, other, strict=True))


def test_an_example_takes_the_place_of_an_older_one(tmp_path: Path) -> None:
    write_example(put(tmp_path / "ex", {"old/a.png": picture()}), bursts=1, shots=1)
    assert sorted(path.name for path in (tmp_path / "ex").iterdir()) == sorted(THINGS)


def test_near_copies_are_the_siblings_of_a_burst(example: OwnPictures) -> None:
    groups = example.groups
    first = np.array([np.flatnonzero(groups == group)[0] for group in np.unique(groups)])
    others = np.setdiff1d(np.arange(len(example)), first)
    pairs = near_copies(example.images, first, others)
    assert len(pairs) >= 8 and all(groups[one.first] == groups[one.second] for one in pairs)
    exact = near_copies(np.concatenate([example.images, example.images]), first, first + 96)
    assert [one.differ for one in exact] == [0] * 12


def test_no_pictures_have_no_copies(example: OwnPictures) -> None:
    nothing = np.array([], int)
    assert near_copies(example.images, nothing, first := np.arange(3)) == []
    assert near_copies(example.images, first, nothing) == []


def test_a_copied_folder_keeps_the_cameras_bursts(tmp_path: Path, example: OwnPictures) -> None:
    """Its files' own times are those of the copy."""
    folder = write_example(tmp_path / "a", bursts=3)
    again = read_folder(shutil.copytree(folder, tmp_path / "b", copy_function=shutil.copyfile))
    assert np.array_equal(again.groups, example.groups)
