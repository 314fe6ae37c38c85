"""The setup for real, each of its environments once: a gigabyte from PyPI, so only when asked."""

import json
from pathlib import Path

import pytest
from jobs import job, on_request

from utils import settings
from utils.cloud import local
from utils.cloud.script import OLDER_TENSORFLOW

pytestmark = on_request(
    "COURSE_TEST_INSTALL", "installs everything anew (2.6 GB, minutes, a network)"
)

SAYS = """
import json, sys
from importlib.metadata import version
import tensorflow
names = "tensorflow", "tensorboard", "keras", "numpy"
print(json.dumps([tensorflow.__version__, sys.prefix, {name: version(name) for name in names}]))
"""


@pytest.mark.parametrize("env", OLDER_TENSORFLOW)
def test_a_fresh_environment_trains_and_has_the_pins(env, tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("COURSE_BUILD", str(tmp_path / "build"))
    monkeypatch.delenv("COURSE_VENV", raising=False)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    command = (
        f"python -c '{SAYS}' > says.json && python -m pip check && "
        "course train layers --variant baseline --seeds 1 --profile smoke --data sample"
    )
    one = job(command, env=env, max_runtime=900)
    assert local.run_local(one) == 0, capfd.readouterr()
    code = tmp_path / "build" / "launch" / "job" / "code"
    tensorflow, prefix, versions = json.loads((code / "says.json").read_text())
    wanted = OLDER_TENSORFLOW[env] or "2.21.0"
    assert tensorflow == versions["tensorflow"] == versions["tensorboard"] == wanted
    assert Path(prefix).resolve() == (code / ".venv").resolve()
    pins = (settings.ROOT / "constraints.txt").read_text(encoding="utf-8").split()
    assert {f"{name}=={versions[name]}" for name in ("keras", "numpy")} <= set(pins)
    assert list((settings.runs_dir() / "layers").glob("*/seed-0/run.json"))
