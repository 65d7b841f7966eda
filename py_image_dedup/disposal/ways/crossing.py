"""Phase 5 to another volume: verified copy first, then the source is put aside, then it goes for good.

At every moment the source, or a verified and durable copy, or both are there.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from py_image_dedup.disposal.books.actions import Event, State
from py_image_dedup.disposal.volume.held import Holding, Refusal, digest
from py_image_dedup.disposal.ways.act import (
    Durability,
    Result,
    closing_events,
    failed,
    intend,
    move_all,
    record,
    take_back_all,
)
from py_image_dedup.disposal.ways.copying import name_part, part_of, unlink_own, withdraw, write_part
from py_image_dedup.disposal.ways.units import Piece, Spot, Unit
from py_image_dedup.disposal.work import Work, why


@dataclass(frozen=True, slots=True)
class Copy:
    """A verified copy of a piece under its final name, held open."""

    piece: Piece
    spot: Spot
    descriptor: int


@dataclass(slots=True)
class Crossing:
    """Moves units to another volume, one at a time."""

    work: Work

    def carry(self, unit: Unit, holding: Holding) -> Result:
        """The whole way of one unit."""
        intend(self.work, [unit])
        copies: list[Copy] = []
        try:
            record(self.work, [unit])
            for piece in unit.pieces:
                self._copy(piece, holding, copies)
            result = self._put_sources_aside(unit, holding)
        except Refusal as refusal:
            result = Result(State.REFUSED, str(refusal))
        except FileExistsError:
            result = Result(State.REFUSED, "another file came to stand where it was to go")
        except OSError as error:
            result = failed(error)
        result = self._forget_sources(copies, result) if result.state is State.MOVED else self._discard(copies, result)
        self.work.journal.append((), closing_events(unit, result))
        return result

    def _copy(self, piece: Piece, holding: Holding, copies: list[Copy]) -> None:
        if piece.target is None:
            return
        ops, target = self.work.ops, piece.target
        part = part_of(target.folder, piece.action.id)
        self.work.journal.append((), [Event(piece.action.id, State.COPYING, part.path)])
        descriptor = holding.keep(write_part(ops, piece.held, part, piece.action.attributes))
        with ExitStack() as if_not_named:
            if_not_named.callback(ops.unlink, part.folder.descriptor, part.name)
            name_part(ops, part, target)
            if_not_named.pop_all()
        copies.append(Copy(piece, target, descriptor))
        self.work.journal.append((), [Event(piece.action.id, State.COPIED, target.path)])

    def _put_sources_aside(self, unit: Unit, holding: Holding) -> Result:
        """On their own volume, so that a file that raced can still come back."""
        for piece in unit.pieces:
            piece.target = None
        result = move_all(self.work, unit, holding)
        try:
            _sync(self.work, unit, result)
            looked_at = self._looked_at_again(unit, result)
            if looked_at is not result:
                _sync(self.work, unit, looked_at)
            return looked_at
        except OSError as error:
            return Result(State.FAILED, f"the disk reported {why(error)}", is_open=True, halts=True)

    def _looked_at_again(self, unit: Unit, result: Result) -> Result:
        """Nobody finds the files by name any more: what was changed until now goes back before anything is unlinked."""
        ops = self.work.ops
        for piece in unit.pieces:
            held = piece.held
            if result.state is State.MOVED and (
                ops.is_written_elsewhere(held.descriptor) or digest(ops, held.descriptor) != held.subject.sha256
            ):
                return take_back_all(self.work, unit, Result(State.RACED, "it was changed in the moment of acting"))
        return result

    def _forget_sources(self, copies: Sequence[Copy], result: Result) -> Result:
        """Unlink what was put aside, if the copy still stands: the user asked for a move."""
        ops = self.work.ops
        try:
            for copy in copies:
                there = ops.stat_name(copy.spot.folder.descriptor, copy.spot.name)
                if there is None or not there.is_same_file(ops.stat(copy.descriptor)):
                    continue  # the copy was taken away: the file stays in the quarantine
                shelf = copy.piece.at
                assert shelf is not None
                if unlink_own(ops, shelf, copy.piece.held.descriptor):
                    copy.piece.at = copy.spot
                    ops.sync(shelf.folder.descriptor)
        except OSError as error:
            return Result(State.FAILED, f"the disk reported {why(error)}", is_open=True, halts=True)
        return result

    def _discard(self, copies: Sequence[Copy], result: Result) -> Result:
        """The unit does not go: its copies go instead, the sources are where they were."""
        if result.is_open:
            return result
        try:
            for copy in copies:
                withdraw(self.work.ops, copy.spot, copy.descriptor, copy.piece.action.id)
        except OSError as error:
            return Result(State.FAILED, f"{result.reason}; {why(error)}", is_open=True, halts=True)
        return result


def _sync(work: Work, unit: Unit, result: Result) -> None:
    durability = Durability()
    for piece in unit.pieces:
        durability.note(piece, moved=result.state is State.MOVED)
    durability.sync(work)
