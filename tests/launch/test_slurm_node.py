"""The Slurm that the tests submit to: real, and nobody else's."""

import psutil
from starting import until


def test_slurm_runs_a_job_with_what_it_asked_for_in_the_environment_of_who_submits(slurm, tmp_path):
    number = slurm.submit(
        "--gres=gpu:1", "--cpus-per-task=2", "--mem=8G", f"--output={tmp_path}/said",
        "--wrap", 'echo "$HOME" "$SLURM_CPUS_PER_TASK" "$SLURM_GPUS_ON_NODE"',
        env={"HOME": str(tmp_path)},
    )  # fmt: skip
    until(lambda: slurm.state(number) == "COMPLETED")
    assert (tmp_path / "said").read_text().split() == [str(tmp_path), "2", "1"]


def test_slurm_has_steps_and_listens_on_this_computer_alone(slurm, tmp_path):
    (tmp_path / "job").write_text(
        "#!/bin/bash\nsrun bash -c 'touch begun; until [ -e go-on ]; do sleep 0.1; done'\n"
    )
    number = slurm.submit("job", cwd=tmp_path)
    until((tmp_path / "begun").exists)
    ours = {one.pid for one in psutil.Process().children(recursive=True)}
    ours |= {one.pid for one in psutil.process_iter() if one.name() in ("slurmstepd", "srun")}
    found = [one for one in psutil.net_connections() if one.status == "LISTEN" and one.pid in ours]
    assert len(found) >= 2 and {one.laddr.ip for one in found} == {"127.0.0.1"}
    (tmp_path / "go-on").touch()
    until(lambda: slurm.state(number) == "COMPLETED")
    assert not slurm.going()


def test_slurm_reads_and_writes_in_a_folder_of_its_own_alone(slurm):
    shown = slurm.type("scontrol", "show", "config").stdout
    settings = dict(row.split("=", 1) for row in shown.splitlines() if "=" in row)
    values = {name.strip(): value.strip() for name, value in settings.items()}
    own = ("SLURM_CONF", "StateSaveLocation", "SlurmdSpoolDir", "SlurmctldLogFile", "SlurmdPidFile")
    assert all(values[name].startswith(f"{slurm.folder}/") for name in own)
    assert values["AuthInfo"] == f"socket={slurm.folder}/munge.socket"
