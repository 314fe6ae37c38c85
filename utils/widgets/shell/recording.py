"""A widget's pictures recorded over each of its controls: so it moves where there is no kernel.

One control moves at a time, the others stand where they began: a few dozen pictures. Pages play
them back (utils/jupyter/recordings.py). Knows nothing of what is shown.
"""

import base64
import io
from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets
import numpy as np
from PIL import Image

from utils.errors import CourseError
from utils.widgets.shell.picture import Grid, Shown
from utils.widgets.shell.theme import for_dark_page

__all__ = ["record", "webp"]

FRAMES = 40  # of a widget, about; a control gets its share of them
FEWEST, MOST = 5, 13  # of a control
SMALL = 30_000  # bytes up to which a picture is kept to the pixel


def record(
    show: Callable[..., Shown],
    controls: Mapping[str, Any],
    width: int,
    grid: Grid | None = None,
    cell: tuple[int, int] = (0, 0),
) -> dict[str, Any]:
    """Return an output of the kind RECORDING: for each control its values' frames; all frames.

    show, controls, grid: as an Explorer has them; width: of the picture in the page's pixels;
    cell: the one pointed at. Files in it are WebP, in base64. A state that `show` refuses with
    CourseError has no frame. A control of another kind (a file, a button), and one that moves
    nothing, isn't recorded; there may be none in it.
    """
    now = {name: control.value for name, control in controls.items()}
    if grid is not None:
        now["cell"] = cell
    steps = {name: _steps(control) for name, control in controls.items()}
    if grid is not None:
        steps["cell"] = _cells(grid)
    kinds = {name: _kind(control) for name, control in controls.items()} | {"cell": "range"}
    moving = [name for name, found in steps.items() if len(found) > 1]
    share = min(MOST, max(FEWEST, FRAMES // max(1, len(moving))))
    frames: list[dict[str, str]] = []
    recorded = []
    for name in moving:
        chosen = _some(steps[name], now[name], share)
        kept = [(label, frame) for label, value in chosen
                if (frame := _frame(show, now | {name: value}, frames)) is not None]  # fmt: skip
        if len(kept) < 2:
            continue
        start = next((i for i, (label, _) in enumerate(kept)
                      if dict(chosen)[label] == now[name]), 0)  # fmt: skip
        text = grid.label if grid is not None and name == "cell" else controls[name].description
        recorded.append({"label": text, "kind": kinds[name], "start": start,
                         "names": [label for label, _ in kept],
                         "frames": [frame for _, frame in kept]})  # fmt: skip
    return {"width": width, "controls": recorded, "frames": frames}


def _kind(control: Any) -> str:
    """Return how a page lets the reader move it: range, list or tick."""
    if isinstance(control, ipywidgets.Checkbox):
        return "tick"
    return "list" if isinstance(control, ipywidgets.Dropdown) else "range"


def _steps(control: Any) -> list[tuple[str, Any]]:
    """Return a control's values with their names, in order; none where it can't be recorded."""
    if isinstance(control, ipywidgets.Checkbox):
        return [("off", False), ("on", True)]
    if hasattr(control, "_options_full"):
        return list(control._options_full)
    if not isinstance(control, ipywidgets.IntSlider | ipywidgets.FloatSlider):
        return []
    count = round((control.max - control.min) / control.step) + 1
    values = [control.min + one * control.step for one in range(count)]
    if isinstance(control, ipywidgets.FloatSlider):
        values = [round(one, 10) for one in values]
    return [(format(one, control.readout_format), one) for one in values]


def _cells(grid: Grid) -> list[tuple[str, Any]]:
    places = [(row, column) for row in range(grid.rows) for column in range(grid.columns)]
    return [(f"row {row + 1}, column {column + 1}", (row, column)) for row, column in places]


def _some(steps: list[tuple[str, Any]], now: Any, share: int) -> list[tuple[str, Any]]:
    """Return at most about `share` of the steps, evenly, the present one among them."""
    here = min(range(len(steps)), key=lambda one: _distance(steps[one][1], now))
    even = np.linspace(0, len(steps) - 1, min(share, len(steps))).round().astype(int)
    chosen = sorted({*even.tolist(), here})
    return [(label, now if one == here else value)
            for one, (label, value) in ((one, steps[one]) for one in chosen)]  # fmt: skip


def _distance(one: Any, other: Any) -> float:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return abs(one - other)
    return float(one != other)


def _frame(
    show: Callable[..., Shown], values: dict[str, Any], frames: list[dict[str, str]]
) -> int | None:
    """Draw a state for light and dark pages; return its place among the frames, None if refused."""
    try:
        with for_dark_page(False):
            light = show(**values)
        with for_dark_page(True):
            dark = show(**values).png
    except CourseError:
        return None
    files = {"light": webp(light.png), "dark": webp(dark)}
    frame = {theme: base64.b64encode(file).decode("ascii") for theme, file in files.items()}
    frame |= {"alt": light.alt, "text": light.text}
    if frame not in frames:
        frames.append(frame)
    return frames.index(frame)


def webp(png: bytes) -> bytes:
    """Return a PNG file as a WebP file: to the pixel where that is small, else nearly."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    for options in ({"lossless": True, "quality": 20, "method": 2}, {"quality": 72, "method": 4}):
        buffer = io.BytesIO()
        image.save(buffer, "webp", **options)
        if buffer.tell() <= SMALL:
            break
    return buffer.getvalue()
