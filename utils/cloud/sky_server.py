"""SkyPilot's server on this computer: whose it is, and its end once no machine is left.

SkyPilot starts it by itself when it is first asked for machines. It listens on 127.0.0.1 without a
password: who has an account here can start machines through it, in the name of who started it.
"""

import os
import re
import socket
from typing import TYPE_CHECKING, Any

from utils.errors import CourseError
from utils.files import HOST

if TYPE_CHECKING:
    import psutil

__all__ = ["end_if_idle", "leave_a_mark", "need_own_server", "start"]

# In the environment of a server that the course has started, which it has inherited: a mark that
# no crash loses, that goes with the process, and that no other server has.
_MARK = "COURSE_STARTED_THIS_SERVER"
_CHOSEN = "SKYPILOT_API_SERVER_ENDPOINT"  # SkyPilot's variable for a server elsewhere


def leave_a_mark() -> None:
    """Have a server that SkyPilot starts from now on be known as started by the course."""
    os.environ[_MARK] = "1"


def need_own_server() -> None:
    """Raise CourseError where SkyPilot would ask a server here that another user has started.

    It would start machines with that user's account, and tell them this launch's token.
    """
    from sky.server import common

    if os.environ.get(_CHOSEN) or not common.is_api_server_local():
        return
    port = common.get_local_api_server_port()
    if _answers(port) and _server(port) is None:
        raise CourseError(
            f"What answers on port {port} of this computer, SkyPilot's, isn't yours: it would "
            "start machines in another user's name.",
            f"Set SKYPILOT_API_SERVER_LOCAL_PORT to a port of your own, such as {port + 1}.",
        )


def start() -> None:
    """Have SkyPilot start its server unless it runs; return once it answers."""
    from sky.server import common

    common.check_server_healthy_or_start_fn()


def end_if_idle(sky: Any) -> bool:
    """End the server if the course has started it, and no machine and no request is left.

    Any machine counts, whoever launched it. Returns whether it was ended.
    """
    from sky.server import common

    if not common.is_api_server_local():
        return False
    port = common.get_local_api_server_port()
    server = _server(port)
    if server is None or _MARK not in server.environ():
        return False
    # One that was cut off as it started doesn't answer yet, and knows of nothing.
    if _answers(port) and (
        sky.get(sky.status(all_users=True)) or any(map(_is_asked_for, sky.api_status()))
    ):
        return False
    sky.api_stop()
    return True


def _is_asked_for(request: Any) -> bool:
    """Say whether a request that isn't finished came from outside: the server has its own."""
    from sky.server import daemons

    return not daemons.is_daemon_request_id(request.request_id)


def _answers(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=5).close()
    except OSError:
        return False
    return True


def _server(port: int) -> "psutil.Process | None":
    """Return the process that is SkyPilot's server at a port, if it is this user's, of this home.

    Another home folder has another SkyPilot, with other accounts.
    """
    import psutil
    from sky.server import common

    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or [])
        given = re.search(r"port[= ](\d+)", line)
        at = int(given[1]) if given else common.DEFAULT_SERVER_PORT
        if common.API_SERVER_CMD in line and at == port:
            try:
                ours = process.uids().real == os.getuid()
                if ours and process.environ().get("HOME") == os.environ.get("HOME"):
                    return process
            except psutil.Error:  # another user's, or gone meanwhile
                continue
    return None
