"""What a killed run left: for every open action the disk says what happened, and the journal is brought up to it.

| on the disk                                     | then                                                          |
|-------------------------------------------------|---------------------------------------------------------------|
| the file where it was                           | not begun: EXPIRED; the next run decides anew                 |
| the file where it was to go, content right      | MOVED, after both folders are synced                          |
| the same file at both names                     | the old name is removed: MOVED                                |
| a right copy on the other volume, source there  | the move is finished: source put aside, then gone             |
| only a part of a copy                           | the part is removed: EXPIRED                                  |
| some files of a unit gone, others not           | those that went come back: EXPIRED                            |
| another file on the shelf                       | it raced: it goes back where it was taken from                |
| the file nowhere                                | LOST_TRACK: somebody else moved it; said, never guessed       |
| a folder that cannot be looked at               | left open: the next start looks again                         |

Every step may be interrupted and repeated. Undo, purge and folders have their own, shorter tables below.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from py_image_dedup.disposal.books.actions import Entry, Event, Kind, State
from py_image_dedup.disposal.recovery.resume_back import settle_alone
from py_image_dedup.disposal.recovery.resume_links import settle_link
from py_image_dedup.disposal.recovery.returning import arrived, not_begun, put_back
from py_image_dedup.disposal.recovery.undo import Undoing
from py_image_dedup.disposal.volume.held import Holding, has_content
from py_image_dedup.disposal.volume.renames import drop_trial, give_back_anyhow, put_aside, rename_exclusive
from py_image_dedup.disposal.ways.finding import Found, Unreachable, find, shelf_of
from py_image_dedup.disposal.ways.units import Spot
from py_image_dedup.disposal.work import Work, why
from py_image_dedup.model.places import own_name
from py_image_dedup.model.plans import REPLACING

_FORWARD = frozenset({State.INTENT, State.COPYING, State.COPIED})


@dataclass(frozen=True, slots=True)
class Resuming:
    """Brings the journal up to what the disk says."""

    work: Work

    def settle(self, entries: Iterable[Entry]) -> list[str]:
        """Look at every open action; a sentence for each that was not simply done or not begun."""
        sentences: list[str] = []
        for _, group in groupby(list(entries), key=lambda entry: (entry.action.unit, entry.action.kind)):
            unit = list(group)
            if unit[0].action.kind is Kind.FILE and unit[0].state in _FORWARD:
                sentences.extend(self._guarded(self._forward, unit))
            elif unit[0].state is State.UNDO_INTENT:
                sentences.extend(self._guarded(self._back, unit))
            else:
                for entry in unit:
                    sentences.extend(self._guarded(self._alone, [entry]))
        return sentences

    def _guarded(self, step: Callable[[Sequence[Entry], Holding], list[str]], entries: Sequence[Entry]) -> list[str]:
        try:
            with Holding(self.work.ops) as holding:
                return step(entries, holding)
        except Unreachable as unreachable:
            return [f"An interrupted act waits: {unreachable}"]
        except OSError as error:
            path = entries[0].action.subject.path
            return [f"An interrupted act on {path} could not be finished and waits: {why(error)}"]

    def _forward(self, entries: Sequence[Entry], holding: Holding) -> list[str]:
        return self._note(entries, settle_unit(self.work, entries, holding))

    def _alone(self, entries: Sequence[Entry], holding: Holding) -> list[str]:
        return self._note(entries, [settle_alone(self.work, entry, holding) for entry in entries])

    def _back(self, entries: Sequence[Entry], holding: Holding) -> list[str]:
        """A unit of which something came back before undo was cut short: the rest follows, and stays open till then."""
        events = [settle_alone(self.work, entry, holding) for entry in entries]
        of_unit = self.work.journal.entries(unit=entries[0].action.unit)
        if State.UNDONE not in {*(event.state for event in events), *(entry.state for entry in of_unit)}:
            return self._note(entries, events)
        still_away = [
            replace(entry, last=event)
            for entry, event in zip(entries, events, strict=True)
            if event.state is State.MOVED
        ]
        sentences = self._note(entries, [event for event in events if event.state is not State.MOVED])
        followed = Undoing(self.work, lambda: False).undo(still_away)
        return [*sentences, *(f"{one.original}: {one.reason}" for one in followed if one.reason)]

    def _note(self, entries: Sequence[Entry], events: Sequence[Event]) -> list[str]:
        self.work.journal.append((), events)
        paths = {entry.action.id: entry.action.subject.path for entry in entries}
        return [f"{paths[event.action_id]}: {event.reason}" for event in events if event.reason]


def settle_unit(work: Work, entries: Sequence[Entry], holding: Holding) -> list[Event]:
    """All files of a unit where they were to go, or all where they were."""
    found = [find(work.ops, entry, holding) for entry in entries]
    for entry in entries:
        drop_trial(work.ops, shelf_of(holding, entry.action), os.path.basename(entry.action.place))
    for one in found:
        if one.part and (one.is_at_home or one.on_shelf or one.at_target):
            work.ops.unlink(one.part.folder.descriptor, one.part.name)
    replaced = entries[0].action.way in REPLACING
    if not replaced and any(one.stranger for one in found):
        return [put_back(work, one, State.RACED) for one in found]
    for one in found:
        _settle_again(work, one)
    found = [_one_name(work, one, holding) for one in found]
    if replaced:
        return [settle_link(work, one) for one in found]
    if any(one.action.attributes for one in found):
        copied = all(one.at_target or not one.action.target for one in found)
        return [_finish_copy(work, one, holding) if copied else put_back(work, one) for one in found]
    if all(one.arrived and not (one.is_at_home and one.action.target) for one in found):
        return [arrived(work, one) for one in found]
    return [put_back(work, one) for one in found]


def _one_name(work: Work, one: Found, holding: Holding) -> Found:
    """A file with its old and its new name both: cut in half between link and unlink, or so left by a weak disk."""
    home = one.home if one.is_at_home else None
    for old, new in ((home, one.on_shelf), (home, one.at_target), (one.on_shelf, one.at_target)):
        if old and new and _is_one_file(work, old, new):
            work.ops.sync(new.folder.descriptor)
            _drop_name(work, one, old, new)
            return _one_name(work, find(work.ops, one.entry, holding), holding)
    return one


def _drop_name(work: Work, one: Found, old: Spot, new: Spot) -> None:
    """Remove the old name of a file; a name of the user's first becomes one of ours, in case it was swapped."""
    ops = work.ops
    aside = _again(one, new)
    if old == one.home and rename_exclusive(ops, old.folder, old.name, aside.folder, aside.name):
        _settle_again(work, one)
    elif _is_one_file(work, old, new):
        ops.unlink(old.folder.descriptor, old.name)


def _again(one: Found, new: Spot) -> Spot:
    return Spot(new.folder, own_name(one.action.id, "again"))


def _settle_again(work: Work, one: Found) -> None:
    """The old name of a file, on its way out: it goes if it stands for that file, else it was swapped and goes back."""
    ops = work.ops
    for new in (one.on_shelf, one.at_target):
        if new is None or ops.stat_name(new.folder.descriptor, _again(one, new).name) is None:
            continue
        again = _again(one, new)
        if _is_one_file(work, again, new):
            ops.unlink(again.folder.descriptor, again.name)
        elif one.home:
            give_back_anyhow(ops, again.folder, again.name, one.home.folder, one.home.name, one.action.id)


def _is_one_file(work: Work, left: Spot, right: Spot) -> bool:
    one = work.ops.stat_name(left.folder.descriptor, left.name)
    return one is not None and one.is_same_file(work.ops.stat_name(right.folder.descriptor, right.name))


def _finish_copy(work: Work, one: Found, holding: Holding) -> Event:
    """The copy is complete: the source is put aside as before, and goes if there is a copy of it."""
    ops, home = work.ops, one.home
    shelf = one.on_shelf
    if one.is_at_home and shelf is None:
        assert home is not None
        at = holding.folder(one.action.subject.root, os.path.dirname(one.action.place))
        name = os.path.basename(one.action.place)
        shelf = Spot(*put_aside(ops, holding, home.folder, home.name, at, name))
        if not has_content(ops, shelf.folder, shelf.name, one.action.subject.sha256):
            return put_back(work, replace(one, stranger=shelf, on_shelf=None), State.RACED)
        ops.sync(shelf.folder.descriptor)
        ops.sync(home.folder.descriptor)
    if one.at_target is None:
        return arrived(work, replace(one, on_shelf=shelf)) if shelf else not_begun(work, one, State.EXPIRED)
    _sync_copy(work, one.at_target)
    if shelf is not None:
        ops.unlink(shelf.folder.descriptor, shelf.name)
        ops.sync(shelf.folder.descriptor)
    return Event(one.action.id, State.MOVED, one.at_target.path, "its move was interrupted and is finished now")


def _sync_copy(work: Work, spot: Spot) -> None:
    descriptor = work.ops.open_file(spot.folder.descriptor, spot.name)
    try:
        work.ops.sync(descriptor)
    finally:
        work.ops.close(descriptor)
    work.ops.sync(spot.folder.descriptor)
