from dataclasses import dataclass
from enum import Enum

import pytest

from py_image_dedup.model.codec import Json, Misfit, decode, encode


class Colour(Enum):
    RED = "red"


@dataclass(frozen=True)
class Inner:
    place: tuple[float, float] | None = None


@dataclass(frozen=True)
class Outer:
    name: str
    count: int
    share: float
    yes: bool
    digest: bytes
    colour: Colour
    inner: tuple[Inner, ...] = ()


VALUE = Outer("n", 3, 0.1, True, b"\x00\xff", Colour.RED, (Inner((1.0, 2.5)), Inner()))
JSON: dict[str, Json] = {
    "name": "n",
    "count": 3,
    "share": 0.1,
    "yes": True,
    "digest": "00ff",
    "colour": "red",
    "inner": [{"place": [1.0, 2.5]}, {"place": None}],
}


def test_a_dataclass_is_an_object_of_its_fields_and_back() -> None:
    assert encode(VALUE) == JSON
    assert decode(Outer, JSON) == VALUE


def test_a_whole_number_where_a_fraction_may_stand_becomes_one() -> None:
    assert encode(Outer("", 1, 1, False, b"", Colour.RED))["share"] == 1.0  # type: ignore[index, call-overload]
    assert repr(decode(Outer, {**JSON, "share": 1}).share) == "1.0"


def test_numbers_without_a_json_form_are_an_error() -> None:
    with pytest.raises(ValueError, match="no form for nan"):
        encode(Outer("", 1, float("nan"), False, b"", Colour.RED))


def test_a_field_with_a_default_may_be_missing() -> None:
    without = {name: value for name, value in JSON.items() if name != "inner"}

    assert decode(Outer, without).inner == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": 3}, "name: expected a text, found a number"),
        ({"count": 3.5}, "count: expected a whole number, found a number"),
        ({"count": True}, "count: expected a whole number, found true or false"),
        ({"share": "1"}, "share: expected a number, found a text"),
        ({"share": 10**400}, "share: the number is out of range"),
        ({"yes": 1}, "yes: expected true or false, found a number"),
        ({"digest": "0"}, "digest: expected hexadecimal digits"),
        ({"digest": "0 0F"}, "digest: expected hexadecimal digits"),
        ({"colour": "blue"}, "colour: 'blue' is none of: red"),
        ({"colour": None}, "colour: None is none of: red"),
        ({"inner": {}}, "inner: expected a list, found an object"),
        ({"inner": [{}, 4]}, r"inner\[1\]: expected an object, found a number"),
        ({"inner": [{"place": [1]}]}, r"inner\[0\].place: expected 2 items, found 1"),
        ({"inner": [{"place": [1, "x"]}]}, r"inner\[0\].place\[1\]: expected a number, found a text"),
        ({"nmae": "n"}, "unknown field 'nmae'; known are: name, count"),
    ],
)
def test_what_does_not_fit_is_named_with_its_place(change: dict[str, Json], said: str) -> None:
    with pytest.raises(Misfit, match=f"^{said}"):
        decode(Outer, {**JSON, **change})


def test_a_missing_field_is_named() -> None:
    with pytest.raises(Misfit, match="the field 'name' is missing"):
        decode(Outer, {n: v for n, v in JSON.items() if n != "name"})
