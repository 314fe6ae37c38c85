"""One notebook in a browser page: open it in JupyterLab, run it, read what came out.

For tests, benchmarks and screenshots; knows Playwright's Page and JupyterLab, no notebook.
"""

from base64 import b64decode
from dataclasses import dataclass, field
from typing import Any

from tools.browser import Server
from utils.errors import CourseError

__all__ = ["IDLE", "KERNEL", "PATIENCE", "NotebookPage", "WidgetView"]

# Milliseconds for whatever a page is waited for: only what hangs takes as long on a slow machine.
PATIENCE = 300_000

# Of a notebook made on the spot: JupyterLab asks which kernel to take where the name is another.
KERNEL = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}

# JupyterLab shows itself as `jupyterapp` where it was started with expose_app_in_browser.
IDLE = "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
_RUN = "void window.jupyterapp.commands.execute('notebook:run-all-cells')"
_STATE = """() => {
  const panel = window.jupyterapp.shell.currentWidget;
  const code = panel.content.widgets.map((cell) => cell.model).filter((m) => m.type === 'code');
  const errors = code.flatMap((model) =>
    model.outputs.toJSON().filter((out) => out.output_type === 'error')
      .map((out) => `${model.id}: ${out.ename}: ${out.evalue}`));
  return {
    errors,
    left: code.filter((model) => model.executionCount === null).length,
    status: panel.sessionContext.session?.kernel?.status ?? 'none',
  };
}"""


@dataclass
class NotebookPage:
    """A notebook open in JupyterLab.

    page: Playwright's. strangers: addresses asked for that aren't on this machine.
    complaints: errors in the browser's console, but not those about what a page in a frame has
    asked for: TensorBoard's looks for fonts where it has none. framed: those addresses.
    """

    page: Any
    server: Server
    strangers: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    framed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(PATIENCE)
        self.page.on("request", self._asked)
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, path: str, view: str = "lab/tree") -> "NotebookPage":
        """Open the notebook of that path, relative to the server's folder, with its kernel.

        view: `lab/tree` is JupyterLab, `notebooks` is Notebook 7 where that is installed.
        """
        self.page.goto(self.server.url(f"/{view}/{path}?reset"))
        self.page.wait_for_function(IDLE)
        return self

    def run(self, seconds: float = 1200) -> "NotebookPage":
        """Run all cells to the end; raise CourseError where one failed or hangs."""
        return self.start().wait(seconds)

    def start(self) -> "NotebookPage":
        """Begin to run all cells."""
        self.page.evaluate(_RUN)
        return self

    def wait(self, seconds: float = 1200) -> "NotebookPage":
        """Wait until all cells have run; raise CourseError where one failed or hangs."""
        for _ in range(round(5 * seconds)):
            state = self.page.evaluate(_STATE)
            if state["errors"]:
                raise CourseError(" / ".join(state["errors"]))
            if state["left"] == 0 and state["status"] == "idle":
                return self
            self.page.wait_for_timeout(200)
        raise CourseError(f"The notebook hasn't ended after {seconds:g} s: {state}.")

    def cell(self, cell_id: str) -> Any:
        """Return the locator of a cell by its id, scrolled into view."""
        index = self.page.evaluate(
            "id => window.jupyterapp.shell.currentWidget.content.widgets"
            ".findIndex((cell) => cell.model.id === id)",
            cell_id,
        )
        found = self.page.locator(".jp-Notebook .jp-Cell").nth(index)
        found.scroll_into_view_if_needed()
        return found

    def widget(self, number: int = 0) -> "WidgetView":
        """Return a widget of the notebook, in order, drawn and scrolled into view."""
        view = self.page.locator(".jp-Notebook .course-widget").nth(number)
        view.locator(".course-frame img[src]").wait_for()
        view.scroll_into_view_if_needed()
        return WidgetView(self.page, view)

    def save(self) -> None:
        """Save the notebook with its outputs."""
        self.page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")

    def close(self, kernel: bool = True) -> None:
        """Close the page; end the kernel with it unless told not to."""
        if kernel:
            self.page.evaluate(
                "window.jupyterapp.shell.currentWidget?.sessionContext?.shutdown()", None
            )
        self.page.close()

    def _asked(self, request: Any) -> None:
        address = request.url
        here = ("http://127.0.0.1", "ws://127.0.0.1", "blob:", "data:", "about:", "chrome")
        if not address.startswith(here):
            self.strangers.append(address)
        # A request for a page itself has no frame yet, says Playwright's Request.frame.
        if not request.is_navigation_request() and request.frame.parent_frame:
            self.framed.add(address)

    def _said(self, message: Any) -> None:
        """Keep an error of the notebook: the console tells the address, not the frame."""
        address = message.location.get("url", "")
        if message.type == "error" and address not in self.framed:
            self.complaints.append(f"{message.text} ({address.partition('?')[0]})")


_PNG = """async (img) => {
  const bytes = new Uint8Array(await (await fetch(img.src)).arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}"""


@dataclass
class WidgetView:
    """A widget on the page: its controls, picture and caption."""

    page: Any
    view: Any

    def settled(self) -> "WidgetView":
        """Wait until the picture is of the controls as they stand."""
        self.view.locator(".course-figure[data-state=current]").wait_for()
        return self

    @property
    def png(self) -> bytes:
        """The picture's file content."""
        return b64decode(self.view.locator(".course-frame img").evaluate(_PNG))

    @property
    def alt(self) -> str:
        return self.view.locator(".course-frame img").get_attribute("alt")

    @property
    def caption(self) -> str:
        return self.view.locator(".course-caption").inner_text()

    def slider(self, label: str) -> Any:
        """Return the handle of the slider with that label."""
        return self.view.get_by_role("slider", name=label, exact=True)

    def value(self, label: str) -> float:
        """Return the value that a slider says it has."""
        return float(self.slider(label).get_attribute("aria-valuenow"))

    def press(self, label: str, key: str, times: int = 1) -> None:
        """Press a key on a slider so many times, as fast as it goes."""
        self.slider(label).focus()
        for _ in range(times):
            self.page.keyboard.press(key)

    def drag(self, label: str, pixels: int) -> None:
        """Drag a slider's handle with the mouse, to the right or, negative, to the left."""
        box = self.slider(label).bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + pixels, y, steps=5)
        self.page.mouse.up()
