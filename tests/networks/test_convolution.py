"""Notebook 07's own convolution and pooling, taken from its cells, against SciPy and by hand."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from scipy.signal import correlate2d

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "07_convolution.ipynb"


@pytest.fixture(scope="module")
def cells() -> dict[str, Any]:
    """Return what the function definitions of the cells tagged `convolution` define."""
    names: dict[str, Any] = {"np": np, "sliding_window_view": sliding_window_view}
    for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]:
        if "convolution" in cell["metadata"].get("tags", []):
            source = "".join(cell["source"])
            start = source.index("def ")
            exec(source[start : source.index("\n\n\n", start)], names)
    return names


@pytest.mark.parametrize("shape", [(3, 3), (1, 1), (2, 5), (6, 7)])
def test_both_ways_to_slide_a_filter_give_what_scipy_gives(
    cells: dict[str, Any], shape: tuple[int, int]
) -> None:
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(6, 9)), rng.normal(size=shape)
    wanted = correlate2d(x, w, mode="valid")
    np.testing.assert_allclose(cells["slide"](x, w), wanted)
    np.testing.assert_allclose(cells["slide_fast"](x, w), wanted)


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (1, 1), (2, 1), (3, 2)])
def test_a_layer_adds_up_its_channels_for_each_filter(
    cells: dict[str, Any], stride: int, padding: int
) -> None:
    rng = np.random.default_rng(1)
    x, w, b = rng.normal(size=(8, 11, 3)), rng.normal(size=(3, 3, 3, 4)), rng.normal(size=4)
    got = cells["convolve"](x, w, b, stride=stride, padding=padding)
    framed = np.pad(x, ((padding, padding), (padding, padding), (0, 0)))
    for f in range(4):
        sums = [correlate2d(framed[..., c], w[..., c, f], mode="valid") for c in range(3)]
        wanted = np.sum(sums, axis=0)[::stride, ::stride] + b[f]
        np.testing.assert_allclose(got[..., f], wanted)


def test_max_pooling_keeps_the_largest_of_each_square_and_drops_a_rest(
    cells: dict[str, Any],
) -> None:
    x = np.array([[1, 5, 2, 0, 9], [3, 4, 8, 7, 9], [-1, -2, -3, -4, 9], [-5, -6, -7, -8, 9]])
    assert cells["max_pool"](x).tolist() == [[5, 8], [-1, -3]]
    stacked = np.stack([x, 10 * x], axis=-1)
    assert cells["max_pool"](stacked)[..., 1].tolist() == [[50, 80], [-10, -30]]
