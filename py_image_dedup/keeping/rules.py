"""Rules for what is kept: one small function a rule, and the table of their names.

A rule gives each contender a number, and the smallest number stays. Every contender has one, so that files with and
without a value (EXIF, distance, score) are never compared one place off.
"""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from py_image_dedup.model.images import ImageRecord


@dataclass(frozen=True, slots=True)
class Preferences:
    """The lists that some rules ask: folders as absolute paths, formats as Pillow names them, best first."""

    preferred_directories: tuple[str, ...] = ()
    avoided_directories: tuple[str, ...] = ()
    preferred_formats: tuple[str, ...] = ()


NO_PREFERENCES = Preferences()


@dataclass(frozen=True, slots=True)
class Contender:
    """One file that may stay, with what is known of it beside its record."""

    record: ImageRecord
    distance: float = 0.0  # of its match to the file that stays, 0..1; that file itself and unknown ones have 0
    score: float = 0.0  # of a search engine; 0 where there was none, so that all tie
    sound: bool = True  # False: known not to decode completely
    preferences: Preferences = NO_PREFERENCES


Rule = Callable[[Contender], float]
_MORE_THAN_ALL_BYTES = 1 << 64
_MORE_THAN_ALL_ENTRIES = 1 << 20
# Names of DCF (JEITA CP-3461: four characters and four digits), of telephones and of their time stamps.
CAMERA_NAME = re.compile(
    r"([A-Z0-9_]{4}\d{4}|(IMG|PXL|MVIMG|VID|DSC|DSCN|P|WP)_?\d{8}_\d{6,9}|\d{8}_\d{6})(\.[A-Za-z0-9]+)?$"
)


def _pixel_count(contender: Contender) -> int:
    merit = contender.record.merit
    return contender.record.facts.pixel_count if merit is None else merit.effective_pixels


def _losses(contender: Contender) -> int:
    merit = contender.record.merit
    return 0 if merit is None else merit.losses


def _exif_entries(contender: Contender) -> int:
    return contender.record.facts.exif_entries


def _bytes(contender: Contender) -> int:
    return contender.record.file.size


def _kept_bytes(contender: Contender) -> int:
    """Bytes alone do not decide: those of a copy that lost something, against its own kind, count for less."""
    return _losses(contender) * _MORE_THAN_ALL_BYTES - _bytes(contender)


def _metadata(contender: Contender) -> int:
    """Count what people miss when it is gone: time, place and camera, each for more than all entries together."""
    facts = contender.record.facts
    told = sum(value is not None for value in (facts.taken_at, facts.gps, facts.camera))
    return told * _MORE_THAN_ALL_ENTRIES + facts.exif_entries


def _from_camera(contender: Contender) -> int:
    """Whether the picture has the size that its camera stored, and whether its name is one that cameras give."""
    facts = contender.record.facts
    of_that_size = facts.exif_size is not None and sorted(facts.exif_size) == sorted((facts.width, facts.height))
    named = CAMERA_NAME.match(os.path.basename(contender.record.file.path)) is not None
    return 2 * int(of_that_size and facts.camera is not None) + int(named)


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


def _preferred_directory(contender: Contender) -> int:
    """Give the place of the first folder of the list that holds the file; behind all of them where none does."""
    return _place(contender.record.file.path, contender.preferences.preferred_directories)


def _avoided_directory(contender: Contender) -> int:
    folders = contender.preferences.avoided_directories
    return int(_place(contender.record.file.path, folders) < len(folders))


def _preferred_format(contender: Contender) -> int:
    formats = contender.preferences.preferred_formats
    found = contender.record.facts.format
    return formats.index(found) if found in formats else len(formats)


def _place(path: str, folders: Sequence[str]) -> int:
    below = (n for n, folder in enumerate(folders) if path.startswith(folder.rstrip(os.sep) + os.sep))
    return next(below, len(folders))


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
        "more-metadata": _most(_metadata),
        "better-quality": _losses,
        "original-from-camera": _most(_from_camera),
        "bigger-file-size": _kept_bytes,
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
        "preferred-directory": _preferred_directory,
        "avoided-directory": _avoided_directory,
        "preferred-format": _preferred_format,
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
