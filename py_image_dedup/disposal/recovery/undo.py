"""Undo: a run backwards, newest act first. Nothing is overwritten: a name that is taken gets `(restored ID)`.

Folders come back before the files that were in them; each file with its name, content, mode, times and attributes,
and the folder it comes back to with its own time, if nobody else has changed it since.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from py_image_dedup.disposal.books.actions import Action, Entry, Event, Kind, State
from py_image_dedup.disposal.recovery.bring_back import bring_back_file, bring_back_folder
from py_image_dedup.disposal.volume.held import Folder, HeldFile, Holding, Refusal, digest
from py_image_dedup.disposal.work import Work, subject_of, why
from py_image_dedup.model.outcomes import RestoreOutcome, Status

BATCH = 64


@dataclass(frozen=True, slots=True)
class Return:
    """One file or folder on its way back."""

    entry: Entry
    home: Folder  # the folder it comes back to
    source: HeldFile | None  # the file as it lies in the quarantine or target; None for a folder
    back_at: str = ""
    note: str = ""

    @property
    def action(self) -> Action:
        """What is undone."""
        return self.entry.action


@dataclass(frozen=True, slots=True)
class Undoing:
    """Undoes what one run did."""

    work: Work
    stop: Callable[[], bool]

    def undo(self, entries: Sequence[Entry]) -> Iterator[RestoreOutcome]:
        """One outcome a file or folder, each durable before it is given; `entries` in the order of acting."""
        wanted = [e for e in entries if e.state is State.MOVED and e.action.kind is not Kind.MADE_FOLDER]
        for _, group in groupby(reversed(wanted), key=_together):
            for batch in _batches(list(group)):
                if self.stop():
                    return
                with Holding(self.work.ops) as holding:
                    outcomes = self._batch(batch, holding)
                yield from outcomes

    def _batch(self, entries: Sequence[Entry], holding: Holding) -> list[RestoreOutcome]:
        prepared = _whole_units([self._prepare(entry, holding) for entry in entries], entries)
        intents = [replace(r.entry.last, state=State.UNDO_INTENT, reason="") for r in prepared if isinstance(r, Return)]
        self.work.journal.append((), intents)
        returned = [self._return(r, holding) if isinstance(r, Return) else r for r in prepared]
        try:
            self._sync(returned)
        except OSError as error:  # what came back is for the next start to find out
            reason = f"the disk reported {why(error)}"
            return [_failed(entry, reason) for entry in entries]
        self.work.journal.append((), [event for r in zip(prepared, returned, strict=True) for event in _events(*r)])
        return [_outcome(r) if isinstance(r, Return) else r for r in returned]

    def _prepare(self, entry: Entry, holding: Holding) -> Return | RestoreOutcome:
        try:
            home = self._home(entry.action, holding)
            source = None if entry.action.kind is Kind.FOLDER else self._source(entry, holding)
            return Return(entry, home, source)
        except Refusal as refusal:
            return _refused(entry, str(refusal))
        except OSError as error:
            return _failed(entry, f"it could not be looked at: {why(error)}")

    def _home(self, action: Action, holding: Holding) -> Folder:
        """The folder it was in, made again if somebody removed it."""
        subject = action.subject
        folder = os.path.dirname(subject.path)
        top = holding.top(subject.root)
        return self.work.make_folders(holding, top, folder[len(subject.root.rstrip("/")) + 1 :])

    def _source(self, entry: Entry, holding: Holding) -> HeldFile:
        """The file where it is now; Refusal unless it is what was put there."""
        action, at = entry.action, entry.last.at
        folder = holding.parent(at, action.tops)
        name = os.path.basename(at)
        there = self.work.ops.stat_name(folder.descriptor, name)
        if there is None or not there.is_regular:
            raise Refusal(f"it is not at {at} any more")
        descriptor = holding.open_file(folder, name)
        if digest(self.work.ops, descriptor) != action.subject.sha256:
            raise Refusal(f"it was changed at {at}; it is left there")
        return HeldFile(subject_of(action.subject), folder, name, descriptor, self.work.ops.stat(descriptor))

    def _return(self, a_return: Return, holding: Holding) -> Return | RestoreOutcome:
        """Bring one thing back. After an error its action stays open: the next start looks where it is."""
        work, action, home = self.work, a_return.action, a_return.home
        name = os.path.basename(action.subject.path)
        try:
            before_ns = work.ops.stat(home.descriptor).mtime_ns
            if a_return.source is None:
                back_as = bring_back_folder(work, holding, home, action, name)
            else:
                back_as = bring_back_file(work, holding, home, a_return.source, action, name)
        except Refusal as refusal:
            return _refused(a_return.entry, str(refusal))
        except OSError as error:
            return _failed(a_return.entry, f"the disk reported {why(error)}")
        note = "" if back_as == name else f"its name is taken by another file; it is now {home.at(back_as)}"
        return replace(a_return, back_at=home.at(back_as), note=note or self._restore_time(a_return, before_ns))

    def _restore_time(self, a_return: Return, before_ns: int) -> str:
        """Give the folder its old time if it was still as this run had left it; a note where that is not allowed."""
        ops, home, last = self.work.ops, a_return.home, a_return.entry.last
        if not last.parent_after_ns or before_ns != last.parent_after_ns:
            return ""
        try:
            ops.set_times(home.descriptor, ops.stat(home.descriptor).atime_ns, last.parent_before_ns)
        except OSError as error:
            return f"the time of its folder could not be restored: {why(error)}"
        return ""

    def _sync(self, returned: Sequence[Return | RestoreOutcome]) -> None:
        """The folders that files came back to first, then those they left."""
        came = [r for r in returned if isinstance(r, Return)]
        homes = [r.home.descriptor for r in came]
        sources = [r.source.folder.descriptor for r in came if r.source]
        for descriptor in (*dict.fromkeys(homes), *dict.fromkeys(sources)):
            self.work.ops.sync(descriptor)


def _together(entry: Entry) -> tuple[Kind, int]:
    """What may be brought back in one batch: files; folders of one depth, for a folder has to be there for the next."""
    is_folder = entry.action.kind is Kind.FOLDER
    return entry.action.kind, entry.action.subject.path.count("/") if is_folder else 0


def _batches(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """At least BATCH entries each, but for the last; a unit is never torn between two."""
    batch: list[Entry] = []
    for _, unit in groupby(entries, key=lambda entry: entry.action.unit):
        batch.extend(unit)
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _whole_units(
    prepared: Sequence[Return | RestoreOutcome], entries: Sequence[Entry]
) -> list[Return | RestoreOutcome]:
    """Where a file cannot be looked at just now, what belongs to it waits too. One that is gone holds nobody back."""
    waiting = {
        entry.action.unit: one.original
        for one, entry in zip(prepared, entries, strict=True)
        if isinstance(one, RestoreOutcome) and one.status is Status.FAILED
    }
    return [
        _failed(entry, f"{waiting[entry.action.unit]}, which belongs to it, could not be looked at")
        if isinstance(one, Return) and entry.action.unit in waiting
        else one
        for one, entry in zip(prepared, entries, strict=True)
    ]


def _events(prepared: Return | RestoreOutcome, returned: Return | RestoreOutcome) -> Iterator[Event]:
    if isinstance(returned, Return):
        yield Event(returned.action.id, State.UNDONE, returned.back_at, returned.note)
    elif isinstance(prepared, Return) and returned.status is Status.REFUSED:
        yield prepared.entry.last  # it is still where it was put


def _outcome(a_return: Return) -> RestoreOutcome:
    return RestoreOutcome(a_return.action.subject.path, a_return.back_at, Status.UNDONE, a_return.note)


def _refused(entry: Entry, reason: str) -> RestoreOutcome:
    return RestoreOutcome(entry.action.subject.path, entry.last.at, Status.REFUSED, reason)


def _failed(entry: Entry, reason: str) -> RestoreOutcome:
    return RestoreOutcome(entry.action.subject.path, entry.last.at, Status.FAILED, reason)
