"""Relations between pictures, the evidence for them, and groups around a keeper."""

from dataclasses import dataclass
from enum import Enum

from py_image_dedup.model.images import ImageRecord


class Relation(Enum):
    """How one file is a copy of another, strongest first."""

    SAME_BYTES = "same-bytes"
    SAME_PIXELS = "same-pixels"
    SAME_PICTURE = "same-picture"
    TURNED = "turned"
    EDITED = "edited"
    LOOK_ALIKE = "look-alike"

    @property
    def strength(self) -> int:
        """0 for the strongest relation; grows as it weakens."""
        return list(Relation).index(self)


REMOVABLE = tuple(r for r in Relation if r is not Relation.LOOK_ALIKE)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Two contents (SHA-256) that may show the same picture, and in which of the 8 orientations."""

    left: bytes
    right: bytes
    orientation: int  # EXIF number 1..8: the transformation that turns `right` into `left`
    distance: float  # share of differing fingerprint bits, 0..1


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the comparison measured. Numbers that were not measured are None."""

    words: str  # "scaled to 50 %, JPEG quality about 71"
    distance: float = 0.0  # share of differing fingerprint bits, 0..1
    correlation_p20: float | None = None  # 20th percentile of local correlation, -1..1
    correlation_p50: float | None = None  # median of local correlation
    difference: float | None = None  # mean absolute luma difference after tone fit, 0..255
    orientation: int = 1  # EXIF number 1..8 of the transformation from right to left
    scale: float | None = None  # side of right divided by side of left
    coverage_left: float | None = None  # share of left's area that right shows, 0..1
    coverage_right: float | None = None
    brightness: float | None = None  # mean luma of right minus that of left, -255..255
    contrast: float | None = None  # spread of luma in right divided by that in left
    colourfulness: float | None = None  # spread of chroma in right divided by that in left
    transform: tuple[float, ...] | None = (
        None  # 6 numbers of an affine map, row by row: unit square of right -> of left
    )
    differs_at: tuple[float, float, float, float] | None = (
        None  # x, y, width, height as shares of left: what differs most
    )
    beyond_left: float | None = None  # share of left's area: picture, no frame, around what right shows
    beyond_right: float | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The verified answer for two contents, remembered by the store. `relation` None: not related."""

    left: bytes  # SHA-256, left < right
    right: bytes
    relation: Relation | None
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Match:
    """`member` is a copy of `keeper` in the way `relation` says."""

    relation: Relation
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Star:
    """A file that stays and the files that each match it directly; no file stands in two stars."""

    keeper: ImageRecord
    others: tuple[tuple[ImageRecord, Match], ...]


class Verb(Enum):
    """What the plan does with one member of a group."""

    KEEP = "keep"
    REMOVE = "remove"
    REVIEW = "review"  # a relation that is not acted on: shown to a person
    LEAVE = "leave"  # acted on in general, but not this file; the member's note says why


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a group, best first. `rule` is the rule that put it behind the member before it."""

    record: ImageRecord
    match: Match | None  # None for the keeper itself
    rank: int  # 1 for the keeper
    rule: str
    verb: Verb
    note: str = ""
    loses: tuple[str, ...] = ()  # of a file that goes: kinds of metadata that the keeper lacks (`descriptions.KINDS`)


@dataclass(frozen=True, slots=True)
class Group:
    """A star: every member matches the keeper directly. `members[0]` is the keeper."""

    members: tuple[Member, ...]

    @property
    def keeper(self) -> Member:
        """The file that stays."""
        return self.members[0]
