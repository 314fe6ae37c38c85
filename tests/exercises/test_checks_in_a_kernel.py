"""Checks in a real kernel: what takes long says so, an interrupt is answered, nobody leaves."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from jupyter_client.manager import KernelManager

from utils import settings

PATIENCE = 120.0  # only what hangs takes as long

SETUP = """
from utils.exercises import check, registry
registry.PATIENCE_SECONDS = 0.3
"""
ENDLESS = """
def update(w, b, x, y, learning_rate):
    while True:
        pass


check("01.2", update)
"""
LEAVING = """
def update(w, b, x, y, learning_rate):
    {}


check("01.2", update)
"""


class Kernel:
    """A kernel, and what a cell of it shows, as a browser would see it."""

    def __init__(self) -> None:
        self.manager = KernelManager(kernel_name="python3")
        environment = os.environ | {"PYTHONPATH": str(settings.ROOT)}
        self.manager.start_kernel(env=environment, cwd=str(settings.NOTEBOOKS))
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE)

    def shows(self, request: str) -> Iterator[tuple[str, str]]:
        """Yield (kind of message, its text) until the cell has run."""
        while True:
            message = self.client.get_iopub_msg(timeout=PATIENCE)
            if message["parent_header"].get("msg_id") != request:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] == "idle":
                return
            text = content.get("data", {}).get("text/plain", content.get("text", ""))
            yield kind, text or str(content.get("ename", ""))

    def run(self, code: str) -> str:
        """Return all that a cell shows, and whether it was ok."""
        request = self.client.execute(code)
        shown = [text.strip() for _, text in self.shows(request) if text.strip()]
        return "\n".join([*shown, self.reply(request)])

    def reply(self, request: str) -> str:
        while True:
            reply = self.client.get_shell_msg(timeout=PATIENCE)
            if reply["parent_header"].get("msg_id") == request:
                return str(reply["content"]["status"])

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def kernel() -> Iterator[Any]:
    one = Kernel()
    assert one.run(SETUP) == "ok"
    yield one
    one.close()


def test_an_endless_loop_is_announced_and_its_interrupt_answered_and_the_kernel_goes_on(
    kernel: Kernel,
) -> None:
    request = kernel.client.execute(ENDLESS)
    later = kernel.client.execute("print(6 * 7)")
    seen = []
    for kind, text in kernel.shows(request):
        seen.append((kind, text))
        if "Still running" in text:
            kernel.manager.interrupt_kernel()
    assert kernel.reply(request) == "ok"
    (kind, waiting), (update, verdict) = [one for one in seen if "01.2" in one[1]]
    assert (kind, update) == ("display_data", "update_display_data")  # it takes its place
    assert "press ■ in the toolbar" in waiting
    assert verdict.startswith("✗ Not yet · 01.2: Stopped while your code was running, in line ")
    assert not any("Error" in text or "Traceback" in text for _, text in seen)
    assert "42" in "".join(text for _, text in kernel.shows(later))
    assert kernel.reply(later) == "ok"


@pytest.mark.parametrize("way", ["exit()", "quit()", "import sys; sys.exit()", "raise SystemExit"])
def test_an_answer_that_wants_to_leave_leaves_the_kernel_alone(kernel: Kernel, way: str) -> None:
    said = kernel.run(LEAVING.format(way))
    assert "left by `SystemExit` instead of returning, in line 2: `" in said
    assert kernel.run("print(6 * 7)") == "42\nok"
    assert kernel.run("get_ipython().exit_now") == "False\nok"


def test_an_answer_that_asks_a_person_doesnt_wait(kernel: Kernel) -> None:
    said = kernel.run(LEAVING.format('return input("w? ")'))
    assert "`input` waits for a person" in said and said.endswith("ok")


def test_what_is_quick_says_nothing_of_waiting(kernel: Kernel) -> None:
    said = kernel.run('check("01.1", (1, -1, -0.5))')
    assert "✓ Right" in said and "Still running" not in said
