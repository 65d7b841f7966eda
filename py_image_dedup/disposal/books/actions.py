"""What the journal holds: actions (what is to be done, written once) and events (how far it came, only ever added)."""

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from py_image_dedup.model.plans import Way


class Kind(Enum):
    """What an action is about."""

    FILE = "file"  # a file goes to the quarantine, the target or the trash, or is replaced by a link
    FOLDER = "folder"  # a folder that this run emptied is removed
    MADE_FOLDER = "made-folder"  # a folder made for what is put aside; goes again when it is empty
    MADE_FILE = "made-file"  # a file of ours that is being made on a shelf, until it gets its name or goes


class State(Enum):
    """How far an action came. The latest event of an action is its state."""

    INTENT = "intent"  # durable before anything is changed
    COPYING = "copying"  # a part file may exist on the other volume
    COPIED = "copied"  # a verified, durable copy stands at the destination; the source is untouched
    MOVED = "moved"  # done: the file is where the event says
    UNDO_INTENT = "undo-intent"
    UNDONE = "undone"
    PURGE_INTENT = "purge-intent"
    PURGED = "purged"  # gone for good, its keeper verified at that moment
    REFUSED = "refused"  # the disk no longer agreed with the plan; nothing was touched
    FAILED = "failed"  # the system refused; the file is where it was
    RACED = "raced"  # the file changed in the moment of acting and was put back
    EXPIRED = "expired"  # intended, but not begun when the run ended
    LOST_TRACK = "lost-track"  # found nowhere: another program moved or removed it

    @property
    def is_open(self) -> bool:
        """Whether a later start has to look at this action again."""
        return self in _OPEN


_OPEN = frozenset({State.INTENT, State.COPYING, State.COPIED, State.UNDO_INTENT, State.PURGE_INTENT})


class Trace(NamedTuple):
    """How a file is recognised: by content first, by stat to save work. `sha256` is empty for folders."""

    path: str
    root: str
    device: int
    inode: int
    size: int
    mtime_ns: int
    sha256: bytes


class Attributes(NamedTuple):
    """What a folder, or a copy of a file, needs beside its name and content to be as it was."""

    mode: int
    uid: int
    gid: int
    atime_ns: int
    mtime_ns: int
    xattrs: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """One thing done to one file or folder."""

    id: str
    run_id: str
    plan_id: str
    unit: str  # the id of the action that its companions go, stay and come back with
    kind: Kind
    way: Way
    subject: Trace
    place: str  # where the file is put: in the quarantine; "" for folders
    parent_mtime_ns: int  # of the folder it is in, before the act
    keeper: Trace | None = None
    target: str | None = None  # final path where the user asked for a move
    target_base: str | None = None  # the part of `target` that the user named and that must exist
    relation: str = ""
    rule: str = ""
    attributes: Attributes | None = None  # of folders, and of files that are copied to another volume

    @property
    def tops(self) -> tuple[str, ...]:
        """The folders below which the file may be: its root, and the target directory where there is one."""
        return tuple(top for top in (self.subject.root, self.target_base) if top)


@dataclass(frozen=True, slots=True)
class Event:
    """An action reached a state."""

    action_id: str
    state: State
    at: str = ""  # where the file is now, for MOVED, UNDONE and RACED; the part file for COPYING
    reason: str = ""
    parent_before_ns: int = 0  # mtime of the folder the file was in, right before the act; 0 where not known
    parent_after_ns: int = 0  # and right after it: if it is still that at undo, nobody else has touched the folder


@dataclass(frozen=True, slots=True)
class Entry:
    """An action and its latest event."""

    action: Action
    last: Event
    at_ns: int

    @property
    def state(self) -> State:
        """How far it came."""
        return self.last.state


@dataclass(frozen=True, slots=True)
class Run:
    """One run that acted, and how many of its files are in which state."""

    id: str
    plan_id: str
    started_ns: int
    states: tuple[tuple[Kind, State, int], ...]
