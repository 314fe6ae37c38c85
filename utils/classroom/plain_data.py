"""Answers as plain data between the cage and who judges: numbers, texts, arrays, and no objects.

What comes out of a cage is JSON in which each value says its kind; nothing is executed to read it,
and no class but those named here can come of it. A function stays where it is: its number goes
over, and with it the right to have it called. Knows nothing of sockets and of what is right.
"""

import base64
import binascii
import inspect
import json
import numbers
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

__all__ = ["Opaque", "Unreadable", "packed", "unpacked"]

DEEPEST, MOST_PARTS, MOST_BYTES = 12, 100_000, 16_000_000
_KINDS = "biufcUS"  # of arrays: truths, numbers and texts

Keep = Callable[[Callable[..., Any]], int]
Make = Callable[[int, str], Any]


class Unreadable(ValueError):
    """What came isn't plain data, or too much of it."""


class Opaque:
    """An answer of a kind that no check reads, such as a figure: only its kind is known."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __repr__(self) -> str:
        return f"a {self.kind}"


def packed(value: Any, keep: Keep) -> Any:
    """Return what JSON can hold of a value.

    keep: takes a function and returns its number. Raises Unreadable for too much of it.
    """
    return _Packer(keep).pack(value, 0)


class _Packer:
    def __init__(self, keep: Keep) -> None:
        self.keep, self.parts, self.bytes = keep, 0, 0

    def pack(self, value: Any, depth: int) -> Any:
        self.parts += 1
        if depth > DEEPEST or self.parts > MOST_PARTS:
            raise Unreadable("the answer has too many parts")
        if value is None or isinstance(value, bool) or type(value) is float:
            return value
        if isinstance(value, int) and not isinstance(value, np.generic):
            return ["int", hex(value)] if value.bit_length() < 4000 else ["float", "inf"]
        if isinstance(value, str) and not isinstance(value, np.generic):
            return ["text", self._counted(value)]
        return self._larger(value, depth)

    def _larger(self, value: Any, depth: int) -> Any:
        if isinstance(value, tuple | list | set | frozenset | range):
            kind = next(one for one in (tuple, set, frozenset, list) if isinstance(value, one)
                        or one is list)  # fmt: skip
            return [kind.__name__, [self.pack(part, depth + 1) for part in value]]
        if isinstance(value, Mapping):
            pairs = value.items()
            return ["dict", [[self.pack(k, depth + 1), self.pack(v, depth + 1)] for k, v in pairs]]
        if value is ...:
            return ["ellipsis"]
        if inspect.isgenerator(value) or isinstance(value, Iterator):
            return ["generator"]
        if callable(value):
            return ["function", self.keep(value), str(getattr(value, "__name__", "your function"))]
        return self._numbers(value, depth)

    def _numbers(self, value: Any, depth: int) -> Any:
        if hasattr(value, "__array__"):
            masked = isinstance(value, np.ma.MaskedArray)
            filled = np.ma.filled(value.astype(float), np.nan) if masked else value
            array = np.asarray(filled)
            if array.dtype.kind == "O":
                return ["list", [self.pack(part, depth + 1) for part in array.tolist()]]
            array = array if array.dtype.kind in _KINDS else array.astype(np.float64)
            text = self._counted(base64.b64encode(np.ascontiguousarray(array).tobytes()).decode())
            return [
                "array",
                array.dtype.str,
                list(array.shape),
                isinstance(value, np.generic),
                text,
            ]
        if isinstance(value, numbers.Real):  # a Fraction, say
            return float(value)
        if isinstance(value, bytes):
            return ["opaque", "bytes"]
        return ["opaque", type(value).__name__[:80]]

    def _counted(self, text: str) -> str:
        self.bytes += len(text)
        if self.bytes > MOST_BYTES:
            raise Unreadable("the answer is too large")
        return text


def unpacked(data: Any, make: Make) -> Any:
    """Return the value that `packed` has written as `data`, whoever has really written it.

    make: from a function's number and name to what stands for it here.
    Raises Unreadable for anything that `packed` doesn't write.
    """
    try:
        return _unpack(data, make)
    except (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError,
            MemoryError, binascii.Error) as error:  # fmt: skip
        raise Unreadable(f"the answer can't be read ({type(error).__name__})") from error


def _unpack(data: Any, make: Make) -> Any:
    if data is None or isinstance(data, bool | float):
        return data
    kind, *rest = data
    if kind in ("tuple", "set", "frozenset", "list"):
        parts = [_unpack(part, make) for part in rest[0]]
        return {"tuple": tuple, "set": set, "frozenset": frozenset, "list": list}[kind](parts)
    if kind == "dict":
        return {_unpack(key, make): _unpack(value, make) for key, value in rest[0]}
    if kind == "int":
        return int(rest[0], 16)
    if kind == "float":
        return float(rest[0])
    if kind == "text":
        return str(rest[0])
    if kind == "array":
        return _array(*rest)
    if kind == "function":
        return make(int(rest[0]), str(rest[1])[:80])
    if kind == "generator":
        return (part for part in list[object]())
    if kind == "opaque":
        return Opaque(str(rest[0])[:80])
    if kind == "ellipsis":
        return ...
    raise Unreadable(f"the kind {kind!r} is unknown")


def _array(dtype: str, shape: list[int], scalar: bool, text: str) -> Any:
    kind = np.dtype(dtype)
    if kind.kind not in _KINDS or kind.itemsize > 4000:
        raise Unreadable(f"arrays of {kind} aren't read")
    content = base64.b64decode(text, validate=True)
    array = np.frombuffer(content, kind).reshape(tuple(int(side) for side in shape)).copy()
    return array[()] if scalar and array.shape == () else array


def as_bytes(message: Any) -> bytes:
    """Return a message as JSON, on one line."""
    return json.dumps(message, separators=(",", ":")).encode()


def from_bytes(line: bytes) -> Any:
    """Read a message; raises Unreadable."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError, MemoryError) as error:
        raise Unreadable(f"the message can't be read ({type(error).__name__})") from error
