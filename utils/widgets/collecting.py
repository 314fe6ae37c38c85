"""Collect pictures for a network of your own: by the camera, from files, or drawn on a pad.

Each picture becomes a file in a folder of its class, on this machine and nowhere else. What comes
from the browser is looked at before it is written. Knows no network.
"""

import io
import itertools
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets
import numpy as np
import traitlets
from ipywidgets import Widget, widget_serialization
from PIL import Image

from utils.data.own_pictures import square
from utils.data.pictures import read_picture
from utils.errors import CourseError
from utils.files import write_whole
from utils.widgets.digits import raster
from utils.widgets.drawing_pad import Pad
from utils.widgets.shell import SCRIPTS, script
from utils.widgets.shell.canvas import Canvas
from utils.widgets.shell.explorer import Explorer
from utils.widgets.shell.picture import Shown

__all__ = ["Collection", "class_folder", "collect_pictures", "keep_picture"]

SHOWN, SIDE = 8, 64  # pictures that are shown, and pixels a side
WIDTH, HEIGHT = 6.6, 1.2  # inches
MOST_BYTES = 3_000_000  # of one picture from the browser, which has made it small before
FORBIDDEN = set('/\\:*?"<>|')  # in the name of a file, on one system or another


class Camera(anywidget.AnyWidget):
    """Camera, files and the pad's buttons; each picture comes as a message of its own.

    class_name, pad: the widgets whose values the browser sends along.
    """

    _esm = script("element.js", "camera.js")
    _css = SCRIPTS / "camera.css"
    class_name = traitlets.Instance(Widget).tag(sync=True, **widget_serialization)
    pad = traitlets.Instance(Widget).tag(sync=True, **widget_serialization)


def class_folder(folder: Path, name: str) -> Path:
    """Return the folder of a class; raise CourseError for a name that no folder can have."""
    name = unicodedata.normalize("NFC", " ".join(name.split()))
    if not name:
        raise CourseError(
            "The class has no name yet.", "Write what the pictures show into `class`."
        )
    if name.startswith(".") or FORBIDDEN & set(name) or not name.isprintable() or len(name) > 60:
        raise CourseError(
            f"No folder can be called {name[:60]!r} on every system.",
            "Give the class a short name of letters, digits and spaces.",
        )
    return folder / name


def keep_picture(folder: Path, name: str, kind: str, milliseconds: float, content: bytes) -> Path:
    """Write a picture into its class's folder, and return the file.

    kind: where it is from, the first word of the file's name. milliseconds: since 1970, when it was
    taken; the name tells it, so that bursts can be told. Raises CourseError for what is no picture,
    and where it can't be written; nothing is written then.
    """
    target = class_folder(folder, name)
    if len(content) > MOST_BYTES:
        raise CourseError("This picture is too large.", "Copy its file into the folder by hand.")
    read_picture(content, "This picture")
    when = f"{datetime.fromtimestamp(milliseconds / 1000):%Y%m%d_%H%M%S}"
    ending = "png" if content.startswith(b"\x89PNG") else "jpg"
    number = 0
    while (file := target / f"{kind}_{when}_{number:03}.{ending}").exists():
        number += 1
    write_whole(file, content)
    return file


class SheetDrawing(Canvas):
    """The latest pictures of a class, side by side."""

    def build(self) -> None:
        axes, white = self.figure.subplots(1, SHOWN), np.full((SIDE, SIDE, 3), 255, np.uint8)
        for axis in axes:
            axis.set_axis_off()
        self.panels = [self.moving(axis.imshow(white)) for axis in axes]

    def draw(self, images: Sequence[np.ndarray]) -> None:
        """Show these pictures, (64, 64, 3) uint8, eight at most."""
        for panel, image in itertools.zip_longest(self.panels, images):
            panel.set_visible(image is not None)
            if image is not None:
                panel.set_data(image)


class Collection(Explorer):
    """Where pictures are taken, chosen or drawn, and the latest ones of the class below it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.sheet = folder, SheetDrawing(WIDTH, HEIGHT)
        label = ipywidgets.Text("", description="class", placeholder="what the pictures show")
        self.paper = Pad(value=[])
        self.camera = Camera(class_name=label, pad=self.paper)
        self.camera.on_msg(lambda _, content, buffers: self.take(content, buffers))
        rows: list[list[Any]] = [["name"], [self.camera], [self.paper]]
        super().__init__(self._show_class, {"name": label}, WIDTH, rows)

    def take(self, content: Mapping[str, Any], buffers: Sequence[Any]) -> None:
        """Keep what the browser has sent, or say why not. content, buffers: see camera.js."""
        try:
            drawn = content["kind"] == "drawing"
            picture = _drawing(content["strokes"]) if drawn else bytes(buffers[0])
            keep_picture(self.folder, content["name"], content["kind"], content["time"], picture)
        except CourseError as error:
            self.picture.refuse(str(error))
            return
        with self.hold():
            self.controls["name"].value = content["name"]
            if drawn:
                self.paper.value = []
        self.refresh()

    def _show_class(self, name: str) -> Shown:
        counts = {one.name: len(_pictures(one)) for one in sorted(self.folder.glob("*/"))}
        files = _pictures(class_folder(self.folder, name)) if name.strip() else []
        latest = files[-SHOWN:][::-1]
        images = [square(read_picture(file, enough=(SIDE, SIDE)), SIDE) for file in latest]
        self.sheet.draw(images)
        told = ", ".join(f"{one}: {count}" for one, count in counts.items() if count)
        text = f"Pictures so far: {told or 'none yet'}. They lie in {_told(self.folder)}."
        alt = f"The latest {len(images)} pictures of {name}." if images else "No pictures yet."
        return Shown(self.sheet.png(), alt, text)


def _pictures(folder: Path) -> list[Path]:
    """Return the files in a class's folder that this widget has written, by their time."""
    found = [*folder.glob("*_*_*.jpg"), *folder.glob("*_*_*.png")]
    return sorted(found, key=lambda file: file.stem.partition("_")[2])


def _drawing(strokes: Sequence[Any]) -> bytes:
    if not strokes:
        raise CourseError("The paper is empty.", "Draw something on it first.")
    file = io.BytesIO()
    Image.fromarray(raster(strokes)).save(file, "PNG")
    return file.getvalue()


def _told(folder: Path) -> str:
    """Return a folder as one finds it again: its last two names."""
    return "/".join(folder.parts[-2:])


def collect_pictures(folder: str | Path) -> Collection:
    """Return the widget: pictures of a class by camera, files or pad, kept in `folder`/CLASS/.

    Nothing is sent anywhere; without a camera the other two ways work.
    """
    return Collection(Path(folder))
