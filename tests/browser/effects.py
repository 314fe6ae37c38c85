"""What each lesson shows on the built-in sample, at the profile that test_notebooks_run.py says.

It is read where a learner reads it: in the notebook's outputs, and in the records of its runs.
Of what takes minutes to train, tables of several seeds hold the effect: test_sample_effects.py, and
the claims that 10, 17, 18 and 20 tell.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import nbformat
import pytest

from utils.experiments import STUDIES, load_runs


class Shown(NamedTuple):
    """A lesson as it was run: the text of its outputs, and the folder of all runs."""

    text: str
    runs: Path

    def numbers(self, pattern: str) -> list[float]:
        """Return what the groups of the first match hold."""
        found = re.search(pattern, self.text)
        assert found, f"{pattern!r} isn't in the outputs"
        return [float(group.replace(",", "")) for group in found.groups()]

    def last(self, study: str, column: str = "val_accuracy") -> dict[str, float]:
        """Return each variant's value of the last epoch."""
        runs = load_runs(self.runs, study=study)
        assert runs and all(run.status == "finished" for run in runs)
        return {
            run.variant.partition("@")[0]: float(run.record["history"][-1][column]) for run in runs
        }


def one_neuron_learns_all_gates_but_two(shown: Shown) -> None:
    assert "10 updates; pass 6 is the first without an error" in shown.text
    assert "first pass without error, of 1,000: None" in shown.text  # XOR
    assert "14 of 16 gates learned" in shown.text


def five_lines_learn_or(shown: Shown) -> None:
    [loss] = shown.numbers(r"\nloss ([\d.]+)")
    assert loss < 0.01 and "same as model.predict: True" in shown.text


def arrays_beat_loops(shown: Shown) -> None:
    [faster] = shown.numbers(r"NumPy [\d.]+ ms   ([\d,]+) times faster")
    assert faster > 5 and shown.text.count("equal True   loops") == 2


def a_step_goes_downhill(shown: Shown) -> None:
    [before] = shown.numbers(r"before .* L = ([\d.]+)")
    [after] = shown.numbers(r"after .* L = ([\d.]+)")
    [difference] = shown.numbers(r"largest difference: (\S+)")
    assert after < before and difference < 1e-6  # the chain rule against measured slopes


def hidden_neurons_learn_xor(shown: Shown) -> None:
    """By slopes that measuring, TFLearn, the tape and the engine confirm; not from every start."""
    differences = re.findall(r"largest difference (?:from our gradient: )?(\S+)", shown.text)
    assert len(differences) == 7 and max(map(float, differences)) < 1e-6
    [two] = shown.numbers(r"2 hidden neurons: (\d+) of 20 learned")
    [eight] = shown.numbers(r"8 hidden neurons: (\d+) of 20 learned")
    assert 10 <= two < eight == 20
    wide, narrow = shown.numbers(r" 5 hidden .* than (\S+) off\n 20 hidden .* than (\S+) off")
    assert narrow < wide / 4


def a_filter_costs_little(shown: Shown) -> None:
    multiplications, weights = shown.numbers(r"dense / conv +([\d,]+) +([\d,]+)")
    assert multiplications > 100 and weights > 1000 and "equal: True" in shown.text


def the_sheet_and_numpy_agree(shown: Shown) -> None:
    assert shown.text.count("equal to the sheet: True") >= 7
    assert "equal to the sheet: False" not in shown.text


def a_small_network_reads_digits(shown: Shown) -> None:
    """And a cell of its sheet holds what Keras computes."""
    [accuracy] = shown.numbers(r"your run: +([\d.]+)% of 250 test pictures")
    by_hand, cell = shown.numbers(r"by hand +(\S+)\nthe cell +(\S+)")
    assert accuracy > 85 and by_hand == pytest.approx(cell, abs=1e-9)


def reads_digits(shown: Shown) -> None:
    """Far better than before training; it knows its training pictures a little better."""
    [before] = shown.numbers(r"before training: loss [\d.]+, accuracy ([\d.]+)%")
    known, new = shown.numbers(r"at the end: training ([\d.]+)%, validation ([\d.]+)%")
    [test] = shown.numbers(r"your run: +([\d.]+)% of 250 test pictures")
    assert before < 40 and min(new, test) > 92 and known > new
    assert shown.numbers(r"Yours: 1,297 pictures make (\d+) batches") == [11]


def a_step_by_hand_is_a_step_of_fit(shown: Shown) -> None:
    losses = shown.numbers(r"epoch 1 +loss by hand ([\d.]+) +by fit ([\d.]+)")
    assert losses[0] == pytest.approx(losses[1], abs=1e-3)
    pattern = r"training ([\d.]+)%, validation ([\d.]+)%, gap ([+-][\d.]+) points"
    for network in ("without random layers", "with them"):
        known, new, gap = shown.numbers(f"{network} +{pattern}")
        assert gap == pytest.approx(known - new, abs=0.11)


def a_study_is_trained(study: str) -> Callable[[Shown], None]:
    """Return a look at its variants' runs; their effect needs more work than a look."""

    def look(shown: Shown) -> None:
        final = shown.last(study)
        assert sorted(final) == sorted(STUDIES[study].variants)
        assert_ends(shown, final)

    return look


def the_best_by_validation_is_looked_at_once(shown: Shown) -> None:
    every = {study: shown.last(study) for study in STUDIES}
    best = max(accuracy for final in every.values() for accuracy in final.values())
    [validation] = shown.numbers(r"\w+/\S+: validation ([\d.]+) %")
    shown.numbers(r"seed 0: test accuracy ([\d.]+) %")
    assert validation == pytest.approx(100 * best, abs=0.06)


def stopping_early_saves_work(shown: Shown) -> None:
    trained, whole = shown.numbers(r"(\d+) epochs trained instead of (\d+)")
    assert 4 <= trained < whole == 8
    assert shown.numbers(r"r\d at the end: ([\d.]+) %")


def a_rung_is_seen_to_work_and_one_seed_is_said_to_be_one(shown: Shown) -> None:
    """Normalised sums have spread 1, a batch of one knows nothing, and both networks train."""
    assert "spread [1. 1. 1. 1.]" in shown.text and "[0. 0. 0. 0.] whatever" in shown.text
    deep, means = shown.numbers(r"deeper +([\d,]+) weights .*\nmap-means +([\d,]+) weights")
    assert means < deep / 4
    final = shown.last("normalised")
    assert set(final) == {"without", "with"}
    compared = r"with@smoke-sample against without@smoke-sample: .* points, one seed each"
    assert re.search(compared, shown.text)
    assert_ends(shown, final)


def a_deep_network_is_looked_into(shown: Shown) -> None:
    """Its filters have favourites; Grad-CAM depends on what was learned; other sizes are hard."""
    [right] = shown.numbers(r"right: ([\d.]+)%, 95 % interval")
    assert 70 < right < 90
    seen = re.findall(r"one place sees (\d+) × \d+ pixels", shown.text)
    assert list(map(int, seen)) == sorted(map(int, seen)) and int(seen[0]) < 8 < 30 < int(seen[-1])
    [deep] = shown.numbers(r"the end +(\d) of 8 climbed pictures beat every picture")
    assert deep >= 4
    [alike] = shown.numbers(r"trained and random weights: ([+-][\d.]+)")
    assert abs(alike) < 0.6
    half, whole = shown.numbers(r"size \(per cent\) 50: (\d+)%.* 100: (\d+)%")
    assert whole > half + 10
    assert "-u set" in shown.text  # too many formulas, but not for the first blocks


def a_random_split_shares_siblings(shown: Shown) -> None:
    [siblings, copies] = shown.numbers(r"at random: .* (\d+) of them with a sibling .* (\d+) near")
    assert siblings > 60 and copies > 30
    assert shown.numbers(r"by group: .* (\d+) of them with a sibling .* (\d+) near")[0] == 0


def assert_ends(shown: Shown, final: dict[str, float]) -> None:
    """The sentence under the table of the learner's own runs names their ends."""
    pattern = r"Highest at the end: (\S+?)@smoke-sample .*?, lowest: (\S+?)@smoke-sample "
    found = re.search(pattern, shown.text)
    assert found, "no sentence names the ends"
    assert [final[name] for name in found.groups()] == [max(final.values()), min(final.values())]


EFFECTS: dict[str, Callable[[Shown], None]] = {
    "01": one_neuron_learns_all_gates_but_two,
    "02": five_lines_learn_or,
    "03": arrays_beat_loops,
    "04": a_step_goes_downhill,
    "05": hidden_neurons_learn_xor,
    "06": reads_digits,
    "07": a_filter_costs_little,
    "08": the_sheet_and_numpy_agree,
    "09": a_small_network_reads_digits,
    "10": a_step_by_hand_is_a_step_of_fit,
    "11": a_study_is_trained("layers"),
    "12": a_study_is_trained("dropout"),
    "13": a_study_is_trained("regularization"),
    "14": a_study_is_trained("batch_size"),
    "15": a_study_is_trained("learning_rate"),
    "16": the_best_by_validation_is_looked_at_once,
    "17": stopping_early_saves_work,
    "18": a_rung_is_seen_to_work_and_one_seed_is_said_to_be_one,
    "19": a_deep_network_is_looked_into,
    "20": a_random_split_shares_siblings,
}


def shown_by(path: Path, runs: Path) -> Shown:
    """Return what an executed notebook shows: streams, and results as HTML or as text.

    The bytes of pictures inside that HTML are left out. No learner reads them, and a pattern that
    may begin at each of a million letters without a space takes minutes.
    """
    texts = []
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            texts.append(output.get("text", data.get("text/html", data.get("text/plain", ""))))
    return Shown(re.sub(r"(?<=;base64,)[\w+/=]+", "", "\n".join(texts)), runs)
