"""Picture files from outside, read in one way: right side up, on white, 8 bits, red green blue.

Trusts nothing in them: what isn't offered isn't opened, what is too large isn't decoded, and
whatever a decoder raises becomes one sentence.
"""

import io
import os
import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from utils.data.foreign_files import foreign_picture
from utils.errors import CourseError
from utils.settings import resolve_path

__all__ = ["MOST_PIXELS", "OFFERED", "ordinary_file", "picture_size", "read_picture"]

# Pillow's names; its JPEG reader takes MPO too. Its wheels have all of these on every system.
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "BMP", "TIFF")
OFFERED = "JPEG, PNG, GIF, WebP, AVIF, BMP or TIFF"
MOST_PIXELS = 64_000_000  # a phone's photograph of 48 million is read
MOST_BYTES = 200_000_000
ORIENTATION = 0x0112  # of EXIF: how the camera was held
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SUBFILE, WHITE_IS, SAMPLES, DNG = 254, 262, 339, 50706  # tags of TIFF


def read_picture(
    source: str | Path | bytes, name: str = "", enough: tuple[int, int] | None = None
) -> np.ndarray:
    """Return a picture file as an array (height, width, 3) uint8: red, green, blue.

    source: the file's path, or its content. name: what to call a content in errors.
    enough: a width and height that will do; a large JPEG is then read at 1/2, 1/4 or 1/8 of its
        size, but never at less than twice these.

    Turned as EXIF says; transparency on white; of an animation or of several pages the first.
    16 bits a channel become 8 by their full range. Numbers of 32 bits (TIFF): whole ones are
    taken as 16 bits, broken ones as 0 (black) to 1 (white); where any lies outside, the smallest
    is black and the largest white. CMYK, YCbCr, LAB and palettes become red, green and blue.
    Raises CourseError for a file that isn't there or no picture of these formats (it says which),
    for a damaged one, for more than 64 million pixels or 200 MB. Those take up to 900 MB of memory.
    """
    with _opened(source, name) as image:
        if enough is not None:
            image.draft(None, (2 * max(enough), 2 * max(enough)))
        with _silent(image):
            image.load()
        turn = TURNS.get(_orientation(image))  # a TIFF has turned itself while loading
        flat = _on_white(image)
        return np.asarray(flat if turn is None else flat.transpose(turn))


def picture_size(source: str | Path | bytes, name: str = "") -> tuple[int, int]:
    """Return a picture file's width and height, as `read_picture` would give it, by its header.

    Raises CourseError as `read_picture` does, but for damage behind the header.
    """
    with _opened(source, name) as image:
        # Pillow has swapped a TIFF's two already.
        turned = image.format != "TIFF" and _orientation(image) >= 5
        return (image.height, image.width) if turned else image.size


def ordinary_file(path: Path, most_bytes: int, what: str) -> Path:
    """Return path where it is a file that is there, not empty and no larger than most_bytes.

    Raises CourseError otherwise: a fifo or a device would never end. what: what to give instead.
    """
    try:
        found = path.stat()
    except FileNotFoundError as error:
        raise CourseError(f"There is no file {path}.", f"Give {what}.") from error
    except OSError as error:
        reason = error.strerror or error
        raise CourseError(f"{path} can't be opened ({reason}).", f"Give {what}.") from error
    if stat.S_ISDIR(found.st_mode):
        raise CourseError(f"{path} is a folder.", f"Give {what}.")
    if not stat.S_ISREG(found.st_mode):
        raise CourseError(f"{path} is a device or a pipe, not a file.", f"Give {what}.")
    if not found.st_size:
        raise CourseError(f"{path} is empty.", f"Copy or save it again, or give {what}.")
    if found.st_size > most_bytes:
        raise CourseError(
            f"{path} has {found.st_size / 1e6:,.0f} MB; {most_bytes / 1e6:,.0f} are the limit.",
            f"Give {what} that is smaller.",
        )
    return path


@contextmanager
def _opened(source: str | Path | bytes, name: str) -> Iterator[Image.Image]:
    """Yield a picture of which only the header is read; what is wrong with it is named."""
    if isinstance(source, bytes):
        content, ending = io.BytesIO(source), Path(name).suffix
    else:
        path = ordinary_file(resolve_path(source), MOST_BYTES, f"a picture: {OFFERED}")
        content, name, ending = _bytes_of(path), str(path), path.suffix
    with content:
        _refuse_foreign(content, name, ending)
        with _decoded(content, name) as image:
            yield image


@contextmanager
def _decoded(content: Any, name: str) -> Iterator[Image.Image]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's: huge, odd EXIF, odd palette
            with Image.open(content, formats=FORMATS) as image:
                _check(image, name)
                yield image
    except CourseError:
        raise
    except UnidentifiedImageError as error:
        raise CourseError(f"{name} can't be read as a picture.", f"Give a {OFFERED}.") from error
    except Image.DecompressionBombError as error:
        raise _too_many(name, "more than 170 million") from error
    except Exception as error:  # decoders raise nearly anything on a damaged file
        raise CourseError(
            f"{name} can't be read as a picture: it is damaged or cut short.",
            "Open it in a picture program and save it anew, or give another one.",
        ) from error


def _bytes_of(path: Path) -> Any:
    try:
        return path.open("rb")
    except OSError as error:
        reason = error.strerror or error
        raise CourseError(f"{path} can't be opened ({reason}).", "Give another one.") from error


def _refuse_foreign(content: Any, name: str, ending: str) -> None:
    head = content.read(4096)
    content.seek(0)
    found = foreign_picture(head, ending)
    if found is not None:
        raise CourseError(f"{name} is {found[0]}, which isn't read here.", found[1])


@contextmanager
def _silent(image: Image.Image) -> Iterator[None]:
    """Keep off standard error what libtiff, a library in C, writes there by itself."""
    try:
        kept = os.dup(2) if image.format == "TIFF" else None
    except OSError:  # this process has none
        kept = None
    if kept is None:
        yield
        return
    try:
        with Path(os.devnull).open("wb") as nothing:
            os.dup2(nothing.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _check(image: Image.Image, name: str) -> None:
    """Raise CourseError for too many pixels, and for a TIFF whose first image isn't the picture."""
    if image.width * image.height > MOST_PIXELS:
        raise _too_many(name, f"{image.width:,} × {image.height:,}")
    tags = getattr(image, "tag_v2", {})
    if DNG in tags or tags.get(SUBFILE, 0) == 1:
        raise CourseError(
            f"{name} is a camera's RAW file, of which only a small preview can be read here.",
            "Open it in the camera's program or a picture program, and save it as JPEG.",
        )


def _too_many(name: str, pixels: str) -> CourseError:
    return CourseError(
        f"{name} has {pixels} pixels; at most {MOST_PIXELS / 1e6:.0f} million are read.",
        "Make it smaller in a picture program, and save it as JPEG.",
    )


def _orientation(image: Image.Image) -> int:
    """Return EXIF's number from 1 (as it is) to 8."""
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except Exception:  # damaged EXIF: all programs show such a picture, as it is
        return 1


def _on_white(image: Image.Image) -> Image.Image:
    """Return a loaded image of any mode as RGB."""
    if image.mode.startswith("I") or image.mode == "F":
        return _deep(image)
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        white = Image.new("RGB", layer.size, "white")
        white.paste(layer, mask=layer.getchannel("A"))
        return white
    return image if image.mode == "RGB" else image.convert("RGB")


def _deep(image: Image.Image) -> Image.Image:
    """Return a grey image of 16 or 32 bits a pixel as RGB; see `read_picture`."""
    values, tags = np.asarray(image), getattr(image, "tag_v2", {})
    if values.dtype == np.int32 and tags.get(SAMPLES, (2,))[0] == 1:
        values = values.view(np.uint32)  # unsigned in the file, which Pillow has no mode for
    if not np.isfinite(values).all():
        raise ValueError("numbers that aren't finite")
    low, high = float(values.min()), float(values.max())
    top = 1.0 if image.mode == "F" else 65535.0
    if low >= 0 and high <= top:
        low, high = 0.0, top
    grey = values.astype(np.float32)
    grey -= low
    grey *= 255 / ((high - low) or 1)
    if tags.get(WHITE_IS) == 0:
        grey = 255 - grey
    if "transparency" in image.info:  # of a PNG: one shade that is clear
        grey[values == image.info["transparency"]] = 255
    return Image.fromarray(np.rint(grey).astype(np.uint8)).convert("RGB")
