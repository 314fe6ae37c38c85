"""A fixture that leaves no process behind."""

import os

import pytest
from searches import Machine


@pytest.fixture
def machine(tmp_path):
    """Give a Machine whose processes are killed when the test ends."""
    pytest.importorskip("ray", reason="the extra search isn't installed")
    pytest.importorskip("optuna", reason="the extra search isn't installed")
    if os.name == "nt":
        pytest.skip("Ray's clusters are for Linux and macOS; on Windows Ray is a beta")
    one = Machine(tmp_path)
    yield one
    one.kill()
