"""Questions and answers beside a run: how two files are related, whether files are in the library already."""

from dataclasses import dataclass
from enum import Enum

from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.images import ImageRecord, Unreadable
from py_image_dedup.model.matches import Evidence, Match, Relation
from py_image_dedup.model.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class PairAnswer:
    """How `right` is related to `left`; `evidence` has `left` on its left."""

    left: ImageRecord
    right: ImageRecord
    relation: Relation | None  # as measured; None: not related
    evidence: Evidence
    grade: float | None  # mean SSIM, 0..1
    no_grade: str = ""  # why there is none
    picture: bytes | None = None  # PNG of both aligned, if wanted
    verdict: Verdict | None = None  # what the user judged


class Presence(Enum):
    """Whether a file that was asked for is in the library."""

    FOUND = "found"
    SMALLER = "only-smaller"  # what the library has holds fewer pixels
    RELATED = "only-related"  # an edited version, or another photograph of the same thing
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What counts as being in the library."""

    relations: frozenset[Relation]
    smaller: bool = False  # a file with fewer pixels counts as well


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer for one file: the closest file of the library and how the file asked for is related to it."""

    file: ImageFile
    presence: Presence
    nearest: ImageRecord | None = None
    match: Match | None = None


@dataclass(frozen=True, slots=True)
class FindReport:
    """Answers in path order, and what could not be looked at. `library` counts the files asked against."""

    findings: tuple[Finding, ...]
    unreadable: tuple[Unreadable, ...]
    not_walked: tuple[tuple[str, str], ...]  # path, reason
    library: int

    @property
    def has_failures(self) -> bool:
        """Whether anything got no answer."""
        return bool(self.unreadable or self.not_walked)

    @property
    def all_found(self) -> bool:
        """Whether every file that was answered for is in the library."""
        return all(finding.presence is Presence.FOUND for finding in self.findings)
