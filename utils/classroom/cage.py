"""A cage of Linux's own: no network, no other processes, no files but those the cage is given.

Made of namespaces by the calls that `unshare` and `bwrap` make, so that nothing is to be installed:
root needs the right CAP_SYS_ADMIN, anybody else a system that lets users make namespaces. Knows
nothing of what runs in it.
"""

import ctypes
import os
import resource
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

__all__ = ["HOME", "enter", "forget_powers", "is_possible", "keep_to_itself", "limit"]
__all__ += ["shut"]

PLACE = Path("/tmp")  # it is there on every Linux, and what lies in it isn't shown # noqa: S108
HOME = "/tmp/home"  # of the learner's code in the cage # noqa: S108
MEGA = 1 << 20
# From linux/sched.h, sys/mount.h, sys/prctl.h and linux/capability.h.
NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = (
    *(0x00020000, 0x04000000, 0x08000000),
    *(0x10000000, 0x20000000, 0x40000000),
)
RDONLY, NOSUID, NODEV, REMOUNT, BIND, REC, PRIVATE = 1, 2, 4, 32, 4096, 16384, 1 << 18
DETACH = 2
NO_NEW_PRIVS, SET_DUMPABLE, CAPBSET_DROP = 38, 4, 24
DEVICES = ("null", "zero", "full", "random", "urandom")
PROCESSES = 128  # threads count too
STRANGER = 60_000  # a user whom nobody is


def _call(name: str, *arguments: object) -> None:
    """Call the C library; raises OSError."""
    if getattr(_libc(), name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def is_possible() -> bool:
    """Try a cage, in a process of its own; say whether it can be made."""
    if sys.platform != "linux":
        return False
    process = os.fork()
    if process == 0:
        status = 1
        try:
            enter([])
            inside = os.fork()
            if inside == 0:
                shut()
                forget_powers(STRANGER)
                os._exit(0)
            status = os.waitpid(inside, 0)[1] != 0
        finally:
            os._exit(status)
    return os.waitpid(process, 0)[1] == 0


def enter(shown: Sequence[Path], hidden: Sequence[Path] = ()) -> None:
    """Move this process into a cage; its next child is the first in there, and is to `shut` it.

    shown: files and folders that can be read in it, at their own places; what isn't there is
        passed over. hidden: folders below them that are empty in it.
    Raises OSError where the system doesn't permit it.
    """
    user, group = os.geteuid(), os.getegid()
    spaces = NEWNS | NEWUTS | NEWIPC | NEWPID | NEWNET
    _call("unshare", spaces if user == 0 else spaces | NEWUSER)
    if user:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    _mount(None, "/", None, REC | PRIVATE)
    new = PLACE
    _hold_fast(shown)
    _mount("cage", new, "tmpfs", NOSUID | NODEV, "size=64m,nr_inodes=20k,mode=755")
    for path in shown:
        _show(path, new)
    for path in hidden:
        if _inside(new, path).is_dir():
            _mount("empty", _inside(new, path), "tmpfs", NOSUID | NODEV | RDONLY, "size=4k")
    _furnish(new)


_held: dict[Path, int] = {}


def _hold_fast(shown: Sequence[Path]) -> None:
    """Open what will be shown: some of it may lie below the place that the cage is built at."""
    for path in shown:
        with suppress(FileNotFoundError, PermissionError):  # the latter it can't use anyway
            _held[path] = os.open(path, os.O_PATH)


def _show(path: Path, new: Path) -> None:
    if path not in _held:
        return
    place, source = _inside(new, path), f"/proc/self/fd/{_held[path]}"
    place.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink():
        place.symlink_to(path.readlink())
        return
    if Path(source).is_dir():
        place.mkdir(exist_ok=True)
    else:
        place.touch()
    _mount(source, place, None, BIND | REC)
    kept = os.statvfs(place).f_flag & 0x40F  # what it was mounted with stays: nosuid and its like
    _mount(None, place, None, BIND | REMOUNT | RDONLY | NOSUID | kept)


def _inside(new: Path, path: Path) -> Path:
    return new / path.relative_to("/")


def _furnish(new: Path) -> None:
    """Give the cage devices, its own processes to see, and a folder to write in."""
    for name in DEVICES:
        place = new / "dev" / name
        place.parent.mkdir(exist_ok=True)
        place.touch()
        _mount(f"/dev/{name}", place, None, BIND)
    for name in ("proc", "tmp", "old"):
        (new / name).mkdir(exist_ok=True)
    (new / "tmp").chmod(0o1777)
    home = new / HOME.removeprefix("/")
    home.mkdir(parents=True)
    home.chmod(0o777)


def shut() -> None:
    """Shut the cage: the old files go out of reach. For its first process, before all others.

    /proc is mounted first, which the system permits an ordinary user only as long as the old one is
    in sight, and in a container of Docker's not at all: then the cage has none.
    """
    with suppress(OSError):
        _mount("proc", PLACE / "proc", "proc", NOSUID | NODEV)
    os.chdir(PLACE)
    syscall = {"x86_64": 155, "aarch64": 41}[os.uname().machine]
    if _libc().syscall(syscall, b".", b"old") != 0:
        raise OSError(ctypes.get_errno(), "pivot_root")
    os.chdir("/")
    _call("umount2", b"/old", DETACH)
    Path("/old").rmdir()
    for file in _held.values():
        os.close(file)
    _held.clear()


def _mount(
    source: str | None, place: str | Path, kind: str | None, flags: int, options: str = ""
) -> None:
    texts = [None if one is None else os.fsencode(one) for one in (source, place, kind)]
    _call("mount", *texts, ctypes.c_ulong(flags), options.encode() or None)


def forget_powers(stranger: int) -> None:
    """Give up, for good, what rights this process has in its cage.

    stranger: the number of a user whom nobody is, for a process of root's.
    """
    libc = _libc()
    if os.geteuid() == 0:
        for capability in range(64):
            libc.prctl(CAPBSET_DROP, capability, 0, 0, 0)
        os.setgroups([])
        os.setresgid(stranger, stranger, stranger)
        os.setresuid(stranger, stranger, stranger)
    libc.prctl(NO_NEW_PRIVS, 1, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    _call("capset", header, (ctypes.c_uint32 * 6)())


def keep_to_itself() -> None:
    """Let no process without rights look into this one's memory."""
    _libc().prctl(SET_DUMPABLE, 0, 0, 0, 0)


def limit(seconds: int, memory: int, file: int) -> None:
    """Set this process's limits: seconds of CPU, bytes of address space, bytes of a file."""
    bounds = {
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_FSIZE: file,
        resource.RLIMIT_NPROC: PROCESSES,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 256,
    }
    for which, bound in bounds.items():
        # The kernel says what is over by a signal of its own at the first, and kills at the second.
        last = bound + 2 if which == resource.RLIMIT_CPU else bound
        resource.setrlimit(which, (bound, last))
