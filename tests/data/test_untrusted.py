"""What is no file, or far too large, in a set's place: one sentence, and it isn't opened."""

import os
import socket
from pathlib import Path

import pytest
from tiny_sets import Reply, Server, cifar_files, little_memory, mirrors, place_of

from utils.data import fetch, load, status, verify
from utils.errors import CourseError

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes and devices among files")


def a_folder(path: Path) -> None:
    path.mkdir()


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def a_link_to_zeros_without_end(path: Path) -> None:
    path.symlink_to("/dev/zero")


def a_link_to_nothing(path: Path) -> None:
    path.symlink_to(path.with_name("nothing"))


def a_link_to_a_pipe(path: Path) -> None:
    os.mkfifo(path.with_name("pipe"))
    path.symlink_to("pipe")


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        there = Path.cwd()
        os.chdir(path.parent)  # a socket's whole path may have 108 characters only
        try:
            made.bind(path.name)
        finally:
            os.chdir(there)


def twenty_gigabytes(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(20 * 10**9)  # takes no room: nothing is written


ODD = {
    a_folder: "is a folder instead of a file",
    a_pipe: "is a pipe instead of a file",
    a_link_to_zeros_without_end: "is a device instead of a file",
    a_link_to_nothing: "is a link that leads nowhere",
    a_link_to_a_pipe: "is a pipe instead of a file",
    a_socket: "is a socket instead of a file",
    twenty_gigabytes: "20,000,000,000 bytes",
}


@posix
@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd.__name__)
@pytest.mark.parametrize("name", ["mnist", "cifar10", "cats_dogs_photos"])
def test_what_is_no_file_or_too_large_is_said_so_unread_and_left_alone_in_course_data(
    mnist: bytes, cifar10: bytes, shared: Path, name: str, odd
) -> None:
    path = place_of(name, shared)
    odd(path)
    for attempt in (load, verify, fetch):
        with little_memory(), pytest.raises(CourseError) as caught:
            attempt(name)
        # Of an array its header is read, and there is none in so many zeros.
        plain = odd is not twenty_gigabytes or name != "cats_dogs_photos"
        assert ODD[odd] in caught.value.problem if plain else "plain arrays" in caught.value.problem
        assert str(path) in caught.value.problem
    assert os.path.lexists(path)
    line = next(one for one in status() if one.name == name)
    assert line.note.startswith(path.name) or odd is twenty_gigabytes


@posix
@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd.__name__)
@pytest.mark.parametrize("name", ["mnist", "cifar10"])
def test_in_our_cache_it_is_set_aside_and_the_set_fetched_anew(
    mnist: bytes,
    cifar10: bytes,
    cache: Path,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    odd,
) -> None:
    cache.mkdir()
    path = place_of(name, cache)
    odd(path)
    with little_memory(), pytest.raises(CourseError, match="it is now called"):
        load(name)
    assert os.path.lexists(path.with_name(f"{path.name}.damaged"))
    data = {"mnist": mnist, "cifar10": cifar10}[name]
    mirrors(monkeypatch, name, server.gives("/set", Reply(data)))
    fetch(name, progress=False)
    assert load(name).real


@posix
def test_odd_checksums_beside_the_batches_are_no_reason_to_wait(
    cifar10: bytes, cache: Path
) -> None:
    path = place_of("cifar10", cache)
    path.write_bytes(cifar_files()["data_batch_3.bin"])
    sums = path.with_name("SHA256SUMS")
    a_pipe(sums)
    with pytest.raises(CourseError, match="SHA256SUMS is a pipe.*now called SHA256SUMS.damaged"):
        load("cifar10")
    assert load("cifar10").real  # as a folder that was unpacked by hand
