"""Settings for people: each value with where it came from, and a digest of those that shape a plan."""

import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta
from sys import intern

from py_image_dedup.model.matches import Relation
from py_image_dedup.settings.schema import KEYS, Key
from py_image_dedup.settings.settings import Settings

CREDENTIALS = re.compile(r"(?<=//)[^/@\s]+(?=@)")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of `config show`."""

    key: str  # analysis.threads
    value: str
    origin: str


def explain(settings: Settings) -> tuple[Row, ...]:
    """Every key with its value and origin, in the order of the schema; secrets are not shown."""
    return tuple(Row(key.path, _public(key, settings), settings.origins.get(key.path, "")) for key in KEYS)


def digest(settings: Settings) -> str:
    """SHA-256 in hex over the values that may change a plan; threads, store and places do not."""
    lines = (f"{key.path}={written(value_of(settings, key.path))}\n" for key in KEYS if key.decides)
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def value_of(settings: Settings, path: str) -> object:
    """The value of a dotted key."""
    value: object = settings
    # Python keeps 4,096 names of attributes, each new string as one of its own: 0.7 KB for every run of a daemon.
    for name in map(intern, path.split(".")):
        value = getattr(value, name)
    return value


def _public(key: Key, settings: Settings) -> str:
    value = value_of(settings, key.path)
    if key.secret and value is not None:
        return "***"
    return CREDENTIALS.sub("***", written(value))


def written(value: object) -> str:
    """A typed value as text; an empty list as []."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ", ".join(map(written, value)) or "[]"
    if isinstance(value, re.Pattern):
        return str(value.pattern)
    return value.value if isinstance(value, Relation) else _plain(value)


def _plain(value: object) -> str:
    if isinstance(value, timedelta) and value.microseconds == 0 and value < timedelta(minutes=1):
        return f"{value.seconds}s"
    return str(value)
