"""What is done to a notebook while Jupyter saves it; named in `config/jupyter_server_config.py`."""

import json
from pathlib import Path
from typing import Any

__all__ = ["keep_version"]


def keep_version(model: dict[str, Any], path: str, contents_manager: Any, **_: Any) -> None:
    """Leave the version of Python that the file names, whatever the kernel's is.

    JupyterLab puts the kernel's into each notebook that it only opens: without this one of the
    course's would be another for git wherever Python isn't what the author had.
    model: as Jupyter's contents manager takes it; path: below its root_dir.
    """
    file = Path(contents_manager.root_dir) / path
    if model["type"] != "notebook" or not file.is_file():
        return
    told = model["content"]["metadata"].get("language_info", {})
    stored = json.loads(file.read_bytes())["metadata"].get("language_info", {})
    if "version" in stored and stored.get("name") == told.get("name"):
        told["version"] = stored["version"]
