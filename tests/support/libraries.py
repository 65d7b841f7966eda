"""Libraries of files for the tests of removal, plans for them, and what can be asked of them afterwards."""

import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.matches import Relation
from py_image_dedup.model.places import QUARANTINE_NAME, is_own_name
from py_image_dedup.model.plans import Plan, PlannedRemoval, Subject, Way


class FixedClock:
    """A clock that the test sets; far from the times of the files, so that keepers count as settled."""

    def __init__(self, now_ns: int = 4_000_000_000_000_000_000) -> None:
        self.ns = now_ns

    def now_ns(self) -> int:
        return self.ns

    def monotonic_s(self) -> float:
        return self.ns / 1e9


def subject(path: str, root: str) -> Subject:
    """A real file as a plan knows it now."""
    status = os.lstat(path)
    file = ImageFile(
        path,
        root,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
        status.st_ino,
        status.st_dev,
        status.st_nlink,
    )
    with open(path, "rb") as opened:
        return Subject(file, hashlib.sha256(opened.read()).digest())


def removal(
    victim: Subject, keeper: Subject, way: Way = Way.QUARANTINE, target: str | None = None, *companions: Subject
) -> PlannedRemoval:
    return PlannedRemoval(victim, keeper, Relation.SAME_BYTES, "longer-file-name", way, target, companions)


def plan(roots: Sequence[str], *removals: PlannedRemoval, remove_empty_folders: bool = False) -> Plan:
    return Plan("plan-1", "settings", tuple(roots), (), tuple(removals), remove_empty_folders)


def remove(
    root: str, victim: str, keeper: str, *companions: str, way: Way = Way.QUARANTINE, target_directory: str = ""
) -> PlannedRemoval:
    """A removal of real files named relative to a root."""
    victim_path = os.path.join(root, victim)
    target = target_directory + victim_path if target_directory else None
    return removal(
        subject(victim_path, root),
        subject(os.path.join(root, keeper), root),
        way,
        target,
        *(subject(os.path.join(root, companion), root) for companion in companions),
    )


def re_rooted(planned: PlannedRemoval, **changes: object) -> PlannedRemoval:
    return replace(planned, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Kept:
    """What undo has to bring back of one file or folder."""

    kind: str
    content: bytes
    mode: int
    mtime_ns: int
    xattrs: tuple[tuple[str, bytes], ...]


def snapshot(root: str) -> dict[str, Kept]:
    """Everything below a root, and the root itself, but for what lies in a quarantine."""
    return {path: _kept(path) for path in (root, *_below(root))}


def contents(*tops: str) -> Counter[bytes]:
    """How often each content stands below these folders, quarantines, targets and parts included."""
    found: Counter[bytes] = Counter()
    for top in tops:
        for folder, _, names in os.walk(top):
            for name in names:
                path = os.path.join(folder, name)
                is_file = os.path.isfile(path) and not os.path.islink(path)
                if is_file and not name.endswith((".jsonl", "lock", ".trashinfo")):
                    with open(path, "rb") as opened:
                        found[hashlib.sha256(opened.read()).digest()] += 1
    return found


def put_aside(root: str) -> list[str]:
    """The files in the quarantines below a root, but for records, locks and what is left of a trial that failed."""
    return sorted(
        os.path.join(folder, name)
        for folder, _, names in os.walk(root)
        if QUARANTINE_NAME in folder.split("/")
        for name in names
        if not name.endswith((".jsonl", "lock", ".probe", ".linked"))
    )


def leftovers(root: str) -> list[str]:
    """Unfinished copies and links of ours."""
    return sorted(
        os.path.join(folder, name)
        for folder, _, names in os.walk(root)
        for name in names
        if is_own_name(name) and QUARANTINE_NAME not in folder.split("/")
    )


def _below(root: str) -> Iterator[str]:
    for folder, folders, names in os.walk(root):
        if QUARANTINE_NAME in folders:
            folders.remove(QUARANTINE_NAME)
        yield from (os.path.join(folder, name) for name in (*folders, *names))


def _kept(path: str) -> Kept:
    status = os.lstat(path)
    xattrs = tuple((n, os.getxattr(path, n, follow_symlinks=False)) for n in sorted(_xattr_names(path)))
    if os.path.islink(path):
        return Kept("link", os.fsencode(os.readlink(path)), status.st_mode, status.st_mtime_ns, xattrs)
    if os.path.isdir(path):
        return Kept("folder", b"", status.st_mode, status.st_mtime_ns, xattrs)
    if not os.path.isfile(path):
        return Kept("special", b"", status.st_mode, status.st_mtime_ns, xattrs)
    with open(path, "rb") as opened:
        return Kept("file", opened.read(), status.st_mode, status.st_mtime_ns, xattrs)


def _xattr_names(path: str) -> list[str]:
    return os.listxattr(path, follow_symlinks=False)
