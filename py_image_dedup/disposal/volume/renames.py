"""Renames that never replace, on file systems that know them and on those that do not.

`put_aside` takes a user's file to a place of ours; `give_back` takes a file of ours to a name of the user's. They
differ in what a race could cost: only the first touches a name that others may change at any moment.
"""

import errno
import os

from py_image_dedup.disposal.volume.fsops import FileOps
from py_image_dedup.disposal.volume.held import Folder, Holding
from py_image_dedup.model.places import own_name

PRIVATE_SUFFIX = ".d"
LONGEST_SUFFIX_BYTES = 32  # what follows the last dot is a suffix up to here, else part of the name
# NFS, old FUSE and 9p answer EINVAL or ENOSYS to renameat2 with flags
_NO_SUCH_RENAME = frozenset({errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP})
# exFAT and FAT answer EPERM to link, many FUSE file systems ENOSYS or EOPNOTSUPP
_NO_LINKS = frozenset({errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EMLINK})


class NoSafeRename(OSError):
    """The volume can neither rename without replacing nor link."""

    def __init__(self) -> None:
        super().__init__(errno.EOPNOTSUPP, "the volume can neither rename without replacing nor make hard links")


def rename_exclusive(ops: FileOps, source: Folder, name: str, folder: Folder, new_name: str) -> bool:
    """Rename without replacing; False where the volume has no such rename, FileExistsError if the name is taken."""
    try:
        ops.rename_no_replace(source.descriptor, name, folder.descriptor, new_name)
    except OSError as error:
        if error.errno in _NO_SUCH_RENAME:
            return False
        raise
    return True


def put_aside(
    ops: FileOps, holding: Holding, source: Folder, name: str, shelf: Folder, new_name: str
) -> tuple[Folder, str]:
    """Take a file onto a shelf and say where it is now: `new_name`, or below a private folder of that name.

    Without a rename that keeps from replacing, the file goes into a folder made for it alone, where nothing is that
    could be replaced. A link and unlink would do as well, but the unlink could meet a file swapped in meanwhile.
    NoSafeRename where the file could not come back to its name without the risk of replacing another.
    """
    if rename_exclusive(ops, source, name, shelf, new_name):
        return shelf, new_name
    _require_links(ops, shelf, new_name)
    ops.mkdir(shelf.descriptor, new_name + PRIVATE_SUFFIX, 0o700)
    ops.sync(shelf.descriptor)
    private = holding.below(shelf, new_name + PRIVATE_SUFFIX)
    ops.rename_plain(source.descriptor, name, private.descriptor, new_name)
    return private, new_name


def _require_links(ops: FileOps, shelf: Folder, name: str) -> None:
    """Try a hard link between two names of ours: without it nothing put aside here could come back safely."""
    probe, second = _names_of_trial(name)
    ops.close(ops.create_file(shelf.descriptor, probe))
    try:
        _link(ops, shelf, probe, shelf, second)
        ops.unlink(shelf.descriptor, second)
    finally:
        ops.unlink(shelf.descriptor, probe)


def _names_of_trial(name: str) -> tuple[str, str]:
    return own_name(name, "probe"), own_name(name, "linked")


def drop_trial(ops: FileOps, shelf: Folder, name: str) -> None:
    """Remove what a kill left of the trial of a hard link for a file that was to get this name."""
    for left in _names_of_trial(name):
        if ops.stat_name(shelf.descriptor, left) is not None:
            ops.unlink(shelf.descriptor, left)


def _link(ops: FileOps, source: Folder, name: str, folder: Folder, new_name: str) -> None:
    try:
        ops.link(source.descriptor, name, folder.descriptor, new_name)
    except OSError as error:
        if error.errno in _NO_LINKS:
            raise NoSafeRename from error
        raise


def give_back(ops: FileOps, source: Folder, name: str, folder: Folder, new_name: str) -> None:
    """Take a file of ours to a name that must be free; FileExistsError if it is not, NoSafeRename where impossible.

    Without a rename that keeps from replacing: link, which never replaces, then unlink, which is safe here because
    nobody else changes what lies on a shelf.
    """
    if rename_exclusive(ops, source, name, folder, new_name):
        return
    _link(ops, source, name, folder, new_name)
    ops.sync(folder.descriptor)
    ops.unlink(source.descriptor, name)


def take_to_own_name(ops: FileOps, folder: Folder, name: str, own: str) -> None:
    """Give what stands under a name one that only this program uses, in the same folder."""
    if not rename_exclusive(ops, folder, name, folder, own):
        ops.rename_plain(folder.descriptor, name, folder.descriptor, own)


def give_back_anyhow(ops: FileOps, source: Folder, name: str, folder: Folder, new_name: str, action_id: str) -> str:
    """`give_back`, under a restored name where the name is taken; the name that was used."""
    try:
        give_back(ops, source, name, folder, new_name)
    except FileExistsError:
        new_name = restored_name(new_name, action_id)
        give_back(ops, source, name, folder, new_name)
    return new_name


def restored_name(name: str, action_id: str, limit_bytes: int = 255) -> str:
    """`name (restored ID).ext`, shortened at a character where it would be longer than file systems take."""
    stem, suffix = os.path.splitext(name)
    if len(os.fsencode(suffix)) > LONGEST_SUFFIX_BYTES:
        stem, suffix = name, ""
    tail = os.fsencode(f" (restored {action_id}){suffix}")
    return os.fsdecode(_shortened(os.fsencode(stem), limit_bytes - len(tail)) + tail)


def _shortened(name: bytes, limit_bytes: int) -> bytes:
    """The first bytes of a name; a name that is UTF-8 is not cut within a character."""
    try:
        name.decode("utf-8")
    except UnicodeDecodeError:
        return name[:limit_bytes]
    return name[:limit_bytes].decode("utf-8", "ignore").encode()
