"""The walk: every file that counts below the roots, each once, the same for every order in which a disk lists it.

Folders are taken from a heap in path order and each is listed once, under the first path by which it is reached. A path
comes after the folder it lies in, so that every folder, and every file, is known by its alphabetically first path; only
where a folder is mounted inside itself the path outside wins. Nothing is opened but folders.
"""

import os
import stat
from collections.abc import Callable, Iterable, Sequence
from heapq import heapify, heappop, heappush
from operator import attrgetter
from typing import Protocol

from py_image_dedup.model.files import FileIdentity, ImageFile, NotWalked, PassedOver, Walk
from py_image_dedup.model.places import QUARANTINE_NAME, is_own_name
from py_image_dedup.walking.folders import folder_handle, says_gone, words
from py_image_dedup.walking.roots import absolute_roots
from py_image_dedup.walking.selection import COMPANIONS, Selection, last_suffix

VANISHED = "vanished while it was looked at"
PUT_ASIDE = "holds what was put aside"
LEFT_OUT = "left out of the search"
EMPTY = "empty"
SYMLINK = "a symbolic link"
KINDS = {
    stat.S_IFLNK: SYMLINK,
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFBLK: "a block device",
    stat.S_IFCHR: "a character device",
}


class FolderEntry(Protocol):
    """What the walk asks of an `os.DirEntry`."""

    @property
    def name(self) -> str:
        """The name in its folder."""
        ...

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        """Whether it is a folder."""
        ...

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        """What the system says of it."""
        ...


Scan = Callable[[int | str], Iterable[FolderEntry]]


def walk(roots: Sequence[str], selection: Selection, scan: Scan = os.scandir) -> Walk:
    """What there is below `roots`, which may overlap, repeat and reach one folder by several paths.

    A root may be a symbolic link and keeps the name it was given; no other link is followed. `Walk.roots` are
    absolute, sorted, each once. Every entry is in one of `files`, `passed_over` and `not_walked`; `companions`, which
    share a folder with a picture, are passed over too.
    Raises nothing for what is on the disk. `scan` lists a folder: tests give it other orders and errors.
    """
    absolute = absolute_roots(roots)
    survey = _Survey(selection, scan)
    survey.look_below(absolute)
    files, repeated = _each_once(survey.files)
    return Walk(
        roots=absolute,
        files=files,
        companions=_beside(files, survey.companions),
        passed_over=_in_order([*survey.passed_over, *repeated]),
        not_walked=tuple(sorted(survey.not_walked, key=attrgetter("path"))),
    )


class _Survey:
    """What was seen so far, in no order."""

    def __init__(self, selection: Selection, scan: Scan) -> None:
        self.files: list[ImageFile] = []
        self.companions: list[ImageFile] = []
        self.passed_over: list[PassedOver] = []
        self.not_walked: list[NotWalked] = []
        self._selection = selection
        self._scan = scan
        self._frontier: list[tuple[str, str]] = []  # (folder, root), a heap
        self._listed: dict[FileIdentity, str] = {}
        self._left_out = _identities(selection.excluded_directories)
        self._devices: dict[int, int] = {}  # one int object a device: a million files share it

    def look_below(self, roots: Sequence[str]) -> None:
        self._frontier = [(root, root) for root in roots]
        heapify(self._frontier)
        previous = ""
        while self._frontier:
            path, root = heappop(self._frontier)
            if path != previous:  # a root inside another one: two entries, one after the other
                self._enter(path, root)
            previous = path

    def _enter(self, path: str, root: str) -> None:
        try:
            with folder_handle(path, follow=path == root) as handle:
                status = os.stat(handle)
                identity = FileIdentity(status.st_dev, status.st_ino)
                reason = self._folder_against(path, identity, is_root=path == root)
                if reason is None:
                    self._list(handle, path, root)
                else:
                    self.passed_over.append(PassedOver(path, reason))
        except OSError as error:
            self._note(path, error, is_root=path == root)

    def _folder_against(self, path: str, identity: FileIdentity, *, is_root: bool) -> str | None:
        """Why this folder is not listed; None where it is, which happens once for each identity."""
        if QUARANTINE_NAME in path.split(os.sep) or (is_own_name(os.path.basename(path)) and not is_root):
            return PUT_ASIDE
        if identity in self._left_out or path in self._selection.excluded_directories:
            return LEFT_OUT
        first = self._listed.setdefault(identity, path)
        return None if first == path else f"the same folder as {first}"

    def _list(self, handle: int | str, folder: str, root: str) -> None:
        prefix = folder.rstrip(os.sep) + os.sep
        for entry in self._scan(handle):
            path = prefix + entry.name
            try:
                if not entry.is_dir(follow_symlinks=False):
                    self._look_at(entry, path, root)
                elif self._selection.recursive:
                    heappush(self._frontier, (path, root))
            except OSError as error:
                self._note(path, error, is_root=False)

    def _look_at(self, entry: FolderEntry, path: str, root: str) -> None:
        reason = self._selection.excluded_by(path)
        if reason is None:
            reason = self._selection.name_against(entry.name)
            if reason is None or last_suffix(entry.name) in COMPANIONS:
                reason = self._take(entry.stat(follow_symlinks=False), path, root, reason)
        if reason is not None:
            self.passed_over.append(PassedOver(path, reason))

    def _take(self, status: os.stat_result, path: str, root: str, name_reason: str | None) -> str | None:
        """Keep a picture, or what may belong to one; why it does not count, None where it does."""
        if not stat.S_ISREG(status.st_mode):
            return KINDS.get(stat.S_IFMT(status.st_mode), "not a regular file")
        if status.st_size == 0:
            return EMPTY
        device = self._devices.setdefault(status.st_dev, status.st_dev)
        file = ImageFile(
            path, root, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, device, status.st_nlink
        )
        (self.files if name_reason is None else self.companions).append(file)
        return name_reason

    def _note(self, path: str, error: OSError, *, is_root: bool) -> None:
        if says_gone(error) and not is_root:
            self.passed_over.append(PassedOver(path, VANISHED))
        else:
            self.not_walked.append(NotWalked(path, words(error), error.errno or 0))


def _identities(folders: Iterable[str]) -> frozenset[FileIdentity]:
    """The identities of those of `folders` that are there; the others cannot be walked into either."""
    found = set()
    for folder in folders:
        try:
            status = os.stat(folder)
        except OSError:
            continue
        found.add(FileIdentity(status.st_dev, status.st_ino))
    return frozenset(found)


def _each_once(files: list[ImageFile]) -> tuple[tuple[ImageFile, ...], list[PassedOver]]:
    """Each file under its alphabetically first path, in path order; and the other paths."""
    files.sort(key=attrgetter("path"))
    first: dict[tuple[int, int], str] = {}
    once: list[ImageFile] = []
    repeated: list[PassedOver] = []
    for file in files:
        path = first.setdefault((file.device, file.inode), file.path)
        if path is file.path:
            once.append(file)
        else:
            repeated.append(PassedOver(file.path, f"the same file as {path}"))
    return tuple(once), repeated


def _beside(files: Iterable[ImageFile], companions: Iterable[ImageFile]) -> tuple[ImageFile, ...]:
    """Those of `companions` that share a folder with one of `files`, in path order."""
    candidates = sorted(companions, key=attrgetter("path"))
    folders = {os.path.dirname(file.path) for file in files} if candidates else set()
    return tuple(file for file in candidates if os.path.dirname(file.path) in folders)


def _in_order(passed_over: list[PassedOver]) -> tuple[PassedOver, ...]:
    return tuple(sorted(passed_over, key=attrgetter("path")))
