"""The layers of a Keras model in the order in which they work, and what each is given.

Reads models by their attributes and never imports Keras or TensorFlow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from utils.errors import CourseError
from utils.networks.in_numpy.layer_readers import cannot

__all__ = ["INPUT", "Step", "check_chain", "steps_of"]

INPUT = -1  # the number of the model's own input, where others are numbers of steps


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
            raise CourseError(
                f"The model has {inputs} and {outputs}.",
                "Give one with one of each, such as keras.Model(model.inputs[0], model.outputs[0]).",
            )
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
                f"The model calculates by {layer.name} ({type(layer).__name__}), which is no layer.",
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


def check_chain(steps: Sequence[Step]) -> None:
    """Raise CourseError where a layer takes anything but what the one before gives."""
    seen: set[int] = set()
    for number, step in enumerate(steps):
        if step.inputs != (number - 1,) or id(step.layer) in seen:
            raise cannot(
                step.layer, "makes the model branch",
                "Here it must be a chain of layers; a page takes branches: "
                "course export page FILE.keras -o FILE.html",
            )  # fmt: skip
        seen.add(id(step.layer))


def _count(things: Any, word: str) -> str:
    return f"{len(things)} {word}" + "s" * (len(things) != 1)
