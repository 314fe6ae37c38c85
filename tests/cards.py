"""Experiment cards made by the real command from made runs, and changed as a cheat would."""

import hashlib
import json
import re
from pathlib import Path

from course import course
from made_runs import made_rows, make_run

STARTED = "2026-11-20T10:00:00+00:00"  # of every made run
BEFORE, AFTER = "2026-11-19T08:00:00+00:00", "2026-11-21T08:00:00+00:00"
FINALS = {"0": (0.40, 0.42, 0.41), "0.5": (0.50, 0.51, 0.53)}
SCRIPT = re.compile(r'data-sha256="([0-9a-f]{64})">([^<]*)</script>')


def make_runs(root: Path, finals=FINALS, study: str = "dropout", mark: str = "", **changed) -> None:
    """Make a study's runs of these final accuracies; mark: `@smoke-sample`."""
    for variant, values in finals.items():
        for seed, final in enumerate(values):
            name = f"{study}/{variant}{mark}/seed-{seed}"
            make_run(root, name, made_rows(final), **changed)


def write_words(root: Path, study: str = "dropout", **words: str) -> Path:
    """Write card.toml as a learner does who knows TOML."""
    path = root / study / "card.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{key} = {json.dumps(text, ensure_ascii=False)}\n" for key, text in words.items()]
    path.write_text("".join(lines), encoding="utf-8")
    return path


def note(root: Path, time: str, text: str = "0.5 wins.", study: str = "dropout") -> None:
    """Note a prediction at another time than now: what has been noted on another day."""
    path = root / study / "predictions.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"time": time, "text": text}) + "\n")


def make_card(root: Path, page: Path, *arguments: object, study: str = "dropout") -> str:
    """Have the command write a card; return what it says."""
    done = course("class", "card", study, "--runs", root, "-o", page, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def facts_in(page: Path) -> dict:
    _, text = SCRIPT.search(page.read_text(encoding="utf-8")).groups()
    return json.loads(text)


def forge(page: Path, change, fits: bool = True) -> None:
    """Change a card's facts; fits: put the checksum right, too."""
    content = page.read_text(encoding="utf-8")
    digest, text = SCRIPT.search(content).groups()
    facts = json.loads(text)
    changed = json.dumps(change(facts) or facts).replace("<", "\\u003c")
    new = hashlib.sha256(changed.encode()).hexdigest() if fits else digest
    page.write_text(content.replace(text, changed).replace(digest, new), encoding="utf-8")
