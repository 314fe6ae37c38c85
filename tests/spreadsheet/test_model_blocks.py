"""Residual blocks as sheets: each cell against loops, and networks that are written in part."""

import re
import shlex

import numpy as np
import pytest
from libreoffice import needs_libreoffice
from looped import equal_loops
from PIL import Image

from utils.errors import CourseError
from utils.networks.in_numpy.plain_layers import Layer, Network
from utils.networks.saved import reference_model
from utils.spreadsheet import model as sheets
from utils.spreadsheet.libreoffice import formulas, load_book, named_ranges

SHAPES = {"ladder": (7, 5, 3), "first paper": (6, 8, 2), "around the input": (5, 6, 2),
          "one after another": (7, 7, 1), "of numbers": (3, 4, 1)}  # fmt: skip
DTYPES = ["float32", "float16", "mixed_float16", "float64", "float32"]


def spec(name, **more):
    return {"block": name, "seed": 5} | more


@needs_libreoffice
def test_residual_networks_are_the_loops_in_every_cell_before_and_after_an_edit(keras_side):
    specs = []
    for (name, shape), dtype in zip(SHAPES.items(), DTYPES, strict=True):
        image = np.random.default_rng(len(specs)).normal(size=shape)
        edited = image.copy()
        edited[1, 2, -1] += 3
        classes = 10 if name == "ladder" else 3
        specs.append(spec(name, images=[image.tolist(), edited.tolist()], label=classes - 1,
                          dtype=dtype))  # fmt: skip
    equal_loops(keras_side, specs)


@pytest.mark.parametrize("name", [*SHAPES, "nested", "one relu"])
def test_a_residual_network_is_read_as_keras_calculates_it(name, keras_side):
    found = keras_side("parity", spec=spec(name))
    assert found["float32"] < 1e-5 and found["float64"] < 1e-6  # Keras rounds Rescaling's scale
    assert "Add" in found["kinds"]


@pytest.fixture
def saved(keras_side, tmp_path):
    """Return a function that saves a model of block_models and returns its file."""

    def save(name):
        file = tmp_path / "my model.keras"
        keras_side("saved", spec=spec(name), file=file)
        return file

    return save


def workbook(keras_side, path, name, shape, **more):
    example = np.random.default_rng(0).normal(size=shape).tolist()
    return keras_side("workbook", spec=spec(name), example=example, label=0, names=list("abc"),
                      workbook=path, **more)  # fmt: skip


@needs_libreoffice
def test_a_part_ends_with_its_layer_and_is_the_models(keras_side, saved, tmp_path):
    path, until = tmp_path / "part.xlsx", "block 1 sum"
    assert "error" not in workbook(keras_side, path, "first paper", (6, 8, 2), until=until)
    book = load_book(path)
    assert book.sheetnames[:2] == ["Guide", "Input"] and book.sheetnames[-1] == "block_1_sum"
    assert "shares" not in named_ranges(path)
    words = [str(cell.value) for row in book["Guide"].iter_rows() for cell in row if cell.value]
    assert any("layers of a trained network up to block 1 sum: " in text for text in words)
    assert "The network says" not in words and "Answer" not in " ".join(words)
    assert any(text == "Adds shortcut_1_1 and block_1_conv_b." for text in
               words)  # fmt: skip
    file = saved("first paper")
    checked = keras_side("checked", workbook=path, model=file, until=until)
    assert checked == {"complaints": []}


def test_a_part_leaves_out_what_its_last_layer_does_not_need(keras_side, tmp_path):
    path = tmp_path / "part.xlsx"
    workbook(keras_side, path, "first paper", (6, 8, 2), until="block 1 conv b")
    found = load_book(path).sheetnames
    assert found[-1] == "block_1_conv_b" and not any(name.startswith("shortcut") for name in found)
    workbook(keras_side, path, "first paper", (6, 8, 2), until="end")
    assert "Answer" not in load_book(path).sheetnames


def test_the_last_layer_as_the_end_is_the_whole_network(keras_side, tmp_path):
    paths = tmp_path / "whole.xlsx", tmp_path / "until.xlsx"
    end = ["Dense", {"units": 2, "activation": "softmax", "name": "last"}]
    model = {"input": [4, 4, 1], "layers": [["Flatten", {"name": "flat"}], end],
             "functional": False, "seed": 0}  # fmt: skip
    for path, until in zip(paths, ("", "last"), strict=True):
        keras_side("workbook", spec=model, example=np.ones((4, 4, 1)).tolist(), label=0,
                   names=["a", "b"], workbook=path, until=until)  # fmt: skip
    whole, cut = (formulas(path) for path in paths)
    assert whole == cut and any(sheet == "Answer" for sheet, _ in cut)


def test_a_sheet_says_which_sheets_it_takes(keras_side, tmp_path):
    path = tmp_path / "b.xlsx"
    workbook(keras_side, path, "around the input", (5, 6, 2))
    book, texts = load_book(path), formulas(path)
    said = book["with_input"]["A2"].value
    assert said == "The numbers of made and Input, added place by place."
    assert book["three"]["A2"].value.endswith(" and Input, added place by place.")
    one, other = texts[named_ranges(path)["twice_map_1"][0][0]][1:].split("+")
    assert one == other and one.startswith("three!")
    workbook(keras_side, path, "first paper", (6, 8, 2))
    book = load_book(path)
    assert book.sheetnames[3:6] == ["to_the_block", "shortcut_1_1", "block_1_conv_a"]
    assert "a window of the sheet to_the_block times" in book["block_1_conv_a"]["A2"].value
    assert "a window of the sheet before times" in book["shortcut_1_1"]["A2"].value


def test_nested_blocks_have_sheets_of_their_own_whatever_their_names(keras_side, tmp_path):
    path = tmp_path / "n.xlsx"
    answer = workbook(keras_side, path, "nested", (5, 5, 2))
    assert "error" not in answer
    found = load_book(path).sheetnames
    assert [name for name in found if name.startswith(("conv", "relu", "sum"))] == [
        "conv", "relu", "conv_2", "relu_2", "conv_b", "sum"]  # fmt: skip


def command(keras_side, *words):
    """Run `course …`."""
    environment = {"COURSE_DATA_SOURCE": "sample"}
    return keras_side("command", arguments=list(map(str, words)), environment=environment)


def told(text, **files):
    """Return the words of the command that a sentence ends with, its file to write filled in."""
    words = shlex.split(re.search(r": (course .*)$", text.strip())[1])
    assert words[0] == "course"
    return [str(files.get(word.replace("FILE.", ""), word)) for word in words[1:]]


@pytest.mark.parametrize("kind", ["Multiply", "Average"])
def test_other_layers_that_take_two_results_are_refused_with_a_command_that_works(
    kind, keras_side, saved, tmp_path
):
    file, part = saved(kind), tmp_path / "part.xlsx"
    done = command(keras_side, "sheet", "model", file, "-o", tmp_path / "x.xlsx")
    assert f"joined ({kind}) takes 2 results at once. On a sheet only Add may do" in done["stderr"]
    Image.new("RGB", (9, 9), "teal").save(tmp_path / "p.png")
    typed = told(done["stderr"], xlsx=part)
    assert typed[:4] == ["sheet", "model", str(file), "-u"]
    done = command(keras_side, *typed, "--picture", tmp_path / "p.png")
    assert (done["returncode"], done["stderr"]) == (0, "")
    assert load_book(part).sheetnames[-1] == "other"
    assert not (tmp_path / "x.xlsx").exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Concatenate", "joined (Concatenate) takes 2 results at once. On a sheet only Add may"),
        ("shared", "my conv (Conv2D) is used twice. A sheet has weights of its own"),
    ],
)
def test_what_only_a_page_takes_is_refused_with_the_page(name, said, keras_side, saved, tmp_path):
    done = command(keras_side, "sheet", "model", saved(name), "-o", tmp_path / "x.xlsx")
    assert said in done["stderr"] and not (tmp_path / "x.xlsx").exists()
    done = command(keras_side, *told(done["stderr"], html=tmp_path / "p.html"))
    assert (done["returncode"], done["stderr"]) == (0, "")
    assert (tmp_path / "p.html").is_file()


def test_the_ladders_network_is_too_large_and_its_first_block_is_offered(keras_side, tmp_path):
    file, path = reference_model("ladder"), tmp_path / "l.xlsx"
    done = command(keras_side, "sheet", "model", file, "-o", path)
    assert done["returncode"] == 1 and "formulas; 200,000 is the limit." in done["stderr"]
    assert told(done["stderr"], xlsx=path) == [
        "sheet", "model", str(file), "-u", "set1_block1_add", "-o", str(path)]  # fmt: skip
    assert list(tmp_path.iterdir()) == []


@needs_libreoffice
@pytest.mark.slow
def test_a_residual_networks_first_block_is_the_models_in_every_cell(keras_side, tmp_path):
    """Of the sample's network, which is the ladder's with fewer filters."""
    done = command(keras_side, "sheet", "model", reference_model("ladder_sample"), "--until",
                   "set1_block1_add", "-o", tmp_path / "block.xlsx", "--check")  # fmt: skip
    assert done["stderr"] == "" and "every layer as in the model." in done["stdout"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["conv1", "--label", "seven"], "Up to conv1 the network has no classes yet. Leave "
                                        "--classes and --label out."),
        (["conv9"], "has no layer 'conv9'. Choose one of: rescaling, conv1, pool1, "),
    ],
)  # fmt: skip
def test_what_does_not_fit_a_part_is_refused(words, said, keras_side, tmp_path):
    done = command(keras_side, "sheet", "model", reference_model("mnist_cnn"), "--until", *words,
                   "-o", tmp_path / "c.xlsx")  # fmt: skip
    assert done["returncode"] == 1 and said in done["stderr"]
    assert list(tmp_path.iterdir()) == []


def dense(inputs, units, name):
    weights = np.ones((inputs, units))
    return Layer("Dense", name, (units,), weights, np.zeros(units), has_bias=True)


@pytest.mark.parametrize(
    ("limit", "value", "until"),
    [
        ("MOST_FORMULAS", 45, "; or .*'a b.keras' -u 'my sum' -o FILE.xlsx"),
        ("MOST_FORMULAS", 10, "; or .*'a b.keras' -u a -o FILE.xlsx"),
        ("MOST_FORMULAS", 5, r"fewer filters\."),
        ("MOST_WEIGHTS", 45, "; or .*'a b.keras' -u 'my sum' -o FILE.xlsx"),
        ("MOST_WEIGHTS", 19, r"units or inputs\."),
    ],
)
def test_the_layers_that_fit_end_with_a_sum_if_there_is_one(limit, value, until, monkeypatch):
    layers = [dense(4, 4, "a"), Layer("Add", "my sum", (4,), inputs=(0, -1)), dense(4, 4, "b")]
    network = Network("n", (4,), (*layers, dense(4, 9, "end")))
    sheets.check_size(network)
    monkeypatch.setattr(sheets, limit, value)
    with pytest.raises(CourseError, match=rf"is the limit\. .*{until}$"):
        sheets.check_size(network, "a b.keras")
