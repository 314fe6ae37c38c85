"""JupyterLab in a container, as its Dockerfile starts it: `python -m utils.jupyter.container_lab`.

A container's 127.0.0.1 is reached by nobody outside of it, so JupyterLab listens on all of its
addresses, on port 8888 or $JUPYTER_PORT. Who reaches that says `docker run -p`, and the token.
"""

import os
import signal
import sys

from utils.errors import CourseError
from utils.jupyter.lab import open_lab

__all__ = ["main"]


def main() -> int:
    """Run JupyterLab until it is ended; return its exit status."""
    # What starts a container in the background may have SIGINT ignored, and that is inherited.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    port = os.environ.get("JUPYTER_PORT", "8888")
    return open_lab(
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        "--ServerApp.open_browser=False",
        ip="0.0.0.0",
    )


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CourseError as error:
        sys.exit(f"course: {error}")
