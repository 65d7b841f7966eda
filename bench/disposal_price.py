"""What safety costs: milliseconds a file of the whole removal protocol besides hashing, and moves a second.

    python bench/disposal_price.py [--files 4000] [--folder /path/on/the/disk/to/measure] [--state /path]

Removes and brings back half of a library of small files, all through the public `Disposal`; reading and hashing the
same files by the same calls is measured alone and taken off. Prints one JSON object.
"""

import argparse
import hashlib
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from py_image_dedup.disposal.disposal import Disposal
from py_image_dedup.disposal.volume.held import Holding, digest
from py_image_dedup.disposal.volume.posix import PosixFiles
from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.matches import Relation
from py_image_dedup.model.outcomes import Status
from py_image_dedup.model.plans import Plan, PlannedRemoval, Subject, Way

FILE_BYTES = 4096
FILES_A_FOLDER = 50
SETTLE_S = 4  # a keeper counts as settled, and is hashed once only, when it is older than the grain of FAT


class WallClock:
    def now_ns(self) -> int:
        return time.time_ns()

    def monotonic_s(self) -> float:
        return time.monotonic()


def make_library(root: str, files: int) -> list[PlannedRemoval]:
    removals = []
    for number in range(0, files, 2):
        folder = f"{root}/{number // FILES_A_FOLDER:05d}"
        os.makedirs(folder, exist_ok=True)
        content = number.to_bytes(4, "big") * (FILE_BYTES // 4)
        keeper, victim = (make_file(f"{folder}/{number:06d}{kind}.jpg", root, content) for kind in ("", " copy"))
        removals.append(PlannedRemoval(victim, keeper, Relation.SAME_BYTES, "rule", Way.QUARANTINE))
    return removals


def make_file(path: str, root: str, content: bytes) -> Subject:
    with open(path, "wb") as file:
        file.write(content)
    status = os.stat(path)
    file_of = ImageFile(
        path, root, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev
    )
    return Subject(file_of, hashlib.sha256(content).digest())


def hash_all(removals: list[PlannedRemoval]) -> None:
    """The reading and hashing that removal cannot do without, by the same calls."""
    ops = PosixFiles()
    for removal in removals:
        with Holding(ops) as holding:
            for subject in (removal.victim, removal.keeper):
                folder = holding.folder(subject.file.root, os.path.dirname(subject.file.path))
                digest(ops, holding.open_file(folder, os.path.basename(subject.file.path)))


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def processor_seconds(work: Callable[[], object]) -> float:
    """What a busy machine cannot make longer."""
    started = time.process_time()
    work()
    return time.process_time() - started


def sync_ms(folder: str) -> float:
    """What one fsync of a changed folder costs on this disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        return 1000 * min(seconds(lambda n=n: changed_and_synced(folder, descriptor, n)) for n in range(9))
    finally:
        os.close(descriptor)


def changed_and_synced(folder: str, descriptor: int, number: int) -> None:
    os.mkdir(f"{folder}/sync-{number}")
    os.fsync(descriptor)


def measure(files: int, base: str, state: str) -> dict[str, object]:
    root = f"{base}/library"
    removals = make_library(root, files)
    os.sync()
    time.sleep(SETTLE_S)
    plan = Plan("plan", "settings", (root,), (), tuple(removals))
    hashing_s = seconds(lambda: hash_all(removals))
    hashing_processor_s = processor_seconds(lambda: hash_all(removals))
    disposal = Disposal(state, WallClock())
    outcomes: list[object] = []
    began_s = time.process_time()
    apply_s = seconds(lambda: outcomes.extend(disposal.dispose("run-1", plan)))
    processor_s = time.process_time() - began_s - hashing_processor_s
    undo_s = seconds(lambda: list(disposal.undo("run-1")))
    moved = sum(outcome.status is Status.DONE for outcome in outcomes)  # type: ignore[attr-defined]
    assert moved == len(removals)
    return {
        "files_moved": moved,
        "hashing_ms_a_file": round(1000 * hashing_s / moved, 3),
        "protocol_ms_a_file_besides_hashing": round(1000 * (apply_s - hashing_s) / moved, 3),
        "protocol_processor_ms_a_file_besides_hashing": round(1000 * processor_s / moved, 3),
        "moves_a_second_besides_hashing": round(moved / (apply_s - hashing_s)),
        "undo_ms_a_file": round(1000 * undo_s / moved, 3),
        "one_folder_sync_ms": round(sync_ms(base), 3),
        "folder": base,
        "python": platform.python_version(),
        "kernel": platform.release(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=4000)
    parser.add_argument("--folder", default=None, help="where the library is made; default: the temporary folder")
    parser.add_argument("--state", default=None, help="where the journal is made; default: beside the library")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as base:
        print(json.dumps(measure(arguments.files, base, arguments.state or f"{base}/state"), indent=2))


if __name__ == "__main__":
    main()
