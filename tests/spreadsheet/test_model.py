"""The CNN of notebook 09 as a workbook, against Keras, on two digits of each class."""

import os
from pathlib import Path

import numpy as np
import pytest
from compared import numbers, ranges_of, worst_difference
from libreoffice import needs_libreoffice

from utils.data import load
from utils.networks.saved import reference_model
from utils.spreadsheet.check import check_workbook
from utils.spreadsheet.examples import DIGITS
from utils.spreadsheet.libreoffice import formulas, load_book, named_ranges, recalculate_many

REAL = (Path(os.environ.get("COURSE_DATA") or "none") / "mnist.npz").is_file()


@pytest.fixture(scope="module")
def digits():
    """Two of each class, at random: real ones where COURSE_DATA has them, else the sample's."""
    split = load("mnist", "real" if REAL else "sample").test
    random = np.random.default_rng(0)
    each = [random.choice(np.flatnonzero(split.labels == n), 2, replace=False) for n in range(10)]
    return split.images[np.concatenate(each, axis=0)]


@pytest.fixture(scope="module")
def written(keras_side, digits, tmp_path_factory):
    """The workbook of the reference CNN, and Keras's answers for the digits."""
    folder = tmp_path_factory.mktemp("mnist")
    np.save(folder / "digits.npy", digits)
    answer = keras_side(
        "saved_model", model=reference_model("mnist_cnn"), images=folder / "digits.npy",
        label=7, names=DIGITS, workbook=folder / "cnn.xlsx", answers=folder / "answers.npz",
    )  # fmt: skip
    assert "error" not in answer
    return folder / "cnn.xlsx", np.load(folder / "answers.npz")


@pytest.fixture(scope="module")
def recalculated(written, digits):
    """LibreOffice's cells after each digit was put into the Input sheet."""
    path, _ = written
    ((first, *_), *_) = rows = named_ranges(path)["input_channel_1"]
    assert first[0] == "Input"
    changes = [
        {place: int(pixel)
         for row, pixels in zip(rows, digit[..., 0], strict=True)
         for place, pixel in zip(row, pixels, strict=True)}
        for digit in digits
    ]  # fmt: skip
    return recalculate_many([(path, change) for change in changes])


@needs_libreoffice
def test_the_shares_of_20_digits_are_keras_in_every_class(written, recalculated):
    path, answers = written
    ranges = named_ranges(path)
    shares = np.array([numbers(cells, ranges["shares"]) for cells in recalculated])
    assert np.abs(shares - answers["shares"]).max() <= 1e-9
    assert np.abs(shares - answers["float32"]).max() <= 1e-5


@needs_libreoffice
def test_the_class_in_words_is_the_models_for_all_20(written, recalculated):
    path, answers = written
    ((place,),) = named_ranges(path)["predicted_class"]
    said = [cells[place] for cells in recalculated]
    assert said == [DIGITS[best] for best in answers["float32"].argmax(axis=1)]
    assert len(set(said)) == 10


@needs_libreoffice
def test_every_layer_of_ten_digits_is_keras_in_float64(written, recalculated):
    path, answers = written
    ranges = named_ranges(path)
    for n in range(10):
        wanted = ranges_of(answers, n)
        assert len(wanted) == 1 + 4 + 4 + 4 + 4 + 1 + 2 + 2 + 2
        gap, name = worst_difference(recalculated[n], ranges, wanted)
        assert gap <= 1e-9, (n, name)


@needs_libreoffice
def test_the_loss_follows_the_label(written, digits):
    path, answers = written
    ranges = named_ranges(path)
    ((label,),), ((loss,),) = ranges["right_class"], ranges["loss"]
    books = recalculate_many([(path, {label: name}) for name in (*DIGITS, "eleven")])
    wanted = -np.log(answers["shares"][0])
    assert np.allclose([cells[loss] for cells in books[:10]], wanted, rtol=1e-9)
    assert books[10][loss] == "Choose a class"


@needs_libreoffice
def test_the_workbook_is_right_as_it_is_written(written):
    assert check_workbook(written[0]) == []


def test_formulas_are_those_a_reader_can_follow(written):
    texts = {name: set() for name in load_book(written[0]).sheetnames}
    for (sheet, _), text in formulas(written[0]).items():
        texts[sheet].add(text)
    window = [row[:3] for row in named_ranges(written[0])["rescaling_map_1"][:3]]
    corners = f"rescaling!{window[0][0][1]}:{window[2][2][1]}"
    assert f"=MAX(0,SUMPRODUCT({corners},conv1_filter_1)+conv1_bias_1)" in texts["conv1"]
    assert all(text.count("SUMPRODUCT") == 4 for text in texts["conv2"])
    assert "=SUMPRODUCT(dense2_inputs,dense2_unit_3)+dense2_bias_3" in texts["dense2"]
    assert any(text.startswith("=MAX(conv1!") for text in texts["pool1"])
    assert "=INDEX(classes,MATCH(MAX(shares),shares,0))" in texts["Answer"]


def test_the_sheets_come_in_the_order_of_the_layers_and_explain_themselves(written):
    book = load_book(written[0])
    layers = ["rescaling", "conv1", "pool1", "conv2", "pool2", "flatten", "dense1", "dense2"]
    assert book.sheetnames == ["Guide", "Input", *layers, "Answer"]
    for sheet in book:
        assert sheet["A1"].value and sheet["A2"].value
        assert sheet.freeze_panes and sheet.print_area
    links = {cell.value: cell.hyperlink.location for row in book["Guide"].iter_rows()
             for cell in row if cell.hyperlink}  # fmt: skip
    assert links == {name: f"{name}!A1" for name in book.sheetnames[1:]}


def test_it_is_small(written):
    assert written[0].stat().st_size < 1e6
    assert len(formulas(written[0])) < 6_000
