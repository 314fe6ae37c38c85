"""What notebooks 11 to 15 share: one object asks for a study's recipe, runs, curves and tables."""

import ast
import html
import inspect
import re
import signal
import subprocess
import sys
import textwrap
from dataclasses import fields

import nbformat
import pytest
from made_runs import made_rows, make_run
from tiny import tiny_dataset

from utils import experiments
from utils.errors import CourseError
from utils.experiments.sentences import say_extremes
from utils.experiments.studies import STUDIES
from utils.networks.tflearn_cnn.config import Config
from utils.plots import curves
from utils.settings import NOTEBOOKS, runs_dir
from utils.widgets import StudyLesson, study_lesson
from utils.widgets.live import LiveTraining


def texts(page, tag):
    """Return what stands in a page's elements of one kind."""
    return re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)


@pytest.fixture
def shown(monkeypatch):
    """Return the figures that are shown from here on, each with its alt text."""
    figures, show = [], study_lesson.plots.show
    monkeypatch.setattr(
        study_lesson.plots, "show", lambda *shown: (figures.append(shown), show(*shown))
    )
    return figures


def made_study(final=0.6):
    """Write the runs of dropout that training `quick` leaves."""
    for number, variant in enumerate(STUDIES["dropout"].variants):
        make_run(runs_dir(), f"dropout/{variant}/seed-0", made_rows(final + number / 100))


@pytest.mark.parametrize("study", STUDIES)
def test_the_recipe_shows_the_one_field_that_differs_and_names_all_others(study):
    page = StudyLesson(study).recipe().data
    first, *names, row = texts(page, "th")
    field, variants = STUDIES[study].field, STUDIES[study].variants
    assert (first, row) == ("variant", field)
    assert texts(page, "td") == [str(value) for value in variants.values()]
    assert [name.removesuffix(" (baseline)") for name in names] == list(variants)
    assert [name for name in names if "baseline" in name] != []
    [rest] = texts(page, "small")
    assert re.findall(r"(\w+) = ", rest) == [f.name for f in fields(Config) if f.name != field]


def test_the_recipe_is_that_of_the_profile_in_force_and_of_the_data(monkeypatch):
    assert "epochs = 24," in StudyLesson("dropout", tiny_dataset(real=False)).recipe().data
    lesson = StudyLesson("dropout", tiny_dataset())
    assert "epochs = 8," in lesson.recipe().data and "train_size = 10000," in lesson.recipe().data
    monkeypatch.setenv("COURSE_PROFILE", "smoke")
    assert "epochs = 2," in lesson.recipe().data and "train_size = 300," in lesson.recipe().data


def test_until_it_runs_a_lesson_imports_no_tensorflow_and_only_its_recipe_asks_for_data():
    code = (
        "import sys\n"
        "from utils.widgets import StudyLesson\n"
        "lesson = StudyLesson('dropout')\n"
        "lesson.reference\n"
        "print('dataset' in vars(lesson), lesson.records)\n"
        "lesson.recipe()\n"
        "print('dataset' in vars(lesson), 'tensorflow' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    before, *_, after = done.stdout.splitlines()
    assert (before, after, done.stderr) == ("False []", "True False", "")


def test_a_study_that_does_not_exist_is_refused():
    with pytest.raises(CourseError, match="There is no study 'depth'"):
        StudyLesson("depth")


def test_running_trains_what_is_not_there_and_skips_the_rest(monkeypatch, capsys):
    monkeypatch.setenv("COURSE_PROFILE", "smoke")
    lesson = StudyLesson("dropout", tiny_dataset())
    lesson.run()
    first = lesson.records
    assert [record["status"] for record in first] == ["finished"] * 3
    assert [record["variant"] for record in first] == ["0@smoke", "0.25@smoke", "0.5@smoke"]
    assert list(lesson.mine["epoch"]) == [1, 2] * 3 and set(lesson.mine["seed"]) == {0}
    capsys.readouterr()
    lesson.run()
    assert lesson.records == first
    assert capsys.readouterr().out.count("finished before, skipped") == 3


def test_an_interrupt_ends_it_after_the_epoch_and_it_goes_on_when_run_again(monkeypatch):
    monkeypatch.setenv("COURSE_PROFILE", "smoke")
    lesson, on_epoch, pressed = StudyLesson("dropout", tiny_dataset()), LiveTraining.on_epoch, []

    def interrupted(live, record):
        on_epoch(live, record)
        if not pressed:
            pressed.append(True)
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(LiveTraining, "on_epoch", interrupted)
    lesson.run()
    assert [(run["status"], len(run["history"])) for run in lesson.records] == [("stopped", 1)]
    assert list(lesson.mine["epoch"]) == [1] and set(lesson.mine["status"]) == {"stopped"}
    lesson.run()
    assert [(run["status"], len(run["history"])) for run in lesson.records] == [("finished", 2)] * 3


def test_the_lines_of_notebook_10_are_what_the_later_notebooks_call():
    cells = nbformat.read(NOTEBOOKS / "11_layers.ipynb", as_version=4).cells
    [cell] = [cell.source for cell in cells if cell.id == "run"]
    for here, there in (("lesson.", "self."), ('"layers"', "self.study")):
        assert here in cell
        cell = cell.replace(here, there)
    method = ast.parse(textwrap.dedent(inspect.getsource(StudyLesson.run))).body[0]
    assert ast.unparse(ast.parse(cell).body[-1]) == ast.unparse(method.body[-1])


def test_mine_are_seed_0_of_this_profile_on_this_data():
    made_study()
    for other in ("0.5/seed-1", "0.5@full/seed-0", "0.5@sample/seed-0"):
        make_run(runs_dir(), f"dropout/{other}", made_rows(0.9))
    make_run(runs_dir(), "batch_size/96/seed-0", made_rows(0.9))
    real, sample = (StudyLesson("dropout", tiny_dataset(real=real)).mine for real in (True, False))
    assert list(real["variant"].unique()) == ["0", "0.25", "0.5"] and len(real) == 12
    assert real["val_accuracy"].max() == pytest.approx(0.62) and set(real["seed"]) == {0}
    assert set(sample["variant"]) == {"0.5@sample"}


def test_quick_runs_on_real_data_stand_in_front_of_the_reference(shown, capsys):
    made_study()
    lesson = StudyLesson("dropout", tiny_dataset())
    lesson.curves()
    [(figure, alt)] = shown
    labels = [line.get_label() for line in figure.axes[0].lines]
    assert labels.count("reference") == 3 and {"0", "0.25", "0.5"} <= set(labels)
    alone = curves(lesson.mine, reference=lesson.reference)
    for line, wanted in zip(figure.axes[0].lines, alone.axes[0].lines, strict=True):
        assert line.get_xydata().tolist() == wanted.get_xydata().tolist()
    assert "0 0.600, 0.25 0.610, 0.5 0.620." in alt and "validation solid" in alt
    assert alt.endswith("0 -2.0, one seed: can't tell; 0.25 -1.0, one seed: can't tell.")
    assert "can't be compared" not in capsys.readouterr().out


def test_it_is_said_on_how_many_pictures_the_two_lines_are_measured(capsys, monkeypatch):
    made_study()
    StudyLesson("dropout", tiny_dataset()).curves()
    told = r"Solid: (\d+) validation pictures; dashed: (\d+) training ones\."
    counts = re.search(told, capsys.readouterr().out)
    whole = tiny_dataset()
    assert counts and list(map(int, counts.groups())) == [len(whole.validation), len(whole.train)]
    monkeypatch.setattr(study_lesson, "TRAIN_MEASURED", 7)
    StudyLesson("dropout", tiny_dataset()).curves()
    assert "dashed: 7 training ones." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("profile", "real", "mark", "said"),
    [
        ("quick", False, "@sample", "Yours: quick, the sample."),
        ("full", True, "@full", "Yours: full, real CIFAR-10."),
    ],
)
def test_other_runs_stand_alone_and_it_is_said_why(
    profile, real, mark, said, shown, capsys, monkeypatch
):
    monkeypatch.setenv("COURSE_PROFILE", profile)
    make_run(runs_dir(), f"dropout/0.5{mark}/seed-0", made_rows(0.6), profile=profile)
    StudyLesson("dropout", tiny_dataset(real=real)).curves()
    assert "reference" not in [line.get_label() for line in shown[0][0].axes[0].lines]
    wanted = f"{said} Reference: quick, real CIFAR-10. The two can't be compared.\n"
    assert capsys.readouterr().out.startswith(wanted)


def test_the_tables_are_your_runs_and_then_the_reference():
    made_study()
    lesson = StudyLesson("dropout", tiny_dataset())
    page = lesson.tables().data
    yours, reference = page.split("<b>Reference</b>")
    assert yours.startswith("<b>Your runs</b>") and page.count("<table>") == 2
    assert [f"{final:.3f}" in yours for final in (0.60, 0.61, 0.62)] == [True] * 3
    assert "Highest at the end: 0.5 (62.0 %), lowest: 0 (60.0 %)." in yours
    rows = experiments.compare(lesson.reference).to_dict("records")
    assert all(f"{row['final_accuracy']:.3f} ± {row['final_ci']:.3f}" in reference for row in rows)
    assert say_extremes(rows) in reference


def test_the_tables_say_of_each_variant_what_lies_between_it_and_the_baseline():
    made_study()
    page = html.unescape(StudyLesson("dropout", tiny_dataset()).tables().data)
    yours, reference = page.split("<b>Reference</b>")
    assert "0 against 0.5: -2.0 points, one seed each: these runs can't tell.<br>" in yours
    assert "0.25 against 0.5: -1.0 points, one seed each: these runs can't tell.</p>" in yours
    lesson = StudyLesson("dropout", tiny_dataset())
    said = experiments.say_against(experiments.compare(lesson.reference).to_dict("records"))
    assert len(said) == 2 and f"{lesson.reference['seed'].nunique()} pairs): " in said[0]
    assert "<br>".join(said) in reference


def test_without_runs_curves_and_tables_say_what_to_do(shown):
    lesson = StudyLesson("dropout", tiny_dataset())
    for ask in (lesson.curves, lesson.tables):
        with pytest.raises(CourseError, match="Train a study first"):
            ask()
    assert shown == []


def test_the_guess_has_a_marker_a_variant_under_the_lessons_number():
    for number, study in zip(("11", "12", "13", "14", "15"), STUDIES, strict=True):
        lesson = StudyLesson(study, tiny_dataset())
        asked = lesson.predict().asked
        assert (asked.notebook, asked.names) == (number, tuple(STUDIES[study].variants))
        assert asked.chance == 10 and "after 8 epochs" in asked.label
        assert lesson.predict() is lesson.prediction and lesson.guesses == {}
        [path] = NOTEBOOKS.glob(f"{number}_*.ipynb")
        cells = nbformat.read(path, as_version=4).cells
        assert f'StudyLesson("{study}"' in "".join(cell.source for cell in cells)


def test_kept_guesses_are_drawn_while_the_runs_are_trained(monkeypatch):
    lesson, seen = StudyLesson("dropout", tiny_dataset()), []
    lesson.predict().move(**{"0": 62, "0.25": 60, "0.5": 66})
    lesson.prediction.press()
    monkeypatch.setattr(study_lesson, "live_training", lambda g: seen.append(g) or LiveTraining(g))
    monkeypatch.setattr(study_lesson, "run_study", lambda *_, **__: [])
    lesson.run()
    assert seen == [{"0": 62, "0.25": 60, "0.5": 66}]


@pytest.fixture
def looked(monkeypatch):
    """Return what looking back shows from here on."""
    things = []
    monkeypatch.setattr(sys.modules["utils.widgets.predict"], "display", things.append)
    return things


def looked_back() -> StudyLesson:
    """Return the dropout lesson after three guesses, kept, and the look back at them."""
    lesson = StudyLesson("dropout", tiny_dataset())
    lesson.predict().move(**{"0": 62, "0.25": 60, "0.5": 66})
    lesson.prediction.press()
    lesson.look_back()
    return lesson


def test_looking_back_compares_with_your_runs_and_the_references_spread(looked):
    made_study()
    lesson = looked_back()
    said = looked[0].picture.text
    assert said.startswith("Your 3 guesses were off by 2.3 points on average.")
    assert "0.25 came out above 0." in said and "The reference's seeds lie up to" in said
    finals = lesson.reference.loc[lesson.reference["epoch"] == 8].groupby("variant")["val_accuracy"]
    low, high = 100 * finals.min()["0"], 100 * finals.max()["0"]
    assert f">{low:.1f} to {high:.1f}</td>" in looked[1].data


def test_looking_back_names_what_diverged_and_what_has_not_ended(looked, monkeypatch):
    monkeypatch.setenv("COURSE_PROFILE", "smoke")
    rows = made_rows(0.6)
    make_run(runs_dir(), "dropout/0@smoke/seed-0", rows, profile="smoke")
    make_run(runs_dir(), "dropout/0.25@smoke/seed-0", rows[:2], "diverged", profile="smoke")
    make_run(runs_dir(), "dropout/0.5@smoke/seed-0", rows[:1], "stopped", profile="smoke")
    looked_back()
    said = looked[0].picture.text
    assert said.startswith("Your guess for 0 was 2.0 points too high. 0.25 diverged")
    assert said.endswith("Not trained to the end: 0.5."), "no word of the reference"


def test_without_runs_and_without_a_guess_looking_back_raises_nothing(looked):
    StudyLesson("dropout", tiny_dataset()).look_back()
    assert looked[0].picture.text.startswith("You kept no guess")
    assert looked[1].data.count("–</td>") >= 6


def test_a_study_of_ones_own_has_no_reference_and_its_guess_belongs_to_the_lesson_that_asks(shown):
    own = experiments.own_study("normal", "Does it help?", "batch_norm", {"off": False, "on": True})
    lesson = StudyLesson(own, tiny_dataset(), lesson="18")
    for number, variant in enumerate(own.variants):
        make_run(runs_dir(), f"normal/{variant}/seed-0", made_rows(0.6 + number / 100))
    assert lesson.predict().asked.notebook == "18"
    assert not lesson.has_reference and not lesson.comparable
    lesson.curves()
    [(figure, alt)] = shown
    assert "0.61" in alt and figure.axes[0].get_title("left") == "Does it help?"
    page = lesson.tables().data
    assert "Your runs" in page and "Reference" not in page
    assert "on against off: +1.0 points, one seed each: these runs can&#x27;t tell." in page
    assert texts(lesson.recipe().data, "td") == ["False", "True"]
