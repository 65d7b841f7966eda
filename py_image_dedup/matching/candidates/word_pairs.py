"""Pairs of pictures that share rare words and whose points lie alike: `word_candidates` without names.

A module of its own, so that numpy is loaded only where something is searched.
"""

from collections import OrderedDict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice, tee
from typing import Protocol

from py_image_dedup.matching.candidates.alike_points import Asked, may_lie_alike
from py_image_dedup.matching.candidates.word_search import Complete, Vote, WordSearch
from py_image_dedup.matching.candidates.word_weights import Words
from py_image_dedup.matching.geometry.part_of import LEAST_INLIERS, longest
from py_image_dedup.matching.geometry.point_model import mirrored_model, plain_model
from py_image_dedup.matching.geometry.points import WORDS, points_of, words_of
from py_image_dedup.model.images import ImageRecord

# Partners of each picture whose points are looked at; and those beyond, which have such a share of all votes there are.
PARTNERS, MIRRORED_PARTNERS, CLEAR_SHARE = 10, 4, 0.2
# Who has less than that shares a word or two by chance: 4 in 10 partners among 150 pictures, and none of 670 true ones.
FAINT_SHARE = 0.02
LOOKED_THROUGH = 4  # times as many partners are asked for, to see which of those beyond are clear
KEPT_RECORDS = 4096  # with words: 18 MB
COMPLETED_AT_ONCE = 256
# Pictures whose partners' words are fetched together: 200 reads wait for a disk side by side instead of 13.
FETCHED_AT_ONCE = 16

Pair = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class _Named:
    """A picture, and those that share rare words with it as it is and mirrored."""

    content: bytes
    upright: Sequence[bytes]
    flipped: Sequence[bytes]


class Records(Protocol):
    """The records of all pictures in question, by content."""

    def __getitem__(self, content: bytes, /) -> ImageRecord:
        """Raises KeyError for another content."""
        ...

    def __contains__(self, content: object, /) -> bool:
        """Whether it is in question."""
        ...


class AlikePartners:
    """For each picture those that share rare words with it and whose points lie alike.

    An answer depends on nothing but the two pictures and the search, not on what was asked before: so the pictures may
    be asked for in any order, by several processes.
    """

    def __init__(self, records: Records, complete: Complete, *, reads_ahead: bool = False) -> None:
        """With `reads_ahead` a thread calls `complete` while this one counts: waiting for a disk costs nothing then."""
        self._records = records
        self._complete = complete
        self._kept = _KeptRecords(records, complete, ThreadPoolExecutor(1) if reads_ahead else None)

    def of(self, asking: Sequence[bytes], search: WordSearch) -> Iterator[Sequence[bytes]]:
        """The partners of each of `asking`, in order."""
        ours, plain, mirrored = tee(self._words(asking), 3)
        by_plain = search.best((words for words, _ in plain), LOOKED_THROUGH * PARTNERS)
        by_mirrored = search.best((words for _, words in mirrored), LOOKED_THROUGH * MIRRORED_PARTNERS)
        named = (
            _Named(
                content,
                self._present(_clear(content, votes, PARTNERS, search.most(words[0]))),
                self._present(_clear(content, turned, MIRRORED_PARTNERS, search.most(words[1]))),
            )
            for content, words, votes, turned in zip(asking, ours, by_plain, by_mirrored, strict=True)
        )
        for each in self._fetched(named):
            yield [
                *self._alike(each.content, each.upright, is_mirrored=False),
                *self._alike(each.content, each.flipped, is_mirrored=True),
            ]

    def _fetched(self, named: Iterator[_Named]) -> Iterator[_Named]:
        """The same once their words are here; those of some are read while the next are named."""
        before: list[_Named] = []
        arrive: Callable[[], None] = _at_once
        while together := list(islice(named, FETCHED_AT_ONCE)):
            asked = [content for each in together for content in (each.content, *each.upright, *each.flipped)]
            following = self._kept.fetch(asked)
            arrive()
            yield from before
            before, arrive = together, following
        arrive()
        yield from before

    def _words(self, asking: Sequence[bytes]) -> Iterator[tuple[Words, Words]]:
        for start in range(0, len(asking), COMPLETED_AT_ONCE):
            part = asking[start : start + COMPLETED_AT_ONCE]
            yield from map(words_of, self._complete([self._records[content] for content in part]))

    def _present(self, others: Iterable[bytes]) -> list[bytes]:
        return [other for other in others if other in self._records]

    def _alike(self, content: bytes, others: Sequence[bytes], *, is_mirrored: bool) -> Iterator[bytes]:
        ours = self._kept[content]
        asked = [_asked(ours, self._kept[other]) for other in others]
        may = may_lie_alike(_value(ours), asked, is_mirrored=is_mirrored)
        for other, may_be in zip(others, may.tolist(), strict=True):
            if may_be and self._lie_alike(min(content, other), max(content, other), is_mirrored=is_mirrored):
                yield other

    def _lie_alike(self, one: bytes, other: bytes, *, is_mirrored: bool) -> bool:
        left, right = points_of(self._kept[one]), points_of(self._kept[other])
        model = mirrored_model(left, right, _width(self._kept[other])) if is_mirrored else plain_model(left, right)
        return model is not None and model.inliers >= LEAST_INLIERS


class WordPairs:
    """Makes partners pairs of the records of `by_content`; `known` pairs are left out."""

    def __init__(self, by_content: Mapping[bytes, ImageRecord], known: Container[Pair]) -> None:
        self._by_content = by_content
        self._known = known
        self._found: set[Pair] = set()

    def named(
        self, asking: Sequence[bytes], partners: Iterable[Sequence[bytes]]
    ) -> Iterator[tuple[ImageRecord, ImageRecord]]:
        """The pairs, each once, the smaller content first, given the partners of each of `asking` in order."""
        for content, others in zip(asking, partners, strict=True):
            for other in others:
                pair = (min(content, other), max(content, other))
                if pair not in self._known and pair not in self._found:
                    self._found.add(pair)
                    yield self._by_content[pair[0]], self._by_content[pair[1]]


def _clear(content: bytes, best: Sequence[Vote], wanted: int, most: float) -> Iterator[bytes]:
    others = [(other, votes) for other, votes in best if other != content]
    for place, (other, votes) in enumerate(others):
        if votes >= (FAINT_SHARE if place < wanted else CLEAR_SHARE) * most:
            yield other


def _asked(ours: ImageRecord, theirs: ImageRecord) -> Asked:
    is_left = ours.sha256 < theirs.sha256
    return Asked(_value(theirs), is_left, _width(theirs if is_left else ours))


def _value(record: ImageRecord) -> bytes:
    found = record.fingerprint(WORDS)
    return b"" if found is None else found.value


def _width(record: ImageRecord) -> float:
    """In shares of the longest side."""
    return record.facts.width / longest(record.facts)


class _KeptRecords:
    """Records with their words, fetched once as long as they are in use."""

    def __init__(self, records: Records, complete: Complete, reader: Executor | None) -> None:
        self._records = records
        self._complete = complete
        self._reader = reader
        self._kept: OrderedDict[bytes, ImageRecord] = OrderedDict()

    def __getitem__(self, content: bytes) -> ImageRecord:
        return self._kept[content]

    def fetch(self, contents: Iterable[bytes]) -> Callable[[], None]:
        """Begin to fetch all of these, a quarter of `KEPT_RECORDS` at most; they are here once that was called."""
        missing = []
        for content in dict.fromkeys(contents):
            if content in self._kept:
                self._kept.move_to_end(content)
            else:
                missing.append(self._records[content])
        if not missing:
            return _at_once
        if self._reader is None:
            self._keep(self._complete(missing))
            return _at_once
        coming = self._reader.submit(self._complete, missing)
        return lambda: self._keep(coming.result())

    def _keep(self, records: Sequence[ImageRecord]) -> None:
        for record in records:
            self._kept[record.sha256] = record
        while len(self._kept) > KEPT_RECORDS:
            self._kept.popitem(last=False)


def _at_once() -> None:
    """Nothing is waited for."""
