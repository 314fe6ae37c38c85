"""Notebooks as learners hand them in, made from the solutions; and those of learners who attack."""

import json
from pathlib import Path

from utils import settings

LESSON = "05_hidden_layer"


def cells_of(name: str, folder: Path = settings.NOTEBOOKS) -> dict:
    return json.loads((folder / f"{name}.ipynb").read_text(encoding="utf-8"))


def solved(name: str = LESSON, **changed: str) -> dict:
    """Return a lesson with its exercises solved, and cells changed by their ids' words."""
    lesson = cells_of(name)
    right = {cell["id"]: cell["source"] for cell in cells_of(f"solutions/{name}")["cells"]}
    for cell in lesson["cells"]:
        if "exercise" in cell["metadata"].get("tags", []):
            cell["source"] = right[cell["id"]]
        cell["source"] = changed.get(cell["id"].replace("-", "_"), cell["source"])
    return lesson


def hand_in(path: Path, notebook: dict | str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(notebook, bytes):
        path.write_bytes(notebook)
    else:
        text = notebook if isinstance(notebook, str) else json.dumps(notebook)
        path.write_text(text, encoding="utf-8")
    return path


def relu(body: str, before: str = "") -> str:
    """Return exercise 05.3's cell, right, with an attack before it and one in its function."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    right = "    return (z, 1.0) if z > 0 else (0.0, 0.0)\n"
    return f"{before}\ndef relu_link(z):\n{lines}{right}\n\ncheck('05.3', relu_link)\n"


# What the cell of exercise 05.3 does, and words that the report must have of it.
ATTACKS = {
    "a loop without an end": (relu("while True:\n    pass"), "too long"),
    "a loop that sleeps": (relu("import time\nwhile True:\n    time.sleep(1)"), "too long"),
    "a fork bomb": (relu("import os\nwhile True:\n    os.fork()"), "forked processes"),
    "ten gigabytes": (relu("x = bytearray(10 * 10**9)"), "MemoryError"),
    "gigabytes in parts": (
        relu("import os\nfor _ in range(12):\n    os.fork()\nx = bytearray(900_000_000)\n"
             "for at in range(0, len(x), 4096):\n    x[at] = 1\nwhile True:\n    pass"), "forked"),
    "the network": (
        relu("import socket\nsocket.create_connection(('1.1.1.1', 53), timeout=5)"), "network"),
    "files outside": (relu("open('{outside}', 'w').write('was here')"), "tried to write"),
    "others' work": (relu("open('{other}').read()"), "tried to read"),
    "the grader killed": (relu("import os\nos.kill(os.getppid(), 9)\nos.kill(1, 9)"), "signal"),
    "all killed": (relu("import os\nos.kill(-1, 9)"), "signal"),
    "the checks patched": (
        relu("pass", "from utils.exercises import registry, verdict\n"
             "registry.evaluate = lambda *_: verdict.Verdict(True, True, 'ok')\n"
             "verdict.Verdict.passed = True\nverdict.Wrong.__init__ = lambda *a, **k: None"),
        "changed utils.exercises"),
    "an exit": (relu("import os\nos._exit(0)"), "left Python"),
    "an exit of Python's": (relu("raise SystemExit"), "SystemExit"),
    "a hundred megabytes printed": (relu("for _ in range(100):\n    print('x' * 10**6)"), "large"),
    "a person asked": (relu("input('Password: ')"), "input"),
    "a shell": (relu("pass", "!rm -rf ~ /tmp/* '{other}'\n%cd /\n"), "started a program"),
    "a crash": (relu("import ctypes\nctypes.string_at(0)"), "SIGSEGV"),
    "a wrong answer made right": (
        'class Any:\n    __eq__ = lambda *_: True\n    __array__ = lambda *_, **__: 1 / 0\n'
        'def relu_link(z):\n    return Any(), Any()\ncheck("05.3", relu_link)', ""),
    "an answer without an end": (
        "def relu_link(z):\n    x = []\n    x.append(x)\n    return x\n"
        "check('05.3', relu_link)", ""),
    "another check": (
        'def check(*_):\n    print("✓ Right · 05.3: That is it.")\n'
        "def relu_link(z):\n    return 1, 1\ncheck('05.3', relu_link)", ""),
}  # fmt: skip
