"""The shell around every widget: controls above a picture that follows them.

A widget is a function of its controls' values that returns what to show. This room calls it
whenever a control moves. Where there is no kernel (GitHub, an HTML page) the first picture
stands in its place. Knows nothing of what is shown.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import ipywidgets
from IPython.display import display

from utils import settings
from utils.errors import CourseError
from utils.files import render
from utils.jupyter.recordings import RECORDING
from utils.plots.readable import least_points
from utils.plots.style import DPI, image_tag
from utils.widgets.shell.picture import Grid, Picture, Shown
from utils.widgets.shell.recording import record
from utils.widgets.shell.theme import for_dark_page

__all__ = ["Explorer", "button", "choice", "slider", "static_html", "tick", "whole"]

Control = Any  # an ipywidgets widget with a value; its stubs know no `value`
_WIDE = "420px"


def slider(
    label: str, value: float, low: float, high: float, step: float, **options: Any
) -> ipywidgets.FloatSlider:
    """Return a slider for a fraction; options go to ipywidgets' FloatSlider."""
    look = {"readout_format": ".2f", "style": {"description_width": "110px"}}
    return ipywidgets.FloatSlider(
        value, min=low, max=high, step=step, description=label,
        layout={"width": _WIDE}, **(look | options),
    )  # fmt: skip


def whole(label: str, value: int, low: int, high: int, **options: Any) -> ipywidgets.IntSlider:
    """Return a slider for a whole number; options go to ipywidgets' IntSlider."""
    style = {"description_width": "110px"}
    return ipywidgets.IntSlider(
        value, min=low, max=high, description=label, layout={"width": _WIDE},
        **({"style": style} | options),
    )  # fmt: skip


def choice(label: str, options: Sequence[Any] | Mapping[str, Any], value: Any) -> Control:
    """Return a list to choose one of: names, or names with what each stands for."""
    pairs = list(options.items()) if isinstance(options, Mapping) else list(options)
    return ipywidgets.Dropdown(
        options=pairs, value=value, description=label,
        layout={"width": _WIDE}, style={"description_width": "110px"},
    )  # fmt: skip


def tick(label: str, value: bool) -> ipywidgets.Checkbox:
    """Return a box to tick."""
    return ipywidgets.Checkbox(value, description=label, indent=False)


def button(label: str, action: Callable[[], None]) -> ipywidgets.Button:
    """Return a button that calls `action`."""
    made = ipywidgets.Button(description=label, layout={"width": "auto"})
    made.on_click(lambda _: action())
    return made


def static_html(shown: Shown, width: int, dark: bytes = b"") -> str:
    """Return the picture with its caption as HTML that needs no kernel and no other file.

    dark: the picture for a dark page.
    """
    size = least_points(width / DPI) * DPI / 72
    image = image_tag(shown.png, shown.alt, width, dark, size)
    return str(render("figure.html", image=image, caption=shown.text))


class Explorer(ipywidgets.VBox):
    """Controls and the picture that follows them.

    show: called with the controls' values by name, and with `cell` where the picture can be
        pointed at; returns what to show. It may raise CourseError: its sentence is shown, and
        the picture before is marked as old.
    controls: by the name of show's argument. width: of the picture, in inches.
    rows: the controls' layout, names and widgets (such as buttons) a row; one a row unless given.
    grid: the part of the picture that can be pointed at, if any.
    recorded: whether its pictures over the controls are an idea that a page can show.
    """

    recorded = True

    def __init__(
        self,
        show: Callable[..., Shown],
        controls: Mapping[str, Control],
        width: float,
        rows: Sequence[Sequence[str | Control]] | None = None,
        grid: Grid | None = None,
    ) -> None:
        self.controls = dict(controls)
        self._show, self.held = show, False  # held: see `hold`
        self._keys = [_key(control) for control in self.controls.values()]
        self.picture = Picture(
            width=round(width * DPI), controls=list(self.controls.values()), keys_drawn=self._keys
        )
        self.picture.point_at(grid)
        layout = rows if rows is not None else [[name] for name in self.controls]
        super().__init__([*(self._row(row) for row in layout), self.picture])
        self.add_class("course-widget")
        self.refresh()
        for control, key in zip(self.controls.values(), self._keys, strict=True):
            control.observe(self._moved, key)
        self.picture.observe(self._moved, "cell")
        self.picture.observe(lambda _: self._follow_page(), "dark")

    @property
    def values(self) -> dict[str, Any]:
        """The controls' values by name."""
        return {name: control.value for name, control in self.controls.items()}

    def move(self, **values: Any) -> None:
        """Set several controls at once and draw once."""
        with self.hold():
            for name, value in values.items():
                self.controls[name].value = value
        self.refresh()

    def refresh(self) -> None:
        """Draw the picture for the controls as they stand."""
        cell, dark = list(self.picture.cell), self.picture.dark
        drawn = [
            getattr(control, key)
            for control, key in zip(self.controls.values(), self._keys, strict=True)
        ]
        try:
            shown = self._drawn(dark)
        except CourseError as error:
            self.picture.refuse(str(error))
        else:
            states = [*drawn, cell] if self.picture.grid else drawn
            if dark:
                self.picture.show(shown._replace(png=b""), states, shown.png)
            else:
                self.picture.show(shown, states)

    def _drawn(self, dark: bool) -> Shown:
        """Return what is to be shown for the controls as they stand, its `png` for that page."""
        pointed = {"cell": tuple(self.picture.cell)} if self.picture.grid else {}
        with for_dark_page(dark):
            return self._show(**self.values, **pointed)

    def _follow_page(self) -> None:
        if not (self.picture.dark_png if self.picture.dark else self.picture.png):
            self.refresh()

    def static(self) -> Shown:
        """Return what is shown now, as it is on a light page."""
        now = self.picture
        if not now.png and not now.problem:  # else there is no picture of the controls' state
            now.png = self._drawn(False).png
        return Shown(now.png, now.alt, now.text)

    def static_page(self) -> str:
        """Return what is shown now as HTML that needs no kernel, for light pages and dark ones."""
        static, now = self.static(), self.picture
        if not now.dark_png and not now.problem:
            now.dark_png = self._drawn(True).png
        return static_html(static, now.width, now.dark_png)

    def _recorded(self) -> dict[str, Any]:
        now = self.picture
        grid = Grid(**now.grid) if now.grid else None
        made = record(self._show, self.controls, now.width, grid, (now.cell[0], now.cell[1]))
        self._drawn(now.dark)  # what `show` keeps of its last call is again that of the widget
        return made

    def _row(self, row: Sequence[str | Control]) -> ipywidgets.HBox:
        members = [self.controls[one] if isinstance(one, str) else one for one in row]
        return ipywidgets.HBox(members, layout={"flex_flow": "row wrap"})

    def _moved(self, _: Any) -> None:
        if not self.held:
            self.refresh()

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Set controls in here without drawing; whoever holds draws afterwards, by `refresh`."""
        before, self.held = self.held, True
        try:
            yield
        finally:
            self.held = before

    def _ipython_display_(self) -> None:
        """Show the static picture, which live widgets hide by their style sheet, and the widget."""
        page, static = self.static_page(), self.static()
        data: dict[str, Any] = {"text/html": page, "text/plain": f"{static.alt}\n{static.text}"}
        if self.recorded and self.controls and settings.recording():
            made = self._recorded()
            if made["controls"]:  # a text field alone can't be played back
                data[RECORDING] = made
        display(data, raw=True)
        if hasattr(self, "_repr_mimebundle_"):
            display(self._repr_mimebundle_(), raw=True)
        else:  # ipywidgets 7, which Colab has
            super()._ipython_display_()


def _key(control: Control) -> str:
    """Return the name of the trait that the browser knows the control's state by."""
    return "index" if "index" in control.keys else "value"
