"""What a model's workbook leaves out, folds and adds: each against Keras, cell by cell."""

import numpy as np
import pytest
from libreoffice import needs_libreoffice

from utils.spreadsheet.check import check_workbook
from utils.spreadsheet.libreoffice import load_book, named_ranges, recalculate_many

FLAT = ["Flatten", {}]
END = ["Dense", {"units": 3}]
NORM = "BatchNormalization"


def spec(*chain, shape=(6, 6, 1), functional=False):
    """Return a model's description for keras_worker; its layers' names don't hang on others'."""
    chain = [[kind, {"name": f"{kind}_{n}"} | options] for n, (kind, options) in enumerate(chain)]
    return {"input": shape, "layers": chain, "functional": functional, "seed": 3}


def conv(**options):
    return ["Conv2D", {"filters": 2, "kernel_size": 3} | options]


# Each of these gives what it is given while a network answers, and none is in a list of the course.
NOTHING = {
    "GaussianNoise": {"stddev": 0.1}, "GaussianDropout": {"rate": 0.2},
    "AlphaDropout": {"rate": 0.2}, "SpatialDropout2D": {"rate": 0.2},
    "ActivityRegularization": {"l1": 0.1}, "Identity": {}, "Activation": {"activation": "linear"},
    "RandomFlip": {}, "RandomRotation": {"factor": 0.1}, "RandomZoom": {"height_factor": 0.1},
    "RandomTranslation": {"height_factor": 0.1, "width_factor": 0.1},
    "RandomContrast": {"factor": 0.2}, "RandomBrightness": {"factor": 0.2},
    "RandomShear": {"x_factor": 0.1}, "RandomErasing": {}, "RandomCrop": {"height": 6, "width": 6},
    "RandomPerspective": {}, "RandomGaussianBlur": {}, "MixUp": {},
    "Reshape": {"target_shape": (6, 6, 1)}, "Permute": {"dims": (1, 2, 3)},
    "ZeroPadding2D": {"padding": 0}, "Cropping2D": {"cropping": 0}, "UpSampling2D": {"size": 1},
    "LeakyReLU": {"negative_slope": 1.0}, "Masking": {},
}  # fmt: skip


@pytest.mark.parametrize("dtype", ["mixed_bfloat16", "float16", "float64"])
def test_what_changes_nothing_is_found_in_any_type_of_numbers(dtype, keras_side):
    chain = [[kind, NOTHING[kind] | {"name": kind.lower()}] for kind in ("RandomFlip", "MixUp")]
    chain += [["ZeroPadding2D", {"padding": 0, "name": "none"}], conv(), FLAT, END]
    found = keras_side("parity", spec=spec(*chain) | {"dtype": dtype})
    assert found["left_out"] == ["randomflip", "mixup", "none"]


@pytest.mark.parametrize("functional", [False, True])
def test_layers_that_change_nothing_are_left_out_by_trying_them(functional, keras_side):
    chain = [[kind, options | {"name": kind.lower()}] for kind, options in NOTHING.items()]
    found = keras_side("parity", spec=spec(*chain, conv(), FLAT, END, functional=functional))
    assert found["left_out"] == [kind.lower() for kind in NOTHING]
    assert found["kinds"] == ["Conv2D", "Flatten", "Dense"]
    assert found["float32"] < 1e-5 and found["float64"] < 1e-9


FOLDED = {
    "after a convolution": [conv(), [NORM, {}], ["ReLU", {}], FLAT, END],
    "after one without bias": [conv(use_bias=False), [NORM, {}], FLAT, END],
    "without scale": [conv(), [NORM, {"scale": False}], FLAT, END],
    "without center": [conv(), [NORM, {"center": False}], FLAT, END],
    "with neither": [conv(), [NORM, {"center": False, "scale": False}], FLAT, END],
    "with a large epsilon": [conv(), [NORM, {"epsilon": 0.5}], FLAT, END],
    "after a dense layer": [FLAT, ["Dense", {"units": 4}], [NORM, {}],
                            ["Activation", {"activation": "relu"}], END],
    "after one without bias, at the end": [FLAT, ["Dense", {"units": 3, "use_bias": False}],
                                           [NORM, {}]],
    "twice": [conv(), [NORM, {}], [NORM, {}], FLAT, END],
    "behind what changes nothing": [conv(), ["GaussianNoise", {"stddev": 0.1}], [NORM, {}], FLAT,
                                    END],
    "same padding and strides": [conv(padding="same", strides=2), [NORM, {}], FLAT, END],
}  # fmt: skip


@pytest.mark.parametrize("functional", [False, True])
@pytest.mark.parametrize("name", FOLDED)
def test_batch_normalization_is_taken_into_the_weights_before_it(name, functional, keras_side):
    found = keras_side("parity", spec=spec(*FOLDED[name], functional=functional))
    assert NORM not in found["kinds"]
    assert found["float32"] < 1e-5 and found["float64"] < 1e-9


def test_a_pipeline_of_augmentation_is_opened_up(keras_side, tmp_path):
    inner = [
        "keras.layers.RandomFlip(name='flip')",
        "keras.layers.RandomRotation(0.1, name='turn')",
    ]
    code = (
        "import keras; keras.Sequential([keras.Input((6, 6, 1)), keras.layers.Pipeline(["
        f"{', '.join(inner)}]), keras.layers.Flatten(), keras.layers.Dense(3)]).save('m.keras')"
    )
    keras_side("executed", spec=spec(FLAT, END), code=code, folder=tmp_path)
    found = keras_side("loaded", file=tmp_path / "m.keras")
    assert found["left_out"] == ["flip", "turn"] and found["kinds"] == ["Flatten", "Dense"]


SHAPES = {
    "a grey picture without its axis": ((6, 6), [FLAT, END]),
    "one that Reshape gives its axis": ((6, 6), [["Reshape", {"target_shape": (6, 6, 1)}], conv(),
                                                 FLAT, END]),
    "pixels in a row": ((36,), [["Reshape", {"target_shape": (6, 6, 1)}], conv(), FLAT, END]),
    "Reshape for Flatten": ((6, 6, 1), [conv(), ["Reshape", {"target_shape": (-1,)}], END]),
    "a mean and a variance": ((6, 6, 3), [["Normalization", {"mean": [0.5, 1.0, 2.0],
                                                             "variance": [4.0, 0.25, 1.0]}],
                                          conv(), FLAT, END]),
    "one for all": ((6, 6, 3), [["Normalization", {"mean": 0.5, "variance": 4.0}], conv(), FLAT,
                                END]),
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_inputs_of_other_shapes_and_scales_are_read(name, keras_side):
    shape, chain = SHAPES[name]
    found = keras_side("parity", spec=spec(*chain, shape=shape))
    assert found["float32"] < 1e-5 and found["float64"] < 1e-6  # Keras rounds mean and variance


ONE = {
    "of the layer": [conv(), FLAT, ["Dense", {"units": 1, "activation": "sigmoid"}]],
    "of its own": [conv(), FLAT, ["Dense", {"units": 1}],
                   ["Activation", {"activation": "sigmoid"}]],
    "of one map": [conv(filters=1), ["GlobalAveragePooling2D", {}],
                   ["Activation", {"activation": "sigmoid"}]],
}  # fmt: skip


@pytest.mark.parametrize("name", ONE)
def test_one_number_with_a_sigmoid_is_two_classes(name, keras_side):
    found = keras_side("parity", spec=spec(*ONE[name]))
    assert found["float32"] < 1e-5 and found["float64"] < 1e-9


@needs_libreoffice
def test_a_sigmoids_workbook_says_its_two_classes_and_their_loss(keras_side, tmp_path):
    path, model = tmp_path / "m.xlsx", spec(*ONE["of the layer"])
    keras_side("saved", spec=model, file=tmp_path / "m.keras")
    images = np.random.default_rng(0).normal(size=(3, 6, 6, 1)) * 3
    keras_side("workbook", spec=model, example=images[0].tolist(), label=1, names=["cat", "dog"],
               workbook=path)  # fmt: skip
    assert check_workbook(path) == []
    checked = keras_side("checked", workbook=path, model=tmp_path / "m.keras")
    assert checked == {"complaints": []}
    ranges = named_ranges(path)
    rows, ((right,),) = ranges["input_channel_1"], ranges["right_class"]
    books = [
        (path, {place: float(image[y, x, 0]) for y, row in enumerate(rows)
                for x, place in enumerate(row)} | {right: name})
        for image in [*images, images[0] * 1e4, images[0] * -1e4] for name in ("cat", "dog")
    ]  # fmt: skip
    for n, cells in enumerate(recalculate_many(books)):
        cat, dog = (cells[place] for (place,) in ranges["shares"])
        ((said,),), ((loss,),) = ranges["predicted_class"], ranges["loss"]
        assert cat + dog == pytest.approx(1)
        assert cells[said] == ("dog" if dog > 0.5 else "cat")
        z = cells[ranges["logits"][1][0]]
        assert dog == pytest.approx(np.exp(-np.logaddexp(0, -z)), abs=1e-12)
        assert cells[loss] == pytest.approx(np.logaddexp(0, -z if n % 2 else z), rel=1e-9)


@needs_libreoffice
def test_the_sigmoids_check_finds_one_changed_weight(keras_side, tmp_path):
    path, model = tmp_path / "m.xlsx", spec(*ONE["of the layer"])
    keras_side("saved", spec=model, file=tmp_path / "m.keras")
    keras_side("workbook", spec=model, example=np.ones((6, 6, 1)).tolist(), label=0,
               names=["cat", "dog"], workbook=path)  # fmt: skip
    book = load_book(path)
    ranges = named_ranges(path)
    bias = next(name for name in ranges if name.startswith("Dense") and "_bias_1" in name)
    (((sheet, place),),) = ranges[bias]
    book[sheet][place] = book[sheet][place].value + 0.5
    book.save(path)
    complaints = keras_side("checked", workbook=path, model=tmp_path / "m.keras")["complaints"]
    assert any("Answer!" in complaint for complaint in complaints)


@needs_libreoffice
def test_a_workbook_of_folded_and_left_out_layers_is_keras_and_says_which(keras_side, tmp_path):
    chain = [["RandomFlip", {"name": "flip"}], conv(name="conv"), [NORM, {"name": "norm"}],
             ["ReLU", {}], ["MaxPooling2D", {}], FLAT, END]  # fmt: skip
    path, model = tmp_path / "m.xlsx", spec(*chain)
    keras_side("saved", spec=model, file=tmp_path / "m.h5")
    example = np.random.default_rng(0).normal(size=(6, 6, 1)).tolist()
    keras_side("workbook", spec=model, example=example, label=0, names=list("abc"), workbook=path)
    assert check_workbook(path) == []
    checked = keras_side("checked", workbook=path, model=tmp_path / "m.h5")
    assert checked == {"complaints": []}
    book = load_book(path)
    assert "flip" not in book.sheetnames and "norm" not in book.sheetnames
    assert "Conv2D with BatchNormalization" in book["conv"]["A1"].value
    words = [str(cell.value) for row in book["Guide"].iter_rows() for cell in row if cell.value]
    assert any("norm (in conv)" in text for text in words)
    assert any("change nothing" in text and "flip" in text for text in words)
