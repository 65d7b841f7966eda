"""The last look before the act: keeper and victim, through held descriptors, against what the plan knew."""

import errno
import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from py_image_dedup.disposal.volume.fsops import FileOps, FileStat
from py_image_dedup.disposal.volume.held import HeldFile, Holding, Refusal, digest
from py_image_dedup.model.plans import PlannedRemoval, Subject
from py_image_dedup.model.ports import Clock

# A file whose ctime is this young may change once more without its stat showing it: FAT has a grain of 2 s.
CLOCK_GRAIN_NS = 3_000_000_000
_REASONS = {
    errno.ENOENT: "it is not there any more",
    errno.ELOOP: "a folder on the way to it, or the file itself, has become a symbolic link",
    errno.ENOTDIR: "a folder on the way to it has become something else",
    errno.EXDEV: "the way to it leaves the folder that was searched",
}


@dataclass(slots=True)
class Verifier:
    """Verifies the files of one plan; remembers keepers by stat, so that each is read once a run."""

    ops: FileOps
    clock: Clock
    roots: Sequence[str]
    _keepers: dict[str, FileStat] = field(default_factory=dict)

    def keeper(self, subject: Subject, holding: Holding) -> HeldFile:
        """The file that stays; Refusal unless it is there, whole and as planned."""
        began_ns = self.clock.now_ns()
        try:
            held = self._verified(subject, holding, known=self._keepers.get(subject.file.path))
        except Refusal as refusal:
            raise Refusal(f"the file to keep, {subject.file.path}: {refusal}") from refusal
        if held.stat.ctime_ns < began_ns - CLOCK_GRAIN_NS:
            self._keepers[subject.file.path] = held.stat
        return held

    def victim(self, subject: Subject, holding: Holding, *, may_be_empty: bool = False) -> HeldFile:
        """A file that is to go; Refusal unless it is as planned and nobody writes to it."""
        held = self._verified(subject, holding, may_be_empty=may_be_empty)
        if self.ops.is_written_elsewhere(held.descriptor):
            raise Refusal("another program has it open for writing")
        return held

    def opened(self, subject: Subject, holding: Holding) -> HeldFile:
        """A file of which nothing is known but its stat; Refusal unless that is as it was seen."""
        held = self._found(subject, holding)
        _require_as_planned(held, may_be_empty=True)
        return held

    def _verified(
        self, subject: Subject, holding: Holding, *, known: FileStat | None = None, may_be_empty: bool = False
    ) -> HeldFile:
        held = self._found(subject, holding)
        _require_as_planned(held, may_be_empty=may_be_empty)
        if held.stat != known:
            self._require_content(held)
        return held

    def _found(self, subject: Subject, holding: Holding) -> HeldFile:
        try:
            return self._open(subject, holding)
        except OSError as error:
            if error.errno in _REASONS:
                raise Refusal(_REASONS[error.errno]) from error
            raise

    def _open(self, subject: Subject, holding: Holding) -> HeldFile:
        path = subject.file.path
        folder, name = holding.parent(path, self.roots), os.path.basename(path)
        there = self.ops.stat_name(folder.descriptor, name)
        if there is None or not there.is_regular:  # before opening: opening a device may do something
            raise Refusal(_REASONS[errno.ENOENT] if there is None else "it is no regular file any more")
        descriptor = holding.open_file(folder, name)
        return HeldFile(subject, folder, name, descriptor, self.ops.stat(descriptor))

    def _require_content(self, held: HeldFile) -> None:
        if digest(self.ops, held.descriptor) != held.subject.sha256:
            raise Refusal("its content has changed since it was analysed")
        require_untouched(self.ops, held)


def _require_as_planned(held: HeldFile, *, may_be_empty: bool) -> None:
    """Inode and device are no part of it: they change with a remount; the content is verified in any case."""
    planned, now = held.subject.file, held.stat
    if not now.is_regular:
        raise Refusal("it is no regular file any more")
    if now.size == 0 and not may_be_empty:
        raise Refusal("it is empty")
    if (now.size, now.mtime_ns) != (planned.size, planned.mtime_ns):
        raise Refusal("it has changed since it was analysed")


def require_untouched(ops: FileOps, held: HeldFile) -> None:
    """Refusal if the file was changed since `held.stat` was taken, by its own record of that."""
    now = ops.stat(held.descriptor)
    if (now.size, now.mtime_ns, now.ctime_ns) != (held.stat.size, held.stat.mtime_ns, held.stat.ctime_ns):
        raise Refusal("it is being changed at this moment")


def require_same_content_stat(ops: FileOps, held: HeldFile) -> None:
    """Refusal if size or modification time changed; the ctime may, since a rename sets it."""
    if not ops.stat(held.descriptor).has_same_content_stat(held.stat):
        raise Refusal("it has just been changed")


def require_name(ops: FileOps, held: HeldFile) -> None:
    """Refusal if the name stands for another file by now."""
    there = ops.stat_name(held.folder.descriptor, held.name)
    if there is None:
        raise Refusal(_REASONS[errno.ENOENT])
    if not there.is_same_file(ops.stat(held.descriptor)) and not there.has_same_content_stat(held.stat):
        raise Refusal("another file stands in its place")


def contradictions(removals: Sequence[PlannedRemoval]) -> dict[int, str]:
    """Why a removal contradicts the rest of its plan, by position: a keeper that goes, a file that goes twice."""
    going = [subject for removal in removals for subject in (removal.victim, *removal.companions)]
    paths = {subject.file.path for subject in going}
    identities = {subject.file.identity for subject in going}
    seen: set[str] = set()
    answers: dict[int, str] = {}
    for position, removal in enumerate(removals):
        mine = {subject.file.path for subject in (removal.victim, *removal.companions)}
        if removal.keeper.file.path in paths or removal.keeper.file.identity in identities:
            answers[position] = "the plan removes the very file that it is to be kept for"
        elif mine & seen:
            answers[position] = "the plan removes it twice"
        seen |= mine
    return answers
