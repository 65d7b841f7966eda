"""After undo or purge: records nobody needs any more, empty shelves, and folders made on the way go again."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace

from py_image_dedup.disposal.books import locks, sidecars
from py_image_dedup.disposal.books.actions import Entry, Event, Kind, State
from py_image_dedup.disposal.volume.held import Folder, Holding, Refusal
from py_image_dedup.disposal.volume.renames import PRIVATE_SUFFIX
from py_image_dedup.disposal.ways.quarantine import take_lock
from py_image_dedup.disposal.work import Work, why
from py_image_dedup.model.errors import RefusedForSafety
from py_image_dedup.model.places import QUARANTINE_NAME, is_own_name


def shelves_of(entries: Iterable[Entry]) -> list[tuple[str, str]]:
    """Root and path of every shelf that these actions put files on."""
    return sorted({(e.action.subject.root, os.path.dirname(e.action.place)) for e in entries if e.action.place})


def lock_quarantines(work: Work, entries: Iterable[Entry], holding: Holding) -> None:
    """Lock the quarantines that these actions used, as far as they are there."""
    quarantines = {os.path.dirname(shelf): root for root, shelf in shelves_of(entries)}  # each once: runs share one
    for path, root in quarantines.items():
        quarantine = _open(holding, root, path)
        if quarantine is None:
            continue
        try:
            take_lock(work, quarantine, holding)
        except OSError as error:
            raise RefusedForSafety(
                f"The quarantine {quarantine.path} cannot be locked ({why(error)}), so nothing is changed in it. "
                "Mount its volume for writing, or free space on it, and start again."
            ) from error


def tidy(work: Work, run_id: str) -> None:
    """Remove what a run no longer needs beside the user's files: only records of ours, and folders that are empty."""
    entries = list(work.journal.entries(run_id))
    if any(entry.state.is_open for entry in entries):
        return
    needed = any(entry.action.kind is Kind.FILE and entry.state is State.MOVED for entry in entries)
    with Holding(work.ops) as holding:
        shelves = [] if needed else shelves_of(entries)
        for root, path in shelves:
            shelf = _open(holding, root, path)
            if shelf is not None:
                _clear(work, shelf)
        quarantines = {os.path.dirname(path) for _, path in shelves}
        _unmake(work, holding, _made(work, entries, quarantines))


def _made(work: Work, entries: Sequence[Entry], quarantines: Iterable[str]) -> list[Entry]:
    """Folders that this run made, newest first, then quarantines that an earlier one made."""
    mine = [entry for entry in entries if _is_made(entry)]
    earlier = [entry for path in sorted(quarantines) for entry in work.journal.entries(path=path) if _is_made(entry)]
    return [*reversed(mine), *(entry for entry in earlier if entry not in mine)]


def _is_made(entry: Entry) -> bool:
    return entry.action.kind is Kind.MADE_FOLDER and entry.state is State.MOVED


def _clear(work: Work, shelf: Folder) -> None:
    """Remove the records if no file is left on the shelf."""
    ops, names = work.ops, work.ops.names(shelf.descriptor)
    if not all(name.endswith((sidecars.SUFFIX, PRIVATE_SUFFIX)) or is_own_name(name) for name in names):
        return
    for name in names:
        if name.endswith(PRIVATE_SUFFIX):
            ops.rmdir(shelf.descriptor, name)
        else:
            ops.unlink(shelf.descriptor, name)


def _unmake(work: Work, holding: Holding, made: Sequence[Entry]) -> None:
    going = [(entry, parent) for entry in made if (parent := _parent_if_empty(work, holding, entry, made)) is not None]
    if not going:
        return
    work.journal.append((), [replace(entry.last, state=State.UNDO_INTENT) for entry, _ in going])
    events = [_remove(work, holding, entry, parent) for entry, parent in going]
    for descriptor in {parent.descriptor for _, parent in going}:
        work.ops.sync(descriptor)
    work.journal.append((), events)


def _parent_if_empty(work: Work, holding: Holding, entry: Entry, made: Sequence[Entry]) -> Folder | None:
    """The folder it is in, if nothing is in it but what goes as well."""
    path, root = entry.action.subject.path, entry.action.subject.root
    folder, parent = _open(holding, root, path), _open(holding, root, os.path.dirname(path))
    if folder is None or parent is None:
        return None
    going = {os.path.basename(e.action.subject.path) for e in made if os.path.dirname(e.action.subject.path) == path}
    ours = going | ({locks.NAME} if os.path.basename(path) == QUARANTINE_NAME else set())
    return parent if set(work.ops.names(folder.descriptor)) <= ours else None


def _remove(work: Work, holding: Holding, entry: Entry, parent: Folder) -> Event:
    ops, last, path = work.ops, entry.last, entry.action.subject.path
    folder, before_ns = holding.folder(entry.action.subject.root, path), ops.stat(parent.descriptor).mtime_ns
    try:
        if ops.stat_name(folder.descriptor, locks.NAME) is not None:
            ops.unlink(folder.descriptor, locks.NAME)
        ops.rmdir(parent.descriptor, os.path.basename(path))
        if last.parent_after_ns and before_ns == last.parent_after_ns:
            ops.set_times(parent.descriptor, ops.stat(parent.descriptor).atime_ns, last.parent_before_ns)
    except OSError:
        return last  # it is in use again: it stays, and stays on record
    return Event(entry.action.id, State.UNDONE)


def _open(holding: Holding, root: str, path: str) -> Folder | None:
    try:
        return holding.folder(root, path)
    except (OSError, Refusal):
        return None
