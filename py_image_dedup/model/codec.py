"""Frozen dataclasses of the model <-> plain JSON values, driven by their annotations alone.

A dataclass is an object of its fields, an enum its value, bytes are hexadecimal, a tuple is a list. Reading checks
every type and name, and says where something does not fit. The shapes of whole documents are in `wire.py`.
"""

import dataclasses
import functools
import math
import types
import typing
from collections.abc import Callable, Hashable, Mapping
from enum import Enum
from typing import TypeVar

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
T = TypeVar("T")
_Encoder = Callable[[typing.Any], Json]
_Decoder = Callable[[Json], object]


class Misfit(Exception):
    """A JSON value that does not fit; `where` holds the steps to it, innermost first."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.where: list[str] = []

    def __str__(self) -> str:
        place = "".join(reversed(self.where)).lstrip(".")
        return f"{place}: {self.args[0]}" if place else str(self.args[0])

    def at(self, step: str) -> "Misfit":
        """The same misfit, one step further out."""
        self.where.append(step)
        return self


def encode(value: object) -> Json:
    """The JSON form of a dataclass of the model. Raises `ValueError` for numbers without one (NaN, infinity)."""
    return _encoder(typing.cast("Hashable", type(value)))(value)


def decode(kind: type[T], value: Json) -> T:
    """The value of dataclass `kind` in its JSON form; fields with a default may be missing. Raises `Misfit`."""
    return typing.cast("T", _decoder(typing.cast("Hashable", kind))(value))


@functools.cache
def _hints(kind: type) -> Mapping[str, object]:
    return {name: hint for name, hint in typing.get_type_hints(kind).items() if name in _fields(kind)}


@functools.cache
def _fields(kind: typing.Any) -> Mapping[str, "dataclasses.Field[object]"]:
    return {f.name: f for f in dataclasses.fields(kind)}


def _optional(hint: object) -> object | None:
    """The X of `X | None`; None for any other annotation."""
    if not isinstance(hint, types.UnionType):
        return None
    inner = [a for a in typing.get_args(hint) if a is not types.NoneType]
    if len(inner) != 1:
        raise TypeError(f"a wire value is of one type: {hint}")
    return typing.cast("object", inner[0])


@functools.cache
def _encoder(hint: typing.Any) -> _Encoder:
    if (inner := _optional(hint)) is not None:
        some = _encoder(inner)
        return lambda value: None if value is None else some(value)
    if typing.get_origin(hint) is tuple:
        return _tuple_encoder(typing.get_args(hint))
    if dataclasses.is_dataclass(hint):
        parts = [(name, _encoder(part)) for name, part in _hints(typing.cast("type", hint)).items()]
        return lambda value: {name: part(getattr(value, name)) for name, part in parts}
    if issubclass(hint, Enum):
        return lambda value: typing.cast("Json", value.value)
    return _PLAIN_ENCODERS[hint]


def _tuple_encoder(parts: tuple[typing.Any, ...]) -> _Encoder:
    if parts[-1] is Ellipsis:
        each = _encoder(parts[0])
        return lambda value: [each(v) for v in value]
    encoders = [_encoder(part) for part in parts]
    return lambda value: [enc(v) for enc, v in zip(encoders, value, strict=True)]


def _encode_float(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError(f"JSON has no form for {value}")
    return float(value)


_PLAIN_ENCODERS: Mapping[type, _Encoder] = {
    str: str,
    bool: bool,
    int: int,
    float: _encode_float,
    bytes: lambda value: typing.cast("Json", value.hex()),
}


@functools.cache
def _decoder(hint: typing.Any) -> _Decoder:
    if (inner := _optional(hint)) is not None:
        some = _decoder(inner)
        return lambda value: None if value is None else some(value)
    if typing.get_origin(hint) is tuple:
        return _tuple_decoder(typing.get_args(hint))
    if dataclasses.is_dataclass(hint):
        return _object_decoder(typing.cast("type", hint))
    if issubclass(hint, Enum):
        return _enum_decoder(hint)
    return _PLAIN_DECODERS[hint]


def _object_decoder(kind: type) -> _Decoder:
    parts = {name: _decoder(part) for name, part in _hints(kind).items()}
    fields = _fields(kind).values()
    needed = {f.name for f in fields if f.default is f.default_factory is dataclasses.MISSING}

    def read(value: Json) -> object:
        if not isinstance(value, dict):
            raise Misfit(f"expected an object, found {_name(value)}")
        if unknown := sorted(value.keys() - parts.keys()):
            raise Misfit(f"unknown field {unknown[0]!r}; known are: {', '.join(parts)}")
        if missing := sorted(needed - value.keys()):
            raise Misfit(f"the field {missing[0]!r} is missing")
        return kind(**{name: _step(parts[name], part, f".{name}") for name, part in value.items()})

    return read


def _tuple_decoder(parts: tuple[typing.Any, ...]) -> _Decoder:
    endless = parts[-1] is Ellipsis
    decoders = [_decoder(part) for part in parts if part is not Ellipsis]

    def read(value: Json) -> object:
        if not isinstance(value, list):
            raise Misfit(f"expected a list, found {_name(value)}")
        if not endless and len(value) != len(decoders):
            raise Misfit(f"expected {len(decoders)} items, found {len(value)}")
        each = decoders * len(value) if endless else decoders
        return tuple(_step(dec, v, f"[{n}]") for n, (dec, v) in enumerate(zip(each, value, strict=True)))

    return read


def _step(decoder: _Decoder, value: Json, step: str) -> object:
    try:
        return decoder(value)
    except Misfit as misfit:
        raise misfit.at(step) from None


def _enum_decoder(kind: type[Enum]) -> _Decoder:
    known = {member.value: member for member in kind}

    def read(value: Json) -> object:
        if not isinstance(value, str) or value not in known:
            raise Misfit(f"{value!r} is none of: {', '.join(known)}")
        return known[value]

    return read


def _decode_str(value: Json) -> str:
    if not isinstance(value, str):
        raise Misfit(f"expected a text, found {_name(value)}")
    return value


def _decode_bool(value: Json) -> bool:
    if not isinstance(value, bool):
        raise Misfit(f"expected true or false, found {_name(value)}")
    return value


def _decode_int(value: Json) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Misfit(f"expected a whole number, found {_name(value)}")
    return value


def _decode_float(value: Json) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Misfit(f"expected a number, found {_name(value)}")
    if not -1e308 < value < 1e308:
        raise Misfit("the number is out of range")
    return float(value)


def _decode_bytes(value: Json) -> bytes:
    try:
        found = bytes.fromhex(_decode_str(value))
    except ValueError:
        found = None
    if found is None or found.hex() != value:
        raise Misfit("expected hexadecimal digits in pairs, lower case")
    return found


_PLAIN_DECODERS: Mapping[type, _Decoder] = {
    str: _decode_str,
    bool: _decode_bool,
    int: _decode_int,
    float: _decode_float,
    bytes: _decode_bytes,
}


def _name(value: Json) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
