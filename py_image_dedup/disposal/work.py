"""What every act of one run shares: the seam, the journal, the next action id, and folders made on the way."""

import errno
from collections.abc import Iterator
from dataclasses import dataclass, field

from py_image_dedup.disposal.books.actions import Action, Attributes, Event, Kind, State, Trace
from py_image_dedup.disposal.books.journal import Journal
from py_image_dedup.disposal.volume.fsops import FileOps, FileStat
from py_image_dedup.disposal.volume.held import Folder, Holding, Refusal, join
from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.plans import Subject, Way
from py_image_dedup.model.ports import Clock


@dataclass(slots=True)
class Work:
    """One run at work."""

    ops: FileOps
    journal: Journal
    clock: Clock
    run_id: str
    plan_id: str
    _next: int = field(init=False)

    def __post_init__(self) -> None:
        self._next = self.journal.last_number(self.run_id) + 1

    def new_ids(self) -> Iterator[str]:
        """Ids that no action had before; they sort in the order of acting and are plain file names."""
        while True:
            number, self._next = self._next, self._next + 1
            yield f"{self.run_id}-{number:06d}"

    def new_id(self) -> str:
        """One new id."""
        return next(self.new_ids())

    def make_folders(self, holding: Holding, start: Folder, relative: str, mode: int = 0o777) -> Folder:
        """A folder below an open one, made where it is missing: journalled, durable from the top down."""
        folder, missing = self._existing(holding, start, relative)
        if not missing:
            return folder
        actions = self._intend(folder, missing)
        events = []
        for name, action in zip(missing, actions, strict=True):
            folder, event = self._make(holding, folder, name, mode, action)
            events.append(event)
        self.journal.append((), events)
        return folder

    def _existing(self, holding: Holding, start: Folder, relative: str) -> tuple[Folder, list[str]]:
        """The innermost of the folders that is there, and the names that are missing below it."""
        folder, names = start, [name for name in relative.split("/") if name]
        while names:
            there = self.ops.stat_name(folder.descriptor, names[0])
            if there is None:
                break
            if not there.is_folder:
                raise Refusal(f"{folder.at(names[0])} is in the way and is no folder")
            folder = holding.below(folder, names.pop(0))
        return folder, names

    def _intend(self, folder: Folder, missing: list[str]) -> list[Action]:
        actions, path = [], folder.path
        for name in missing:
            path = join(path, name)
            subject = Trace(path, folder.top, 0, 0, 0, 0, b"")
            new_id = self.new_id()
            actions.append(
                Action(
                    id=new_id,
                    run_id=self.run_id,
                    plan_id=self.plan_id,
                    unit=new_id,
                    kind=Kind.MADE_FOLDER,
                    way=Way.QUARANTINE,
                    subject=subject,
                    place="",
                    parent_mtime_ns=0,
                )
            )
        self.journal.append(actions, [Event(action.id, State.INTENT) for action in actions])
        return actions

    def _make(self, holding: Holding, parent: Folder, name: str, mode: int, action: Action) -> tuple[Folder, Event]:
        before_ns = self.ops.stat(parent.descriptor).mtime_ns
        try:
            self.ops.mkdir(parent.descriptor, name, mode)
        except FileExistsError:  # somebody was quicker: it is not ours to remove
            return holding.below(parent, name), Event(action.id, State.EXPIRED, reason="it was there already")
        self.ops.sync(parent.descriptor)
        after_ns = self.ops.stat(parent.descriptor).mtime_ns
        made = Event(action.id, State.MOVED, action.subject.path, "", before_ns, after_ns)
        return holding.below(parent, name), made


def trace(subject: Subject, root: str, stat: FileStat) -> Trace:
    """How a verified file is recognised later."""
    return Trace(subject.file.path, root, stat.device, stat.inode, stat.size, stat.mtime_ns, subject.sha256)


def subject_of(known: Trace) -> Subject:
    """A file of the journal as a plan knows files."""
    file = ImageFile(known.path, known.root, known.size, known.mtime_ns, 0, known.inode, known.device)
    return Subject(file, known.sha256)


def attributes_of(ops: FileOps, descriptor: int) -> Attributes:
    """What is needed to make an open file or folder again, beside its name and content."""
    now = ops.stat(descriptor)
    return Attributes(now.permissions, now.uid, now.gid, now.atime_ns, now.mtime_ns, ops.xattrs(descriptor))


def why(error: OSError) -> str:
    """An error of the system for people, without a path."""
    text = error.strerror or str(error)
    return f"{text} ({errno.errorcode.get(error.errno or 0, 'no number')})"
