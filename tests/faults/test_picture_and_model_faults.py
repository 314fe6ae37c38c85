"""Thousands of damaged pictures and models, and processes killed while they write a workbook.

COURSE_TEST_ROUNDS multiplies the rounds.
"""

import io
import json
import os
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
from counting import counted
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from utils.data.pictures import picture_size, read_picture
from utils.errors import CourseError
from utils.settings import ROOT

pytestmark = pytest.mark.slow

FACTOR = float(os.environ.get("COURSE_TEST_ROUNDS", "1"))
PICTURES, MODELS, KILLS, PAIRS = (int(n * FACTOR) for n in (2000, 200, 20, 5))
FIXED = {
    "deadline": None, "derandomize": True, "database": None, "phases": [Phase.generate],
    "suppress_health_check": list(HealthCheck),
}  # fmt: skip


def seeds() -> dict[str, bytes]:
    """Return a small picture in every format and mode that is read."""
    y, x = np.mgrid[0:40, 0:60]
    rgb = np.stack([x * 4, y * 6, (x + y) * 2], -1).clip(0, 255).astype(np.uint8)
    base, clear = Image.fromarray(rgb), Image.new("RGBA", (60, 40), (0, 0, 0, 0))
    ImageDraw.Draw(clear).ellipse((15, 5, 45, 35), fill=(255, 0, 0, 200))
    deep = Image.fromarray((x * 1111).astype(np.uint16))
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "maker"
    more = [base.rotate(90)]
    made = {
        "jpeg": (base, "JPEG", {"exif": exif}), "grey jpeg": (base.convert("L"), "JPEG", {}),
        "progressive": (base, "JPEG", {"progressive": True}),
        "cmyk": (base.convert("CMYK"), "JPEG", {}), "mpo": (base, "MPO", more),
        "png": (base, "PNG", {"exif": exif}), "16-bit png": (deep, "PNG", {}),
        "palette": (base.quantize(16), "PNG", {"transparency": 3}), "rgba": (clear, "PNG", {}),
        "bits": (base.convert("1"), "PNG", {}), "apng": (base, "PNG", more),
        "gif": (base.quantize(16), "GIF", more), "webp": (clear, "WEBP", {"exif": exif}),
        "animated webp": (base, "WEBP", more), "avif": (base, "AVIF", {}),
        "bmp": (base, "BMP", {}), "palette bmp": (base.quantize(16), "BMP", {}),
        "tiff": (base, "TIFF", {"exif": exif}), "pages": (base, "TIFF", more),
        "lzw": (base, "TIFF", {"compression": "tiff_lzw"}), "16-bit tiff": (deep, "TIFF", {}),
        "jpeg in tiff": (base, "TIFF", {"compression": "jpeg"}), "float": (deep.convert("F"),
        "TIFF", {}), "lab": (base.convert("LAB"), "TIFF", {}),
        "fax": (base.convert("1"), "TIFF", {"compression": "group4"}),
    }  # fmt: skip
    found = {}
    for name, (image, kind, options) in made.items():
        file = io.BytesIO()
        if isinstance(options, list):  # copies: saving leaves something behind in an image
            options = {"save_all": True, "append_images": [one.copy() for one in options]}
        image.copy().save(file, kind, **options)
        found[name] = file.getvalue()
    return found


CHANGE = st.tuples(
    st.sampled_from(["set", "set", "set", "cut", "insert", "repeat", "swap"]),
    # Half of all changes hit the first hundred bytes: the headers.
    st.one_of(st.floats(0, 1), st.integers(0, 100)),
    st.integers(0, 255), st.integers(1, 64),
)  # fmt: skip


def changed(content: bytes, changes: list) -> bytes:
    data = bytearray(content)
    for how, where, byte, length in changes:
        at = where if isinstance(where, int) else int(where * len(data))
        at = min(at, max(len(data) - 1, 0))
        if how == "set":
            data[at : at + 1] = bytes([byte])
        elif how == "cut":
            del data[at : at + length]
        elif how == "insert":
            data[at:at] = bytes([byte]) * length
        elif how == "repeat":
            data[at:at] = data[at : at + length]
        else:
            data[at : at + length] = data[at : at + length][::-1]
    return bytes(data)


def test_thousands_of_damaged_pictures_are_read_or_refused_in_a_sentence():
    originals, outcomes = seeds(), Counter()
    for name, content in originals.items():
        assert read_picture(content, name).dtype == np.uint8, name

    @settings(max_examples=PICTURES, **FIXED)
    @given(st.sampled_from(sorted(originals)), st.lists(CHANGE, min_size=1, max_size=6))
    def damaged(name, changes):
        content = changed(originals[name], changes)
        for read in (picture_size, read_picture):
            try:
                found = read(content, name)
            except CourseError as error:
                assert error.remedy and "\n" not in str(error)
                outcomes["refused"] += 1
            else:
                assert read is picture_size or (found.dtype == np.uint8 and found.ndim == 3)
                outcomes["read"] += 1

    damaged()
    counted(f"damaged pictures: {dict(outcomes)}, each looked at and decoded; 0 tracebacks")
    assert min(outcomes.values()) > PICTURES / 10


# In a process of its own: it imports Keras, and a reader in C could die of such files.
LOAD = """
import io, json, os, sys, zipfile
from collections import Counter
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from test_picture_and_model_faults import CHANGE, FIXED, changed
from hypothesis import given, settings, strategies as st
from utils.errors import CourseError
from utils.networks.in_numpy.keras_layers import read_network
from utils.networks.saved import load_model, reference_model
folder, rounds = Path(sys.argv[1]), int(sys.argv[2])
whole = reference_model("mnist_cnn").read_bytes()
load_model(reference_model("mnist_cnn")).save(folder / "m.h5")
old = (folder / "m.h5").read_bytes()
parts = {i.filename: zipfile.ZipFile(io.BytesIO(whole)).read(i)
         for i in zipfile.ZipFile(io.BytesIO(whole)).infolist()}
ODD = [None, -1, 0, 1e308, "", "relu", "x" * 99, [], {}, [[[]]], True, 2**70, "keras", "Dense",
       {"class_name": "Lambda"}, {"class_name": "Dense", "module": "keras.layers", "config": {}}]

def leaves(value, path=()):
    yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(
        value, list) else ()
    for key, one in pairs:
        yield from leaves(one, (*path, key))

CONFIG = json.loads(parts["config.json"])
PATHS = [path for path in leaves(CONFIG) if path]
outcomes = Counter()

def rezipped(**new):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in (parts | {k.replace("__", "."): v for k, v in new.items()}).items():
            archive.writestr(name, content)
    return file.getvalue()

def odd_config(choices):
    config = json.loads(json.dumps(CONFIG))
    for path, value in choices:
        inner = config
        try:
            for key in path[:-1]:
                inner = inner[key]
            inner[path[-1]] = value
        except (KeyError, IndexError, TypeError):
            continue
    return rezipped(config__json=json.dumps(config))

@settings(max_examples=rounds, **FIXED)
@given(st.sampled_from(["file", "h5", "weights", "config", "config"]),
       st.lists(CHANGE, min_size=1, max_size=4),
       st.lists(st.tuples(st.sampled_from(PATHS), st.sampled_from(ODD)), min_size=1, max_size=2))
def damaged(kind, changes, choices):
    path = folder / "damaged.keras"
    path.write_bytes({"file": lambda: changed(whole, changes), "h5": lambda: changed(old, changes),
                      "weights": lambda: rezipped(**{"model__weights__h5": changed(
                          parts["model.weights.h5"], changes)}),
                      "config": lambda: odd_config(choices)}[kind]())
    try:
        read_network(load_model(path))
    except CourseError as error:
        assert "\\n" not in str(error), str(error)
        outcomes[kind + " refused"] += 1
    else:
        outcomes[kind + " read"] += 1

damaged()
from resource import RUSAGE_SELF, getrusage
print("FOUND", json.dumps(outcomes | {"MB": getrusage(RUSAGE_SELF).ru_maxrss >> 10}))
"""


def python(code: str, *arguments: object) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True, text=True, cwd=ROOT, env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.rpartition("FOUND ")[2]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no module `resource`")
def test_hundreds_of_damaged_models_are_read_or_refused_in_a_sentence(tmp_path):
    found = json.loads(python(LOAD, tmp_path, MODELS, ROOT / "tests" / "faults"))
    counted(f"damaged models: {found}; 0 tracebacks")
    assert sum(n for name, n in found.items() if name != "MB") == MODELS
    assert found["MB"] < 2000


# Children are forked from a process that has imported all, so that a kill hits the writing.
KILL = """
import json, os, random, signal, sys, time, zipfile
from collections import Counter
from pathlib import Path
import numpy as np
from utils.spreadsheet import image_to_workbook, or_gate_workbook
folder, kills = Path(sys.argv[1]), int(sys.argv[2])
noise = np.random.default_rng(0).integers(0, 256, (60, 60, 3), np.uint8)
jobs = (lambda: image_to_workbook(noise, folder / "p.xlsx"),
        lambda: or_gate_workbook(folder / "o.xlsx", epochs=200))
random.seed(0)
outcomes = Counter()

def child(job, times):
    pid = os.fork()
    if not pid:
        for _ in range(times):
            job()
        os._exit(0)
    return pid

for job in jobs:
    job()  # imports and times are those of a second one
for number in range(kills):
    job = jobs[number % 2]
    pid = child(job, 1000)
    if number % 4 < 2:
        time.sleep(random.random() * 0.6)
    else:  # while the file that is to take its place is there
        end = time.monotonic() + 5
        while time.monotonic() < end and not [
            one for one in os.scandir(folder) if one.name.endswith(".new")]:
            pass
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    left = [path for path in folder.iterdir() if path.suffix != ".xlsx"]
    outcomes["kills"] += 1
    outcomes["kills that left something"] += bool(left)
    for path in folder.glob("*.xlsx"):
        outcomes["half files"] += zipfile.ZipFile(path).testzip() is not None
    if left:
        for one in jobs:
            one()
    outcomes["leftovers"] += len(list(folder.iterdir())) - 2
for _ in range(int(sys.argv[3])):
    pids = [child(jobs[0], 5) for _ in range(3)]
    outcomes["writers side by side"] += 3
    outcomes["writers that failed"] += sum(os.waitpid(pid, 0)[1] != 0 for pid in pids)
    outcomes["half files"] += zipfile.ZipFile(folder / "p.xlsx").testzip() is not None
    outcomes["leftovers"] += len(list(folder.iterdir())) - 2
print("FOUND", json.dumps(outcomes))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")
def test_a_kill_at_any_moment_leaves_a_whole_workbook_and_the_next_one_clears_up(tmp_path):
    found = json.loads(python(KILL, tmp_path, KILLS, PAIRS))
    counted(f"workbooks: {found}")
    assert found["kills"] == KILLS and found["writers side by side"] == 3 * PAIRS
    assert found["kills that left something"] > 0
    assert found["half files"] == found["leftovers"] == found["writers that failed"] == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_what_a_killed_process_left_goes_at_the_next_writing(tmp_path):
    left = [tmp_path / ".p.xlsx.0123abcd.new", tmp_path / ".p.xlsx.ffffffff.new"]
    others = [tmp_path / ".q.xlsx.0123abcd.new", tmp_path / ".p.xlsx.lock"]
    for path in left + others:
        path.write_text("half")
    python(
        "import numpy, sys; from utils.spreadsheet import image_to_workbook; "
        "image_to_workbook(numpy.zeros((2, 2, 3), int), sys.argv[1])",
        tmp_path / "p.xlsx",
    )
    assert sorted(tmp_path.iterdir()) == sorted([*others, tmp_path / "p.xlsx"])
