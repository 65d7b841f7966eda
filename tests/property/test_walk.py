"""Whatever roots are given and however the disk lists: each file once, under its first path, and nothing is lost."""

import os
import random
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from py_image_dedup.walking.selection import Selection
from py_image_dedup.walking.walk import FolderEntry, Scan, walk
from tests.support.tree import Fifo, Hardlink, Symlink, Thing, make_tree

FOLDERS = ["", "a", "a/b", "a/b/c", "a!", "d", "d/e", "link"]
TREE: dict[str, Thing] = {
    "a/1.jpg": b"1",
    "a/b/2.jpg": b"2",
    "a/b/2.xmp": b"sidecar",
    "a/b/c/3.jpg": b"3",
    "a!/4.jpg": b"4",
    "d/e/5.jpg": b"5",
    "d/e/fifo.jpg": Fifo(),
    "d/empty.jpg": b"",
    "0.jpg": b"0",
    "link": Symlink("d"),
    "d/back": Symlink(".."),
    "a/b/c/again.jpg": Hardlink("a!/4.jpg"),
    "d/0 again.jpg": Hardlink("0.jpg"),
}


@pytest.fixture(scope="module")
def tree() -> Iterator[str]:
    with TemporaryDirectory() as folder:
        yield make_tree(os.path.realpath(folder), TREE)


def spelled(folder: str, how: int) -> str:
    """Another spelling that leads to the same folder."""
    folder = folder.rstrip("/")
    return [folder, folder + "/", os.path.join(folder, "."), os.path.join(folder, "..", os.path.basename(folder))][how]


ROOTS = st.lists(st.tuples(st.sampled_from(FOLDERS), st.integers(0, 3)), min_size=1, max_size=6)


def expected(top: str, folders: Iterable[str]) -> dict[tuple[int, int], str]:
    """The slow and obvious walk: every path of every file below every root; the first one for each identity."""
    found: dict[tuple[int, int], str] = {}
    for folder in folders:
        for path in Path(top, folder).rglob("*.jpg"):
            status = path.lstat()
            if path.is_file() and not path.is_symlink() and status.st_size:
                identity = (status.st_dev, status.st_ino)
                found[identity] = min(str(path), found.get(identity, str(path)))
    return found


@settings(max_examples=150, deadline=None)
@given(roots=ROOTS, seed=st.integers())
def test_every_list_of_roots_gives_each_file_once(tree: str, roots: Sequence[tuple[str, int]], seed: int) -> None:
    given_roots = [
        spelled(os.path.join(tree, folder), how) if folder != "link" else f"{tree}/link" for folder, how in roots
    ]

    walked = walk(given_roots, Selection(), scan=shuffled(seed))

    found = expected(tree, [folder for folder, _ in roots])
    assert [f.path for f in walked.files] == sorted(found.values())
    assert {f.identity for f in walked.files} == set(found)
    assert all(f.path.startswith(f.root + "/") and f.root in walked.roots for f in walked.files)


@settings(max_examples=60, deadline=None)
@given(roots=ROOTS, seed=st.integers())
def test_the_order_of_roots_and_of_listing_changes_nothing(
    tree: str, roots: Sequence[tuple[str, int]], seed: int
) -> None:
    given_roots = [os.path.join(tree, folder) for folder, _ in roots]
    mixed = random.Random(seed).sample(given_roots, len(given_roots)) + given_roots[:1]

    assert walk(mixed, Selection(), scan=shuffled(seed)) == walk(given_roots, Selection())


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(), extensions=st.sampled_from([frozenset(), frozenset({".jpg"}), frozenset({".xmp"})]))
def test_every_entry_is_accounted_for_once(tree: str, seed: int, extensions: frozenset[str]) -> None:
    walked = walk([tree], Selection(extensions=extensions), scan=shuffled(seed))

    named = [f.path for f in walked.files] + [p.path for p in walked.passed_over] + [n.path for n in walked.not_walked]
    there = [f"{folder}/{name}" for folder, folders, files in os.walk(tree) for name in files]
    links = [f"{tree}/link", f"{tree}/d/back"]
    assert sorted(named) == sorted(there + links)
    assert {c.path for c in walked.companions} <= {p.path for p in walked.passed_over}


def shuffled(seed: int) -> Scan:
    rng = random.Random(seed)

    def scan(folder: int | str) -> list[FolderEntry]:
        entries: list[FolderEntry] = list(os.scandir(folder))
        rng.shuffle(entries)
        return entries

    return scan
