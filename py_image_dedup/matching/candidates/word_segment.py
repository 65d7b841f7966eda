"""Up to 65,536 pictures and the pictures that have each word: one part of the inverted index.

A picture is a number of 16 bits within its segment, so that an entry takes two bytes and the votes of all pictures of a
segment stay in the processor's cache while they are counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pickle import PickleBuffer
from typing import Any

import numpy as np
import numpy.typing as npt

from py_image_dedup.matching.candidates.word_weights import WORDS, Counts, Weights, Words

SEGMENT_PICTURES = 1 << 16
CONTENT_BYTES = 32

Entries = npt.NDArray[np.uint32]  # word * 65,536 + picture
Flags = npt.NDArray[np.bool_]
Votes = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class WordSegment:
    """Made by `segment_of` and `merged`."""

    contents: bytes | memoryview  # 32 bytes a picture
    starts: npt.NDArray[np.uint32]  # WORDS + 1 places in `pictures`
    pictures: npt.NDArray[np.uint16]  # by word, ascending

    def __len__(self) -> int:
        return len(self.contents) // CONTENT_BYTES

    def __reduce_ex__(self, protocol: object) -> tuple[type["WordSegment"], tuple[Any, ...]]:
        """Pickled with nothing of it in the pickle where buffers go apart, so that processes can share it."""
        return WordSegment, (PickleBuffer(self.contents), self.starts, self.pictures)

    def content(self, picture: int) -> bytes:
        """The SHA-256 of a picture."""
        return bytes(self.contents[picture * CONTENT_BYTES : (picture + 1) * CONTENT_BYTES])

    def listed(self) -> list[bytes]:
        """All contents, in order."""
        return [self.content(picture) for picture in range(len(self))]

    def held(self, present: Flags) -> Counts:
        """How many of the pictures that are present have each word."""
        if present.all():
            return self._sizes()
        before = np.concatenate([[0], np.cumsum(present[self.pictures])])
        return np.asarray(before[self.starts[1:]] - before[self.starts[:-1]], np.int64)

    def votes(self, asked: Words, weights: Weights) -> Votes:
        """The votes of every picture for these words, of which each is named once."""
        starts, ends = self.starts[asked], self.starts[asked.astype(np.int64) + 1]
        having = [self.pictures[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
        if not having:
            return np.zeros(len(self))
        each = np.repeat(weights[asked].astype(np.float64), ends - starts)
        return np.asarray(np.bincount(np.concatenate(having), each, len(self)), np.float64)

    def entries(self) -> Entries:
        """Word and picture of each entry, ascending."""
        words = np.repeat(np.arange(WORDS, dtype=np.uint32), self._sizes())
        return words << np.uint32(16) | self.pictures

    def _sizes(self) -> Counts:
        return (self.starts[1:] - self.starts[:-1]).astype(np.int64)


def segment_of(contents: Sequence[bytes], words: Sequence[Words]) -> WordSegment:
    """The segment of at most `SEGMENT_PICTURES` pictures; a word counts once a picture."""
    entries = np.concatenate([np.zeros(0, np.uint16), *words]).astype(np.uint32)
    entries <<= np.uint32(16)  # in place: the entries of a full segment are 40 MB
    entries |= np.repeat(np.arange(len(words), dtype=np.uint32), [len(one) for one in words])
    return _segment(b"".join(contents), entries)


def merged(one: WordSegment, other: WordSegment) -> WordSegment:
    """Both as one; the pictures of `other` come behind."""
    entries = np.concatenate([one.entries(), other.entries() + np.uint32(len(one))])
    return _segment(b"".join([one.contents, other.contents]), entries)


def _segment(contents: bytes, entries: Entries) -> WordSegment:
    if len(contents) > SEGMENT_PICTURES * CONTENT_BYTES:
        raise ValueError(f"a segment holds at most {SEGMENT_PICTURES} pictures")
    entries.sort()
    if len(entries):
        entries = entries[np.concatenate([[True], entries[1:] != entries[:-1]])]
    starts = np.searchsorted(entries, np.arange(WORDS, dtype=np.uint32) << np.uint32(16))
    return WordSegment(contents, np.append(starts, len(entries)).astype(np.uint32), entries.astype(np.uint16))
