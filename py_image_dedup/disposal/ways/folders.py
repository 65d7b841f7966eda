"""Phase 6: folders that this run emptied are removed, by rmdir alone; a rehearsal names the same ones."""

import heapq
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from py_image_dedup.disposal.books.actions import Action, Event, Kind, State, Trace
from py_image_dedup.disposal.volume.fsops import FileOps
from py_image_dedup.disposal.volume.held import Folder, Holding, Refusal, is_below, join, top_of
from py_image_dedup.disposal.ways.quarantine import Shelves, write_sidecar
from py_image_dedup.disposal.work import Work, attributes_of, why
from py_image_dedup.model.outcomes import FolderOutcome, Status
from py_image_dedup.model.plans import Way

BATCH = 64


def emptied_folders(ops: FileOps, taken: Collection[str], roots: Sequence[str]) -> list[str]:
    """The folders that hold nothing once the files at `taken` are gone, deepest first.

    Only folders directly from which a file is taken, and their parents as far as these become empty thereby; never a
    root, never a mount point.
    """
    with Holding(ops) as holding:
        return _folders_to_empty(taken, roots, lambda folder: _names_in(ops, holding, folder, roots))


def _names_in(ops: FileOps, holding: Holding, path: str, roots: Sequence[str]) -> list[str] | None:
    """What is in a folder; None where it must stay: a mount point, or one that cannot be looked at."""
    try:
        folder = holding.folder(top_of(path, roots), path)
        if folder.volume != holding.parent(path, roots).volume:
            return None
        return ops.names(folder.descriptor)
    except (OSError, Refusal):
        return None


def _folders_to_empty(
    taken: Iterable[str], roots: Sequence[str], listing: Callable[[str], Collection[str] | None]
) -> list[str]:
    gone = set(taken)
    waiting = [_deepest_first(folder) for folder in {os.path.dirname(path) for path in gone}]
    heapq.heapify(waiting)
    emptied: list[str] = []
    seen: set[str] = set()
    while waiting:
        _, folder = heapq.heappop(waiting)
        if folder in seen or not _may_go(folder, roots):
            continue
        seen.add(folder)
        names = listing(folder)
        if names is not None and all(join(folder, name) in gone for name in names):
            emptied.append(folder)
            gone.add(folder)
            heapq.heappush(waiting, _deepest_first(os.path.dirname(folder)))
    return emptied


def _deepest_first(folder: str) -> tuple[int, str]:
    return -folder.count("/"), folder


def _may_go(folder: str, roots: Sequence[str]) -> bool:
    """Below a root, and not a root itself, also where roots lie within each other."""
    tops = [root.rstrip("/") for root in roots]
    return folder not in tops and any(is_below(folder, top) for top in tops)


@dataclass(frozen=True, slots=True)
class Leaving:
    """A folder that is to go."""

    parent: Folder
    action: Action
    shelf: Folder  # where the record of it stands


@dataclass(frozen=True, slots=True)
class FolderRemoval:
    """Removes emptied folders of one run."""

    work: Work
    shelves: Shelves
    roots: tuple[str, ...]

    def remove(self, folders: Sequence[str]) -> Iterator[FolderOutcome]:
        """One outcome a folder; `folders` deepest first.

        Folders of one depth are one batch: what a folder looked like is noted after those in it have gone.
        """
        for _, level in groupby(folders, key=lambda folder: folder.count("/")):
            same_depth = list(level)
            for start in range(0, len(same_depth), BATCH):
                with Holding(self.work.ops) as holding:
                    outcomes = self._batch(same_depth[start : start + BATCH], holding)
                yield from outcomes

    def _batch(self, paths: Sequence[str], holding: Holding) -> list[FolderOutcome]:
        prepared = [self._prepare(path, holding) for path in paths]
        leaving = [one for one in prepared if isinstance(one, Leaving)]
        self.work.journal.append(
            [one.action for one in leaving], [Event(one.action.id, State.INTENT) for one in leaving]
        )
        try:
            self._record(leaving)
            events = [self._remove(one) for one in leaving]
            for parent in {one.parent.descriptor for one in leaving}:
                self.work.ops.sync(parent)
        except OSError as error:  # the next start finds out which of them are gone
            reason = f"the disk reported {why(error)}"
            return [FolderOutcome(path, Status.FAILED, reason) for path in paths]
        self.work.journal.append((), events)
        ended = {one.action.subject.path: event for one, event in zip(leaving, events, strict=True)}
        return [
            one if isinstance(one, FolderOutcome) else _outcome(ended[one.action.subject.path], one) for one in prepared
        ]

    def _prepare(self, path: str, holding: Holding) -> Leaving | FolderOutcome:
        try:
            parent = holding.parent(path, self.roots)
            folder = holding.below(parent, os.path.basename(path))
            if folder.volume != parent.volume:
                return FolderOutcome(path, Status.REFUSED, "it is a mount point")
            return Leaving(parent, self._action(path, parent, folder), self.shelves.for_folder(parent, holding))
        except Refusal as refusal:
            return FolderOutcome(path, Status.REFUSED, str(refusal))
        except OSError as error:
            return FolderOutcome(path, Status.FAILED, f"it could not be looked at: {why(error)}")

    def _action(self, path: str, parent: Folder, folder: Folder) -> Action:
        now = self.work.ops.stat(folder.descriptor)
        new_id = self.work.new_id()
        return Action(
            id=new_id,
            run_id=self.work.run_id,
            plan_id=self.work.plan_id,
            unit=new_id,
            kind=Kind.FOLDER,
            way=Way.QUARANTINE,
            subject=Trace(path, parent.top, now.device, now.inode, 0, now.mtime_ns, b""),
            place="",
            parent_mtime_ns=self.work.ops.stat(parent.descriptor).mtime_ns,
            attributes=attributes_of(self.work.ops, folder.descriptor),
        )

    def _record(self, leaving: Sequence[Leaving]) -> None:
        shelves = {one.shelf.descriptor: one.shelf for one in leaving}
        for shelf in shelves.values():
            write_sidecar(self.work.ops, shelf, [one.action for one in leaving if one.shelf is shelf])
            self.work.ops.sync(shelf.descriptor)

    def _remove(self, one: Leaving) -> Event:
        ops, parent, action = self.work.ops, one.parent, one.action
        before_ns = ops.stat(parent.descriptor).mtime_ns
        try:
            ops.rmdir(parent.descriptor, os.path.basename(action.subject.path))
        except OSError as error:
            return Event(action.id, State.FAILED, "", why(error))
        return Event(action.id, State.MOVED, "", "", before_ns, ops.stat(parent.descriptor).mtime_ns)


def _outcome(event: Event, one: Leaving) -> FolderOutcome:
    status = Status.DONE if event.state is State.MOVED else Status.FAILED
    return FolderOutcome(one.action.subject.path, status, event.reason)
