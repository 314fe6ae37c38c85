"""Small notebooks for the tests of this room, and what they printed."""

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

__all__ = ["text_outputs", "write"]


def write(folder: Path, name: str, *sources: str, tags: tuple[str, ...] = ()) -> None:
    """Write a notebook: a heading, then the code cells, with the ids cell-1, cell-2, …"""
    cells = [new_markdown_cell("# A notebook", id="head")]
    cells += [
        new_code_cell(source.strip(), id=f"cell-{number}", metadata={"tags": list(tags)})
        for number, source in enumerate(sources, 1)
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = new_notebook(cells=cells, metadata={"kernelspec": kernel})
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, folder / f"{name}.ipynb")


def text_outputs(path: Path | None) -> str:
    assert path is not None
    cells = nbformat.read(path, as_version=4).cells
    outputs = (output for cell in cells for output in cell.get("outputs", []))
    return "".join(output.get("text", "") for output in outputs)
