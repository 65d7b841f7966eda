"""The inverted index of words as it was kept, and what is new added to it: one pass over the new pictures only.

Segments grow as those of a log-structured merge tree do (O'Neil and others 1996): new pictures join the last segment
unless it is several times as large, so that a picture is written a few times in all, and there are few segments. A
segment that is damaged is left out, and its pictures are new again.
"""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Protocol

from py_image_dedup.matching.candidates.packed_segments import packed, unpacked
from py_image_dedup.matching.candidates.word_index import WordIndex, index_over
from py_image_dedup.matching.candidates.word_search import Complete
from py_image_dedup.matching.candidates.word_segment import SEGMENT_PICTURES, WordSegment, merged, segment_of
from py_image_dedup.matching.geometry.points import WORDS, words_of
from py_image_dedup.model.images import ImageRecord

LEAST_KEPT = 1_000  # pictures; the index of fewer is made in the time that opening a file takes
COMPLETED_AT_ONCE = 2_000  # records with words at a time: 8 MB
MERGED_SHARE = 4  # a last segment less than so many times as large as what is new is merged with it


class KeptSegments(Protocol):
    """Remembers bytes; may lose all of them at any time."""

    def kept(self, method: str) -> Sequence[tuple[int, bytes]]:
        """Number and value of each part of this method, in order."""
        ...

    def replace(self, method: str, gone: Iterable[int], new: Iterable[bytes]) -> None:
        """Put `new` parts in the place of others."""
        ...

    def used(self, numbers: Iterable[int]) -> None:
        """Say that these parts were of use."""
        ...


@dataclass(frozen=True, slots=True)
class KeptWordSearch:
    """An `OpenWordSearch` that keeps its index. With `adds` false new pictures are searched and not kept."""

    segments: KeptSegments
    complete: Complete
    adds: bool = True

    def __call__(self, records: Sequence[ImageRecord]) -> WordIndex:
        """The index of exactly these pictures; of those kept, others get no vote."""
        present = {record.sha256 for record in records}
        if len(records) < LEAST_KEPT:
            return index_over(list(self._made(records)))
        method = _method(records[0])
        kept = _Kept(self.segments.kept(method), present)
        new = list(self._made(sorted((r for r in records if r.sha256 not in kept.known), key=_path)))
        if not self.adds:
            return index_over([*kept.telling.values(), *new], present)
        self.segments.used(kept.telling)
        return index_over(self._grown(method, kept, new), present)

    def _made(self, records: Sequence[ImageRecord]) -> Iterator[WordSegment]:
        for start in range(0, len(records), SEGMENT_PICTURES):
            part = records[start : start + SEGMENT_PICTURES]
            words = []
            for begin in range(0, len(part), COMPLETED_AT_ONCE):
                words += [words_of(record)[0] for record in self.complete(part[begin : begin + COMPLETED_AT_ONCE])]
            yield segment_of([record.sha256 for record in part], words)

    def _grown(self, method: str, kept: "_Kept", new: list[WordSegment]) -> Sequence[WordSegment]:
        """Keep what is new, merged with the last segments where that pays."""
        before = dict(kept.telling)
        if not new:
            return list(before.values())
        gone, last = kept.damaged, new.pop()
        for number in sorted(before, reverse=True):
            if not _pays(before[number], last):
                break
            last = merged(before.pop(number), last)
            gone.append(number)
        added = [*new, last]
        self.segments.replace(method, gone, map(packed, added))
        return [*before.values(), *added]


class _Kept:
    """Of the segments that were kept, those that hold pictures in question, by number."""

    def __init__(self, kept: Iterable[tuple[int, bytes]], present: AbstractSet[bytes]) -> None:
        self.telling: dict[int, WordSegment] = {}
        self.known: set[bytes] = set()
        self.damaged: list[int] = []  # their pictures are new again
        for number, value in kept:
            try:
                segment = unpacked(value)
            except ValueError:
                self.damaged.append(number)
                continue
            contents = segment.listed()
            if not self.known.isdisjoint(contents):  # two runs added the same at once
                self.damaged.append(number)
            elif not present.isdisjoint(contents):
                self.telling[number] = segment
                self.known.update(contents)


def _pays(before: WordSegment, last: WordSegment) -> bool:
    return len(before) < MERGED_SHARE * len(last) and len(before) + len(last) <= SEGMENT_PICTURES


def _path(record: ImageRecord) -> str:
    """Words are read in the order they were written, one folder after the other: by content each is a disk's turn."""
    return record.file.path


def _method(record: ImageRecord) -> str:
    """Words of another version of the fingerprint are other words."""
    found = record.fingerprint(WORDS)
    assert found is not None, "records without words are not searched by them"
    return f"{WORDS}-{found.version}"
