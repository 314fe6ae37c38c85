"""Runs of a GPU and of a CPU side by side: each says what it was computed on, and in what."""

from dataclasses import replace

import pytest
from made_runs import get, hparams_sessions, made_rows, make_run, served, wait_for
from tiny import TINY, tiny_dataset

from utils.experiments import training
from utils.experiments.history import compare, load_runs
from utils.experiments.run_folder import gone_on, read_record, write_record

CPU = {"machine": "AMD EPYC, 2 cores", "precision": "bfloat16", "kernels": "oneDNN"}
GPU = {"machine": "NVIDIA A10G", "precision": "TF32", "kernels": "GPU"}
OLD_GPU = {"machine": "Tesla T4", "precision": "float32", "kernels": "GPU"}


def notes(root):
    return compare(load_runs(root)).attrs["notes"]


@pytest.mark.parametrize(
    ("gpu", "arithmetic"), [(GPU, "TF32"), (OLD_GPU, "float32 by GPU")], ids=str
)
def test_a_comparison_says_which_machines_trained_the_runs_and_in_what(tmp_path, gpu, arithmetic):
    make_run(tmp_path, "dropout/0/seed-0", made_rows(0.5), **CPU)
    make_run(tmp_path, "dropout/0.5/seed-0", made_rows(0.6), **gpu)
    assert notes(tmp_path) == [
        "The runs of dropout were trained on 2 machines (AMD EPYC, 2 cores: bfloat16; "
        f"{gpu['machine']}: {arithmetic}), so their seconds an epoch can't be compared.",
        f"The runs of dropout differ in arithmetic too (bfloat16, {arithmetic}), so their "
        "difference isn't due to dropout alone.",
    ]


def test_two_machines_of_one_arithmetic_differ_in_their_seconds_alone(tmp_path):
    for seed, name in enumerate(("Tesla T4", "NVIDIA RTX 2080")):
        machine = OLD_GPU | {"machine": name}
        make_run(tmp_path, f"dropout/0/seed-{seed}", made_rows(0.5), **machine)
    (note,) = notes(tmp_path)
    assert "on 2 machines (Tesla T4: float32 by GPU; NVIDIA RTX 2080: float32 by GPU)" in note


def test_the_same_run_of_another_machine_stands_beside_under_a_mark_of_its_own(tmp_path):
    for mark, machine in (("", CPU), ("@gpu", GPU)):
        make_run(tmp_path, f"dropout/0{mark}/seed-0", made_rows(0.4), **machine)
        make_run(tmp_path, f"dropout/0.5{mark}/seed-0", made_rows(0.6), **machine)
    table = compare(load_runs(tmp_path))
    assert list(table["variant"]) == ["0", "0.5", "0@gpu", "0.5@gpu"]
    assert table.attrs["notes"] == []
    against = dict(zip(table["variant"], table["against"], strict=True))
    assert against["0@gpu"].mean == pytest.approx(-0.2) and against["0.5@gpu"] is None


def test_tensorboard_shows_the_machine_and_the_arithmetic_of_each_run(tmp_path):
    make_run(tmp_path, "dropout/0/seed-0", made_rows(0.5), **CPU)
    make_run(tmp_path, "dropout/0@gpu/seed-0", made_rows(0.6), **GPU)
    with served(tmp_path) as address:
        wait_for(lambda: len(hparams_sessions(address)) == 2)
        shown = {
            name: [group["hparams"][field] for field in ("machine", "arithmetic")]
            for name, group in hparams_sessions(address).items()
        }
        query = f"{address}/data/plugin/text/text?run=dropout/0@gpu/seed-0&tag=config"
        assert "NVIDIA A10G" in wait_for(lambda: get(query))[0]["text"]
    assert shown == {
        "dropout/0/seed-0": ["AMD EPYC, 2 cores", "bfloat16"],
        "dropout/0@gpu/seed-0": ["NVIDIA A10G", "TF32"],
    }


def test_a_run_that_another_machine_goes_on_with_says_so():
    record = {"status": "stopped", **CPU}
    there = gone_on(record, GPU)
    assert there["machine"] == "AMD EPYC, 2 cores, then NVIDIA A10G"
    assert (there["precision"], there["kernels"]) == ("bfloat16, then TF32", "oneDNN, then GPU")
    assert gone_on(there, GPU) == there
    assert gone_on(there, CPU)["precision"] == "bfloat16, then TF32, then bfloat16"
    earlier = {"status": "stopped", "machine": "", "precision": None}
    assert gone_on(earlier, GPU).items() >= {"machine": "", "precision": None}.items()


def test_a_training_that_goes_on_here_keeps_who_began_it(tmp_path):
    config = replace(TINY, epochs=2)
    stop = iter((True, False))
    first = training.train(config, tiny_dataset(), tmp_path, should_stop=lambda: next(stop))
    assert first["status"] == "stopped"
    write_record(tmp_path, first | GPU)
    last = training.train(config, tiny_dataset(), tmp_path)
    here = [first[name] for name in ("machine", "precision", "kernels")]
    there = [GPU[name] for name in ("machine", "precision", "kernels")]
    assert last["status"] == "finished"
    found = read_record(tmp_path)
    assert [found[name] for name in ("machine", "precision", "kernels")] == [
        f"{before}, then {now}" for before, now in zip(there, here, strict=True)
    ]
