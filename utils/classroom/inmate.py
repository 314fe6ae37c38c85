"""What runs in the cage: the cells that an answer needs, then the answer's calls, as they come.

All of this is in the learner's hands once their code runs, so nothing that it says is a verdict:
an answer goes out as plain data, and what is right is known outside alone.
"""

import builtins
import linecache
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

from utils import settings
from utils.classroom.channel import Channel, Closed
from utils.classroom.needed import Cell, ExerciseCell, answer_cell, needed_cells
from utils.classroom.plain_data import Unreadable, packed, unpacked

__all__ = ["live", "prepare"]

Note = Callable[[str], None]
QUIET = "/proc/ /sys/ /etc/ /usr/ /lib /bin/ /sbin/ <"  # what programs look into anyway


def prepare(lesson: dict[str, Any]) -> dict[str, Any]:
    """Run the setup cell of a lesson of the teacher's; return the names that it gives."""
    import matplotlib
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    matplotlib.use("agg")
    quiet = Config({"HistoryManager": {"enabled": False}})
    shell = InteractiveShell.instance(config=quiet)
    vars(shell)["system"] = shell.system_raw  # there are no terminals in a cage
    names = shell.user_ns
    setup = next((one for one in lesson["cells"] if "setup" in _tags(one)), None)
    if setup is not None:
        exec(compile("".join(setup["source"]), "<setup>", "exec"), names)
    for name in ("tflearn",):  # what is handed on lazily, and would be loaded anew in each cage
        if name in names:
            names[name].fully_connected  # noqa: B018
    return names


def _tags(cell: dict[str, Any]) -> list[str]:
    return list(cell.get("metadata", {}).get("tags", []))


def live(talk: Channel, note: Note, names: dict[str, Any]) -> None:
    """Take a job from the judge, run what it needs, and answer calls until the judge goes."""
    job = talk.receive()
    os.environ["COURSE_LEARNER"] = job["learner"]
    _without_checks(job["numbers"], note)
    seen = _Watched(note)
    talker = _Talker(talk)
    try:
        answer = _answer(job, names)
    except BaseException as error:
        seen.tell_changes()
        talk.send(["failed", _told(error)])
        return
    seen.tell_changes()
    if answer is None:
        talk.send(["stub"])
        return
    talker.say("answer", answer[0])
    try:
        talker.serve()
    except Closed:
        return


def _answer(job: dict[str, Any], names: dict[str, Any]) -> tuple[Any] | None:
    """Return the answer, alone in a tuple; None where there is none."""
    cells, question = [Cell(*one) for one in job["cells"]], ExerciseCell(*job["question"])
    found = answer_cell(cells, question)
    if found is None:
        return None
    place, expression = found
    for one in needed_cells(cells, place, set(names) | set(vars(builtins))):
        _run(cells[one], names)
    _run(cells[place], names)
    import ast

    code = compile(ast.Expression(expression), _file(cells[place]), "eval")
    return (eval(code, names),)


def _run(cell: Cell, names: dict[str, Any]) -> None:
    lines = cell.code.splitlines(keepends=True)
    linecache.cache[_file(cell)] = (len(cell.code), None, lines, _file(cell))
    exec(compile(cell.without_checks(), _file(cell), "exec"), names)


def _file(cell: Cell) -> str:
    return f"cell {cell.name}"


def _told(error: BaseException) -> str:
    """Return what an error says, as the rest of a sentence."""
    from utils.exercises.failures import raised

    try:
        return raised(error)
    except Exception:  # a learner's exception may do anything
        return f"raised {type(error).__name__}"


def _without_checks(numbers: dict[str, dict[str, Any]], note: Note) -> None:
    """Have `check` say nothing here, and `given` hand out the numbers that the judge has sent."""
    from utils import exercises
    from utils.exercises import calling

    def given(name: str) -> Any:
        return SimpleNamespace(**unpacked(numbers[name], _no_function))

    def no_input(prompt: object = "") -> NoReturn:
        note("asked a person by input()")
        raise RuntimeError("`input` waits for a person, and nobody is there")

    vars(exercises).update(check=lambda *_: None, given=given, quiz=lambda *_: None)
    builtins.input = no_input
    vars(calling)["_no_input"] = no_input


def _no_function(number: int, name: str) -> NoReturn:
    raise Unreadable("a function among numbers")


class _Talker:
    """Hands out answers, and calls the learner's functions for the judge."""

    def __init__(self, talk: Channel) -> None:
        self.talk = talk
        self.functions: list[Callable[..., Any]] = []

    def say(self, kind: str, value: Any) -> None:
        try:
            message = [kind, packed(value, self._keep)]
        except Exception as error:
            message = ["failed", f"can't be handed in: {_text(error)}"]
        self.talk.send(message)

    def _keep(self, function: Callable[..., Any]) -> int:
        self.functions.append(function)
        return len(self.functions) - 1

    def serve(self) -> None:
        """Answer the judge's calls until it goes."""
        while True:
            number, arguments, named = self.talk.receive()
            try:
                result = self.functions[number](
                    *unpacked(arguments, self._stand_in), **unpacked(named, self._stand_in)
                )
            except Closed:
                raise
            except BaseException as error:
                self.talk.send(["failed", _told(error)])
            else:
                self.say("answer", result)

    def _stand_in(self, number: int, name: str) -> Callable[..., Any]:
        """Return what calls a function of the judge's, such as the loss that is to be measured."""

        def ask(*arguments: Any) -> Any:
            self.say(f"ask {number}", list(arguments))
            return unpacked(self.talk.receive(), self._stand_in)

        ask.__name__ = name
        return ask


def _text(error: BaseException) -> str:
    try:
        return str(error)[:200]
    except Exception:
        return type(error).__name__


class _Watched:
    """Tells what the learner's code reaches for, as far as Python sees it: to name it, no more."""

    def __init__(self, note: Note) -> None:
        self.note, self.told = note, set[str]()
        self.home = str(Path.cwd())
        self.own = (self.home, sys.prefix, sys.base_prefix, str(settings.ROOT / "utils"))
        self.searched = {_absolute(path) for path in sys.path}  # for modules, by Python
        self.before = _attributes()
        sys.addaudithook(self._hear)

    def tell_changes(self) -> None:
        """Name what of the course's checks is another now."""
        now = _attributes()
        for name in sorted(self.before):
            if now.get(name) != self.before[name]:
                self._tell(f"changed {name}")

    def _tell(self, text: str) -> None:
        if text not in self.told and len(self.told) < 20:
            self.told.add(text)
            self.note(text)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if words := _REACHES.get(event):
            self._tell(words)
        elif event in ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn"):
            words = arguments[1] if event == "subprocess.Popen" else arguments[0]
            text = " ".join(map(str, words)) if isinstance(words, list | tuple) else str(words)
            self._tell(f"started a program: {text[:80]}")
        elif event in _PLACES and isinstance(arguments[0], str | bytes | os.PathLike):
            self._hear_of_place(event, _absolute(os.fsdecode(arguments[0])), arguments)

    def _hear_of_place(self, event: str, path: str, arguments: tuple[Any, ...]) -> None:
        writes = event != "open" or _writes(arguments)
        if event in ("os.listdir", "os.scandir"):
            writes = False
            if path in self.searched:
                return
        ours = path.startswith(self.home if writes else self.own) or path.startswith("/dev/")
        if not ours and (writes or not path.startswith(tuple(QUIET.split()))):
            self._tell(f"tried to {'write to' if writes else 'read'} {path[:120]}")


def _absolute(path: str) -> str:
    return os.path.abspath(path)  # noqa: PTH100  # as it is written, links and all


def _writes(arguments: tuple[Any, ...]) -> bool:
    mode, flags = arguments[1], arguments[2]
    if isinstance(mode, str):
        return any(sign in mode for sign in "wax+")
    return bool(isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


_NETWORK, _SIGNAL, _FORK = "reached for the network", "sent a signal", "forked processes"
_REACHES = {
    **dict.fromkeys(("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto",
                     "socket.gethostbyname", "urllib.Request"), _NETWORK),
    **dict.fromkeys(("os.kill", "os.killpg", "signal.pthread_kill"), _SIGNAL),
    **dict.fromkeys(("os.fork", "os.forkpty"), _FORK),
}  # fmt: skip
_PLACES = {"open", "os.listdir", "os.scandir", "os.remove", "os.rename", "os.rmdir", "os.mkdir",
           "os.chmod", "os.truncate", "os.link", "os.symlink", "shutil.rmtree"}  # fmt: skip


def _attributes() -> dict[str, int]:
    """Return who is who in the course's checks: each name's object, by its number."""
    found: dict[str, int] = {}
    for module in [name for name in sys.modules if name.startswith("utils.exercises")]:
        for name, value in list(vars(sys.modules[module]).items()):
            if name.startswith("__") or str(getattr(value, "__module__", "")) != module:
                continue
            found[f"{module}.{name}"] = id(value)
            if isinstance(value, type):
                own = {k: v for k, v in vars(value).items() if not k.startswith("__weak")}
                found |= {f"{module}.{name}.{k}": id(v) for k, v in own.items()}
    return found
