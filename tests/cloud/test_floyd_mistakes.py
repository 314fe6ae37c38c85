"""floyd.yml: which mistakes are named, and how; all at once, each with its line."""

import pytest

from utils.cloud.floyd.schema import LONGEST_MAX_RUNTIME
from utils.errors import CourseError


def test_the_wrong_machine_is_answered_as_promised(mistakes):
    text = "env: tensorflow-2.21\n\n\n\n\n\nmachine: gpu3\n"
    assert mistakes(text) == [
        "floyd.yml:7: machine: 'gpu3' is not one of cpu, cpu2, gpu, gpu2; did you mean 'gpu2'?"
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("machin: cpu", "machin: is not one of the keys env, machine, input, data, description, "),
        ("machin: cpu", "did you mean 'machine'?"),
        ("Machine: cpu", "did you mean 'machine'?"),
        ("max-runtime: 5", "did you mean 'max_runtime'?"),
        ("tasks: {}", "did you mean 'task'?"),
        ("tensorboard: true", "TensorBoard always runs; delete the line."),
        ("nodes: 2", "say how many machines by `nodes`, at the launch."),
        ("'a\\nb': 2", "'a\\\\nb': is not one of the keys"),
        ("machine: GPU", "'GPU' is not one of cpu, cpu2, gpu, gpu2; did you mean 'gpu'?"),
        ("machine: gpu+", "FloydHub's later name for it is gpu2."),
        ("machine: 2", "2 is a number, and one of cpu, cpu2, gpu, gpu2 is wanted."),
        ("machine:", "has no value; one of cpu, cpu2, gpu, gpu2 is wanted."),
        ("machine: [gpu]", "is a list, and one of cpu, cpu2, gpu, gpu2 is wanted."),
        ("mode: serve", "it opened a web service to everyone"),
        ("mode: jupiter", "did you mean 'jupyter'?"),
        ("mode: true", "'true' is yes or no to YAML, and one of job, jupyter is wanted."),
        ("env: 5", "5 is a number, and an environment's name is wanted."),
        ("env: ' '", "is empty; give it a value, or leave it out."),
        ("command: ''", "is empty; give it a value, or leave it out."),
        ("command: yes", "'yes' is yes or no to YAML, and text is wanted; put it in quotes."),
        ("command: [ls]", "is a list, and text is wanted."),
        ("description: 2018-07-09", "is a date to YAML, and text is wanted; put it in quotes."),
        ("description:", "has no value; text is wanted."),
        ("max_runtime: 0", "0 is not from 1 to 604800 seconds (a week)."),
        ("max_runtime: -5", "-5 is not from 1"),
        ("max_runtime: 604801", "604801 is not from 1"),
        ("max_runtime: true", "'true' is yes or no to YAML, and a whole number of seconds"),
        ("max_runtime: '60'", "'60' is text, and a whole number of seconds is wanted"),
        ("max_runtime: 60.0", "'60.0' is a number with a decimal point to YAML, and a whole"),
        ("max_runtime: .nan", "and a whole number of seconds is wanted, such as 7200."),
        ("max_runtime: 1:30", "'1:30' is a number that isn't written in plain digits"),
        ("max_runtime: 0x10", "is a number that isn't written in plain digits"),
        ("max_runtime: 010", "is a number that isn't written in plain digits"),
        ("max_runtime: " + "9" * 5000, "is a number that isn't written in plain digits"),
        ("input: mnist:a", "'mnist:a' is text, and a list is wanted, each item a line such as"),
        ("input: {source: mnist}", "is a mapping, and a list is wanted"),
        ("input: [a:b, mnist: data]", "input, item 2: has a space after its colon"),
        ("input: [7]", "input, item 1: 7 is a number, and `source:destination`"),
        ("input: [{destination: a}]", "input, item 1, source: is missing."),
        ("input: [{source: mnist, destinatoin: a}]", "did you mean 'destination'?"),
        ("input: [{source: [a]}]", "input, item 1, source: is a list, and text is wanted."),
        ("input: [{source: ''}]", "input, item 1, source: is empty"),
        ("input: ['a\tb:c']", "must be on one line, without tabs."),
        ("input: [mnist:a/b]", "'a/b' is not one plain name; 'b' would be mounted at /floyd/in"),
        ("input: [mnist:/data/x]", "'/data/x' is not one plain name; 'x' would be mounted at"),
        ("input: [mnist:/]", "'/' is not one plain name."),
        ("input: [mnist:/data, cifar10:data]", "/floyd/input/data is taken by an earlier input"),
        ("input: [mnist:..]", "'..' is not one plain name."),
        ("input: ['mnist:']", "'' is not one plain name."),
        ("input: [{source: mnist, destination: 'a b'}]", "'a b' is not one plain name; 'a_b'"),
        ('input: [{source: mnist, destination: "a\\n"}]', "is not one plain name"),
        ("input: [mnist:a, cifar10:A]", "item 2: /floyd/input/A is taken by an earlier input"),
        ("input: [mnist:a, cifar10]", "'cifar10' has no destination; write 'cifar10:NAME'."),
        ("input: [a:a, b:b, c:c, d:d, e:e, f:f]", "input: has 6 items; at most 5 can be mounted."),
        ("input: [mnist:a]\ndata: [mnist:b]", "floyd.yml:2: data: is another name of input; put"),
        ("task: [a]", "task: is a list, and names of tasks are wanted"),
        ("task: {a: }", "task.a: has no value; keys are wanted, such as `machine: cpu`."),
        ("task: {a: {task: {}}}", "task.a.task: a task has no tasks of its own"),
        ("task: {a b: {}}", "task.'a b': is no name of a task"),
        ("task: {a: {env: pytorch}}", "task.a.env: 'pytorch' is not one of tensorflow-2.21"),
        ("- machine: cpu", "floyd.yml:1: the file: is a list, and keys are wanted"),
        ("machine", "the file: 'machine' is text, and keys are wanted"),
    ],
)
def test_a_mistake_is_one_clear_sentence(mistakes, text, said):
    assert any(said in line for line in mistakes(text)), mistakes(text)
    assert len(mistakes(text)) == 1


def test_all_mistakes_come_at_once_each_with_its_line(mistakes):
    text = (
        "machine: gpu3\nmaschine: cpu\ncommand: ls\ncommand: pwd\nmax_runtime: 2h\n"
        "task:\n  train:\n    machine: gpu4\n    input:\n      - mnist:a\n      - s3:/x:b/c\n"
        "  other:\n    env: theano\n    mode: serve\n"
    )
    heads = [line.split(": ", 2)[:2] for line in mistakes(text)]
    assert heads == [
        ["floyd.yml:1", "machine"],
        ["floyd.yml:2", "maschine"],
        ["floyd.yml:4", "command"],
        ["floyd.yml:5", "max_runtime"],
        ["floyd.yml:8", "task.train.machine"],
        ["floyd.yml:11", "task.train.input, item 2"],
        ["floyd.yml:13", "task.other.env"],
        ["floyd.yml:14", "task.other.mode"],
    ]


def test_a_mistake_in_a_list_hides_no_other_in_it(mistakes):
    text = (
        "input:\n  - {source: foo/projects/x, destination: a/b}\n  - 5\n  - s3://\n"
        "  - {source: [], destination: a}\n  - mnist:x\n  - cifar10:X\n"
    )
    assert [line.partition(": ")[0] for line in mistakes(text)] == [
        *(f"floyd.yml:{line}" for line in (1, 2, 2, 3, 4, 5, 7))
    ]


def test_arguments_are_checked_by_the_same_rules_and_named(mistakes):
    arguments = {
        "machine": "gpu3",
        "data": ("mnist:a/b", "cifar10:c"),
        "mode": "serve",
        "max_runtime": LONGEST_MAX_RUNTIME + 1,
        "env": "torch",
        "command": " ",
        "nodes": 0,
    }
    heads = [line.split(": ")[0] for line in mistakes("command: ls\n", **arguments)]
    assert heads == [
        *("`command`", "`data`", "`env`", "`machine`", "`max_runtime`", "`mode`", "`nodes`")
    ]


def test_an_error_names_the_arguments_that_it_speaks_of(job):
    with pytest.raises(CourseError) as caught:
        job("mode: jupyter\n", command="ls", max_runtime=0, data=("mnist:a/b",))
    assert caught.value.arguments == ("data", "max_runtime", "command")
    with pytest.raises(CourseError) as caught:
        job("nodes: 2\ninfra: aws\n")
    assert caught.value.arguments == ("nodes", "infra")


@pytest.mark.parametrize("nodes", [0, -1, 65])
def test_a_number_of_machines_that_must_be_a_slip_is_refused(mistakes, nodes):
    assert mistakes("command: ls", nodes=nodes) == [
        f"`nodes`: {nodes} is not from 1 to 64 machines."
    ]
