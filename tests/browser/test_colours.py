"""The course's colours, as eyes with each of the three common colour blindnesses see them.

Chromium itself simulates them (Machado, Oliveira and Fernandes 2009, as in its developer tools);
how far two colours lie apart is CIEDE2000, where 2.3 is a just noticeable difference.
"""

import io
import itertools
from collections.abc import Callable

import numpy as np
import pytest
from matplotlib.colors import hsv_to_rgb, to_hex, to_rgb
from PIL import Image
from playwright.sync_api import Browser
from skimage.color import deltaE_ciede2000, rgb2lab

from utils.plots import COLORS
from utils.plots.dark_pixels import darkened
from utils.plots.style import DASHES

# Clearly apart, not merely noticeable. Lines differ in their dashes too, so that none of the
# widgets depends on colour alone.
APART = 10
LINES = {"blue": COLORS.blue, "vermillion": COLORS.vermillion, "orange": COLORS.orange,
         "black": COLORS.black, "sky": COLORS.sky}  # fmt: skip
BLINDNESSES = ("protanopia", "deuteranopia", "tritanopia")


def seen(chromium: Browser, colours: list[str], blindness: str) -> np.ndarray:
    """Return the colours as they are seen, (n, 3) in CIELAB."""
    page = chromium.new_page(viewport={"width": 40 * len(colours), "height": 40})
    boxes = "".join(f"<i style='float:left;width:40px;height:40px;background:{one}'></i>"
                    for one in colours)  # fmt: skip
    page.set_content(f"<body style='margin:0'>{boxes}</body>")
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setEmulatedVisionDeficiency", {"type": blindness})
    image = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))
    page.close()
    return rgb2lab(image[20, 20::40][None] / 255)[0]


def on_a_dark_page(colour: str) -> str:
    pixel = np.array([[[*to_rgb(colour), 1]]]) * 255
    return to_hex(darkened(pixel.round().astype(np.uint8))[0, 0, :3] / 255)


@pytest.mark.parametrize("look", [to_hex, on_a_dark_page])
@pytest.mark.parametrize("blindness", ["none", *BLINDNESSES])
def test_colours_of_lines_stay_apart(
    chromium: Browser, blindness: str, look: Callable[[str], str]
) -> None:
    lab = seen(chromium, [look(colour) for colour in LINES.values()], blindness)
    near = {
        (one, other): float(deltaE_ciede2000(lab[i], lab[k]))
        for (i, one), (k, other) in itertools.combinations(enumerate(LINES), 2)
    }
    assert {pair: apart for pair, apart in near.items() if apart < APART} == {}


@pytest.mark.parametrize("blindness", BLINDNESSES)
def test_a_rainbow_would_be_found_out(chromium: Browser, blindness: str) -> None:
    hues = [hsv_to_rgb((hue / 12, 0.8, 0.7)) for hue in range(12)]  # a rainbow, as so often chosen
    lab = seen(chromium, [to_hex(one) for one in hues], blindness)
    nearest = min(deltaE_ciede2000(a, b) for a, b in itertools.combinations(lab, 2))
    assert nearest < APART


def test_lines_differ_in_more_than_colour() -> None:
    assert len({str(dash) for dash in DASHES}) == len(DASHES) >= 4
