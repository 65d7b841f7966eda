"""One quarantine a volume, beside the data: a folder for each run, in it the files under the ids of their actions.

    ROOT/.py-image-dedup-quarantine/lock
    ROOT/.py-image-dedup-quarantine/RUN/RUN-000004.jpg      a file that was put aside
    ROOT/.py-image-dedup-quarantine/RUN/RUN-000004.jsonl    what brings it and its neighbours back

A shelf is the folder of one run in one quarantine. Names on it are short, ASCII and unique, so that every file system
takes them; the name that a file had stands in the records.
"""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from py_image_dedup.disposal.books import locks, sidecars
from py_image_dedup.disposal.books.actions import Action
from py_image_dedup.disposal.volume.fsops import FileOps
from py_image_dedup.disposal.volume.held import Folder, Holding, join
from py_image_dedup.disposal.work import Work
from py_image_dedup.model.errors import LockHeld
from py_image_dedup.model.places import QUARANTINE_NAME

PRIVATE = 0o700
LOCK_ATTEMPTS = 10
_PLAIN_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,15}\Z")


@dataclass(slots=True)
class Shelves:
    """The shelves of one run, made when first needed and locked against other hosts until released."""

    work: Work
    holding: Holding  # lives as long as the run: the lock goes with its descriptor
    _shelves: dict[str, Folder] = field(default_factory=dict)

    def for_folder(self, folder: Folder, batch: Holding) -> Folder:
        """Where files of this folder are put aside: at the top of its volume, as far as that lies below the root."""
        top = volume_top(folder, batch)
        if top not in self._shelves:
            self._shelves[top] = self._make(self.holding.folder(folder.top, top))
        return self._shelves[top]

    def _make(self, top: Folder) -> Folder:
        quarantine = self.work.make_folders(self.holding, top, QUARANTINE_NAME, PRIVATE)
        take_lock(self.work, quarantine, self.holding)
        return self.work.make_folders(self.holding, quarantine, self.work.run_id, PRIVATE)


def volume_top(folder: Folder, holding: Holding) -> str:
    """The outermost folder from the root down that lies on the same volume, so that a rename reaches it."""
    path, names = folder.top, folder.path[len(folder.top.rstrip("/")) + 1 :].split("/")
    while names and holding.folder(folder.top, path).volume != folder.volume:
        path = join(path, names.pop(0))
    return path


def take_lock(work: Work, quarantine: Folder, holding: Holding) -> None:
    """Lock a quarantine: two state directories, or two hosts that share a volume, never act on it at once."""
    ops = work.ops
    for _ in range(LOCK_ATTEMPTS):
        descriptor = holding.keep(ops.open_lock(quarantine.descriptor, locks.NAME))
        if not ops.try_lock(descriptor):
            who = locks.describe(ops.read(descriptor, 4096, 0).decode("utf-8", "replace"))
            raise LockHeld(f"{who} is at work in {quarantine.path}. Wait until it has finished; then start again.")
        there = ops.stat_name(quarantine.descriptor, locks.NAME)
        if there is not None and there.is_same_file(ops.stat(descriptor)):
            break  # else the holder before us removed the file when it left: once more
    # where inode numbers do not last the name can never be told to be this file, but the lock is held
    write_all(ops, descriptor, locks.whoami(work.clock).encode())


def name_on_shelf(action_id: str, original: str) -> str:
    """The id, with the suffix of the original where it is a plain one, so that viewers still know the kind of file."""
    suffix = _PLAIN_SUFFIX.search(os.path.splitext(original)[1])
    return action_id + (suffix.group() if suffix else "")


def write_sidecar(ops: FileOps, shelf: Folder, actions: Iterable[Action]) -> None:
    """Write and sync the records of a batch; the shelf itself is synced by the caller, before anything moves."""
    content = list(actions)
    name = content[0].id + sidecars.SUFFIX
    descriptor = ops.create_file(shelf.descriptor, name)
    try:
        write_all(ops, descriptor, b"".join(map(sidecars.to_line, content)))
        ops.sync(descriptor)
    finally:
        ops.close(descriptor)


def write_all(ops: FileOps, descriptor: int, data: bytes, offset: int = 0) -> None:
    """Write until everything is written."""
    while data:
        written = ops.write(descriptor, data, offset)
        data, offset = data[written:], offset + written
