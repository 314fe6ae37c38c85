"""Models, examples and labels that no workbook can be made of: one sentence each, and no file."""

import numpy as np
import pytest
from libreoffice import needs_libreoffice

from utils.networks.saved import reference_model
from utils.spreadsheet.check import check_workbook
from utils.spreadsheet.libreoffice import formulas, load_book, named_ranges

FLAT = ["Flatten", {}]
END = ["Dense", {"units": 2, "activation": "softmax"}]


def described(*chain, shape=(4, 4, 1)):
    """Return a model's description for keras_worker, and an example that fits it."""
    return {
        "spec": {"input": shape, "layers": chain, "functional": False, "seed": 0},
        "example": np.zeros([side or 4 for side in shape]).tolist(),
        "label": 0,
        "names": ["a", "b"],
    }


def conv(**options):
    return ["Conv2D", {"filters": 2, "kernel_size": 3} | options]


GOOD = described(conv(), FLAT, END)
BAD = {
    "(DepthwiseConv2D) can't be expressed. Supported are Input, Rescaling, Normalization":
        described(["DepthwiseConv2D", {"kernel_size": 3}], FLAT, END),
    "(SeparableConv2D) can't be expressed": described(
        ["SeparableConv2D", {"filters": 2, "kernel_size": 3}], FLAT, END),
    "(PReLU) can't be expressed": described(conv(), ["PReLU", {}], FLAT, END),
    "(Cropping2D) can't be expressed": described(
        ["Cropping2D", {"cropping": 1}], FLAT, END),
    "(ELU) can't be expressed": described(conv(), ["ELU", {}], FLAT, END),
    "norm (BatchNormalization) has axis = 1": described(
        conv(), ["BatchNormalization", {"name": "norm", "axis": 1}], FLAT, END),
    "(Masking) can't be expressed": described(
        ["Masking", {"mask_value": 5.0}], FLAT, END),  # it changes nothing but one number
    "(ZeroPadding2D) has data_format = 'channels_first'": described(
        ["ZeroPadding2D", {"data_format": "channels_first"}], FLAT, END),
    "(GlobalMaxPooling2D) has keepdims = True": described(
        conv(), ["GlobalMaxPooling2D", {"keepdims": True}], FLAT, END),
    "(ReLU) has threshold = 1": described(conv(), ["ReLU", {"threshold": 1.0}], FLAT, END),
    "(UpSampling2D) can't be expressed": described(["UpSampling2D", {}], FLAT, END),
    "has the activation hard_tanh": described(conv(), ["Activation", {"activation": "hard_tanh"}],
                                              FLAT, END),
    "ends in flat (Flatten): 16 places of maps, not one number a class":
        described(["Flatten", {"name": "flat"}]),
    "ends in flat (Flatten): 8 places of maps": described(conv(), ["Flatten", {"name": "flat"}]),
    "has no weights: nothing in it is trained": described(["GlobalAveragePooling2D", {}],
                                                          shape=(4, 4, 2)),
    "ends in one number without a sigmoid": described(FLAT, ["Dense", {"units": 1}]),
    "softmax over one number, which is 100 % whatever it sees. Train it with keras":
        described(FLAT, ["Dense", {"units": 1, "activation": "softmax"}]),
    "has the activation elu. Here it may be linear, relu, leaky_relu, sigmoid, tanh":
        described(conv(activation="elu"), FLAT, END),
    "has the activation softmax. Here it may be linear": described(
        conv(activation="softmax"), FLAT, END),
    "ends in 2 sigmoids (last): each is a probability of its own": described(
        FLAT, ["Dense", {"units": 2, "activation": "sigmoid", "name": "last"}]),
    "ends in 2 sigmoids": described(
        FLAT, ["Dense", {"units": 2}], ["Activation", {"activation": "sigmoid"}],
        ["Dropout", {"rate": 0.5}]),
    "for one cell's formula. Give the layer before it 60 filters or fewer, or make the":
        described(conv(filters=61, kernel_size=1, name="first"),
                  conv(activation="leaky_relu", name="second"), FLAT, END),
    "has dilation_rate = (2, 2)": described(conv(kernel_size=2, dilation_rate=2), FLAT, END),
    "has groups = 2": described(conv(groups=2), FLAT, END, shape=(4, 4, 2)),
    "has data_format = 'channels_first'": described(
        ["GlobalAveragePooling2D", {"data_format": "channels_first"}], END),
    "is fed maps of shape (2, 2, 2). Put Flatten before it": described(conv(), END, FLAT),
    "ends in maps of shape (2, 2, 2), not in one number a class": described(conv()),
    "has max_value = 6": described(["ReLU", {"max_value": 6.0}], FLAT, END),
    "comes after a softmax": described(FLAT, END, ["Dense", {"units": 2}]),
    "takes inputs of shape (None, 4, 1)": described(
        ["GlobalAveragePooling2D", {}], END, shape=(None, 4, 1)),
    "weight that isn't a finite number. The training diverged": GOOD | {"replace": "nan"},
    "has 1 weight that isn't a finite number": GOOD | {"replace": "inf"},
    "The example has shape (4, 5, 1), but the model takes (4, 4, 1)":
        GOOD | {"example": np.zeros((4, 5, 1)).tolist()},
    "pixels that aren't finite": GOOD | {"example": np.full((4, 4, 1), float("nan")).tolist()},
    "isn't an array of numbers": GOOD | {"example": "a cat"},
    "The label 2 is none of the 2 classes": GOOD | {"label": 2},
    "The label b is none of the 2 classes. Give a number from 0 to 1": GOOD | {"label": "b"},
    "has 2 classes; the names are a, b, c": GOOD | {"names": ["a", "b", "c"]},
    "has 2 classes; the names are cat, Cat": GOOD | {"names": ["cat", "Cat"]},
    "319,653 formulas; 200,000 is the limit. conv_big alone has 313,632":
        described(conv(filters=8, name="conv_big"), ["GlobalAveragePooling2D", {}],
                  ["Dense", {"units": 600}], ["Dense", {"units": 800}], shape=(200, 200, 1)),
    "weights; 500,000 is the limit": described(FLAT, ["Dense", {"units": 40_000}], END),
    "has 17,000 units; a sheet has 16,384 columns": described(
        FLAT, ["Dense", {"units": 17_000}], END),
    "reads 300 channels, too many for one cell's formula":
        described(conv(), FLAT, END, shape=(4, 4, 300)),
}  # fmt: skip


def test_the_good_one_of_which_many_bad_ones_are_made_is_written(keras_side, tmp_path):
    answer = keras_side("workbook", **GOOD, workbook=tmp_path / "m.xlsx")
    assert answer == {"path": str(tmp_path / "m.xlsx")}


@pytest.mark.parametrize("said", BAD)
def test_what_cannot_be_written_is_named_in_a_sentence_and_leaves_no_file(
    said, keras_side, tmp_path
):
    answer = keras_side("workbook", **BAD[said], workbook=tmp_path / "m.xlsx")
    assert said in answer["error"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("two outputs", "has 1 input and 2 outputs"),
        ("skip", "(Concatenate) takes 2 results at once. On a sheet only Add may do that"),
        ("layer used twice", "(Dense) is used twice"),
        ("no input", "has no input shape yet"),
    ],
)
def test_a_model_that_branches_as_no_sheets_can_is_refused(how, said, keras_side, tmp_path):
    answer = keras_side("branching", how=how, workbook=tmp_path / "m.xlsx")
    assert said in answer["error"]
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def cnn(keras_side, tmp_path):
    """A fresh workbook of the reference CNN."""
    np.save(tmp_path / "x.npy", np.zeros((1, 28, 28, 1), np.uint8))
    path = tmp_path / "cnn.xlsx"
    keras_side("saved_model", model=reference_model("mnist_cnn"), images=tmp_path / "x.npy",
               label=0, names=list("abcdefghij"), workbook=path,
               answers=tmp_path / "a.npz")  # fmt: skip
    return path


@needs_libreoffice
def test_the_check_against_the_model_finds_one_changed_weight(cnn, keras_side):
    model = reference_model("mnist_cnn")
    assert keras_side("checked", workbook=cnn, model=model) == {"complaints": []}
    book = load_book(cnn)
    (((sheet, place),),) = named_ranges(cnn)["conv2_bias_1"]
    book[sheet][place] = book[sheet][place].value + 0.5
    book.save(cnn)
    first, *_, last = keras_side("checked", workbook=cnn, model=model)["complaints"]
    assert "(conv2_map_1) is" in first and last.endswith("cells more.")


@needs_libreoffice
def test_a_number_where_a_formula_belongs_is_found_even_if_it_is_the_right_one(cnn):
    book = load_book(cnn)
    sheet, place = named_ranges(cnn)["conv1_map_2"][3][4]
    assert (sheet, place) in formulas(cnn)
    book[sheet][place] = load_book(cnn, data_only=True)[sheet][place].value
    book.save(cnn)
    assert any(
        f"{sheet}!{place} (conv1_map_2) is the number" in complaint
        for complaint in check_workbook(cnn)
    )
