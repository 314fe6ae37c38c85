"""Which pictures belong together, by folder, time and number; and splits that keep it so."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from utils.data.own_splits import few, split_at_random, split_by_group
from utils.data.picture_groups import Origin, origin_of, together
from utils.errors import CourseError


def one(file: str, taken: float | None = None, camera: str = "", changed: float = 0) -> Origin:
    name, *source, _ = file.split("/")
    return Origin(name, "/".join(source), file, taken, camera, changed)


def grouped(*origins: Origin) -> tuple[list[int], set[str]]:
    groups, evidence = together(origins)
    assert groups.dtype == np.int64 and len(evidence) == len(origins)
    return groups.tolist(), set(evidence)


def test_a_burst_goes_on_as_long_as_the_next_picture_comes_within_ten_seconds() -> None:
    times = (0, 9, 18, 29, 30, 500)
    assert grouped(*(one(f"cup/{t}.jpg", t) for t in times)) == ([0, 0, 0, 1, 1, 2],
                                                                 {"camera's time"})  # fmt: skip


def test_two_cameras_and_two_classes_make_no_burst() -> None:
    found, _ = grouped(one("cup/a.jpg", 5, "Canon"), one("cup/b.jpg", 6, "Nikon"),
                       one("key/c.jpg", 5, "Canon"), one("cup/d.jpg", 7, "Canon"))  # fmt: skip
    assert found == [0, 1, 2, 0]


def test_a_source_of_the_same_name_is_the_same_in_each_class() -> None:
    found, how = grouped(one("cup/kitchen/a.jpg", 0), one("cup/garden/b.jpg", 1),
                         one("key/kitchen/c.jpg", 9000))  # fmt: skip
    assert (found, how) == ([0, 1, 0], {"folder"})


def test_numbers_that_follow_one_another_are_a_burst() -> None:
    names = ("IMG_0001", "IMG_0002", "IMG_0003", "IMG_0007", "IMG_0008", "DSC0009")
    found, how = grouped(*(one(f"cup/{name}.jpg") for name in names))
    assert (found, how) == ([0, 0, 0, 1, 1, 2], {"numbers"})


def test_numbers_without_a_gap_stay_together_in_blocks() -> None:
    found, _ = grouped(*(one(f"cup/{k:04}.jpg") for k in range(20)))
    assert found == [0] * 8 + [1] * 8 + [2] * 4


def test_files_times_count_unless_all_were_written_at_once() -> None:
    apart = [
        one(f"cup/{letter}.jpg", changed=t)
        for letter, t in (("a", 0), ("b", 4), ("c", 90), ("d", 95))
    ]
    assert grouped(*apart) == ([0, 0, 1, 1], {"file's time"})
    copied = [
        one(f"cup/{letter}.jpg", changed=t)
        for letter, t in (("a", 0), ("b", 4), ("c", 8), ("d", 12))
    ]
    assert grouped(*copied) == ([0, 1, 2, 3], {"nothing: each alone"})


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("PXL_20260314_092653589", True),
        ("IMG_20260314_092653", True),
        ("20260314092653", True),
        ("IMG_0123", False),
        ("IMG_20269914_092653", False),
    ],
)
def test_a_time_in_a_phones_name_is_the_cameras(tmp_path: Path, name: str, taken: bool) -> None:
    file = tmp_path / f"{name}.png"
    Image.new("RGB", (4, 4)).save(file)
    assert (origin_of(file, Path("cup") / file.name).taken is not None) == taken


@pytest.mark.parametrize("text", ["0000:00:00 00:00:00", "", "yesterday", "2026:13:40 99:00:00"])
def test_a_camera_whose_clock_says_nothing_is_passed_over(tmp_path: Path, text: str) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = text
    Image.new("RGB", (4, 4)).save(tmp_path / "a.jpg", exif=exif)
    assert origin_of(tmp_path / "a.jpg", Path("cup/a.jpg")).taken is None


def test_damaged_exif_is_passed_over(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = "2026:03:14 09:26:53"
    file = io.BytesIO()
    Image.new("RGB", (4, 4)).save(file, "JPEG", exif=exif)
    data, random = file.getvalue(), np.random.default_rng(0)
    start = data.index(b"Exif")
    for _ in range(60):
        broken = bytearray(data)
        broken[start + 6 + int(random.integers(40))] = int(random.integers(256))
        (tmp_path / "a.jpg").write_bytes(broken)
        taken = origin_of(tmp_path / "a.jpg", Path("cup/a.jpg")).taken
        assert taken is None or taken > 0


LABELS, GROUPS = np.repeat([0, 1, 2], 40), np.repeat(np.arange(15), 8)
NAMES = ("cup", "key", "lamp")


@pytest.mark.parametrize("seed", range(20))
def test_a_split_by_group_shares_none_and_has_every_class_in_both_parts(seed: int) -> None:
    train, validation = split_by_group(LABELS, GROUPS, NAMES, 0.25, seed)
    assert not set(GROUPS[train]) & set(GROUPS[validation])
    assert sorted([*train, *validation]) == list(range(120))
    assert (np.bincount(LABELS[validation]) == 8).all()  # nearer to 10 than 16 is


@pytest.mark.parametrize("seed", range(20))
def test_sources_that_several_classes_share_are_kept_whole(seed: int) -> None:
    labels, sources = np.tile([0, 1, 1, 2], 30), np.repeat(np.arange(6), 20)
    train, validation = split_by_group(labels, sources, NAMES, 0.3, seed)
    assert not set(sources[train]) & set(sources[validation])
    assert set(labels[train]) == set(labels[validation]) == {0, 1, 2}


def test_the_seed_draws_the_groups() -> None:
    drawn = {tuple(split_by_group(LABELS, GROUPS, NAMES, 0.25, seed).validation)
             for seed in range(10)}  # fmt: skip
    assert len(drawn) > 5
    again = split_by_group(LABELS, GROUPS, NAMES, 0.25, 3)
    assert np.array_equal(again.train, split_by_group(LABELS, GROUPS, NAMES, 0.25, 3).train)


def test_a_class_of_one_burst_cannot_be_parted_and_is_named() -> None:
    with pytest.raises(CourseError, match="pictures of key can't be parted") as caught:
        split_by_group(np.repeat([0, 1], 16), np.repeat([0, 1, 2], (8, 8, 16)), ("cup", "key"))
    assert "inside key" in caught.value.remedy


def test_at_random_siblings_come_to_lie_in_both_parts() -> None:
    train, validation = split_at_random(LABELS, 0.25, 0)
    assert set(GROUPS[train]) & set(GROUPS[validation])
    assert np.bincount(LABELS[validation]).tolist() == [10, 10, 10]
    assert sorted([*train, *validation]) == list(range(120))


@pytest.mark.parametrize("share", [0, 1, -0.1, 2, float("nan")])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    for split in (lambda: split_at_random(LABELS, share),
                  lambda: split_by_group(LABELS, GROUPS, NAMES, share)):  # fmt: skip
        with pytest.raises(CourseError, match="between 0 and 1"):
            split()


def test_a_few_of_each_class_and_the_first_of_more_are_those_of_fewer() -> None:
    train = split_by_group(LABELS, GROUPS, NAMES).train
    five, ten = few(LABELS, train, 5, seed=1), few(LABELS, train, 10, seed=1)
    assert set(five) < set(ten) <= set(train)
    assert np.bincount(LABELS[five]).tolist() == [5, 5, 5]
    with pytest.raises(CourseError, match="fewer than 99"):
        few(LABELS, train, 99)
