"""A verified copy on another volume: a part file is written, synced, read back from the disk, and only then named."""

import errno
import hashlib
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from py_image_dedup.disposal.books.actions import Attributes
from py_image_dedup.disposal.volume.fsops import FileOps
from py_image_dedup.disposal.volume.held import CHUNK_BYTES, Folder, HeldFile, Refusal, digest
from py_image_dedup.disposal.volume.renames import give_back, rename_exclusive
from py_image_dedup.disposal.ways.quarantine import write_all
from py_image_dedup.disposal.ways.units import Spot
from py_image_dedup.disposal.ways.verify import require_untouched
from py_image_dedup.model.places import is_own_name, own_name

RESERVE_BYTES = 1 << 30  # stays free on the target, or 1 % of it where that is less
# What volumes without owners, modes or attributes answer. The journal keeps these, so that undo brings them back.
_NOT_KEPT = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL, errno.E2BIG})


class NotEnoughSpace(OSError):
    """The copy would leave too little free space."""

    def __init__(self, missing: int, path: str) -> None:
        super().__init__(errno.ENOSPC, f"{path} needs {missing} bytes more of free space")


class CopyDiffers(OSError):
    """What was read back is not what was written: the target volume is not to be trusted."""

    def __init__(self, path: str) -> None:
        super().__init__(errno.EIO, f"the copy {path} does not read back as it was written")


def part_of(folder: Folder, action_id: str) -> Spot:
    """Where an unfinished copy stands."""
    return Spot(folder, own_name(action_id, "part"))


def require_space(ops: FileOps, folder: Folder, size: int) -> None:
    """NotEnoughSpace unless the copy fits and leaves the reserve free."""
    space = ops.space(folder.descriptor)
    missing = size + min(RESERVE_BYTES, space.total // 100) - space.free
    if missing > 0:
        raise NotEnoughSpace(missing, folder.path)


def write_part(ops: FileOps, source: HeldFile, part: Spot, attributes: Attributes | None) -> int:
    """Copy an open file to a new file and verify it; gives the open copy. On failure nothing is left behind."""
    require_space(ops, part.folder, source.stat.size)
    descriptor = _create(ops, part)
    try:
        ops.reserve(descriptor, source.stat.size)
        _copy_content(ops, source, descriptor)
        require_untouched(ops, source)
        if attributes is not None:
            apply_attributes(ops, descriptor, attributes)
        ops.sync(descriptor)
        ops.drop_cache(descriptor)
        _require_same(ops, part, descriptor, source.subject.sha256)
    except BaseException:
        with suppress(OSError):  # the next start removes it: its name says whose it is
            ops.unlink(part.folder.descriptor, part.name)
        ops.close(descriptor)
        raise
    return descriptor


def name_part(ops: FileOps, part: Spot, target: Spot) -> None:
    """Give a verified part its final name, durably; FileExistsError if that is taken."""
    give_back(ops, part.folder, part.name, target.folder, target.name)
    ops.sync(target.folder.descriptor)


def apply_attributes(ops: FileOps, descriptor: int, attributes: Attributes) -> None:
    """Owner, extended attributes, mode and times, as far as the volume has them; times last."""
    now = ops.stat(descriptor)
    if (now.uid, now.gid) != (attributes.uid, attributes.gid):
        _if_kept(partial(ops.set_owner, descriptor, attributes.uid, attributes.gid))
    for name, value in attributes.xattrs:
        _if_kept(partial(ops.set_xattr, descriptor, name, value))
    _if_kept(partial(ops.set_mode, descriptor, attributes.mode))
    ops.set_times(descriptor, attributes.atime_ns, attributes.mtime_ns)


def unlink_own(ops: FileOps, spot: Spot, descriptor: int) -> bool:
    """Remove a name that only this program uses, if it stands for this open file; False if it does not."""
    there = ops.stat_name(spot.folder.descriptor, spot.name)
    if there is None or not there.is_same_file(ops.stat(descriptor)):
        return False
    ops.unlink(spot.folder.descriptor, spot.name)
    return True


def withdraw(ops: FileOps, spot: Spot, descriptor: int, action_id: str) -> bool:
    """Remove a copy that has its final name already; False if the name stands for something else by now.

    It first becomes a part again: if another file was swapped in, that is seen before anything is unlinked.
    """
    part = part_of(spot.folder, action_id)
    there = ops.stat_name(spot.folder.descriptor, spot.name)
    if there is None or not there.is_same_file(ops.stat(descriptor)):
        return False
    is_part = rename_exclusive(ops, spot.folder, spot.name, part.folder, part.name)
    if not is_part and unlink_own(ops, spot, descriptor):
        return True
    gone = unlink_own(ops, part, descriptor)  # "no such rename" may be the answer to one that was made all the same
    if is_part and not gone:
        rename_exclusive(ops, part.folder, part.name, spot.folder, spot.name)
    ops.sync(spot.folder.descriptor)
    return gone


def _if_kept(setting: Callable[[], None]) -> None:
    try:
        setting()
    except OSError as error:
        if error.errno not in _NOT_KEPT:
            raise


def _create(ops: FileOps, part: Spot) -> int:
    """A new file; where the call reports an error, what it may have made all the same goes, if the name is ours."""
    try:
        return ops.create_file(part.folder.descriptor, part.name)
    except FileExistsError:
        raise
    except OSError:
        if is_own_name(part.name):
            with suppress(OSError):
                ops.unlink(part.folder.descriptor, part.name)
        raise


def _require_same(ops: FileOps, part: Spot, descriptor: int, sha256: bytes) -> None:
    if digest(ops, descriptor) != sha256:
        raise CopyDiffers(part.path)


def _copy_content(ops: FileOps, source: HeldFile, descriptor: int) -> None:
    value, offset = hashlib.sha256(), 0
    while chunk := ops.read(source.descriptor, CHUNK_BYTES, offset):
        value.update(chunk)
        write_all(ops, descriptor, chunk, offset)
        offset += len(chunk)
    if value.digest() != source.subject.sha256:
        raise Refusal("its content changed while it was copied")
