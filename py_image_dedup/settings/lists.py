"""How lists are written: a list, or one text split at commas; empty items are dropped.

Blanks around the items of a split text are not part of them; an item of a written list is taken as it is, so that a
folder whose name ends in a blank can still be named.
"""

import ast
import json
import re
import warnings
from collections.abc import Callable
from typing import TypeVar

from py_image_dedup.model.matches import REMOVABLE, Relation
from py_image_dedup.settings.grammar import WrongShape, chosen, folder, scalar, shape
from py_image_dedup.settings.rules import RULES

Item = TypeVar("Item")


def items(value: object) -> list[str]:
    """The texts of a list."""
    if isinstance(value, list | tuple):
        return [item for item in map(_item, value) if item]
    if isinstance(value, dict):
        raise WrongShape("a map stands where a list belongs")
    return [item for item in map(str.strip, scalar(value).split(",")) if item]


def _item(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool | dict | list | tuple):
        raise WrongShape(f"{shape(value)} stands where a single item belongs")
    return scalar(value)


def each(parse: Callable[[str], Item], value: object) -> tuple[Item, ...]:
    """The items of a list, each parsed; an error names the item."""
    return tuple(_named(parse, item) for item in items(value))


def _named(parse: Callable[[str], Item], item: str) -> Item:
    try:
        return parse(item)
    except ValueError as error:
        raise ValueError(f"'{item}': {error}") from None


def folders(value: object) -> tuple[str, ...]:
    """Paths as written, each once, in the order given."""
    return tuple(dict.fromkeys(path for path in each(folder, value) if path))


def extensions(value: object) -> tuple[str, ...]:
    """File name extensions in lower case, each with its dot and each once."""
    names = (item.strip().lower() for item in items(value))
    return tuple(dict.fromkeys(name if name.startswith(".") else f".{name}" for name in names))


def formats(value: object) -> tuple[str, ...]:
    """Names of formats in upper case, each once; JPG stands for JPEG, TIF for TIFF."""
    names = (item.strip().upper() for item in items(value))
    return tuple(dict.fromkeys({"JPG": "JPEG", "TIF": "TIFF"}.get(name, name) for name in names))


def expressions(value: object) -> tuple[re.Pattern[str], ...]:
    """Regular expressions, to be searched in absolute paths."""
    return each(_expression, value)


def _expression(item: str) -> re.Pattern[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # "[[" may change its meaning one day; today it is legal
            return re.compile(item)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"not a regular expression: {error}") from None


def relations(value: object) -> tuple[Relation, ...]:
    """Relations that may be acted on, strongest first."""
    return tuple(sorted(set(each(_relation, value)), key=lambda relation: relation.strength))


def _relation(item: str) -> Relation:
    if item.strip().lower() == Relation.LOOK_ALIKE.value:
        raise ValueError("another photograph of the same thing is never removed")
    return Relation(chosen(item.strip(), [relation.value for relation in REMOVABLE]))


def rules(value: object) -> tuple[str, ...]:
    """Rule names in the order given: plain names, or maps with the key `name`, as a list or as one text."""
    found = _unpacked(value) if isinstance(value, str) else value
    if isinstance(found, dict):
        raise WrongShape("a map stands where a list belongs")
    entries = found if isinstance(found, list | tuple) else items(found)
    return tuple(_rule(entry) for entry in entries if entry is not None)


def _unpacked(value: str) -> object:
    """One text: a JSON list, maps parted by commas, or names parted by commas."""
    written = value.strip()
    if not written.startswith(("[", "{")):
        return items(written)
    listed = written if written.startswith("[") else f"[{written}]"
    try:
        return json.loads(listed)
    except ValueError:
        return _python_literal(listed)


def _python_literal(listed: str) -> object:
    """Maps in Python's spelling, {'name': 'a'}, which older versions took as well."""
    try:
        return ast.literal_eval(listed)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        raise ValueError('write names parted by commas, or maps such as {"name": "more-exif-data"}') from None


def _rule(entry: object) -> str:
    if isinstance(entry, dict):
        if list(entry) != ["name"]:
            raise ValueError(f"a rule is a map with the one key `name`, not with {sorted(map(str, entry))}")
        entry = entry["name"]
    if not isinstance(entry, str):
        raise WrongShape(f"{shape(entry)} stands where the name of a rule belongs")
    return _named(lambda name: chosen(name.strip(), list(RULES)), entry)
