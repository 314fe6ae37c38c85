"""What is drawn while runs train, and how a stopped one is said to go on."""

import itertools
import signal

import numpy as np
import pytest
from matplotlib.text import Text

from utils.plots.looks import looks
from utils.plots.style import DPI
from utils.widgets.live import HEIGHT, WIDTH, LiveDrawing, curves_of, live_training


def record(epochs, variant="0.5", status="running", of=8):
    history = [
        {"epoch": k, "loss": 2 / k, "val_loss": 2.2 / k, "train_accuracy": 1 - 0.8 / k,
         "val_accuracy": 0.8 - 0.6 / k}
        for k in range(1, epochs + 1)
    ]  # fmt: skip
    config = {"epochs": of, "seed": 0}
    return {"study": "dropout", "variant": variant, "config": config, "status": status,
            "history": history}  # fmt: skip


def test_the_gap_is_training_minus_validation_accuracy():
    curves = curves_of(record(3)["history"])
    assert curves["gap"] == pytest.approx(curves["train_accuracy"] - curves["val_accuracy"])
    assert curves["gap"].tolist() == pytest.approx([0.0, 0.1, 0.2 - 0.2 / 3], abs=1e-9)
    assert curves["epoch"].tolist() == [1, 2, 3] and curves["loss"].dtype == np.float64


def test_each_epoch_changes_the_picture_and_its_caption():
    with live_training() as live:
        seen = []
        for epoch in (1, 2, 3):
            live.on_epoch(record(epoch))
            seen.append((live.picture.png, live.picture.text))
        assert len(set(seen)) == 3
        assert "epoch 3 of 8" in live.picture.text and "Training goes on." in live.picture.text


def test_the_picture_is_what_the_drawing_says_of_all_runs():
    with live_training() as live:
        live.on_epoch(record(8, "0"))
        live.on_epoch(record(5))
    drawing = LiveDrawing(WIDTH, HEIGHT)
    drawing.draw([record(8, "0"), record(5)])
    assert live.picture.png == drawing.png()
    assert "1 earlier runs" in live.picture.alt


def test_the_stop_button_asks_training_to_stop_and_says_how_it_goes_on():
    with live_training() as live:
        assert not live.should_stop() and live.stop.shown
        live.on_epoch(record(2))
        signal.raise_signal(signal.SIGINT)
        assert live.should_stop() and not live.stop.shown
        assert "Stopping after this epoch." in live.picture.text
        live.on_epoch(record(3, status="stopped"))
    assert "run the cell again and it goes on after epoch 3" in live.picture.text
    with live:  # the cell is run again
        assert not live.should_stop() and live.stop.shown


def test_a_second_interrupt_ends_it_at_once_and_the_handler_is_put_back():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), live_training() as live:
        live.on_epoch(record(4))
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
    assert "goes on after epoch 4" in live.picture.text


@pytest.mark.parametrize(("status", "said"), [("finished", "Finished."), ("diverged", "Diverged")])
def test_the_end_is_said(status, said):
    with live_training() as live:
        live.on_epoch(record(8, status=status))
    assert said in live.picture.text


def test_nothing_to_train_is_said():
    with live_training() as live:
        pass
    assert "No run was trained" in live.picture.text


def test_the_stop_button_is_there_only_inside_the_block():
    live = live_training()
    assert not live.stop.shown
    for _ in range(2):
        with live:
            assert live.stop.shown
            live.on_epoch(record(8, status="finished"))
        assert not live.stop.shown
    with pytest.raises(ValueError), live:
        raise ValueError
    assert not live.stop.shown


def test_guesses_stand_hollow_at_the_right_edge_and_ends_filled():
    drawing = LiveDrawing(WIDTH, HEIGHT, guesses={"0": 70, "0.25": 71, "0.5": 40})
    drawing.draw([record(8, "0@smoke"), record(5)])
    axis = drawing.axes["accuracy"]
    dots = [line.get_xydata()[0].tolist() for line in axis.lines if len(line.get_xdata()) == 1]
    hollow = [line for line in axis.lines if line.get_markerfacecolor() == "none"]
    assert [line.get_xydata().tolist() for line in hollow] == [
        [[8.5, guess]] for guess in (0.70, 0.71, 0.40)
    ]
    assert [(line.get_color(), line.get_marker()) for line in hollow] == [
        looks("dropout", name) for name in ("0", "0.25", "0.5")
    ]
    assert pytest.approx([8.0, 0.725]) in dots, "where the run before ended"
    [across] = [line for line in axis.lines if line.get_linestyle() == ":"]
    assert list(across.get_ydata()) == [0.40, 0.40], "the guess for the run at hand"


def test_the_names_of_guesses_close_to_each_other_do_not_meet():
    drawing = LiveDrawing(WIDTH, HEIGHT, guesses={"0": 70, "0.25": 71, "0.5": 70})
    drawing.draw([record(8, "0")])
    drawing.png()
    names = [text for text in drawing.axes["accuracy"].texts if text.get_text()]
    boxes = sorted((text.get_window_extent() for text in names), key=lambda box: box.y0)
    assert [text.get_text() for text in names] == ["0", "0.5", "0.25"]
    assert all(low.y1 <= high.y0 for low, high in itertools.pairwise(boxes))
    assert max(box.x1 for box in boxes) <= drawing.figure.bbox.x1


def test_the_caption_says_the_guess_for_the_run_at_hand():
    with live_training({"0": 70, "0.5": 40}) as live:
        live.on_epoch(record(3, "0.5@sample"))
        assert "Your guess for its end: 40 %." in live.picture.text
        live.on_epoch(record(3, "0.25"))
        assert "guess" not in live.picture.text
        live.on_epoch({"config": {"epochs": 8, "seed": 0}, "history": record(3)["history"]})
        assert "guess" not in live.picture.text, "a run of no study"


def test_the_smallest_text_has_nine_pixels_where_the_page_leaves_four_hundred():
    drawing = LiveDrawing(WIDTH, HEIGHT, guesses={"0": 70})
    drawing.draw([record(8, "0")])
    drawing.png()
    texts = [text for text in drawing.figure.findobj(Text) if text.get_text()]
    smallest = min(text.get_fontsize() for text in texts)
    assert smallest * DPI / 72 * min(1, 400 / (WIDTH * DPI)) >= 9
