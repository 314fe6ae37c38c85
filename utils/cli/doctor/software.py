"""Installed packages, the course's own installation and Jupyter's kernel."""

import importlib.metadata
import json
import shutil
import sys
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path

from utils import settings
from utils.cli.doctor.findings import Finding, fault, note, ok

__all__ = ["INSTALL", "check_course", "check_kernel", "check_packages", "check_test_tools"]

INSTALL = "Run `python -m pip install -r requirements.txt` in the course's environment."
TEST_TOOLS = {
    "Chromium": ("chromium", "chromium-browser", "google-chrome", "chrome"),
    "LibreOffice": ("soffice", "libreoffice"),
}
# Colab and Kaggle show notebooks by themselves and do without.
FOR_THE_LAB = {"jupyterlab", "jupyter-server-proxy"}


def check_packages(
    requirements: Path = settings.ROOT / "requirements.txt",
    constraints: Path = settings.ROOT / "constraints.txt",
) -> list[Finding]:
    """Compare what is installed with the pins.

    A missing package is a fault, but for those that only `course lab` needs. Another version may
    do, but nobody tested it: a note.
    """
    findings, pins = [], _pins(requirements)
    for name, wanted in pins.items():
        got = _installed(name)
        if got is None and name in FOR_THE_LAB:
            text = f"{name} {wanted} is not installed; only `course lab` needs it."
            findings.append(note("Packages", text, INSTALL))
        elif got is None:
            findings.append(fault("Packages", f"{name} {wanted} is not installed.", INSTALL))
        elif got != wanted:
            findings.append(note("Packages", f"{name} is {got}, not {wanted} as tested.", INSTALL))
    if not findings:
        findings.append(ok("Packages", f"all {len(pins)} are the pinned versions"))
    others = {name: pin for name, pin in _pins(constraints).items() if name not in pins}
    have = {name: version for name in others if (version := _installed(name))}
    differing = [f"{name} {have[name]}" for name in have if have[name] != others[name]]
    if differing:
        text = f"not as constraints.txt has it: {', '.join(differing)}."
        findings.append(note("Packages", text, INSTALL))
    else:
        findings.append(ok("Packages", f"{len(have)} that these need are the pinned versions too"))
    return findings


def check_course(package: str = "deep-learning-course", root: Path = settings.ROOT) -> Finding:
    """Find out whether the notebooks' `import utils` gets the code of this folder."""
    try:
        origin = importlib.metadata.distribution(package).read_text("direct_url.json")
    except importlib.metadata.PackageNotFoundError:
        text = "is not installed, so JupyterLab's notebooks find no `utils`."
        return note("Course", text, INSTALL)
    url = urllib.parse.urlparse(json.loads(origin or "{}").get("url", ""))
    folder = Path(urllib.request.url2pathname(url.path))
    if folder.resolve() != root.resolve():
        text = f"is installed from {folder}, so notebooks import that and not {root}."
        return note("Course", text, INSTALL)
    return ok("Course", f"installed from {root}")


def check_kernel(
    argv: list[str] | None = None, folder: str = "", python: str = sys.executable
) -> Finding:
    """Find out whether the kernel python3 starts the Python of this environment.

    argv, folder: the kernel's command and where it is defined; asked of Jupyter unless given.
    """
    if argv is None:
        from jupyter_client.kernelspec import KernelSpecManager

        spec = KernelSpecManager().get_kernel_spec("python3")
        argv, folder = spec.argv, spec.resource_dir
    command = Path(argv[0])
    # Jupyter puts its own Python in place of a bare `python`. Links aren't followed: an
    # environment's Python is a link that leads out of it.
    if not command.is_absolute() or command.parent.resolve() == Path(python).parent.resolve():
        return ok("Kernel", "python3 starts this environment's Python")
    text = f"python3 starts {command}, which belongs to another environment."
    return fault("Kernel", text, f"Delete {folder}: Jupyter then finds this environment's own.")


def check_test_tools(which: Callable[[str], str | None] = shutil.which) -> list[Finding]:
    """Look for the programs that only tests of the course use."""
    findings = []
    for name, commands in TEST_TOOLS.items():
        found = next((path for command in commands if (path := which(command))), None)
        remedy = "Leave it so, unless you work on the course itself."
        missing = note(name, "not found; only tests need it.", remedy)
        findings.append(ok(name, f"{found}; only tests need it") if found else missing)
    return findings


def _pins(path: Path) -> dict[str, str]:
    """Return name → version of each line `name==version` that holds for this machine."""
    from packaging.requirements import Requirement

    pins = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        text = line.split("#")[0].strip()
        if text and not text.startswith("-"):
            one = Requirement(text)
            if one.marker is None or one.marker.evaluate():
                pins[one.name] = str(one.specifier).removeprefix("==")
    return pins


def _installed(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
