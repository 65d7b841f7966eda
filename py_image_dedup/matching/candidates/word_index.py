"""Which pictures share rare words: an inverted index in this process, asked for the best few partners of each picture.

It is made of segments, as they were kept or as they were just made; pictures of a segment that are not present any more
get no vote and count for no weight. No pair is compared alone.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from py_image_dedup.matching.candidates.word_search import Vote
from py_image_dedup.matching.candidates.word_segment import SEGMENT_PICTURES, Flags, Votes, WordSegment, segment_of
from py_image_dedup.matching.candidates.word_weights import Counts, Weights, Words, asked_words, word_weights

COLUMNS = 32  # votes of which the most is looked at first: sorting all of them would take as long as counting them
SOME = float(np.finfo(float).tiny)


@dataclass(frozen=True, slots=True)
class WordIndex:
    """A `WordSearch`, made by `index_over`."""

    segments: Sequence[WordSegment]
    absent: Sequence[Flags | None]  # of each segment, pictures that are not asked for; None: all are
    held: Counts
    weights: Weights

    def best(self, questions: Iterable[Words], wanted: int = 20) -> Iterator[Sequence[Vote]]:
        """See `WordSearch`."""
        return (self._best(words, wanted) for words in questions)

    def most(self, words: Words) -> float:
        """The votes of a picture that has all of these words."""
        return float(self.weights[asked_words(words, self.held, self.weights)].sum())

    def _best(self, words: Words, wanted: int) -> Sequence[Vote]:
        asked = asked_words(words, self.held, self.weights)
        found: list[tuple[float, int, int]] = []
        least = SOME
        for number, (segment, absent) in enumerate(zip(self.segments, self.absent, strict=True)):
            votes = segment.votes(asked, self.weights)
            if absent is not None:
                votes[absent] = 0
            near = _most(votes, wanted, least)
            found += zip(votes[near].tolist(), [number] * len(near), near.tolist(), strict=True)
            if len(found) >= wanted:
                found.sort(reverse=True)
                least = found[wanted - 1][0]
                found = [vote for vote in found if vote[0] >= least]
        named = [(self.segments[number].content(picture), vote) for vote, number, picture in found]
        return sorted(named, key=lambda vote: (-vote[1], vote[0]))[:wanted]


def index_over(segments: Sequence[WordSegment], present: Container[bytes] | None = None) -> WordIndex:
    """The index of the pictures in these segments; with `present` only of those whose content is in it."""
    flags = [_flags(segment, present) for segment in segments]
    held = sum((s.held(f) for s, f in zip(segments, flags, strict=True)), np.zeros(1 << 16, np.int64))
    pictures = sum(int(flag.sum()) for flag in flags)
    absent = [None if flag.all() else ~flag for flag in flags]
    return WordIndex(segments, absent, held, word_weights(held, pictures))


def word_index(contents: Sequence[bytes], words: Sequence[Words]) -> WordIndex:
    """The index of these pictures, by their words."""
    starts = range(0, len(contents), SEGMENT_PICTURES)
    ends = [start + SEGMENT_PICTURES for start in starts]
    return index_over(
        [segment_of(contents[start:end], words[start:end]) for start, end in zip(starts, ends, strict=True)]
    )


def _flags(segment: WordSegment, present: Container[bytes] | None) -> Flags:
    if present is None:
        return np.ones(len(segment), np.bool_)
    return np.array([content in present for content in segment.listed()], np.bool_)


def _most(votes: Votes, wanted: int, least: float) -> Counts:
    """Pictures with `least` votes or more that may be among the `wanted` with the most."""
    if least <= SOME and len(votes) > wanted * COLUMNS:
        rows = votes[: len(votes) // COLUMNS * COLUMNS].reshape(COLUMNS, -1).max(axis=0)
        # So many pictures have as many votes as the last of the best columns at least.
        least = max(least, np.partition(rows, -wanted)[-wanted])
    return np.flatnonzero(votes >= least)
