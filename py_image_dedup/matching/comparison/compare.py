"""Candidates go to worker processes in batches that share pictures; comparisons come back."""

import os
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Protocol

from py_image_dedup.matching.comparison.captures import as_captured
from py_image_dedup.matching.comparison.relation import is_much_larger, is_tiny
from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.images import ImageRecord
from py_image_dedup.model.matches import Candidate, Comparison, Evidence, Relation

if TYPE_CHECKING:
    from py_image_dedup.matching.geometry.alignment import Picture

# Pairs a worker gets at once: each picture of a batch is read once, and a crash costs no more than this.
BATCH_PAIRS = 16
# Pictures a worker keeps: 0.8 MB each at most.
KEPT_PICTURES = 40

ReadPixels = Callable[[str, int], "Picture"]
"""Path, longest side -> RGB as a viewer shows it, rows x columns x 3, uint8."""
PixelDigest = Callable[[str], bytes]
"""Path -> digest of everything that is shown."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A candidate with what is known of both pictures."""

    candidate: Candidate
    left: ImageRecord
    right: ImageRecord


@dataclass(frozen=True, slots=True)
class Answers:
    """What a worker says to a batch. Pairs of files that changed meanwhile get no answer."""

    comparisons: tuple[Comparison, ...]


class PairPool(Protocol):
    """Worker processes that run a `PairTask`; an item whose worker fails gets something else than `Answers`."""

    def map(self, items: Iterable[Sequence[Pair]]) -> Iterator[tuple[Sequence[Pair], object]]:
        """One answer an item, in any order."""
        ...


@dataclass(frozen=True, slots=True)
class PairTask:
    """Compares a batch of pairs; runs in a worker process."""

    read_pixels: ReadPixels
    pixel_digest: PixelDigest

    def __call__(self, batch: Sequence[Pair]) -> Answers:
        """Compare each pair. What `read_pixels` raises goes through: the batch is then asked pair by pair."""
        return Answers(tuple(self._compared(pair) for pair in batch if _is_unchanged(pair)))

    def _compared(self, pair: Pair) -> Comparison:
        from py_image_dedup.matching.comparison.verification import View, verify

        if has_tiny(pair):
            return self._with_a_tiny_one(pair)
        left, right = (View(self._pixels(r.file), r.facts) for r in (pair.left, pair.right))
        found = verify(left, right, pair.candidate.orientation, pair.candidate.distance)
        relation = as_captured(found.relation, pair.left.facts, pair.right.facts, found.evidence)
        if found.may_be_equal and self._are_equal(pair):
            relation = Relation.SAME_PIXELS
        return Comparison(pair.candidate.left, pair.candidate.right, relation, found.evidence)

    def _with_a_tiny_one(self, pair: Pair) -> Comparison:
        """Two small ones may be icons of one set, which differ by little: only equal ones are copies."""
        from py_image_dedup.matching.comparison.thumbnail import thumbnail
        from py_image_dedup.matching.comparison.verification import View

        candidate, (ours, theirs) = pair.candidate, (pair.left.facts, pair.right.facts)
        if not is_much_larger(ours, theirs):
            equal = Relation.SAME_PIXELS if self._are_equal(pair) else None
            return Comparison(candidate.left, candidate.right, equal, Evidence("", candidate.distance))
        left, right = (View(self._pixels(r.file), r.facts) for r in (pair.left, pair.right))
        found = thumbnail(left, right, candidate.orientation, candidate.distance)
        relation = as_captured(found.relation, ours, theirs)
        return Comparison(candidate.left, candidate.right, relation, found.evidence)

    def _are_equal(self, pair: Pair) -> bool:
        left, right = pair.left, pair.right
        if (left.facts.width, left.facts.height) != (right.facts.width, right.facts.height):
            return False
        return self.pixel_digest(left.file.path) == self.pixel_digest(right.file.path)

    def _pixels(self, file: ImageFile) -> "Picture":
        from py_image_dedup.matching.comparison.verification import COMPARED_SIDE

        key = (file.path, file.size, file.mtime_ns)
        if key not in _kept:
            _kept[key] = self.read_pixels(file.path, COMPARED_SIDE)
            if len(_kept) > KEPT_PICTURES:
                _kept.popitem(last=False)
        _kept.move_to_end(key)
        return _kept[key]


_kept: "OrderedDict[tuple[str, int, int], Picture]" = OrderedDict()


@dataclass(frozen=True, slots=True)
class PooledComparer:
    """The port `PairComparer` over worker processes. `open_pool` gives a pool that runs the task it is given.

    A pair that cannot be compared (unreadable, changed, its worker died) gives no comparison.
    """

    open_pool: Callable[[PairTask], AbstractContextManager[PairPool]]
    task: PairTask

    def compare(self, pairs: Iterable[tuple[Candidate, ImageRecord, ImageRecord]]) -> Iterator[Comparison]:
        """Compare all pairs, in any order."""
        with self.open_pool(self.task) as pool:
            alone: list[Sequence[Pair]] = []
            for batch, answer in pool.map(_batches(Pair(*pair) for pair in pairs)):
                if isinstance(answer, Answers):
                    yield from answer.comparisons
                elif len(batch) > 1:
                    alone += [(pair,) for pair in batch]
            for _, answer in pool.map(alone):
                if isinstance(answer, Answers):
                    yield from answer.comparisons


def _batches(pairs: Iterable[Pair]) -> Iterator[Sequence[Pair]]:
    """Pairs that share their left picture, a few at a time."""
    batch: list[Pair] = []
    for _, sharing in groupby(pairs, key=lambda pair: pair.candidate.left):
        for pair in sharing:
            batch.append(pair)
            if len(batch) >= BATCH_PAIRS:
                yield tuple(batch)
                batch = []
    if batch:
        yield tuple(batch)


def has_tiny(pair: Pair) -> bool:
    """Whether one of them is told by `thumbnail`."""
    return is_tiny(pair.left.facts) or is_tiny(pair.right.facts)


def _is_unchanged(pair: Pair) -> bool:
    """Whether both files are still those that were analysed: an answer is remembered for their contents."""
    return all(_as_analysed(record.file) for record in (pair.left, pair.right))


def _as_analysed(file: ImageFile) -> bool:
    try:
        status = os.stat(file.path)
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns) == (file.size, file.mtime_ns)
