"""The start page in a notebook: brought up to date while it is shown, data fetched by buttons.

What stands on it is `start_page`'s; here is only what moves.
"""

import html
import io
import threading
import uuid
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path

from IPython.display import display
from ipywidgets import HTML, Button, HBox, Layout, VBox

from utils import settings
from utils.data import fetch
from utils.data.download import DownloadFailed
from utils.errors import CourseError
from utils.jupyter import start_page

__all__ = ["StartView", "show_start_page"]

SECONDS = 2.0  # between two looks at the progress file's date

_current: "StartView | None" = None


def show_start_page() -> None:
    """Show the lessons with their ticks, the data sets and this machine, and keep that true.

    It ends with the kernel, or when it is shown anew.
    """
    global _current
    if _current is not None:
        _current.ended.set()
    _current = StartView()
    _current.show()


class StartView:
    """The page, and below it a button for each archive that is missing and one that refreshes."""

    def __init__(self) -> None:
        self.ended = threading.Event()
        self.said = HTML(layout=Layout(width="auto"))
        self.again = Button(description="Refresh", icon="refresh")
        self.again.on_click(lambda _: self.refresh())
        self.buttons = HBox([self.again], layout=Layout(flex_flow="row wrap"))
        self.offered: list[start_page.DataLine] = []
        self._place = f"start-{uuid.uuid4()}"

    def show(self) -> None:
        """Display all, and watch the progress file from now on."""
        self._draw(update=False)
        display(VBox([self.buttons, self.said]))
        threading.Thread(target=self._watch, daemon=True).start()

    def refresh(self) -> None:
        """Show how it is now."""
        self._draw(update=True)

    def _draw(self, update: bool) -> None:
        # The page isn't in a widget: JupyterLab opens links of an output by itself, but not those.
        glance = start_page.look()
        shown = {
            "text/html": start_page.page(glance, live=True),
            "text/plain": start_page.text(glance),
        }
        display(shown, raw=True, display_id=self._place, update=update)
        if glance.missing != self.offered:
            self.offered = glance.missing
            self.buttons.children = (*map(self._fetching, self.offered), self.again)

    def _fetching(self, one: start_page.DataLine) -> Button:
        label = f"Fetch {one.title} ({one.megabytes} MB)"
        button = Button(description=label, icon="download", layout=Layout(width="auto"))
        button.on_click(lambda _: self._fetch(one))
        return button

    def _fetch(self, one: start_page.DataLine) -> None:
        """Fetch a data set; the kernel has nothing else to do meanwhile, and can be interrupted."""
        self._lock(True)
        self._say(f"{one.title} is being fetched …")
        try:
            with redirect_stdout(_Said(self._say)):
                fetch(one.name)
        except DownloadFailed as error:
            self._say(f"{error.problem} Until there is internet, the lessons use the sample.")
        except CourseError as error:
            self._say(str(error))
        except KeyboardInterrupt:
            self._say("Stopped. Pressed again, it goes on from there.")
        else:
            self._say(f"{one.title} is here.")
        finally:
            self._lock(False)
        self.refresh()

    def _lock(self, disabled: bool) -> None:
        for button in self.buttons.children:
            button.disabled = disabled

    def _say(self, text: str) -> None:
        self.said.value = f'<div role="status">{html.escape(text)}</div>'

    def _watch(self) -> None:
        path = settings.progress_path()
        before = _stamp(path)
        while not self.ended.wait(SECONDS):
            if (now := _stamp(path)) != before:
                before = now
                self.refresh()


class _Said(io.TextIOBase):
    """Takes what a download prints, line by line."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say

    def write(self, text: str) -> int:
        if text.strip():
            self.say(text.strip())
        return len(text)


def _stamp(path: Path | None) -> tuple[int, int]:
    """Return what tells a file from the same one changed; zeros where there is none."""
    try:
        found = path.stat() if path else None
    except OSError:
        found = None
    return (found.st_mtime_ns, found.st_size) if found else (0, 0)
