"""A real Slurm of one node on this machine: munge, slurmctld, slurmd, for whoever runs the tests.

All its state lies in a folder of its own; the system's /etc/slurm and /etc/munge are neither read
nor written (SLURM_CONF, a socket and a key of its own). Its daemons listen on 127.0.0.1 alone,
munge on a socket in the folder. Jobs run as the user who runs the tests, root too, under the
environment that they were submitted from.
"""

import getpass
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import psutil
from starting import until

_DAEMONS = ("munged", "slurmctld", "slurmd")
_SBIN = os.pathsep.join([os.environ["PATH"], "/usr/sbin", "/usr/local/sbin"])
HERE = all(shutil.which(name, path=_SBIN) for name in (*_DAEMONS, "sbatch", "scontrol"))
WHY = "a system package is missing: slurmctld, slurmd, slurm-client or munge"

CPUS, MEMORY = 8, 64_000  # as the node says, whatever the machine has: jobs ask for so many, in MB
CONFIG = """
ClusterName=course
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
SlurmctldPort={ctld_port}
SlurmdPort={slurmd_port}
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
MailProg=/bin/true
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=1,sched_interval=1,batch_sched_delay=0
KillWait=5
ReturnToService=2
SlurmdParameters=config_overrides
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory} Gres=gpu:1 State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


class SlurmNode:
    """A Slurm that runs. folder: its state and logs. variables: what its commands need set."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "slurm.conf"
        self.variables = {"SLURM_CONF": str(self.config)}

    def type(self, *words: str, **more) -> subprocess.CompletedProcess[str]:
        """Run a command of Slurm's, such as squeue, and return what came of it."""
        variables = {**os.environ, **more.pop("env", {}), **self.variables}
        return subprocess.run(
            words, env=variables, capture_output=True, text=True, stdin=subprocess.DEVNULL, **more
        )

    def submit(self, *words: str, **more) -> int:
        """Submit by sbatch, the words its own; return the job's number."""
        done = self.type("sbatch", "--parsable", *words, **more)
        assert done.returncode == 0, done.stderr
        return int(done.stdout.partition(";")[0])

    def going(self) -> list[str]:
        """Return the jobs, and elements of arrays, that wait or run."""
        done = self.type("squeue", "--noheader", "--array", "--format=%i %T")
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def state(self, number: int | str) -> str:
        """Return how a job stands, or stood when it ended: RUNNING, COMPLETED, FAILED, …"""
        done = self.type("scontrol", "--oneliner", "show", "job", str(number))
        assert done.returncode == 0, done.stderr
        return done.stdout.partition("JobState=")[2].split()[0]

    def logs(self) -> str:
        """Return the ends of the daemons' logs, for a test that fails."""
        files = sorted(self.folder.glob("*.log"))
        return "\n".join(f"{one.name}:\n{one.read_text()[-3000:]}" for one in files)


@contextmanager
def slurm_node():
    """Start a Slurm, yield it once its node is idle, end it and all that its jobs left."""
    # Not pytest's folder: a socket's path has 107 characters at most.
    with tempfile.TemporaryDirectory(prefix="course-slurm-") as made, ExitStack() as daemons:
        node = SlurmNode(_write(Path(made)))
        for command, ready in _daemons(node):
            daemons.enter_context(_daemon(node, command, ready))
        try:
            yield node
        finally:
            node.type("scancel", f"--user={getpass.getuser()}")
            until(lambda: not node.going())
            _end_steps(node)


def _write(folder: Path) -> Path:
    """Write the files of a Slurm into a folder; return it."""
    for name in ("state", "spool"):
        (folder / name).mkdir()
    key = folder / "munge.key"
    key.touch(mode=0o600)
    key.write_bytes(secrets.token_bytes(128))
    host = socket.gethostname().partition(".")[0]
    with closing(socket.socket()) as first, closing(socket.socket()) as second:
        for one in (first, second):
            one.bind(("127.0.0.1", 0))
        ports = [one.getsockname()[1] for one in (first, second)]
    values = {"ctld_port": ports[0], "slurmd_port": ports[1], "user": getpass.getuser()}
    text = CONFIG.format(folder=folder, host=host, cpus=CPUS, memory=MEMORY, **values)
    (folder / "slurm.conf").write_text(text, encoding="utf-8")
    (folder / "gres.conf").write_text(
        f"NodeName={host} Name=gpu File=/dev/null\n", encoding="utf-8"
    )
    return folder


def _daemons(node: SlurmNode) -> Iterator[tuple[list[str], Callable[[], bool]]]:
    """Yield how each daemon is started, and what tells that it is ready."""
    munge = {"socket": "munge.socket", "key-file": "munge.key", "pid-file": "munge.pid",
             "seed-file": "munge.seed", "log-file": "munge.log"}  # fmt: skip
    options = [f"--{name}={node.folder / file}" for name, file in munge.items()]
    # --force: it wants its folder open to all users, which here are one.
    yield ["munged", "--foreground", "--force", *options], (node.folder / "munge.socket").exists

    def says(word: str, *command: str) -> bool:
        return word in node.type(*command).stdout

    yield ["slurmctld", "-D"], lambda: says("is UP", "scontrol", "ping")
    yield ["slurmd", "-D"], lambda: says("idle", "sinfo", "--noheader", "--format=%T")


@contextmanager
def _daemon(node: SlurmNode, command: list[str], ready: Callable[[], bool]):
    """Run a daemon; yield once it is ready."""
    program = shutil.which(command[0], path=_SBIN)
    variables = {**os.environ, **node.variables, "PATH": _SBIN}
    with (node.folder / f"{command[0]}-says.log").open("w") as log:
        process = subprocess.Popen(
            [program, *command[1:]], env=variables, stdin=subprocess.DEVNULL,
            stdout=log, stderr=log,
        )  # fmt: skip

    def is_ready() -> bool:
        assert process.poll() is None, node.logs()
        return ready()

    try:
        until(is_ready)
        yield
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _end_steps(node: SlurmNode) -> None:
    """End what has left its job: by then each job's own end is long over."""
    for one in psutil.process_iter():
        try:
            is_ours = one.environ().get("SLURM_CONF") == str(node.config)
        except (psutil.Error, OSError):
            continue
        if is_ours and one.name() not in _DAEMONS:
            one.kill()
