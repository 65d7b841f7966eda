"""Where a file of an open action is now, by content: at its name, on its shelf, at its target, or in part."""

import errno
import os
from dataclasses import dataclass

from py_image_dedup.disposal.books.actions import Action, Entry
from py_image_dedup.disposal.volume.fsops import FileOps
from py_image_dedup.disposal.volume.held import Folder, Holding, has_content
from py_image_dedup.disposal.volume.renames import PRIVATE_SUFFIX, restored_name
from py_image_dedup.disposal.ways.copying import part_of
from py_image_dedup.disposal.ways.units import Spot
from py_image_dedup.model.places import own_name
from py_image_dedup.model.plans import Way

_NOT_THERE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})


class Unreachable(Exception):
    """A root, target or quarantine cannot be looked at: nothing may be concluded."""


@dataclass(frozen=True, slots=True)
class Found:
    """What is where. Each spot holds the right content, except `stranger`, which holds another, and `part`."""

    entry: Entry
    home: Spot | None  # the name it had, if its folder is there
    is_at_home: bool
    is_home_taken: bool  # something stands at its name
    on_shelf: Spot | None
    at_target: Spot | None
    part: Spot | None
    stranger: Spot | None

    @property
    def action(self) -> Action:
        """What was intended."""
        return self.entry.action

    @property
    def arrived(self) -> Spot | None:
        """Where it is if it is where it was to go."""
        return self.at_target if self.action.target else self.on_shelf


def find(ops: FileOps, entry: Entry, holding: Holding) -> Found:
    """Look everywhere a file of this action can be; Unreachable where that is not possible."""
    try:
        return _find(ops, entry, holding)
    except OSError as error:
        raise Unreachable(f"{entry.action.subject.path} cannot be looked at: {error.strerror}") from error


def _find(ops: FileOps, entry: Entry, holding: Holding) -> Found:
    action = entry.action
    sha256 = action.subject.sha256
    home = spot_at(holding, action.subject.root, action.subject.path)
    shelf = shelf_of(holding, action)
    on_shelf, stranger = None, None
    for spot in _spots_on(ops, shelf, os.path.basename(action.place), holding):
        if has_content(ops, spot.folder, spot.name, sha256):
            on_shelf = spot
        else:
            stranger = spot
    target = spot_at(holding, action.target_base, action.target) if action.target and action.target_base else None
    part = part_of(target.folder, action.id) if target else None
    if action.way is Way.MERGED:
        part = merged_spot(shelf, action.id)
    return Found(
        entry,
        home,
        home is not None and has_content(ops, home.folder, home.name, sha256),
        home is not None and ops.stat_name(home.folder.descriptor, home.name) is not None,
        on_shelf,
        target if target and has_content(ops, target.folder, target.name, sha256) else None,
        part if part and ops.stat_name(part.folder.descriptor, part.name) else None,
        stranger,
    )


def drop(ops: FileOps, spot: Spot) -> None:
    """Remove a file of ours, if it is there."""
    if ops.stat_name(spot.folder.descriptor, spot.name) is not None:
        ops.unlink(spot.folder.descriptor, spot.name)


def merged_spot(shelf: Folder, action_id: str) -> Spot:
    """Where a keeper is made anew with more metadata, before it gets its name."""
    return Spot(shelf, own_name(action_id, "merge"))


def find_away(ops: FileOps, action: Action, holding: Holding) -> Spot | None:
    """Where a file that was removed lies, by content: on its shelf or at its target; None if it is at neither."""
    spots = _spots_on(ops, shelf_of(holding, action), os.path.basename(action.place), holding)
    if action.target and action.target_base:
        target = spot_at(holding, action.target_base, action.target)
        spots.extend([target] if target else [])
    for spot in spots:
        if has_content(ops, spot.folder, spot.name, action.subject.sha256):
            return spot
    return None


def spot_at(holding: Holding, top: str, path: str) -> Spot | None:
    """A path as a spot; None if its folder is gone. OSError if the top itself is not there: then nothing is known."""
    holding.top(top)
    try:
        return Spot(holding.folder(top, os.path.dirname(path)), os.path.basename(path))
    except OSError as error:
        if error.errno in _NOT_THERE:
            return None
        raise


def shelf_of(holding: Holding, action: Action) -> Folder:
    """The shelf was durable before the intent was: where it is missing, this is not the disk that was written to."""
    return holding.folder(action.subject.root, os.path.dirname(action.place))


def _spots_on(ops: FileOps, shelf: Folder, name: str, holding: Holding) -> list[Spot]:
    spots = [Spot(shelf, name)]
    if ops.stat_name(shelf.descriptor, name + PRIVATE_SUFFIX) is not None:
        spots.append(Spot(holding.below(shelf, name + PRIVATE_SUFFIX), name))
    return [spot for spot in spots if ops.stat_name(spot.folder.descriptor, spot.name) is not None]


def names_back_home(action: Action) -> tuple[str, str]:
    """The names under which undo may have brought a file back."""
    name = os.path.basename(action.subject.path)
    return name, restored_name(name, action.id)
