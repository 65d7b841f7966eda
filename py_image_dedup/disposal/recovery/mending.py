"""`check --repair`: journal and records are brought in line with the disk. No file of the user's is moved or changed.

| difference                       | mended by                                              |
|----------------------------------|--------------------------------------------------------|
| the journal is damaged           | it is set aside and made anew from the records         |
| in a quarantine, not in journal  | the journal learns of it: undo brings it back          |
| put aside, but not there         | the journal says that track of it was lost             |
| a record is missing or damaged   | written anew from the journal                          |
| records without files            | they go, with their folder                             |
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from py_image_dedup.disposal.books import sidecars
from py_image_dedup.disposal.books.actions import Action, Entry, Event, State
from py_image_dedup.disposal.recovery.checking import Shelf, shelf_at
from py_image_dedup.disposal.recovery.tidy import shelves_of, tidy
from py_image_dedup.disposal.volume.held import Holding, has_content
from py_image_dedup.disposal.ways.quarantine import write_all
from py_image_dedup.disposal.work import Work
from py_image_dedup.model.differences import Difference, Fault

_RECORDS = frozenset({Fault.RECORD_MISSING, Fault.RECORD_UNREADABLE})


@dataclass(frozen=True, slots=True)
class Mending:
    """Mends what `differences` name; gives a sentence for each thing it did."""

    work: Work
    entries: Sequence[Entry]

    def mend(self, differences: Sequence[Difference]) -> Iterator[str]:
        """One thing after another; what cannot be mended is left for the next check to name."""
        yield from self._forget_missing({d.path for d in differences if d.fault is Fault.MISSING})
        found = {d.path for d in differences if d.fault is Fault.NOT_IN_JOURNAL}
        for root, path in shelves_of(self.entries):
            with Holding(self.work.ops) as holding, suppress(OSError):
                shelf = shelf_at(self.work.ops, holding.folder(root, path), holding)
                yield from self._find_again(shelf, found)
                if any(d.fault in _RECORDS and _is_on(d, path, self.entries) for d in differences):
                    yield self._write_records(shelf)
        for path in (d.path for d in differences if d.fault is Fault.EMPTY_SHELF):
            tidy(self.work, os.path.basename(path))
            yield f"{path}: the records nobody needs any more are gone."

    def _forget_missing(self, paths: set[str]) -> Iterator[str]:
        lost = [e for e in self.entries if e.state is State.MOVED and e.last.at in paths]
        self.work.journal.append(
            (), [replace(e.last, state=State.LOST_TRACK, reason=f"it was not at {e.last.at} any more") for e in lost]
        )
        yield from (f"{e.last.at}: the journal now says that track of it was lost." for e in lost)

    def _find_again(self, shelf: Shelf, paths: set[str]) -> Iterator[str]:
        """A file that the journal had given up lies in the quarantine: undo can bring it back."""
        by_name = {os.path.basename(entry.action.place): entry for entry in self.entries}
        for spot in shelf.files:
            entry = by_name.get(spot.name)
            if entry is None or spot.path not in paths or entry.state.is_open or entry.state is State.MOVED:
                continue
            if has_content(self.work.ops, spot.folder, spot.name, entry.action.subject.sha256):
                self.work.journal.append((), [Event(entry.action.id, State.MOVED, spot.path, "found again by check")])
                yield f"{spot.path}: the journal knows it again; undo brings it back."

    def _write_records(self, shelf: Shelf) -> str:
        """A new record with all that the journal knows of this shelf; what was damaged of the old ones goes."""
        ops, folder = self.work.ops, shelf.folder
        actions = self._missing_of(shelf)
        if actions:
            descriptor = ops.create_file(folder.descriptor, f"{self.work.new_id()}-again{sidecars.SUFFIX}")
            try:
                write_all(ops, descriptor, b"".join(map(sidecars.to_line, actions)))
                ops.sync(descriptor)
            finally:
                ops.close(descriptor)
            ops.sync(folder.descriptor)
        known = {os.path.basename(entry.action.place) for entry in self.entries}
        if all(spot.name in known for spot in shelf.files):
            for name in shelf.unreadable:
                ops.unlink(folder.descriptor, name)
        return f"{folder.path}: {len(actions)} records were written anew from the journal."

    def _missing_of(self, shelf: Shelf) -> list[Action]:
        return [
            entry.action
            for entry in self.entries
            if entry.state is State.MOVED
            and os.path.dirname(entry.action.place) == shelf.folder.path
            and entry.action.id not in shelf.records
        ]


def _is_on(difference: Difference, shelf: str, entries: Sequence[Entry]) -> bool:
    """Whether a difference about records concerns a shelf: by its own path, or by the file that lacks one."""
    if os.path.dirname(difference.path) == shelf:
        return True
    return any(e.last.at == difference.path and os.path.dirname(e.action.place) == shelf for e in entries)
