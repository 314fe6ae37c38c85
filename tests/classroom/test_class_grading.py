"""`course class grade` on notebooks as they are handed in, hostile ones among them: the real cages.

One class is graded once for all tests here.
"""

import csv
import io
import json
import os
import subprocess
import sys
import time
import zipfile

import psutil
import pytest
from course import course
from hostile import ATTACKS, LESSON, cells_of, hand_in, relu, solved
from starting import read_each, words_of

from utils import settings
from utils.classroom import cage, judge
from utils.classroom.class_table import UNCONTAINED, grade_lines, write_grades
from utils.classroom.grading import grade
from utils.errors import CourseError

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not cage.is_possible(), reason="needs Linux's namespaces"
)
STUBS = "…"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return what a class handed in: in several layouts, with junk and attacks among it."""
    top = tmp_path_factory.mktemp("handed in")
    good = hand_in(top / "Ana Sørensen_101_assignsubmission_file_" / f"{LESSON}.ipynb", solved())
    for name, (source, _) in ATTACKS.items():
        source = source.replace("{other}", str(good)).replace("{outside}", str(top / "written"))
        hand_in(top / name / f"{LESSON}.ipynb", solved(ex3_code=source))
    hand_in(top / "李小龍_103_assignsubmission_file_" / "work.ipynb", cells_of(LESSON))
    (top / "Ana Sørensen_101_assignsubmission_file_" / "essay.pdf").write_bytes(b"%PDF")
    hand_in(top / "no notebook" / "a.ipynb", b"\x00\xff not JSON")
    hand_in(top / "deep" / "a.ipynb", "[" * 200_000)
    r = solved()
    r["metadata"]["kernelspec"] = {"language": "R", "name": "ir"}
    hand_in(top / "another language" / "a.ipynb", r)
    (top / "a link").mkdir()
    (top / "a link" / f"{LESSON}.ipynb").symlink_to(good)
    os.mkfifo(top / "a link" / "pipe.ipynb")
    _zips(top)
    _forged(top)
    _other_places(top)
    return top


def _zips(top):
    (top / "zipped").mkdir()
    with zipfile.ZipFile(top / "zipped" / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"../../../{LESSON}.ipynb", json.dumps(solved()))
        archive.writestr("inner.zip", b"PK")
        link = zipfile.ZipInfo("link.ipynb")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    (top / "a bomb").mkdir()
    with zipfile.ZipFile(top / "a bomb" / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.ipynb", b"0" * 30_000_000)
    hand_in(top / "no zip" / "all.zip", b"PK\x03\x04 and no more")


def _forged(top):
    """A learner whose progress file and outputs say more than the notebook shows; and twice."""
    stub = cells_of(LESSON)
    for cell in stub["cells"]:
        if "exercise" in cell["metadata"].get("tags", []):
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "✓ Right"}]
    hand_in(top / "forged" / f"{LESSON}.ipynb", stub)
    events = [{"version": 2, "time": "2026-11-20T10:00:00+00:00", "kind": "exercise",
               "name": f"05.{n}", "passed": True} for n in (1, 2)]  # fmt: skip
    hand_in(top / "forged" / "progress.jsonl", "".join(json.dumps(one) + "\n" for one in events))
    old = hand_in(top / "twice" / f"{LESSON}.ipynb", stub)
    os.utime(old, (10**9, 10**9))
    hand_in(top / "twice" / f"{LESSON} (1).ipynb", solved())


def _other_places(top):
    """Learners who wrote their answers elsewhere, with other names, and helpers of their own."""
    elsewhere = solved(ex3_code=cell_source(LESSON, "ex3-code"))
    helper = {
        "cell_type": "code",
        "id": "mine",
        "metadata": {},
        "outputs": [],
        "execution_count": None,
        "source": "def is_on(z):\n    return float(z > 0)\n",
    }
    again = helper | {
        "id": "mine-2",
        "source": "import time\n"
        "def mine(z):\n    return z * is_on(z), is_on(z)\n\ncheck('05.3', mine)",
    }
    broken = helper | {"id": "broken", "source": "this isn't Python ("}
    slow = helper | {"id": "slow", "source": "while True:\n    pass\n"}
    elsewhere["cells"][3:3] = [broken, slow]
    elsewhere["cells"] += [helper, again]
    hand_in(top / "elsewhere" / f"{LESSON}.ipynb", elsewhere)
    no_check = solved(ex3_code=relu("pass").replace("check('05.3', relu_link)", "# check"))
    hand_in(top / "no check" / f"{LESSON}.ipynb", no_check)
    hand_in(top / "training" / "02_or_gate.ipynb", solved("02_or_gate"))
    hand_in(top / "numbers" / "12_dropout.ipynb", solved("12_dropout", ex3_code=(
        'thin_networks = 2**10\ncheck("12.3", thin_networks)')))  # fmt: skip
    hand_in(top / f"flat - {LESSON} (2).ipynb", solved())


def cell_source(name, cell_id):
    cells = cells_of(name)["cells"]
    return next(one["source"] for one in cells if one["id"] == cell_id)


@pytest.fixture(scope="module")
def grades(folder):
    # Learner “numbers” has numbers of her own, by which 2**10 is wrong; all else is the text's.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judge, "CPU_SECONDS", 8)  # a loop without an end costs the tests so much
        patch.setattr(judge, "EXERCISE_SECONDS", 30.0)
        found = grade(folder, names={"numbers": "ada"})
    yield found
    left = [one for one in psutil.process_iter(["cmdline"])
            if "utils.classroom.keeper" in (one.info["cmdline"] or [])
            and os.getpid() in [parent.pid for parent in one.parents()]]  # fmt: skip
    assert left == []


def of(grades, learner):
    (found,) = [one for one in grades.graded if one.handed.learner == learner]
    return found


def states(grades, learner):
    return {mark.exercise: mark.state for mark in of(grades, learner).marks}


ALL_RIGHT = {f"05.{number}": "right" for number in (1, 2, 3, 4)}


@pytest.mark.parametrize("learner", ["Ana Sørensen", "zipped", "twice", "elsewhere", "no check",
                                     "flat"])  # fmt: skip
def test_right_answers_are_right_wherever_they_stand(grades, learner):
    assert states(grades, learner) == ALL_RIGHT


def test_stubs_are_open_and_stored_outputs_count_for_nothing(grades):
    for learner in ("李小龍", "forged"):
        assert set(states(grades, learner).values()) == {"open"}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_contained_and_named_and_spoils_nothing_else(grades, attack):
    found = of(grades, attack)
    rest = {mark.exercise: mark.state for mark in found.marks if mark.exercise != "05.3"}
    assert rest == {name: "right" for name in rest} and len(rest) == 3
    (mark,) = [one for one in found.marks if one.exercise == "05.3"]
    said = " ".join([mark.message, *mark.notes])
    assert ATTACKS[attack][1] in said
    harmless = ("the checks patched", "a shell", "the grader killed", "all killed")
    assert mark.state != "right" or attack in harmless


def test_no_attack_has_written_or_removed_anything(grades, folder):
    assert not (folder / "written").exists()
    good = folder / "Ana Sørensen_101_assignsubmission_file_" / f"{LESSON}.ipynb"
    assert json.loads(good.read_text(encoding="utf-8")) == solved()


def test_what_cannot_be_graded_is_named_with_its_reason(grades):
    said = {one.learner: one.why for one in grades.refused}
    several = {(one.learner, one.why) for one in grades.refused}
    assert said["no notebook"] == "is no notebook"
    assert said["deep"] == "is nested too deeply to be a notebook"
    assert said["another language"] == "is written in R, not in Python"
    assert {("a link", "is a link, which isn't followed"), ("a link", "is no ordinary file"),
            ("zipped", "is a zip inside a zip"), ("zipped", "is a link, which isn't followed"),
            ("a bomb", "is too large (30 MB)")} <= several  # fmt: skip
    assert said["no zip"].startswith("is a damaged zip")
    assert any(place.endswith("essay.pdf") for place in grades.others)


def test_of_two_notebooks_the_newest_counts_and_it_is_said(grades):
    (remark,) = of(grades, "twice").remarks
    assert remark == f"handed in 2 times; the newest counts, twice/{LESSON} (1).ipynb"


def test_a_progress_file_that_claims_more_than_the_notebook_shows_is_named(grades):
    (remark,) = of(grades, "forged").remarks
    assert remark == "the progress file calls 05.1, 05.2 solved, which the notebook doesn't show"


def test_a_network_is_trained_where_the_answer_is_one(grades):
    assert states(grades, "training") == {f"02.{n}": "right" for n in (1, 2, 3)}


def test_a_learner_has_numbers_of_their_own_where_the_teacher_says_so(grades):
    assert states(grades, "numbers") == {"12.1": "right", "12.2": "right", "12.3": "wrong",
                                         "12.4": "right"}  # fmt: skip


def test_the_table_has_a_row_an_exercise_and_no_formula(grades, tmp_path):
    write_grades(tmp_path / "grades.csv", grades)
    text = (tmp_path / "grades.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    marked = [one for one in rows if one["exercise"]]
    assert len(marked) == sum(len(one.marks) for one in grades.graded)
    assert {one["result"] for one in marked} == {"right", "wrong", "open", "stopped"}
    assert len(rows) - len(marked) == len(grades.refused)
    ana = [one for one in rows if one["learner"] == "Ana Sørensen"]
    assert [one["result"] for one in ana] == ["right"] * 4 and ana[0]["number"] == "101"


def test_the_page_names_everybody_and_takes_no_html_from_a_learner(grades, tmp_path):
    write_grades(tmp_path / "grades.html", grades)
    page = (tmp_path / "grades.html").read_text(encoding="utf-8")
    assert all(name in page for name in ("Ana Sørensen", "李小龍", "a fork bomb"))
    assert "<script" not in page and "forked processes" in page


def test_no_ending_but_those_two_is_written(grades, tmp_path):
    with pytest.raises(CourseError, match="ends in neither .html nor .csv"):
        write_grades(tmp_path / "grades.txt", grades)


def test_the_lines_for_a_terminal_end_in_a_count(grades):
    lines = grade_lines(grades).splitlines()
    assert lines[-1].startswith(f"{len({g.handed.who for g in grades.graded})} learners, ")
    assert UNCONTAINED not in lines


# The cage


def test_the_cage_hides_solutions_checks_and_the_home_folder_and_shows_no_key(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("SECRET_KEY", "hunter2")
    secret = hand_in(tmp_path / "home" / "secret.txt", "mine")
    places = [settings.NOTEBOOKS / "solutions", settings.ROOT / "utils/exercises/checks/nb05.py",
              settings.ROOT / "data/exercises/11.toml", settings.ROOT / ".git", secret]  # fmt: skip
    look = (f"import os\nfound = [p for p in {[str(p) for p in places]!r} if os.path.exists(p)]\n"
            "found += [k for k in os.environ if 'SECRET' in k]\n"
            "found += [p for p in os.listdir('/proc') if p.isdigit() and int(p) > 9]\n"
            "found += os.listdir('/sys') if os.path.isdir('/sys') else []\n"
            "try:\n    import utils.exercises.checks.nb05\n    found += ['nb05']\n"
            "except ImportError:\n    pass\n"
            "for p in ('/usr/x', '/x', '/tmp/x', '/dev/x'):\n"
            "    try:\n        open(p, 'w')\n        found += [p] * (p != '/tmp/x')\n"
            "    except OSError:\n        pass\n"
            "assert not found, found\n")  # fmt: skip
    hand_in(tmp_path / "class" / "Eve" / f"{LESSON}.ipynb", solved(ex3_code=relu("pass", look)))
    (eve,) = grade(tmp_path / "class").graded
    assert {mark.exercise: mark.state for mark in eve.marks} == ALL_RIGHT, eve.marks


ORDINARY = """
import ctypes, json, os, socket
from pathlib import Path
from utils.classroom import cage, keeper
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # as any program is that such a user starts
assert cage.is_possible()
root = keeper.settings.ROOT
cage.enter([Path(p) for p in ("/usr", "/lib", "/lib64", root / "utils")], keeper.hidden())
if os.fork():
    os._exit(1 if os.wait()[1] else 0)
cage.shut()
cage.forget_powers(cage.STRANGER)
refused = []
for what in (lambda: socket.socket().connect(("127.0.0.1", 22)), lambda: os.kill(1, 9),
             lambda: open("/usr/x", "w"), lambda: open(root / "utils" / "x", "w"),
             lambda: cage._call("umount2", os.fsencode(root / "utils"), 2),
             lambda: cage._mount("t", "/tmp", "tmpfs", 0)):
    try:
        what()
    except OSError as error:
        refused.append(type(error).__name__)
seen = sorted(p for p in os.listdir("/proc") if p.isdigit())
checks = os.listdir(root / "utils" / "exercises" / "checks")
print(json.dumps([refused, seen, checks, os.listdir(root), sorted(os.listdir("/"))]), flush=True)
os._exit(0)
"""


def test_an_ordinary_user_makes_the_same_cage():
    done = subprocess.run(
        [sys.executable, "-c", ORDINARY], cwd=settings.ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    refused, processes, checks, course_, top = json.loads(done.stdout)
    assert len(refused) == 5, refused  # a signal to the first process is no error: it isn't heard
    assert (processes, checks, course_) == (["1"], [], ["utils"])
    assert not {"root", "home", "etc", "old"} & set(top)


def test_without_a_cage_nothing_is_run_unless_it_is_trusted(tmp_path, monkeypatch):
    monkeypatch.setattr(cage, "is_possible", lambda: False)
    hand_in(tmp_path / "class" / "Ada" / f"{LESSON}.ipynb",
            solved(ex3_code=relu("open('here', 'w').write('x')")))  # fmt: skip
    with pytest.raises(CourseError, match="lets nobody make a cage"):
        grade(tmp_path / "class")
    trusted = grade(tmp_path / "class", trust=True)
    assert {m.exercise: m.state for m in trusted.graded[0].marks} == ALL_RIGHT
    assert grade_lines(trusted).startswith(UNCONTAINED)


def test_a_grader_that_is_killed_leaves_no_process_behind(tmp_path):
    sleeper = relu("import os, time\nos.fork() or os.setsid()\ntime.sleep(600)")
    hand_in(tmp_path / "class" / "Ada" / f"{LESSON}.ipynb", solved(ex3_code=sleeper))
    code = f"from pathlib import Path; from utils.classroom.grading import grade; " \
           f"grade(Path({str(tmp_path / 'class')!r}))"  # fmt: skip
    grader = psutil.Popen([sys.executable, "-c", code], cwd=settings.ROOT)
    try:
        wait_for(lambda: sum("keeper" in str(words) for _, words in words_of(alive(grader))) >= 5)
        left = alive(grader)
    finally:
        grader.kill()
    grader.wait()
    assert psutil.wait_procs(left, timeout=60)[1] == []


def alive(process):
    """Return a process's descendants; those that end while they are counted are left out."""
    each = read_each(process.children(recursive=True), lambda one: (one.status(), one.cmdline()))
    return [one for one, (status, words) in each if status != psutil.STATUS_ZOMBIE and words]


def wait_for(happened, seconds=120):
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.2)


# The command


def test_the_command_says_in_a_sentence_what_it_cannot_take(tmp_path):
    (tmp_path / "names.csv").write_text("Ada,ada,3\n", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    for words, said in (
        (["nowhere"], "There is no folder"),
        (["empty", "-o", "grades.pdf"], "ends in neither .html nor .csv"),
        (["empty", "--names", "none.csv"], "can't be read (No such file or directory)"),
        (["empty", "--names", "names.csv"], "names.csv, line 1 has 3 columns"),
    ):
        places = [word if word.startswith("-") else tmp_path / word for word in words]
        done = course("class", "grade", *places)
        assert done.returncode == 1 and said in done.stderr, done.stderr


def test_the_command_writes_what_is_asked_for_and_says_so(tmp_path):
    (tmp_path / "names.csv").write_text("\ufeffAda Lovelace,ada\n\n", encoding="utf-8")
    answer = 'thin_networks = 2**10\ncheck("12.3", thin_networks)'
    notebook = solved("12_dropout", ex3_code=answer)
    hand_in(tmp_path / "in" / "Ada  LOVELACE" / "12.ipynb", notebook)
    names, page, table = (tmp_path / name for name in ("names.csv", "a.html", "a.csv"))
    done = course("class", "grade", tmp_path / "in", "--names", names, "-o", page, "-o", table)
    assert (done.returncode, done.stderr) == (0, "")
    first, *written = done.stdout.splitlines()
    assert first.startswith("1 learners, 1 graded, 0 not, ")
    assert written == [str(page), str(table)] and "12.3" in page.read_text(encoding="utf-8")
    text = table.read_text(encoding="utf-8-sig")
    assert "12.3,wrong,The number of thin networks is not the number wanted." in text
