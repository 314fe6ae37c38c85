"""What comes out of a cage is plain data: it goes over whole, and nothing else does."""

import json
import math
from fractions import Fraction

import numpy as np
import pytest

from utils.classroom.plain_data import Opaque, Unreadable, packed, unpacked


def over(value):
    """Send a value over, as JSON."""
    kept = []
    message = json.loads(json.dumps(packed(value, lambda one: kept.append(one) or len(kept) - 1)))
    return unpacked(message, lambda number, name: kept[number])


@pytest.mark.parametrize("value", [
    *(None, True, 3, -(2**70), 0.1, "é", (1, [2.5, {"a": (3,)}]), {1, 2}, {"k": 1, 2: 3}, ..., len),
    *(np.float32(2.5), np.int64(3), np.bool_(True), range(3)),
])  # fmt: skip
def test_an_answer_goes_over_whole(value):
    found = over(value)
    assert found == (list(value) if isinstance(value, range) else value)
    assert type(found) is (list if isinstance(value, range) else type(value))


@pytest.mark.parametrize(
    "dtype", ["uint8", "int64", "float32", "float64", "bool", "complex128", "U3"]
)
def test_an_array_keeps_type_and_shape(dtype):
    array = np.arange(6).reshape(2, 3).astype(dtype)
    found = over(array)
    assert (found.dtype, found.shape) == (array.dtype, array.shape)
    assert np.array_equal(found, array) and found.flags.writeable


def test_what_is_no_number_or_text_is_only_named():
    assert repr(over(object())) == "a object" and isinstance(over(b"x"), Opaque)
    assert over(Fraction(1, 4)) == 0.25 and math.isinf(over(10**2000))
    assert list(over(iter([1]))) == []
    assert np.isnan(over(np.ma.masked_array([1.0], [True]))[0])


def test_too_much_of_it_is_refused():
    endless = []
    endless.append(endless)
    for value in (endless, [0] * 200_000, "x" * 20_000_000, np.zeros(10**7)):
        with pytest.raises(Unreadable):
            over(value)


@pytest.mark.parametrize("data", [
    *(["pickle", "x"], ["array", "O", [1], False, "AA=="], ["array", "V8", [1], False, "AA=="]),
    *(["array", "f8", [3], False, "AA=="], ["array", "f8", [1], False, "?"], ["int", "zz"], 3, "x"),
    *(["dict", [[["list", []], 1]]], ["function"], []),
    ["array", "i4,i4", [1], False, "AAAAAAAAAAA="],
    *({"a": 1}, ["tuple", 5], ["int", 5]),
])  # fmt: skip
def test_what_nobody_here_writes_is_not_read(data):
    with pytest.raises(Unreadable):
        unpacked(data, lambda number, name: None)
