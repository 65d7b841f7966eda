"""Purge: what was put aside goes for good. Separate from removal, later, and only while its keeper lives.

A file goes only if right now some other file holds the picture it was removed for: the recorded keeper, or any file
with the keeper's content, opened and hashed at this moment.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from py_image_dedup.disposal.books.actions import Entry, Event, Kind, State, Trace
from py_image_dedup.disposal.volume.fsops import FileStat
from py_image_dedup.disposal.volume.held import Folder, Holding, Refusal, digest, is_below
from py_image_dedup.disposal.work import Work, why
from py_image_dedup.model.outcomes import PurgeOutcome, Status
from py_image_dedup.model.places import QUARANTINE_NAME

BATCH = 64

Elsewhere = Callable[[bytes], Iterable[str]]
"""Paths at which a content (SHA-256) may be found, for keepers that were moved."""


@dataclass(frozen=True, slots=True)
class Going:
    """A quarantined file that may go, and the keeper that was just verified."""

    entry: Entry
    folder: Folder
    name: str
    stat: FileStat
    keeper: str


@dataclass(slots=True)
class Purging:
    """Purges entries of the journal."""

    work: Work
    roots: tuple[str, ...]
    elsewhere: Elsewhere
    stop: Callable[[], bool]
    merged: Mapping[bytes, bytes] = field(default_factory=dict)  # what a keeper's content became, by what it was
    _alive: dict[bytes, str] = field(default_factory=dict)

    def purge(self, entries: Sequence[Entry]) -> Iterator[PurgeOutcome]:
        """One outcome a file that lies in a quarantine, each durable before it is given."""
        aside = [entry for entry in entries if _is_in_quarantine(entry)]
        for start in range(0, len(aside), BATCH):
            if self.stop():
                return
            self._alive.clear()  # a keeper is verified anew for every batch
            with Holding(self.work.ops) as holding:
                outcomes = self._batch(aside[start : start + BATCH], holding)
            yield from outcomes

    def _batch(self, entries: Sequence[Entry], holding: Holding) -> list[PurgeOutcome]:
        prepared = [self._prepare(entry, holding) for entry in entries]
        going = [one for one in prepared if isinstance(one, Going)]
        self.work.journal.append((), [_event(one, State.PURGE_INTENT) for one in going])
        try:
            for one in going:
                self.work.ops.unlink(one.folder.descriptor, one.name)
            for descriptor in dict.fromkeys(one.folder.descriptor for one in going):
                self.work.ops.sync(descriptor)
        except OSError as error:  # the next start finds out which of them are gone
            reason = f"the disk reported {why(error)}"
            return [_outcome(entry, Status.FAILED, reason) for entry in entries]
        self.work.journal.append((), [_event(one, State.PURGED) for one in going])
        return [_outcome(one.entry, Status.DONE, "", one.keeper) if isinstance(one, Going) else one for one in prepared]

    def _prepare(self, entry: Entry, holding: Holding) -> Going | PurgeOutcome:
        try:
            return self._verified(entry, holding)
        except Refusal as refusal:
            return _outcome(entry, Status.REFUSED, str(refusal))
        except OSError as error:
            return _outcome(entry, Status.FAILED, f"it could not be looked at: {why(error)}")

    def _verified(self, entry: Entry, holding: Holding) -> Going:
        action, at = entry.action, entry.last.at
        folder, name = holding.parent(at, action.tops), os.path.basename(at)
        there = self.work.ops.stat_name(folder.descriptor, name)
        if there is None or not there.is_regular:
            raise Refusal(f"it is not at {at} any more")
        descriptor = holding.open_file(folder, name)
        if digest(self.work.ops, descriptor) != action.subject.sha256:
            raise Refusal(f"it was changed at {at}")
        return Going(entry, folder, name, there, self._living_keeper(entry, there, holding))

    def _living_keeper(self, entry: Entry, mine: FileStat, holding: Holding) -> str:
        keeper = entry.action.keeper
        if keeper is None:
            raise Refusal("no keeper is on record for it")
        if keeper.sha256 not in self._alive:
            places = (
                (path, sha256) for sha256 in self._contents(keeper.sha256) for path in self._paths(keeper, sha256)
            )
            for path, sha256 in places:
                if self._holds(path, (*self.roots, keeper.root), sha256, mine, holding):
                    self._alive[keeper.sha256] = path
                    break
        if keeper.sha256 not in self._alive:
            raise Refusal(f"the file it was removed for, {keeper.path}, is not there as it was; undo brings it back")
        return self._alive[keeper.sha256]

    def _contents(self, sha256: bytes) -> Iterator[bytes]:
        """What the keeper had when the file went, and what it has had since by merging."""
        seen: set[bytes] = set()
        content: bytes | None = sha256
        while content is not None and content not in seen:
            yield content
            seen.add(content)
            content = self.merged.get(content)

    def _paths(self, keeper: Trace, sha256: bytes) -> Iterator[str]:
        yield from (keeper.path, *self.elsewhere(sha256))

    def _holds(self, path: str, tops: Sequence[str], sha256: bytes, mine: FileStat, holding: Holding) -> bool:
        if f"/{QUARANTINE_NAME}/" in path:
            return False
        try:
            folder, name = holding.parent(path, tops), os.path.basename(path)
            there = self.work.ops.stat_name(folder.descriptor, name)
            if there is None or not there.is_regular or there.size == 0 or there.is_same_file(mine):
                return False
            return digest(self.work.ops, holding.open_file(folder, name)) == sha256
        except (OSError, Refusal):
            return False


def _is_in_quarantine(entry: Entry) -> bool:
    shelf = os.path.dirname(entry.action.place)
    aside = entry.action.kind is Kind.FILE and entry.state is State.MOVED
    return aside and bool(shelf) and is_below(entry.last.at, shelf)


def _event(one: Going, state: State) -> Event:
    return replace(one.entry.last, state=state, reason=f"kept: {one.keeper}")


def _outcome(entry: Entry, status: Status, reason: str, keeper: str | None = None) -> PurgeOutcome:
    subject = entry.action.subject
    return PurgeOutcome(subject.path, subject.size, status, reason, keeper)
