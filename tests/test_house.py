"""The house: its rooms, who may import whom, what an import costs, one meaning a name."""

import ast
import pkgutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

import utils
from utils import settings

ROOT = settings.ROOT
UTILS = ROOT / "utils"

# From the top floor down: a room may import those below it, never one above.
ROOMS = (
    *(
        "tools",
        "cli",
        "widgets",
        "spreadsheet",
        "export",
        "cloud",
        "plots",
        "jupyter",
        "experiments",
    ),
    *("networks", "exercises", "data", "files", "settings", "errors"),
)
FLOOR = {room: number for number, room in enumerate(reversed(ROOMS))}


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def rooms_imported(tree: ast.AST) -> Iterator[str]:
    """Yield the rooms that code imports, inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
            if node.module == "utils":
                names = [f"utils.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name.split(".")[1] for name in names if name.startswith("utils."))
        yield from ("tools" for name in names if name.split(".")[0] == "tools")


def upward(room: str, tree: ast.AST) -> list[str]:
    """Return the rooms that this room's code imports though they aren't below it."""
    imported = set(rooms_imported(tree)) - {room}
    assert imported <= set(FLOOR), f"no such room: {imported - set(FLOOR)}"
    return sorted(other for other in imported if FLOOR[other] >= FLOOR[room])


def room_of(path: Path) -> str:
    first, *rest = path.relative_to(ROOT).with_suffix("").parts
    return rest[0] if first == "utils" else first


FILES = sorted(path for path in UTILS.rglob("*.py") if path != UTILS / "__init__.py")
FILES += sorted((ROOT / "tools").rglob("*.py"))


def test_there_are_eleven_rooms_on_three_ground_files():
    packages = {path.parent.name for path in UTILS.glob("*/__init__.py")}
    files = {path.stem for path in UTILS.glob("*.py")} - {"__init__"}
    assert packages == set(ROOMS[1:12]) and files == set(ROOMS[12:])
    assert all((ROOT / "tests" / room).is_dir() for room in packages)


def test_an_import_only_ever_points_down():
    wrong = {str(path): found for path in FILES if (found := upward(room_of(path), parsed(path)))}
    assert wrong == {}


@pytest.mark.parametrize(
    ("room", "code", "wrong"),
    [
        ("data", "from utils.experiments.training import train", ["experiments"]),
        ("data", "from utils import plots, settings", ["plots"]),
        ("jupyter", "def f():\n    import utils.cli.doctor", ["cli"]),
        ("cli", "from tools.browser import launch", ["tools"]),
        ("experiments", "from utils.data import load\nimport numpy", []),
        ("plots", "from utils.plots.style import COLORS", []),
    ],
)
def test_the_look_at_imports_finds_those_that_point_up(room, code, wrong):
    assert upward(room, ast.parse(code)) == wrong


# What an import costs

ON_TENSORFLOW = ("utils.networks.tflearn_cnn.", "utils.experiments.training")


def modules() -> list[str]:
    """Return the names of all modules of utils but those that are made of TensorFlow."""
    names = [module.name for module in pkgutil.walk_packages(utils.__path__, "utils.")]
    return ["utils", *(name for name in names if not name.startswith(ON_TENSORFLOW))]


def test_only_the_network_in_tflearn_and_its_training_import_tensorflow():
    code = (
        "import importlib, sys\n"
        f"for name in {modules()!r}:\n"
        "    importlib.import_module(name)\n"
        "    if {'tensorflow', 'keras', 'tflearn'} & set(sys.modules):\n"
        "        sys.exit(name)\n"
        "print('none')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert (done.stdout.strip(), done.stderr) == ("none", "")


def test_every_name_that_a_room_hands_on_is_there():
    code = (
        "import importlib, sys\n"
        f"for room in {ROOMS[1:12]!r}:\n"
        "    face = importlib.import_module(f'utils.{room}')\n"
        "    for name in getattr(face, '__all__', ()):\n"
        "        getattr(face, name)\n"
        "print('all')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "all", done.stderr


# One meaning a name


def test_no_two_classes_share_a_name():
    where = defaultdict(list)
    for path in FILES:
        for node in parsed(path).body:
            if isinstance(node, ast.ClassDef):
                where[node.name].append(str(path.relative_to(ROOT)))
    assert {name: files for name, files in where.items() if len(files) > 1} == {}


def test_no_two_files_of_different_rooms_share_a_name():
    """A command in `cli` is named as what it calls: `cli/launch.py` calls `cloud/launch.py`."""
    where = defaultdict(set)
    for path in FILES:
        if not path.name.startswith("__") and room_of(path) not in ("cli", "tools"):
            where[path.name].add(room_of(path))
    assert {name: rooms for name, rooms in where.items() if len(rooms) > 1} == {}
