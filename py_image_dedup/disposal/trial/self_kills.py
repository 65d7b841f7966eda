"""Kills on a user's own volume: removal is cut short at call after call, recovered, looked at and undone."""

import hashlib
import os
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from py_image_dedup.disposal.disposal import Disposal
from py_image_dedup.disposal.volume.fsops import FileOps
from py_image_dedup.disposal.volume.held import join
from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.matches import Relation
from py_image_dedup.model.plans import Plan, PlannedRemoval, Subject, Way
from py_image_dedup.model.ports import Clock

CHANGING = frozenset(
    {
        *("create_file", "open_lock", "write", "reserve", "sync", "set_xattr", "set_mode", "set_owner", "set_times"),
        *("rename_no_replace", "rename_plain", "exchange", "link", "symlink", "clone", "unlink", "mkdir", "rmdir"),
    }
)
LIBRARY = {"keep.jpg": b"a picture", "copy.jpg": b"a picture", "sub/copy.jpg": b"a picture", "sub/copy.xmp": b"notes"}


class Deadly:
    """A `FileOps` that kills its own process before its n-th change."""

    def __init__(self, ops: FileOps, at: int) -> None:
        self._ops = ops
        self._left = at

    def __getattr__(self, name: str) -> Any:
        if name in CHANGING:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return getattr(self._ops, name)


@dataclass(slots=True)
class Kills:
    """Kills on the volume of `folder`, which is ours; the journal lies in a folder of its own on the local disk."""

    ops: FileOps
    clock: Clock
    folder: str
    ways: Sequence[Way]
    done: int = 0

    def run(self, wanted: int, limit_s: float) -> Iterator[str]:
        """Kill until `wanted` is reached or the time is over; a sentence for each that ended badly."""
        until_s = time.monotonic() + limit_s
        moments = dict.fromkeys(self.ways, 0)
        number = 0
        while self.ways and self.done < wanted and time.monotonic() <= until_s:
            way = self.ways[number % len(self.ways)]
            moments[way] += 1
            with tempfile.TemporaryDirectory() as state:
                died, wrong = self._one(way, moments[way], state, f"{self.folder}/library-{number}")
            self.done += died
            if not died:
                moments[way] = 0  # past the last call: from the first one again
            yield from (f"{way.value}, killed at change {moments[way]}: {sentence}" for sentence in wrong)
            number += 1

    def _one(self, way: Way, moment: int, state: str, root: str) -> tuple[bool, list[str]]:
        plan = make_library(root, way)
        before = contents_of(root)
        names = names_of(root)
        died = self._killed(state, plan, moment)
        disposal = Disposal(state, self.clock, self.ops)
        disposal.resume()
        lost = before - contents_of(root)
        wrong = [f"{sum(lost.values())} contents are lost"] if lost else []
        if disposal.runs():
            list(disposal.undo("selftest"))
        if names_of(root) != names or contents_of(root) != before:
            wrong.append("after undo not everything is where it was")
        if disposal.unfinished():
            wrong.append("a restart did not finish what was begun")
        if not wrong:
            shutil.rmtree(root)
        return died, wrong

    def _killed(self, state: str, plan: Plan, moment: int) -> bool:
        child = os.fork()
        if child == 0:
            self._act_and_die(state, plan, moment)
        return os.WIFSIGNALED(os.waitpid(child, 0)[1])

    def _act_and_die(self, state: str, plan: Plan, moment: int) -> NoReturn:
        """In the child, which never comes back from here: 0 if it was not killed and met no trouble."""
        status = 1
        try:
            list(Disposal(state, self.clock, Deadly(self.ops, moment)).dispose("selftest", plan))
            status = 0
        finally:
            os._exit(status)


def make_library(root: str, way: Way) -> Plan:
    """Four small files below a new folder, and a plan that removes three of them."""
    for name, content in LIBRARY.items():
        path = join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "xb") as file:
            file.write(content)
    keeper, copy, other, notes = (_subject(join(root, name), root) for name in LIBRARY)
    companions = () if way in {Way.HARDLINK, Way.REFLINK, Way.SYMLINK} else (notes,)
    removals = (
        PlannedRemoval(copy, keeper, Relation.SAME_BYTES, "selftest", way),
        PlannedRemoval(other, keeper, Relation.SAME_BYTES, "selftest", way, None, companions),
    )
    return Plan("selftest", "", (root,), (), removals)


def _subject(path: str, root: str) -> Subject:
    now = os.stat(path)
    file = ImageFile(path, root, now.st_size, now.st_mtime_ns, now.st_ctime_ns, now.st_ino, now.st_dev, now.st_nlink)
    with open(path, "rb") as opened:
        return Subject(file, hashlib.sha256(opened.read()).digest())


def contents_of(root: str) -> Counter[bytes]:
    """How often each content of the library stands anywhere below a folder; hard links count once a name."""
    found: Counter[bytes] = Counter()
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            if not os.path.islink(path):
                with open(path, "rb") as file:
                    found[file.read()] += 1
    return Counter({content: n for content, n in found.items() if content in LIBRARY.values()})


def names_of(root: str) -> set[str]:
    """Every file below a folder, by name."""
    return {os.path.relpath(os.path.join(folder, name), root) for folder, _, names in os.walk(root) for name in names}
