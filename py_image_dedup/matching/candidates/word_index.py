"""Which pictures share rare words: an inverted index in memory, asked for the best few partners of each picture.

Words are numbers below 65,536, one for each local feature of a picture. A shared word counts the more the fewer
pictures have it: its inverse document frequency squared (Sivic and Zisserman 2003), so that no pair is compared alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

WORDS = 1 << 16
# A word that more pictures have says nothing: words of plain edges would cost the time of all others.
COMMON_SHARE, COMMON_LEAST = 0.02, 50

Words = npt.NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class WordIndex:
    """For each word the pictures that have it, as one array; made by `word_index`."""

    pictures: npt.NDArray[np.int32]  # by word, ascending
    starts: npt.NDArray[np.int64]  # WORDS + 1 places in `pictures`
    weights: npt.NDArray[np.float32]  # of each word
    count: int

    def best(self, words: Words, wanted: int = 20) -> list[tuple[int, float]]:
        """Give at most `wanted` pictures that share words, with their votes; the most votes first."""
        votes = self.votes(words)
        if wanted < self.count:
            least = np.partition(votes, self.count - wanted)[self.count - wanted]
            near = np.flatnonzero((votes >= least) & (votes > 0))
        else:
            near = np.flatnonzero(votes > 0)
        order = near[np.argsort(-votes[near], kind="stable")][:wanted]
        return [(int(picture), float(votes[picture])) for picture in order]

    def most(self, words: Words) -> float:
        """The votes of a picture that has all of these words."""
        return float(self.weights[np.unique(words)].sum())

    def votes(self, words: Words) -> npt.NDArray[np.float64]:
        """The votes of every picture for these words."""
        asked = np.unique(words)
        asked = asked[self.weights[asked] > 0]
        if not len(asked):
            return np.zeros(self.count)
        starts, ends = self.starts[asked], self.starts[asked.astype(np.int64) + 1]
        having = np.concatenate([self.pictures[start:end] for start, end in zip(starts, ends, strict=True)])
        weights = np.repeat(self.weights[asked], ends - starts)
        return np.asarray(np.bincount(having, weights, self.count), np.float64)


def word_index(pictures: Sequence[Words]) -> WordIndex:
    """Index the words of each picture; a word counts once a picture."""
    sets = [np.unique(words) for words in pictures]
    words = np.concatenate([np.zeros(0, np.uint16), *sets])
    owners = np.repeat(np.arange(len(sets), dtype=np.int32), [len(one) for one in sets])
    order, held = np.argsort(words, kind="stable"), np.bincount(words, minlength=WORDS)
    starts = np.concatenate([[0], np.cumsum(held)])
    return WordIndex(owners[order], starts, _weights(held, len(sets)), len(sets))


def _weights(held: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.float32]:
    """0 for words that nobody or nearly everybody has."""
    is_telling = (held > 0) & (held <= max(COMMON_LEAST, COMMON_SHARE * count))
    return np.where(is_telling, np.log((1 + count) / np.maximum(held, 1)) ** 2, 0).astype(np.float32)
