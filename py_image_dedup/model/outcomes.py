"""What happened: an outcome for every planned removal and folder, and the report of a run."""

from dataclasses import dataclass, field
from enum import Enum

from py_image_dedup.model.elsewhere import CopyElsewhere
from py_image_dedup.model.files import NotWalked, PassedOver
from py_image_dedup.model.images import Unreadable
from py_image_dedup.model.plans import Plan, PlannedRemoval


class Status(Enum):
    """How one act ended."""

    DONE = "done"
    REFUSED = "refused"  # the disk no longer agrees with the plan; nothing was touched
    FAILED = "failed"  # the system refused; nothing was lost
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one planned removal ended. `now_at` is where the file is now, where it was moved."""

    removal: PlannedRemoval
    status: Status
    reason: str = ""
    now_at: str | None = None


@dataclass(frozen=True, slots=True)
class FolderOutcome:
    """How the removal of one emptied folder ended."""

    path: str
    status: Status
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RestoreOutcome:
    """How bringing one file or folder back ended. `path` is where it stands now."""

    original: str
    path: str
    status: Status
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PurgeOutcome:
    """How removing one file for good ended. `keeper` is the file that was verified to hold its picture."""

    original: str
    size: int
    status: Status
    reason: str = ""
    keeper: str | None = None


@dataclass(frozen=True, slots=True)
class CopyOutcome:
    """How copying one file out ended. `target` is where its copy is, or was to be."""

    path: str
    target: str
    size: int
    status: Status
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CopyReport:
    """What was copied out, how many files were left out as copies of what stays, and what could not be looked at."""

    copied: tuple[CopyOutcome, ...]
    left_out: int
    not_walked: tuple[NotWalked, ...]

    @property
    def has_failures(self) -> bool:
        """Whether something of the library may have no copy (exit status 3)."""
        return bool(self.not_walked) or any(outcome.status is not Status.DONE for outcome in self.copied)


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One run that acted, and where its files are now."""

    run_id: str
    plan_id: str
    started_ns: int
    away: int  # removed by it and can be brought back
    undone: int
    purged: int
    not_done: int  # refused, failed, or not begun when it ended
    unfinished: int  # the next start looks at these
    lost_track: int
    folders_removed: int


@dataclass(frozen=True, slots=True)
class Counts:
    """What a run looked at and did."""

    files: int = 0
    analysed: int = 0
    unchanged: int = 0
    unreadable: int = 0
    passed_over: int = 0
    forgotten: int = 0
    groups: int = 0
    removed: int = 0
    removed_bytes: int = 0
    refused: int = 0
    failed: int = 0
    folders_removed: int = 0


@dataclass(frozen=True, slots=True)
class RunReport:
    """Everything a face needs to tell what a run found and did."""

    run_id: str
    dry_run: bool
    counts: Counts
    plan: Plan | None = None
    outcomes: tuple[Outcome, ...] = ()
    folders: tuple[FolderOutcome, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()
    not_walked: tuple[NotWalked, ...] = ()
    notes: tuple[str, ...] = field(default=())
    elsewhere: tuple[CopyElsewhere, ...] = ()  # on other hosts of the index, where asked for

    @property
    def has_failures(self) -> bool:
        """Whether some files could not be read or acted on (exit status 3)."""
        bad = {Status.REFUSED, Status.FAILED}
        acts_failed = any(o.status in bad for o in self.outcomes) or any(f.status in bad for f in self.folders)
        return acts_failed or bool(self.unreadable or self.not_walked)
