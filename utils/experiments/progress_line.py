"""Show how far a training is, wherever it runs: a terminal, a notebook, a log file.

A terminal gets a bar, a notebook one line that is rewritten, a log file a line an epoch.
Knows nothing of how training works.
"""

import sys
import time
from typing import Any

from tqdm import tqdm

from utils.files import duration

__all__ = ["TrainingProgress"]

REFRESH_SECONDS = 0.5


class TrainingProgress:
    """The progress of one run; a context manager that leaves no half bar behind an error.

    name: what is shown in front, such as `dropout/0.5/seed-0`.
    epochs, done: all epochs, and those already done when a run is resumed.
    steps: steps an epoch.
    """

    def __init__(self, name: str, epochs: int, steps: int, done: int = 0) -> None:
        self.name, self.epochs, self.steps = name, epochs, steps
        self.first, self.taken = done * steps, done * steps
        self.started = self.shown = time.monotonic()
        self.bar = self.handle = None
        if _in_notebook():
            self.handle = _display_line(f"{name}: starts")
        elif sys.stdout.isatty():
            self.bar = tqdm(total=epochs * steps, initial=self.taken, desc=name, unit="step",
                            file=sys.stdout, dynamic_ncols=True)  # fmt: skip

    def step(self, loss: float, accuracy: float) -> None:
        """Count one step; loss and accuracy are the running means of this epoch."""
        self.taken += 1
        if self.bar is not None:
            self.bar.set_postfix_str(f"loss {loss:.3f}, accuracy {accuracy:.3f}", refresh=False)
            self.bar.update()
        elif self.handle is not None and time.monotonic() - self.shown > REFRESH_SECONDS:
            self.shown = time.monotonic()
            _display_line(f"{self._where()} · loss {loss:.3f} · accuracy {accuracy:.3f}"
                          f" · {self._left()} left", self.handle)  # fmt: skip

    def epoch(self, row: dict[str, float]) -> None:
        """Report an epoch's end."""
        if self.bar is None and self.handle is None:
            print(f"{self._where()} · {_figures(row)} · {self._left()} left", flush=True)

    def __enter__(self) -> "TrainingProgress":
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.close()

    def close(self, row: dict[str, float] | None, status: str) -> None:
        """Say how the run ended; row is its last epoch, None where it has none."""
        seconds = duration(round(time.monotonic() - self.started))
        text = f"{self.name}: {status}, {seconds}" + (f" · {_figures(row)}" if row else "")
        if self.handle is not None:
            _display_line(text, self.handle)
        else:
            if self.bar is not None:
                self.bar.close()
            print(text, flush=True)

    def _where(self) -> str:
        epoch = min((self.taken - 1) // self.steps + 1, self.epochs)
        return f"{self.name}: epoch {epoch} of {self.epochs}"

    def _left(self) -> str:
        pace = (time.monotonic() - self.started) / max(self.taken - self.first, 1)
        return duration(round(pace * (self.epochs * self.steps - self.taken)))


def _figures(row: dict[str, float]) -> str:
    return (
        f"loss {row['loss']:.3f} · accuracy {row['accuracy']:.3f} · validation:"
        f" loss {row['val_loss']:.3f}, accuracy {row['val_accuracy']:.3f}"
    )


def _in_notebook() -> bool:
    shell = sys.modules.get("IPython")
    return shell is not None and type(shell.get_ipython()).__name__ == "ZMQInteractiveShell"


def _display_line(text: str, handle: Any = None) -> Any:
    """Show a line of plain text in a notebook, or rewrite the one that handle stands for."""
    from IPython.display import display

    bundle = {"text/plain": text}
    if handle is None:
        return display(bundle, raw=True, display_id=True)
    handle.update(bundle, raw=True)
    return handle
