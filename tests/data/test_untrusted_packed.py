"""mnist.npz, batches and the archive, of any bytes: data or one sentence, in little memory."""

import random
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from tiny_sets import BATCH, cifar_files, little_memory, mnist_arrays, place_of

from utils.data import catalogue
from utils.data.damage import Damaged
from utils.data.public_sets import PublicSet
from utils.data.untrusted import tar_files

FUZZED = 300  # inputs of each kind

# mnist.npz


def packed(path: Path, how: int = zipfile.ZIP_DEFLATED, **members: bytes) -> None:
    """Write mnist.npz with some of its members replaced by these bytes; None leaves one out."""
    arrays = {f"{name}.npy": as_npy(array) for name, array in mnist_arrays().items()}
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", how) as file:
        warnings.simplefilter("ignore")  # of a name that comes twice
        for name, data in {
            **arrays,
            **{f"{key}.npy": data for key, data in members.items()},
        }.items():
            file.writestr(name, data)


def as_npy(array: np.ndarray) -> bytes:
    import io

    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def header(text: str, version: int = 1) -> bytes:
    """Return a .npy file's start, with any text for a header."""
    length = len(text).to_bytes(2 if version == 1 else 4, "little")
    return b"\x93NUMPY" + bytes([version, 0]) + length + text.encode("latin-1")


def refused(path: Path) -> str:
    """Return what is said of an mnist.npz that is refused, in little time and memory."""
    with little_memory(), pytest.raises(Damaged) as caught:
        catalogue.get("mnist").read(path, ours=False)
    return caught.value.problem


@pytest.fixture
def path(mnist: bytes, tmp_path: Path) -> Path:
    return tmp_path / "mnist.npz"


def test_one_array_in_the_place_of_an_npz_file_is_called_that(path: Path) -> None:
    path.write_bytes(as_npy(mnist_arrays()["x_train"]))
    assert "is a single array (.npy), not an .npz file of several" in refused(path)


def test_only_the_four_arrays_are_looked_at(path: Path) -> None:
    packed(path, other=b"\0" * 10**8, __import__=b"no array at all")
    with little_memory():
        assert len(catalogue.get("mnist").read(path, ours=False)[0]) == 60


def test_a_member_that_unpacks_to_far_more_than_it_should_is_refused(path: Path) -> None:
    packed(path, x_train=as_npy(mnist_arrays()["x_train"]) + b"\0" * 10**8)
    assert "another number of bytes for x_train" in refused(path)
    packed(path, x_train=b"\0" * 10**8)
    assert "plain arrays" in refused(path)


def test_a_size_that_a_member_declares_is_not_believed(path: Path) -> None:
    packed(path, x_train=as_npy(mnist_arrays()["x_train"]) + b"\0" * 10**8)
    data = path.read_bytes()
    true = (len(as_npy(mnist_arrays()["x_train"])) + 10**8).to_bytes(4, "little")
    for told in (47_168, 10, 2**32 - 2):
        path.write_bytes(data.replace(true, told.to_bytes(4, "little")))
        refused(path)


@pytest.mark.parametrize("how", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packings_that_unpack_without_a_bound_are_refused(path: Path, how: int) -> None:
    packed(path, how, x_train=b"\0" * 10**8)
    assert "packed in another way" in refused(path)


def test_a_list_of_very_many_members_is_refused(path: Path) -> None:
    path.write_bytes(b"PK\1\2" + b"\0" * 42 + b"PK\1\2" * 1_000)
    assert "lists more than 100 arrays" in refused(path)


SHAPED = "{'descr': '|u1', 'fortran_order': False, 'shape': %s}"
HEADERS = (
    *("", "\0", "{", "}", "(", "'", '"""', "{'descr': '|u1'}", "None", "1e999", "[" * 900),
    *("(" * 900, "-" * 900, "{" * 900, "not " * 200, "lambda: 1", "__import__('os')", "\xff\xfe"),
    *("{'descr': '|u1', 'fortran_order': 0, 'shape': (60, 28, 28)}", "a b c", "\t1\n 2\n\t3", "0x"),
    *("{'descr': 'O', 'fortran_order': False, 'shape': (60, 28, 28)}", "{1, 2}", "1" * 900),
    *("{'descr': [('a', 'O')], 'fortran_order': False, 'shape': (60,)}", "{**{}}", "f'{1}'"),
    *("{'descr': None, 'fortran_order': False, 'shape': (60,)}", "{'a': 1, 'a': 2}", "1 if 1 else"),
    *(SHAPED % shape for shape in ("60", "(-60, 28, 28)", "(60.0, 28, 28)", "('a',)", "(True,)")),
    *(SHAPED % shape for shape in ("()", "(0,)", "(10**9,)", "(60, 28, 28, 0)", f"({10**30},)")),
    *(SHAPED % f"({10**9}, 28, 28)", SHAPED % "(2**62, 4)", SHAPED.replace("|u1", "S9") % "(60,)"),
)


@pytest.mark.parametrize("version", [1, 2, 3])
@pytest.mark.parametrize("text", HEADERS)
def test_whatever_a_header_says_it_is_one_sentence(path: Path, text: str, version: int) -> None:
    packed(path, y_train=header(text, version) + b"\0" * 100)
    assert str(path) in refused(path)


def test_a_header_that_is_said_to_be_four_gigabytes_long_is_not_read(path: Path) -> None:
    packed(path, x_train=b"\x93NUMPY\2\0\xff\xff\xff\xff" + b" " * 10**8)
    refused(path)


def any_bytes(data: bytearray, draw: random.Random) -> bytes:
    """Change a few bytes somewhere, cut some out, put some in, or cut the end."""
    for _ in range(draw.randint(1, 4)):
        at = draw.randrange(len(data) + 1)
        if draw.random() < 0.5:  # where the lists and headers are
            at = max(0, len(data) - draw.randrange(400))
        new = draw.randbytes(draw.choice((1, 1, 2, 4, 8)))
        kind = draw.randrange(4)
        if kind == 0:
            data[at : at + len(new)] = new
        elif kind == 1:
            del data[at : at + draw.randrange(1, 200)]
        elif kind == 2:
            data[at:at] = new
        elif draw.random() < 0.2:
            del data[at:]
    return bytes(data)


def fuzzed(path: Path, one: PublicSet) -> None:
    """Read what is at path: it becomes arrays, or is called damaged; all else is a fault."""
    with warnings.catch_warnings(), little_memory():
        warnings.simplefilter("ignore")  # of Python's parser, about a header's text
        try:
            one.read(path, ours=False)
        except Damaged as error:
            assert str(path) in error.problem


fixed = limits(max_examples=FUZZED, derandomize=True, database=None)
seeds = st.integers(0, 2**32)


def test_no_change_to_the_bytes_of_an_npz_file_is_more_than_damage(
    mnist: bytes, tmp_path: Path
) -> None:
    one = catalogue.get("mnist")

    @fixed
    @given(seeds, st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))
    def change(seed: int, how: int) -> None:
        packed(tmp_path / "mnist.npz", how)
        data = bytearray((tmp_path / "mnist.npz").read_bytes())
        (tmp_path / "mnist.npz").write_bytes(any_bytes(data, random.Random(seed)))
        fuzzed(tmp_path / "mnist.npz", one)

    change()


def test_no_member_of_an_npz_file_and_no_header_is_more_than_damage(
    mnist: bytes, tmp_path: Path
) -> None:
    one = catalogue.get("mnist")
    texts = st.text(st.characters(max_codepoint=255), max_size=60) | st.sampled_from(HEADERS)
    heads = st.builds(header, texts, st.sampled_from([1, 2, 3]))
    literal = st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.binary(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner),
        max_leaves=5,
    )
    keys = st.fixed_dictionaries(
        {"descr": literal | st.sampled_from(["|u1", "<i8", "O", "V9", "M8", "U3"]),
         "fortran_order": literal, "shape": literal | st.just((60,))}
    )  # fmt: skip
    heads |= keys.map(lambda made: header(ascii(made)))

    @fixed
    @given(st.sampled_from(["x_train", "y_train", "x_test", "y_test"]), heads, st.binary())
    def change(name: str, head: bytes, rest: bytes) -> None:
        packed(tmp_path / "mnist.npz", **{name: head + rest})
        fuzzed(tmp_path / "mnist.npz", one)

    change()


def test_no_batch_of_any_bytes_is_more_than_damage(cifar10: bytes, tmp_path: Path) -> None:
    one = catalogue.get("cifar10")
    place = place_of("cifar10", tmp_path)
    good = cifar_files()[place.name]

    @fixed
    @given(seeds, st.booleans())
    def change(seed: int, same_size: bool) -> None:
        draw = random.Random(seed)
        data = any_bytes(bytearray(good), draw)
        place.write_bytes((data + good)[: len(good)] if same_size else data)
        fuzzed(place.parent, one)

    change()


# The archive of CIFAR-10


def made_tar(path: Path, *changes: tuple[str, dict]) -> Path:
    """Write CIFAR-10's archive, each named member changed: a type, a name, a size, or gone."""
    import gzip
    import io
    import tarfile

    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, data in cifar_files().items():
            member = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            member.size, contents = len(data), data
            for changed, values in changes:
                if changed == name:
                    for key, value in values.items():
                        setattr(member, key, value)
            if member.name:
                tar.addfile(member, io.BytesIO(contents) if member.size <= len(contents) else None)
    path.write_bytes(gzip.compress(plain.getvalue(), 1, mtime=0))
    return path


def tar_said(path: Path) -> str:
    """Unpack CIFAR-10's archive; return what is said of it, nothing where all came."""
    files = {f"cifar-10-batches-bin/{name}": len(data) for name, data in cifar_files().items()}
    with little_memory():
        try:
            assert {name for name, _ in tar_files(path, files)} == set(files)
        except Damaged as error:
            assert str(path) in error.problem
            return error.problem
    return ""


TARS = {
    "a link": {"type": b"2", "linkname": "/etc/passwd", "size": 0},
    "a link to itself": {"type": b"2", "linkname": "data_batch_1.bin", "size": 0},
    "a hard link": {"type": b"1", "linkname": "cifar-10-batches-bin/data_batch_1.bin", "size": 0},
    "a pipe": {"type": b"6", "size": 0},
    "a device": {"type": b"3", "devmajor": 1, "devminor": 5, "size": 0},
    "a folder": {"type": b"5", "size": 0},
    "an absolute name": {"name": "/tmp/data_batch_1.bin"},
    "a name that leads out": {"name": "../../data_batch_1.bin"},
    "gone": {"name": ""},
    "huge": {"size": 8 * 10**12},
    "large": {"size": 10**10},
    "empty name": {"name": "cifar-10-batches-bin/"},
}


@pytest.mark.parametrize("change", TARS)
def test_an_archive_with_something_else_for_a_batch_is_refused(tmp_path: Path, change: str) -> None:
    assert tar_said(made_tar(tmp_path / "a.tar.gz")) == ""
    said = tar_said(made_tar(tmp_path / "a.tar.gz", ("data_batch_1.bin", TARS[change])))
    assert "has no file data_batch_1.bin" in said or f"over {BATCH * 3073:,}" in said


@pytest.mark.parametrize("how", ["a header", "members"])
def test_an_archive_that_unpacks_without_end_is_given_up(tmp_path: Path, how: str) -> None:
    """A header as large as one likes, and very many members."""
    import gzip
    import tarfile

    path = tmp_path / "a.tar.gz"
    pax = tarfile.TarInfo("x")
    pax.type, pax.size = tarfile.XHDTYPE, 10**9
    if how == "members":
        pax.type, pax.size = tarfile.REGTYPE, 0
    block = pax.tobuf()
    with gzip.open(path, "wb", 1) as file:
        for _ in range(200 if how == "a header" else 9_000):
            file.write(block if how == "members" else b"\0" * 10**6 if _ else block)
    assert "unpacks to far more" in tar_said(path)


def test_no_archive_is_more_than_damage(tmp_path: Path) -> None:
    import gzip

    path = tmp_path / "a.tar.gz"
    good = made_tar(path).read_bytes()
    unpacked = gzip.decompress(good)

    @fixed
    @given(seeds, st.booleans())
    def change(seed: int, inside: bool) -> None:
        draw = random.Random(seed)
        if inside:
            data = bytearray(unpacked)
            for _ in range(draw.randint(1, 3)):
                at = 512 * draw.choice((0, 122, 244, 366)) + draw.randrange(512)
                data[at] = draw.randrange(256)
            path.write_bytes(gzip.compress(bytes(data), 0))
        else:
            path.write_bytes(any_bytes(bytearray(good), draw))
        tar_said(path)

    change()
