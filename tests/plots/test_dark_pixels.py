"""A picture for a dark page: readable, of the same hues, and its photographs untouched."""

import colorsys
import io
import re
from base64 import b64decode

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from utils.plots import COLORS, picture_tag
from utils.plots.dark_pixels import DRAWN, GROUND, darkened, images_of
from utils.plots.style import FAINT, INK

HUED = {name: colour for name, colour in COLORS._asdict().items() if name != "black"}


def luminance(pixels: np.ndarray) -> np.ndarray:
    part = pixels[..., :3] / 255
    light = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    return light @ [0.2126, 0.7152, 0.0722]


def contrast(one: np.ndarray, other: np.ndarray) -> float:
    low, high = sorted((float(luminance(one)), float(luminance(other))))
    return (high + 0.05) / (low + 0.05)


def pixels_of(*colours: object) -> np.ndarray:
    """Return a row of pixels, (1, n, 4) uint8."""
    rgb = [[*to_rgb(colour), 1.0] for colour in colours]  # type: ignore[arg-type]  # any colour
    return (255 * np.array([rgb])).round().astype(np.uint8)


def dark(colour: object) -> np.ndarray:
    return darkened(pixels_of(colour))[0, 0]


def both(figure: Figure) -> tuple[np.ndarray, np.ndarray]:
    """Return the pixels of the light and of the dark picture that a page is given."""
    files = re.findall(r"data:image/png;base64,([A-Za-z0-9+/=]+)", picture_tag(figure, "a figure"))
    light, dark = (np.asarray(Image.open(io.BytesIO(b64decode(one)))) for one in files)
    return light, dark


def test_white_becomes_the_ground_and_black_almost_white() -> None:
    assert dark("white").tolist() == [GROUND, GROUND, GROUND, 255]
    assert contrast(dark("black"), dark("white")) > 12


@pytest.mark.parametrize("colour", [INK, FAINT, "0.4", "0.6", "#7d2a00", "#00543d"])
def test_a_dark_ink_keeps_most_of_its_contrast(colour: str) -> None:
    on_white = contrast(pixels_of(colour)[0, 0], pixels_of("white")[0, 0])
    assert contrast(dark(colour), dark("white")) > 0.6 * on_white


@pytest.mark.parametrize("name", HUED)
def test_a_colour_of_lines_stands_out_and_keeps_its_hue(name: str) -> None:
    before, after = (one[:3] / 255 for one in (pixels_of(HUED[name])[0, 0], dark(HUED[name])))
    assert contrast(dark(HUED[name]), dark("white")) >= 3
    turned = abs(colorsys.rgb_to_hsv(*before)[0] - colorsys.rgb_to_hsv(*after)[0])
    assert min(turned, 1 - turned) < 0.03


@pytest.mark.parametrize("name", HUED)
def test_the_soft_edge_of_a_line_gets_no_glow(name: str) -> None:
    share = np.linspace(0, 1, 33)[:, None]
    edge = (1 - share) + share * np.array(to_rgb(HUED[name]))
    seen = luminance(darkened(pixels_of(*edge)))[0]
    assert seen.max() < 1.5 * seen[-1]
    assert seen[:8].max() < 0.4 * seen[-1]  # what is almost white is almost the ground


@pytest.mark.parametrize("fill", ["#cfe3f1", "#f6c9a8", "#fbe3c0", "#d6ebf7", "#f4f4f4"])
def test_text_on_a_pale_fill_can_be_read(fill: str) -> None:
    assert contrast(dark("black"), dark(fill)) >= 7
    assert contrast(dark(fill), dark("white")) < 2


def test_a_photograph_stays_as_it_is_and_what_is_around_it_does_not() -> None:
    figure = Figure(figsize=(3, 2))
    axes = figure.add_subplot()
    axes.imshow(np.random.default_rng(0).integers(0, 255, (6, 9, 3), dtype=np.uint8))
    axes.set_title("a photograph")
    light, night = both(figure)
    left, top, right, bottom = images_of_file(figure)
    inside = np.s_[top + 4 : bottom - 4, left + 4 : right - 4]
    assert (light[inside] == night[inside]).all()
    assert (night[0, 0] == GROUND).all() and (light[0, 0] == 255).all()


def images_of_file(figure: Figure) -> tuple[int, ...]:
    """Return the box of the one photograph, in the file's pixels: two for each of the page."""
    figure.dpi = 220
    ((box),) = images_of(figure).photos
    return box


def test_colours_of_a_map_stay_with_those_of_its_bar() -> None:
    figure = Figure(figsize=(3, 2))
    axes = figure.add_subplot()
    mesh = axes.pcolormesh(np.arange(12).reshape(3, 4), cmap="cividis")
    figure.colorbar(mesh, ax=axes)
    figure.draw_without_rendering()
    assert len(images_of(figure).photos) == 2


def test_more_stays_more_where_numbers_are_colours_on_white() -> None:
    figure = Figure(figsize=(4, 1))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.axis("off")
    axes.imshow([np.arange(8)], cmap="Oranges", aspect="auto")
    light, night = both(figure)
    row, columns = light.shape[0] // 2, np.arange(8) * light.shape[1] // 8 + light.shape[1] // 16
    for earlier, later in zip(columns, columns[1:], strict=False):
        assert luminance(light[row, earlier]) > luminance(light[row, later])
        assert luminance(night[row, earlier]) < luminance(night[row, later])


def test_shades_that_are_drawn_on_are_made_dark() -> None:
    figure = Figure(figsize=(2, 2))
    figure.figimage(np.ones((9, 9, 4)), xo=50, yo=50).set_gid(DRAWN)
    figure.draw_without_rendering()
    assert images_of(figure).photos == []


def test_a_page_without_our_style_has_one_picture_the_light_one_and_one_alt_text() -> None:
    figure = Figure(figsize=(2, 2))
    figure.add_subplot()
    tag = str(picture_tag(figure, "an empty panel"))
    plain = re.sub(r' style="[^"]*"', "", re.sub(r"<style>.*?</style>", "", tag, flags=re.S))
    assert tag.count("<img") == 1 == tag.count("an empty panel")
    (kept,) = re.findall(r'src="data:image/png;base64,([A-Za-z0-9+/=]+)"', plain)
    assert np.asarray(Image.open(io.BytesIO(b64decode(kept))))[0, 0].tolist() == [255] * 3
    assert "--dark" not in plain
