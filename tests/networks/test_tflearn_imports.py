"""All that TFLearn 0.5 takes from other packages is there once it is mended, but tf.contrib."""

import ast
import importlib
import inspect
import sys
from pathlib import Path

import pytest

from utils.networks.tflearn_cnn.compat import tflearn

PACKAGE = Path(tflearn.__path__[0])
SOURCES = sorted(PACKAGE.rglob("*.py"))

OLDER = {  # asked for only where a newer name fails, on TensorFlow 1 and before
    "helpers/summarizer.py": {"tf.merge_summary"},
    "helpers/trainer.py": {"tf.merge_summary", "tf.train.SummaryWriter"},
    "layers/recurrent.py": {"tensorflow.contrib"},
}
CONTRIB = {
    "data_utils.py": {"tensorflow.contrib"},  # VocabularyProcessor
    "estimators/cluster/kmeans.py": {"tensorflow.contrib"},
    "estimators/ensemble/forest.py": {"tensorflow.contrib"},
    "initializations.py": {"tensorflow.contrib"},  # xavier and variance_scaling, which are mended
}


def imported(tree):
    """Return what a source imports from packages: (name it gets there, module, member or None)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((each.asname or each.name, each.name, None) for each in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield from ((each.asname or each.name, node.module, each.name) for each in node.names)


def dotted(node):
    """Return `np.lib.pad` as its names, or none where its root isn't a name."""
    names = []
    while isinstance(node, ast.Attribute):
        names, node = [node.attr, *names], node.value
    return [node.id, *names] if isinstance(node, ast.Name) else []


def lacking(source):
    """Return what a source of TFLearn takes from other packages and isn't there."""
    tree, roots, missing = ast.parse(source), {}, set()
    for name, module, member in imported(tree):
        if module.split(".")[0] not in {"tensorflow", "numpy", "scipy", "PIL", "h5py"}:
            continue
        try:
            home = importlib.import_module(module)
            if member and not hasattr(home, member):
                importlib.import_module(f"{module}.{member}")
            roots[name.split(".")[0]] = (
                getattr(home, member)
                if member
                else sys.modules[module if name != module else module.split(".")[0]]
            )
        except ModuleNotFoundError as error:
            missing.add(error.name)
    for node in ast.walk(tree):
        first, *names = dotted(node) or [""]
        found = roots.get(first)
        for place, name in enumerate(names if first in roots else []):
            if not hasattr(found, name):
                missing.add(".".join([first, *names[: place + 1]]))
                break
            found = getattr(found, name)
            if not inspect.ismodule(found):
                break
    return missing


@pytest.mark.filterwarnings("ignore:.*scipy.ndimage:DeprecationWarning")
def test_all_that_tflearn_takes_from_other_packages_is_there_but_for_contrib():
    missing = {
        path.relative_to(PACKAGE).as_posix(): lacking(path.read_text(encoding="utf-8"))
        for path in SOURCES
    }
    assert {name: names for name, names in missing.items() if names} == OLDER | CONTRIB


def test_the_search_for_what_is_lacking_finds_names_that_left():
    assert lacking("import numpy as np\nnp.lib.gone(np.float128x)") == {
        "np.lib.gone", "np.float128x"
    }  # fmt: skip
    assert lacking("from scipy import nowhere\nimport scipy.neither\n") == {
        "scipy.nowhere", "scipy.neither"
    }  # fmt: skip


def test_every_module_of_tflearn_can_be_imported_but_the_estimators():
    failed = set()
    for path in SOURCES:
        name = ".".join(("tflearn", *path.relative_to(PACKAGE).with_suffix("").parts))
        try:
            importlib.import_module(name.removesuffix(".__init__"))
        except ModuleNotFoundError as error:
            assert error.name == "tensorflow.contrib"
            failed.add(name.split(".")[1])
    assert failed == {"estimators"}
