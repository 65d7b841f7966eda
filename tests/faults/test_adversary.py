"""Somebody else works on the library in the middle of every act: swaps, edits, links, symlinked folders, taken names.

Nothing of theirs and nothing of ours is lost, only planned content is put aside, nothing outside the roots changes.
"""

import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from random import Random

import pytest

from py_image_dedup.disposal.books.actions import State
from py_image_dedup.model.errors import DedupError
from py_image_dedup.model.outcomes import Status
from py_image_dedup.model.places import QUARANTINE_NAME
from py_image_dedup.model.plans import Plan, Way
from tests.support.amounts import amount
from tests.support.fake_files import FakeFiles, Traits
from tests.support.fake_worlds import GOING, ROOT, TARGET, TREE, VICTIMS, FakeDisposal, contents, library, plan_for
from tests.support.hooks import Hooked

pytestmark = pytest.mark.timeout(amount(ci=300, nightly=7_200))
INTERLEAVINGS = amount(ci=5_000, nightly=100_000)
KINDS = [
    (Traits(), False),
    (Traits(), True),
    (Traits(renames_exclusively=False), False),
    (Traits(renames_exclusively=False, links=False), False),
    (Traits(time_grain_ns=2 * 10**9), False),
]


@pytest.fixture(scope="module")
def directory() -> Iterator[str]:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as made:
        yield made


class Adversary:
    """Acts on the files directly at chosen moments; remembers what must not be lost and what it put where."""

    def __init__(self, files: FakeFiles, random: Random, moments: set[int]) -> None:
        self.files, self.random, self.moments = files, random, moments
        self.now = 0
        self.precious = set(contents(files))
        self.foreign: set[bytes] = set()
        self.did: list[str] = []

    def __call__(self, moment: str, name: str) -> None:
        self.now += 1
        if self.now in self.moments:
            act = self.random.choice(ACTS)
            path = f"{ROOT}/{self.random.choice(sorted(GOING | set(VICTIMS.values())))}"
            with suppress(OSError):  # it too meets names that are gone
                act(self, path)
                self.did.append(f"{moment} {name} ({self.now}): {act.__name__} {path}")

    def content(self) -> bytes:
        return f"foreign {self.now} {self.random.random()}".encode()

    def make(self, path: str) -> None:
        new = self.content()
        self.files.make(path, new)
        self.precious.add(new)
        self.foreign.add(new)

    def folder(self, path: str) -> tuple[int, str]:
        folder, name = path.rsplit("/", 1)
        return self.files.open_top(folder or "/"), name

    def swap(self, path: str) -> None:
        self.move_out(path)
        self.make(path)

    def move_out(self, path: str) -> None:
        self.files.rename_plain(*self.folder(path), *self.folder(f"/outside/{self.now}"))

    def edit(self, path: str) -> None:
        node = self.files.lookup(path)
        if node is None or node.kind != stat.S_IFREG:
            return
        self.precious.discard(node.data)
        node.data, node.mtime_ns = self.content(), node.mtime_ns + 5 * 10**9
        self.precious.add(node.data)

    def edit_in_secret(self, path: str) -> None:
        """Same size, and the modification time put back: only the content tells."""
        node = self.files.lookup(path)
        if node is None or node.kind != stat.S_IFREG or not node.data:
            return
        self.precious.discard(node.data)
        node.data = bytes([node.data[0] ^ 1]) + node.data[1:]
        node.ctime_ns += 1_000_003
        self.precious.add(node.data)

    def link_out(self, path: str) -> None:
        self.files.link(*self.folder(path), *self.folder(f"/outside/{self.now}"))

    def link_folder(self, path: str) -> None:
        """The folder becomes a symbolic link to a place outside with a file of the same name in it."""
        folder = path.rsplit("/", 1)[0]
        if folder == ROOT:
            return
        elsewhere = f"/outside/{self.now}"
        self.make(f"{elsewhere}/{path.rsplit('/', 1)[1]}")
        self.files.rename_plain(*self.folder(folder), *self.folder(f"{elsewhere}/folder"))
        self.files.make_link(folder, elsewhere)

    def link_file(self, path: str) -> None:
        self.move_out(path)
        self.make(f"/outside/aim{self.now}")
        self.files.make_link(path, f"/outside/aim{self.now}")

    def take_name(self, path: str) -> None:
        if self.files.lookup(path) is None:
            self.make(path)

    def take_target(self, path: str) -> None:
        if self.files.lookup(TARGET + path) is None:
            self.make(TARGET + path)

    def add_beside(self, path: str) -> None:
        self.make(f"{path.rsplit('/', 1)[0]}/new{self.now}")


ACTS: list[Callable[[Adversary, str], None]] = [
    *(Adversary.swap, Adversary.move_out, Adversary.edit, Adversary.edit_in_secret, Adversary.link_out),
    *(Adversary.link_folder, Adversary.link_file, Adversary.take_name, Adversary.take_target, Adversary.add_beside),
]


def act(disposal: FakeDisposal, the_plan: Plan, *, undo: bool) -> list[tuple[str, bytes]]:
    """Where what was called done should be, and with what content."""
    told = []
    with suppress(DedupError):
        outcomes = []
        for outcome in disposal.dispose("run-1", the_plan):
            outcomes.append(outcome)
            if outcome.status is Status.DONE:
                told.append((outcome.now_at or "", outcome.removal.victim.sha256))
        disposal.remove_emptied_folders("run-1", the_plan, outcomes)
        if undo:
            told.clear()
            list(disposal.undo("run-1"))
    return told


def moments_of(case: tuple[Traits, bool], way: Way, directory: str) -> int:
    files = library(case[0], across=case[1])
    adversary = Adversary(files, Random(0), set())
    act(FakeDisposal(directory, files, ops=Hooked(files, adversary, None)), plan_for(files, way), undo=True)
    return adversary.now


def wrong_after(files: FakeFiles, adversary: Adversary, disposal: FakeDisposal) -> list[str]:
    have = set(contents(files))
    found = [f"lost: {content!r}" for content in adversary.precious - have]
    entries = disposal.entries_now()
    away = {entry.last.at for entry in entries if entry.state is State.MOVED}
    planned = set(TREE.values())
    for path, node in files.walk():
        aside = QUARANTINE_NAME in path and node.kind == stat.S_IFREG and not path.endswith((".jsonl", "/lock"))
        if aside and (path not in away or (node.data in adversary.foreign and node.data not in planned)):
            found.append(f"should not be there: {path} {node.data!r}")
    found.extend(f"open: {e.action.id} {e.state}" for e in entries if e.state.is_open)
    return found


@pytest.mark.parametrize("way", [Way.QUARANTINE, Way.TARGET], ids=lambda w: w.value)
@pytest.mark.parametrize("case", KINDS, ids=lambda c: f"{c[0]}, across={c[1]}")
def test_whoever_works_on_the_library_meanwhile_nothing_is_lost(
    case: tuple[Traits, bool], way: Way, directory: str
) -> None:
    moments = moments_of(case, way, directory)
    for number in range(INTERLEAVINGS // len(KINDS) // 2):
        random = Random(f"{case} {way} {number}")
        files = library(case[0], across=case[1])
        the_plan = plan_for(files, way)
        acts = {1 + number % moments, *(random.randint(1, moments) for _ in range(random.randint(0, 2)))}
        adversary = Adversary(files, random, acts)
        disposal = FakeDisposal(directory, files, ops=Hooked(files, adversary, None))
        act(disposal, the_plan, undo=number % 2 == 1)
        adversary.moments = set()
        disposal.resume()
        assert wrong_after(files, adversary, disposal) == [], adversary.did
