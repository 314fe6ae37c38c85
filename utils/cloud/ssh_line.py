"""A machine that ssh reaches: one question, one copy at a time, by the programs ssh and rsync.

The user's own ~/.ssh/config, keys and agent apply; nothing is asked for, so that nothing waits.
Knows neither jobs nor SkyPilot.
"""

import json
import re
import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from utils.errors import CourseError
from utils.files import write_whole

__all__ = ["SshLine", "parse_host"]

_RSYNC = ("-az", *(f"--{option}" for option in ("partial-dir=.rsync-partial", "timeout=60")))
_OPTIONS = (
    *("BatchMode=yes", "ConnectTimeout=20", "ServerAliveInterval=15", "ServerAliveCountMax=4"),
    # What a person's own file may have a terminal do.
    *("ClearAllForwardings=yes", "RemoteCommand=none", "RequestTTY=no"),
)
# rsync's: a file can't be written, of which the reason may get lost on the way; a file went while
# it was read, as a job's temporary ones do.
_UNWRITTEN, _VANISHED = 11, 24
_HOST = re.compile(
    r"(?:(?P<user>[A-Za-z0-9_][\w.-]*)@)?"
    r"(?P<address>[A-Za-z0-9_][\w.-]*|\[[0-9A-Fa-f:.]+(?:%[\w.-]+)?\])(?::(?P<port>[0-9]{1,5}))?"
)
_ROOM = "Make room there, then type the same again."
# What ssh and rsync say → what it means, and what to do; {typed} is how a person types it.
_WORDS = (
    ("identification has changed", "the key that it shows isn't the one that is known here.",
     "If it was set up anew: ssh-keygen -R {address}"),
    ("host key verification failed", "its key isn't known on this computer.",
     "Type this once, compare the fingerprint, and answer yes: {typed}"),
    ("permission denied (", "it lets you in with none of your keys.",
     "Give it your public key: {copy_id}"),
    ("could not resolve", "no machine of that name is found.", "Check the address."),
    ("connection refused", "nothing answers at that port.", "Check address and port."),
    ("timed out", "it doesn't answer.", "Is it on, and do you need your university's VPN?"),
    ("no route to host", "there is no way to it.", "Is it on, and do you need a VPN?"),
    ("network is unreachable", "there is no way to it.", "Is this computer on a network?"),
    ("no space left", "the disk is full.", _ROOM),
    ("disk quota exceeded", "your share of the disk is used up.", "Make room there."),
    ("rsync: command not found", "it has no rsync.", "Have rsync installed there."),
    ("rsync: not found", "it has no rsync.", "Have rsync installed there."),
    ("bash: command not found", "it has no bash.", "Have bash installed there."),
    ("bash: not found", "it has no bash.", "Have bash installed there."),
)  # fmt: skip


@dataclass(frozen=True)
class SshLine:
    """How a machine is reached.

    target: `user@address`, or a name in ~/.ssh/config. port: ssh's own choice unless given.
    options: more of ssh's, such as `-F FILE`.
    """

    target: str
    port: int | None = None
    options: tuple[str, ...] = ()

    @property
    def ssh(self) -> list[str]:
        """Return ssh's command without the machine."""
        port = ["-p", str(self.port)] if self.port else []
        ours = [word for option in _OPTIONS for word in ("-o", option)]
        return ["ssh", *ours, *self.options, *port]

    @property
    def typed(self) -> str:
        """Return what a person types to get there."""
        return shlex.join(["ssh", *(["-p", str(self.port)] if self.port else []), self._plain])

    def ask(self, script: str) -> str:
        """Have the machine's bash run a script; return what it prints.

        The script goes through the line, not into the list of processes: it may hold a secret.
        Raises CourseError where the machine can't be reached or the script fails.
        """
        return self._run([*self.ssh, self._plain, "bash", "-s"], script)

    def stream(self, script: str) -> "subprocess.Popen[str]":
        """Start a script there; what it prints is to be read from the process's stdout."""
        process = subprocess.Popen(
            [*self.ssh, self._plain, "bash", "-s"], encoding="utf-8", errors="replace",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        assert process.stdin is not None
        process.stdin.write(script)
        process.stdin.close()
        return process

    def bring(self, folder: str, to: Path, *options: str) -> None:
        """Copy a folder's content from the machine; a copy that was cut goes on."""
        to.mkdir(parents=True, exist_ok=True)
        self._rsync(folder, [*options], f"{self.target}:{folder}/", f"{to}/")

    def send(self, what: Path, to: str) -> None:
        """Copy a folder's content, or a file, into a folder of the machine."""
        self._rsync(to, [], f"{what}/" if what.is_dir() else str(what), f"{self.target}:{to}/")

    def save(self, file: Path, **more: object) -> None:
        """Write the line down."""
        write_whole(file, json.dumps({**asdict(self), **more}, indent=1))

    @classmethod
    def load(cls, file: Path) -> "SshLine | None":
        """Return the line that was written down, None where none was."""
        if not file.is_file():
            return None
        read = json.loads(file.read_text(encoding="utf-8"))
        return cls(read["target"], read["port"], tuple(read["options"]))

    @property
    def _plain(self) -> str:
        return self.target.replace("[", "").replace("]", "")  # rsync wants an IPv6 address in them

    def _rsync(self, remote: str, options: Sequence[str], source: str, target: str) -> None:
        # Names that the machine's shell would take apart; not every rsync knows the option.
        odd = ["--protect-args"] if re.search(r"[^\w./~+:,@-]", remote) else []
        command = ["rsync", *_RSYNC, *odd, *options, "-e", shlex.join(self.ssh), source, target]
        self._run(command)

    def _run(self, command: list[str], given: str = "") -> str:
        done = subprocess.run(
            command, capture_output=True, encoding="utf-8", errors="replace", input=given
        )
        if done.returncode and not (command[0] == "rsync" and done.returncode == _VANISHED):
            raise self._why(command[0], done.stderr, done.returncode)
        return done.stdout

    def _why(self, program: str, said: str, status: int) -> CourseError:
        for words, problem, remedy in _WORDS:
            if words in " ".join(said.lower().split()):
                address = self._plain.rpartition("@")[2]
                known = f"[{address}]:{self.port}" if self.port else address
                copy_id = self.typed.replace("ssh", "ssh-copy-id", 1)
                ready = remedy.format(address=shlex.quote(known), typed=self.typed, copy_id=copy_id)
                return CourseError(f"{self.target} can't be used: {problem}", ready)
        if program == "rsync" and status == _UNWRITTEN and not said.strip():
            problem = "a file can't be written there. The disk may be full."
            return CourseError(f"{self.target} can't be used: {problem}", _ROOM)
        last = ([line for line in said.splitlines() if line.strip()] or [f"exit {status}"])[-1]
        return CourseError(f"{self.target} can't be used: {program} says: {last.strip()}")


def parse_host(text: str) -> SshLine:
    """Return the line to `user@address[:port]`; a name in ~/.ssh/config will do as well.

    Raises CourseError for what is none of these; nothing that ssh would take for an option passes.
    """
    found = _HOST.fullmatch(text)
    if found is None or not 0 < int(found["port"] or 22) < 65536:
        raise CourseError(
            f"`host` is {text!r}, which is no machine's address.",
            "Write it as user@address or user@address:port.",
            ("host",),
        )
    user = f"{found['user']}@" if found["user"] else ""
    return SshLine(user + found["address"], int(found["port"]) if found["port"] else None)
