"""What is drawn while runs train, and how a stopped one is said to go on."""

import signal

import numpy as np
import pytest

from utils.widgets.live import LiveDrawing, curves_of, live_training


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
    drawing = LiveDrawing(8.6, 3.1)
    drawing.draw([record(8, "0"), record(5)])
    assert live.picture.png == drawing.png()
    assert "1 earlier runs" in live.picture.alt


def test_the_stop_button_asks_training_to_stop_and_says_how_it_goes_on():
    with live_training() as live:
        assert not live.should_stop() and not live.stop.disabled
        live.on_epoch(record(2))
        signal.raise_signal(signal.SIGINT)
        assert live.should_stop() and live.stop.disabled
        assert "Stopping after this epoch." in live.picture.text
        live.on_epoch(record(3, status="stopped"))
    assert "run the cell again and it goes on after epoch 3" in live.picture.text
    with live:  # the cell is run again
        assert not live.should_stop() and not live.stop.disabled


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
