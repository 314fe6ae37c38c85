"""`course class card`: predicted, trained, written; on runs that were trained, and on made ones."""

import html
import re
from pathlib import Path

import pytest
from cards import AFTER, BEFORE, facts_in, make_card, make_runs, note, write_words
from course import course
from made_runs import made_rows, make_run

from utils.experiments import studies
from utils.experiments.hardest import data_of, hardest
from utils.experiments.run_folder import read_record

SMOKE = ("--profile", "smoke", "--data", "sample")


@pytest.fixture(autouse=True)
def nobody_met(monkeypatch):
    monkeypatch.setattr(studies, "_own", {})


@pytest.fixture
def root(tmp_path):
    """Return a log root with six runs of dropout, predicted before and concluded."""
    make_runs(tmp_path / "runs")
    write_words(tmp_path / "runs", name="Ada", conclusion="It helps.")
    note(tmp_path / "runs", BEFORE)
    return tmp_path / "runs"


def text_of(page: Path) -> str:
    """Return the page's words as a reader sees them, without the facts for the teacher."""
    content = page.read_text(encoding="utf-8").partition("<script")[0].partition("<body")[2]
    return " ".join(html.unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", content)).split())


# From the prediction to the page


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Go the whole way on the sample: the words, the prediction, the training, the page."""
    top = tmp_path_factory.mktemp("card")
    root, page = top / "runs", top / "card.html"
    first = course("class", "card", "dropout", "--runs", root)
    assert first.returncode == 0 and str(root / "dropout/card.toml") in first.stdout
    write_words(root, name="Ada", question="Does it?", prediction="Zero wins.")
    done = course("train", "dropout", "--variant", "0", "--variant", "0.5", "--seeds", "2", *SMOKE,
                  "--runs", root)  # fmt: skip
    assert done.returncode == 0 and "card.toml is noted" in done.stdout, done.stderr
    said = make_card(root, page)
    return root, page, said


def test_what_training_noted_came_before_its_runs_and_the_card_says_so(trained):
    _, page, said = trained
    assert "Predicted before the training" in said and "It has no conclusion yet" in said
    assert "Predicted before the training" in text_of(page) and "Zero wins." in text_of(page)


def test_a_study_on_the_sample_says_so_under_a_banner(trained):
    assert "Sample data, not CIFAR-10." in text_of(trained[1])
    assert facts_in(trained[1])["dataset"]["real"] is False


def test_the_hardest_pictures_are_the_surest_mistakes_of_a_trained_network(trained):
    root, page, _ = trained
    run = root / "dropout/0@smoke-sample/seed-0"
    record, dataset = read_record(run), data_of(run)
    found = hardest(run, dataset)
    assert found.pictures == 100
    right = record["history"][-1]["val_accuracy"]
    assert found.wrong == round(100 * (1 - right)) > 0
    shares = [one.share for one in found.confusions]
    assert shares == sorted(shares, reverse=True) and 0.1 <= shares[-1] <= shares[0] <= 1
    for one in found.confusions:
        label = dataset.class_names[dataset.validation.labels[one.number]]
        assert one.label == label != one.said
        assert (one.image == dataset.validation.images[one.number]).all()
    alts = re.findall(r'alt="Validation picture (\d+), of the class (\w+)', page.read_text("utf-8"))
    assert len(alts) == min(8, found.wrong)


def test_only_so_many_mistakes_are_shown_as_were_asked_for(trained):
    run = trained[0] / "dropout/0@smoke-sample/seed-0"
    many, two = (hardest(run, data_of(run), most) for most in (8, 2))
    assert two.confusions[1].number == many.confusions[1].number and len(two.confusions) == 2


# What a card says


def test_a_card_holds_all_that_it_has_to(root, tmp_path):
    make_card(root, tmp_path / "card.html")
    text = text_of(tmp_path / "card.html")
    for said in (
        "Does forgetting on purpose help?", "Ada", "0.5 wins.", "It helps.",
        "Controlled: beside their seeds, these runs differ in dropout alone.",
        "0 against 0.5: -10.3 points (95 % interval -14.1 to -6.5, 3 pairs): worse.",
        "a test's, 2 cores (bfloat16)", "tensorflow 2.21.0", "0" * 64, "isn't signed",
    ):  # fmt: skip
        assert said in text, said
    for run in facts_in(tmp_path / "card.html")["runs"]:
        assert run["sha256"] in text and f"{run['variant']}, seed {run['seed']}" in text


def test_a_card_asks_no_other_machine_and_each_image_has_words(root, tmp_path):
    make_card(root, tmp_path / "card.html")
    page = (tmp_path / "card.html").read_text("utf-8")
    assert "default-src 'none'" in page and not re.search(r"(?:src|href)=\"(?!data:)", page)
    images = re.findall(r"<img[^>]*>", page)
    assert len(images) >= 3 and all(re.search(r'alt="[^"]{10,}"', one) for one in images)


@pytest.mark.parametrize(
    ("times", "said"),
    [
        ([BEFORE], "Predicted before the training: noted at 2026-11-19 08:00:00 UTC"),
        ([BEFORE, AFTER], "began at 2026-11-20 10:00:00 UTC. It was changed after that."),
        ([AFTER], "Written after the first run had started: noted at 2026-11-21 08:00:00 UTC, but"),
        ([], "No prediction was noted."),
    ],
)
def test_a_card_says_whether_the_prediction_came_before_the_first_run(times, said, tmp_path):
    make_runs(tmp_path / "runs")
    write_words(tmp_path / "runs", conclusion="It helps.")
    for number, time in enumerate(times):
        note(tmp_path / "runs", time, f"Wording {number}.")
    assert said in make_card(tmp_path / "runs", tmp_path / "card.html")
    text = text_of(tmp_path / "card.html")
    assert said in text and all(f"Wording {n}." in text for n in range(len(times)))


def test_a_prediction_written_beside_finished_runs_is_called_late(tmp_path):
    make_runs(tmp_path / "runs")
    write_words(tmp_path / "runs", prediction="I knew it.")
    said = make_card(tmp_path / "runs", tmp_path / "card.html")
    assert "is noted" in said and "Written after the first run had started" in said


def test_a_copied_baseline_is_older_and_does_not_make_a_prediction_late(root, tmp_path):
    make_runs(root, {"0.5": (0.5,)}, started="2026-11-01T10:00:00+00:00",
              copied_from="layers/baseline/seed-0")  # fmt: skip
    make_card(root, tmp_path / "card.html")
    text = text_of(tmp_path / "card.html")
    assert "Predicted before the training" in text and "1 of 6 runs were trained for" in text


def test_runs_of_other_work_are_named_and_told_where_they_were_there_before(root, tmp_path):
    make_runs(root, mark="@smoke", profile="smoke", started="2026-11-01T10:00:00+00:00")
    said = make_card(root, tmp_path / "card.html")
    assert "On the card: 0, 0.5\nOf other work or data, and not on it: 0@smoke, 0.5@smoke" in said
    assert "Runs of this study with other work or on other data had been there before" in said
    make_card(root, tmp_path / "smoke.html", "--profile", "smoke")
    assert {run["variant"] for run in facts_in(tmp_path / "smoke.html")["runs"]} == {
        "0@smoke", "0.5@smoke"}  # fmt: skip


def test_the_guess_that_was_kept_in_the_studys_lesson_is_a_prediction(root, tmp_path, monkeypatch):
    (root / "dropout/predictions.jsonl").unlink()
    guesses = ", ".join(f'"{name}": {40 + n}' for n, name in enumerate(studies.STUDIES["dropout"]
                                                                       .variants))  # fmt: skip
    Path(tmp_path / "progress.jsonl").write_text(
        f'{{"version": 2, "time": "{BEFORE}", "kind": "prediction", "name": "12", "passed": true, '
        f'"details": {{"guesses": {{{guesses}}}, "reason": "noise", "profile": "quick", '
        '"real": true}}\n', encoding="utf-8")  # fmt: skip
    said = make_card(root, tmp_path / "card.html")
    assert "Predicted before the training" in said
    assert "lesson 12: 0: 40 %" in text_of(tmp_path / "card.html")
    assert "noise" in text_of(tmp_path / "card.html")


def test_what_is_not_controlled_is_said(root, tmp_path):
    make_run(root, "dropout/0/seed-0", made_rows(0.4), precision="TF32")
    make_card(root, tmp_path / "card.html")
    text = text_of(tmp_path / "card.html")
    assert "Not controlled: these runs differ in dropout, arithmetic" in text
    assert facts_in(tmp_path / "card.html")["controlled"] is False


@pytest.mark.parametrize(
    ("finals", "said"),
    [
        ({"0": (0.4,), "0.5": (0.5,)}, "one seed each: these runs can't tell."),
        ({"0": (0.4,), "0.5": (0.5,)}, "A variant has fewer than two finished runs"),
        ({"0.5": (0.5, 0.6)}, "One variant alone has a finished run"),
    ],
)
def test_what_too_few_runs_cannot_tell_is_said(finals, said, tmp_path):
    make_runs(tmp_path / "runs", finals)
    write_words(tmp_path / "runs", conclusion="Hm.")
    make_card(tmp_path / "runs", tmp_path / "card.html")
    assert said in text_of(tmp_path / "card.html")


def test_a_run_that_diverged_has_no_accuracy_and_hides_no_other(root, tmp_path):
    make_run(root, "dropout/0.25/seed-0", made_rows(0.1, 1), status="diverged")
    make_card(root, tmp_path / "card.html")
    finals = {run["variant"]: run["final"] for run in facts_in(tmp_path / "card.html")["runs"]}
    assert finals["0.25"] is None and finals["0"] == pytest.approx(0.41)


HOSTILE = ("</script><script>alert(1)</script><img src=x onerror=alert(1)> & \"' \u202e "
           "{{ 7 * 7 }} <blockquote>")  # fmt: skip


def test_whatever_is_written_stays_text(root, tmp_path):
    write_words(root, name=f" {HOSTILE}\n", question=HOSTILE, prediction=HOSTILE,
                conclusion=HOSTILE)  # fmt: skip
    make_card(root, tmp_path / "card.html")
    page = (tmp_path / "card.html").read_text("utf-8")
    assert page.count("<script") == 1 and "<img src=x" not in page
    assert "{{ 7 * 7 }}" in page
    assert text_of(tmp_path / "card.html").count("<script>alert(1)</script>") == 4
    assert facts_in(tmp_path / "card.html")["conclusion"] == HOSTILE


OWN = """
name = "filters"
question = "Do larger filters see more?"
field = "filter_size"
variants = {3 = 3, 5 = 5}
"""


def test_a_study_of_ones_own_has_a_card_too_by_its_file_and_by_its_name(tmp_path):
    (tmp_path / "filters.toml").write_text(OWN)
    root = tmp_path / "runs"
    done = course("class", "card", tmp_path / "filters.toml", "--runs", root)
    assert done.returncode == 0 and "Do larger filters see more?" in (
        root / "filters/card.toml").read_text()  # fmt: skip
    make_runs(root, {"3": (0.4, 0.5), "5": (0.5, 0.61)}, "filters")
    make_card(root, tmp_path / "card.html", study="filters")
    assert "5 against 3: +10.5 points" in text_of(tmp_path / "card.html")


# What can't be


def test_a_study_that_there_is_none_of_is_named(tmp_path):
    done = course("class", "card", "nosuch", "--runs", tmp_path)
    assert done.returncode == 1 and "There is no study 'nosuch'" in done.stderr
    assert not (tmp_path / "nosuch").exists()


def test_without_a_finished_run_it_says_what_to_train(tmp_path):
    write_words(tmp_path / "my runs", prediction="0 wins.")
    arguments = ("class", "card", "dropout", "--runs", tmp_path / "my runs", "--profile", "full")
    first, second = course(*arguments), course(*arguments)
    line = f"Train it: course train dropout --profile full --runs '{tmp_path / 'my runs'}'"
    assert first.returncode == 0 and line in first.stdout and "is noted" in first.stdout
    assert second.returncode == 1 and second.stderr.endswith(f"{line}\n")
    assert "holds no finished run of dropout at the profile full." in second.stderr
    make_run(tmp_path / "my runs", "dropout/0/seed-0", made_rows(0.4), status="running")
    assert course(*arguments).stderr == second.stderr


@pytest.mark.parametrize("words", ["x = ", "name = 3", "name = '" + "x" * 10_000_000 + "'"])
def test_words_that_cannot_be_read_are_one_sentence(words, root):
    (root / "dropout/card.toml").write_text(words)
    done = course("class", "card", "dropout", "--runs", root)
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and len(done.stderr) < 500
    (root / "dropout/card.toml").unlink()
    assert course("class", "card", "dropout", "--runs", root).returncode == 0


def test_a_page_ends_in_html(root, tmp_path):
    done = course("class", "card", "dropout", "--runs", root, "-o", tmp_path / "card.pdf")
    assert done.returncode == 1 and "must end in .html. Write -o card.html" in done.stderr


def test_a_run_that_cannot_be_read_is_named_on_the_card(root, tmp_path):
    (root / "dropout/0/seed-0/run.json").write_text("{")
    make_card(root, tmp_path / "card.html")
    assert "can't be read as a run's record" in text_of(tmp_path / "card.html")
    assert len(facts_in(tmp_path / "card.html")["runs"]) == 5
