"""A trained network as one HTML file: it answers pictures in a browser, without a network.

The file holds all it needs and may ask nothing of any host. Knows nothing of how Keras saves.
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from utils.errors import CourseError
from utils.files import refuse_taken, render, write_whole
from utils.networks.in_numpy.keras_layers import read_network
from utils.networks.in_numpy.plain_layers import Layer, Network, picture_shape
from utils.networks.saved import load_model
from utils.settings import resolve_path

__all__ = ["MOST_BYTES", "check_place", "description", "export_page", "network_page", "page_of"]

MOST_BYTES = 30_000_000  # of a page; phones and mail take that much, if barely
WORKER = ("export_network.js", "export_pictures.js", "export_worker.js")
PAGE = ("export_pad.js", "export_camera.js", "export_page.js")
DIGITS = (28, 28, 1)  # pictures that a drawing is centred for
RESCALING = ("Rescaling", "BatchNormalization")


def export_page(
    model: Any,
    path: str | Path,
    labels: Sequence[str] = (),
    title: str = "",
    force: bool = False,
) -> Path:
    """Write a Keras model as one HTML page that answers pictures, and return its path.

    model: a built model, or the path of a .keras or .h5 file. It takes pictures of one or three
        channels, in pixels from 0 to 255: one trained on 0 to 1 needs a Rescaling at its start.
    labels: the classes' names in order; their numbers unless given. For one sigmoid: two, the
        second of which it speaks for. title: the heading; the model's name unless given.
    force: whether a file that is there may be overwritten.

    Raises CourseError, and writes nothing, for a layer that can't be expressed, labels that don't
    fit the classes, a page of more than 30 MB, a file that is there already, and where the file
    can't be written.
    """
    path = check_place(path, force)
    write_whole(path, page_of(model, labels, title))
    return path


def check_place(path: str | Path, force: bool = False) -> Path:
    """Return the whole path of a page to be; raise CourseError where none can be written there."""
    path = resolve_path(path)
    if path.suffix.lower() not in (".html", ".htm"):
        raise CourseError(f"{path} doesn't end in .html.", "Name the page FILE.html.")
    refuse_taken(path, force)
    return path


def page_of(model: Any, labels: Sequence[str] = (), title: str = "") -> str:
    """Return the page's HTML; see `export_page`."""
    file = "FILE.keras"
    if isinstance(model, str | Path):
        file = str(resolve_path(model))
        model = load_model(file)
    network = read_network(model, file, branches="all")
    return network_page(network, labels, title)


def network_page(network: Network, labels: Sequence[str] = (), title: str = "") -> str:
    """Return the HTML of a network's page; see `export_page`."""
    shape = picture_shape(network.input_shape)
    if len(shape) != 3 or shape[2] not in (1, 3):
        raise CourseError(
            f"The model takes inputs of shape {network.input_shape}, which no picture has.",
            "Train one on pictures, such as of keras.Input((32, 32, 3)), grey ones with 1 channel.",
        )
    weights = sum(_kernel(layer).size for layer in network.layers)
    _check_bytes(weights * 16 / 3)  # before the work: four bytes in three letters' room
    names = _names(network, labels)
    data, packed = description(network, shape, names)
    html = _html(network, shape, names, _clean(title) or network.name, data, packed)
    _check_bytes(len(html.encode()))
    return html


def _check_bytes(size: float) -> None:
    if size > MOST_BYTES:
        raise CourseError(
            f"The page would have {size / 1e6:.1f} MB; {MOST_BYTES / 1e6:.0f} MB is the limit.",
            "Give the model's dense layers fewer units or inputs, or end its maps with "
            "GlobalAveragePooling2D.",
        )


def _names(network: Network, labels: Sequence[str]) -> list[str]:
    """Return the classes' names, of which there must be one a class, each different."""
    names = [_clean(name) for name in labels] or [str(n) for n in range(network.classes)]
    if len(names) != network.classes or len(set(names)) != len(names) or "" in names:
        raise CourseError(
            f"The model has {network.classes} classes; the names are {', '.join(names)}.",
            "Give each class one name of its own.",
        )
    return names


def _clean(text: Any) -> str:
    """Return a text on one line that UTF-8 can hold: bytes of a file's name need not be one."""
    return " ".join(str(text).encode("utf-8", "replace").decode().split())


def _kernel(layer: Layer) -> np.ndarray:
    """Return the weights that the page multiplies by: a normalization's are in its scale."""
    return layer.weights if layer.kind in ("Conv2D", "Dense") else np.zeros(0)


def description(
    network: Network, picture: tuple[int, ...], names: Sequence[str]
) -> tuple[dict[str, Any], str]:
    """Return a network as JSON's own kinds of data, and its weights as base64 of float32.

    Of each layer, `weights` is where its own begin and how many they are. What is one number a
    channel stays in float64.
    """
    layers: list[dict[str, Any]] = []
    start, kernels = 0, []
    for layer in network.layers:
        kernel = _kernel(layer).astype("<f4").reshape(-1)
        layers.append({
            "kind": layer.kind, "shape": layer.shape, "inputs": layer.inputs,
            "activation": layer.applied, "slope": layer.slope, "window": layer.window,
            "stride": layer.stride, "padding": layer.padding, "weights": (start, kernel.size),
            "biases": layer.biases.tolist(), "scale": layer.scale.tolist(),
            "offset": layer.offset.tolist(),
        })  # fmt: skip
        start += kernel.size
        kernels.append(kernel)
    data = {"shape": network.input_shape, "picture": picture, "names": names, "layers": layers}
    packed = np.concatenate(kernels).tobytes() if kernels else b""
    return data, base64.b64encode(packed).decode()


def _html(
    network: Network, picture: tuple[int, ...], names: Sequence[str], title: str,
    data: dict[str, Any], weights: str,
) -> str:  # fmt: skip
    script = Markup("\n").join(render(part) for part in PAGE)
    style = render("style.css") + render("export.css")
    height, width, channels = picture
    return str(
        render(
            "export.html",
            title=title,
            policy=_policy(script, style),
            style=style,
            script=script,
            worker=Markup("\n").join(render(part) for part in WORKER),
            network=Markup(json.dumps(data).replace("<", "\\u003c")),
            weights=Markup(weights),
            learned=sum(layer.parameters for layer in network.layers),
            height=height,
            width=width,
            grey=channels == 1,
            digits=picture == DIGITS,
            classes=len(names),
            rescales=bool(network.layers) and network.layers[0].kind in RESCALING,
        )
    )


def _policy(script: str, style: str) -> str:
    """Return a Content-Security-Policy: this script, this style, its own thread, no request."""
    allowed = [
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for text in (script, style)
    ]
    return (
        f"default-src 'none'; script-src 'sha256-{allowed[0]}'; style-src 'sha256-{allowed[1]}'; "
        "worker-src blob:; connect-src 'none'; form-action 'none'; base-uri 'none'"
    )
