"""Files that belong together and stay, go and come back together, or not at all.

A picture may have companions that are no pictures to us: camera RAW, the video of a Live or Motion Photo, sidecars
(XMP, AAE, THM, Google Takeout JSON). Two pictures may be partners: RAW and JPEG of one shot, original and edited.
Names decide, as they do in the programs that write them; the walk says which files there are.
"""

import os
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from py_image_dedup.model.files import ImageFile

# Google Takeout cuts the name before ".json" at 46 characters, wherever that falls.
TAKEOUT_NAME_LENGTH = 46
_TAKEOUT_WORD = "supplemental-metadata"
_NUMBERED = re.compile(r"^(?P<name>.*)\((?P<number>\d+)\)$", re.DOTALL)
# iOS keeps IMG_1234 and writes the edited version as IMG_E1234 (IMG_O1234.AAE holds the original's adjustments).
_IOS_EDITED = re.compile(r"^(?P<prefix>IMG_)[EO](?P<number>\d{4,})$")
# Google Photos names the edited version in the language of the account.
_GOOGLE_EDITED = re.compile(r"^(?P<stem>.+)-(?:edited|bearbeitet|modifié|editado|editada|modificato|bewerkt)$")


class CompanionKind(Enum):
    """What a companion carries: pictures and sound of its own, or only words about the picture."""

    RAW = "raw"
    MOTION = "motion"
    SIDECAR = "sidecar"

    @property
    def has_content(self) -> bool:
        """Whether losing it would lose more than a description."""
        return self is not CompanionKind.SIDECAR


RAW_SUFFIXES = (
    *(".3fr", ".ari", ".arw", ".bay", ".cr2", ".cr3", ".crw", ".dcr", ".dng", ".erf", ".fff", ".gpr", ".iiq", ".k25"),
    *(".kdc", ".mef", ".mos", ".mrw", ".nef", ".nrw", ".orf", ".pef", ".ptx", ".raf", ".raw", ".rw2", ".rwl", ".sr2"),
    *(".srf", ".srw", ".x3f"),
)
MOTION_SUFFIXES = (".mov", ".mp4", ".m4v", ".mp", ".mv")
SIDECAR_SUFFIXES = (".xmp", ".aae", ".thm", ".json", ".pp3", ".dop", ".on1", ".cos", ".cop", ".comask")
KINDS = {
    **dict.fromkeys(RAW_SUFFIXES, CompanionKind.RAW),
    **dict.fromkeys(MOTION_SUFFIXES, CompanionKind.MOTION),
    **dict.fromkeys(SIDECAR_SUFFIXES, CompanionKind.SIDECAR),
}


@dataclass(frozen=True, slots=True)
class Companion:
    """A file that is no picture to us but belongs to the pictures `owners` (paths, ascending)."""

    file: ImageFile
    kind: CompanionKind
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Units:
    """For each picture's path its companions and its partners (other pictures of the same shot)."""

    companions: Mapping[str, tuple[Companion, ...]] = field(default_factory=dict)
    partners: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def companions_of(self, path: str) -> tuple[Companion, ...]:
        """The companions of a picture, in path order."""
        return self.companions.get(path, ())

    def partners_of(self, path: str) -> tuple[str, ...]:
        """The other pictures of the same shot, in path order."""
        return self.partners.get(path, ())


def find_units(pictures: Iterable[ImageFile], companions: Iterable[ImageFile]) -> Units:
    """Who belongs to whom. `pictures` are all that the walk found, unreadable ones included: they stay."""
    folders: dict[str, _Folder] = defaultdict(_Folder)
    for picture in pictures:
        folder, name = os.path.split(picture.path)
        folders[folder].add(name)
    by_picture: dict[str, list[Companion]] = defaultdict(list)
    for companion in _owned(companions, folders):
        for owner in companion.owners:
            by_picture[owner].append(companion)
    return Units(
        {path: tuple(sorted(found, key=lambda c: c.file.path)) for path, found in by_picture.items()},
        {path: others for name, folder in folders.items() for path, others in _partners(name, folder)},
    )


class _Folder:
    """The pictures of one folder, by name and by shot."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.shots: dict[str, list[str]] = defaultdict(list)
        self._sorted: list[str] = []

    def add(self, name: str) -> None:
        self.names.add(name)
        self.shots[_shot(os.path.splitext(name)[0])].append(name)

    def beginning_with(self, prefix: str) -> Iterator[str]:
        if len(self._sorted) != len(self.names):
            self._sorted = sorted(self.names)
        for name in self._sorted[bisect_left(self._sorted, prefix) :]:
            if not name.startswith(prefix):
                return
            yield name


def _shot(stem: str) -> str:
    """The stem that the camera gave, without the mark of an edited version."""
    if ios := _IOS_EDITED.match(stem):
        return ios["prefix"] + ios["number"]
    google = _GOOGLE_EDITED.match(stem)
    return google["stem"] if google else stem


def _owned(companions: Iterable[ImageFile], folders: Mapping[str, _Folder]) -> Iterator[Companion]:
    for file in companions:
        folder, name = os.path.split(file.path)
        kind = _kind(name)
        if kind is None or folder not in folders:
            continue
        owners = _owners(name, kind, folders[folder])
        if owners:
            yield Companion(file, kind, tuple(os.path.join(folder, owner) for owner in sorted(owners)))


def _kind(name: str) -> CompanionKind | None:
    return KINDS.get(os.path.splitext(name)[1].lower())


def _owners(name: str, kind: CompanionKind, folder: _Folder) -> set[str]:
    base, suffix = os.path.splitext(name)
    owners = {*folder.shots.get(_shot(base), ())}
    if kind is CompanionKind.MOTION:
        owners.update(folder.shots.get(name, ()))  # Pixel phones: PXL_1.MP is the video of PXL_1.MP.jpg
    if kind is CompanionKind.SIDECAR:
        owners.update({base} & folder.names)
    if suffix.lower() == ".json":
        owners.update(_takeout_owners(base, folder))
    return owners


def _takeout_owners(base: str, folder: _Folder) -> set[str]:
    """Pictures that Google Takeout describes in `base`.json, numbered, worded and cut off as it does."""
    numbered = _NUMBERED.match(base)
    name, number = (numbered["name"], f"({numbered['number']})") if numbered else (base, "")
    stem, dot, last = name.rpartition(".")
    pictures = {name, stem} if dot and _TAKEOUT_WORD.startswith(last) else {name}
    owners = {_with_number(picture, number) for picture in pictures} & folder.names
    if not owners and len(base) == TAKEOUT_NAME_LENGTH:
        owners.update(folder.beginning_with(base))
    return owners


def _with_number(name: str, number: str) -> str:
    stem, suffix = os.path.splitext(name)
    return stem + number + suffix


def _partners(folder_name: str, folder: _Folder) -> Iterator[tuple[str, tuple[str, ...]]]:
    for shot, names in folder.shots.items():
        if len(names) < 2:
            continue
        for name in names:
            others = sorted(n for n in names if _role(n, shot) != _role(name, shot))
            if others:
                yield os.path.join(folder_name, name), tuple(os.path.join(folder_name, n) for n in others)


def _role(name: str, shot: str) -> Sequence[bool]:
    """Whether the picture is RAW, and whether it is an edited version."""
    return _kind(name) is CompanionKind.RAW, os.path.splitext(name)[0] != shot
