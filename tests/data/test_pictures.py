"""Picture files of all kinds: the pixels that are right for each, and one sentence for the rest."""

import io
import os
import stat
import struct
import subprocess
import sys
import tracemalloc
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from utils.data.pictures import MOST_PIXELS, picture_size, read_picture
from utils.errors import CourseError
from utils.settings import ROOT

Y, X = np.mgrid[0:40, 0:60]
RGB = np.stack([X * 4, Y * 6, (X + Y) * 2], -1).clip(0, 255).astype(np.uint8)
BASE = Image.fromarray(RGB)
RAMP = np.linspace(0, 1, 60)[np.newaxis].repeat(40, 0)  # black on the left, white on the right
GREY = np.rint(255 * RAMP).astype(np.uint8)[..., np.newaxis].repeat(3, -1)


def saved(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(
        ">I", zlib.crc32(kind + content)
    )  # fmt: skip


def png(width: int, height: int, rows: bytes, depth: int, color: int, *others: bytes) -> bytes:
    """Return a PNG as Pillow doesn't write them: of 16 bits, or with chunks of one's own."""
    head = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(rows, 9))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [chunk(b"IHDR", head), *others, data, chunk(b"IEND", b"")]
    )


def deep_png(values: np.ndarray, *others: bytes) -> bytes:
    """Return values (height, width, channels) uint16 as a PNG of 16 bits."""
    height, width, channels = values.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    return png(width, height, rows, 16, {1: 0, 2: 4, 3: 2, 4: 6}[channels], *others)


def near(a: np.ndarray, b: np.ndarray, most: int = 1) -> bool:
    return a.shape == b.shape and int(np.abs(a.astype(int) - b.astype(int)).max()) <= most


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "WEBP"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "1"])
def test_a_lossless_file_gives_the_very_pixels(kind, mode):
    image = BASE.quantize(200) if mode == "P" else BASE.convert(mode)
    options = {"lossless": True} if kind == "WEBP" else {}
    found = read_picture(saved(image, kind, **options), "f")
    assert found.dtype == np.uint8 and np.array_equal(found, np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("kind", ["JPEG", "MPO", "AVIF", "WEBP"])
def test_a_lossy_file_gives_about_the_pixels(kind):
    options = {"save_all": True, "append_images": [BASE]} if kind == "MPO" else {}
    found = read_picture(saved(BASE, kind, quality=95, **options), "f")
    assert found.shape == RGB.shape and np.abs(found.astype(int) - RGB).mean() < 3


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "TIFF", "PNG", "WEBP"])
def test_a_photograph_is_turned_as_its_file_says(kind, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = saved(BASE, kind, exif=exif, **({"quality": 95} if kind in ("JPEG", "WEBP") else {}))
    turned = {1: RGB, 2: RGB[:, ::-1], 3: RGB[::-1, ::-1], 4: RGB[::-1], 5: RGB.swapaxes(0, 1),
              6: np.rot90(RGB, -1), 7: RGB[::-1, ::-1].swapaxes(0, 1),
              8: np.rot90(RGB)}[orientation]  # fmt: skip
    found = read_picture(content, "f")
    assert found.shape == turned.shape and np.abs(found.astype(int) - turned).mean() < 5
    assert picture_size(content, "f") == (found.shape[1], found.shape[0])


def test_a_photograph_with_damaged_exif_is_read_as_it_is():
    content = saved(BASE, "JPEG", quality=95, exif=b"Exif\0\0II*\0\xff\xff\xff\xff rubbish")
    assert near(read_picture(content, "f"), read_picture(saved(BASE, "JPEG", quality=95), "f"), 0)


def spot(mode: str = "RGBA") -> Image.Image:
    """A red spot on what is transparent, and black beneath."""
    image = Image.new("RGBA", (60, 40), (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((15, 5, 45, 35), fill=(255, 0, 0, 255))
    return image.convert(mode)


def palette_with_holes() -> bytes:
    image = Image.new("P", (60, 40), 0)
    image.putpalette([0, 0, 0, 255, 0, 0])
    ImageDraw.Draw(image).ellipse((15, 5, 45, 35), fill=1)
    return saved(image, transparency=0)


def one_clear_colour() -> bytes:
    image = Image.new("RGB", (60, 40), (1, 2, 3))
    ImageDraw.Draw(image).ellipse((15, 5, 45, 35), fill=(255, 0, 0))
    return saved(image, transparency=(1, 2, 3))


CLEAR = {
    "rgba": saved(spot()), "la": saved(spot("LA")), "palette": palette_with_holes(),
    "one colour": one_clear_colour(), "gif": saved(spot(), "GIF"),
    "webp": saved(spot(), "WEBP", lossless=True), "tiff": saved(spot(), "TIFF"),
    "16 bits": deep_png(np.asarray(spot()).astype(np.uint16) * 257),
}  # fmt: skip


@pytest.mark.parametrize("name", CLEAR)
def test_what_is_transparent_is_white(name):
    found = read_picture(CLEAR[name], name)
    grey = name == "la"
    assert found[0, 0].tolist() == [255, 255, 255]
    assert found[20, 30].tolist() == ([76, 76, 76] if grey else [255, 0, 0])


def test_half_transparent_is_half_white():
    half = Image.new("RGBA", (4, 4), (0, 0, 200, 128))
    assert near(read_picture(saved(half), "f")[0, 0], np.array([127, 127, 227]))


def tiff(values: np.ndarray, **tags) -> bytes:
    return saved(Image.fromarray(values), "TIFF", **tags)


DEEP = {
    "16-bit PNG": deep_png(np.rint(RAMP * 65535).astype(np.uint16)[..., np.newaxis]),
    "16-bit grey with alpha": deep_png(
        np.stack([np.rint(RAMP * 65535), np.full((40, 60), 65535)], -1).astype(np.uint16)),
    "16-bit RGB": deep_png(np.rint(RAMP * 65535).astype(np.uint16)[..., np.newaxis].repeat(3, -1)),
    "16-bit TIFF": tiff(np.rint(RAMP * 65535).astype(np.uint16)),
    "16-bit TIFF, big end first": tiff(np.rint(RAMP * 65535).astype(">u2")),
    "32-bit TIFF of 16-bit numbers": tiff(np.rint(RAMP * 65535).astype(np.int32)),
    "32-bit TIFF": tiff(np.rint(RAMP * 2e9 - 1e9).astype(np.int32)),
    "float 0 to 1": tiff(RAMP.astype(np.float32)),
    "float of any numbers": tiff((RAMP * 7000 - 300).astype(np.float32)),
    "white is 0": tiff(65535 - np.rint(RAMP * 65535).astype(np.uint16), tiffinfo={262: 0}),
}  # fmt: skip


@pytest.mark.parametrize("name", DEEP)
def test_many_bits_become_eight_by_their_full_range(name):
    assert near(read_picture(DEEP[name], name), GREY)


def test_half_the_range_of_16_bits_and_of_broken_numbers_is_grey_not_white():
    assert np.all(read_picture(tiff(np.full((4, 4), 32768, np.uint16)), "f") == 128)
    assert np.all(read_picture(tiff(np.full((4, 4), 0.5, np.float32)), "f") == 128)


def test_unsigned_numbers_of_32_bits_keep_their_order():
    content = bytearray(tiff((RAMP * 4e9).astype(np.uint32).view(np.int32)))
    at = content.index(struct.pack("<HH", 339, 3))  # SampleFormat: 2 is signed, 1 unsigned
    content[at + 8] = 1
    assert near(read_picture(bytes(content), "f"), GREY, 2)


def test_a_16_bit_png_with_one_clear_shade_has_white_there():
    clear = chunk(b"tRNS", struct.pack(">H", 0))
    values = np.rint(RAMP * 65535).astype(np.uint16)[..., np.newaxis]
    found = read_picture(deep_png(values, clear), "f")
    assert np.all(found[:, 0] == 255) and near(found[:, 1:], GREY[:, 1:])


@pytest.mark.parametrize("mode", ["CMYK", "YCbCr", "LAB"])
def test_other_colours_become_red_green_and_blue(mode):
    found = read_picture(saved(BASE.convert(mode), "TIFF"), mode)
    assert (
        near(found, np.asarray(BASE.convert(mode).convert("RGB")))
        and np.abs(found.astype(int) - RGB).mean() < 3
    )


def test_a_print_shops_jpeg_isnt_inverted():
    found = read_picture(saved(BASE.convert("CMYK"), "JPEG", quality=95), "f")
    assert np.abs(found.astype(int) - RGB).mean() < 3


@pytest.mark.parametrize(
    ("kind", "options"),
    [("GIF", {}), ("PNG", {}), ("WEBP", {"lossless": True}), ("TIFF", {}), ("AVIF", {})],
)
def test_of_an_animation_or_several_pages_the_first_is_read(kind, options):
    frames = [Image.fromarray(np.full((40, 60, 3), c, np.uint8)) for c in (40, 120, 200)]
    content = saved(frames[0], kind, save_all=True, append_images=frames[1:], **options)
    assert near(read_picture(content, "f"), np.full((40, 60, 3), 40), 2)


def test_a_large_jpeg_is_read_at_a_fraction_that_is_still_enough():
    content = saved(BASE.resize((1600, 1200)), "JPEG")
    small = read_picture(content, "f", enough=(50, 40))
    assert small.shape == (150, 200, 3) and picture_size(content, "f") == (1600, 1200)
    assert read_picture(content, "f", enough=(900, 4)).shape == (1200, 1600, 3)


FOREIGN = {
    "HEIC": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200),
    "SVG": b"<?xml version='1.0'?>\n<!-- a cat -->\n<svg xmlns='x' width='60'></svg>",
    "PDF": b"%PDF-1.7\n...", "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "JPEG 2000": saved(BASE, "JPEG2000"), "JPEG XL": b"\xff\x0a" + bytes(40),
    "RAW": b"II*\0\x10\0\0\0CR\x02\0" + bytes(40), "film": b"\0\0\0\x20ftypisom" + bytes(60),
    "web page": b"\xef\xbb\xbf<!DOCTYPE html><html><body>404</body></html>",
    "Photoshop": b"8BPS\0\1" + bytes(40), "Netpbm": saved(BASE, "PPM"), "ICO": saved(BASE, "ICO"),
    "DICOM": bytes(128) + b"DICM",
}  # fmt: skip


@pytest.mark.parametrize("name", FOREIGN)
def test_a_picture_of_another_format_is_named_as_what_it_is(name):
    with pytest.raises(CourseError, match=name) as refusal:
        read_picture(FOREIGN[name], "cat.jpg")
    assert refusal.value.remedy and "damaged" not in str(refusal.value)


def test_a_camera_file_that_begins_as_a_tiff_isnt_read_as_its_preview():
    preview = saved(BASE, "TIFF", tiffinfo={254: 1})
    for name in ("a.jpg", "a.NEF"):
        with pytest.raises(CourseError, match="camera's RAW file"):
            read_picture(preview, name)


def bomb() -> bytes:
    rows = bytes((9000 // 8 + 1) * 9000)
    return png(9000, 9000, rows, 1, 0)


def huge_text(kind: bytes) -> bytes:
    content = kind[:1] + b"x\0\0" + zlib.compress(bytes(80_000_000), 9)
    return png(2, 2, bytes(14), 8, 2, chunk(kind, content))


NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8))
DAMAGED = {
    "cut": saved(NOISE)[:3000], "flipped": bytes(255 - byte for byte in saved(NOISE)[60:]),
    "cut JPEG": saved(BASE, "JPEG")[:700],
    "header only": saved(BASE, "JPEG")[:60], "text": b"this is a text\n",
    "zTXt": huge_text(b"zTXt"), "iCCP": huge_text(b"iCCP"),
    "not a number": tiff(np.full((4, 4), np.nan, np.float32)),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_file_is_one_sentence(name):
    with pytest.raises(CourseError, match=r"can't be read as a picture.*\. .*\.$"):
        read_picture(DAMAGED[name], name)


def test_a_damaged_tiff_says_nothing_but_that_sentence(capfd):
    content = bytearray(saved(NOISE, "TIFF", compression="tiff_lzw"))
    content[1000:3000] = bytes(2000)
    with pytest.raises(CourseError, match="damaged"):
        read_picture(bytes(content), "f")
    os.write(2, b"heard again")
    assert capfd.readouterr().err == "heard again"


def test_what_is_too_large_is_refused_by_its_header():
    content = bomb()
    assert len(content) < 100_000 < MOST_PIXELS
    tracemalloc.start()
    with pytest.raises(CourseError, match=r"has 9,000 × 9,000 pixels; at most 64 million"):
        read_picture(content, "bomb.png")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000
    giant = png(60_000, 60_000, b"", 1, 0)  # beyond Pillow's own limit
    with pytest.raises(CourseError, match="at most 64 million"):
        read_picture(giant, "giant.png")


def test_pillows_warnings_stay_inside():
    wide = png(10_000, 6_000, bytes((10_000 // 8 + 1) * 6_000), 1, 0)
    palette = saved(spot().quantize(8), transparency=bytes([0, 255]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_picture(palette, "f").shape == (40, 60, 3)
        assert picture_size(wide, "f") == (10_000, 6_000)


def test_what_is_no_file_is_named(tmp_path, monkeypatch):
    (tmp_path / "empty.png").touch()
    monkeypatch.setenv("HOME", str(tmp_path))
    for name, said in (("none.png", "There is no file"), ("empty.png", "is empty"),
                       (".", "is a folder")):  # fmt: skip
        with pytest.raises(CourseError, match=said):
            read_picture(tmp_path / name)
    BASE.save(tmp_path / "照片 ñ 1.png")
    assert np.array_equal(read_picture("~/照片 ñ 1.png"), RGB)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
def test_a_pipe_and_a_device_are_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    for path in (tmp_path / "pipe.png", Path("/dev/zero")):
        with pytest.raises(CourseError, match="is a device or a pipe"):
            read_picture(path)


LOCKED = """
import os, sys
from utils.data.pictures import read_picture
if os.geteuid() == 0:  # root may read anything
    os.seteuid(65534)
read_picture(sys.argv[1])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_a_file_that_may_not_be_read_is_named(tmp_path):
    for folder in (tmp_path, *tmp_path.parents[:2]):  # pytest's own are closed to other users
        folder.chmod(0o755)
    path = tmp_path / "mine.png"
    BASE.save(path)
    path.chmod(stat.S_IWUSR)
    done = subprocess.run(
        [sys.executable, "-c", LOCKED, str(path)], capture_output=True, text=True, cwd=ROOT
    )
    assert "mine.png can't be opened (Permission denied)" in done.stderr
