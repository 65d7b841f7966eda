"""One file from its name to the quarantine or target on the same volume, and back if anything is not as it was."""

from py_image_dedup.disposal.volume.held import Holding, Refusal, is_this_file
from py_image_dedup.disposal.volume.renames import give_back, give_back_anyhow, put_aside, rename_exclusive
from py_image_dedup.disposal.ways.units import Piece, Spot, Unit
from py_image_dedup.disposal.ways.verify import require_name, require_same_content_stat, require_untouched
from py_image_dedup.disposal.work import Work


class Raced(Exception):
    """A file changed in the moment of acting and is not, or no longer, where it was put; the text says why."""


class Stuck(Exception):
    """Where a file is now cannot be told, or it cannot be put back: its action stays open for the next start."""


def move(work: Work, holding: Holding, unit: Unit, piece: Piece) -> None:
    """Move one file; afterwards `piece.at` says where it is.

    Raises Refusal if nothing was touched, Raced if the wrong file was met (and put back), OSError if the system
    refused and the file is where it was, Stuck otherwise.
    """
    require_untouched(work.ops, piece.held)
    require_name(work.ops, piece.held)
    _require_keeper(work, unit)
    piece.before_ns = work.ops.stat(piece.held.folder.descriptor).mtime_ns
    spot = _take(work, holding, piece)
    piece.at = spot  # before it is looked at: whatever it is, it can come back from there
    piece.visited.append(spot.folder)
    if not is_this_file(work.ops, spot.folder, spot.name, piece.held):
        _return_stranger(work, piece, spot)
    piece.after_ns = work.ops.stat(piece.held.folder.descriptor).mtime_ns
    try:
        require_same_content_stat(work.ops, piece.held)
        _require_keeper(work, unit)
    except Refusal as refusal:
        raise Raced(f"{refusal}, in the moment of acting") from refusal
    _to_target(work, piece)


def take_back(work: Work, piece: Piece) -> str:
    """Put a moved file back and say where it is; Stuck if that cannot be done."""
    spot, held = piece.at, piece.held
    assert spot is not None
    try:
        name = give_back_anyhow(work.ops, spot.folder, spot.name, held.folder, held.name, piece.action.id)
    except OSError as error:
        raise Stuck(f"it is at {spot.path}, it could not be put back ({error.strerror})") from error
    piece.at = None
    return held.folder.at(name)


def _take(work: Work, holding: Holding, piece: Piece) -> Spot:
    """Rename to the target or the shelf; where the call reports an error, look what it did."""
    held, shelf, target = piece.held, piece.shelf, piece.target
    try:
        if target and rename_exclusive(work.ops, held.folder, held.name, target.folder, target.name):
            return target
        return Spot(*put_aside(work.ops, holding, held.folder, held.name, shelf.folder, shelf.name))
    except OSError as error:
        moved_to = _look(work, piece)
        if moved_to is not None:
            return moved_to  # a lost answer of a network file system: the rename was done
        if isinstance(error, FileExistsError):
            raise Refusal("the name it was to get was taken in this moment") from error
        raise


def _look(work: Work, piece: Piece) -> Spot | None:
    """Where a file went whose rename reported an error; None if it is still where it was."""
    held = piece.held
    try:
        if is_this_file(work.ops, held.folder, held.name, held):
            return None
        for spot in (piece.target, piece.shelf):
            if spot and is_this_file(work.ops, spot.folder, spot.name, held):
                return spot
    except OSError as error:
        raise Stuck(f"where it is now cannot be told ({error.strerror})") from error
    raise Stuck("it is neither where it was nor where it was to go")


def _return_stranger(work: Work, piece: Piece, spot: Spot) -> None:
    """Another file was met under the name: it goes back, and nothing was done."""
    held = piece.held
    if work.ops.stat_name(spot.folder.descriptor, spot.name) is None:
        raise Stuck(f"it vanished from {spot.path} in the moment of acting")
    piece.at = None
    try:
        name = give_back_anyhow(work.ops, spot.folder, spot.name, held.folder, held.name, piece.action.id)
    except OSError as error:
        raise Stuck(f"another file was met and is at {spot.path} ({error.strerror})") from error
    where = "" if name == held.name else f"; that file is now {held.folder.at(name)}"
    raise Raced(f"another file stood in its place in the moment of acting{where}")


def _to_target(work: Work, piece: Piece) -> None:
    """The second step where a volume could not rename to the target without replacing."""
    if piece.target is None or piece.at == piece.target:
        return
    assert piece.at is not None
    try:
        give_back(work.ops, piece.at.folder, piece.at.name, piece.target.folder, piece.target.name)
    except FileExistsError as error:
        raise Raced(f"another file came to stand at {piece.target.path} in the moment of acting") from error
    piece.at = piece.target
    piece.visited.append(piece.target.folder)


def _require_keeper(work: Work, unit: Unit) -> None:
    """Refusal unless the file to keep is still there, by name and by content stat."""
    keeper = unit.keeper
    try:
        require_name(work.ops, keeper)
        require_same_content_stat(work.ops, keeper)
    except Refusal as refusal:
        raise Refusal(f"the file to keep, {keeper.subject.file.path}: {refusal}") from refusal
