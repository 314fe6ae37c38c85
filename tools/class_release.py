"""Pack the last commit for a class: `make class-release` writes build/class/, a zip and its sum.

Left out are the solutions and the tests, which show answers; what the checks need to know is packed
so that nobody reads it in passing. (It isn't secret: the checks run on the learner's machine.) The
zip's bytes depend on the commit alone: names in order, one time, one set of rights, no compression,
whose result differs between machines.
"""

import base64
import hashlib
import io
import json
import re
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from utils.errors import CourseError
from utils.files import write_whole
from utils.settings import ROOT, build_dir

__all__ = ["main", "packed_files"]

NAME = "deep-learning-course-class"
LEFT_OUT = re.compile(r"(notebooks/solutions|tests|\.ci|\.github|\.devcontainer)/")
CHECKS = re.compile(r"utils/exercises/checks/nb\d\d\.py")
TABLES = re.compile(r"data/(exercises|quizzes)/\d\d\.toml")
LESSONS = re.compile(r"notebooks/\d\d_[^/]+\.ipynb")
SOLUTION = re.compile(r"\[Solution\]\(solutions/[^)]*\)(?:\.? ?·? )?")
TO_SOLUTIONS = re.compile(r"\[([^\]]*)\]\((?:\.\./)?notebooks/solutions[^)]*\)")
EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest time that a zip can hold
WIDTH = 88


def packed_files(root: Path = ROOT) -> Iterator[tuple[str, bytes, bool]]:
    """Yield each file of the last commit as a class gets it: name, content, executable or not.

    Raises CourseError where the folder is no git checkout.
    """
    command = ["git", "-c", "core.autocrlf=false", "archive", "--format=tar", "HEAD"]
    done = subprocess.run(command, cwd=root, capture_output=True)
    if done.returncode:
        raise CourseError(
            f"{root} is no git checkout, so it isn't known what belongs to the course.",
            "Make the release in a clone.",
        )
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        for member in sorted(archive.getmembers(), key=lambda one: one.name):
            file = archive.extractfile(member) if member.isfile() else None
            if file is not None and not LEFT_OUT.match(member.name):
                yield member.name, _for_class(member.name, file.read()), bool(member.mode & 0o100)


def _for_class(name: str, content: bytes) -> bytes:
    if CHECKS.fullmatch(name):
        return (
            '"""Packed, so that no answer is read in passing; utils/exercises checks by it."""\n'
            f'import base64\n\nexec(base64.b64decode("""\n{_packed(content)}\n"""))\n'
        ).encode()
    if TABLES.fullmatch(name):
        return f'packed = """\n{_packed(content)}\n"""\n'.encode()
    if LESSONS.fullmatch(name):
        return _without_links(content)
    return TO_SOLUTIONS.sub(r"\1", content.decode()).encode() if name.endswith(".md") else content


def _packed(content: bytes) -> str:
    text = base64.b64encode(content).decode()
    return "\n".join(text[at : at + WIDTH] for at in range(0, len(text), WIDTH))


def _without_links(content: bytes) -> bytes:
    notebook = json.loads(content)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = [SOLUTION.sub("", line) for line in cell["source"]]
    return (json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def zipped(root: Path = ROOT) -> bytes:
    """Return the zip, all in one folder of its name."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as archive:
        for name, content, runs in packed_files(root):
            about = zipfile.ZipInfo(f"{NAME}/{name}", EPOCH)
            about.create_system = 3  # Unix, wherever it is made: the rights below are its
            about.external_attr = (0o100755 if runs else 0o100644) << 16
            archive.writestr(about, content)
    return whole.getvalue()


def main() -> None:
    """Write the zip and its checksum, and say where."""
    content, path = zipped(), build_dir() / "class" / f"{NAME}.zip"
    write_whole(path, content)
    total = hashlib.sha256(content).hexdigest()
    write_whole(path.with_name(f"{path.name}.sha256"), f"{total}  {path.name}\n")
    print(f"{path}: {len(content) / 1e6:.1f} MB\n{path}.sha256: {total}")


if __name__ == "__main__":
    main()
