"""Look at this machine and say, a line each, whether the course runs here and what would mend it.

A check takes what it looks at as parameters, so that a test can break it. TensorFlow is never
imported here: it is tried in a process of its own.
"""

from collections.abc import Callable, Iterable
from functools import partial

from utils import settings
from utils.cli.doctor import machine, software
from utils.cli.doctor.data import check_data, check_settings
from utils.cli.doctor.engines import check_engines
from utils.cli.doctor.findings import Finding, fault, report
from utils.errors import CourseError

__all__ = ["Finding", "diagnose", "report"]

Check = Callable[[], Finding | Iterable[Finding]]


def diagnose() -> list[Finding]:
    """Make every check; one that fails itself becomes a fault with its reason."""
    checks: list[tuple[str, Check]] = [
        ("Python", machine.check_python),
        ("Packages", software.check_packages),
        ("Course", software.check_course),
        ("TensorFlow", check_engines),
        ("Kernel", software.check_kernel),
        ("Settings", check_settings),
        ("Runs", lambda: machine.check_writable(settings.runs_dir())),
        ("Disk", lambda: machine.check_disk(settings.runs_dir())),
        ("Memory", machine.check_memory),
        *((f"Port {port}", partial(machine.check_port, port)) for port in machine.PORTS),
        ("Data", check_data),
        ("Test tools", software.check_test_tools),
    ]
    return [finding for subject, check in checks for finding in make(subject, check)]


def make(subject: str, check: Check) -> list[Finding]:
    """Make one check, whatever happens in it."""
    try:
        found = check()
        return [found] if isinstance(found, Finding) else list(found)
    except CourseError as error:
        return [fault(subject, error.problem, error.remedy)]
    except ModuleNotFoundError as error:
        return [fault(subject, f"can't be checked: {error}.", software.INSTALL)]
    except Exception as error:  # whatever it is: it is told, and the next check is still made
        text = f"can't be checked: {type(error).__name__}: {error}"
        return [fault(subject, text, "Mend what this names, then run `course doctor` again.")]
