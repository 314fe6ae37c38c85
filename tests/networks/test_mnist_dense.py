"""Notebook 06's own cells, on real MNIST, reach the accuracy that its prose claims.

They run in a process of their own: TFLearn, once imported, switches TensorFlow to graph mode.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from utils.experiments.event_log import TAGS, read_scalars

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "notebooks" / "06_mnist.ipynb"
REAL = Path(os.environ.get("COURSE_DATA") or "no such folder") / "mnist.npz"

# What the notebook does between loading the pictures and the test; figures are left out.
AFTERWARDS = """
import json
facts = {"real": data.real, "parameters": network.count_params(), "rows": rows,
         "test_accuracy": accuracy, "tested": len(data.test), "folder": str(folder)}
print("\\nFACTS " + json.dumps(facts))
"""


def cells(*tags: str) -> str:
    """Return the source of the notebook's code cells that carry one of these tags."""
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    return "\n\n".join(
        "".join(cell["source"])
        for cell in notebook["cells"]
        if cell["cell_type"] == "code" and set(tags) & set(cell["metadata"].get("tags", []))
    )


def test_the_network_of_the_notebook_is_the_one_its_title_names() -> None:
    source = cells("network")
    assert "layers.Rescaling(1 / 255)" in source
    assert 'layers.Dense(512, activation="relu")' in source
    assert 'layers.Dense(10, activation="softmax")' in source


@pytest.mark.skipif(not REAL.is_file(), reason="COURSE_DATA names no folder with mnist.npz")
def test_the_dense_network_reads_97_5_percent_of_the_real_test_digits(tmp_path: Path) -> None:
    environment = os.environ | {
        "COURSE_DATA_SOURCE": "real",
        "COURSE_PROFILE": "quick",
        "COURSE_RUNS": str(tmp_path),
        "MPLBACKEND": "agg",
    }
    done = subprocess.run(
        [sys.executable, "-c", cells("setup", "train") + AFTERWARDS],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout.rpartition("FACTS ")[2])
    assert facts["real"]
    assert facts["parameters"] == 407_050
    assert facts["tested"] == 10_000
    assert [row["epoch"] for row in facts["rows"]] == [1, 2, 3, 4, 5]
    assert facts["test_accuracy"] >= 0.975
    # The log that TensorBoard shows holds the same numbers, under the course's tags.
    logged = read_scalars(Path(facts["folder"]))
    assert set(logged) >= set(TAGS.values())
    for key, tag in TAGS.items():
        values = [value for _, value, _ in logged[tag]]
        assert values == pytest.approx([row[key] for row in facts["rows"]], rel=1e-6)
