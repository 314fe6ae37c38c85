"""Figures: what is in them, by their lines, labels and texts rather than their pixels."""

import base64
import html
import io
import re
import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pandas as pd
import PIL.Image
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from utils import plots, settings
from utils.errors import CourseError
from utils.experiments.history import COLUMNS
from utils.experiments.statistics import compare_pairs, welch_interval
from utils.experiments.studies import STUDIES
from utils.plots import readable
from utils.plots.style import STYLE


def table(study="dropout", finals=None, seeds=3, epochs=4, status="finished"):
    """Return a history: accuracies rise evenly to `final` + seed/100."""
    finals = finals or dict.fromkeys(STUDIES[study].variants, 0.5)
    rows = [
        (
            *(study, variant, seed, epoch, 2 / epoch, 0.1, 2.2 / epoch),
            *((final + seed / 100) * epoch / epochs, 0.9, 5.0, status),
        )
        for variant, final in finals.items()
        for seed in range(seeds)
        for epoch in range(1, epochs + 1)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def lines(axes, label):
    return [line for line in axes.get_lines() if line.get_label() == label]


def texts(axes):
    return [text.get_text() for text in axes.texts]


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


@pytest.mark.parametrize("first", ["use_style", "small_multiples", "final_accuracy"])
def test_no_figure_brings_pandas_or_scipy_and_none_hides_another(first):
    code = (
        f"import sys\nfrom utils import plots\nplots.{first}\n"
        "print(*[name for name in ('pandas', 'scipy') if name in sys.modules])\n"
        "names = plots.__all__\nprint(*[n for n in names if type(getattr(plots, n)) is type(sys)])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=settings.ROOT
    )
    assert (done.stdout.split(), done.stderr) == ([], "")


def test_a_name_that_plots_has_not_is_no_attribute():
    with pytest.raises(AttributeError, match="no attribute 'pies'"):
        _ = plots.pies


def test_a_curve_is_the_mean_over_the_seeds():
    axes = plots.curves(table(finals={"0": 0.4}), "val_accuracy").axes[0]
    (line,) = lines(axes, "0")
    assert list(line.get_xdata()) == [1, 2, 3, 4]
    np.testing.assert_allclose(line.get_ydata(), 0.41 * np.arange(1, 5) / 4)


def test_the_band_reaches_from_the_lowest_to_the_highest_seed():
    axes = plots.curves(table(finals={"0": 0.4}), "val_accuracy").axes[0]
    corners = axes.collections[0].get_paths()[0].vertices
    last = corners[corners[:, 0] == 4][:, 1]
    assert last.min() == pytest.approx(0.40) and last.max() == pytest.approx(0.42)


def test_validation_is_solid_and_training_pictures_are_dashed_in_the_same_colour():
    figure = plots.curves(table(finals={"0": 0.4}), "accuracy")
    solid, dashed = lines(figure.axes[0], "0")
    assert solid.get_linestyle() == "-" and dashed.get_linestyle() == "--"
    assert solid.get_color() == dashed.get_color()
    np.testing.assert_allclose(dashed.get_ydata(), 0.9)
    assert legend(figure)[:2] == ["validation", "training pictures"]


def test_variants_differ_in_marker_as_well_as_in_colour():
    for study in STUDIES:
        axes = plots.curves(table(study), "val_accuracy").axes[0]
        drawn = [lines(axes, variant)[0] for variant in STUDIES[study].variants]
        assert len({line.get_marker() for line in drawn}) == len(drawn)
        assert len({line.get_color() for line in drawn}) == len(drawn)
        assert {to_hex(line.get_color()).upper() for line in drawn} <= set(plots.COLORS)


def test_each_line_is_named_at_its_end_and_names_do_not_overlap():
    names = {"0": 0.500, "0.25": 0.501, "0.5": 0.502}
    figure = plots.curves(table(finals=names, seeds=1), "val_accuracy")
    axes = figure.axes[0]
    assert set(texts(axes)) == set(names)
    figure.draw_without_rendering()
    boxes = sorted((t.get_window_extent() for t in axes.texts), key=lambda box: box.y0)
    for below, above in zip(boxes, boxes[1:], strict=False):
        assert above.y0 >= below.y1 - 2
    assert [t.get_text() for t in sorted(axes.texts, key=lambda t: t.get_window_extent().y0)] == [
        *names
    ]


def test_axes_say_what_they_show_and_epochs_are_whole_numbers():
    axes = plots.curves(table(), "loss").axes[0]
    assert axes.get_xlabel() == "Epoch" and axes.get_ylabel() == "Loss"
    assert axes.get_title(loc="left") == STUDIES["dropout"].question
    assert all(float(tick).is_integer() for tick in axes.get_xticks())


def test_a_diverged_run_is_drawn_by_itself_and_named_so():
    whole = table("learning_rate", {"0.01": 0.4}, seeds=2)
    broken = table("learning_rate", {"0.01": 0.1}, seeds=1, epochs=2, status="diverged")
    broken["seed"] = 2
    axes = plots.curves(pd.concat([whole, broken]), "val_accuracy").axes[0]
    np.testing.assert_allclose(lines(axes, "0.01")[0].get_ydata()[-1], 0.405)
    (alone,) = lines(axes, "0.01 diverged")
    assert list(alone.get_xdata()) == [1, 2] and "0.01 diverged" in texts(axes)


def test_a_run_in_progress_does_not_bend_the_mean_of_finished_ones():
    running = table(finals={"0": 0.9}, seeds=1, epochs=2, status="running").assign(seed=7)
    axes = plots.curves(pd.concat([table(finals={"0": 0.4}), running]), "val_accuracy").axes[0]
    np.testing.assert_allclose(lines(axes, "0")[0].get_ydata()[-1], 0.41)


def test_the_reference_lies_behind_thin_and_pale():
    mine, theirs = table(finals={"0": 0.4}, seeds=1), table(finals={"0": 0.6})
    figure = plots.curves(mine, reference=theirs)
    axes = figure.axes[0]
    (behind,) = lines(axes, "reference")
    yours = lines(axes, "0")[0]
    np.testing.assert_allclose(behind.get_ydata()[-1], 0.61)
    assert behind.get_linewidth() < yours.get_linewidth()
    assert axes.get_lines().index(behind) < axes.get_lines().index(yours)
    assert "reference, validation" in legend(figure)


def test_curves_of_two_studies_or_of_an_unknown_metric_are_refused():
    both = pd.concat([table("dropout"), table("layers")])
    with pytest.raises(CourseError, match="shows one study, but the table has 2"):
        plots.curves(both)
    with pytest.raises(CourseError, match="no metric 'happiness'"):
        plots.curves(table(), "happiness")


def test_small_multiples_have_a_panel_a_study_on_one_scale():
    every = pd.concat([table(study) for study in reversed(STUDIES)])
    figure = plots.small_multiples(every)
    panels = [axes for axes in figure.axes if axes.axison]
    titles = [axes.get_title(loc="left") for axes in panels]
    assert titles == [study.replace("_", " ") for study in STUDIES]
    assert len({axes.get_ylim() for axes in panels}) == 1
    for axes, study in zip(panels, STUDIES.values(), strict=True):
        assert set(texts(axes)) == set(study.variants)


def dots(axes):
    return [line for line in axes.get_lines() if line.get_alpha()]


def test_final_accuracy_shows_each_seed_and_the_mean_in_the_studys_order():
    figure = plots.final_accuracy(table(finals={"0.5": 0.5, "0": 0.4}))
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["0", "0.5"]
    assert axes.get_ylabel() == "dropout" and axes.yaxis_inverted()
    np.testing.assert_allclose(dots(axes)[0].get_xdata(), [0.40, 0.41, 0.42])
    assert set(dots(axes)[0].get_ydata()) == {0} and not axes.containers
    means = [(line.get_xdata()[0], line.get_ydata()[0]) for line in lines(axes, "mean")]
    np.testing.assert_allclose(means, [(0.41, 0), (0.51, 1)])


def interval_of(bars):
    """Return the place, the ends and the mean of an interval that is drawn."""
    mean, _, [bar] = bars.lines
    [[low, high]] = bar.get_segments()
    return [*low, *high, *mean.get_xdata()]


def test_beside_it_stand_the_pairs_differences_from_the_baseline_with_their_interval():
    runs = table("layers", {"one-set": 0.4, "baseline": 0.5})
    runs.loc[(runs["variant"] == "one-set") & (runs["seed"] == 2), "val_accuracy"] += 0.03
    left, right = plots.final_accuracy(runs).axes
    [pairs] = dots(right)
    np.testing.assert_allclose(pairs.get_xdata(), [-10, -10, -7])
    assert set(pairs.get_ydata()) == {0}, "the row of one-set"
    found = compare_pairs({0: 0.4, 1: 0.41, 2: 0.45}, {0: 0.5, 1: 0.51, 2: 0.52})
    ends = [100 * value for value in (found.low, found.high, found.mean)]
    low, row, high, same, mean = interval_of(right.containers[0])
    np.testing.assert_allclose([low, high, mean], ends)
    assert row == same and 0 < row < 0.5 and len(right.containers) == 1
    [zero] = lines(right, "zero")
    assert list(zero.get_xdata()) == [0, 0]
    assert texts(right) == ["baseline"] and right.texts[0].xy == (0, 1)
    assert "points" in right.get_xlabel() and left.get_ylim() == right.get_ylim()


def test_runs_of_other_seeds_have_an_interval_and_no_pairs():
    other = table(finals={"0": 0.4}).assign(seed=lambda rows: rows["seed"] + 5)
    right = plots.final_accuracy(pd.concat([other, table(finals={"0.5": 0.5})])).axes[1]
    assert dots(right) == []
    half = 100 * welch_interval([0.4, 0.41, 0.42], [0.5, 0.51, 0.52])
    low, _, high, *_ = interval_of(right.containers[0])
    np.testing.assert_allclose([low, high], [-10 - half, -10 + half])


def test_one_seed_is_a_pair_without_an_interval():
    right = plots.final_accuracy(table(seeds=1, finals={"0": 0.4, "0.5": 0.5})).axes[1]
    np.testing.assert_allclose(dots(right)[0].get_xdata(), [-10])
    assert not right.containers


def test_each_qualifier_has_a_baseline_of_its_own():
    finals = {"0": 0.4, "0.5": 0.5, "0@full": 0.7, "0.5@full": 0.6}
    right = plots.final_accuracy(table(finals=finals)).axes[1]
    np.testing.assert_allclose([line.get_xdata()[0] for line in dots(right)], [-10, 10])
    assert [text.xy[1] for text in right.texts] == [1, 3]


@pytest.mark.parametrize("finals", [{"0": 0.4, "0.25": 0.5}, {"0.5": 0.5}, {"0@full": 0.5}])
def test_without_a_baseline_or_something_beside_it_there_is_no_second_panel(finals):
    assert len(plots.final_accuracy(table(finals=finals)).axes) == 1


def test_final_accuracy_says_where_no_run_finished():
    whole = table("learning_rate", {"0.001": 0.4})
    broken = table("learning_rate", {"0.01": 0.1}, status="diverged")
    figure = plots.final_accuracy(pd.concat([whole, broken]))
    assert texts(figure.axes[0]) == ["no finished run"] and len(figure.axes) == 1


@pytest.mark.parametrize("variants", [("0", "0.25", "0.5"), ("50", "96", "500", "2000")])
def test_what_is_written_in_final_accuracy_lies_inside_the_picture_and_apart(variants):
    study = "dropout" if "0" in variants else "batch_size"
    for finals in ((0.3, 0.4, 0.5, 0.6), (0.6, 0.5, 0.4, 0.3)):
        figure = plots.final_accuracy(table(study, dict(zip(variants, finals, strict=False))))
        readable.readable(figure)
        figure.draw_without_rendering()
        left, right = figure.axes
        boxes = [text.get_window_extent() for axes in (left, right) for text in
                 (*axes.texts, axes.xaxis.label)]  # fmt: skip
        boxes.append(figure.legends[0].get_window_extent())
        assert all(box.x0 >= 0 and box.x1 <= figure.bbox.x1 for box in boxes)
        panel, [base] = right.get_window_extent(), right.texts
        assert panel.x0 <= base.get_window_extent().x0 <= base.get_window_extent().x1 <= panel.x1
        assert not left.xaxis.label.get_window_extent().overlaps(
            right.xaxis.label.get_window_extent()
        )


def test_pictures_are_a_grid_with_titles():
    images = np.arange(5 * 4 * 4 * 3, dtype=np.uint8).reshape(5, 4, 4, 3)
    figure = plots.images(images, titles=list("abcde"), columns=3)
    shown = [axes for axes in figure.axes if axes.get_images()]
    assert [axes.get_title() for axes in shown] == list("abcde") and len(figure.axes) == 6
    np.testing.assert_array_equal(shown[4].get_images()[0].get_array(), images[4])


def test_grey_pictures_keep_their_brightness_on_one_scale():
    images = np.full((2, 4, 4, 1), 100, np.uint8)
    drawn = plots.images(images).axes[0].get_images()[0]
    assert drawn.get_array().shape == (4, 4) and drawn.get_clim() == (0, 255)


def test_pictures_of_a_wrong_shape_or_with_too_few_titles_are_refused():
    with pytest.raises(CourseError, match=r"but these are \(4, 4\)"):
        plots.images(np.zeros((4, 4), np.uint8))
    with pytest.raises(CourseError, match="3 pictures, but 1 titles"):
        plots.images(np.zeros((3, 4, 4, 3), np.uint8), titles=["a"])


def test_no_font_is_smaller_than_nine_points():
    sizes = [value for name, value in STYLE.items() if name.endswith("size") and "font" not in name]
    sizes = [size for size in sizes if isinstance(size, int) and size > 6]
    assert min([*sizes, STYLE["font.size"], STYLE["legend.fontsize"]]) >= 9
    for figure in (plots.curves(table()), plots.small_multiples(table())):
        found = [text.get_fontsize() for axes in figure.axes for text in axes.texts]
        assert found and min(found) >= 9


def test_the_style_is_in_force_after_use_style_and_figures_have_it_without():
    with mpl.rc_context():
        plots.use_style()
        assert mpl.rcParams["axes.prop_cycle"].by_key()["color"][0] == plots.COLORS.blue
        styles = mpl.rcParams["axes.prop_cycle"].by_key()["linestyle"]
        assert styles[0] != styles[1]
    assert not plots.curves(table()).axes[0].spines["top"].get_visible()


def test_columns_as_arrays_make_the_same_figure_as_a_dataframe():
    frame = pd.concat([table(), table(status="diverged", finals={"0": 0.2}).assign(seed=9)])
    columns = {name: frame[name].to_numpy() for name in frame}
    for draw in (plots.curves, plots.small_multiples, plots.final_accuracy):
        assert plots.png(draw(columns)) == plots.png(draw(frame))


def test_numbers_that_are_none_are_passed_over():
    broken = table(finals={"0": 0.4})
    broken.loc[broken["epoch"] == 2, "val_accuracy"] = np.nan
    broken.loc[broken["seed"] == 1, "val_accuracy"] = np.nan
    axes = plots.curves(broken, "val_accuracy").axes[0]
    expected = [0.1025, np.nan, 0.3075, 0.41]  # of seeds 0 and 2
    np.testing.assert_allclose(lines(axes, "0")[0].get_ydata(), expected)
    assert texts(axes) == ["0"]
    gone = plots.curves(broken.assign(val_accuracy=np.nan), "val_accuracy")
    assert texts(gone.axes[0]) == []
    assert texts(plots.final_accuracy(broken.assign(val_accuracy=np.nan)).axes[0]) == [
        "no finished run"
    ]


@pytest.mark.parametrize("name", ["a $\\frac$ b", "$x", "x" * 250, "_hidden", "%s {0}"])
def test_any_name_can_be_drawn(name, recwarn):
    frame = table(finals={name: 0.4}, seeds=2).assign(study=name)
    for draw in (plots.curves, plots.small_multiples, plots.final_accuracy):
        figure = draw(frame)
        assert len(plots.png(figure)) > 1000
    assert [str(one.message) for one in recwarn] == []
    assert max(len(text) for text in texts(plots.curves(frame).axes[0])) <= 40


def test_a_drawn_figure_leaves_no_pyplot_state_behind():
    import matplotlib.pyplot as plt

    before, style = plt.get_fignums(), dict(mpl.rcParams)
    plots.curves(table()), plots.small_multiples(table()), plots.final_accuracy(table())
    assert plt.get_fignums() == before and dict(mpl.rcParams) == style


def test_show_displays_an_image_with_its_alt_text_and_closes_the_figure(monkeypatch):
    import matplotlib.pyplot as plt

    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append((data, raw)))
    figure = plt.figure(figsize=(2, 1))
    plots.show(figure, 'Loss "falls" < 1')
    ((data, raw),) = shown
    assert raw and data["text/plain"] == 'Loss "falls" < 1'
    alt = re.search(r'alt="([^"]*)"', data["text/html"])[1]
    assert html.unescape(alt) == 'Loss "falls" < 1' and "<" not in alt
    content = base64.b64decode(re.search(r"base64,([^\"]+)", data["text/html"])[1])
    assert PIL.Image.open(io.BytesIO(content)).size == (440, 220)
    assert 'width="220"' in data["text/html"]
    assert not plt.fignum_exists(figure.number)


def test_a_figure_without_alt_text_is_refused():
    with pytest.raises(CourseError, match="no alt text"):
        plots.show(Figure(), " ")
