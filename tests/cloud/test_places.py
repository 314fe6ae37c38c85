"""Colab, Binder and devcontainers: what they are told agrees with what the course needs.

None of the three runs here. Their files are read as they would be, by their own code where it
installs; every command in them names something that exists.
"""

import ast
import importlib.metadata
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import jsonschema
import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from utils.cli.doctor import machine
from utils.settings import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PYTHONS = SpecifierSet(PROJECT["requires-python"])
BINDER = ROOT / "binder"
REQUIREMENTS = BINDER / "requirements.txt"
RUNTIME = (BINDER / "runtime.txt").read_text(encoding="utf-8").strip()
CONTAINER = ROOT / ".devcontainer" / "devcontainer.json"

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="Binder's machines run Linux")


def distribution(requirement: str) -> str:
    return canonicalize_name(Requirement(requirement).name)


# Colab

# What Colab brings of all that the course imports. Source: github.com/googlecolab/backend-info,
# pip-freeze.txt at bd8aaa4 (the runtime of January 2026).
ON_COLAB = frozenset(
    """
    anywidget contourpy cycler filelock h5py ipykernel ipython ipywidgets jinja2 jsonschema
    jupyter-client jupyter-server keras lazy-loader markupsafe matplotlib nbclient nbconvert
    nbformat numpy openpyxl packaging pandas pillow platformdirs protobuf psutil pyyaml pyzmq
    requests scikit-image scikit-learn scipy tensorboard tensorflow tensorflow-datasets tornado
    tqdm traitlets typer urllib3 werkzeug
    """.split()  # noqa: SIM905  # a list of words is easier to compare with theirs
)
# Only where the course starts JupyterLab itself; Colab is a Jupyter of its own.
FOR_THE_LAB = {"jupyterlab", "jupyterlab-server"}
FOR_EXTRAS = {
    distribution(line) for lines in PROJECT["optional-dependencies"].values() for line in lines
} | {"pyarrow"}  # comes with ray[tune]


def colab_packages() -> dict[str, Requirement]:
    """Return what docs/machines.md installs on Colab, by name, without the course itself."""
    text = (ROOT / "docs" / "machines.md").read_text(encoding="utf-8")
    lines = re.findall(r"%pip install -q (-e [^`\n]+)", text)
    assert len(lines) == 1
    words = shlex.split(lines[0])
    assert words[:2] == ["-e", "."]
    found = [Requirement(word) for word in words[2:]]
    return {canonicalize_name(one.name): one for one in found}


def code() -> list[str]:
    """Return the source of every module, and of every code cell of every notebook."""
    modules = [path.read_text(encoding="utf-8") for path in (ROOT / "utils").rglob("*.py")]
    books = [json.loads(p.read_text(encoding="utf-8")) for p in ROOT.glob("notebooks/**/*.ipynb")]
    cells = [cell for book in books for cell in book["cells"] if cell["cell_type"] == "code"]
    return modules + ["".join(cell["source"]) for cell in cells]


def imported() -> set[str]:
    """Return the distributions of all that is imported from outside."""
    names: set[str] = set()
    for tree in map(ast.parse, code()):
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.split(".")[0])
    makers = importlib.metadata.packages_distributions()
    outside = names - set(sys.stdlib_module_names) - {"utils"}
    return {canonicalize_name(makers.get(name, [name])[0]) for name in outside}


def test_colab_and_its_line_bring_all_that_the_course_imports():
    needed = imported() - FOR_THE_LAB - FOR_EXTRAS
    assert {"tflearn", "xlsxwriter", "pillow", "scipy"} <= needed
    assert needed - ON_COLAB - set(colab_packages()) == set()


def test_colabs_line_installs_nothing_that_the_course_never_imports():
    assert set(colab_packages()) - imported() == set()


def test_colabs_line_admits_the_pinned_versions():
    pins = dict(re.findall(r"^([\w.-]+)==([\w.]+)", constraints(), re.MULTILINE))
    for name, one in colab_packages().items():
        assert Version(pins[name]) in one.specifier, one


def constraints() -> str:
    return (ROOT / "constraints.txt").read_text(encoding="utf-8")


def test_colabs_line_asks_for_a_keras_that_reads_the_reference_models():
    # Keras writes settings into a model's file that the version before doesn't know.
    wanted = colab_packages()["keras"].specifier
    for path in sorted((ROOT / "data" / "reference").glob("*.keras")):
        with zipfile.ZipFile(path) as archive:
            saved = Version(json.loads(archive.read("metadata.json"))["keras_version"])
        assert saved in wanted and Version(f"{saved.major}.{saved.minor - 1}.9") not in wanted, path


# Binder


def test_binders_python_is_one_that_the_course_runs_on():
    name, _, version = RUNTIME.partition("-")
    assert name == "python" and Version(version) in PYTHONS


def test_binder_installs_the_courses_own_list_and_its_constraints():
    lines = REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    [included] = [line.removeprefix("-r ") for line in lines if line.startswith("-r ")]
    # pip takes -r and -c from the list's folder, and -e from the working directory.
    listed = (BINDER / included).resolve()
    assert listed == ROOT / "requirements.txt"
    assert {"-c constraints.txt", "-e ."} <= set(listed.read_text(encoding="utf-8").splitlines())


def test_what_binder_installs_beside_is_pinned_by_the_constraints():
    lines = [line.split("#")[0].strip() for line in REQUIREMENTS.read_text("utf-8").splitlines()]
    beside = [line for line in lines if line and not line.startswith("-")]
    assert beside
    for name in beside:
        assert re.search(rf"^{re.escape(name)}==", constraints(), re.MULTILINE), name


def test_repo2docker_builds_binders_image_out_of_these_files(monkeypatch):
    app = pytest.importorskip("repo2docker.app", reason="jupyter-repo2docker isn't installed")
    monkeypatch.chdir(ROOT)
    packs = (pack(base_image="image") for pack in app.Repo2Docker().buildpacks)
    pack = next(pack for pack in packs if pack.detect())
    pack.platform = "linux/amd64"
    assert (type(pack).__name__, pack.python_version) == ("PythonBuildPack", RUNTIME[7:])
    lines = pack.render({"NB_USER": "jovyan", "NB_UID": "1000"}).splitlines()
    [install] = [n for n, line in enumerate(lines) if "pip install" in line]
    [copy] = [n for n, line in enumerate(lines) if line.endswith(" src/ ${REPO_DIR}/")]
    assert '-r "binder/requirements.txt"' in lines[install]
    assert copy < install  # the course is there when it is installed
    assert 'ENV R2D_ENTRYPOINT="${REPO_DIR}/binder/start"' in lines


def start(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command as Binder does: behind `start`, in the folder that repo2docker names."""
    return subprocess.run(
        [str(BINDER / "start"), *command], capture_output=True, text=True, cwd=ROOT,
        env=os.environ | {"REPO_DIR": str(ROOT)} | environment,
    )  # fmt: skip


@on_linux
def test_binders_start_hands_the_command_on_as_it_is():
    done = start(sys.executable, "-c", "import sys; print(sys.argv[1:]); sys.exit(3)", "a b", "*")
    assert (done.returncode, done.stdout, done.stderr) == (3, "['a b', '*']\n", "")


@on_linux
def test_on_binder_jupyter_offers_tensorboard():
    done = start(sys.executable, "-m", "jupyterlab", "--show-config-json", "--log-level=ERROR")
    config = json.loads(done.stdout[done.stdout.index("{") :])
    command = config["ServerProxy"]["servers"]["tensorboard"]["command"]
    assert command[-3:] == ["utils.jupyter.guard", str(ROOT / "runs"), "{port}"]


@on_linux
def test_on_binder_a_notebook_frames_tensorboard_under_binders_prefix():
    program = (
        "from utils.jupyter.tensorboard import tensorboard_frame; print(tensorboard_frame().text)"
    )
    prefix = "/user/course-1x2y3z/"  # JupyterHub's, which Binder runs on
    done = start(
        sys.executable, "-c", program, JUPYTERHUB_SERVICE_PREFIX=prefix, JPY_SESSION_NAME="a.ipynb"
    )
    assert done.stdout.startswith(f"TensorBoard: {prefix}tensorboard/?"), done


# Devcontainers

# The part that the course uses. Source: github.com/devcontainers/spec,
# schemas/devContainer.base.schema.json at 08c3f97.
SIZE = {"type": "string", "pattern": r"^\d+([tgmk]b)?$"}
TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
FORWARD = {"enum": ["notify", "openBrowser", "openBrowserOnce", "openPreview", "silent", "ignore"]}
PORT = {
    "type": "object",
    "properties": {"label": {"type": "string"}, "onAutoForward": FORWARD},
    "additionalProperties": False,
}
SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "image": {"type": "string"},
        "remoteUser": {"type": "string"},
        "hostRequirements": {
            "type": "object",
            "properties": {
                "cpus": {"type": "integer", "minimum": 1},
                "memory": SIZE,
                "storage": SIZE,
            },
            "additionalProperties": False,
        },
        "containerEnv": TEXTS,
        "remoteEnv": TEXTS,
        "postCreateCommand": {"type": "string"},
        "forwardPorts": {"type": "array", "items": {"type": "integer", "maximum": 65535}},
        "portsAttributes": {"type": "object", "additionalProperties": PORT},
        "otherPortsAttributes": PORT,
        "customizations": {"type": "object"},
    },
    "required": ["image"],
    "additionalProperties": False,
}


def container() -> dict:
    """Return devcontainer.json, in which whole lines may be comments."""
    text = CONTAINER.read_text(encoding="utf-8")
    return json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))


def test_the_devcontainer_has_the_forms_keys_and_values_and_none_besides():
    jsonschema.validate(container(), SCHEMA)


def test_the_devcontainers_python_is_one_that_the_course_runs_on():
    image, _, version = container()["image"].rpartition(":")
    assert image == "mcr.microsoft.com/devcontainers/python" and Version(version) in PYTHONS


def test_the_devcontainer_forwards_the_courses_two_ports():
    ports = container()["forwardPorts"]
    assert sorted(ports) == sorted(machine.PORTS)
    labels = {int(n): one["label"] for n, one in container()["portsAttributes"].items()}
    assert labels == machine.PORTS


def test_the_devcontainers_terminal_and_editor_find_the_environment_that_make_makes():
    made = container()
    home = made["containerEnv"]["VENV"]
    assert home.startswith(f"/home/{made['remoteUser']}/")
    assert made["remoteEnv"]["PATH"].split(":")[0] == f"{home}/bin"
    settings = made["customizations"]["vscode"]["settings"]
    assert settings["python.defaultInterpreterPath"] == f"{home}/bin/python"


@pytest.mark.skipif(
    sys.platform == "win32" or not shutil.which("make"), reason="devcontainers have make"
)
def test_what_the_devcontainer_runs_first_installs_what_a_learner_needs_and_no_more(tmp_path):
    made = container()
    home = str(tmp_path / "venv")  # where nothing is made yet, as in a new container
    command = made["postCreateCommand"].replace(made["containerEnv"]["VENV"], home)
    assert home in command
    done = subprocess.run(
        [*shlex.split(command), "--dry-run"], capture_output=True, text=True, cwd=ROOT,
        env=os.environ | {"VENV": home},
    )  # fmt: skip
    installs = [line for line in done.stdout.splitlines() if "pip install" in line]
    assert (done.returncode, done.stderr) == (0, "")
    # One line: by uv, or by pip; each of the two installs the same.
    assert len(installs) == 1 and installs[0].count("-r requirements.txt") == 2
    assert "[cloud" not in installs[0]
    assert not Path(home).exists()
