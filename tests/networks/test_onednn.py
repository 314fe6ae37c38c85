"""TensorFlow's kernels chosen: when it is in question, measured for real, remembered, switched."""

import json
import os
import platform
import subprocess
import sys
from dataclasses import asdict, replace
from importlib.metadata import version

import pytest

from utils import settings
from utils.networks import onednn
from utils.networks.onednn import SWITCH, KernelTimes
from utils.networks.processor import cpu_name

HERE = KernelTimes(cpu_name(), version("tensorflow"), {"Eigen": 0.3, "oneDNN": 0.2}, "2026-11-25")
x86 = pytest.mark.skipif(platform.machine() != "x86_64", reason="only x86 has both kernels")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Return the file that holds the choice, in a cache of the test's own."""
    monkeypatch.setattr(onednn.platformdirs, "user_cache_path", lambda name: tmp_path / name)
    return tmp_path / "deep-learning-course" / "kernels.json"


def remember(cache, choice):
    cache.parent.mkdir(exist_ok=True)
    cache.write_text(json.dumps(asdict(choice)))


def start(code: str, folder, **environment: str) -> subprocess.Popen[str]:
    """Start code in a Python without TensorFlow, with a user's cache of its own."""
    clean = {key: value for key, value in os.environ.items() if key != SWITCH}
    return subprocess.Popen(
        [sys.executable, "-c", HEAD + code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=settings.ROOT,
        env=clean | {"XDG_CACHE_HOME": str(folder), "HOME": str(folder)} | environment,
    )


def python(code: str, folder, **environment: str) -> tuple[str, str]:
    """Run code to its end; return what it printed and what it said of errors."""
    out, err = start(code, folder, **environment).communicate()
    return out.strip(), err


HEAD = """
import os, sys, time
from utils.networks import onednn
onednn.in_question = lambda: True
"""
CHOOSE = "onednn.choose_kernels()\nprint(os.environ.get(onednn.SWITCH))\n"
NEVER = "onednn.measure = lambda: sys.exit('measured')\n"


@x86
@pytest.mark.parametrize(
    ("system", "flags", "asked"),
    [
        ("linux", "sse4_2 avx avx2 fma", True),
        ("linux", "avx2 avx512f avx512bw", True),
        ("linux", "avx2 avx512f avx512_vnni", False),
        ("linux", "avx2 avx_vnni", False),
        ("linux", "avx2 amx_bf16", False),
        ("win32", "", False),
        ("darwin", "", False),
    ],
)
def test_it_is_in_question_where_tensorflow_takes_its_own_kernels_though_it_has_others(
    system, flags, asked
):
    assert onednn.in_question(system, frozenset(flags.split())) is asked


@x86
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it isn't in question")
def test_where_it_is_not_in_question_tensorflow_takes_onednns_by_itself():
    code = "from utils.networks.tflearn_cnn.compat import kernels_in_use\nprint(kernels_in_use())"
    clean = {key: value for key, value in os.environ.items() if key != SWITCH}
    for value in (None, "0", "1"):
        if value is None and onednn.in_question():
            continue  # here it would be measured
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, cwd=settings.ROOT,
            env=clean | ({SWITCH: value} if value else {}),
        )  # fmt: skip
        assert done.stdout.strip() == ("Eigen" if value == "0" else "oneDNN"), done.stderr


def test_once_tensorflow_is_imported_what_is_started_computes_as_it_does(tmp_path):
    asked = "onednn.use('oneDNN')\nprint(os.environ[onednn.SWITCH])\n"
    imported = "sys.modules['tensorflow'] = sys\n"
    assert python(asked, tmp_path, **{SWITCH: "0"})[0] == "1"
    assert python(imported + asked, tmp_path, **{SWITCH: "0"})[0] == "0"


@x86
def test_a_first_call_measures_and_a_second_remembers(tmp_path):
    switch, said = python(CHOOSE, tmp_path)
    assert "Measuring once" in said
    kept = next(tmp_path.rglob("kernels.json"))
    choice = KernelTimes(**json.loads(kept.read_text()))
    assert all(0.001 < seconds < 60 for seconds in choice.seconds.values())
    assert (choice.machine, choice.tensorflow) == (cpu_name(), version("tensorflow"))
    assert switch == onednn.VALUES[choice.kernels]
    assert python(NEVER + CHOOSE, tmp_path) == (switch, "")


@x86
def test_kernels_that_fail_are_not_taken_and_not_tried_again(tmp_path):
    poison = tmp_path / "poison"
    poison.mkdir()
    (poison / "tflearn.py").write_text(
        f"import os, sys\nif os.environ['{SWITCH}'] == '1':\n    os._exit(3)\n"
        f"sys.path.remove({str(poison)!r})\ndel sys.modules['tflearn']\nimport tflearn\n"
    )
    paths = os.pathsep.join([str(poison), os.environ["PYTHONPATH"]])
    assert python(CHOOSE, tmp_path, PYTHONPATH=paths)[0] == "0"
    assert python(NEVER + CHOOSE, tmp_path) == ("0", "")


def test_a_small_gain_is_none():
    assert HERE.kernels == "oneDNN" and HERE.gain == pytest.approx(1.5)
    assert replace(HERE, seconds={"Eigen": 0.21, "oneDNN": 0.2}).kernels == "Eigen"
    assert replace(HERE, seconds={"Eigen": 0.2, "oneDNN": 0.3}).kernels == "Eigen"


def test_what_was_measured_here_is_remembered(cache):
    assert onednn.remembered() is None
    remember(cache, HERE)
    assert onednn.remembered() == HERE


@pytest.mark.parametrize(
    "changed", [{"machine": "another"}, {"tensorflow": "1.0"}, {"seconds": {}}]
)
def test_what_was_measured_elsewhere_is_not(cache, changed):
    remember(cache, replace(HERE, **changed))
    assert onednn.remembered() is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"machine": 3', "null"])
def test_a_spoilt_memory_is_none(cache, text):
    cache.parent.mkdir()
    cache.write_text(text)
    assert onednn.remembered() is None


def test_the_switch_that_a_person_set_stays(tmp_path):
    assert python(NEVER + CHOOSE, tmp_path, **{SWITCH: "0"}) == ("0", "")


def test_without_a_place_to_remember_nothing_is_measured(tmp_path):
    (tmp_path / "file").touch()
    assert python(NEVER + CHOOSE, tmp_path / "file") == ("None", "")


def test_two_processes_measure_once(tmp_path):
    slow = (
        "def measure():\n    open(os.environ['LOG'], 'a').write('x')\n    time.sleep(2)\n"
        "    return onednn.KernelTimes(onednn.cpu_name(), onednn.version('tensorflow'),"
        " {'Eigen': 2.0, 'oneDNN': 1.0}, '')\nonednn.measure = measure\n"
    )
    both = [start(slow + CHOOSE, tmp_path, LOG=str(tmp_path / "log")) for _ in range(2)]
    assert [one.communicate()[0].strip() for one in both] == ["1", "1"]
    assert (tmp_path / "log").read_text() == "x"
