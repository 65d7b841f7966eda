"""A library whose root is missing, empty, half-readable, on a failing disk, or another disk.

Run as `cycles(folder, rounds)` inside `python_in_private_mounts`; what it prints is a JSON list of `Cycle`.
"""

import errno
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace

from py_image_dedup.deduplicator import Deduplicator, Parts
from py_image_dedup.demo.library import make_library
from py_image_dedup.model.errors import RefusedForSafety
from py_image_dedup.model.listeners import Silence
from py_image_dedup.model.ports import RecordStore
from py_image_dedup.settings.load import load
from py_image_dedup.walking.selection import Selection
from py_image_dedup.walking.walk import FolderEntry, walk
from py_image_dedup.wiring.index import store_for
from py_image_dedup.wiring.run import parts_for


class NeverStops:
    def __call__(self) -> bool:
        return False

    @contextmanager
    def held(self) -> Iterator[None]:
        yield


@dataclass(frozen=True)
class Cycle:
    """What one fault did. All but `fault`, `refused` and `told` must be 0."""

    fault: str
    refused: bool  # the real run
    told: bool  # by the dry run
    rows_dropped: int
    files_gone: int
    read_after_return: int


def cycles(folder: str, rounds: int) -> None:
    root, state = os.path.join(folder, "library"), os.path.join(folder, "state")
    make_library(root)
    settings = load(paths=(root,), overrides={"state.directory": state, "analysis.threads": 1}, environ={})
    store = store_for(settings, Silence())
    parts = parts_for(settings, store, Silence(), NeverStops())
    Deduplicator(parts).deduplicate(act=False)
    names = list(FAULTS)
    found = [_cycle(names[n % len(names)], root, parts, store) for n in range(rounds)]
    store.close()
    print(json.dumps([asdict(cycle) for cycle in found]))


def _cycle(name: str, root: str, parts: Parts, store: RecordStore) -> Cycle:
    rows, files = _rows(store, root), _files(root)
    with FAULTS[name](root, parts) as faulty:
        refused = _refuses(Deduplicator(faulty))
        told = name == "other disk" or "would refuse" in " ".join(Deduplicator(faulty).deduplicate(act=False).notes)
    dropped = len(rows - _rows(store, root))
    again = Deduplicator(parts).deduplicate(act=False)
    return Cycle(name, refused, told, dropped, len(files - _files(root)), again.counts.analysed)


def _refuses(deduplicator: Deduplicator) -> bool:
    try:
        deduplicator.deduplicate(act=True)
    except RefusedForSafety:
        return True
    return False


def _rows(store: RecordStore, root: str) -> set[tuple[str, int]]:
    return {(file.path, file.mtime_ns) for file in store.files_under([root])}


def _files(root: str) -> set[str]:
    return {os.path.join(folder, name) for folder, _, names in os.walk(root) for name in names}


@contextmanager
def _missing(root: str, parts: Parts) -> Iterator[Parts]:
    os.rename(root, f"{root}.away")
    yield parts
    os.rename(f"{root}.away", root)


@contextmanager
def _empty(root: str, parts: Parts) -> Iterator[Parts]:
    with _mounted(root):
        yield parts


@contextmanager
def _other_disk(root: str, parts: Parts) -> Iterator[Parts]:
    kept = os.path.join(root, "2023 Summer", "IMG_0002.jpg")
    copies = f"{root}.copies"
    os.makedirs(copies)
    for name in ("a.jpg", "b.jpg"):
        shutil.copyfile(kept, os.path.join(copies, name))
    with _mounted(root):
        shutil.copytree(copies, root, dirs_exist_ok=True)
        yield parts
        assert sorted(os.listdir(root)) == ["a.jpg", "b.jpg"]
    shutil.rmtree(copies)


def _failing(number: int) -> "Callable[[str, Parts], object]":
    @contextmanager
    def fault(root: str, parts: Parts) -> Iterator[Parts]:
        broken = os.path.join(root, "2023 Summer")

        def scan(handle: int | str) -> Iterator[FolderEntry]:
            if os.readlink(f"/proc/self/fd/{handle}") == broken:
                raise OSError(number, os.strerror(number))
            return os.scandir(handle)

        yield replace(parts, walk=lambda: walk([root], Selection(), scan))

    return fault


@contextmanager
def _mounted(root: str) -> Iterator[None]:
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", root], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", root], check=True)


FAULTS = {
    "missing": _missing,
    "empty": _empty,
    "half": _failing(errno.EACCES),
    "EIO": _failing(errno.EIO),
    "other disk": _other_disk,
}
