"""Studies become runs: skipping, copying, naming, refusing."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tiny import tiny_dataset

from utils import settings
from utils.errors import CourseError
from utils.experiments import study_runner
from utils.experiments.run_folder import held, read_record, variant_label, write_record
from utils.experiments.study_runner import run_study
from utils.networks.onednn import VALUES


def smoke(study, root, **more):
    """Train a study's smoke runs on the tiny data."""
    return run_study(study, profile="smoke", dataset=tiny_dataset(), runs=root, **more)


def test_only_quick_runs_on_real_data_have_a_plain_name():
    assert variant_label("0.5", "quick", True) == "0.5"
    assert variant_label("0.5", "full", True) == "0.5@full"
    assert variant_label("0.5", "quick", False) == "0.5@sample"
    assert variant_label("0.5", "smoke", False) == "0.5@smoke-sample"


def test_a_study_leaves_one_folder_a_run(tmp_path):
    smoke("dropout", tmp_path, variants=["0", "0.5"], seeds=range(2))
    folders = [path.parent.relative_to(tmp_path) for path in tmp_path.rglob("run.json")]
    assert sorted(folder.as_posix() for folder in folders) == [
        "dropout/0.5@smoke/seed-0", "dropout/0.5@smoke/seed-1",
        "dropout/0@smoke/seed-0", "dropout/0@smoke/seed-1",
    ]  # fmt: skip


def test_a_finished_run_is_skipped_and_said_so(tmp_path, capsys, monkeypatch):
    first = smoke("dropout", tmp_path, variants=["0.5"])
    monkeypatch.setattr(
        "utils.experiments.training.train", lambda *a, **k: pytest.fail("trained twice")
    )
    assert smoke("dropout", tmp_path, variants=["0.5"]) == first
    assert "dropout/0.5@smoke/seed-0: finished before, skipped" in capsys.readouterr().out


def test_a_recipe_trained_in_another_study_is_copied_with_its_curves(tmp_path, capsys, monkeypatch):
    [source] = smoke("dropout", tmp_path, variants=["0.5"])
    monkeypatch.setattr(
        "utils.experiments.training.train", lambda *a, **k: pytest.fail("trained twice")
    )
    [copy] = smoke("batch_size", tmp_path, variants=["96"])
    assert (
        copy["copied_from"] == "dropout/0.5@smoke/seed-0" and copy["history"] == source["history"]
    )
    assert "same recipe as dropout/0.5@smoke/seed-0, copied" in capsys.readouterr().out
    folder = tmp_path / "batch_size/96@smoke/seed-0"
    assert read_record(folder) == copy
    accumulator = EventAccumulator(str(folder))
    accumulator.Reload()
    for tag in ("Accuracy/Validation", "weights/conv1", "confusion", "classes/a"):
        assert [event.step for event in accumulator.Tensors(tag)] == [1, 2], tag
    assert accumulator.Graph().node
    assert (folder / "checkpoint/weights.index").exists()


def test_a_finished_run_on_other_data_is_refused_not_overwritten(tmp_path):
    smoke("dropout", tmp_path, variants=["0.5"])
    other = tiny_dataset(seed=1, sha256="1" * 64)
    with pytest.raises(CourseError, match="another recipe"):
        run_study("dropout", variants=["0.5"], profile="smoke", dataset=other, runs=tmp_path)


@pytest.fixture
def others(tmp_path):
    """Return the kernels that this process doesn't compute by; a run by them lies in tmp_path."""
    [record] = smoke("dropout", tmp_path, variants=["0.5"])
    if record["kernels"] == "GPU":
        pytest.skip("on a GPU the CPU's kernels are of no account")
    other = {"Eigen": "oneDNN", "oneDNN": "Eigen"}[record["kernels"]]
    write_record(tmp_path / "dropout/0.5@smoke/seed-0", record | {"kernels": other})
    return other


def test_a_study_goes_on_by_the_kernels_it_was_begun_by(tmp_path, others):
    code = (
        "import sys; from pathlib import Path; from tiny import tiny_dataset\n"
        "from utils.experiments.study_runner import run_study\n"
        "[run] = run_study('dropout', variants=['0'], profile='smoke', dataset=tiny_dataset(),"
        " runs=Path(sys.argv[1]))\nprint(run['kernels'])"
    )
    paths = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True,
        cwd=settings.ROOT, env=os.environ | {"PYTHONPATH": paths},
    )  # fmt: skip
    assert done.stdout.splitlines()[-1:] == [others], done.stderr


def test_once_tensorflow_is_imported_a_study_begun_by_other_kernels_is_refused(tmp_path, others):
    with pytest.raises(CourseError, match=f"computed by {others}'s kernels") as raised:
        smoke("dropout", tmp_path, variants=["0"])
    assert f"TF_ENABLE_ONEDNN_OPTS set to {VALUES[others]}" in str(raised.value)
    assert not (tmp_path / "dropout/0@smoke").exists()


def test_unknown_names_are_refused_before_anything_is_trained(tmp_path):
    for study, variants in [("depth", None), ("dropout", ["0.5", "0.9"])]:
        with pytest.raises(CourseError, match="Choose one of"):
            smoke(study, tmp_path, variants=variants)
    assert list(tmp_path.iterdir()) == []


def test_stopping_ends_the_study_after_that_run(tmp_path):
    records = smoke("dropout", tmp_path, should_stop=lambda: True)
    assert [record["status"] for record in records] == ["stopped"]


def test_a_damaged_record_is_named(tmp_path):
    folder = tmp_path / "dropout/0.5@smoke/seed-0"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text("{")
    with pytest.raises(CourseError, match="run.json can't be read"):
        smoke("dropout", tmp_path, variants=["0.5"])


BAD = ["", "{", "[]", '{"format": 1}', '{"format": 9}']


@pytest.mark.parametrize("content", BAD[:3])
def test_a_bad_record_of_another_run_stops_no_training_and_is_noted_once(tmp_path, capsys, content):
    for other in ("layers/baseline/seed-0", "dropout/0.25@smoke/seed-0"):
        (tmp_path / other).mkdir(parents=True)
        (tmp_path / other / "run.json").write_text(content)
    for study, variant in (("dropout", "0"), ("dropout", "0.5"), ("batch_size", "96")):
        [record] = smoke(study, tmp_path, variants=[variant])
        assert record["status"] == "finished"
    lines = [line for line in capsys.readouterr().out.splitlines() if "Passed over" in line]
    assert len(lines) == 2
    assert all("run.json can't be read" in line and "Move the folder" in line for line in lines)


def test_a_runs_own_bad_record_is_refused_before_any_is_trained_and_the_remedy_works(tmp_path):
    folder = tmp_path / "dropout/0.5@smoke/seed-0"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text("{")
    with pytest.raises(CourseError, match="Move the folder"):
        smoke("dropout", tmp_path, variants=["0", "0.5"])
    assert not (tmp_path / "dropout/0@smoke").exists()
    folder.rename(tmp_path / "elsewhere")
    assert len(smoke("dropout", tmp_path, variants=["0", "0.5"])) == 2


def test_a_run_that_another_process_trains_is_left_to_it_and_told_of(tmp_path, capsys):
    with held(tmp_path / "dropout/0@smoke/seed-0"):
        [record] = smoke("dropout", tmp_path, variants=["0", "0.5"])
    assert record["variant"] == "0.5@smoke" and record["status"] == "finished"
    first, *_, last = capsys.readouterr().out.splitlines()
    assert first.startswith("dropout/0@smoke/seed-0: Another process trains ")
    assert f"It is process {os.getpid()} on " in first
    assert last == (
        "Trained by another process, and not finished yet: dropout/0@smoke/seed-0. "
        "Once it has ended, run this again."
    )


@pytest.mark.parametrize("further", [True, False])
def test_a_run_that_another_process_was_at_is_looked_at_again(tmp_path, capsys, further):
    """Meanwhile the other one finished it, or was killed before it had an epoch."""
    smoke("dropout", tmp_path / "other", variants=["0"])
    name = "dropout/0@smoke/seed-0"
    with contextlib.ExitStack() as other:
        other.enter_context(held(tmp_path / name))

        def meanwhile(record):
            if further and not (tmp_path / name).exists():
                (tmp_path / "other" / name).rename(tmp_path / name)
            other.close()

        records = smoke("dropout", tmp_path, variants=["0", "0.5"], on_epoch=meanwhile)
    assert [record["variant"] for record in records] == ["0@smoke", "0.5@smoke"]
    assert [record["status"] for record in records] == ["finished"] * 2
    text = capsys.readouterr().out
    assert (f"{name}: finished before, skipped" in text) == further
    assert "not finished yet" not in text


def test_a_run_that_was_finished_between_the_look_and_the_lock_is_skipped(
    tmp_path, capsys, monkeypatch
):
    def meanwhile(root, study):
        monkeypatch.undo()
        smoke("dropout", tmp_path, variants=["0"])

    monkeypatch.setattr(study_runner, "_keep_kernels", meanwhile)
    [record] = smoke("dropout", tmp_path, variants=["0"])
    assert record["status"] == "finished"
    assert "dropout/0@smoke/seed-0: finished before, skipped" in capsys.readouterr().out


def test_a_run_that_was_made_between_the_look_and_the_lock_is_not_copied_over(
    tmp_path, monkeypatch
):
    smoke("dropout", tmp_path, variants=["0.5"])
    find_same = study_runner.find_same

    def meanwhile(*arguments):
        monkeypatch.undo()
        smoke("batch_size", tmp_path, variants=["96"])
        return find_same(*arguments)

    monkeypatch.setattr(study_runner, "find_same", meanwhile)
    before = len(list(tmp_path.rglob("run.json")))
    smoke("batch_size", tmp_path, variants=["96"])
    assert len(list(tmp_path.rglob("run.json"))) == before + 1


def test_a_finished_run_that_kept_a_full_checkpoint_loses_it_when_it_is_skipped(tmp_path):
    smoke("dropout", tmp_path, variants=["0"])
    kept = tmp_path / "dropout/0@smoke/seed-0/checkpoint"
    for name in ("epoch-002.index", "epoch-002.data-00000-of-00001", "mine.txt"):
        (kept / name).write_text("")
    smoke("dropout", tmp_path, variants=["0"])
    assert sorted(file.name for file in kept.iterdir() if file.suffix != ".txt") == [
        "weights.data-00000-of-00001", "weights.index",
    ]  # fmt: skip
    assert (kept / "mine.txt").exists()


def test_a_run_that_lost_its_weights_is_trained_anew_not_copied(tmp_path):
    smoke("dropout", tmp_path, variants=["0.5"])
    (tmp_path / "dropout/0.5@smoke/seed-0/checkpoint/weights.index").unlink()
    [record] = smoke("batch_size", tmp_path, variants=["96"])
    assert record["copied_from"] is None


def test_nothing_is_found_where_nothing_is(tmp_path):
    from utils.experiments.studies import config_for

    assert study_runner.find_same(tmp_path, config_for("dropout", "0"), tiny_dataset()) is None
