"""Acts worth interrupting, each on a fresh library of different contents, and the oracle that looks at what is left.

The oracle knows nothing of the protocol: it compares contents, names and the journal's own words with the disk.
"""

import hashlib
import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from py_image_dedup.disposal.books import sidecars
from py_image_dedup.disposal.books.actions import State
from py_image_dedup.disposal.disposal import Disposal
from py_image_dedup.disposal.volume.fsops import FileOps
from py_image_dedup.disposal.volume.posix import PosixFiles
from py_image_dedup.model.descriptions import KEYWORDS
from py_image_dedup.model.outcomes import Status
from py_image_dedup.model.plans import LINK_WAYS, Plan, Way
from tests.support.libraries import FixedClock, contents, leftovers, plan, put_aside, remove
from tests.support.merging import TAKEN, PlainMerger
from tests.support.tree import make_tree

OLD_NS = 1_500_000_000_123_456_789
TREE = {
    "keep/a.jpg": "the picture, large",
    "keep/b.jpg": "another one",
    "x/y/a small.jpg": "the picture, small",
    "x/y/a small.xmp": "its caption",
    "x/z/\udce9\n.jpg": "the picture, in grey",
    "b copy.jpg": "another one, again",
    "stays.jpg": "nobody's copy",
}
VICTIMS = {"x/y/a small.jpg": "keep/a.jpg", "x/z/\udce9\n.jpg": "keep/a.jpg", "b copy.jpg": "keep/b.jpg"}
COMPANIONS = {"x/y/a small.jpg": ("x/y/a small.xmp",)}
GOING = frozenset(VICTIMS) | {name for names in COMPANIONS.values() for name in names}


class NoExclusiveRename(PosixFiles):
    """NFS and old FUSE: renameat2 with flags is refused."""

    def rename_no_replace(self, source_folder: int, source: str, folder: int, name: str) -> None:
        raise OSError(22, "no such rename")

    def exchange(self, source_folder: int, source: str, folder: int, name: str) -> None:
        raise OSError(22, "no such rename")


class NoLinksEither(NoExclusiveRename):
    """A user-space exFAT: no hard links either."""

    def link(self, source_folder: int, source: str, folder: int, name: str) -> None:
        raise OSError(1, "no hard links")


class Cloning(PosixFiles):
    """Stands for btrfs, XFS and bcachefs: files can share blocks, here by copying them."""

    def clone(self, source: int, destination: int) -> None:
        os.pwrite(destination, os.pread(source, 1 << 20, 0), 0)


@dataclass
class World:
    """A library, a place to move to, a state directory."""

    base: str
    root: str
    target: str
    way: Way
    merges: bool = False  # whether the files that stay are given metadata first
    before: Counter[bytes] = field(default_factory=Counter)
    bystanders: dict[str, bytes] = field(default_factory=dict)

    @property
    def changing(self) -> frozenset[str]:
        """What the plan may touch."""
        return GOING | frozenset(VICTIMS.values()) if self.merges else GOING

    @property
    def plan(self) -> Plan:
        target = self.target if self.way is Way.TARGET else ""
        removals = [
            remove(self.root, victim, keeper, *COMPANIONS.get(victim, ()), way=self.way, target_directory=target)
            for victim, keeper in VICTIMS.items()
        ]
        removals = [replace(removal, merge=(KEYWORDS,)) for removal in removals] if self.merges else removals
        return plan([self.root], *removals, remove_empty_folders=True)

    def disposal(self, ops: FileOps | None = None) -> Disposal:
        state = f"{self.base}/state"
        return Disposal(state, FixedClock(), ops, trash_directory=self.target, merger=PlainMerger())


@dataclass(frozen=True)
class Scenario:
    """What runs untouched first, and what is interrupted. Acts give (path, where it is now) of what they call done."""

    name: str
    way: Way
    act: Callable[[World, Disposal, Plan], Iterator[tuple[str, str]]]
    first: Callable[[World, Disposal, Plan], Iterator[tuple[str, str]]] | None = None
    ops: Callable[[], FileOps] = PosixFiles
    across: bool = False
    purges: bool = False
    merges: bool = False

    def world(self, base: str, other_volume: str) -> World:
        """A fresh library below `base`; what moves across goes below `other_volume`."""
        root = make_tree(f"{base}/library", TREE, mtime_ns=OLD_NS)
        target = f"{other_volume if self.across else base}/target-{os.path.basename(base)}"
        os.mkdir(target)
        world = World(base, root, target, self.way, self.merges)
        world.before = contents(root)
        world.bystanders = {name: Path(root, name).read_bytes() for name in TREE if name not in world.changing}
        return world

    def prepare(self, world: World) -> Plan:
        """Run what comes first; gives the plan, made before anything moved."""
        the_plan = world.plan
        if self.first:
            list(self.first(world, world.disposal(self.ops()), the_plan))
        return the_plan


def clean_up(world: World) -> None:
    shutil.rmtree(world.base)
    shutil.rmtree(world.target, ignore_errors=True)


def _apply(world: World, disposal: Disposal, the_plan: Plan) -> Iterator[tuple[str, str]]:
    for outcome in disposal.dispose("run-1", the_plan):
        if outcome.status is Status.DONE:
            yield outcome.removal.victim.file.path, outcome.now_at or ""


def _apply_and_empty(world: World, disposal: Disposal, the_plan: Plan) -> Iterator[tuple[str, str]]:
    outcomes = list(disposal.dispose("run-1", the_plan))
    disposal.remove_emptied_folders("run-1", the_plan, outcomes)
    yield from ()


def _undo(world: World, disposal: Disposal, the_plan: Plan) -> Iterator[tuple[str, str]]:
    for outcome in disposal.undo("run-1"):
        if outcome.status is Status.UNDONE:
            yield outcome.original, outcome.path


def _purge(world: World, disposal: Disposal, the_plan: Plan) -> Iterator[tuple[str, str]]:
    for outcome in disposal.purge([world.root], older_than_ns=0):
        if outcome.status is Status.DONE:
            yield outcome.original, ""


SCENARIOS = [
    Scenario("quarantine", Way.QUARANTINE, _apply),
    Scenario("quarantine and folders", Way.QUARANTINE, _apply_and_empty),
    Scenario("target", Way.TARGET, _apply),
    Scenario("across volumes", Way.TARGET, _apply, across=True),
    Scenario("undo", Way.QUARANTINE, _undo, first=_apply_and_empty),
    Scenario("undo of a target", Way.TARGET, _undo, first=_apply_and_empty),
    Scenario("undo across volumes", Way.TARGET, _undo, first=_apply_and_empty, across=True),
    Scenario("purge", Way.QUARANTINE, _purge, first=_apply_and_empty, purges=True),
    Scenario("hard links", Way.HARDLINK, _apply),
    Scenario("symbolic links", Way.SYMLINK, _apply),
    Scenario("reflinks", Way.REFLINK, _apply, ops=Cloning),
    Scenario("trash", Way.TRASH, _apply),
    Scenario("undo of hard links", Way.HARDLINK, _undo, first=_apply_and_empty),
    Scenario("undo of symbolic links", Way.SYMLINK, _undo, first=_apply_and_empty),
    Scenario("undo of reflinks", Way.REFLINK, _undo, first=_apply_and_empty, ops=Cloning),
    Scenario("undo of the trash", Way.TRASH, _undo, first=_apply_and_empty),
    Scenario("hard links without exclusive rename", Way.HARDLINK, _apply, ops=NoExclusiveRename),
    Scenario("merged metadata", Way.QUARANTINE, _apply, merges=True),
    Scenario("undo of merged metadata", Way.QUARANTINE, _undo, first=_apply_and_empty, merges=True),
    Scenario("merged metadata without exclusive rename", Way.TARGET, _apply, ops=NoExclusiveRename, merges=True),
    Scenario("quarantine without exclusive rename", Way.QUARANTINE, _apply, ops=NoExclusiveRename),
    Scenario("target without exclusive rename", Way.TARGET, _apply, ops=NoExclusiveRename),
    Scenario("undo without exclusive rename", Way.QUARANTINE, _undo, first=_apply_and_empty, ops=NoExclusiveRename),
]


def violations(world: World, scenario: Scenario, done: list[tuple[str, str]]) -> list[str]:
    """What is wrong once recovery has run, in words; nothing if all promises hold."""
    found = [f"lost: {digest.hex()}" for digest in world.before - contents(world.root, world.target)]
    purged = set(_journal(world, State.PURGED)) if scenario.purges else set()
    found = [] if scenario.purges and _only_purged(world, purged) else found
    for name, content in world.bystanders.items():
        if not os.path.lexists(f"{world.root}/{name}") or Path(world.root, name).read_bytes() != content:
            found.append(f"harmed: {name!r}")
    found.extend(f"a file to keep is not there: {name}" for name in VICTIMS.values() if not _is_kept(world, name))
    away = set(_journal(world, State.MOVED).values())
    found.extend(f"untracked: {path!r}" for path in put_aside(world.root) if path not in away)
    found.extend(f"left over: {path!r}" for path in (*leftovers(world.root), *leftovers(world.target)))
    found.extend(f"called done, but not so: {path!r}" for path, at in done if not _is_so(world, path, at))
    found.extend(f"torn: {unit}" for unit in _torn(world))
    open_left = world.disposal(scenario.ops()).unfinished()
    return found + ([f"{open_left} actions still open"] if open_left else [])


def _is_kept(world: World, name: str) -> bool:
    """A file that stays has what it had, with metadata behind it where it was given some."""
    content = Path(world.root, name).read_bytes() if os.path.lexists(f"{world.root}/{name}") else b""
    return content.split(TAKEN.encode())[0] == TREE[name].encode() and (world.merges or TAKEN.encode() not in content)


def _torn(world: World) -> list[str]:
    """Units of which some files are away and others are not."""
    with closing(sqlite3.connect(f"{world.base}/state/journal.sqlite")) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'actions'").fetchone():
            return []
        rows = connection.execute(
            "SELECT a.line, e.state FROM actions a JOIN events e ON e.number = "
            "(SELECT max(number) FROM events WHERE action = a.number) WHERE a.kind = 'file'"
        ).fetchall()
    states: dict[str, set[bool]] = {}
    for line, state in rows:
        if state != State.PURGED.value:  # purge of a unit goes on with the next purge
            states.setdefault(sidecars.from_line(line).unit, set()).add(state == State.MOVED.value)
    return [unit for unit, is_away in states.items() if len(is_away) > 1]


def _only_purged(world: World, purged: set[str]) -> bool:
    lost = world.before - contents(world.root, world.target)
    allowed = {hashlib.sha256(TREE[os.path.relpath(path, world.root)].encode()).digest() for path in purged}
    return set(lost) <= allowed


def _is_so(world: World, path: str, at: str) -> bool:
    """A file called moved or brought back is where it was said to be; a purged one is nowhere."""
    if not at:
        return not os.path.lexists(path)
    name = os.path.relpath(path, world.root)
    if name not in TREE:
        return os.path.isdir(at)
    if not os.path.lexists(at):
        return False
    left = os.path.lexists(path) and not _is_link(world, path)
    return Path(at).read_text() == TREE[name] and (at == path or not left)


def _is_link(world: World, path: str) -> bool:
    """Whether the path leads to the file that was kept, and the way was one that leaves a link."""
    keeper = os.path.join(world.root, VICTIMS.get(os.path.relpath(path, world.root), ""))
    if world.way is Way.REFLINK:
        return not os.path.samefile(path, keeper) and Path(path).read_bytes() == Path(keeper).read_bytes()
    return world.way in LINK_WAYS and os.path.samefile(path, keeper)


def _journal(world: World, state: State) -> dict[str, str]:
    """Original path and present place of all actions in a state, read with plain SQL."""
    query = (
        "SELECT a.line, e.at_path FROM actions a JOIN events e ON e.number = "
        "(SELECT max(number) FROM events WHERE action = a.number) WHERE e.state = ?"
    )
    path = f"{world.base}/state/journal.sqlite"
    if not os.path.lexists(path):
        return {}
    with closing(sqlite3.connect(path)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'actions'").fetchone():
            return {}
        rows = connection.execute(query, (state.value,)).fetchall()
    return {sidecars.from_line(line).subject.path: os.fsdecode(at) for line, at in rows}
