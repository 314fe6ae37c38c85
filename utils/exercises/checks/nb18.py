"""The exercises of notebook 18: what a dense layer costs, a folded normalisation, an own study."""

from collections.abc import Mapping
from random import Random
from typing import Any

import numpy as np

from utils.exercises import Numbers, Unanswered, Wrong, array, as_numbers, call, exercise, value
from utils.exercises.compare import Mistakes

_EPSILON = 1e-5
_MOST = 4  # variants of an own study
_WORK = ("epochs", "seed", "train_size", "validation_size")
# What the lessons' own studies vary on the plain baseline.
_ASKED = {"layers": 11, "dropout": 12, "regularizer": 13, "batch_size": 14, "learning_rate": 15,
          "batch_norm": 18}  # fmt: skip
# By field, where it is never used: other fields with the baseline's value and that one, and why.
_NO_PENALTY = {"regularizer": ("none", "none")}
_NO_DENSE = {"global_pooling": (False, True)}
_WITHOUT_EFFECT: Mapping[str, tuple[tuple[Mapping[str, tuple[Any, Any]], str], ...]] = {
    "weight_decay": ((_NO_PENALTY, "there is no penalty that it could be the strength of"),),
    "dense_units": ((_NO_DENSE, "means stand in the place of the dense layer"),),
    "dense_init": ((_NO_DENSE, "means stand in the place of the dense layer"),),
    "corners": (({"rotation": (25.0, 0.0), "crop": (0, 0)}, "no picture is turned or moved"),),
}


def _network(random: Random) -> dict[str, int]:
    return {
        "side": random.choice((3, 4, 5, 6, 7)),
        "maps": random.choice((48, 64, 96, 128, 160)),
        "dense": random.choice((128, 200, 256, 384, 512)),
        "classes": random.randint(5, 20),
    }


@value(
    "18.1",
    says="The number saved",
    hint="Count the weights and biases of both variants from the last maps on, and subtract.",
    more="With a dense layer there are two layers to count, with means one. How many numbers does "
    "each layer read, how many neurons has it, and how many biases?",
    draw=_network,
    side=4,
    maps=128,
    dense=512,
    classes=10,
)
def saved(my: Numbers) -> tuple[int, Mistakes]:
    read = my.side**2 * my.maps
    dense, out = (read + 1) * my.dense, (my.dense + 1) * my.classes
    means = (my.maps + 1) * my.classes
    return dense + out - means, [
        (dense + out, "That is what the first variant has. What does the second one need?"),
        (dense, "That is the dense layer alone. The layers behind it differ, too."),
        (dense - means, "The first variant has an output layer as well."),
        (read * my.dense + my.dense * my.classes - my.maps * my.classes,
         "Biases count too: one for each neuron and each output."),
        ((my.side * my.maps + 1) * my.dense + out - means, "A map has side × side numbers."),
        ((my.maps + 1) * my.dense + out - means, "The dense layer reads every place of each map."),
    ]  # fmt: skip


@exercise(
    "18.2",
    hint="Which factor does every weight of a filter get, and what is left without x?",
    more=(
        "Write the normalisation's formula with x · w + b in the place of z, and multiply out. "
        "Collect what stands with x: these are the new weights. All else is the new bias. "
        "Compare with the two layers one after the other, on a few numbers of your own."
    ),
)
def fold(answer: Any) -> None:
    rng = np.random.default_rng(18)
    for inputs, filters in ((3, 2), (4, 5)):
        w = rng.normal(size=(inputs, filters)).round(2)
        b, gamma, beta, m = rng.normal(size=(4, filters)).round(2)
        v = rng.uniform(0.2, 4, filters).round(2)
        given = call(answer, w.copy(), b.copy(), gamma, beta, m, v)
        if not isinstance(given, tuple | list) or len(given) != 2:
            raise Wrong("`fold` returns two things, the new weights and the new biases.", got=given)
        scale = gamma / np.sqrt(v + _EPSILON)
        slips = [
            (gamma / (v + _EPSILON), "The formula divides by a root, not by the variance."),
            (1 / np.sqrt(v + _EPSILON), "γ is missing."),
            (gamma, "What does the normalisation divide by?"),
        ]
        weights = [(w * one, hint) for one, hint in slips]
        array(given[0], w * scale, 1e-6, name="The new weights", mistakes=weights)
        biases = [
            (b * scale + beta, "The mean m is taken off before anything is multiplied."),
            ((b - m) * scale, "β is missing."),
            (b - m * scale + beta, "The old bias is multiplied, too."),
            (b, "The bias changes as well."),
            ((b + m) * scale + beta, "Is the mean added or taken off?"),
        ]
        array(given[1], (b - m) * scale + beta, 1e-6, name="The new biases", mistakes=biases)


@exercise(
    "18.3",
    hint="One field, its baseline's value among the variants, and a number for each of them.",
    more=(
        "`own_study(name, question, field=…, variants={…})` builds the study and refuses what "
        "isn't controlled. `expected` has the same names as `variants`, each with a number from 0 "
        "to 100. Is another field needed for yours to have an effect? That belongs into `base`."
    ),
)
def study(answer: Any) -> None:
    mine, expected = answer if isinstance(answer, tuple) and len(answer) == 2 else (answer, None)
    if mine is None or mine is ... or expected is None or expected is ...:
        raise Unanswered("Both are wanted: a study, and what you expect of it.")
    _check_study(mine)
    _check_expected(expected, mine.variants)


def _check_study(mine: Any) -> None:
    """Raise Wrong where it isn't a controlled study of something that has an effect.

    Known by what a study has: this room knows no experiments.
    """
    if not all(hasattr(mine, name) for name in ("question", "field", "variants", "ground")):
        raise Wrong("The first of the two is no study.", got=mine, hint="`own_study` returns one.")
    if not str(mine.question).strip().endswith("?"):
        raise Wrong("A study asks something.", got=mine.question, hint="Where is its `?`")
    if mine.field in _WORK or mine.field in mine.base:
        raise Wrong(
            f"`{mine.field}` can't be what differs.",
            hint="Work and luck are the same for all variants, and `base` is what all share.",
        )
    if mine.field in _ASKED and not mine.ground:
        raise Wrong(
            f"`{mine.field}` was asked by notebook {_ASKED[mine.field]}.",
            hint="Ask another field, or ask this one on another baseline: `base`, `start`.",
        )
    _check_variants(mine)
    for off, needed in _WITHOUT_EFFECT.get(mine.field, ()):
        if all(mine.ground.get(name, default) == value for name, (default, value) in off.items()):
            raise Wrong(
                f"Here `{mine.field}` has no effect: {needed}.",
                hint="The variants would be the very same training, so the answer is known.",
            )


def _check_variants(mine: Any) -> None:
    values = list(mine.variants.values())
    try:
        mine.baseline  # noqa: B018  # it looks for the variant that is the control
    except StopIteration:
        values = []
    if len(values) < 2 or any(values.count(one) > 1 for one in values):
        raise Wrong(
            "The study has no control, or two variants are the same.",
            got=dict(mine.variants),
            hint="One variant is the baseline's own value; each other one differs from it.",
        )
    if len(values) > _MOST:
        raise Wrong(
            f"{len(values)} variants are as many trainings.",
            hint=f"Take at most {_MOST}: which are the ones that could surprise you?",
        )


def _check_expected(expected: Any, variants: Mapping[str, Any]) -> None:
    if not isinstance(expected, Mapping) or set(expected) != set(variants):
        raise Wrong(
            "`expected` is a dict with a number for each variant.",
            got=expected,
            hint=f"Its names are those of the variants: {', '.join(variants)}.",
        )
    numbers = as_numbers(list(expected.values()), "`expected`")
    if not np.all((numbers >= 0) & (numbers <= 100)):  # NaN is neither
        raise Wrong("An accuracy in per cent lies from 0 to 100.", got=expected)
    if np.all(numbers <= 1):
        raise Wrong(
            "Is that in per cent?", got=expected, hint="Guessing gives 10; half of all right is 50."
        )
