"""A library on the file system in memory, removal working on it, and its journal in memory too."""

import hashlib
import os
import sqlite3
import stat
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from py_image_dedup.disposal.books.actions import Entry, Kind, State
from py_image_dedup.disposal.books.journal import Journal
from py_image_dedup.disposal.books.ledger import Ledger
from py_image_dedup.disposal.disposal import Disposal
from py_image_dedup.model.descriptions import KEYWORDS
from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.places import QUARANTINE_NAME, is_own_name
from py_image_dedup.model.plans import Plan, Subject, Way
from tests.support.fake_files import FakeFiles, Traits
from tests.support.libraries import FixedClock, plan, removal
from tests.support.merging import TAKEN, PlainMerger

ROOT = "/library"
TARGET = "/target"
OLD_NS = 1_500_000_000_000_000_000
TREE = {
    "keep/a.jpg": b"the picture, large",
    "keep/b.jpg": b"another one",
    "x/y/small.jpg": b"the picture, small",
    "x/y/small.xmp": b"its caption",
    "x/z/grey.jpg": b"the picture, in grey",
    "b copy.jpg": b"another one, again",
    "stays.jpg": b"nobody's copy",
}
VICTIMS = {"x/y/small.jpg": "keep/a.jpg", "x/z/grey.jpg": "keep/a.jpg", "b copy.jpg": "keep/b.jpg"}
COMPANIONS = {"x/y/small.jpg": ("x/y/small.xmp",)}
GOING = frozenset(VICTIMS) | {name for names in COMPANIONS.values() for name in names}


class FakeDisposal(Disposal):
    """Removal whose journal lives in memory and outlives the object; `copies` holds it as of every commit."""

    def __init__(self, directory: str, files: FakeFiles, journal: bytes | None = None, ops: object = None) -> None:
        super().__init__(directory, FixedClock(), ops or files, merger=PlainMerger(files.read))  # type: ignore[arg-type]
        self._ledger = KeptLedger(directory, FixedClock())
        self._ledger.owner = self
        self.files = files
        self.copies: list[tuple[int, bytes]] = []
        self.bytes = journal

    def unfinished_now(self) -> int:
        with self.locked():
            return sum(1 for _ in self._ledger.journal().open_entries())

    def entries_now(self) -> list[Entry]:
        with self.locked():
            return list(self._ledger.journal().entries())


class KeptLedger(Ledger):
    owner: FakeDisposal

    def _open_to_write(self) -> Journal:
        connection = sqlite3.connect(":memory:", isolation_level=None)
        if self.owner.bytes:
            connection.deserialize(self.owner.bytes)
        journal = KeptJournal(connection, FixedClock())
        journal.owner = self.owner
        journal._prepare(wal=False)
        journal.take_fence("test")
        journal.keep()
        return journal


class KeptJournal(Journal):
    owner: FakeDisposal

    def append(self, actions: object, events: object) -> None:
        super().append(actions, events)  # type: ignore[arg-type]
        self.keep()

    def start_run(self, run_id: str, plan_id: str) -> None:
        super().start_run(run_id, plan_id)
        self.keep()

    def keep(self) -> None:
        self.owner.bytes = self._connection.serialize()
        self.owner.copies.append((len(self.owner.files.log), self.owner.bytes))


def library(traits: Traits, *, across: bool = False) -> FakeFiles:
    files = FakeFiles(traits)
    files.make(ROOT, None)
    files.make(TARGET, None, device=2 if across else 0)
    files.make("/outside", None)
    for name, content in TREE.items():
        files.make(f"{ROOT}/{name}", content, mtime_ns=OLD_NS)
    return files


def subject(files: FakeFiles, path: str) -> Subject:
    node = files.lookup(path)
    assert node is not None
    file = ImageFile(path, ROOT, len(node.data), node.mtime_ns, node.ctime_ns, 0, 0)
    return Subject(file, hashlib.sha256(node.data).digest())


def plan_for(files: FakeFiles, way: Way, *, merges: bool = False) -> Plan:
    removals = [
        removal(
            subject(files, f"{ROOT}/{victim}"),
            subject(files, f"{ROOT}/{keeper}"),
            way,
            f"{TARGET}{ROOT}/{victim}" if way is Way.TARGET else None,
            *(subject(files, f"{ROOT}/{name}") for name in COMPANIONS.get(victim, ())),
        )
        for victim, keeper in VICTIMS.items()
    ]
    numbered = [
        replace(
            r,
            victim=_numbered(r.victim, n),
            keeper=_numbered(r.keeper, hash(r.keeper.file.path)),
            merge=(KEYWORDS,) if merges else (),
        )
        for n, r in enumerate(removals, 1)
    ]
    return plan([ROOT], *numbered, remove_empty_folders=True)


def _numbered(one: Subject, inode: int) -> Subject:
    """Identities that differ: the plan of a disk whose inode numbers mean nothing still has some."""
    file = one.file
    return Subject(ImageFile(file.path, file.root, file.size, file.mtime_ns, file.ctime_ns, inode, 7), one.sha256)


def contents(files: FakeFiles, *tops: str) -> Counter[bytes]:
    return Counter(
        node.data
        for top in tops or ("",)
        for path, node in files.walk(top)
        if node.kind == stat.S_IFREG and not is_record(path)
    )


def is_record(path: str) -> bool:
    return QUARANTINE_NAME in path and path.endswith((".jsonl", "/lock", ".probe", ".linked", ".merge"))


def violations(disposal: FakeDisposal, expected: Counter[bytes], *, merges: bool = False) -> list[str]:
    """What is wrong once recovery has run, in words."""
    files = disposal.files
    found = [f"lost: {content!r}" for content in expected - contents(files)]
    for name, content in TREE.items():
        node = files.lookup(f"{ROOT}/{name}")
        is_kept = node is not None and (node.data.split(TAKEN.encode())[0] if merges else node.data) == content
        if name not in GOING and not is_kept:
            found.append(f"harmed: {name}")
    entries = disposal.entries_now()
    away = {entry.last.at for entry in entries if entry.state is State.MOVED}
    for path, node in files.walk():
        if node.kind != stat.S_IFREG or is_record(path):
            continue
        if QUARANTINE_NAME in path and path not in away:
            found.append(f"untracked: {path}")
        if is_own_name(os.path.basename(path)):
            found.append(f"left over: {path}")
    found.extend(f"lost track: {e.action.subject.path}" for e in entries if e.state is State.LOST_TRACK)
    return found + untrue(files, entries)


def untrue(files: FakeFiles, entries: list[Entry]) -> list[str]:
    """What the journal says and the disk does not: files elsewhere than recorded, units torn, actions still open."""
    moved = [e for e in entries if e.action.kind is Kind.FILE and e.state is State.MOVED]
    found = [f"open: {e.action.id} {e.state}" for e in entries if e.state.is_open]
    for entry in moved:
        node = files.lookup(entry.last.at)
        if node is None or hashlib.sha256(node.data).digest() != entry.action.subject.sha256:
            found.append(f"not at {entry.last.at}, as the journal says")
    units = Counter(e.action.unit for e in entries if e.action.kind is Kind.FILE)
    away = Counter(e.action.unit for e in moved)
    found.extend(f"torn: {unit}" for unit, n in away.items() if n != units[unit])
    return found


def names(files: FakeFiles, top: str) -> dict[str, bytes | None]:
    """Paths and contents below a folder, quarantines left out."""
    return {
        path: node.data if node.kind == stat.S_IFREG else None
        for path, node in files.walk(top)
        if QUARANTINE_NAME not in path
    }


def drain(outcomes: Iterator[object]) -> list[object]:
    return list(outcomes)
