"""Telling what this program put in the place of a file, a link or a merged keeper, from that file and all else."""

import errno
import os

from py_image_dedup.disposal.books.actions import Action
from py_image_dedup.disposal.volume.fsops import FileOps
from py_image_dedup.disposal.volume.held import Folder, has_content
from py_image_dedup.disposal.ways.units import Spot
from py_image_dedup.model.places import own_name
from py_image_dedup.model.plans import REPLACING, Way


def link_spot(folder: Folder, action: Action) -> Spot:
    """Where the link stands until the name is free, and again while undo takes it away."""
    return Spot(folder, own_name(action.id, "link"))


def link_text(action: Action) -> str:
    """What a symbolic link says: relative within one root, so that a library that is moved stays whole."""
    keeper = action.keeper
    assert keeper is not None
    if keeper.root == action.subject.root:
        return os.path.relpath(keeper.path, os.path.dirname(action.subject.path))
    return keeper.path


def is_our_link(ops: FileOps, action: Action, spot: Spot) -> bool:
    """Whether a name stands for the link that this action made, and not for the copy or anything else."""
    there = ops.stat_name(spot.folder.descriptor, spot.name)
    keeper = action.keeper
    assert keeper is not None
    if there is None:
        return False
    if action.way is Way.SYMLINK:
        return not there.is_regular and not there.is_folder and _says(ops, spot, link_text(action))
    if action.way is Way.HARDLINK:
        return there.is_regular and (there.device, there.inode) == (keeper.device, keeper.inode)
    is_victim = (there.device, there.inode) == (action.subject.device, action.subject.inode)
    return not is_victim and has_content(ops, spot.folder, spot.name, keeper.sha256)


def _says(ops: FileOps, spot: Spot, text: str) -> bool:
    try:
        return ops.read_link(spot.folder.descriptor, spot.name) == text
    except OSError as error:
        if error.errno in {errno.EINVAL, errno.ENOENT}:  # no link, or gone
            return False
        raise


def is_linked(ops: FileOps, action: Action, spot: Spot) -> bool:
    """Whether the action is of a way that leaves a link, and the name stands for it."""
    return action.way in REPLACING and is_our_link(ops, action, spot)
