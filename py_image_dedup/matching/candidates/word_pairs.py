"""Pairs of pictures that share rare words and whose points lie alike: `word_candidates` without names.

A module of its own, so that numpy is loaded only where something is searched.
"""

from array import array
from collections import OrderedDict, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import tee

from py_image_dedup.matching.candidates.word_search import Complete, Vote, WordSearch
from py_image_dedup.matching.candidates.word_weights import Words
from py_image_dedup.matching.geometry.part_of import LEAST_INLIERS, longest
from py_image_dedup.matching.geometry.point_model import mirrored_model, plain_model
from py_image_dedup.matching.geometry.points import Points, points_of, words_of
from py_image_dedup.model.images import ImageRecord

# Partners of each picture whose points are looked at; and those beyond, which have such a share of all votes there are.
PARTNERS, MIRRORED_PARTNERS, CLEAR_SHARE = 10, 4, 0.2
# Who has less than that shares a word or two by chance: 4 in 10 partners among 150 pictures, and none of 670 true ones.
FAINT_SHARE = 0.02
LOOKED_THROUGH = 4  # times as many partners are asked for, to see which of those beyond are clear
KEPT_POINTS = 4096
COMPLETED_AT_ONCE = 256

Pair = tuple[bytes, bytes]
Partner = tuple[bytes, bool]
"""A content, and whether it is the mirrored picture that shares words."""


class WordPairs:
    """Finds pairs among the records of `by_content`, all of which have words; `known` pairs are left out."""

    def __init__(self, by_content: Mapping[bytes, ImageRecord], complete: Complete, known: Container[Pair]) -> None:
        self._by_content = by_content
        self._complete = complete
        self._known = known
        self._points = _KeptPoints(by_content, complete)
        self._strangers = _Strangers()
        self._found: set[Pair] = set()

    def of(self, asking: Sequence[bytes], search: WordSearch) -> Iterator[tuple[ImageRecord, ImageRecord]]:
        """The pairs with one of `asking` in them, each once, the smaller content first."""
        for content, partners in self._partners(asking, search):
            open_ = [partner for partner in partners if self._is_open(content, partner)]
            self._points.fetch([content, *(other for other, _ in open_)] if open_ else [])
            for other, is_mirrored in open_:
                pair = (min(content, other), max(content, other))
                if pair in self._found:
                    continue
                if self._lie_alike(*pair, is_mirrored=is_mirrored):
                    self._found.add(pair)
                    yield self._by_content[pair[0]], self._by_content[pair[1]]
                else:
                    self._strangers.met(content, other, is_mirrored=is_mirrored)

    def _partners(self, asking: Sequence[bytes], search: WordSearch) -> Iterator[tuple[bytes, list[Partner]]]:
        """The partners of each picture by its words and by those of its mirror image."""
        ours, plain, mirrored = tee(self._words(asking), 3)
        by_plain = search.best((words for words, _ in plain), LOOKED_THROUGH * PARTNERS)
        by_mirrored = search.best((words for _, words in mirrored), LOOKED_THROUGH * MIRRORED_PARTNERS)
        for content, words, votes, turned in zip(asking, ours, by_plain, by_mirrored, strict=True):
            yield (
                content,
                [
                    *((other, False) for other in _clear(content, votes, PARTNERS, search.most(words[0]))),
                    *((other, True) for other in _clear(content, turned, MIRRORED_PARTNERS, search.most(words[1]))),
                ],
            )

    def _words(self, asking: Sequence[bytes]) -> Iterator[tuple[Words, Words]]:
        for start in range(0, len(asking), COMPLETED_AT_ONCE):
            part = asking[start : start + COMPLETED_AT_ONCE]
            yield from map(words_of, self._complete([self._by_content[content] for content in part]))

    def _is_open(self, content: bytes, partner: Partner) -> bool:
        """Whether it is a picture in question, and the pair is neither known nor was looked at from the other side."""
        other, is_mirrored = partner
        pair = (min(content, other), max(content, other))
        if other not in self._by_content or pair in self._known or pair in self._found:
            return False
        return not self._strangers.have_met(other, content, is_mirrored=is_mirrored)

    def _lie_alike(self, one: bytes, other: bytes, *, is_mirrored: bool) -> bool:
        if is_mirrored:
            facts = self._by_content[other].facts
            model = mirrored_model(self._points[one], self._points[other], facts.width / longest(facts))
        else:
            model = plain_model(self._points[one], self._points[other])
        return model is not None and model.inliers >= LEAST_INLIERS


def _clear(content: bytes, best: Sequence[Vote], wanted: int, most: float) -> Iterator[bytes]:
    others = [(other, votes) for other, votes in best if other != content]
    for place, (other, votes) in enumerate(others):
        if votes >= (FAINT_SHARE if place < wanted else CLEAR_SHARE) * most:
            yield other


class _KeptPoints:
    """The points of pictures, fetched and decoded once as long as they are in use."""

    def __init__(self, by_content: Mapping[bytes, ImageRecord], complete: Complete) -> None:
        self._by_content = by_content
        self._complete = complete
        self._kept: OrderedDict[bytes, Points] = OrderedDict()

    def __getitem__(self, content: bytes) -> Points:
        return self._kept[content]

    def fetch(self, contents: Iterable[bytes]) -> None:
        """Have the points of all of these, fewer than `KEPT_POINTS`."""
        missing = []
        for content in dict.fromkeys(contents):
            if content in self._kept:
                self._kept.move_to_end(content)
            else:
                missing.append(self._by_content[content])
        for record in self._complete(missing) if missing else ():
            self._kept[record.sha256] = points_of(record)
        while len(self._kept) > KEPT_POINTS:
            self._kept.popitem(last=False)


class _Strangers:
    """Whose points were found to lie otherwise, so that no pair is looked at from both sides: 8 bytes a partner.

    The first 8 bytes of a digest stand for it; among a million pictures two have the same once in 10^7 collections.
    """

    def __init__(self) -> None:
        self._met: tuple[defaultdict[bytes, array[int]], ...] = (
            defaultdict(lambda: array("Q")),
            defaultdict(lambda: array("Q")),
        )

    def met(self, content: bytes, other: bytes, *, is_mirrored: bool) -> None:
        self._met[is_mirrored][content].append(_short(other))

    def have_met(self, content: bytes, other: bytes, *, is_mirrored: bool) -> bool:
        return _short(other) in self._met[is_mirrored].get(content, ())


def _short(content: bytes) -> int:
    return int.from_bytes(content[:8], "big")
