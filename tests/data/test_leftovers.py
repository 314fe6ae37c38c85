"""What killed processes have left in our cache goes at the next fetch, and nothing else does."""

import threading
import time
from pathlib import Path

import pytest
from tiny_sets import Reply, Server, cifar_files, mirrors

from utils.data import fetch, load, verify
from utils.errors import CourseError
from utils.files import lock

OURS = (
    *("tmpab12_xyz", "mnist.npz.part", "mnist.npz.damaged-2", "mnist.npz.damaged-17"),
    *("mnist.npz.part.damaged", "mnist.npz.part.damaged-2", ".mnist.npz.0123abcd.new"),
)
NOT_OURS = (
    *("tmp", "tmpab12_xy", "tmpAB12_XYZ", "tmpab12_xyz.txt", "mnist.npz.backup", "mnist.npz2.part"),
    *(
        "mnist.npz.damaged",
        "mnist.npz.damaged-x",
        "mnist.npz.damaged-2.txt",
        "a.part",
        ".a.0123abcd.new",
    ),
    *("mnistXnpz.part", ".mnist.npz.0123ABCD.new", ".mnist.npz.mine.new", "my.damaged-2", "a b"),
    *("cifar-10-binary.tar.gz", "cifar-10-binary.tar.gz.part", "kagglecatsanddogs_5340.zip"),
)


def left(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture
def served(mnist: bytes, cifar10: bytes, server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    mirrors(monkeypatch, "mnist", server.gives("/mnist", Reply(mnist)))
    for name in ("cifar10", "cats_dogs"):
        mirrors(monkeypatch, name, server.gives("/cifar", Reply(cifar10)))
    return server


@pytest.mark.parametrize("there", [False, True])
def test_a_fetch_removes_what_the_course_itself_has_left_and_nothing_else(
    served: Server, mnist: bytes, cache: Path, there: bool
) -> None:
    cache.mkdir()
    for name in (*OURS, *NOT_OURS):
        (cache / name).touch()
    (cache / "tmpfull1234").write_text("mine")
    (cache / "tmpfolder12").mkdir()
    if there:
        (cache / "mnist.npz").write_bytes(mnist)
    fetch("mnist", progress=False)
    kept = {*NOT_OURS, "tmpfull1234", "tmpfolder12"}
    assert left(cache) == {*kept, "mnist.npz", ".mnist.npz.lock"}
    assert len(served.asked) == (not there)


def test_half_an_unpacking_and_an_archive_that_was_unpacked_go_at_once(
    served: Server, cifar10: bytes, cache: Path
) -> None:
    fetch("cifar10", progress=False)
    for name in (".cifar-10-batches-bin.0123abcd.new", "cifar-10-batches-bin.part"):
        (cache / name).mkdir()
        (cache / name / "data_batch_1.bin").write_bytes(b"half")
    (cache / "cifar-10-binary.tar.gz").write_bytes(cifar10)
    fetch("cats_dogs", progress=False)
    assert left(cache) == {"cifar-10-batches-bin", ".cifar-10-batches-bin.lock"}
    assert len(served.asked) == 1


def test_an_archive_that_a_kill_has_left_whole_is_not_downloaded_again(
    served: Server, cifar10: bytes, cache: Path
) -> None:
    cache.mkdir()
    (cache / "cifar-10-binary.tar.gz").write_bytes(cifar10)
    fetch("cifar10", progress=False)
    assert served.asked == []
    assert load("cifar10").real


def test_nothing_goes_from_course_data(
    served: Server, mnist: bytes, cache: Path, shared: Path
) -> None:
    (shared / "mnist.npz").write_bytes(mnist)
    for name in OURS:
        (shared / name).touch()
    before = left(shared)
    assert fetch("mnist", progress=False) == shared / "mnist.npz"
    fetch("cifar10", progress=False)
    assert left(shared) == before


@pytest.mark.parametrize("attempt", [load, verify, fetch])
def test_what_another_process_is_replacing_is_not_called_damaged(
    served: Server, mnist: bytes, cache: Path, attempt, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who finds a damaged file waits for who has the set, and looks again."""
    cache.mkdir()
    (cache / "mnist.npz").write_bytes(b"half")
    result: list[object] = []
    reader = threading.Thread(target=lambda: result.append(attempt("mnist")))
    said = ""
    with lock(cache / ".mnist.npz.lock"):
        reader.start()
        while "Waiting for process" not in said and reader.is_alive():
            said += capsys.readouterr().err
            time.sleep(0.01)
        (cache / "mnist.npz").write_bytes(mnist)
    reader.join()
    assert "Waiting for process" in said and "mnist.npz" in said
    assert len(result) == 1 and served.asked == []
    assert left(cache) == {"mnist.npz", ".mnist.npz.lock"}


def test_a_batch_that_is_bad_in_the_archive_itself_is_blamed_on_the_archive(
    cifar10: bytes, cache: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tiny_sets import BATCH, cifar_archive, publish

    files = cifar_files()
    files["test_batch.bin"] = b"\xff" * len(files["test_batch.bin"])
    data = cifar_archive(files)
    publish(monkeypatch, "cifar10", data, train=5 * BATCH, validation=10, test=BATCH, batch=BATCH)
    mirrors(monkeypatch, "cifar10", server.gives("/cifar", Reply(data)))
    with pytest.raises(CourseError, match="holds a test_batch.bin that has a label 255") as caught:
        fetch("cifar10", progress=False)
    assert "cifar-10-binary.tar.gz.damaged" in caught.value.problem
    assert left(cache) == {"cifar-10-binary.tar.gz.damaged", ".cifar-10-batches-bin.lock"}
