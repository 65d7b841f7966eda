"""Where journal, quarantines, disk and index disagree, one value a difference."""

from dataclasses import dataclass
from enum import Enum


class Fault(Enum):
    """What kind of difference it is."""

    JOURNAL_DAMAGED = "journal-damaged"
    UNFINISHED = "unfinished"  # a killed run left it open; the next run finishes it
    UNREACHABLE = "unreachable"  # a root, target or quarantine cannot be looked at
    MISSING = "missing"  # put aside, and not where it was put
    CHANGED = "changed"  # put aside, and not what it was
    KEEPER_GONE = "keeper-gone"  # put aside, and the file it was removed for is not there as it was
    NOT_IN_JOURNAL = "not-in-journal"  # in a quarantine, but the journal does not say so
    STRANGE_FILE = "strange-file"  # in a quarantine, and no record knows it
    RECORD_MISSING = "record-missing"  # nothing beside a file could bring it back without the journal
    RECORD_UNREADABLE = "record-unreadable"
    EMPTY_SHELF = "empty-shelf"  # records of files that are all gone
    GHOST = "ghost"  # in the index, but not on the disk


MENDED = frozenset(
    {
        *(Fault.JOURNAL_DAMAGED, Fault.MISSING, Fault.NOT_IN_JOURNAL, Fault.RECORD_MISSING),
        *(Fault.RECORD_UNREADABLE, Fault.EMPTY_SHELF, Fault.GHOST),
    }
)
"""What `check --repair` can mend by writing journal, records and index alone; photographs are never touched."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as the others say; `sentence` says how, without the path."""

    fault: Fault
    path: str
    sentence: str

    @property
    def can_be_mended(self) -> bool:
        """Whether records alone are wrong."""
        return self.fault in MENDED


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check found, and after a repair what it did and what is left."""

    differences: tuple[Difference, ...]
    mended: tuple[str, ...] = ()
