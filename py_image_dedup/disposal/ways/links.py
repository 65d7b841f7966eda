"""A link in the place of a copy: hard link, reflink or symbolic link to the keeper, made under a name of ours first.

A keeper that is given metadata is replaced in the same way, by the file that was made of it (`merging.py`).

The copy itself goes to the quarantine like any other, so that undo brings it back; then the link gets the name. Between
the two there is a moment without a file under the name, but never one in which a name is replaced.
"""

import errno
from dataclasses import dataclass

from py_image_dedup.disposal.books.actions import State
from py_image_dedup.disposal.volume.held import Holding, Refusal, digest
from py_image_dedup.disposal.volume.renames import give_back
from py_image_dedup.disposal.ways.act import Durability, Result, closing_events, failed, intend, record, take_back_all
from py_image_dedup.disposal.ways.copying import apply_attributes
from py_image_dedup.disposal.ways.finding import merged_spot
from py_image_dedup.disposal.ways.linked import is_our_link, link_spot, link_text
from py_image_dedup.disposal.ways.move import Raced, Stuck, move
from py_image_dedup.disposal.ways.units import Piece, Spot, Unit
from py_image_dedup.disposal.work import Work, attributes_of, why
from py_image_dedup.model.plans import Way

_CANNOT = {
    Way.HARDLINK: "the volume of the copy cannot hold a hard link to the file to keep",
    Way.REFLINK: "the volume cannot share blocks between files (btrfs, XFS and bcachefs can)",
    Way.SYMLINK: "the volume cannot hold a symbolic link",
    Way.MERGED: "the volume can neither rename without replacing nor make hard links",
}
_NOT_POSSIBLE = frozenset(
    {errno.EXDEV, errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL, errno.ENOTTY, errno.EMLINK}
)


@dataclass(frozen=True, slots=True)
class Linking:
    """Replaces copies by links, one at a time."""

    work: Work

    def carry(self, unit: Unit, holding: Holding) -> Result:
        """The whole way of one unit, which is one file: what belongs to it stays, as its name does."""
        (piece,) = unit.pieces
        spot = link_spot(piece.held.folder, piece.action)
        intend(self.work, [unit])
        before_ns = 0
        try:
            before_ns = self.work.ops.stat(piece.held.folder.descriptor).mtime_ns
            record(self.work, [unit])
            self._make(unit, piece, spot)
            result = self._replace(unit, piece, spot, holding)
        except Refusal as refusal:
            result = Result(State.REFUSED, str(refusal))
        except OSError as error:
            result = failed(error)
        result = self._settled(unit, piece, spot, result)
        piece.before_ns = before_ns  # of the folder before the link was made in it
        self.work.journal.append((), closing_events(unit, result))
        return result

    def _make(self, unit: Unit, piece: Piece, spot: Spot) -> None:
        """The link under its first name; Refusal where the volume has no such link."""
        try:
            self._make_link(unit, piece, spot)
        except OSError as error:
            if error.errno in _NOT_POSSIBLE:
                raise Refusal(_CANNOT[piece.action.way]) from error
            raise
        if not is_our_link(self.work.ops, piece.action, spot):
            self.work.ops.unlink(spot.folder.descriptor, spot.name)
            raise Refusal("the file to keep was replaced in this moment")

    def _make_link(self, unit: Unit, piece: Piece, spot: Spot) -> None:
        ops, keeper, way = self.work.ops, unit.keeper, piece.action.way
        if way is Way.MERGED:
            made = merged_spot(piece.shelf.folder, piece.action.id)
            give_back(ops, made.folder, made.name, spot.folder, spot.name)
        elif way is Way.HARDLINK:
            ops.link(keeper.folder.descriptor, keeper.name, spot.folder.descriptor, spot.name)
        elif way is Way.SYMLINK:
            ops.symlink(link_text(piece.action), spot.folder.descriptor, spot.name)
        else:
            self._clone(unit, spot)

    def _clone(self, unit: Unit, spot: Spot) -> None:
        ops, keeper = self.work.ops, unit.keeper
        descriptor = ops.create_file(spot.folder.descriptor, spot.name)
        try:
            ops.clone(keeper.descriptor, descriptor)
            apply_attributes(ops, descriptor, attributes_of(ops, keeper.descriptor))
            ops.sync(descriptor)
            _require_same(digest(ops, descriptor), keeper.subject.sha256)
        except OSError:
            ops.unlink(spot.folder.descriptor, spot.name)
            raise
        finally:
            ops.close(descriptor)

    def _replace(self, unit: Unit, piece: Piece, spot: Spot, holding: Holding) -> Result:
        """The copy goes to the quarantine, then the link gets its name."""
        try:
            move(self.work, holding, unit, piece)
            self._make_durable(piece)
            give_back(self.work.ops, spot.folder, spot.name, piece.held.folder, piece.held.name)
        except Raced as race:
            return Result(State.RACED, str(race))
        except FileExistsError:
            return Result(State.RACED, "another file took its name in the moment of acting")
        except Stuck as stuck:
            return Result(State.FAILED, str(stuck), is_open=True, halts=True)
        return Result(State.MOVED)

    def _make_durable(self, piece: Piece) -> None:
        """Where the file went, before another gets its name: else a power loss could leave only the other one."""
        for descriptor in dict.fromkeys(folder.descriptor for folder in (piece.shelf.folder, *piece.visited)):
            self.work.ops.sync(descriptor)

    def _settled(self, unit: Unit, piece: Piece, spot: Spot, result: Result) -> Result:
        """Both, durably, or neither: without success the copy comes back and the link goes."""
        ops, durability = self.work.ops, Durability()
        try:
            if result.state is not State.MOVED and not result.is_open:
                result = take_back_all(self.work, unit, result)
                if ops.stat_name(spot.folder.descriptor, spot.name) is not None:
                    ops.unlink(spot.folder.descriptor, spot.name)
            durability.note(piece, moved=result.state is State.MOVED)
            durability.sync(self.work)
            piece.after_ns = ops.stat(piece.held.folder.descriptor).mtime_ns
        except OSError as error:
            return Result(State.FAILED, f"the disk reported {why(error)}", is_open=True, halts=True)
        return result


def _require_same(read_back: bytes, wanted: bytes) -> None:
    if read_back != wanted:
        raise OSError(errno.EIO, "the clone does not read back as the file to keep")
