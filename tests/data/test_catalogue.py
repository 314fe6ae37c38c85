"""Where a set is found, fetched to and set aside in; what is said where it can't be read."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from tiny_sets import Reply, Server, cifar_archive, cifar_files, mirrors, publish

from utils.data import catalogue, fetch, load, status, verify
from utils.errors import CourseError


def states() -> dict[str, str]:
    return {one.name: one.state for one in status()}


def note(name: str) -> str:
    return next(one.note for one in status() if one.name == name)


@pytest.fixture
def fetched(cifar10: bytes, server: Server, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tiny CIFAR-10, fetched into the cache."""
    url = server.gives("/cifar-10-binary.tar.gz", Reply(cifar10))
    for name in ("cifar10", "cats_dogs"):
        mirrors(monkeypatch, name, url)
    return fetch("cifar10", progress=False)


def test_every_set_is_missing_at_first_with_the_command_that_gets_it() -> None:
    assert set(states().values()) == {"missing"}
    assert note("cifar10") == "get it (170 MB) by `course data fetch cifar10`"
    assert all(one.size == 0 for one in status())


def test_a_line_of_the_list_names_set_state_size_and_place(cifar_folder: Path) -> None:
    line = next(one for one in status() if one.name == "cifar10")
    assert str(line).split(maxsplit=5) == [
        *("cifar10", "real", "(COURSE_DATA)", "0.4", "MB", str(cifar_folder))
    ]
    (cifar_folder / "test_batch.bin").unlink()
    line = next(one for one in status() if one.name == "cifar10")
    assert str(line).splitlines()[1].strip() == "test_batch.bin is missing"


def test_cifar10_is_fetched_unpacked_and_found_and_nothing_else_is_left(
    fetched: Path, cache: Path
) -> None:
    assert fetched == cache / "cifar-10-batches-bin"
    assert [file.name for file in cache.iterdir() if not file.name.startswith(".")] == [
        "cifar-10-batches-bin"
    ]
    dataset = load("cifar10", "real")
    assert dataset.real
    assert len(dataset.train) == 90
    assert states() == {
        "mnist": "missing",
        "cifar10": "cached",
        "cats_dogs": "cached",
        "cats_dogs_photos": "missing",
    }
    assert next(one.size for one in status() if one.name == "cifar10") == 6 * 61_460


def test_what_was_fetched_is_not_fetched_again(fetched: Path, server: Server) -> None:
    assert fetch("cifar10") == fetch("cats_dogs") == fetched
    assert len(server.asked) == 1


def test_course_data_comes_before_the_cache_and_its_files_stay_untouched(
    fetched: Path, cifar_folder: Path
) -> None:
    before = {file.name: file.stat().st_mtime_ns for file in cifar_folder.iterdir()}
    assert states()["cifar10"] == "real (COURSE_DATA)"
    assert str(cifar_folder) in load("cifar10").source
    assert fetch("cifar10") == cifar_folder
    assert {file.name: file.stat().st_mtime_ns for file in cifar_folder.iterdir()} == before


def test_what_course_data_lacks_is_taken_from_the_cache(fetched: Path, shared: Path) -> None:
    assert states()["cifar10"] == "cached"
    assert str(fetched) in load("cifar10").source


def test_the_same_pictures_have_the_same_checksum_in_course_data_and_in_the_cache(
    fetched: Path, cifar10: bytes, shared: Path
) -> None:
    cached = load("cifar10").sha256
    shutil.copytree(fetched, shared / fetched.name)
    assert load("cifar10").sha256 == cached
    assert "SHA" in verify("cifar10").note


def test_one_changed_pixel_in_the_cache_is_noticed_and_the_file_set_aside(fetched: Path) -> None:
    path = fetched / "data_batch_4.bin"
    data = bytearray(path.read_bytes())
    data[3000] ^= 1
    path.write_bytes(data)
    with pytest.raises(CourseError, match="data_batch_4.bin.*checksum.*4.bin.damaged") as caught:
        load("cifar10")
    assert "course data fetch cifar10" in caught.value.remedy
    assert (fetched / "data_batch_4.bin.damaged").read_bytes() == data
    assert not path.exists()


def test_a_truncated_batch_in_the_cache_is_set_aside_then_missing_then_fetched_anew(
    fetched: Path,
) -> None:
    path = fetched / "data_batch_1.bin"
    path.write_bytes(path.read_bytes()[:1000])
    assert note("cifar10") == "data_batch_1.bin has 1,000 bytes instead of 61,460"
    with pytest.raises(CourseError, match="1,000 bytes instead of 61,460; it is now called"):
        load("cifar10")
    assert note("cifar10") == "data_batch_1.bin is missing"
    with pytest.raises(CourseError, match="data_batch_1.bin is missing"):
        load("cifar10")
    fetch("cifar10", progress=False)
    assert len(load("cifar10").train) == 90
    aside = fetched.with_name("cifar-10-batches-bin.damaged")
    assert (aside / "data_batch_1.bin.damaged").stat().st_size == 1000


def test_damage_in_course_data_is_named_but_nothing_is_renamed(cifar_folder: Path) -> None:
    path = cifar_folder / "data_batch_1.bin"
    path.write_bytes(b"short")
    for attempt in (load, fetch, verify):
        with pytest.raises(CourseError, match="data_batch_1.bin has 5 bytes") as caught:
            attempt("cifar10")
        assert "COURSE_DATA" in caught.value.remedy
    assert path.read_bytes() == b"short"
    assert not list(cifar_folder.glob("*.damaged*"))


def test_a_cached_mnist_must_be_the_public_file_and_the_last_bad_one_is_kept(
    mnist: bytes, cache: Path
) -> None:
    cache.mkdir()
    for number in range(1, 4):
        (cache / "mnist.npz").write_bytes(mnist[:-number])
        with pytest.raises(CourseError, match="mnist.npz doesn't have the checksum"):
            load("mnist")
        assert (cache / "mnist.npz.damaged").read_bytes() == mnist[:-number]
    assert len(list(cache.glob("mnist*"))) == 1


def test_mnist_is_fetched_and_verified(
    mnist: bytes, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirrors(monkeypatch, "mnist", server.gives("/mnist.npz", Reply(mnist)))
    assert verify("mnist").state == "missing"
    assert fetch("mnist", progress=False).read_bytes() == mnist
    line = verify("mnist")
    assert line.state == "cached"
    assert line.note == f"55/5/10 pictures, contents SHA-256 {load('mnist').sha256}"


def test_an_archive_without_one_of_the_batches_never_becomes_the_set(
    cifar10: bytes, server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = cifar_files()
    del files["data_batch_5.bin"]
    data = cifar_archive(files)
    publish(monkeypatch, "cifar10", data)
    mirrors(monkeypatch, "cifar10", server.gives("/cifar", Reply(data)))
    with pytest.raises(CourseError, match="no file data_batch_5.bin"):
        fetch("cifar10", progress=False)
    assert not (cache / "cifar-10-batches-bin").exists()
    assert states()["cifar10"] == "missing"


def test_an_archive_that_reaches_out_of_its_folder_writes_nothing_there(
    cifar10: bytes, server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = cifar_archive({**cifar_files(), "../../escaped.txt": b"!"})
    publish(monkeypatch, "cifar10", data)
    mirrors(monkeypatch, "cifar10", server.gives("/cifar", Reply(data)))
    assert len(list(fetch("cifar10", progress=False).iterdir())) == 8
    assert not list(cache.parent.rglob("escaped.txt"))


def test_an_interrupted_unpacking_is_done_again(
    cifar10: bytes, server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = cache / ".cifar-10-batches-bin.12345678.new"
    part.mkdir(parents=True)
    (part / "data_batch_1.bin").write_bytes(b"half")
    os.utime(part, (0, 0))
    assert states()["cifar10"] == "missing"
    mirrors(monkeypatch, "cifar10", server.gives("/cifar", Reply(cifar10)))
    fetch("cifar10", progress=False)
    assert len(load("cifar10").train) == 90
    assert not part.exists()


def test_three_that_fetch_one_set_at_once_download_and_unpack_it_once(
    cifar10: bytes, server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirrors(monkeypatch, "cifar10", server.gives("/cifar", Reply(cifar10)))
    with ThreadPoolExecutor(3) as pool:
        paths = list(pool.map(lambda _: fetch("cifar10", progress=False), range(3)))
    assert set(paths) == {cache / "cifar-10-batches-bin"}
    assert len(server.asked) == 1
    assert [one.name for one in cache.iterdir() if one.suffix != ".lock"] == [paths[0].name]


def test_a_failed_download_says_how_to_bring_the_file_oneself(cifar10: bytes, cache: Path) -> None:
    with pytest.raises(CourseError) as caught:
        fetch("cifar10", progress=False)
    assert "cifar-10-binary.tar.gz could not be downloaded" in caught.value.problem
    assert f"put cifar-10-batches-bin into {cache}" in caught.value.remedy


def test_an_unknown_set_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(CourseError, match="mnits.*mnist, cifar10, cats_dogs"):
        fetch("mnits")


# Permissions don't stop root, so besides these there are folders that nobody can read.


@pytest.mark.parametrize("name", ["mnist", "cifar10"])
def test_a_folder_where_a_file_should_be_and_the_reverse_are_named(
    shared: Path, mnist: bytes, cifar10: bytes, name: str
) -> None:
    path = shared / catalogue.get(name).found_as
    path.mkdir() if name == "mnist" else path.write_text("a file")
    with pytest.raises(CourseError, match=str(path)):
        load(name)


@pytest.mark.skipif(os.name == "nt", reason="Windows needs a right to make symbolic links")
def test_a_link_that_leads_to_itself_is_named(shared: Path) -> None:
    (shared / "mnist.npz").symlink_to(shared / "mnist.npz")
    with pytest.raises(CourseError, match="mnist.npz can't be used"):
        load("mnist")


@contextmanager
def somebody_else() -> Iterator[None]:
    """Be nobody for a moment if we are root, whom no permission stops."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def locked() -> Iterator[Path]:
    """An empty folder without any right, in one that all may enter."""
    if os.name == "nt":
        pytest.skip("Windows has other permissions")
    outer = Path(tempfile.mkdtemp())
    outer.chmod(0o755)
    folder = outer / "locked"
    folder.mkdir()
    folder.chmod(0)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(outer)


def test_course_data_without_permission_is_named(
    locked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_DATA", str(locked))
    for attempt in (lambda: load("cifar10"), lambda: fetch("mnist"), status):
        with somebody_else(), pytest.raises(CourseError, match="permission denied") as caught:
            attempt()
        assert str(locked) in caught.value.problem
        assert "right" in caught.value.remedy


def test_course_data_inside_a_folder_without_permission_is_named(
    locked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_DATA", str(locked / "inside"))
    with somebody_else(), pytest.raises(CourseError, match="locked"):
        load("mnist")


def test_a_cache_that_cannot_be_written_is_named(
    locked: Path, mnist: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    from utils import settings

    monkeypatch.setattr(settings, "cache_dir", lambda: locked)
    locked.chmod(0o555)
    with somebody_else(), pytest.raises(CourseError, match="Permission denied") as caught:
        load("mnist")
    assert str(locked) in caught.value.problem and "right" in caught.value.remedy


def test_a_batch_without_permission_is_named_and_not_called_damaged(cifar_folder: Path) -> None:
    if os.name == "nt":
        pytest.skip("Windows has other permissions")
    path = cifar_folder / "data_batch_2.bin"
    path.chmod(0)
    for folder in cifar_folder.parents:
        if folder == Path(tempfile.gettempdir()):
            break
        folder.chmod(0o755)
    with somebody_else(), pytest.raises(CourseError, match="data_batch_2.bin can't be used: perm"):
        load("cifar10")
