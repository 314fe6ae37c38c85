"""A batch of pictures cut along its axes: the code, the shape it gives, and the numbers left.

Notebook 03's words: axis, shape, dtype; a number picks one and drops its axis, a:b keeps it.
"""

from collections.abc import Sequence
from typing import Any

import ipywidgets
import numpy as np

from utils.plots.style import COLORS
from utils.widgets.shell.explorer import Explorer, button, choice, whole
from utils.widgets.shell.picture import Shown
from utils.widgets.shell.pixels import Board
from utils.widgets.tensors_math import (
    A_LINE,
    LINES,
    NAMES,
    Entry,
    checked,
    slice_code,
    step,
    take,
    value_lines,
    without_channel,
)

__all__ = [
    "TensorsDrawing",
    "describe",
    "tensor_explorer",
]

WIDTH, HEIGHT = 8.4, 5.15
_NOT_TAKEN = np.array([207, 222, 235])


class TensorsDrawing(Board):
    """The code, the axes before and after, the batch with the part taken, and that part alone.

    batch: (n, height, width, 1) or (n, height, width) uint8.
    """

    def __init__(self, batch: np.ndarray, labels: np.ndarray | None) -> None:
        super().__init__(WIDTH, HEIGHT)
        self.batch, self.labels = batch, labels

    def draw(self, entries: Sequence[Entry]) -> None:
        """Draw everything anew for these entries."""
        part = np.asarray(take(self.batch, entries))
        self.clear()
        self.write(0.1, 0.22, slice_code(entries), size=15, anchor="lm", mono=True, bold=True)
        about = f"shape {part.shape}   dtype {part.dtype}   {part.ndim}-D, {_numbers(part.size)}"
        self.write(0.1, 0.55, about, size=12, anchor="lm")
        self._axes(entries, part.shape)
        self._batch(entries)
        self._part(entries, part)
        self._values(part)

    def _axes(self, entries: Sequence[Entry], shape: tuple[int, ...]) -> None:
        """Write the batch's axes in a row, and below each what has become of it."""
        self.write(0.1, 1.0, f"batch {self.batch.shape}", anchor="lm")
        self.write(0.1, 1.42, f"result {shape}", anchor="lm")
        kept = 0
        for axis, (entry, length) in enumerate(zip(entries, self.batch.shape, strict=True)):
            left = 1.9 + 1.62 * axis
            places = [self.table(1, 1, left, top, 1.56, 0.3).whole for top in (0.85, 1.27)]
            self.pen.rectangle(places[0], fill="#d6ebf7", outline="#555555")
            self.write(left + 0.78, 1.0, f"axis {axis}: {length} {_many(axis, length)}")
            if isinstance(entry, int):
                self.dashes(places[1], COLORS.vermillion, width=2)
                self.write(left + 0.78, 1.42, f"gone: index {entry}", colour="#b04a00")
            else:
                self.pen.rectangle(places[1], fill="#d6ebf7", outline="#555555")
                text = f"axis {kept}: {shape[kept]} {_many(axis, shape[kept])}"
                self.write(left + 0.78, 1.42, text)
                kept += 1

    def _sheet(self, left: float, room: float, images: int, shape: tuple[int, ...]) -> list[Any]:
        """Return cells for some pictures of that shape in a square; left and room in inches."""
        across = int(np.ceil(np.sqrt(images)))
        side = room / across
        return [
            self.fit(shape[0], shape[1], left + side * (k % across), 2.19 + side * (k // across),
                     side - 0.06, side - 0.19)
            for k in range(images)
        ]  # fmt: skip

    def _batch(self, entries: Sequence[Entry]) -> None:
        self.write(0.1, 1.88, "batch, framed: the part taken", anchor="lm")
        images = self.batch.reshape(self.batch.shape[:3])
        taken = np.zeros(images.shape, bool)
        taken[tuple(entries[:3])] = True
        colours = np.repeat(images[..., None], 3, axis=-1)
        pale = (0.2 * colours + 0.8 * _NOT_TAKEN).astype(np.uint8)
        colours = np.where(taken[..., None], colours, pale)
        for k, cells in enumerate(self._sheet(0.1, 2.6, len(images), images.shape[1:])):
            self.paint(cells, colours[k])
            self._head(cells, f"{k}" if self.labels is None else f"{k}: a {self.labels[k]}")
            rows, columns = (np.flatnonzero(taken[k].any(axis=axis)) for axis in (1, 0))
            if len(rows):
                box = cells.box(rows[0], columns[0], len(rows), len(columns))
                self.frame(box, COLORS.vermillion, width=2, halo=False)

    def _head(self, cells: Any, text: str) -> None:
        middle = (cells.x + cells.width * cells.columns / 2) / self.dpi
        self.write(middle, cells.y / self.dpi - 0.09, text, size=9)

    def _part(self, entries: Sequence[Entry], part: np.ndarray) -> None:
        self.write(2.85, 1.88, f"result, {part.ndim}-D", anchor="lm")
        drawn = without_channel(part)
        if not drawn.size:
            self.write(2.85, 2.3, "empty: no numbers", anchor="lm")
            return
        several = drawn.ndim == 3
        stack = drawn if several else np.atleast_2d(drawn)[None]
        for k, cells in enumerate(self._sheet(2.85, 2.2, len(stack), stack.shape[1:])):
            self.paint(cells, np.repeat(stack[k][..., None], 3, axis=-1))
            self.pen.rectangle(cells.whole, outline="#999999")
            if several:
                self._head(cells, str(k))

    def _values(self, part: np.ndarray) -> None:
        self.write(5.25, 1.88, "its numbers", anchor="lm")
        lines = value_lines(part)
        mono = lines is not None
        if not part.size:
            lines = ["none at all: a range is empty"]
        elif lines is None:
            lines = [
                f"{part.size:,} of them, from {part.min()} to {part.max()},",
                f"on average {part.mean():.1f}: too many to",
                "write down.",
                "",
                f"To see all, take {LINES} × {A_LINE} or fewer",
                "of one picture.",
            ]
        for k, line in enumerate(lines):
            self.write(5.25, 2.2 + 0.18 * k, line, size=9.5, anchor="lm", mono=mono)


def _many(axis: int, count: int) -> str:
    return NAMES[axis][:-1] if count == 1 and axis < 3 else NAMES[axis]


def _numbers(count: int) -> str:
    return f"{count:,} number" + ("" if count == 1 else "s")


def describe(
    batch: np.ndarray, entries: Sequence[Entry], labels: np.ndarray | None
) -> tuple[str, str]:
    """Return alt text and caption."""
    part = np.asarray(take(batch, entries))
    gone, fate, kept = [], [], 0
    for axis, entry in enumerate(entries):
        if isinstance(entry, int):
            gone.append(f"{axis} ({NAMES[axis]})")
            fate.append(f"axis {axis}, {NAMES[axis]}, is gone: only {entry} is taken")
        else:
            all_ = f"{entry.start} to {entry.stop - 1}" if entry.stop is not None else "all"
            taken = all_ if part.shape[kept] else "none"
            fate.append(f"axis {axis}, {NAMES[axis]}, is axis {kept} of the result: {taken}")
            kept += 1
    alt = (
        f"Left, a batch of {_numbers(len(batch)).replace('number', 'picture')} with the part "
        f"taken framed; right, that part alone. {'; '.join(fate).capitalize()}."
    )
    lines = value_lines(part)
    if lines is not None:
        alt += " Its numbers: " + "; ".join(" ".join(line.split()) for line in lines) + "."
    text = f"{slice_code(entries)} has shape {part.shape}, dtype {part.dtype}: "
    text += _numbers(part.size)
    if part.size > 1:
        low, high = part.min(), part.max()
        text += f", all {low}" if low == high else f" from {low} to {high}"
    if gone:
        text += f". Gone with an index: axis {', '.join(gone)}"
    else:
        text += f". No index, only ranges: all {batch.ndim} axes are kept"
    if labels is not None and isinstance(entries[0], int):
        text += f". Picture {entries[0]} is a {labels[entries[0]]}"
    return alt, text + "."


def tensor_explorer(images: Any = None, labels: Any = None) -> Explorer:
    """Return the widget.

    images: (n, height, width, 1) or (n, height, width) uint8, such as MNIST's; the first 16 are
        the batch. Scikit-learn's digits unless given. labels: what each shows, (n,), if known.
    """
    batch, names = checked(images, labels)
    drawing = TensorsDrawing(batch, names)
    axes = range(batch.ndim)

    def entries(values: dict[str, Any]) -> list[Entry]:
        return [_entry(values, axis) for axis in axes]

    def show(**values: Any) -> Shown:
        chosen = entries(values)
        drawing.draw(chosen)
        return Shown(drawing.png(), *describe(batch, chosen, names))

    controls: dict[str, Any] = {}
    for axis, length in enumerate(batch.shape):
        controls |= _of_axis(axis, length)
    along = choice("step along", {f"axis {k}: {NAMES[k]}": k for k in axes[:3]}, 0)

    def go(by: int) -> None:
        axis = along.value
        moved = step(_entry(widget.values, axis), by, batch.shape[axis])
        if isinstance(moved, int):
            widget.move(**{f"mode{axis}": "index", f"index{axis}": moved})
        else:
            widget.move(**{f"range{axis}": (moved.start, moved.stop)})

    rows = [[name for name in controls if name.endswith(str(axis))] for axis in axes]
    buttons = [along, button("One back", lambda: go(-1)), button("One on", lambda: go(1))]
    widget = Explorer(show, controls, WIDTH, [*rows, buttons])
    return widget


def _entry(values: dict[str, Any], axis: int) -> Entry:
    """Return what the controls of one axis say."""
    mode = values[f"mode{axis}"]
    if mode == "index":
        return int(values.get(f"index{axis}", 0))  # the channel axis has index 0 alone
    return slice(*values[f"range{axis}"]) if mode == "range" else slice(None)


def _of_axis(axis: int, length: int) -> dict[str, Any]:
    """Return the controls of one axis: what to take, and a slider for each kind but all."""
    kinds = {"all  :": "all", "an index": "index", "a range  a:b": "range"}
    if axis == 3:
        return {"mode3": choice("axis 3: channel", {"all  :": "all", "index 0": "index"}, "all")}
    mode = choice(f"axis {axis}: {NAMES[axis]}", kinds, "all" if axis else "index")
    index = whole(f"index {axis}", min(14 if axis else 3, length - 1), 0, length - 1)
    reach = ipywidgets.IntRangeSlider(
        value=(length // 7, length - length // 7), min=0, max=length, description=f"range {axis}",
        layout={"width": "420px"}, style={"description_width": "110px"},
    )  # fmt: skip

    def show_one(_: Any = None) -> None:
        for control, kind in ((index, "index"), (reach, "range")):
            control.layout.display = None if mode.value == kind else "none"

    mode.observe(show_one, "value")
    show_one()
    return {f"mode{axis}": mode, f"index{axis}": index, f"range{axis}": reach}
