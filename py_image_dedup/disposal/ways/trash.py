"""The platform's trash as freedesktop.org specifies it (version 1.0), on Linux: of the home, else of the file's volume.

Its own renames, not a library's: the file goes through the same protocol as into a target directory, so that undo and
resume know it. Elsewhere (macOS, Windows) there is no such call that keeps the promise, and the way is refused.
"""

import errno
import os
import stat
import sys
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from py_image_dedup.disposal.books.actions import Action
from py_image_dedup.disposal.volume.fsops import FileOps, Volume
from py_image_dedup.disposal.volume.held import Folder, HeldFile, Holding, Refusal, join
from py_image_dedup.disposal.ways.units import Note, Spot
from py_image_dedup.disposal.work import Work

PRIVATE = 0o700
_NOT_THERE = frozenset({errno.ENOENT, errno.ENOTDIR})


def home_trash() -> str:
    """Where the desktop keeps the trash of the home volume."""
    data = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    return os.path.join(data, "Trash")


@dataclass(slots=True)
class FreedesktopTrash:
    """Finds the trash of a volume: the home's if it lies there, else `.Trash/UID` or `.Trash-UID` at its top."""

    home: str
    uid: int
    _of_volume: dict[Volume, str] = field(default_factory=dict)

    def spot(self, work: Work, holding: Holding, held: HeldFile, name: str) -> Spot:
        """The place in `files`; the folders of the trash are made where they are missing."""
        if sys.platform != "linux":
            raise Refusal("the trash of this platform is not supported; choose the quarantine")
        volume = held.folder.volume
        if volume not in self._of_volume:
            self._of_volume[volume] = self._trash_of(work.ops, holding, held.folder)
        return Spot(self._part(work, holding, self._of_volume[volume], "files"), name)

    def note(self, work: Work, holding: Holding, spot: Spot, held: HeldFile) -> Note:
        """The record in `info`: the path, relative to the top of the volume unless it is the home's trash."""
        trash = os.path.dirname(spot.folder.path)
        info = Spot(self._part(work, holding, trash, "info"), spot.name + ".trashinfo")
        path = held.subject.file.path
        if trash != self.home:
            path = os.path.relpath(path, _top_of_trash(trash))
        deleted = datetime.fromtimestamp(work.clock.now_ns() // 10**9)  # noqa: DTZ006 - the format wants local time
        text = f"[Trash Info]\nPath={quote(os.fsencode(path))}\nDeletionDate={deleted:%Y-%m-%dT%H:%M:%S}\n"
        return Note(info, text.encode("ascii"))

    def _trash_of(self, ops: FileOps, holding: Holding, folder: Folder) -> str:
        if _existing_top(holding, self.home).volume == folder.volume:
            return self.home
        top = _top_of_volume(holding, folder)
        shared = ops.stat_name(top.descriptor, ".Trash")
        if shared is not None and shared.is_folder and shared.mode & stat.S_ISVTX:
            return join(top.path, f".Trash/{self.uid}")
        return join(top.path, f".Trash-{self.uid}")

    def _part(self, work: Work, holding: Holding, trash: str, part: str) -> Folder:
        top = _existing_top(holding, os.path.dirname(trash))
        relative = join(trash, part)[len(top.path.rstrip("/")) + 1 :]
        return work.make_folders(holding, top, relative, PRIVATE)


def drop_info(ops: FileOps, holding: Holding, action: Action) -> None:
    """Remove the record of a file that has left the trash, or never came."""
    assert action.target is not None  # a file that goes to the trash has a place there
    assert action.target_base is not None
    files, name = os.path.split(action.target)
    try:
        folder = holding.folder(action.target_base, join(os.path.dirname(files), "info"))
        ops.unlink(folder.descriptor, name + ".trashinfo")
    except OSError as error:
        if error.errno not in _NOT_THERE:
            raise
    else:
        ops.sync(folder.descriptor)


def _existing_top(holding: Holding, path: str) -> Folder:
    """The innermost folder on the way to a path that is there."""
    while True:
        try:
            return holding.top(path)
        except OSError as error:
            if error.errno not in _NOT_THERE:
                raise
        path = os.path.dirname(path)


def _top_of_volume(holding: Holding, folder: Folder) -> Folder:
    top = folder
    while top.path != "/":
        above = holding.top(os.path.dirname(top.path.rstrip("/")))
        if above.volume != folder.volume:
            break
        top = above
    return top


def _top_of_trash(trash: str) -> str:
    """The top of the volume that `.Trash-UID` or `.Trash/UID` lies in."""
    above = os.path.dirname(trash)
    return os.path.dirname(above) if os.path.basename(above) == ".Trash" else above
