"""What `course lab` adds to JupyterLab: TensorBoard as a tab behind Jupyter's own login.

Read by Jupyter through JUPYTER_CONFIG_PATH, which `utils.jupyter.lab.lab_environment` sets.
"""

import secrets
import sys

from utils import settings
from utils.files import HOST
from utils.jupyter import guard
from utils.jupyter.tensorboard import VIEW

# Only Jupyter and its TensorBoard have it: who isn't logged in there gets nothing from its port.
token = secrets.token_urlsafe()

c = get_config()  # type: ignore[name-defined]  # noqa: F821  # Jupyter defines it

c.ContentsManager.pre_save_hook = "utils.jupyter.saving.keep_version"

c.ServerProxy.servers = {
    "tensorboard": {
        "command": [
            *(sys.executable, "-m", guard.__name__),
            *(str(settings.runs_dir()).replace("{", "{{").replace("}", "}}"), "{port}"),
        ],
        "environment": {"TF_CPP_MIN_LOG_LEVEL": "2", guard.TOKEN: token},
        "request_headers_override": {
            "Host": f"{HOST}:{{port}}",
            "Cookie": f"{guard.cookie_name('{port}')}={token}",
        },
        "timeout": 120,  # it imports TensorFlow first: slow on a cold disk
        "new_browser_tab": False,
        "launcher_entry": {
            "title": "TensorBoard",
            "category": "Other",
            "path_info": f"tensorboard/?{VIEW}",
        },
    }
}
