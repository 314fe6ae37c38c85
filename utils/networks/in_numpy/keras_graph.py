"""The layers of a Keras model in the order in which they work, and what each is given.

Reads models by their attributes and never imports Keras or TensorFlow.
"""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from utils.errors import CourseError
from utils.networks.in_numpy.layer_readers import cannot

__all__ = ["INPUT", "Branches", "Step", "check_step", "steps_of", "steps_until"]

INPUT = -1  # the number of the model's own input, where others are numbers of steps
Branches = Literal["none", "added", "all"]


@dataclass(frozen=True)
class Step:
    """One call of a Keras layer; inputs: the numbers of the steps whose results it takes."""

    layer: Any
    inputs: tuple[int, ...]


def steps_of(model: Any) -> list[Step]:
    """Return the calls of layers that lead from a model's input to its output, in order.

    The last step gives the model's answer. Models within and Pipelines are opened up.
    Raises CourseError for what is no built model of one input and one output, and where something
    that is no layer works between the layers.
    """
    kind = type(model).__name__
    if not hasattr(model, "layers"):
        raise CourseError(f"A {kind} isn't a Keras model.", "Give a Sequential or functional one.")
    if not getattr(model, "inputs", None):
        raise CourseError(
            "The model has no input shape yet.", "Begin it with keras.Input((28, 28, 1)), say."
        )
    walk = _Walk()
    walk.model(model, INPUT)
    return walk.steps


class _Walk:
    """The steps found so far."""

    def __init__(self) -> None:
        self.steps: list[Step] = []

    def model(self, model: Any, given: int) -> int:
        """Add a model's steps; given: the number of what it takes. Return its result's number."""
        if len(model.inputs) != 1 or len(model.outputs) != 1:
            inputs, outputs = _count(model.inputs, "input"), _count(model.outputs, "output")
            remedy = "Give one of each, such as keras.Model(model.inputs[0], model.outputs[0])."
            if len(model.inputs) != 1:
                remedy = "Train one of a single input, in which all channels lie together."
            raise CourseError(f"The model has {inputs} and {outputs}.", remedy)
        known = {id(model.inputs[0]): given}
        waiting = [model.outputs[0]]
        while waiting:  # no recursion: a chain of layers may be longer than Python's stack
            tensor = waiting[-1]
            operation, node, _ = tensor._keras_history
            needed = [] if id(tensor) in known else _node(operation, node).input_tensors
            missing = [one for one in needed if id(one) not in known]
            if missing:
                waiting += reversed(missing)
                continue
            if id(tensor) not in known:
                known[id(tensor)] = self._call(operation, tuple(known[id(one)] for one in needed))
            waiting.pop()
        return known[id(model.outputs[0])]

    def _call(self, layer: Any, inputs: tuple[int, ...]) -> int:
        """Add the call of a layer, or of the layers within it; return its result's number."""
        if not hasattr(layer, "get_weights"):
            raise CourseError(
                f"The model calculates by {type(layer).__name__}, which is no layer.",
                "Write it as one, such as keras.layers.Rescaling, Add or Activation.",
            )
        if hasattr(layer, "layers") and hasattr(layer, "inputs"):
            return self.model(layer, inputs[0])
        if type(layer).__name__ == "Pipeline":
            for one in layer.layers:
                inputs = (self._call(one, inputs),)
            return inputs[0]
        self.steps.append(Step(layer, inputs))
        return len(self.steps) - 1


def _node(operation: Any, number: int) -> Any:
    return operation._inbound_nodes[number]


def steps_until(steps: Sequence[Step], name: str) -> list[Step]:
    """Return the steps that the result of the layer of that name needs, which is the last of them.

    Raises CourseError where no layer has that name.
    """
    found = [number for number, step in enumerate(steps) if step.layer.name == name]
    if not found:
        known = dict.fromkeys(step.layer.name for step in steps)
        raise CourseError(
            f"The model has no layer {name!r}.", f"Choose one of: {', '.join(known)}."
        )
    needed = {found[0]}
    for number in range(found[0], -1, -1):
        if number in needed:
            needed.update(steps[number].inputs)
    kept = sorted(needed - {INPUT})
    place = {INPUT: INPUT} | {number: n for n, number in enumerate(kept)}
    return [
        Step(steps[number].layer, tuple(place[one] for one in steps[number].inputs))
        for number in kept
    ]


def check_step(steps: Sequence[Step], number: int, branches: Branches, file: str) -> None:
    """Raise CourseError where a step branches in a way that isn't taken.

    branches: which ones are. "none": each layer takes what the one before gives. "added": several
        results may be added, and no layer with weights is used twice. "all": there is no limit.
    file: where the model lies, for the ways that remain.
    """
    step, count = steps[number], len(steps[number].inputs)
    twice = any(one.layer is step.layer for one in steps[:number])
    way = f"course export page {shlex.quote(file)} -o FILE.html"
    if branches == "none" and (step.inputs != (number - 1,) or twice):
        raise cannot(
            step.layer, "makes the model branch",
            f"Here it must be a chain of layers; a page takes branches: {way}",
        )  # fmt: skip
    if branches != "added":
        return
    if twice and step.layer.weights:
        raise cannot(
            step.layer,
            "is used twice",
            f"A sheet has weights of its own; a page shares them: {way}",
        )
    if count > 1 and type(step.layer).__name__ != "Add":
        raise cannot(step.layer, f"takes {count} results at once", _instead(steps, number, file))


def _instead(steps: Sequence[Step], number: int, file: str) -> str:
    """Say what to do with a model that brings results together by anything but Add."""
    step = steps[number]
    if type(step.layer).__name__ == "Concatenate":
        way = f"a page takes it: course export page {shlex.quote(file)} -o FILE.html"
    elif (last := max(step.inputs)) != INPUT:
        name = shlex.quote(steps[last].layer.name)
        way = ("write the layers before it: "
               f"course sheet model {shlex.quote(file)} -u {name} -o FILE.xlsx")  # fmt: skip
    else:
        way = "train one without it"
    return f"On a sheet only Add may do that; {way}" + "." * (way.endswith("it"))


def _count(things: Any, word: str) -> str:
    return f"{len(things)} {word}" + "s" * (len(things) != 1)
