"""floyd.yml: what each key does, and what an argument of the launch overrides."""

import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from utils import settings
from utils.cloud.floyd.job import (
    MACHINES,
    FloydFile,
    Input,
    Job,
    Overrides,
    find_floyd,
    read_floyd,
    resolve,
)
from utils.errors import CourseError

# What a file comes to


def test_every_key_reaches_the_job(job, tmp_path):
    (tmp_path / "photos").mkdir()
    text = (
        "env: tensorflow-2.20\nmachine: gpu2\ninput:\n"
        "  - {source: mnist, destination: digits}\n  - photos:mine\n  - s3://bucket/x:far\n"
        "description: a try\ncommand: python train.py\nmax_runtime: 60\nmode: job\n"
    )
    assert job(text) == Job(
        task="",
        env="tensorflow-2.20",
        machine="gpu2",
        inputs=(
            Input("mnist", "digits"),
            Input(str(tmp_path / "photos"), "mine"),
            Input("s3://bucket/x", "far"),
        ),
        description="a try",
        command="python train.py",
        max_runtime=60,
        mode="job",
        folder=tmp_path,
    )


def test_a_file_that_says_little_gets_the_defaults(job, tmp_path):
    assert job("command: ls\n") == Job(
        *("", "tensorflow-2.21", "cpu", (), "", "ls", 7200, "job", tmp_path)
    )


def test_the_kinds_of_inputs_are_told_apart(job, tmp_path):
    (tmp_path / "mnist").mkdir()
    made = job("command: ls\ninput: [mnist:a, ./mnist:b, gs://mnist/x:c]\n")
    assert [one.kind for one in made.inputs] == ["dataset", "local", "bucket"]


def test_data_is_another_name_of_input(job):
    assert job("data: [mnist:a]\ncommand: ls").inputs == (Input("mnist", "a"),)


def test_a_single_input_without_a_destination_is_mounted_as_input(job):
    assert job("input: [mnist]\ncommand: ls").inputs == (Input("mnist", "input"),)


@pytest.mark.parametrize(
    "said",
    ["mnist:/data", "{source: mnist, destination: /data}", "floydhub/datasets/mnist/1:/data"],
)
def test_a_mount_point_with_its_slash_is_the_plain_name(job, said):
    """FloydHub's docs and most people's files wrote `:/my_data`, and it was mounted there."""
    assert job(f"input: [{said}]\ncommand: ls /data").inputs == (Input("mnist", "data"),)


def test_a_command_of_several_lines_is_kept(job):
    assert job("command: |\n  cd notebooks\n  ls\n").command == "cd notebooks\nls"


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(tmp_path):
    path = tmp_path / "floyd.yml"
    path.write_bytes("\ufeffmachine: gpu\r\ncommand: ls\r\n".encode())
    made = resolve(read_floyd(path))
    assert (made.machine, made.command) == ("gpu", "ls")


SHARED_AND_TASK = (
    "machine: cpu2\ninput: [mnist:a]\ncommand: shared\nmax_runtime: 10\n"
    "task:\n  own:\n    machine: gpu\n    input: [cifar10:b]\n    command: own\n"
    "  empty:\n    input: []\n"
)


def test_a_task_overrides_what_is_shared_and_inherits_the_rest(job):
    shared, own, empty = (job(SHARED_AND_TASK, task) for task in (None, "own", "empty"))
    assert (own.machine, own.command, own.max_runtime) == ("gpu", "own", 10)
    assert own.inputs == (Input("cifar10", "b"),)  # the whole key, not one more item
    assert empty == replace(shared, task="empty", inputs=())
    assert (shared.task, shared.machine, shared.command) == ("", "cpu2", "shared")


def test_an_argument_overrides_both(job):
    arguments = {
        "machine": "gpu2",
        "data": ("cats_dogs:c", "mnist:d"),
        "max_runtime": 5,
        "message": "at the launch",
        "env": "tensorflow-2.20",
        "command": "last",
        "nodes": 2,
    }
    made = job(SHARED_AND_TASK, "own", **arguments)
    assert (made.machine, made.env, made.command) == ("gpu2", "tensorflow-2.20", "last")
    assert made.inputs == (Input("cats_dogs", "c"), Input("mnist", "d"))
    assert (made.max_runtime, made.description, made.nodes) == (5, "at the launch", 2)
    assert job(SHARED_AND_TASK, "own", mode="jupyter").mode == "jupyter"


def test_arguments_alone_make_a_job(tmp_path):
    path = tmp_path / "floyd.yml"
    made = resolve(FloydFile(path), None, Overrides(machine="gpu", mode="jupyter"))
    assert (made.machine, made.mode, made.folder) == ("gpu", "jupyter", tmp_path)


NOTHING = [
    "",
    "\n \n\t\n",
    "\ufeff",
    "\ufeff\ufeff\n",
    "---\n",
    "--- # jobs",
    "---\n...\n",
    "---\n---\n",
]
NOTHING += ["# machine: gpu\n# command: python train.py\n", "%YAML 1.2\n---\n", "\xa0\n", "{}\n"]
NOTHING += ["  # a\r\n\t# b\r\n", "# a\n---\n# b\n"]


@pytest.mark.parametrize("text", NOTHING)
def test_a_file_that_says_nothing_is_an_empty_one_and_arguments_make_the_job(job, mistakes, text):
    assert job(text, command="ls", machine="gpu").command == "ls"
    assert job(text, mode="jupyter").mode == "jupyter"
    assert mistakes(text) == [
        "floyd.yml says nothing yet, so what is to run must be said at the launch. "
        "Give `command`, or `mode` jupyter, or write one of the two keys into the file."
    ]


# Mistakes that aren't this job's


@pytest.mark.parametrize(
    "other",
    [
        *(
            "mode: serve",
            "machine: gpu3",
            "env: pytorch",
            "input: [foo/datasets/x/1:a]",
            "nodes: 2",
        ),
        *("input: [a:a, b:b, c:c, d:d, e:e, f:f]", "command: [ls]", "max_runtime: 2h", "mode:"),
        *(
            "{mode: jupyter, command: ls}",
            "",
            "[a]",
            "{env: keras, env: keras}",
            "5: a",
            "tasks: {}",
        ),
        *("{data: [mnist:a], input: [mnist:b]}", "{<<: {mode: serve}}", "&web {machine: cpu}"),
        *("command: !mine ls", 'command: "a\\0b"'),
    ],
)
def test_a_mistake_of_another_task_is_a_note(job, mistakes, other):
    text = f"task:\n  fit:\n    command: ls\n  web:\n    {other}\n"
    made = job(text, "fit")
    assert made.command == "ls"
    (note,) = made.notes
    assert note.startswith("Wrong, but not needed for this job: floyd.yml:")
    (line,) = mistakes(text, "web")
    assert note.endswith(line)
    (line,) = mistakes(text)  # no task is asked for: the file as a whole
    assert line.endswith("Name one of its tasks: course launch fit")


def test_the_job_above_the_tasks_has_nothing_to_do_with_their_mistakes(job):
    made = job("command: ls\ntask:\n  a b: {machine: cpu}\n  web: {mode: serve}\n")
    assert made.command == "ls" and len(made.notes) == 2


@pytest.mark.parametrize("key", ["machine: gpu3", "env: theano", "input: [x/datasets/y:a]"])
def test_a_mistake_above_the_tasks_is_one_of_each_task_that_does_not_say_it_anew(
    job, mistakes, key
):
    anew = {"machine": "cpu2", "env": "tensorflow-2.20", "input": "[mnist:m]"}[key.split(":")[0]]
    text = f"{key}\ncommand: ls\ntask:\n  a: {{command: a}}\n  b: {{{key.split(':')[0]}: {anew}}}\n"
    (line,) = mistakes(text, "a")
    assert line.startswith("floyd.yml:1: ") and mistakes(text) == [line]
    assert job(text, "b").notes == (f"Wrong, but not needed for this job: {line}",)


def test_what_the_launch_says_anew_is_no_mistake_of_its_job(job, mistakes):
    text = "machine: k80\nmode: serve\ninput: [x/datasets/y:a]\ncommand: [ls]\n"
    arguments = {"machine": "gpu", "mode": "jupyter", "data": ("mnist:a",)}
    assert len(mistakes(text)) == 4
    made = job(text, **arguments)
    assert (made.machine, made.mode, len(made.notes)) == ("gpu", "jupyter", 4)
    del arguments["machine"]
    assert [line.split(": ")[1] for line in mistakes(text, **arguments)] == ["machine", "mode",
        "input, item 1", "command"]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "name: dl\nchannels:\n  - conda-forge\ndependencies:\n  - python=3.6\n  - pip: [floyd]\n",
        "name: dl\ndependencies: [numpy]\nprefix: /home/me/dl\n",
        "channels: [defaults]\n",
    ],
)
def test_an_environment_of_condas_is_called_one(mistakes, text):
    (line,) = mistakes(text, command="ls")
    assert "is an environment of conda's (" in line and "environment.yml" in line


def test_a_file_of_jobs_with_a_key_of_condas_is_still_one(mistakes):
    assert "is not one of the keys" in mistakes("command: ls\ndependencies: [numpy]\n")[0]
    assert "is not one of the keys" in mistakes("name: mine\n")[0]


def test_the_original_line_works(job):
    data = ("emilwallner/datasets/cifar-10/1:data",)
    made = job("machine: cpu\n", machine="gpu", data=data, mode="jupyter")
    assert (made.machine, made.mode, made.inputs) == ("gpu", "jupyter", (Input("cifar10", "data"),))
    assert made.notes == (
        "`data`: 'emilwallner/datasets/cifar-10/1' was FloydHub's; the job gets the course's "
        "cifar10.",
    )


def test_notes_name_the_line_of_what_was_mapped(job):
    made = job("env: tensorflow-1.12\nmode: command\ncommand: ls\n")
    assert made.notes == (
        "floyd.yml:1: env: 'tensorflow-1.12' was FloydHub's; the job gets tensorflow-2.21.",
        "floyd.yml:2: mode: 'command' is an older name of mode job.",
    )
    assert (made.env, made.mode) == ("tensorflow-2.21", "job")


def test_a_note_of_an_overridden_key_is_not_printed(job):
    assert job("env: keras\ncommand: ls\n", env="tensorflow-2.20").notes == ()


# Mode and command


def test_a_command_and_mode_jupyter_on_one_level_are_refused(mistakes):
    (line,) = mistakes("mode: jupyter\ncommand: ls\n")
    assert line.startswith("floyd.yml:2: command: mode jupyter (its mode) runs no command")
    (line,) = mistakes("mode: jupyter\ntask:\n  a:\n    command: ls\n", "a")
    assert line.startswith("floyd.yml:4: task.a.command: mode jupyter (floyd.yml:1: mode) runs")
    (line,) = mistakes("task: {a: {mode: jupyter}}\n", "a", command="ls")
    assert line.startswith("`command`: mode jupyter (floyd.yml:1: task.a.mode) runs no command")


def test_a_command_under_a_later_mode_jupyter_is_not_run_and_a_note_says_so(job):
    made = job("command: ls\ntask: {a: {mode: jupyter}}\n", "a")
    assert (made.mode, made.command) == ("jupyter", "")
    assert made.notes == (
        "floyd.yml:1: command: isn't run, since floyd.yml:2: task.a.mode is jupyter.",
    )


def test_a_command_given_with_mode_job_runs_in_a_task_of_mode_jupyter(job):
    assert job("task: {a: {mode: jupyter}}\n", "a", command="ls", mode="job").command == "ls"


def test_mode_job_needs_a_command(mistakes):
    assert mistakes("machine: cpu\n") == [
        "floyd.yml has no command, and mode job needs one. "
        "Give `command`, or `mode` jupyter, or write one of the two keys into the file."
    ]
    assert mistakes("task: {a: {command: ls}, b: {mode: jupyter}}\n") == [
        "floyd.yml, outside its tasks, has no command of its own. "
        "Name one of its tasks: course launch a, course launch b"
    ]
    assert mistakes("task: {a: {machine: cpu}}\n", "a")[0].startswith("The task a of floyd.yml has")


def test_a_task_that_is_not_there_is_named_with_those_that_are(mistakes):
    assert mistakes("task: {train: {command: ls}, test: {command: ls}}\n", "trian") == [
        "floyd.yml has no task 'trian'; did you mean 'train'? Its tasks are train, test."
    ]
    assert mistakes("command: ls\n", "train") == [
        "floyd.yml has no tasks, so none that is called 'train'. "
        "A line for bash is given by `command`."
    ]


# Folders


def test_a_folder_is_looked_for_beside_the_file_wherever_one_stands(job, tmp_path, monkeypatch):
    (tmp_path / "photos").mkdir()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    made = job("input: [photos:a]\ncommand: ls\n")
    assert made.inputs == (Input(str(tmp_path / "photos"), "a"),)


def test_a_folder_that_an_argument_names_is_looked_for_where_that_was_typed(
    job, mistakes, tmp_path, monkeypatch
):
    (tmp_path / "here" / "photos").mkdir(parents=True)
    (tmp_path / "sounds").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    made = job("command: ls\n", data=("photos:a",))
    assert made.inputs == (Input(str(tmp_path / "here" / "photos"), "a"),)
    assert "there is none at" in mistakes("command: ls\n", data=("./sounds:a",))[0]


@pytest.mark.parametrize("source", ["~nobody-of-that-name/x", "circle", "x" * 300])
def test_a_path_that_leads_nowhere_is_one_sentence(job, mistakes, tmp_path, source):
    (tmp_path / "circle").symlink_to("circle")
    (line,) = mistakes(f"input: ['{source}:a']\ncommand: ls\n")
    assert line.startswith("floyd.yml:1: input, item 1: ")


def test_a_file_and_the_home_folder_can_be_inputs(job, tmp_path, monkeypatch):
    home = tmp_path / "home"
    (home / "photos").mkdir(parents=True)
    (tmp_path / "table.csv").write_text("1")
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(home))
    made = job("input: ['~/photos:a', table.csv:b]\ncommand: ls\n")
    assert [Path(one.source) for one in made.inputs] == [home / "photos", tmp_path / "table.csv"]


def test_a_missing_folder_is_a_mistake_of_the_chosen_task_alone(job, mistakes):
    text = "command: ls\ntask:\n  here: {}\n  there:\n    input: [./nowhere:a, ../gone:b]\n"
    assert job(text, "here").inputs == ()
    lines = mistakes(text, "there")
    assert [line.split(" is no folder")[0] for line in lines] == [
        "floyd.yml:5: task.there.input, item 1: './nowhere'",
        "floyd.yml:5: task.there.input, item 2: '../gone'",
    ]


@pytest.mark.parametrize("source", [".", "..", "./.", "/"])
def test_the_folder_of_the_code_is_no_input(mistakes, source):
    (line,) = mistakes(f"input: ['{source}:a']\ncommand: ls\n")
    assert "holds the code itself, which is sent anyhow" in line


# The file itself


@pytest.mark.parametrize("name", ["floyd.yml", "floyd.yaml"])
def test_the_file_is_found_by_both_of_its_names(tmp_path, name):
    (tmp_path / name).write_text("machine: gpu3\n")
    assert find_floyd(tmp_path) == tmp_path / name
    with pytest.raises(CourseError, match=f"^{name}:1: machine: 'gpu3' is not one of"):
        resolve(read_floyd(tmp_path / name))


def test_no_file_and_two_files_are_refused(tmp_path):
    with pytest.raises(CourseError, match="has no floyd.yml"):
        find_floyd(tmp_path)
    for name in ("floyd.yml", "floyd.yaml"):
        (tmp_path / name).write_text("machine: cpu\n")
    with pytest.raises(CourseError, match="has both floyd.yml and floyd.yaml"):
        find_floyd(tmp_path)


def test_a_file_that_cannot_be_opened_is_one_sentence(tmp_path):
    for path in (tmp_path / "floyd.yml", tmp_path):
        with pytest.raises(CourseError, match="can't be read: "):
            read_floyd(path)


def test_the_machines_are_floydhubs():
    assert MACHINES == ("cpu", "cpu2", "gpu", "gpu2")


def test_reading_a_file_does_not_wait_for_the_grammars_of_iris_and_leaves_them_importable():
    code = """
        import sys
        from utils.cloud.floyd.schema import complaints, quick_jsonschema
        assert list(complaints({"machine": "cpu9"})) and "lark" not in sys.modules
        assert "iri" not in quick_jsonschema().Draft202012Validator.FORMAT_CHECKER.checkers
        import rfc3987_syntax
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True, cwd=settings.ROOT)
