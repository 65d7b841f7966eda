"""Resume for one file or folder alone: undo and purge that were cut short, folders removed, files and folders made."""

from dataclasses import replace

from py_image_dedup.disposal.books.actions import Entry, Event, Kind, State
from py_image_dedup.disposal.volume.held import Holding, has_content, top_of
from py_image_dedup.disposal.volume.renames import give_back
from py_image_dedup.disposal.ways.copying import apply_attributes, part_of
from py_image_dedup.disposal.ways.finding import Unreachable, drop, names_back_home, spot_at
from py_image_dedup.disposal.ways.linked import is_linked, link_spot
from py_image_dedup.disposal.ways.trash import drop_info
from py_image_dedup.disposal.ways.units import Spot
from py_image_dedup.disposal.work import Work
from py_image_dedup.model.plans import REPLACING, Way


def settle_alone(work: Work, entry: Entry, holding: Holding) -> Event:
    """The event that says what the disk shows."""
    if entry.action.kind is Kind.MADE_FILE:
        return _settle_made_file(work, entry, holding)
    if entry.action.kind is not Kind.FILE:
        return _settle_folder(work, entry, holding)
    if entry.state is State.PURGE_INTENT:
        return _settle_purge(work, entry, holding)
    return _settle_undo(work, entry, holding)


def _settle_folder(work: Work, entry: Entry, holding: Holding) -> Event:
    """By whether the folder is there, for a folder removed, made, or either of them undone."""
    action, last = entry.action, entry.last
    spot = _reachable(holding, action.subject.root, action.subject.path)
    there = None if spot is None else work.ops.stat_name(spot.folder.descriptor, spot.name)
    is_there = there is not None and there.is_folder
    if spot is not None:
        work.ops.sync(spot.folder.descriptor)
    undoing = entry.state is State.UNDO_INTENT
    made = action.kind is Kind.MADE_FOLDER
    if undoing:
        if is_there != made and is_there and action.attributes and spot:
            _finish_folder(work, entry, spot, holding)
        return replace(last, state=State.MOVED) if is_there == made else Event(action.id, State.UNDONE)
    done = is_there == made
    return (
        Event(action.id, State.MOVED, action.subject.path if made else "") if done else Event(action.id, State.EXPIRED)
    )


def _settle_made_file(work: Work, entry: Entry, holding: Holding) -> Event:
    """It never got its name: it goes."""
    spot = _reachable(holding, entry.action.subject.root, entry.action.subject.path)
    if spot is not None:
        drop(work.ops, spot)
        work.ops.sync(spot.folder.descriptor)
    return Event(entry.action.id, State.UNDONE)


def _finish_folder(work: Work, entry: Entry, spot: Spot, holding: Holding) -> None:
    """Give a folder that was made again what it had, if nothing has been put into it yet."""
    folder = holding.below(spot.folder, spot.name)
    if entry.action.attributes and not work.ops.names(folder.descriptor):
        apply_attributes(work.ops, folder.descriptor, entry.action.attributes)


def _settle_purge(work: Work, entry: Entry, holding: Holding) -> Event:
    """Still there: kept, the next purge looks again. Gone: purged, as was intended with its keeper verified."""
    at = entry.last.at
    spot = _reachable(holding, top_of(at, entry.action.tops), at)
    if spot is None:
        raise Unreachable(f"{at} cannot be looked at")
    work.ops.sync(spot.folder.descriptor)
    if work.ops.stat_name(spot.folder.descriptor, spot.name) is not None:
        return replace(entry.last, state=State.MOVED, reason="")
    return replace(entry.last, state=State.PURGED)


def _settle_undo(work: Work, entry: Entry, holding: Holding) -> Event:
    """Home, not begun, or in between: then what was begun is finished. A folder that is gone holds nothing."""
    ops, action, last = work.ops, entry.action, entry.last
    away = _reachable(holding, top_of(last.at, action.tops), last.at)
    home = _reachable(holding, action.subject.root, action.subject.path)
    if away and home:
        _settle_begun(work, entry, home, away)
    is_away = away is not None and has_content(ops, away.folder, away.name, action.subject.sha256)
    back = _back_home(work, entry, home) if home else None
    if away and is_away and (back is None or not _is_copy_or_link(work, entry, away, back)):
        return replace(last, state=State.MOVED)
    if back is None:
        return Event(action.id, State.LOST_TRACK, "", f"it is neither at {last.at} nor where it was")
    ops.sync(back.folder.descriptor)
    if away:
        if is_away:
            ops.unlink(away.folder.descriptor, away.name)
        ops.sync(away.folder.descriptor)
    if action.way is Way.TRASH:
        drop_info(ops, holding, action)
    return Event(action.id, State.UNDONE, back.path)


def _settle_begun(work: Work, entry: Entry, home: Spot, away: Spot) -> None:
    """Parts of a copy that was to come home go; one that was being withdrawn goes only if the file is home."""
    ops = work.ops
    _settle_link(work, entry, home)
    for part in (part_of(home.folder, entry.action.id), part_of(away.folder, entry.action.id)):
        if ops.stat_name(part.folder.descriptor, part.name) is None:
            continue
        if part.folder == away.folder and _back_home(work, entry, home) is None:
            give_back(ops, part.folder, part.name, away.folder, away.name)
        else:
            ops.unlink(part.folder.descriptor, part.name)


def _settle_link(work: Work, entry: Entry, home: Spot) -> None:
    """A link that had given the name free gets it again, unless the file is home."""
    link, ops = link_spot(home.folder, entry.action), work.ops
    if entry.action.way not in REPLACING or ops.stat_name(link.folder.descriptor, link.name) is None:
        return
    if _back_home(work, entry, home) is None and ops.stat_name(home.folder.descriptor, home.name) is None:
        give_back(ops, link.folder, link.name, home.folder, home.name)
    else:
        ops.unlink(link.folder.descriptor, link.name)


def _back_home(work: Work, entry: Entry, home: Spot) -> Spot | None:
    for name in reversed(names_back_home(entry.action)):
        spot = Spot(home.folder, name)
        right = has_content(work.ops, home.folder, name, entry.action.subject.sha256)
        if right and not is_linked(work.ops, entry.action, spot):
            return spot
    return None


def _is_copy_or_link(work: Work, entry: Entry, away: Spot, back: Spot) -> bool:
    """Whether undo made the file at home, as a second name or a copy, so that the other one has to go."""
    one = work.ops.stat_name(away.folder.descriptor, away.name)
    other = work.ops.stat_name(back.folder.descriptor, back.name)
    linked = one is not None and one.is_same_file(other)
    return linked or entry.action.attributes is not None


def _reachable(holding: Holding, top: str, path: str) -> Spot | None:
    """A path as a spot, None if its folder is gone; Unreachable if its root is."""
    try:
        return spot_at(holding, top, path)
    except OSError as error:
        raise Unreachable(f"{path} cannot be looked at: {error.strerror}") from error
