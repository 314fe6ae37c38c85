"""The nine steps: every sheet's numbers against SciPy's, as written and after cells are changed."""

import io
import json
import zipfile

import h5py
import numpy as np
import pytest
from libreoffice import needs_libreoffice
from scipy.signal import correlate

from utils.data.photographs import cat
from utils.networks.saved import reference_model
from utils.spreadsheet.check import CALCULATED, check_workbook
from utils.spreadsheet.examples import THREE_CLASSES, shrink
from utils.spreadsheet.libreoffice import (
    formulas,
    load_book,
    named_ranges,
    recalculate_many,
    stored_values,
)

# What sheets of a step are called, and what one of their titles' words is.
STEP_NAMES = {1: ("input", "rescaling"), 2: ("filter",), 3: ("convolution", "conv"), 4: ("stride",),
              5: ("padding",), 6: ("relu",), 7: ("pooling", "pool"), 8: ("flatten", "dense"),
              9: ("answer", "loss")}  # fmt: skip
STEP_TITLES = {1: ["Input"], 2: ["Filter"], 3: ["Convolution"], 4: ["Stride"], 5: ["Zero padding"],
               6: ["ReLU"], 7: ["Max pooling"], 8: ["Flatten", "Fully connected"],
               9: ["Softmax"]}  # fmt: skip
CHANGES = [
    {},
    {"chosen_filter": 4, "pixel_row": 0, "pixel_column": 13, "stride": 1, "padding": 0,
     "pool_size": 2, "pool_stride": 1},
    {"chosen_filter": 2, "pixel_row": 13, "pixel_column": 5, "stride": 3, "padding": 2,
     "pool_size": 3, "pool_stride": 3},
    {"chosen_filter": 6, "stride": 2, "padding": 2, "right_class": "automobile", "pool_size": 1,
     "pool_stride": 1},
    {"stride": 1, "padding": 1, "right_class": "zebra", "pool_size": 3, "pool_stride": 2},
]  # fmt: skip


@pytest.fixture(scope="module")
def path(keras_side, tmp_path_factory):
    target = tmp_path_factory.mktemp("nine") / "nine.xlsx"
    assert keras_side("nine_steps", workbook=target) == {}
    return target


@pytest.fixture(scope="module")
def books(path):
    """One recalculated workbook a change, each as a function from a name to an array."""
    ranges = named_ranges(path)
    changes = [{ranges[name][0][0]: value for name, value in one.items()} for one in CHANGES]
    pixel = ranges["input_channel_2"][7][8]
    found = recalculate_many([(path, one) for one in (*changes, {pixel: 255})])

    def reader(cells):
        return lambda name: np.array(
            [[cells.get(place) for place in row] for row in ranges[name]], dtype=object
        )

    return [reader(cells) for cells in found]


def image(book):
    """Return what conv1 sees, (3, 16, 16)."""
    return np.stack([book(f"rescaling_map_{c}") for c in (1, 2, 3)]).astype(float)


def book_pixels(book):
    """Return the Input sheet's pixels, (16, 16, 3)."""
    return np.stack([book(f"input_channel_{c}") for c in (1, 2, 3)], axis=2).astype(float)


def chosen(book, number):
    """Return the chosen filter (3, 3, 3), channels first, and its bias, as the network has them."""
    weights = [book(f"conv1_filter_{number}_channel_{c}") for c in (1, 2, 3)]
    return np.stack(weights).astype(float), float(book(f"conv1_bias_{number}")[0, 0])


def changed(books, n, **knobs):
    """Return the n-th changed book, its knobs (those not changed as given), filter and bias."""
    knobs = {"chosen_filter": 1} | knobs | CHANGES[n]
    return books[n], knobs, *chosen(books[n], knobs["chosen_filter"])


@needs_libreoffice
def test_the_input_is_the_course_s_cat(books):
    for c in range(3):
        wanted = shrink(cat()[:288, 80:368])[:, :, c]
        assert np.array_equal(books[0](f"input_channel_{c + 1}").astype(int), wanted)
        assert np.allclose(image(books[0])[c], wanted / 255, rtol=1e-12)


@needs_libreoffice
@pytest.mark.parametrize("n", range(len(CHANGES)))
def test_27_products_and_the_bias_make_the_networks_own_number(books, n):
    book, knobs, weights, bias = changed(books, n, pixel_row=7, pixel_column=7)
    y, x = knobs["pixel_row"], knobs["pixel_column"]
    window = image(book)[:, y : y + 3, x : x + 3]
    for c in range(3):
        assert np.allclose(book(f"steps_products_{c + 1}").astype(float), window[c] * weights[c])
    total = (window * weights).sum() + bias
    sums = [float(book(f"steps_sum_{k}")[0, 0]) for k in (1, 2, 3, 4)]
    assert np.allclose(sums, [total - bias, bias, total, total], atol=1e-12)


@needs_libreoffice
@pytest.mark.parametrize("n", range(len(CHANGES)))
def test_stride_and_padding_give_scipys_maps_and_nothing_beyond(books, n):
    book, knobs, weights, bias = changed(books, n, stride=2, padding=1)
    stride, padding = knobs["stride"], knobs["padding"]
    for name, ring in (("stride", 0), ("padding", padding)):
        padded = np.pad(image(book), ((0, 0), (ring, ring), (ring, ring)))
        wanted = (correlate(padded, weights, "valid")[0] + bias)[::stride, ::stride]
        size = [int(book(f"steps_{name}_{word}")[0, 0]) for word in ("rows", "columns")]
        assert tuple(size) == wanted.shape
        shown = book(f"steps_{name}_map")
        assert np.allclose(shown[: size[0], : size[1]].astype(float), wanted, atol=1e-12)
        shown[: size[0], : size[1]] = None
        assert set(shown.reshape(-1)) <= {None, ""}
    for c in range(3):
        side = 16 + 2 * padding
        ring = np.pad(image(book)[c], padding)
        assert np.array_equal(book(f"steps_padded_{c + 1}")[:side, :side].astype(float), ring)


@needs_libreoffice
@pytest.mark.parametrize("n", range(len(CHANGES)))
def test_pooling_gives_the_largest_of_each_window_and_nothing_beyond(books, n):
    book, knobs, *_ = changed(books, n, pool_size=2, pool_stride=2)
    size, stride = knobs["pool_size"], knobs["pool_stride"]
    seen = book(f"relu1_map_{knobs['chosen_filter']}").astype(float)
    assert np.array_equal(book("steps_pool_input").astype(float), seen)
    count = (14 - size) // stride + 1
    wanted = [[seen[y * stride : y * stride + size, x * stride : x * stride + size].max()
               for x in range(count)] for y in range(count)]  # fmt: skip
    words = ("steps_pool_rows", "steps_pool_columns")
    assert [int(book(word)[0, 0]) for word in words] == [count, count]
    shown = book("steps_pool_map")
    assert np.allclose(shown[:count, :count].astype(float), wanted, atol=1e-12)
    shown[:count, :count] = None
    assert set(shown.reshape(-1)) <= {None, ""}
    if (size, stride) == (2, 2):
        own = book(f"pool1_map_{knobs['chosen_filter']}").astype(float)
        assert np.array_equal(own, np.array(wanted))


@needs_libreoffice
def test_three_readings_of_the_loss_are_one_number(books):
    for book, change in zip(books, (*CHANGES, {}), strict=True):
        label = change.get("right_class", "cat")
        readings = book("steps_readings")
        if label == "zebra":
            assert set(readings.reshape(-1)) == {"Choose a class"}
            continue
        z = book("logits").astype(float)[:, 0]
        q = np.exp(z) / np.exp(z).sum()
        wanted = -np.log(q[THREE_CLASSES.index(label)])
        assert np.allclose(readings.astype(float), wanted, rtol=1e-9)
        assert np.allclose(book("steps_confidences").astype(float)[:, 0], np.exp(z))
        assert np.allclose(book("steps_probabilities").astype(float)[:, 0], q)


@needs_libreoffice
def test_the_loss_is_the_one_of_keras_for_every_class_and_for_a_changed_pixel(
    books, keras_side, tmp_path
):
    shown = np.stack([book_pixels(book) for book in (books[0], books[-1])])
    np.save(tmp_path / "images.npy", shown)
    keras_side(
        "saved_model", model=reference_model("three_classes"), images=tmp_path / "images.npy",
        label=2, names=THREE_CLASSES, workbook=tmp_path / "m.xlsx", answers=tmp_path / "k.npz",
    )  # fmt: skip
    shares = np.load(tmp_path / "k.npz")["shares"]
    for n, book, label in ((0, books[0], 2), (0, books[3], 1), (1, books[-1], 2)):
        readings = book("steps_readings").astype(float)
        assert np.allclose(readings, -np.log(shares[n, label]), rtol=0, atol=1e-9)


@needs_libreoffice
def test_every_cell_of_the_networks_own_sheets_is_the_one_of_keras(path, keras_side):
    answer = keras_side("checked", workbook=path, model=reference_model("three_classes"))
    assert answer == {"complaints": []}


@needs_libreoffice
def test_one_pixel_changes_every_later_step(books):
    before, after = books[0], books[-1]
    for name in ("conv1_map_1", "relu1_map_1", "pool1_map_1", "flatten_output", "logits", "shares",
                 "steps_padded_2", "steps_products_2", "steps_readings"):  # fmt: skip
        assert not np.array_equal(before(name), after(name)), name


@needs_libreoffice
def test_the_workbook_is_right_as_it_is_written(path):
    assert check_workbook(path) == []


def test_the_network_answers_cat_and_its_sheets_stand_in_the_order_of_the_steps(path):
    stored, ranges = stored_values(path), named_ranges(path)
    assert stored[ranges["predicted_class"][0][0]] == "cat"
    order = list(dict.fromkeys(sheet for sheet, _ in formulas(path)))
    assert order == ["Guide", "1 rescaling", "2 Filter", "3 Convolution", "3 conv1", "4 Stride",
                     "5 Padding", "6 relu1", "7 Pooling", "7 pool1", "3 conv2", "6 relu2",
                     "7 pool2", "8 flatten", "8 dense", "9 Answer", "9 Loss"]  # fmt: skip
    products = [name for name in ranges if name.startswith("steps_products")]
    assert sum(len(row) for name in products for row in ranges[name]) == 27
    assert all(CALCULATED.fullmatch(name) for name in ranges if name.startswith("steps_"))


def test_every_sheet_carries_its_number_and_name_in_tab_and_title(path):
    book = load_book(path)
    numbers = []
    for sheet in book.worksheets[1:]:
        number, name = sheet.title.split(" ")
        assert sheet["A1"].value.startswith(f"{number}  "), sheet.title
        assert name.lower().rstrip("12") in STEP_NAMES[int(number)], sheet.title
        assert any(word in sheet["A1"].value for word in STEP_TITLES[int(number)]), sheet.title
        numbers.append(int(number))
    assert set(numbers) == set(range(1, 10))
    first = numbers[: numbers.index(7) + 2]
    assert first == sorted(first)
    links = {cell.value: cell.hyperlink.location for row in book["Guide"].iter_rows()
             for cell in row if cell.hyperlink}  # fmt: skip
    assert links == {name: f"'{name}'!A1" for name in book.sheetnames[1:]}


def test_a_network_of_other_layers_gets_its_numbers_too_and_its_names_may_be_long(
    keras_side, tmp_path
):
    spec = described()
    long = "a_very_long_name_of_a_layer_indeed"
    spec["layers"][1][1]["name"] = long + "_1"
    spec["layers"][4:4] = [["BatchNormalization", {"name": "norm"}], ["Dropout", {"rate": 0.1}],
                           ["ZeroPadding2D", {"name": "border"}],
                           ["Conv2D", {"filters": 2, "kernel_size": 3, "name": long + "_2"}],
                           ["LeakyReLU", {"name": "leaky"}]]  # fmt: skip
    assert keras_side("nine_steps", workbook=tmp_path / "n.xlsx", spec=spec) == {}
    names = load_book(tmp_path / "n.xlsx").sheetnames
    assert all(len(name) <= 31 and name[0].isdigit() for name in names[1:])
    assert {"7 norm", "5 border", "6 leaky"} <= set(names)
    assert sum(name.startswith("3 a_very_long") for name in names) == 2


def described(side=16, **options):
    conv = {"filters": 2, "kernel_size": 3} | options
    chain = [["Rescaling", {"scale": 1 / 255}], ["Conv2D", conv], ["ReLU", {}],
             ["MaxPooling2D", {}], ["Flatten", {}], ["Dense", {"units": 3}]]  # fmt: skip
    return {"input": [side, side, 3], "layers": chain, "functional": False, "seed": 0}


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (described(use_bias=False), "has no bias"),
        (described(kernel_size=5), "has filters of (5, 5, 3)"),
        (described(strides=2), "stride (2, 2). The nine steps need 3 × 3 × 3"),
        (described(padding="same"), "stride 1 and no padding"),
        (described(side=40), "takes images of (40, 40, 3). Take 32 × 32 at most"),
        (described(side=18), "The example has shape (16, 16, 3)"),
    ],
)
def test_networks_that_do_not_fit_the_steps_are_refused(spec, said, keras_side, tmp_path):
    answer = keras_side("nine_steps", workbook=tmp_path / "n.xlsx", spec=spec)
    assert said in answer["error"]
    assert list(tmp_path.iterdir()) == []


def test_other_models_are_refused_in_a_sentence(keras_side, tmp_path):
    answer = keras_side(
        "nine_steps", workbook=tmp_path / "n.xlsx", model=reference_model("mnist_cnn")
    )
    assert "The model's layers are Rescaling, Conv2D, MaxPooling2D" in answer["error"]
    assert list(tmp_path.iterdir()) == []


def changed_model(target, conv1, change):
    """Save the course's model with other settings of conv1, and `change` done to its weights."""
    with zipfile.ZipFile(reference_model("three_classes")) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    config = json.loads(parts["config.json"])
    config["config"]["layers"][2]["config"] |= conv1
    numbers = io.BytesIO(parts["model.weights.h5"])
    with h5py.File(numbers, "r+") as weights:
        change(weights["layers"])
    parts |= {"config.json": json.dumps(config), "model.weights.h5": numbers.getvalue()}
    with zipfile.ZipFile(target, "w") as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return target


def without_bias(layers):
    del layers["conv2d/vars/1"]


def loud(layers):
    layers["dense/vars/0"][...] = 1000 * layers["dense/vars/0"][...]


@pytest.mark.parametrize(
    ("conv1", "change", "sentence"),
    [
        ({"use_bias": False}, without_bias, "The layer conv1 has no bias."),
        ({"activation": "relu"}, lambda layers: None, "The layer conv1 ends in relu."),
        ({}, loud, "The model's logits for this image go from"),
    ],
)
def test_models_that_would_make_the_steps_wrong_are_refused(
    keras_side, tmp_path, conv1, change, sentence
):
    model = changed_model(tmp_path / "other.keras", conv1, change)
    answer = keras_side("nine_steps", workbook=tmp_path / "n.xlsx", model=model)
    assert sentence in answer.get("error", "it was written")
    assert list(tmp_path.iterdir()) == [model]


def test_the_saved_model_is_the_network_alone_without_an_optimizer():
    path = reference_model("three_classes")
    assert path.stat().st_size < 60_000
    with zipfile.ZipFile(path) as file:
        assert not json.loads(file.read("config.json")).get("compile_config")
        with h5py.File(io.BytesIO(file.read("model.weights.h5"))) as weights:
            assert "optimizer" not in weights or not list(weights["optimizer/vars"])
