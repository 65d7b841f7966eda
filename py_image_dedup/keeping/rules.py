"""Rules for what is kept: one small function a rule, and the table of their names.

A rule gives each contender a number, and the smallest number stays. Every contender has one, so that files with and
without a value (EXIF, distance, score) are never compared one place off.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from py_image_dedup.model.images import ImageRecord


@dataclass(frozen=True, slots=True)
class Contender:
    """One file that may stay, with what is known of it beside its record."""

    record: ImageRecord
    distance: float = 0.0  # of its match to the file that stays, 0..1; that file itself and unknown ones have 0
    score: float = 0.0  # of a search engine; 0 where there was none, so that all tie
    sound: bool = True  # False: known not to decode completely


Rule = Callable[[Contender], float]


def _pixel_count(contender: Contender) -> int:
    return contender.record.facts.pixel_count


def _exif_entries(contender: Contender) -> int:
    return contender.record.facts.exif_entries


def _bytes(contender: Contender) -> int:
    return contender.record.file.size


def _mtime_ns(contender: Contender) -> int:
    return contender.record.file.mtime_ns


def _distance(contender: Contender) -> float:
    return contender.distance


def _score(contender: Contender) -> float:
    return contender.score


def _name_length(contender: Contender) -> int:
    return len(os.path.basename(contender.record.file.path))


def _folder_length(contender: Contender) -> int:
    return len(os.path.dirname(contender.record.file.path))


def _named_copy(contender: Contender) -> int:
    return int("copy" in os.path.basename(contender.record.file.path).lower())


def _unsound(contender: Contender) -> int:
    return int(not contender.sound)


def _tie(_: Contender) -> int:
    return 0


def _most(value: Rule) -> Rule:
    return lambda contender: -value(contender)


SOUND = "sound"
PATH = "path"

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "higher-pixel-count": _most(_pixel_count),
        "lower-pixel-count": _pixel_count,
        "more-exif-data": _most(_exif_entries),
        "less-exif-data": _exif_entries,
        "bigger-file-size": _most(_bytes),
        "smaller-file-size": _bytes,
        "newer-file-modification-date": _most(_mtime_ns),
        "older-file-modification-date": _mtime_ns,
        "smaller-distance": _distance,
        "bigger-distance": _most(_distance),
        # Both spellings make copies lose: the first by what the README always said, the second because existing
        # configurations rely on it.
        "doesnt-contain-copy-in-file-name": _named_copy,
        "contains-copy-in-file-name": _named_copy,
        "longer-file-name": _most(_name_length),
        "shorter-file-name": _name_length,
        "longer-folder-path": _most(_folder_length),
        "shorter-folder-path": _folder_length,
        "higher-score": _most(_score),
        "lower-score": _score,
        # Accepted without effect: both stand in the reference file that existing installations were made from.
        "longer-path": _tie,
        "shorter-path": _tie,
    }
)

DEFAULT_RULES = (
    "higher-pixel-count",
    "more-exif-data",
    "bigger-file-size",
    "newer-file-modification-date",
    "smaller-distance",
    "doesnt-contain-copy-in-file-name",
    "longer-file-name",
    "shorter-folder-path",
    "higher-score",
)


def soundness(contender: Contender) -> int:
    """The rule before all rules: a damaged copy never wins over an intact one."""
    return _unsound(contender)
