"""The journal made anew from the records that stand beside the quarantined files."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from py_image_dedup.disposal.books import sidecars
from py_image_dedup.disposal.books.actions import Action, Event, Kind, State, Trace
from py_image_dedup.disposal.recovery.moved_library import as_it_lies
from py_image_dedup.disposal.volume.fsops import FileOps
from py_image_dedup.disposal.volume.held import CHUNK_BYTES, Folder, Holding
from py_image_dedup.disposal.ways.finding import find_away
from py_image_dedup.disposal.work import Work, why
from py_image_dedup.model.places import QUARANTINE_NAME
from py_image_dedup.model.plans import Way


@dataclass(frozen=True, slots=True)
class Adoption:
    """Reads records and writes what they say into the journal, as far as the disk agrees."""

    work: Work
    holding: Holding

    def adopt(self, roots: Sequence[str]) -> Iterator[str]:
        """A sentence for each run found and for each record that could not be read."""
        for root in roots:
            for quarantine in quarantines_below(self.work.ops, self.holding.top(root)):
                for name in sorted(self.work.ops.names(quarantine.descriptor)):
                    there = self.work.ops.stat_name(quarantine.descriptor, name)
                    if there is not None and there.is_folder:
                        yield from self._shelf(self.holding.below(quarantine, name))

    def _shelf(self, shelf: Folder) -> Iterator[str]:
        actions: list[Action] = []
        for name in sorted(self.work.ops.names(shelf.descriptor)):
            if name.endswith(sidecars.SUFFIX):
                try:
                    actions.extend(map(sidecars.from_line, record_lines(self.work.ops, shelf, name)))
                except (ValueError, OSError) as error:
                    reason = why(error) if isinstance(error, OSError) else str(error)
                    yield f"The record {shelf.at(name)} could not be read: {reason}."
        actions = as_it_lies(actions, shelf.path, self.holding)
        for run_id, of_run in groupby(sorted(actions, key=lambda action: (action.run_id, action.id)), _run_of):
            yield self._run(run_id, list(of_run))

    def _run(self, run_id: str, actions: Sequence[Action]) -> str:
        journal = self.work.journal
        known = {entry.action.id for entry in journal.entries(run_id)}
        new = [action for action in actions if action.id not in known]
        if new:
            journal.start_run(run_id, new[0].plan_id)
            made = [one for one in self._made(run_id, new) if not list(journal.entries(path=one.subject.path))]
            known_made = [Event(one.id, State.MOVED, one.subject.path) for one in made]
            journal.append([*made, *new], [*known_made, *self._events(new)])
        return f"Run {run_id}: {len(new)} of {len(actions)} records were not in the journal."

    def _made(self, run_id: str, actions: Sequence[Action]) -> Iterator[Action]:
        """The quarantine and the folder of the run in it, so that they go again when they are empty."""
        root, shelf = actions[0].subject.root, os.path.dirname(next((a.place for a in actions if a.place), ""))
        for path in (os.path.dirname(shelf), shelf):
            if path:
                subject = Trace(path, root, 0, 0, 0, 0, b"")
                new_id = f"{run_id}-made-{os.path.basename(path)}"
                yield Action(new_id, run_id, "", new_id, Kind.MADE_FOLDER, Way.QUARANTINE, subject, "", 0)

    def _events(self, actions: Sequence[Action]) -> list[Event]:
        found = [(action, self._event(action)) for action in actions]
        after_ns: dict[str, int] = {}
        events = []
        for action, event in reversed(found):  # the newest act left the folder as it is now
            if event.state is not State.MOVED:
                events.append(event)
                continue
            parent = os.path.dirname(action.subject.path)
            now_ns = after_ns.get(parent) or self._mtime_ns(action, parent)
            after_ns[parent] = action.parent_mtime_ns
            if action.attributes and action.kind is Kind.FOLDER:  # as it comes back, before its files do
                after_ns[action.subject.path] = action.attributes.mtime_ns
            events.append(Event(event.action_id, event.state, event.at, "", action.parent_mtime_ns, now_ns))
        return events[::-1]

    def _event(self, action: Action) -> Event:
        """Where the disk says that the file or folder is."""
        if action.kind is Kind.FOLDER:
            away = self._mtime_ns(action, action.subject.path) == 0
            return Event(action.id, State.MOVED if away else State.EXPIRED)
        spot = find_away(self.work.ops, action, self.holding)
        return Event(action.id, State.MOVED, spot.path) if spot else Event(action.id, State.EXPIRED)

    def _mtime_ns(self, action: Action, path: str) -> int:
        """The time of a folder; 0 where there is none."""
        try:
            return self.work.ops.stat(self.holding.folder(action.subject.root, path).descriptor).mtime_ns
        except OSError:
            return 0


def quarantines_below(ops: FileOps, folder: Folder) -> Iterator[Folder]:
    """Every quarantine at or below a folder, links not followed."""
    with Holding(ops) as holding:
        for name in sorted(ops.names(folder.descriptor)):
            there = ops.stat_name(folder.descriptor, name)
            if there is None or not there.is_folder:
                continue
            below = holding.below(folder, name)
            if name == QUARANTINE_NAME:
                yield below
            else:
                yield from quarantines_below(ops, below)
            holding.release()


def record_lines(ops: FileOps, shelf: Folder, name: str) -> list[bytes]:
    """The lines of one record, unread."""
    descriptor, content = ops.open_file(shelf.descriptor, name), b""
    try:
        while chunk := ops.read(descriptor, CHUNK_BYTES, len(content)):
            content += chunk
    finally:
        ops.close(descriptor)
    return content.splitlines()


def _run_of(action: Action) -> str:
    return action.run_id
