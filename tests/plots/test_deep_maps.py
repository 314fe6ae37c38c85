"""Figures of a deep network: what is laid over a picture, and what each figure holds."""

import numpy as np
import pytest
from matplotlib.patches import FancyBboxPatch

from utils.plots.deep_maps import answers_by_change, laid_over, picture_rows, residual_plan


def test_heat_is_bright_where_the_map_is_high_and_dark_where_it_is_nothing():
    image, heat = np.full((32, 32, 3), 100, np.uint8), np.zeros((8, 8))
    heat[6, 1] = 5
    over = laid_over(image, heat)
    assert over.shape == (32, 32, 3) and over.dtype == np.uint8
    brightest = np.unravel_index(over.sum(axis=2).argmax(), (32, 32))
    assert 24 <= brightest[0] < 28 and 4 <= brightest[1] < 8
    assert (over[:16, 16:] < 50).all()  # 0 is nearly black, and most of it is laid on


@pytest.mark.parametrize("heat", [np.zeros((4, 4)), np.full((4, 4), -1.0)])
def test_a_map_that_is_nowhere_above_0_makes_the_picture_evenly_dark(heat):
    over = laid_over(np.full((8, 8, 3), 200, np.uint8), heat)
    assert np.ptp(over, axis=(0, 1)).max() == 0 and over.max() < 100


def test_rows_of_pictures_keep_their_names_and_each_map_its_own_scale():
    rows = {"picture": [np.full((4, 4, 3), 7, np.uint8)], "maps": [np.eye(4) * 3, np.eye(2)]}
    figure = picture_rows(rows, ("first", "second"))
    top, _, first, second = figure.axes
    assert [axes.get_ylabel() for axes in (top, first)] == ["picture", "maps"]
    assert [axes.get_title() for axes in figure.axes[:2]] == ["first", "second"]
    assert [axes.images[0].get_clim() for axes in (top, first, second)] == [
        (0, 255), (0, 3), (0, 1)
    ]  # fmt: skip


def test_the_plan_has_two_convolutions_a_block():
    figure = residual_plan([("32 × 32 × 16", 3), ("16 × 16 × 32", 2)])
    boxes = [one for one in figure.axes[0].patches if isinstance(one, FancyBboxPatch)]
    texts = [one.get_text() for one in figure.axes[0].texts]
    assert len(boxes) == 2 * 5 and texts.count("+") == 5 and "set 2\n16 × 16 × 32" in texts


def test_each_change_has_a_panel_with_its_fractions():
    figure = answers_by_change({"shift": {0: 0.9, 4: 0.7}, "noise": {0: 0.9}})
    lines = [axes.lines[0].get_xydata().tolist() for axes in figure.axes]
    assert lines == [[[0, 0.9], [4, 0.7]], [[0, 0.9]]]
    assert [axes.get_xlabel() for axes in figure.axes] == ["shift", "noise"]
