"""`course train` beside another process that trains the same, and in parts."""

import pytest
from course import course

from utils.cli.options import with_flags
from utils.cli.train import planned
from utils.errors import CourseError
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


@pytest.mark.parametrize("parts", [1, 3, 5, 48, 60])
def test_parts_are_all_runs_together_and_none_twice(parts):
    def runs(part=None):
        return [(one.name, variant, seed) for one, variants, seeds in planned("all", None, 3, part)
                for seed in seeds for variant in variants]  # fmt: skip

    found = [one for number in range(parts) for one in runs(f"{number + 1}/{parts}")]
    assert sorted(found) == sorted(runs()) and len(found) == 48


@pytest.mark.parametrize("part", ["", "0/3", "4/3", "1", "1/0", "1/3/5", "-1/3", "x/y"])
def test_a_part_that_is_none_is_refused_before_anything_is_read(part):
    with pytest.raises(CourseError) as caught:
        planned("layers", None, 3, part)
    assert with_flags(caught.value) == f"--part is {part!r}. Give K/N, such as 1/3, 2/3 or 3/3."
