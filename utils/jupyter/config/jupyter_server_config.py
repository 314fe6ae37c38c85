"""What `course lab` adds to JupyterLab: TensorBoard as a tab behind Jupyter's own login, the start
page in the launcher.

Read by Jupyter through JUPYTER_CONFIG_PATH, which `utils.jupyter.lab.lab_environment` sets.
"""

import secrets
import sys
from pathlib import Path

from utils import settings
from utils.files import HOST
from utils.jupyter import guard
from utils.jupyter.tensorboard import VIEW

HERE = Path(guard.__file__).parent / "config"  # Jupyter runs this file without telling where it is

QUIETLY = "utils.networks.tflearn_cnn.quietly"  # imports TensorFlow, so it isn't imported here

# Only Jupyter and its TensorBoard have it: who isn't logged in there gets nothing from its port.
token = secrets.token_urlsafe()

c = get_config()  # type: ignore[name-defined]  # noqa: F821  # Jupyter defines it

c.ContentsManager.pre_save_hook = "utils.jupyter.saving.keep_version"

c.ServerProxy.servers = {
    "tensorboard": {
        "command": [
            *(sys.executable, "-m", QUIETLY, guard.__name__),
            *(str(settings.runs_dir()).replace("{", "{{").replace("}", "}}"), "{port}"),
        ],
        "environment": {**settings.for_tensorflow(), guard.TOKEN: token},
        "request_headers_override": {
            "Host": f"{HOST}:{{port}}",
            "Cookie": f"{guard.cookie_name('{port}')}={token}",
        },
        "timeout": 120,  # it imports TensorFlow first: slow on a cold disk
        "new_browser_tab": False,
        "launcher_entry": {
            "title": "TensorBoard",
            "category": "Notebook",  # in another one the launcher shows no icon of a server
            "path_info": f"static/tensorboard.html?{VIEW}#timeseries",
            "icon_path": str(HERE / "tensorboard.svg"),
        },
    },
    # Of this one only the launcher's entry is wanted. Without a port the proxy would warn at each
    # start; on this one, discard, nothing listens.
    "start": {
        "port": 9,
        "new_browser_tab": False,
        "launcher_entry": {
            "title": "Start page",
            "category": "Notebook",
            "path_info": "static/start.html",
            "icon_path": str(HERE / "start.svg"),
        },
    },
}
# Two small pages that hold no secret: Jupyter gives them to anybody, as all of /static/. That of
# the start page tells JupyterLab what to open; who may run a script there can do that anyway.
c.ServerApp.extra_static_paths = [str(HERE / "static")]
c.LabApp.expose_app_in_browser = True
