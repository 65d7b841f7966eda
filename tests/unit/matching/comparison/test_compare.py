"""Pairs in batches: what is read once, what is equal to the pixel, and what gets no answer."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import numpy.typing as npt

from py_image_dedup.matching.comparison.compare import BATCH_PAIRS, Answers, Pair, PairTask, PooledComparer
from py_image_dedup.model.images import ImageFacts, ImageRecord
from py_image_dedup.model.matches import Candidate, Comparison, Relation
from tests.support.drawn import drawn_pixels, image_file
from tests.support.records import record

Pixels = npt.NDArray[np.uint8]


class InThisProcess:
    """Runs the task here; a batch in which it fails gets no `Answers`, as from a worker that died."""

    def __init__(self, task: PairTask) -> None:
        self._task = task
        self.batches: list[int] = []

    def map(self, items: Iterable[Sequence[Pair]]) -> Iterator[tuple[Sequence[Pair], object]]:
        for batch in items:
            self.batches.append(len(batch))
            try:
                yield batch, self._task(batch)
            except RuntimeError as error:
                yield batch, error


class Folder:
    """Files whose first byte is the seed of the picture they show; reading is counted."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.read: list[str] = []

    def put(self, name: str, seed: int) -> ImageRecord:
        (self._path / name).write_bytes(bytes([seed]) + name.encode())
        made = record(str(self._path / name))
        return ImageRecord(image_file(self._path / name), made.sha256, ImageFacts(300, 200, "PNG", "RGB"))

    def read_pixels(self, path: str, _longest: int) -> Pixels:
        self.read.append(os.path.basename(path))
        seed = Path(path).read_bytes()[0]
        if seed == 0:
            raise RuntimeError("damaged")
        return drawn_pixels(seed)

    def pixel_digest(self, path: str) -> bytes:
        return Path(path).read_bytes()[:1]


def compared(folder: Folder, records: Sequence[ImageRecord]) -> tuple[list[Comparison], list[int]]:
    """Every pair of records."""
    pools: list[InThisProcess] = []

    def open_pool(task: PairTask) -> nullcontext[InThisProcess]:
        pools.append(InThisProcess(task))
        return nullcontext(pools[-1])

    ordered = sorted(records, key=lambda r: r.sha256)
    pairs = [(Candidate(a.sha256, b.sha256, 1, 0.0), a, b) for n, a in enumerate(ordered) for b in ordered[n + 1 :]]
    comparer = PooledComparer(open_pool, PairTask(folder.read_pixels, folder.pixel_digest))
    return list(comparer.compare(pairs)), pools[0].batches


def test_equal_pixels_are_told_from_the_same_picture(tmp_path: Path) -> None:
    folder = Folder(tmp_path)

    found, _ = compared(folder, [folder.put("a", 1), folder.put("b", 1), folder.put("c", 2)])

    assert sorted(str(c.relation) for c in found) == ["None", "None", str(Relation.SAME_PIXELS)]


def test_each_picture_is_read_once(tmp_path: Path) -> None:
    folder = Folder(tmp_path)

    compared(folder, [folder.put(f"once {n}", 1 + n) for n in range(5)])

    assert sorted(folder.read) == sorted(f"once {n}" for n in range(5))


def test_batches_are_bounded(tmp_path: Path) -> None:
    folder = Folder(tmp_path)

    found, batches = compared(folder, [folder.put(f"bounded {n}", 1 + n) for n in range(8)])

    assert len(found) == sum(batches) == 28
    assert max(batches) <= BATCH_PAIRS


def test_a_picture_that_cannot_be_read_costs_only_its_own_pairs(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    broken = folder.put("broken", 0)

    found, _ = compared(folder, [broken, *(folder.put(f"whole {n}", 1) for n in range(3))])

    assert len(found) == 3
    assert all(broken.sha256 not in (c.left, c.right) for c in found)


def test_a_file_that_changed_since_it_was_analysed_gets_no_answer(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    changed, same = folder.put("changed", 1), folder.put("same", 1)
    (tmp_path / "changed").write_bytes(b"\x02something else")

    found, _ = compared(folder, [changed, same])

    assert found == []


def test_the_task_gives_answers_that_a_pool_can_tell_from_failures(tmp_path: Path) -> None:
    folder = Folder(tmp_path)

    assert PairTask(folder.read_pixels, folder.pixel_digest)([]) == Answers(())
