"""Standard error held back, written to from Python and from below it; seen from outside."""

import os
import subprocess
import sys

import pytest

from utils import settings

HEAD = "import os, sys\nfrom utils.networks.quiet import quiet_stderr\n"
NOISE = "    os.write(2, b'from C')\n    sys.stderr.write('from Python')\n"


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run code in a Python of its own, from the repository's root."""
    return subprocess.run(
        [sys.executable, "-c", HEAD + code],
        capture_output=True,
        text=True,
        cwd=settings.ROOT,
        env={**os.environ, **environment},
    )


def test_what_is_written_meanwhile_is_held_back_for_good():
    done = run(f"with quiet_stderr():\n{NOISE}")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_standard_error_is_back_afterwards():
    done = run(f"with quiet_stderr():\n{NOISE}sys.stderr.write('later ')\nos.write(2, b'and C')")
    assert "later " in done.stderr and "and C" in done.stderr
    assert "from" not in done.stderr


def test_an_error_brings_everything_out_and_goes_on():
    done = run(f"with quiet_stderr():\n{NOISE}    raise SystemExit(3)")
    assert done.returncode == 3
    assert "from C" in done.stderr and "from Python" in done.stderr


def test_one_within_another_holds_back_too():
    done = run(f"with quiet_stderr(), quiet_stderr():\n{NOISE}")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_network_is_built_in_silence_where_keras_was_imported_within():
    """Without a GPU's driver TensorFlow complains when it first looks for one."""
    done = run(
        "with quiet_stderr():\n    import keras\n"
        "print(keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)]).count_params())"
    )
    assert (done.stdout, done.stderr) == ("10\n", "")


def test_standard_output_passes():
    assert run("with quiet_stderr():\n    print('seen')").stdout == "seen\n"


@pytest.mark.parametrize(
    ("set_before", "told"),
    [
        ({}, "2 true"),
        ({"TF_CPP_MIN_LOG_LEVEL": "0"}, "0 true"),
        ({"TF_FORCE_GPU_ALLOW_GROWTH": "false"}, "2 false"),
    ],
)
def test_tensorflow_is_told_of_its_log_and_of_a_gpus_memory_unless_the_user_said_otherwise(
    set_before, told, monkeypatch
):
    for name in settings.TENSORFLOW:
        monkeypatch.delenv(name, raising=False)
    names = ", ".join(f"os.environ['{name}']" for name in sorted(settings.TENSORFLOW))
    code = f"with quiet_stderr():\n    pass\nprint({names})"
    assert run(code, **set_before).stdout.strip() == told


def test_a_module_that_imports_tensorflow_runs_without_its_lines(tmp_path):
    (tmp_path / "loud.py").write_text(
        "import sys\nimport tensorflow as tf\n"
        "print(__name__, *sys.argv[1:], bool(tf.config.list_physical_devices()))"
    )
    paths = os.pathsep.join([str(settings.ROOT), str(tmp_path)])
    done = subprocess.run(
        [sys.executable, "-m", "utils.networks.tflearn_cnn.quietly", "loud", "a b", "--c"],
        capture_output=True, text=True, env=os.environ | {"PYTHONPATH": paths},
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("__main__ a b --c True\n", "")


MODULES = "    for i in range(600): sys.modules[f'made_{i}'] = type(sys)(f'made_{i}')\n"
SEEN = "import gc\nprint(gc.get_freeze_count() > 600, gc.isenabled())"


@pytest.mark.parametrize(
    ("meanwhile", "seen"), [("    pass\n", "False True"), (MODULES, "True True")]
)
def test_only_what_brings_a_large_library_is_kept_from_the_collector_for_good(meanwhile, seen):
    assert run(f"with quiet_stderr():\n{meanwhile}{SEEN}").stdout.strip() == seen


def test_the_collector_rests_meanwhile_and_stays_off_where_it_was():
    code = "import gc\nwith quiet_stderr():\n    print(gc.isenabled())\nprint(gc.isenabled())\n"
    assert run(code).stdout.split() == ["False", "True"]
    assert run(f"import gc\ngc.disable()\n{code}").stdout.split() == ["False", "False"]


def test_the_collector_works_again_after_an_error():
    code = (
        "import gc\ntry:\n    with quiet_stderr():\n        1 / 0\n"
        "except ZeroDivisionError:\n    print(gc.isenabled())"
    )
    assert run(code).stdout.strip() == "True"


def test_no_file_descriptor_is_left_open():
    code = (
        "lowest = os.dup(0)\nos.close(lowest)\n"
        "for _ in range(50):\n    with quiet_stderr():\n        pass\n"
        "again = os.dup(0)\nprint(again - lowest)"
    )
    assert run(code).stdout.strip() == "0"
