"""The convolution widget: its arithmetic against SciPy and loops, its picture against both."""

import io
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy.ndimage import maximum_filter
from scipy.signal import correlate2d

from utils.errors import CourseError
from utils.networks.in_numpy.functions import max_pool, relu, same_padding
from utils.widgets.convolution import (
    HEIGHT,
    OWN_FILE,
    OWN_FILTER,
    WIDTH,
    ConvolutionDrawing,
    convolution,
)
from utils.widgets.convolution import describe as described
from utils.widgets.convolution_images import grey_square, made_ready, samples
from utils.widgets.convolution_math import PRESETS, calculate, feature_map, number, padded

NAMES = [f"w{i}{j}" for i in range(3) for j in range(3)]
RAMP = np.arange(12 * 9, dtype=np.uint8).reshape(12, 9) * 2


def naive(picture, w, stride, padding):
    """Return the convolution by loops, with the padding as TensorFlow's page on SAME has it."""
    (height, width), x = picture.shape, picture.astype(float)
    if padding == "same":
        down, across = -(-height // stride), -(-width // stride)
        extra = [
            max(3 - stride, 0) if n % stride == 0 else max(3 - n % stride, 0)
            for n in (height, width)
        ]
        above, left = extra[0] // 2, extra[1] // 2
    else:
        down, across = -(-(height - 2) // stride), -(-(width - 2) // stride)
        above = left = 0
    z = np.zeros((down, across))
    for i in range(down):
        for j in range(across):
            for m in range(3):
                for n in range(3):
                    y, at = i * stride + m - above, j * stride + n - left
                    if 0 <= y < height and 0 <= at < width:
                        z[i, j] += x[y, at] * w[m, n]
    return z


def png_of(image, **options):
    file = io.BytesIO()
    image.save(file, options.pop("format", "png"), **options)
    return file.getvalue()


@pytest.fixture(scope="module")
def widget():
    return convolution({"ramp": RAMP, "noise": np.random.default_rng(0).integers(0, 256, (9, 14))})


@pytest.fixture
def fresh(widget):
    """Return the widget as it starts."""
    widget.move(picture="ramp", preset="blur", stride=1, padding="valid", relu=False, pool=False)
    widget.move(preset="vertical edges")
    widget.picture.cell = [0, 0]
    return widget


def expected(widget):
    """Return what a drawing of its own, made from the controls' values, shows."""
    values = widget.values
    w = np.array([values[name] for name in NAMES]).reshape(3, 3)
    shelf = {"ramp": RAMP, "noise": np.random.default_rng(0).integers(0, 256, (9, 14))}
    out = calculate(
        shelf[values["picture"]].astype(np.uint8), w, values["stride"], values["padding"],
        values["relu"], values["pool"], tuple(widget.picture.cell),
    )  # fmt: skip
    drawing = ConvolutionDrawing(WIDTH, HEIGHT)
    drawing.draw(values["picture"], w, out, values["relu"])
    said = described(values["picture"], values["preset"], w, values["padding"], values["relu"], out)
    return (drawing.png(), *said)


@settings(deadline=None, max_examples=60)
@given(
    st.integers(3, 12), st.integers(3, 12), st.integers(1, 3), st.sampled_from(["valid", "same"]),
    st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_every_size_stride_and_padding_gives_what_loops_give(height, width, stride, padding, seed):
    rng = np.random.default_rng(seed)
    picture = rng.integers(0, 256, (height, width)).astype(np.uint8)
    w = rng.normal(size=(3, 3))
    got = feature_map(picture, w, stride, padding)
    np.testing.assert_allclose(got, naive(picture, w, stride, padding), atol=1e-9)


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_the_filter_is_not_turned_upside_down(padding):
    w = np.arange(9.0).reshape(3, 3)
    wanted = correlate2d(RAMP.astype(float), w, mode=padding)
    np.testing.assert_allclose(feature_map(RAMP, w, 1, padding), wanted)
    np.testing.assert_allclose(
        feature_map(RAMP, w, 2, "valid"), correlate2d(RAMP, w, "valid")[::2, ::2]
    )


def test_same_pads_as_tensorflow_does_and_an_odd_zero_goes_to_the_end():
    assert same_padding(28, 3, 1) == (1, 1)
    assert same_padding(28, 3, 2) == (0, 1)
    assert same_padding(27, 3, 2) == (1, 1)
    assert same_padding(28, 3, 3) == (1, 1)
    assert same_padding(27, 3, 3) == (0, 0)
    assert same_padding(29, 3, 3) == (0, 1)
    assert same_padding(5, 1, 3) == (0, 0)
    framed, above, left = padded(np.ones((28, 27)), 2, "same")
    assert framed.shape == (29, 29) and (above, left) == (0, 1)


def test_the_output_has_the_size_that_notebook_06_calculates():
    for n in range(3, 30):
        for stride in (1, 2, 3):
            picture = np.zeros((n, n))
            w = np.zeros((3, 3))
            assert feature_map(picture, w, stride).shape == ((n - 3) // stride + 1,) * 2
            assert feature_map(picture, w, stride, "same").shape == (-(-n // stride),) * 2


def test_relu_and_pooling_by_hand():
    assert relu(np.array([-1.5, 0.0, 2.0])).tolist() == [0, 0, 2]
    x = np.array(
        [[1, 0, 2, 3, 9], [4, 6, 6, 8, 9], [3, 1, 1, 0, 9], [1, 2, 2, 4, 9], [9] * 5], float
    )
    assert max_pool(x[..., None])[..., 0].tolist() == [[6, 8], [3, 4]]
    assert max_pool(-x[..., None])[..., 0].tolist() == [[0, -2], [-1, 0]]


def test_pooling_agrees_with_scipy_on_noise():
    x = np.random.default_rng(1).normal(size=(10, 7))
    wanted = maximum_filter(x, 2, origin=(-1, -1))[:10:2, :6:2]
    np.testing.assert_array_equal(max_pool(x[..., None])[..., 0], wanted)


@settings(deadline=None, max_examples=60)
@given(
    st.integers(1, 3), st.sampled_from(["valid", "same"]), st.booleans(), st.booleans(),
    st.integers(0, 40), st.integers(0, 40), st.integers(0, 999),
)  # fmt: skip
def test_the_nine_products_add_up_to_the_pixel_pointed_at(
    stride, padding, rectified, pooled, row, column, seed
):
    rng = np.random.default_rng(seed)
    picture = rng.integers(0, 256, (13, 10)).astype(np.uint8)
    w = rng.integers(-4, 5, (3, 3)).astype(float)
    out = calculate(picture, w, stride, padding, rectified, pooled, (row, column))
    wanted = naive(picture, w, stride, padding)
    wanted = np.maximum(0, wanted) if rectified else wanted
    if pooled:
        squares = wanted[: wanted.shape[0] // 2 * 2, : wanted.shape[1] // 2 * 2]
        wanted = np.array(
            [[squares[i : i + 2, j : j + 2].max() for j in range(0, squares.shape[1], 2)]
             for i in range(0, squares.shape[0], 2)]
        )  # fmt: skip
    np.testing.assert_allclose(out.values, wanted)
    cell = min(row, wanted.shape[0] - 1), min(column, wanted.shape[1] - 1)
    assert out.cell == cell
    total = float((out.x * w).sum())
    assert out.products.sum() == pytest.approx(total) and out.sum == pytest.approx(total)
    assert wanted[cell] == pytest.approx(max(0, total) if rectified else total)
    assert (out.four is not None) == pooled
    if pooled:
        assert out.four.shape == (2, 2) and out.four.max() == pytest.approx(wanted[cell])
    i, j = out.corner
    inside = picture[
        max(i - out.above, 0) : i - out.above + 3, max(j - out.left, 0) : j - out.left + 3
    ]
    assert out.x.sum() == inside.sum()


def test_a_map_of_one_number_is_not_pooled():
    with pytest.raises(CourseError, match="1 × 1"):
        calculate(RAMP[:3, :3], PRESETS["blur"], 1, "valid", False, True, (0, 0))


def test_presets_do_what_their_names_say():
    side = np.zeros((6, 6), np.uint8)
    side[:, 3:] = 9
    assert np.all(feature_map(side, PRESETS["vertical edges"]) == [0, 36, 36, 0])
    assert np.all(feature_map(side, PRESETS["horizontal edges"]) == 0)
    assert np.all(feature_map(side.T, PRESETS["horizontal edges"]).T == [0, 36, 36, 0])
    even = np.full((5, 5), 80, np.uint8)
    for name in ("blur", "sharpen", "emboss"):
        assert np.all(feature_map(even, PRESETS[name]) == 80)
    assert feature_map(side, PRESETS["blur"])[0].tolist() == [0, 2.25, 6.75, 9]
    assert feature_map(side, PRESETS["sharpen"])[0].tolist() == [0, -9, 18, 9]
    assert feature_map(side, PRESETS["emboss"])[0].tolist() == [0, 27, 36, 9]


def test_numbers_are_written_as_on_paper():
    written = [number(value) for value in (0, -0.0, 5, -712, 0.0625, 1234.56, -1e-9, 100, 1000)]
    assert written == ["0", "0", "5", "−712", "0.0625", "1234.6", "0", "100", "1000"]


def test_pictures_of_fractions_become_whole_numbers_to_255():
    ready = made_ready({"f": np.array([[0, 0.5, 1.0]] * 3), "i": np.array([[0, 1, 255]] * 3)})
    assert ready["f"][0].tolist() == [0, 128, 255] and ready["i"][0].tolist() == [0, 1, 255]
    assert {one.dtype for one in ready.values()} == {np.dtype(np.uint8)}


@pytest.mark.parametrize(
    ("picture", "why"),
    [
        (np.zeros((28, 28, 1)), "shape"),
        (np.zeros((2, 9)), "shape"),
        (np.zeros((101, 9)), "shape"),
        (np.full((4, 4), 256), "outside"),
        (np.full((4, 4), -1), "outside"),
        (np.full((4, 4), np.nan), "outside"),
        (np.full((4, 4), "a"), "not numbers"),
    ],
)
def test_what_is_no_grey_picture_is_refused_by_name(picture, why):
    with pytest.raises(CourseError, match=f"“mine”.*{why}"):
        convolution({"mine": picture})


def test_an_unknown_filter_is_refused_with_those_there_are():
    with pytest.raises(CourseError, match="no filter “edges”. Choose of vertical edges, hor"):
        convolution({"ramp": RAMP}, preset="edges")


def test_without_any_picture_there_is_no_widget():
    with pytest.raises(CourseError, match="no image"):
        convolution({})


def test_the_built_in_pictures_are_a_cat_and_three_digits():
    built_in = samples()
    assert [(name, one.shape) for name, one in built_in.items()] == [
        ("cat", (40, 40)), ("digit 0", (28, 28)), ("digit 4", (28, 28)), ("digit 7", (28, 28))
    ]  # fmt: skip
    assert all(one.dtype == np.uint8 and np.ptp(one) > 100 for one in built_in.values())


@pytest.mark.parametrize(
    "moves",
    [
        {"picture": "noise"},
        {"preset": "emboss"},
        {"stride": 3},
        {"padding": "same"},
        {"padding": "same", "stride": 2},
        {"relu": True, "picture": "noise"},
        {"pool": True},
        {"pool": True, "stride": 3, "padding": "same", "relu": True, "picture": "noise"},
        {"w00": 20.0, "w22": -20.0},
    ],
)
def test_picture_alt_and_caption_follow_the_controls(fresh, moves):
    before = fresh.static()
    for name, value in moves.items():
        fresh.controls[name].value = value
    assert fresh.picture.problem == ""
    assert fresh.static() == expected(fresh)
    assert fresh.static().png != before.png and fresh.static().text != before.text
    assert "nan" not in (fresh.static().text + fresh.static().alt).lower()


def test_caption_and_alt_have_the_numbers(fresh):
    assert fresh.picture.text == (
        "Row 0, column 0 of the output (counted from 0): z = 16. Filter “vertical edges”, "
        "stride 1, no padding: 12 × 9 becomes 10 × 7."
    )
    assert "pixels 0, 2, 4; 18, 20, 22; 36, 38, 40 times weights −1, 0, 1; −2" in fresh.picture.alt
    assert "give products 0, 0, 4; −36, 0, 44; −36, 0, 40." in fresh.picture.alt
    fresh.move(padding="same", relu=True, pool=True)
    fresh.picture.cell = [0, 4]
    assert "12 × 9 becomes 12 × 9, pooled 6 × 4." in fresh.picture.text
    assert "the largest of 2 × 2" in fresh.picture.text and "after ReLU" in fresh.picture.text
    assert "is kept." in fresh.picture.alt


def test_the_same_state_gives_the_same_pixels_again(fresh):
    first = fresh.static()
    fresh.move(picture="noise", stride=2, pool=True)
    fresh.picture.cell = [2, 1]
    assert fresh.static().png != first.png
    fresh.move(picture="ramp", stride=1, pool=False)
    fresh.picture.cell = [0, 0]
    assert fresh.static() == first


def test_the_frame_in_the_picture_lies_where_the_output_can_be_pointed_at(fresh):
    fresh.move(picture="noise", stride=2)
    grid = fresh.picture.grid
    assert (grid["rows"], grid["columns"]) == (4, 6)
    seen = []
    for cell in ([0, 0], [3, 5]):
        fresh.picture.cell = cell
        seen.append(np.asarray(Image.open(io.BytesIO(fresh.picture.png))).astype(int))
    changed = np.abs(seen[0] - seen[1]).sum(axis=2) > 0
    height, width = changed.shape
    right = np.argwhere(changed & (np.arange(width) > 0.48 * width) & (
        np.arange(height)[:, None] < 0.72 * height))  # fmt: skip
    (top, left), (bottom, end) = right.min(axis=0), right.max(axis=0)
    assert top == pytest.approx(grid["top"] * height, abs=6)
    assert left == pytest.approx(grid["left"] * width, abs=6)
    assert bottom == pytest.approx(grid["bottom"] * height, abs=6)
    assert end == pytest.approx(grid["right"] * width, abs=6)


def test_a_cell_beyond_a_smaller_output_is_its_nearest(fresh):
    fresh.picture.cell = [9, 6]
    fresh.move(stride=3, pool=True)
    assert fresh.picture.text.startswith("Row 1, column 0 of")
    assert fresh.static() == expected(fresh)
    fresh.move(stride=1, pool=False)
    assert fresh.picture.text.startswith("Row 9, column 6 of")


@pytest.mark.parametrize("name", list(PRESETS))
def test_a_preset_fills_in_its_nine_weights_in_one_drawing(fresh, name):
    fresh.move(preset="emboss" if name != "emboss" else "blur")
    drawn = []
    fresh.picture.observe(drawn.append, "png")
    fresh.controls["preset"].value = name
    fresh.picture.unobserve(drawn.append, "png")
    weights = np.array([fresh.values[one] for one in NAMES]).reshape(3, 3)
    np.testing.assert_array_equal(weights, PRESETS[name])
    assert fresh.values["preset"] == name and len(drawn) == 1


def test_an_edited_weight_makes_the_filter_your_own_and_keeps_the_others(fresh):
    fresh.controls["w11"].value = 3.5
    assert fresh.values["preset"] == OWN_FILTER
    kept = PRESETS["vertical edges"].copy()
    kept[1, 1] = 3.5
    assert [fresh.values[name] for name in NAMES] == kept.ravel().tolist()
    assert fresh.static() == expected(fresh)
    fresh.controls["preset"].value = "vertical edges"
    assert fresh.values["w11"] == 0


def test_choosing_your_own_leaves_the_weights_as_they_are(fresh):
    fresh.controls["preset"].value = OWN_FILTER
    assert [fresh.values[name] for name in NAMES] == PRESETS["vertical edges"].ravel().tolist()


def test_all_zero_weights_are_drawn_too(fresh):
    fresh.move(**dict.fromkeys(NAMES, 0.0))
    assert "z = 0." in fresh.picture.text and fresh.static() == expected(fresh)


def test_every_weight_says_its_row_and_column(fresh):
    labels = [fresh.controls[name].description for name in NAMES]
    assert labels[0] == "filter row 1 column 1" and labels[5] == "filter row 2 column 3"
    assert len(set(labels)) == 9


def upload(widget, content, name="mine.png"):
    file = {"name": name, "type": "image/png", "size": len(content), "content": content}
    _find_upload(widget).value = ({**file, "last_modified": datetime.now(UTC)},)


def _find_upload(box):
    for child in getattr(box, "children", ()):
        found = child if "FileUpload" in type(child).__name__ else _find_upload(child)
        if found is not None:
            return found
    return None


def test_a_file_of_the_readers_own_is_shown_and_its_bytes_are_let_go():
    widget = convolution({"ramp": RAMP})
    upload(widget, png_of(Image.new("RGB", (300, 100), (10, 20, 60))))
    assert widget.values["picture"] == OWN_FILE and widget.picture.problem == ""
    assert "pixels 30, 30, 30; 30, 30, 30; 30, 30, 30" in widget.picture.alt
    assert "40 × 40 becomes 38 × 38" in widget.picture.text
    assert _find_upload(widget).value == ()
    before = widget.static()
    upload(widget, png_of(Image.new("L", (40, 40), 200)))
    assert "pixels 200, 200, 200" in widget.picture.alt and widget.static() != before


def test_a_file_that_is_no_picture_is_refused_and_the_picture_before_stays():
    widget = convolution({"ramp": RAMP})
    before = widget.static()
    upload(widget, b"not an image", "notes.txt")
    assert widget.picture.problem == (
        "notes.txt can't be read as a picture. Give a JPEG, PNG, GIF, WebP, AVIF, BMP or TIFF."
    )
    assert widget.static() == before and widget.values["picture"] == "ramp"
    widget.move(stride=2)
    assert widget.picture.problem == ""


def test_your_own_file_before_there_is_one_says_what_to_do():
    widget = convolution({"ramp": RAMP})
    before = widget.static()
    widget.controls["picture"].value = OWN_FILE
    assert "no file of your own yet" in widget.picture.problem and widget.static() == before


def test_a_file_is_cut_to_its_middle_square():
    wide = Image.new("RGB", (200, 80), "black")
    wide.paste((255, 255, 255), (60, 0, 140, 80))
    square = grey_square(png_of(wide), "wide")
    assert square.shape == (40, 40) and square.dtype == np.uint8 and square.min() >= 230


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (40, 40), (3000, 2)])
def test_files_of_any_shape_become_forty_by_forty(size):
    assert np.all(grey_square(png_of(Image.new("RGB", size, (90, 90, 90))), "f") == 90)


def test_transparent_is_white_and_sixteen_bits_become_eight():
    assert np.all(grey_square(png_of(Image.new("RGBA", (9, 9), (0, 0, 0, 0))), "f") == 255)
    deep = Image.fromarray(np.full((50, 50), 32768, np.uint16))
    assert np.all(np.abs(grey_square(png_of(deep), "f").astype(int) - 127) <= 1)
    shades = Image.new("P", (9, 9), 1)
    shades.putpalette([0, 0, 0, 30, 60, 90])
    assert np.all(grey_square(png_of(shades, transparency=0), "f") == 60)
    jpeg = png_of(Image.new("CMYK", (50, 50), (0, 0, 0, 0)), format="jpeg")
    assert np.all(grey_square(jpeg, "f") >= 250)


def test_a_photograph_held_upright_is_turned_as_its_file_says():
    photo = Image.new("L", (60, 60), 0)
    photo.paste(255, (0, 0, 60, 30))  # bright above; orientation 6 turns it by a quarter
    exif = Image.Exif()
    exif[274] = 6
    square = grey_square(png_of(photo, format="jpeg", exif=exif, quality=95), "f").astype(int)
    assert square[:, 25:].min() > 200 and square[:, :15].max() < 60


def test_what_would_take_too_much_memory_is_refused():
    with pytest.raises(CourseError, match="big.png has 21 MB; at most 20"):
        grey_square(bytes(21_000_000), "big.png")
    bomb = png_of(Image.new("1", (9000, 9000)))
    assert len(bomb) < 100_000
    with pytest.raises(CourseError, match="bomb.png has 9,000 × 9,000 pixels"):
        grey_square(bomb, "bomb.png")


@pytest.mark.parametrize(
    ("kind", "said"),
    [("cut", "damaged or cut short"), ("empty", "can't be read as a picture"),
     ("svg", "a drawing of lines"), ("eps", "a PostScript file"), ("flipped", "damaged")],
)  # fmt: skip
def test_damaged_and_foreign_files_are_refused_in_a_sentence(kind, said):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    whole = png_of(Image.fromarray(noise))
    content = {
        "cut": whole[: len(whole) // 2], "empty": b"", "svg": b"<svg xmlns='x'></svg>",
        "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        "flipped": whole[:60] + bytes(255 - byte for byte in whole[60:]),
    }[kind]  # fmt: skip
    with pytest.raises(CourseError, match=said):
        grey_square(content, "file")
