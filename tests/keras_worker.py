"""Keras in a process of its own: TFLearn, once imported, switches TensorFlow to graph mode.

Reads one JSON request a line, answers one JSON line: {"job": name, …} → result or {"error": …}.
Everything expected of a workbook is Keras's own: each layer rebuilt with dtype float64.
"""

import contextlib
import json
import sys
from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np
import page_models
from course import course
from described_models import build
from keras import layers

from utils.errors import CourseError
from utils.export import export_page
from utils.export.page import description, page_of
from utils.networks.in_numpy.forward import class_logits, forward
from utils.networks.in_numpy.functions import softmax
from utils.networks.in_numpy.keras_layers import read_network
from utils.networks.saved import load_model
from utils.spreadsheet import model_to_workbook, nine_steps_workbook
from utils.spreadsheet.check import check_model


def float64_outputs(model, images):
    """Return what Keras gives for each layer in float64; logits instead of a last softmax."""
    x, outputs = np.asarray(images, dtype=np.float64), {}
    for layer in model.layers:
        config = layer.get_config() | {"dtype": "float64"}
        if isinstance(layer, layers.InputLayer | layers.Softmax):
            continue
        if config.get("activation") == "softmax":
            config["activation"] = "linear"
        given, x = x, call(layer, config, x)
        outputs[layer.name] = x
        if isinstance(layer, layers.Dense):
            weights = [np.asarray(w, dtype=np.float64) for w in layer.get_weights()]
            outputs[f"{layer.name} sums"] = given @ weights[0] + sum(weights[1:])
    outputs["logits"] = x
    outputs["shares"] = np.asarray(keras.ops.softmax(keras.ops.convert_to_tensor(x, "float64")))
    return outputs


def call(layer, config, x):
    """Call a layer rebuilt in float64."""
    if isinstance(layer, layers.Rescaling):  # Keras rounds its scale to float32 in any dtype
        return x * layer.scale + layer.offset
    double = type(layer).from_config(config)
    double.build(x.shape)
    double.set_weights(layer.get_weights())
    return np.asarray(double(x))


def save_answers(model, images, path):
    """Write Keras's float64 values of all layers and its own float32 answer to an .npz file."""
    single = np.asarray(model(np.asarray(images, dtype=np.float32)))
    outputs = float64_outputs(model, images)
    if not ends_in_softmax(model):
        single = np.asarray(keras.ops.softmax(single))
    np.savez(path, float32=single, **outputs)


def ends_in_softmax(model):
    last = model.layers[-1]
    return isinstance(last, layers.Softmax) or last.get_config().get("activation") == "softmax"


def export(model, images, path):
    """Write each layer's class, config and weights, and the model's own answers, to an .npz."""
    chain = [{"kind": type(layer).__name__, "name": layer.name, "config": layer.get_config(),
              "count": len(layer.weights), "inputs": inputs_of(layer)}
             for layer in model.layers]  # fmt: skip
    weights = {f"{layer.name}/{n}": np.asarray(w, dtype=np.float64)
               for layer in model.layers for n, w in enumerate(layer.get_weights())}  # fmt: skip
    answers = np.asarray(model(np.asarray(images, dtype=np.float32), training=False))
    np.savez(path, layers=json.dumps(chain, default=str), answers=answers.astype(float), **weights)


def inputs_of(layer):
    """Return the names of the layers whose results a layer takes."""
    return [one._keras_history.operation.name for one in keras.tree.flatten(layer.input)]


def exported(request):
    """Write a workbook of each model, and its layers and answers for loops to go over."""
    folder = Path(request["folder"])
    for n, spec in enumerate(request["specs"]):
        model = build(spec)
        images = np.array(spec["images"], dtype=np.float64)
        count = max(2, model.output_shape[-1])
        names = [f"class {k}" for k in range(count)]
        model_to_workbook(model, images[0], spec["label"], names, folder / f"{n}.xlsx")
        export(model, images, folder / f"{n}.npz")
    return {}


def saved_model(request):
    """Write a saved model's workbook, and Keras's answers for many images."""
    model, images = load_model(request["model"]), np.load(request["images"])
    model_to_workbook(model, images[0], request["label"], request["names"], request["workbook"])
    save_answers(model, images, request["answers"])
    return {"layers": [layer.name for layer in model.layers]}


def workbook(request):
    """Write one described model's workbook; `replace` puts a value into its first weight."""
    model = build(request["spec"])
    if "replace" in request:
        weights = model.get_weights()
        weights[0].reshape(-1)[0] = float(request["replace"])
        model.set_weights(weights)
    example = np.array(request["example"])
    path = model_to_workbook(
        model, example, request["label"], request["names"], request["workbook"],
        until=request.get("until", ""),
    )  # fmt: skip
    return {"path": str(path)}


def branching(request):
    """Try to write a model that branches as no sheets can."""
    start = keras.Input((4, 4, 1))
    flat = layers.Flatten()(start)
    if request["how"] == "two outputs":
        model = keras.Model(start, [layers.Dense(2)(flat), layers.Dense(3)(flat)])
    elif request["how"] == "skip":
        hidden = layers.Dense(16)(flat)
        model = keras.Model(start, layers.Dense(2)(layers.Concatenate()([flat, hidden])))
    elif request["how"] == "layer used twice":
        dense = layers.Dense(16)
        model = keras.Model(start, dense(dense(flat)))
    else:
        model = keras.Sequential([layers.Flatten(), layers.Dense(2)])
    model_to_workbook(model, np.zeros((4, 4, 1)), 0, ["a", "b"], request["workbook"])
    return {}


def checked(request):
    """Check a workbook against a saved model."""
    model, until = load_model(request["model"]), request.get("until", "")
    return {"complaints": check_model(request["workbook"], model, until)}


def nine_steps(request):
    """Write the nine steps, of the course's own model or another."""
    model = load_model(request["model"]) if "model" in request else None
    model = build(request["spec"]) if "spec" in request else model
    nine_steps_workbook(request["workbook"], model)
    return {}


def command(request):
    """Run the `course` command."""
    return asdict(course(*request["arguments"], **request["environment"]))


def saved(request):
    """Save a described model: whole as .keras or .h5, or its weights or its layers alone."""
    model, path = build(request["spec"]), Path(request["file"])
    if path.name.endswith(".weights.h5"):
        model.save_weights(path)
    elif path.suffix == ".json":
        path.write_text(model.to_json(), encoding="utf-8")
    else:
        model.save(path)
    return {}


def loaded(request):
    """Load a file as a network; say what it has."""
    network = read_network(load_model(request["file"]), request["file"])
    return {
        "kinds": [layer.kind for layer in network.layers],
        "left_out": network.left_out,
        "classes": network.classes,
    }


def executed(request):
    """Run the Python that a remedy says, beside a described model of that name."""
    with contextlib.chdir(request["folder"]):
        exec(request["code"], {"model": build(request["spec"])})
    return {}


def parity(request):
    """Say how far the network that is read from a described model is from Keras's answers."""
    model = build(request["spec"])
    network = read_network(model, branches="added")
    images = np.random.default_rng(1).normal(size=(4, *model.input_shape[1:]))
    images = images.astype(np.float32)  # as keras.Input would make them
    last = [forward(network, image.reshape(network.input_shape))[-1] for image in images]
    ours = np.array(last)
    if network.has_sigmoid:
        ours = softmax(np.array([class_logits(logit) for logit in last]))[:, 1:]
    elif ends_in_softmax(model):
        ours = softmax(ours)
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float64")
    double = build(request["spec"])
    keras.config.set_dtype_policy(policy)
    double.set_weights(model.get_weights())  # rounded to float32, as ours are
    gaps = [float(np.abs(np.asarray(one(images, training=False)) - ours).max())
            for one in (model, double)]  # fmt: skip
    return {"float32": gaps[0], "float64": gaps[1], "left_out": network.left_out,
            "kinds": [layer.kind for layer in network.layers]}  # fmt: skip


def page_model(request):
    """Return the model that a request names: of page_models, or a file's."""
    name = str(request["model"])
    return page_models.MODELS[name]() if name in page_models.MODELS else load_model(name)


def probabilities(model, images):
    """Return Keras's own probabilities, one a class, for many images."""
    found = np.asarray(model(np.asarray(images, dtype=np.float32), training=False), dtype=float)
    if found.shape[1] == 1:
        return np.concatenate([1 - found, found], axis=1)
    summed = np.allclose(found.sum(axis=1), 1, atol=1e-4)
    return found if summed else np.asarray(keras.ops.softmax(found.astype(np.float32)))


def paged(request):
    """Write a model's page and its workbook; say what Keras answers."""
    model, images = page_model(request), np.load(request["images"])
    export_page(model, request["page"], request.get("labels", ()))
    answers = probabilities(model, images)
    names = [f"class {n}" for n in range(answers.shape[1])]
    model_to_workbook(model, images[0], 0, names, request["workbook"])
    return {"probabilities": answers.tolist()}


def described(request):
    """Return each kind's network as a page has it, numbers to try it on, and Keras's answers."""
    found = {}
    for name, model in [*page_models.chains(), *page_models.graphs()]:
        page_models.filled(model)
        network = read_network(model, branches="all")
        data, weights = description(network, network.input_shape, [])
        given = np.random.default_rng(0).normal(size=(2, *model.input_shape[1:]))
        found[name] = {
            "network": data, "weights": weights, "given": given.reshape(2, -1).tolist(),
            "wanted": probabilities(model, given).tolist(),
        }  # fmt: skip
    return found


def refused_pages(request):
    """Try to make a page of what none can be made of; return what is wanted and what is said."""
    found = {}
    for wanted, model in page_models.refused():
        try:
            found[wanted] = page_of(model)[:60]
        except CourseError as error:
            found[wanted] = str(error)
    return found


ALL = (exported, saved_model, workbook, branching, checked, nine_steps, command, saved, loaded)
ALL += (executed, parity, paged, described, refused_pages)
JOBS = {job.__name__: job for job in ALL}

for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = JOBS[request["job"]](request)
    except CourseError as error:
        answer = {"error": str(error)}
    print(json.dumps(answer), flush=True)
