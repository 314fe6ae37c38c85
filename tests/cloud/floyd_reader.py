"""A second reader of floyd.yml: PyYAML's safe_load, and the rules written down once more.

It knows no lines and no errors: what the course's reader accepts, this one must read alike.
"""

from pathlib import Path

import yaml
from hypothesis import HealthCheck, settings

from utils.cloud.floyd.job import Input, Job

QUICK = settings(
    max_examples=150,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def expected(data: dict, task: str | None, folder: Path) -> Job | None:
    """Return the job of a well-formed file; None where mode and command are at odds."""
    shared = {key: value for key, value in data.items() if key != "task"}
    own = data["task"][task] if task else {}
    levels = [with_alias_undone(level) for level in (shared, own)]
    merged = {**levels[0], **levels[1]}
    mode = "jupyter" if merged.get("mode") == "jupyter" else "job"
    if mode == "job" and "command" not in merged:
        return None
    env = merged.get("env", "tensorflow-2.21")
    return Job(
        task=task or "",
        env=env if env == "tensorflow-2.20" else "tensorflow-2.21",
        machine=merged.get("machine", "cpu"),
        inputs=tuple(map(an_input, merged.get("input", []))),
        description=merged.get("description", "").strip(),
        command="" if mode == "jupyter" else merged["command"].strip(),
        max_runtime=merged.get("max_runtime", 7200),
        mode=mode,
        folder=folder,
    )


def with_alias_undone(level: dict) -> dict:
    return {"input" if key == "data" else key: value for key, value in level.items()}


def an_input(item: str | dict) -> Input:
    if isinstance(item, dict):
        source, destination = item["source"], item.get("destination", "input")
    elif ":" in item:
        source, _, destination = item.rpartition(":")
    else:
        source, destination = item, "input"
    return Input("mnist" if source.startswith("emil") else source, destination)


def at_odds(data: dict) -> bool:
    """Say whether some level gives a command though mode jupyter holds there."""
    shared = {key: value for key, value in data.items() if key != "task"}
    if shared.get("mode") == "jupyter" and "command" in shared:
        return True
    return any(
        "command" in own and own.get("mode", shared.get("mode")) == "jupyter"
        for own in data.get("task", {}).values()
    )


def write(folder: Path, text: str) -> Path:
    path = folder / "floyd.yml"
    path.write_bytes(text.encode())
    return path


def dumped(data: object) -> str:
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False)
