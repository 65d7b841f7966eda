"""Check: journal, quarantines and disk beside each other. Looks only; what it finds is named, never guessed."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from py_image_dedup.disposal.books import locks, sidecars
from py_image_dedup.disposal.books.actions import Action, Entry, Kind, State
from py_image_dedup.disposal.recovery.adopt import quarantines_below, record_lines
from py_image_dedup.disposal.volume.fsops import FileOps, FileStat
from py_image_dedup.disposal.volume.held import Folder, Holding, Refusal, has_content, top_of
from py_image_dedup.disposal.volume.renames import PRIVATE_SUFFIX
from py_image_dedup.disposal.ways.units import Spot
from py_image_dedup.disposal.work import why
from py_image_dedup.model.differences import Difference, Fault
from py_image_dedup.model.places import is_own_name


@dataclass(slots=True)
class Shelf:
    """One folder of a quarantine as the disk shows it."""

    folder: Folder
    files: list[Spot] = field(default_factory=list)
    records: dict[str, Action] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)  # names of records


@dataclass(frozen=True, slots=True)
class Checking:
    """Compares entries of a journal with the disk. With `read`, contents are hashed; else size and time must do."""

    ops: FileOps
    entries: Sequence[Entry]
    read: bool = False

    def differences(self, roots: Iterable[str]) -> Iterator[Difference]:
        """Every difference, first by the journal, then by what lies in the quarantines."""
        for entry in self.entries:
            with Holding(self.ops) as holding:
                yield from self._of_entry(entry, holding)
        tops = dict.fromkeys([*roots, *(entry.action.subject.root for entry in self.entries)])
        for top in filter(None, tops):
            yield from self._below(top)

    def _of_entry(self, entry: Entry, holding: Holding) -> Iterator[Difference]:
        if entry.state.is_open:
            path = entry.action.subject.path
            yield Difference(
                Fault.UNFINISHED,
                path,
                "a run ended with it in hand (killed, or refused by the disk); the next one finishes it",
            )
        elif entry.state is State.MOVED and entry.action.kind is Kind.FILE:
            yield from self._of_file(entry, holding)

    def _of_file(self, entry: Entry, holding: Holding) -> Iterator[Difference]:
        action, at = entry.action, entry.last.at
        try:
            there = look(self.ops, holding, action, at)
            if there is None or not there.is_regular:
                yield Difference(Fault.MISSING, at, f"{action.subject.path} was put here and is not here any more")
            elif self._differs(action, at, there, holding):
                yield Difference(Fault.CHANGED, at, f"{action.subject.path} was put here and has changed since")
            if action.keeper and not self._lives(action, holding):
                yield Difference(
                    Fault.KEEPER_GONE,
                    action.keeper.path,
                    f"it is not there as it was; {action.subject.path} was removed for it, undo brings that back",
                )
        except (OSError, Refusal) as error:
            reason = why(error) if isinstance(error, OSError) else str(error)
            yield Difference(Fault.UNREACHABLE, at, f"it cannot be looked at: {reason}")

    def _differs(self, action: Action, at: str, there: FileStat, holding: Holding) -> bool:
        if there.size != action.subject.size:
            return True
        folder = holding.parent(at, action.tops)
        return self.read and not has_content(self.ops, folder, os.path.basename(at), action.subject.sha256)

    def _lives(self, action: Action, holding: Holding) -> bool:
        keeper = action.keeper
        assert keeper is not None
        there = look(self.ops, holding, action, keeper.path, (keeper.root,))
        return there is not None and there.is_regular and there.size == keeper.size

    def _below(self, top: str) -> Iterator[Difference]:
        try:
            with Holding(self.ops) as holding:
                for quarantine in quarantines_below(self.ops, holding.top(top)):
                    yield from self._of_quarantine(quarantine, holding)
        except OSError as error:
            yield Difference(Fault.UNREACHABLE, top, f"it cannot be looked at: {why(error)}")

    def _of_quarantine(self, quarantine: Folder, holding: Holding) -> Iterator[Difference]:
        for name in sorted(self.ops.names(quarantine.descriptor)):
            there = self.ops.stat_name(quarantine.descriptor, name)
            if there is not None and there.is_folder:
                yield from self._of_shelf(shelf_at(self.ops, holding.below(quarantine, name), holding))
            elif name != locks.NAME:
                yield Difference(Fault.STRANGE_FILE, quarantine.at(name), "no record knows it; look at it")

    def _of_shelf(self, shelf: Shelf) -> Iterator[Difference]:
        mine = [e for e in self.entries if e.action.place and os.path.dirname(e.action.place) == shelf.folder.path]
        for name in shelf.unreadable:
            yield Difference(Fault.RECORD_UNREADABLE, shelf.folder.at(name), "the record beside the files is damaged")
        for entry in mine:
            if entry.state is State.MOVED and entry.action.id not in shelf.records:
                yield Difference(
                    Fault.RECORD_MISSING, entry.last.at, "nothing beside it could bring it back without the journal"
                )
        by_name = {os.path.basename(entry.action.place): entry for entry in mine}
        for spot in shelf.files:
            yield from self._of_aside(spot, by_name.get(spot.name), shelf)
        if shelf.records and not shelf.files and not any(e.state is State.MOVED or e.state.is_open for e in mine):
            yield Difference(Fault.EMPTY_SHELF, shelf.folder.path, "it holds records of files that are all gone")

    def _of_aside(self, spot: Spot, entry: Entry | None, shelf: Shelf) -> Iterator[Difference]:
        places = {os.path.basename(action.place) for action in shelf.records.values()}
        if entry is None and spot.name in places:
            yield Difference(Fault.NOT_IN_JOURNAL, spot.path, "the record beside it knows it, the journal does not")
        elif entry is None:
            yield Difference(Fault.STRANGE_FILE, spot.path, "no record knows it; look at it")
        elif entry.state is not State.MOVED and not entry.state.is_open:
            yield Difference(Fault.NOT_IN_JOURNAL, spot.path, f"it is here, but the journal says: {entry.state.value}")


def shelf_at(ops: FileOps, folder: Folder, holding: Holding) -> Shelf:
    """What lies in a folder of a quarantine."""
    shelf = Shelf(folder)
    for name in sorted(ops.names(folder.descriptor)):
        if name.endswith(sidecars.SUFFIX):
            try:
                shelf.records.update((a.id, a) for a in map(sidecars.from_line, record_lines(ops, folder, name)))
            except (ValueError, OSError):
                shelf.unreadable.append(name)
        elif name.endswith(PRIVATE_SUFFIX):
            private = holding.below(folder, name)
            shelf.files.extend(Spot(private, inner) for inner in sorted(ops.names(private.descriptor)))
        elif not is_own_name(name):
            shelf.files.append(Spot(folder, name))
    return shelf


def look(ops: FileOps, holding: Holding, action: Action, path: str, tops: Sequence[str] = ()) -> FileStat | None:
    """What stands at a path; None if nothing does, though its top is there. OSError where that cannot be told."""
    top = top_of(path, tops or action.tops)
    holding.top(top)
    try:
        return ops.stat_name(holding.folder(top, os.path.dirname(path)).descriptor, os.path.basename(path))
    except (FileNotFoundError, NotADirectoryError):
        return None
