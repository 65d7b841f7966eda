"""How a value is written: from what a file, the environment or the command line holds to a typed value.

Every parser takes one plain value (text, number, bool, list, map) and gives the typed one, or raises ValueError with
the reason. None never gets here: a missing value is the business of `load`. Lists have a file of their own, `lists`.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches

TRUE = ("y", "yes", "true", "t", "1", "on")
FALSE = ("n", "no", "false", "f", "0", "off")

MOST_LISTED = 6  # names in a message; more would hide the nearest one

# Without unit: bytes. A bare letter is binary, as container tools write it; "MB" is decimal, "MiB" binary.
SIZE = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[kmgt]?)(?P<style>i?b|)", re.IGNORECASE)
POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}

SECONDS = {"weeks": 604800, "days": 86400, "hours": 3600, "minutes": 60, "seconds": 1}
UNITS = {"weeks": "w|wks?|weeks?", "days": "d|dys?|days?", "hours": "h|hrs?|hours?", "minutes": "m|mins?|minutes?"}
SPOKEN = {unit: rf"(?:(?P<{unit}>\d+\.?\d*|\.\d+)\s*(?:{names})\s*(?:[,/]\s*)?)?" for unit, names in UNITS.items()}
CLOCK = r"(?P<minutes>\d{1,2}):(?P<seconds>\d{2}(?:\.\d+)?)"
DURATIONS = [
    re.compile(form, re.IGNORECASE)
    for form in (
        "".join(SPOKEN.values()) + r"(?:(?P<seconds>\d+\.?\d*|\.\d+)\s*(?:s|secs?|seconds?))?",
        CLOCK,
        SPOKEN["weeks"] + SPOKEN["days"] + rf"(?P<hours>\d+):{CLOCK}",
        rf"(?P<days>\d+)[:-](?P<hours>\d{{2}}):{CLOCK}",
        r":(?P<seconds>\d{2}(?:\.\d+)?)",
    )
]


class WrongShape(ValueError):
    """A map, a list or a single value stands where another of them belongs."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of value: its name, how it is written (for the documentation) and its parser.

    `empty_counts`: an environment variable set to nothing is a value (an empty list, no folder); else it is not set.
    `folder`: the value is a path or a list of paths, relative to the working directory.
    """

    name: str
    words: str
    parse: Callable[[object], object]
    empty_counts: bool = False
    folder: bool = False


def truth(value: object) -> bool:
    """True or false in one of the usual words, in any case of letters."""
    if isinstance(value, bool):
        return value
    word = scalar(value).lower()
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise ValueError(f"write one of {', '.join(TRUE)} or {', '.join(FALSE)}")


def whole(low: int, high: int | None = None) -> Callable[[object], int]:
    """A parser of whole numbers from `low` to `high`, both included."""

    def parse(value: object) -> int:
        text = scalar(value)
        try:
            number = int(value) if isinstance(value, float) and value.is_integer() else int(text)
        except ValueError:
            raise ValueError("not a whole number") from None
        if number < low or (high is not None and number > high):
            raise ValueError(f"must be at least {low}" if high is None else f"must be between {low} and {high}")
        return number

    return parse


def share(value: object) -> float:
    """A share between 0 and 1, or the same as a percentage: 0.1 and "10%"."""
    text = scalar(value).strip()
    try:
        number = float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        raise ValueError("not a number or a percentage") from None
    if not 0 <= number <= 1:
        raise ValueError("must be between 0 and 1 (0% and 100%)")
    return number


def text(value: object) -> str:
    """Any text, as it is."""
    return scalar(value)


def choice(*names: str) -> Callable[[object], str]:
    """A parser that takes one of `names`."""

    def parse(value: object) -> str:
        return chosen(scalar(value).strip(), names)

    return parse


def chosen(word: str, names: Sequence[str]) -> str:
    """The one of `names` that `word` is, whatever its case; names the nearest where there is none."""
    if word.lower() in names:
        return word.lower()
    listed = f" of {', '.join(names)}" if len(names) <= MOST_LISTED else ""
    raise ValueError(f"unknown; the nearest is '{nearest(word.lower(), names)}'{listed}")


def duration(value: object) -> timedelta:
    """A length of time: 30s, 1m30s, 1.5h, 5:00 (minutes), 0:05:00, `2 days, 4:00:00`, 1w3d; a number: seconds."""
    try:
        length = value if isinstance(value, timedelta) else timedelta(seconds=_seconds(scalar(value).strip()))
    except OverflowError:
        raise ValueError("too long a time") from None
    if length < timedelta(0):
        raise ValueError("must not be negative")
    return length


def _seconds(written: str) -> float:
    if is_number(written):
        return float(written)
    sign = -1 if written.startswith("-") else 1
    unsigned = written.removeprefix("-" if sign < 0 else "+").strip()
    match = next(filter(None, (form.fullmatch(unsigned) for form in DURATIONS)), None)
    if match is None or not any(match.groups()):
        raise ValueError("not a duration; write for example 30s, 5m or 1h30m")
    return sign * sum(SECONDS[unit] * float(number) for unit, number in match.groupdict().items() if number)


def positive_duration(value: object) -> timedelta:
    """A length of time above zero."""
    length = duration(value)
    if not length:
        raise ValueError("must be longer than nothing")
    return length


def size(value: object) -> int:
    """A number of bytes above zero: 1073741824, 512M, `700 MB`, 1.5GiB."""
    match = SIZE.fullmatch(scalar(value).strip())
    if match is None:
        raise ValueError("not a size; write for example 700MB or 1GiB")
    base = 1000 if match["style"].lower() == "b" else 1024
    number = int(float(match["number"]) * base ** POWERS[match["unit"].lower()])
    if number < 1:
        raise ValueError("must be at least 1 byte")
    return number


def folder(value: object) -> str | None:
    """A path as written, without a slash at its end; None for the empty text. `~` is a name like any other."""
    path = scalar(value)
    if "\0" in path:
        raise ValueError("a path cannot hold a zero byte")
    return path.rstrip("/") or "/" if path else None


def place(value: object) -> str:
    """A path that must be named."""
    path = folder(value)
    if path is None:
        raise ValueError("a folder is needed")
    return path


def scalar(value: object) -> str:
    """The text of a single value; numbers and truth values as Python writes them."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return str(value)
    raise WrongShape(f"{shape(value)} stands where a single value belongs")


def shape(value: object) -> str:
    """What a value looks like to a person."""
    if isinstance(value, dict):
        return "a map"
    return "a list" if isinstance(value, list | tuple) else f"a {type(value).__name__}"


def is_number(written: str) -> bool:
    """Whether the text is a plain finite decimal number."""
    try:
        return math.isfinite(float(written))
    except ValueError:
        return False


def nearest(word: str, names: Sequence[str]) -> str:
    """The one of `names` that looks most like `word`."""
    return get_close_matches(word, names, n=1, cutoff=0.0)[0]
