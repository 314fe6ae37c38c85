"""What the first ten lessons add for the articles behind the course is what their cells compute.

Cells that need NumPy alone are run; of the places to go on, nothing is fetched.
"""

import re
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from contents import LESSONS, read, targets
from test_stated_numbers import run_cells

from utils import plots

TEN = LESSONS[:10]
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def figures() -> SimpleNamespace:
    """Return what stands in for `plots` in a cell: its colours, and `show`, which keeps alt texts."""
    shown: list[str] = []
    return SimpleNamespace(
        COLORS=plots.COLORS, alts=shown, show=lambda _, alt: (shown.append(alt), plt.close("all"))
    )


@pytest.mark.parametrize("path", TEN, ids=lambda path: path.stem)
def test_a_lesson_ends_in_two_or_three_places_to_go_on_and_says_what_each_is(path):
    last = read(path).cells[-1].source
    assert last.startswith("### Further\n\n- ")
    items = re.findall(r"(?m)^- (.*)$", last)
    assert 2 <= len(items) <= 3
    for item in items:
        assert re.search(r"\]\(https://", item), item
        assert len(re.sub(r"\]\(\S*\)", "", item).split()) >= 12, item


def test_no_two_lessons_send_to_the_same_place():
    addresses = [one for path in TEN for one in targets(read(path).cells[-1]) if "://" in one]
    assert len(addresses) == len(set(addresses)) >= 20


def test_the_header_of_an_idx_file_is_the_shape_of_its_pictures(capsys: Capture):
    batch = np.random.default_rng(0).integers(0, 256, (16, 28, 28, 1), dtype=np.uint8)
    found = run_cells("03", "idx", batch=batch)
    said = capsys.readouterr().out
    assert "[0, 0, 8, 3, 0, 0, 0, 16, 0, 0, 0, 28, 0, 0, 0, 28]" in said
    assert "kind 2051, shape (16, 28, 28), equal to ours: True" in said
    assert len(found["data"]) == 16 + batch.size


def test_a_table_times_a_vector_is_a_dot_product_for_each_row(capsys: Capture):
    found = run_cells("03", "dot")
    a, b = found["a"], found["b"]
    assert found["vector_dot"](a[1], b[:, 0]) == a[1] @ b[:, 0]
    one, row, *table = capsys.readouterr().out.splitlines()
    assert one == f"{a[1] @ b[:, 0]}" and row == f"{a @ b[:, 0]}"
    assert "\n".join(table) == f"{a @ b}"


def test_the_perceptrons_rule_is_the_gradients_without_the_slope(capsys: Capture):
    found = run_cells("04", "sigmoid-code", "data", "loss-start", "gradient-measured",
                      "chain-table", "one-step", pd=pd)  # fmt: skip
    rule, start, X, Y = (found[name] for name in ("rule", "start", "X", "Y"))
    by_rows = np.zeros(3)  # notebook 01's rule, a row at a time, from the same weights
    for x, y in zip(X, Y, strict=True):
        by_rows += (y - (x @ start[:2] + start[2] > 0)) * np.array([*x, 1])
    said = re.findall(r"(?m): +(\[.*\])$", capsys.readouterr().out)[-3:]
    assert said[0] == f"{by_rows}" and said[1] == said[2]
    np.testing.assert_allclose(rule(Y - found["y_hat"], 1), np.array([*(Y - found["y_hat"]) @ X,
                                                                     (Y - found["y_hat"]).sum()]))  # fmt: skip


def test_one_turned_weight_lets_a_misread_digit_be_read(
    capsys: Capture, figures: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
):
    rng = np.random.default_rng(0)
    weights = [rng.normal(0, 0.05, size) for size in ((784, 512), 512, (512, 10), 10)]
    images = rng.integers(0, 256, (60, 28, 28, 1), dtype=np.uint8)
    flat = np.maximum(0, images.reshape(60, -1) / 255 @ weights[0] + weights[1])
    softmax = run_cells("06", "softmax-code", z=np.zeros(10))["softmax"]
    shares = np.array([softmax(one) for one in flat @ weights[2] + weights[3]])
    said, meant = shares.argmax(axis=1), rng.integers(0, 10, 60)
    wrong = np.flatnonzero(said != meant)
    network = SimpleNamespace(get_weights=lambda: weights)
    before = weights[2].copy()
    capsys.readouterr()
    run_cells("06", "turn", network=network, wrong=wrong, shares=shares, said=said, meant=meant,
              softmax=softmax, validation=SimpleNamespace(images=images), plt=plt,
              plots=figures)  # fmt: skip
    n = wrong[np.argsort(shares[wrong].max(axis=1))][len(wrong) // 2]
    assert f"now a {meant[n]}; {len(wrong)} mistakes before, " in capsys.readouterr().out
    assert figures.alts[0].startswith(f"A {meant[n]}; ")
    np.testing.assert_array_equal(before, weights[2])  # the network itself stays as it is


def test_filters_make_numbers_and_pooling_takes_them(capsys: Capture, figures: SimpleNamespace):
    cat = np.random.default_rng(0).random((12, 12, 3))
    window = np.lib.stride_tricks.sliding_window_view
    run_cells("07", "convolve", cat=cat, sliding_window_view=window)
    counts = re.findall(r"75 numbers, +(\d+) filters, padding (\d): +(\d+)", capsys.readouterr().out)
    assert counts == [("2", "0", "18"), ("2", "1", "50"), ("3", "1", "75"), ("10", "1", "250")]
    found = run_cells("07", "pool-code", sliding_window_view=window, plt=plt, plots=figures,
                      draw_numbers=lambda *_, **__: None)  # fmt: skip
    assert found["max_pool"](found["x"], stride=1)[0].tolist() == [6, 6, 8]
    assert "3 by 3 numbers: 6, 6, 8" in figures.alts[0].replace("\n", " ")


def test_a_convolution_is_a_dot_product_of_flattened_windows(capsys: Capture):
    window = np.lib.stride_tricks.sliding_window_view
    x, w = np.array([[0, 0, 0, 9, 9, 9]] * 6), np.array([[-1, 0, 1]] * 3)
    run_cells("07", "loops", "windows-code", x=x, w=w, sliding_window_view=window)
    said = capsys.readouterr().out
    assert "table (133802, 9) times vector (9,), equal: True" in said


def test_the_two_terms_of_the_divergence_are_the_log_loss_and_the_entropy(capsys: Capture):
    found = run_cells("08", "loss-code", p=np.array([0.1, 0.2, 0.7]), cells=lambda _: np.zeros((4, 1)))
    assert found["divergence"] == pytest.approx(found["log_loss"] - found["entropy"])
    said = capsys.readouterr().out
    assert f"two terms: {found['log_loss']:.12f} - 0.000000000000" in said
