"""`course sheet …` as a person uses it: its output and its exit codes."""

import os
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from libreoffice import needs_libreoffice
from PIL import Image

from utils.networks.saved import reference_model
from utils.settings import ROOT
from utils.spreadsheet.libreoffice import load_book


@pytest.fixture
def sheet(keras_side):
    """Return a function that runs `course sheet …` in Keras's process."""

    def run(*arguments, **environment):
        given = {"arguments": ["sheet", *map(str, arguments)], "environment": environment}
        return SimpleNamespace(**keras_side("command", **given))

    return run


def process(*arguments, **environment):
    """Run `course sheet …` as a process of its own; return it when it has ended."""
    return subprocess.run(
        [sys.executable, "-m", "utils.cli", "sheet", *map(str, arguments)],
        capture_output=True, text=True, cwd=ROOT, env=os.environ | environment,
    )  # fmt: skip


@pytest.fixture
def photograph(tmp_path):
    """A small picture file."""
    path = tmp_path / "p.png"
    pixels = np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def test_a_photograph_is_scaled_and_written(sheet, photograph, tmp_path):
    done = sheet("picture", photograph, "-o", tmp_path / "p.xlsx", "--size", "8x6")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{tmp_path / 'p.xlsx'}: 0.0")
    assert load_book(tmp_path / "p.xlsx")["Red"].dimensions == "A1:I7"


@needs_libreoffice
def test_a_model_is_written_with_a_picture_of_ones_own_and_checked(sheet, photograph, tmp_path):
    done = sheet("model", reference_model("mnist_cnn"), "-o", tmp_path / "m.xlsx",
                 "--picture", photograph, "--label", "seven", "--check")  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "5,038 formulas, all as stored, every layer as in the model." in done.stdout
    grey = np.asarray(
        Image.open(photograph).resize((28, 28), Image.Resampling.LANCZOS).convert("L")
    )
    rows = load_book(tmp_path / "m.xlsx")["Input"].iter_rows(values_only=True)
    numbers = [[cell for cell in row if isinstance(cell, int)] for row in rows]
    assert [row[1:] for row in numbers if len(row) == 29] == grey.tolist()


def test_a_model_is_written_with_a_picture_of_its_data_set(tmp_path):
    done = process("model", reference_model("mnist_cnn"), "-o", tmp_path / "m.xlsx", "--number", 2,
                   COURSE_DATA_SOURCE="sample")  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "SAMPLE DATA, NOT MNIST" in done.stdout


@needs_libreoffice
def test_the_or_gate_is_written_and_checked(sheet, tmp_path):
    done = sheet("or-gate", "-o", tmp_path / "o.xlsx", "--epochs", "30", "--check")
    assert (done.returncode, done.stderr) == (0, "")
    assert "371 formulas, all as stored." in done.stdout


@needs_libreoffice
@pytest.mark.parametrize(
    ("name", "said"),
    [("nine-steps", "all as stored, every layer as in the model."),
     ("backward", "919 formulas, all as stored.")],
)  # fmt: skip
def test_nine_steps_and_one_backward_step_are_written_and_checked(sheet, name, said, tmp_path):
    done = sheet(name, "-o", tmp_path / "s.xlsx", "--check")
    assert (done.returncode, done.stderr) == (0, "")
    assert said in done.stdout


CNN = reference_model("mnist_cnn")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["picture", "{here}/none.jpg"], "There is no file"),
        (["picture", "{here}/p.png", "--size", "big"], "--size big isn't WIDTHxHEIGHT"),
        (["picture", "{here}/p.png", "--size", "0x5"], "can't be 0x5"),
        (["picture", "{here}/p.png", "--size", "30000x30000"], "2,700,000,000 numbers; a workbook"),
        (["picture", "{here}/p.png", "--size", "700x700"], "Give a smaller --size, such as"),
        (["or-gate", "--epochs", "0"], "0 epochs don't fit"),
        (["or-gate", "--learning-rate", "1000"], "out of range"),
        (["model", "{here}/none.keras"], "There is no file"),
        (["model", "{here}/p.png"], "p.png isn't a Keras model"),
        (["model", CNN, "--label", "eleven"], "'eleven' isn't a class. Choose one of: zero, one"),
        (["model", CNN, "--number", "999999"], "There is no validation image 999999"),
        (["model", CNN, "--classes", "cat,dog"], "has 10 classes; the names are cat, dog"),
        (["model", CNN, "--picture", "{here}/none.jpg"], "There is no file"),
    ],
)
def test_bad_input_is_one_sentence_exit_1_and_no_file(sheet, arguments, said, photograph, tmp_path):
    words = [str(word).format(here=tmp_path) for word in arguments]
    done = sheet(*words, "-o", tmp_path / "out.xlsx", COURSE_DATA_SOURCE="sample")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert done.stderr.startswith("course: ") and said in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out.xlsx").exists()


def test_an_output_that_is_no_workbook_is_named(sheet, photograph, tmp_path):
    done = sheet("picture", photograph, "-o", tmp_path / "p.csv")
    assert done.returncode == 1
    assert (
        done.stderr
        == f"course: {tmp_path / 'p.csv'} doesn't end in .xlsx. Name the workbook FILE.xlsx.\n"
    )
