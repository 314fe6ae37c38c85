"""`course train` beside another process that trains the same."""

from course import course

from utils.experiments.run_folder import held


def test_runs_of_another_process_are_counted_and_the_status_says_not_all_is_done(tmp_path):
    asked = ("train", "dropout", "--variant", "0", "--seeds", "2", "--profile", "smoke",
             "--data", "sample", "--runs", tmp_path)  # fmt: skip
    folders = [tmp_path / f"dropout/0@smoke-sample/seed-{seed}" for seed in range(2)]
    with held(folders[1]):
        with held(folders[0]):
            assert "2 runs are being trained by another process." in course(*asked).stderr
        done = course(*asked)
        assert done.returncode == 1
        assert f"dropout/0@smoke-sample/seed-1: Another process trains {folders[1]}." in done.stdout
        assert "1 runs are in" not in done.stdout and "1 run is in" in done.stdout
        assert done.stderr == (
            "course: 1 run is being trained by another process. "
            "Give the same command again once it has ended.\n"
        )
    again = course(*asked)
    assert again.returncode == 0 and "2 runs are in" in again.stdout
