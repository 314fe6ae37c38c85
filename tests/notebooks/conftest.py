"""One folder for all that executes lessons, or shows what was executed."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("course")
