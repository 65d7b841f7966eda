"""The Plan: what would be done, decided before anything is done. Immutable, serialisable, verified again at the act."""

from dataclasses import dataclass
from enum import Enum

from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.matches import Group, Relation


class Way(Enum):
    """How a file is removed. All of them can be undone; only purge is for good."""

    QUARANTINE = "quarantine"
    TARGET = "target"  # moved below a target directory, keeping the tree
    TRASH = "trash"
    HARDLINK = "hardlink"
    REFLINK = "reflink"
    SYMLINK = "symlink"
    MERGED = "merged"  # no removal: a file that stays was given metadata, and as it was it lies in the quarantine


LINK_WAYS = frozenset({Way.HARDLINK, Way.REFLINK, Way.SYMLINK})
"""Ways that leave a link to the keeper under the name of the copy."""
REPLACING = LINK_WAYS | {Way.MERGED}
"""Ways after which another file has the name."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One file as the plan knew it; the disk must still agree when the plan is carried out."""

    file: ImageFile
    sha256: bytes


@dataclass(frozen=True, slots=True)
class PlannedRemoval:
    """`victim` goes because it is a copy of `keeper`."""

    victim: Subject
    keeper: Subject
    relation: Relation
    rule: str
    way: Way
    target: str | None = None  # absolute path the file goes to, for Way.TARGET
    companions: tuple[Subject, ...] = ()  # sidecars, RAW, Live Photo video: go, stay and come back with the victim
    merge: tuple[str, ...] = ()  # kinds of metadata (`descriptions.KINDS`) that move into the keeper before it goes


@dataclass(frozen=True, slots=True)
class Plan:
    """Groups for a person to read, removals for `disposal` to carry out. `id` is a digest of all the rest."""

    id: str
    settings_digest: str
    roots: tuple[str, ...]
    groups: tuple[Group, ...]
    removals: tuple[PlannedRemoval, ...]
    remove_empty_folders: bool = False
