"""Every notebook runs from top to bottom at `smoke`, with network access blocked.

One folder of runs serves them all, in order: the notebook that compares runs finds those that
the earlier ones made. Run alone, it has to cope without.
"""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from contents import LESSONS

from utils.jupyter.run_all import run_notebooks

RECORDED = {"01", "08"}  # for the book that is made of these copies: test_book.py


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_notebook_runs_offline_from_top_to_bottom(
    path: Path, course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_RECORD", str(int(path.name[:2] in RECORDED)))
    report = run_notebooks(
        path.stem,
        profile="smoke",
        data_source="auto",
        runs_dir=course / "runs",
        notebooks_dir=path.parent,
        build_dir=course / "build",
        progress=False,
    )
    assert report.passed, report.summary()
    executed = nbformat.read(course / "build" / "notebooks" / path.name, 4)
    said = [out.text for cell in executed.cells for out in cell.get("outputs", [])
            if out.get("name") == "stderr"]  # fmt: skip
    assert said == []


def test_a_kernel_reaches_this_machine_and_nothing_else() -> None:
    code = """if True:
        import http.server, socket, threading, urllib.error, urllib.request
        server = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        here = urllib.request.urlopen(f"http://localhost:{server.server_port}/")
        print("here", here.status)
        for address in ("http://example.org", "http://192.0.2.1", "https://[2001:db8::1]/"):
            try:
                urllib.request.urlopen(address, timeout=5)
            except urllib.error.URLError as error:
                print(error.reason)
        try:
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"", ("192.0.2.1", 53))
        except OSError as error:
            print(error)
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    lines = done.stdout.splitlines()
    assert lines[0] == "here 200", done.stderr
    assert len(lines) == 5 and all("blocked in tests" in line for line in lines[1:]), lines
