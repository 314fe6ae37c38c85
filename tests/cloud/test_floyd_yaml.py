"""What of YAML a floyd.yml may use; all else is one sentence with its line, never a traceback."""

import pytest

from utils.cloud.floyd.job import read_floyd, resolve
from utils.cloud.floyd.yaml_lines import read_yaml
from utils.errors import CourseError


@pytest.fixture
def mistakes(tmp_path):
    """Return what makes the lines of the error that a file of these bytes ends in."""

    def make(raw: bytes) -> list[str]:
        path = tmp_path / "floyd.yml"
        path.write_bytes(raw)
        with pytest.raises(CourseError) as caught:
            resolve(read_floyd(path))
        return str(caught.value).split("\n")

    return make


def bomb() -> bytes:
    """Return a billion laughs: nine lines, each nine times the one before it."""
    lines = [b"a0: &a0 [lol,lol,lol,lol,lol,lol,lol,lol,lol]"]
    for number in range(1, 9):
        nine = b",".join([b"*a%d" % (number - 1)] * 9)
        lines.append(b"a%d: &a%d [%s]" % (number, number, nine))
    return b"\n".join(lines)


@pytest.mark.parametrize(
    ("raw", "line", "said"),
    [
        (b"machine:\n\tgpu\n", 2, "this isn't YAML: a tab stands where only spaces may."),
        (b"task:\n  a:\n\t  machine: gpu\n", 3, "this isn't YAML: a tab stands where"),
        (b"command: python a: b\n", 1, "this isn't YAML: a colon too many, or a line indented"),
        (b"machine: cpu\n command: ls\n", 2, "this isn't YAML: a colon too many, or a line"),
        (b"machine: cpu\ncommand\nmode: job\n", 3, "the line before this one has no colon"),
        (b"command: 'ls\n", 2, "a quote is opened and never closed"),
        (b"input: [a:b\n", 2, "a bracket is opened and never closed, or a comma is missing"),
        (b"  machine: cpu\ncommand: ls\n", 2, "this line's indent fits no line above"),
        (b"command: @ls\n", 1, "this isn't YAML: found character '@' that cannot start any token"),
        (b"machine: cpu\ncommand: \xff\n", 2, "this isn't UTF-8 text; save the file as UTF-8."),
        ("machine: cpu\n".encode("utf-16"), 1, "this isn't UTF-8 text"),
        (b"machine: cpu\ncommand: a\x00b\n", 2, "the character '\\x00' can't be in a YAML file."),
        (b'machine: cpu\ncommand: "a\\0b"\n', 2, "the character '\\x00' can't be in a value."),
        (b'command: "\\ud800"\n', 1, "the character '\\ud800' can't be in a value."),
        (b'command: "\\UFFFFFFFF"\n', 1, "this isn't YAML: a number in it is too large."),
        (b"%YAML 1." + b"9" * 5000 + b"\n---\na: 1\n", 1, "a number in it is too large."),
        (b"machine: cpu\n---\nmachine: gpu\n", 2, "a second document begins here"),
        (b"command: !!python/object/apply:os.system [ls]\n", 1, "python/object/apply:os.system'"),
        (b"command: !!str 5\n", 1, "the tag 'tag:yaml.org,2002:str' isn't read"),
        (b"command: !mine ls\n", 1, "the tag '!mine' isn't read; write a plain value."),
        (b"command: &a ls\n", 1, "the anchor '&a' isn't read; what tasks share stands above"),
        (b"command: ls\ndescription: *a\n", 2, "the alias '*a' isn't read"),
        (b"<<: {machine: cpu}\n", 1, "the merge key << isn't read"),
        (b"5: a\n", 1, "the key 5 is a number; put it in quotes."),
        (b"on: a\n", 1, "the key 'on' is yes or no to YAML; put it in quotes."),
        (b"2018-07-09: a\n", 1, "the key '2018-07-09' is a date to YAML"),
        (b"? [a, b]\n: c\n", 1, "the key a list is no text."),
        (b"? {a: b}\n: c\n", 1, "the key a mapping is no text."),
        (b"command: ls\nmode: job\ncommand: pwd\n", 3, "command: said twice, first on line 1; "),
        (b"task:\n  a:\n    env: x\n  a: {}\n", 4, "task.a: said twice, first on line 2; delete"),
        (b"input:\n- source: mnist\n  source: b\n", 3, "input, item 1, source: said twice, first"),
        (b"[" * 60_000, 1, "this is nested too deep."),
        (b"{a: " * 15_000, 1, "this is nested too deep."),
        (b"? " * 30_000, 1, "this is nested too deep."),
        (b"- " * 30_000, 1, "this is nested too deep."),
        (b"# " + b"x" * 70_000, 1, "the file has 70,002 bytes; at most 65,536 are read."),
    ],
)
def test_what_is_not_read_is_one_sentence_with_its_line(mistakes, raw, line, said):
    assert any(one.startswith(f"floyd.yml:{line}: ") and said in one for one in mistakes(raw))


def test_a_billion_laughs_end_in_a_sentence_a_line(mistakes):
    lines = mistakes(bomb())
    assert any("floyd.yml:9: the anchor '&a8' isn't read" in line for line in lines)
    assert len(lines) < 100


def test_no_tag_makes_an_object(tmp_path):
    mark = tmp_path / "made"
    call = f"!!python/object/apply:os.mkdir ['{mark.as_posix()}']"
    assert read_yaml(f"command: {call}\n".encode()).problems
    assert not mark.exists()


def test_a_line_is_that_of_the_key_and_of_the_lists_item():
    document = read_yaml(b"a:\n  b:\n\n    - c\n    - d: e\n      f:\n        g\n")
    assert document.data == {"a": {"b": ["c", {"d": "e", "f": "g"}]}}
    places = [("a",), ("a", "b"), ("a", "b", 0), ("a", "b", 1), ("a", "b", 1, "f")]
    assert [document.lines[place] for place in places] == [1, 2, 4, 5, 6]


def test_quotes_make_text_of_what_yaml_would_take_for_something_else():
    raw = b"a: 'yes'\nb: \"5\"\nc: '2018-01-01'\n'on': x\n'<<': y\n"
    document = read_yaml(raw)
    assert document.data == {"a": "yes", "b": "5", "c": "2018-01-01", "on": "x", "<<": "y"}
    assert document.problems == []


@pytest.mark.parametrize(
    "piece", ["a: b\n", "a", "'a' ", "{", "a: [", "? ", "!a ", "&a ", "|\n ", "\t"]
)
def test_a_file_filled_with_one_piece_is_read_or_refused(piece):
    document = read_yaml((piece * (60_000 // len(piece))).encode())
    assert bool(document.problems) == (piece not in ("a", "|\n ", "\t"))
