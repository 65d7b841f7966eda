"""Phase 5 on one volume: verified files are renamed into the quarantine or the target, a batch at a time.

Order of durability: intents are committed; records are written beside the quarantined files and synced; each file is
checked once more, renamed without replacing, looked at again and put back if it is not the one that was verified; the
folders the files came to are synced, then those they left; outcomes are committed. Only then is an outcome given.
"""

import errno
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from py_image_dedup.disposal.books.actions import Event, State
from py_image_dedup.disposal.volume.held import Folder, Holding, Refusal
from py_image_dedup.disposal.ways.move import Raced, Stuck, move, take_back
from py_image_dedup.disposal.ways.quarantine import write_all, write_sidecar
from py_image_dedup.disposal.ways.units import Note, Piece, Preparation, Unit, planned_actions
from py_image_dedup.disposal.work import Work, why
from py_image_dedup.model.outcomes import Outcome, Status
from py_image_dedup.model.plans import PlannedRemoval

BATCH_FILES = 64
BATCH_BYTES = 512 << 20  # what is hashed before anything of the batch moves: a few seconds
# After these the volume cannot be trusted to take the next file: the run stops.
HALTING = frozenset(
    {errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.ENODEV, errno.ENXIO, errno.ESTALE, errno.ENOTCONN}
)
_STATUS = {State.MOVED: Status.DONE, State.REFUSED: Status.REFUSED, State.RACED: Status.REFUSED}


@dataclass(frozen=True, slots=True)
class Result:
    """How a unit ended. An open one gets no event: the next start looks at it again."""

    state: State
    reason: str = ""
    is_open: bool = False
    halts: bool = False


@dataclass(slots=True)
class Durability:
    """Folders whose names changed, to be synced so that no file can be missing from both ends of its way."""

    returned: list[Folder] = field(default_factory=list)  # a file came back to these: before its shelf forgets it
    arrived: list[Folder] = field(default_factory=list)
    left: list[Folder] = field(default_factory=list)

    def note(self, piece: Piece, *, moved: bool) -> None:
        """Remember where a file was and where it may have been."""
        self.left.append(piece.held.folder)
        self.arrived.extend((piece.shelf.folder, *piece.visited))
        if not moved:
            self.returned.append(piece.held.folder)

    def sync(self, work: Work) -> None:
        """The new name is durable before the loss of the old one is."""
        for folders in (self.returned, self.arrived, self.left):
            for descriptor in dict.fromkeys(folder.descriptor for folder in folders):
                work.ops.sync(descriptor)


@dataclass(slots=True)
class Hand:
    """Acts on the removals of one plan. Once `halted` says what happened, nothing more is begun."""

    work: Work
    preparation: Preparation
    alone: Callable[[Unit, Holding], Result]
    stop: Callable[[], bool]
    roots: tuple[str, ...]
    halted: str = ""

    def carry_out(self, removals: Sequence[PlannedRemoval]) -> Iterator[Outcome]:
        """One outcome a removal, in order; they end early where the user asked to stop."""
        for batch in batches(removals):
            if self.stop():
                return
            with Holding(self.work.ops) as holding:
                outcomes = self._batch(batch, holding)
            yield from outcomes

    def _batch(self, removals: Sequence[PlannedRemoval], holding: Holding) -> list[Outcome]:
        prepared = [self._prepare(removal, holding) for removal in removals]
        near = [unit for unit in prepared if isinstance(unit, Unit) and not unit.is_alone]
        results = dict(zip(map(id, near), self._act(near, holding), strict=True))
        outcomes = []
        for removal, unit in zip(removals, prepared, strict=True):
            result = unit if isinstance(unit, Result) else results.get(id(unit)) or self._alone(unit, holding)
            if result.state is not State.EXPIRED:
                outcomes.append(_outcome(removal, unit, result))
        return outcomes

    def _prepare(self, removal: PlannedRemoval, holding: Holding) -> Unit | Result:
        if self.halted:
            return Result(State.REFUSED, f"not begun: {self.halted}")
        try:
            return self.preparation.unit(removal, holding)
        except Refusal as refusal:
            result = Result(State.REFUSED, str(refusal))
        except OSError as error:
            result = Result(State.FAILED, f"it could not be looked at: {why(error)}")
        actions = list(planned_actions(self.work, removal, self.roots))
        self.work.journal.append(actions, [Event(action.id, result.state, "", result.reason) for action in actions])
        return result

    def _alone(self, unit: Unit, holding: Holding) -> Result:
        """Copy a unit to another volume, or replace it by a link, unless the run stops before it."""
        if self.stop():
            return Result(State.EXPIRED)
        if self.halted:
            return Result(State.REFUSED, f"not begun: {self.halted}")
        return self._noticed(self.alone(unit, holding))

    def _noticed(self, result: Result) -> Result:
        if result.halts:
            self.halted = result.reason
        return result

    def _act(self, units: Sequence[Unit], holding: Holding) -> list[Result]:
        """The protocol for one batch."""
        if not units:
            return []
        intend(self.work, units)
        try:
            record(self.work, units)
        except OSError as error:
            results = [self._noticed(failed(error)) for _ in units]
        else:
            results = self._move_and_sync(units, holding)
        for unit, result in zip(units, results, strict=True):
            _drop_notes(self.work, unit, result)
        ended = zip(units, results, strict=True)
        self.work.journal.append((), [event for unit, result in ended for event in closing_events(unit, result)])
        return results

    def _move_and_sync(self, units: Sequence[Unit], holding: Holding) -> list[Result]:
        durability = Durability()
        results = [self._noticed(self._move(unit, holding, durability)) for unit in units]
        try:
            durability.sync(self.work)
        except OSError as error:
            # the system reports a failed sync once: what is on the disk now is for the next start to find out
            self.halted = f"the disk reported {why(error)}"
            return [
                _unsynced(self.work, unit, result, self.halted) for unit, result in zip(units, results, strict=True)
            ]
        return results

    def _move(self, unit: Unit, holding: Holding, durability: Durability) -> Result:
        """All files of a unit, or none."""
        if self.stop() or self.halted:
            return Result(State.EXPIRED) if not self.halted else Result(State.REFUSED, f"not begun: {self.halted}")
        result = move_all(self.work, unit, holding)
        for piece in unit.pieces:
            durability.note(piece, moved=result.state is State.MOVED)
        return result


def batches(removals: Sequence[PlannedRemoval]) -> Iterator[list[PlannedRemoval]]:
    """Runs of removals that are verified and acted on together, small enough that little time passes between."""
    batch: list[PlannedRemoval] = []
    files = size = 0
    for removal in removals:
        batch.append(removal)
        files += 1 + len(removal.companions)
        size += sum(subject.file.size for subject in (removal.victim, *removal.companions))
        if files >= BATCH_FILES or size >= BATCH_BYTES:
            yield batch
            batch, files, size = [], 0, 0
    if batch:
        yield batch


def intend(work: Work, units: Iterable[Unit]) -> None:
    """Commit the intent to move these files."""
    actions = [piece.action for unit in units for piece in unit.pieces]
    work.journal.append(actions, [Event(action.id, State.INTENT) for action in actions])


def record(work: Work, units: Sequence[Unit]) -> None:
    """Write what brings the files back beside them, durable before anything moves."""
    shelves: dict[int, tuple[Folder, list[Piece]]] = {}
    for piece in (piece for unit in units for piece in unit.pieces):
        shelves.setdefault(piece.shelf.folder.descriptor, (piece.shelf.folder, []))[1].append(piece)
    for folder, pieces in shelves.values():
        write_sidecar(work.ops, folder, [piece.action for piece in pieces])
        work.ops.sync(folder.descriptor)
    write_notes(work, [piece.note for unit in units for piece in unit.pieces if piece.note])


def write_notes(work: Work, notes: Sequence[Note]) -> None:
    """Records that a trash keeps, durable before the files they are about come."""
    for note in notes:
        descriptor = work.ops.create_file(note.spot.folder.descriptor, note.spot.name)
        try:
            write_all(work.ops, descriptor, note.content)
            work.ops.sync(descriptor)
        finally:
            work.ops.close(descriptor)
    for descriptor in dict.fromkeys(note.spot.folder.descriptor for note in notes):
        work.ops.sync(descriptor)


def _drop_notes(work: Work, unit: Unit, result: Result) -> None:
    """What did not go has no record in the trash. One that stays all the same shows an entry that is not there."""
    for piece in unit.pieces:
        if piece.note and result.state is not State.MOVED and not result.is_open:
            with suppress(OSError):
                work.ops.unlink(piece.note.spot.folder.descriptor, piece.note.spot.name)


def move_all(work: Work, unit: Unit, holding: Holding) -> Result:
    """Move every file of a unit; if one cannot go, those that went come back."""
    try:
        for piece in unit.pieces:
            move(work, holding, unit, piece)
    except Refusal as refusal:
        result = Result(State.REFUSED, str(refusal))
    except Raced as race:
        result = Result(State.RACED, str(race))
    except Stuck as stuck:
        result = Result(State.FAILED, str(stuck), is_open=True, halts=True)
    except OSError as error:
        result = failed(error)
    else:
        return Result(State.MOVED)
    return take_back_all(work, unit, result)


def failed(error: OSError) -> Result:
    """The result that an error of the system stands for."""
    return Result(State.FAILED, f"the disk reported {why(error)}", halts=error.errno in HALTING)


def take_back_all(work: Work, unit: Unit, result: Result) -> Result:
    """What has gone of a unit comes back, and the result says where it is; open if that cannot be done."""
    notes = []
    for piece in reversed(unit.pieces):
        if piece.at is None:
            continue
        try:
            where = take_back(work, piece)
        except Stuck as stuck:
            return Result(State.FAILED, f"{result.reason}; {stuck}", is_open=True, halts=True)
        if where != piece.action.subject.path:
            notes.append(f"it is now {where}")
    return replace(result, reason="; ".join((result.reason, *notes)))


def _unsynced(work: Work, unit: Unit, result: Result, reason: str) -> Result:
    """After a failed sync: the file goes back as far as this system sees it, and its action stays open."""
    if result.state is State.MOVED:
        result = take_back_all(work, unit, Result(State.FAILED, reason))
    return replace(result, is_open=True, halts=True)


def closing_events(unit: Unit, result: Result) -> list[Event]:
    """What the journal is told of a unit that has ended; nothing while it is open."""
    return [
        Event(
            piece.action.id,
            result.state,
            piece.at.path if piece.at else "",
            result.reason,
            piece.before_ns,
            piece.after_ns,
        )
        for piece in unit.pieces
        if not result.is_open
    ]


def _outcome(removal: PlannedRemoval, unit: Unit | Result, result: Result) -> Outcome:
    at = unit.pieces[0].at if isinstance(unit, Unit) else None
    status = _STATUS.get(result.state, Status.FAILED)
    return Outcome(removal, status, result.reason, at.path if at else None)
