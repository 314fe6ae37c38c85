"""A real ssh server on 127.0.0.1, for the user who runs the tests alone; its home is a folder.

What a session finds there is read anew at each: HOME, PATH and COURSE_VENV, as files of `folder`.
"""

import getpass
import os
import shutil
import subprocess
import time
from contextlib import closing, contextmanager
from pathlib import Path
from socket import create_connection, socket

from starting import LONG

SSHD = shutil.which("sshd") or next(
    (path for path in ("/usr/sbin/sshd", "/usr/local/sbin/sshd") if Path(path).is_file()), None
)
HERE = bool(SSHD and shutil.which("ssh") and shutil.which("rsync") and shutil.which("ssh-keygen"))
WHY = "a system package is missing: sshd, ssh or rsync"
# The session of a machine of its own: its home folder, and what is installed on it.
SESSION = """
home="$(cat {folder}/home)"
cd "$home" || exit 1
export HOME="$home"
[ ! -e {folder}/path ] || export PATH="$(cat {folder}/path)"
[ ! -e {folder}/venv ] || export COURSE_VENV="$(cat {folder}/venv)"
eval "$SSH_ORIGINAL_COMMAND"
"""


class Server:
    """A server that runs: its port, and the folder of its keys and of what its sessions find."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port

    def entry(self, file: Path, name: str, known: bool = True, key: str = "user") -> Path:
        """Write a config file for ssh that knows the machine, by an alias; return it.

        known: whether its key is known already. key: which of the two pairs here is shown.
        """
        hosts = file.with_suffix(".known")
        public = (self.folder / "host.pub").read_text(encoding="utf-8")
        hosts.write_text(f"[127.0.0.1]:{self.port} {public}" if known else "", encoding="utf-8")
        file.write_text(
            f"Host {name}\n  HostName 127.0.0.1\n  Port {self.port}\n  User {getpass.getuser()}\n"
            f"  IdentityFile {self.folder / key}\n  IdentitiesOnly yes\n  IdentityAgent none\n"
            f"  StrictHostKeyChecking yes\n  UserKnownHostsFile {hosts}\n"
            "  GlobalKnownHostsFile none\n  LogLevel ERROR\n",
            encoding="utf-8",
        )
        return file


@contextmanager
def ssh_server(folder: Path):
    """Start an ssh server, its files in a folder; yield it, end it."""
    for key in ("host", "user", "stranger"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / key]
        subprocess.run(command, check=True)
    shutil.copy(folder / "user.pub", folder / "authorized_keys")
    with closing(socket()) as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    (folder / "session").write_text(SESSION.format(folder=folder), encoding="utf-8")
    options = {
        **{"ListenAddress": "127.0.0.1", "Port": port, "HostKey": folder / "host"},
        **{"AuthorizedKeysFile": folder / "authorized_keys", "StrictModes": "no"},
        **{"UsePAM": "no", "PidFile": "none", "PasswordAuthentication": "no"},
        **{"KbdInteractiveAuthentication": "no", "ForceCommand": f". {folder}/session"},
    }
    lines = [f"{key} {value}\n" for key, value in options.items()]
    (folder / "sshd_config").write_text("".join(lines), encoding="utf-8")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    command = [SSHD, "-D", "-e", "-f", folder / "sshd_config"]
    with (folder / "log").open("w") as log, subprocess.Popen(command, stderr=log) as process:
        _wait_for(port, process, folder / "log")
        yield Server(folder, port)
        process.terminate()


def _wait_for(port, process, log):
    for _ in range(10 * LONG):
        assert process.poll() is None, log.read_text()
        try:
            create_connection(("127.0.0.1", port), timeout=60).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(log.read_text())
