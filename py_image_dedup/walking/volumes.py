"""Which file system a root is on, and whether it answers at all: a share that hangs must not take the run along."""

import os
import re
from collections.abc import Callable, Iterable
from threading import Thread

from py_image_dedup.model.roots import RootLook, Volume
from py_image_dedup.walking.roots import absolute_roots, check_root

DEADLINE_S = 10.0  # a disk that spins up takes up to 8 s, a network round trip far less
_ESCAPED = re.compile(rb"\\([0-7]{3})")


def look_at_roots(roots: Iterable[str], deadline_s: float = DEADLINE_S) -> tuple[RootLook, ...]:
    """A look at each root, in path order; all of them have the same `deadline_s` seconds from now."""
    return look_at(absolute_roots(roots), _volume_of, deadline_s)


def look_at(roots: Iterable[str], volume_of: Callable[[str], Volume], deadline_s: float) -> tuple[RootLook, ...]:
    """Ask each root in a thread of its own. A thread that hangs in the system is left behind: nothing can end it."""
    answers: dict[str, Volume] = {}

    def ask(root: str) -> None:
        answers[root] = volume_of(root)

    asked = [(root, Thread(target=ask, args=(root,), daemon=True)) for root in roots]
    for _, thread in asked:
        thread.start()
    for _, thread in asked:
        thread.join(deadline_s)
    return tuple(RootLook(root, root in answers, answers.get(root, Volume())) for root, _ in asked)


def volume_of(folder: str, mountinfo: str = "/proc/self/mountinfo") -> Volume:
    """The file system that holds `folder`; an empty `Volume` where it cannot be asked."""
    try:
        fsid = os.statvfs(folder).f_fsid if hasattr(os, "statvfs") else 0
    except OSError:
        return Volume()
    return Volume(fsid, _source(folder, mountinfo))


def is_mounted_read_only(folder: str) -> bool:
    """Whether the mount that holds `folder` takes no changes; False where it cannot be asked."""
    try:
        return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
    except OSError:
        return False


def _volume_of(root: str) -> Volume:
    check_root(root)  # lists it: that is what hangs where a server is away and its attributes are cached
    return volume_of(root)


def _source(folder: str, mountinfo: str) -> str:
    """What is mounted at the mount point nearest above `folder`."""
    path = os.fsencode(os.path.realpath(folder)).rstrip(b"/") + b"/"
    best, source = b"", b""
    try:
        with open(mountinfo, "rb") as lines:
            for line in lines:
                before, _, after = line.partition(b" - ")
                point = _ESCAPED.sub(_byte, before.split(b" ")[4]).rstrip(b"/") + b"/"
                if path.startswith(point) and len(point) >= len(best):  # a later mount covers an earlier one
                    best, source = point, after.split(b" ")[1]
    except FileNotFoundError:
        return ""
    return os.fsdecode(_ESCAPED.sub(_byte, source))


def _byte(escape: re.Match[bytes]) -> bytes:
    return bytes([int(escape[1], 8)])
