"""The network a learner reads in notebook 11 is the network that is trained."""

import inspect

import nbformat

from utils.networks.tflearn_cnn.layers import cifar_cnn
from utils.settings import NOTEBOOKS


def test_the_cell_that_introduces_the_network_is_the_modules_own_source():
    notebook = nbformat.read(NOTEBOOKS / "11_layers.ipynb", as_version=4)
    [cell] = [cell for cell in notebook.cells if "network" in cell.metadata.get("tags", [])]
    assert cell.source.strip() == inspect.getsource(cifar_cnn).strip()
