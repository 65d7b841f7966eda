"""Pairs of pictures that share rare words and whose points lie alike: `word_candidates` without names and contents.

A module of its own, so that numpy is loaded only where something is searched.
"""

from collections import OrderedDict
from collections.abc import Container, Iterator, Sequence

from py_image_dedup.matching.candidates.word_index import WordIndex, Words, word_index
from py_image_dedup.matching.geometry.part_of import LEAST_INLIERS, longest
from py_image_dedup.matching.geometry.point_model import mirrored_model, plain_model
from py_image_dedup.matching.geometry.points import Points, points_of, words_of
from py_image_dedup.model.images import ImageRecord

# Partners of each picture whose points are looked at; and those beyond, which have such a share of all votes there are.
PARTNERS, MIRRORED_PARTNERS, CLEAR_SHARE = 10, 4, 0.2
KEPT_POINTS = 4096

Pair = tuple[bytes, bytes]


def pairs_by_words(
    records: Sequence[ImageRecord], is_new: Sequence[bool], known: Container[Pair]
) -> Iterator[tuple[ImageRecord, ImageRecord]]:
    """Pairs with a new picture in them, each once; `records` are sorted by content, `known` pairs are left out."""
    if len(records) < 2:
        return
    words = [words_of(record) for record in records]
    index, points = word_index([plain for plain, _ in words]), _KeptPoints(records)
    looked_at: set[tuple[int, int, bool]] = set()
    found: set[tuple[int, int]] = set()
    for query in (number for number, fresh in enumerate(is_new) if fresh):
        for other, is_mirrored in _partners(index, words[query], query):
            one, two = min(query, other), max(query, other)
            if (one, two) in found or (one, two, is_mirrored) in looked_at:
                continue
            looked_at.add((one, two, is_mirrored))
            if (records[one].sha256, records[two].sha256) in known:
                continue
            if _lie_alike(points, one, two, is_mirrored=is_mirrored):
                found.add((one, two))
                yield records[one], records[two]


def _partners(index: WordIndex, words: tuple[Words, Words], query: int) -> Iterator[tuple[int, bool]]:
    """The partners of a picture by its words and by those of its mirror image."""
    for asked, is_mirrored, wanted in ((words[0], False, PARTNERS), (words[1], True, MIRRORED_PARTNERS)):
        best = [(picture, votes) for picture, votes in index.best(asked, 4 * wanted) if picture != query]
        clear = CLEAR_SHARE * index.most(asked)
        for place, (picture, votes) in enumerate(best):
            if place < wanted or votes >= clear:
                yield picture, is_mirrored


class _KeptPoints:
    """The points of pictures, decoded once as long as they are in use."""

    def __init__(self, records: Sequence[ImageRecord]) -> None:
        self.records = records
        self._kept: OrderedDict[int, Points] = OrderedDict()

    def __getitem__(self, number: int) -> Points:
        if number not in self._kept:
            self._kept[number] = points_of(self.records[number])
            if len(self._kept) > KEPT_POINTS:
                self._kept.popitem(last=False)
        self._kept.move_to_end(number)
        return self._kept[number]


def _lie_alike(points: _KeptPoints, one: int, other: int, *, is_mirrored: bool) -> bool:
    if is_mirrored:
        facts = points.records[other].facts
        model = mirrored_model(points[one], points[other], facts.width / longest(facts))
    else:
        model = plain_model(points[one], points[other])
    return model is not None and model.inliers >= LEAST_INLIERS
