"""What `course lab` adds to JupyterLab: TensorBoard as a tab behind Jupyter's own login.

Read by Jupyter through JUPYTER_CONFIG_PATH, which `utils.jupyter.lab.lab_environment` sets.
"""

import sys

from utils import settings
from utils.files import HOST
from utils.jupyter.tensorboard import VIEW

OPTIONS = {"logdir": str(settings.runs_dir()), "host": HOST, "port": "{port}"}

c = get_config()  # type: ignore[name-defined]  # noqa: F821  # Jupyter defines it

c.ServerProxy.servers = {
    "tensorboard": {
        "command": [
            *(sys.executable, "-m", "tensorboard.main"),
            *(word for name, value in OPTIONS.items() for word in (f"--{name}", value)),
        ],
        "environment": {"TF_CPP_MIN_LOG_LEVEL": "2"},
        "timeout": 120,  # it imports TensorFlow first: slow on a cold disk
        "new_browser_tab": False,
        "launcher_entry": {
            "title": "TensorBoard",
            "category": "Other",
            "path_info": f"tensorboard/?{VIEW}",
        },
    }
}
