"""An image as numbers in cells, coloured by the numbers themselves ("Ex-celfie").

After Matt Parker's spreadsheet images: three rows, red, green and blue, for each row of pixels.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image
from xlsxwriter import Workbook
from xlsxwriter.utility import xl_range

from utils.data.pictures import MOST_PIXELS, picture_size, read_picture
from utils.errors import CourseError
from utils.settings import resolve_path
from utils.spreadsheet.workbook import SHADES, light
from utils.spreadsheet.written_whole import new_workbook

__all__ = ["image_to_workbook", "read_image"]

CELL = 22  # pixels of the screen; three such rows make an image's pixel square
WINDOW = 1400  # pixels of the screen that a sheet should fill at its first zoom
MOST_CELLS = 600_000  # on the first sheet; LibreOffice and Excel become slow beyond


def read_image(source: str | Path | ArrayLike, size: tuple[int, int] | None = None) -> np.ndarray:
    """Return an image as an array (height, width, 3) uint8.

    source: a picture file, as `utils.data.pictures` reads it, or an array (height, width, 3) of
        whole numbers 0…255.
    size: width and height to scale to; as it is unless given.
    Raises CourseError for anything else.
    """
    if size is not None:
        _check_size(size)
    if not isinstance(source, str | Path):
        image = _array(source)
    else:
        image = read_picture(source, enough=size)
    if size is not None:
        image = np.asarray(Image.fromarray(image).resize(size, Image.Resampling.LANCZOS))
    return image


def image_to_workbook(
    image: str | Path | ArrayLike, path: str | Path, size: tuple[int, int] | None = None
) -> Path:
    """Write an image as a workbook and return its path.

    image, size: as `read_image` takes them.

    The sheet *Picture* has three rows of numbers for each row of pixels; *Red*, *Green* and
    *Blue* have one matrix each. Colours are conditional formats: edit a number, and its cell's
    colour changes. Raises CourseError for bad input, or where the file can't be written.
    """
    path = resolve_path(path)
    if size is None and isinstance(image, str | Path):
        _check_cells(*picture_size(image))  # by its header, before the work
    elif size is not None:
        _check_cells(*size)
    pixels = read_image(image, size)
    _check_cells(pixels.shape[1], pixels.shape[0])
    with new_workbook(path) as book:
        _image_sheet(book, pixels)
        for channel, name in enumerate(SHADES):
            _channel_sheet(book, pixels[..., channel], name)
    return path


def _check_size(size: tuple[int, int]) -> None:
    if min(size) < 1 or size[0] * size[1] > MOST_PIXELS:
        raise CourseError(
            f"An image can't be {size[0]}x{size[1]}.",
            f"Give two numbers above 0, with a product of at most {MOST_PIXELS:,}.",
        )


def _check_cells(width: int, height: int) -> None:
    if height * width * 3 > MOST_CELLS:
        raise CourseError(
            f"The image has {width}x{height} pixels, {height * width * 3:,} numbers; "
            f"a workbook stays usable up to {MOST_CELLS:,}.",
            "Give a smaller `size`, such as 200x150.",
            ("size",),
        )


def _array(source: Any) -> np.ndarray:
    values = np.asarray(source)
    if values.ndim != 3 or values.shape[2] != 3 or 0 in values.shape:
        raise CourseError(
            f"An image is an array (height, width, 3); this one has shape {values.shape}.",
            "Give red, green and blue as the last axis.",
        )
    if values.dtype.kind not in "ui" or values.min() < 0 or values.max() > 255:
        raise CourseError(
            f"The image's values aren't whole numbers from 0 to 255 ({values.dtype}).",
            "Scale them, then convert: (255 * x).round().astype('uint8').",
        )
    return values.astype(np.uint8)


def _image_sheet(book: Workbook, pixels: np.ndarray) -> None:
    height, width, _ = pixels.shape
    sheet = _sheet(book, "Picture", width, 3 * CELL)
    label = book.add_format({"font_color": "#777777", "align": "right"})
    number = book.add_format({"font_color": "#999999", "align": "center"})
    for y in range(height):
        for channel, name in enumerate(SHADES):
            row = 1 + 3 * y + channel
            sheet.write_string(row, 0, f"{y} {name[0]}", label)
            sheet.write_row(row, 1, pixels[y, :, channel].tolist(), number)
    for channel, color in enumerate(SHADES.values()):
        rows = [xl_range(r, 1, r, width) for r in range(1 + channel, 1 + 3 * height, 3)]
        sheet.conditional_format(rows[0], light(color, 255) | {"multi_range": " ".join(rows)})


def _channel_sheet(book: Workbook, values: np.ndarray, name: str) -> None:
    height, width = values.shape
    sheet = _sheet(book, name, width, CELL + 8)
    label = book.add_format({"font_color": "#777777", "align": "right"})
    number = book.add_format({"font_color": "#999999", "align": "center"})
    for y in range(height):
        sheet.set_row_pixels(1 + y, CELL + 8)
        sheet.write_number(1 + y, 0, y, label)
        sheet.write_row(1 + y, 1, values[y].tolist(), number)
    sheet.conditional_format(1, 1, height, width, light(SHADES[name], 255))


def _sheet(book: Workbook, name: str, width: int, column: int) -> Any:
    """Add a sheet with numbered columns, frozen headers, and a zoom that shows its width."""
    sheet = book.add_worksheet(name)
    header = book.add_format({"font_color": "#777777", "align": "center"})
    sheet.write_row(0, 1, range(width), header)
    sheet.set_column_pixels(1, width, column)
    sheet.set_default_row(CELL * 0.75)  # points
    sheet.freeze_panes(1, 1)
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(8)  # A3
    sheet.set_margins(0.3, 0.3, 0.3, 0.3)
    sheet.fit_to_pages(1, 1)
    sheet.set_zoom(int(np.clip(100 * WINDOW / (width * column), 10, 100)))
    return sheet
