"""How much a shared word counts, given how many pictures have it; and which words of a picture are asked for.

Words are numbers below 65,536, one for each local feature of a picture. A shared word counts the more the fewer
pictures have it: its inverse document frequency squared (Sivic and Zisserman 2003). The same rule holds wherever the
words are searched.
"""

import numpy as np
import numpy.typing as npt

WORDS = 1 << 16
# A word that more pictures have says nothing: words of plain edges would cost the time of all others.
COMMON_SHARE, COMMON_LEAST = 0.02, 50
# So many entries of the index are read for one question, the rarest words first: pages of text and night skies share
# so many words that they would cost the time of all others. Photographs reach it where 300,000 are searched: of a
# million they ask with half of their 130 words, and find the same partners as with all; with 43 two of 89 were missed.
MOST_READ = 200_000
# Weights are multiples of 1/256: 150 of them, below 340 each for 100 million pictures, then add up without rounding in
# 32 bits, so that a search server has exactly the same votes, in whatever order it adds.
WEIGHT_STEPS = 256

Words = npt.NDArray[np.uint16]
Counts = npt.NDArray[np.int64]
Weights = npt.NDArray[np.float32]


def word_weights(held: Counts, pictures: int) -> Weights:
    """The weight of each word, given how many of all pictures have it: 0 where nobody or nearly everybody has."""
    is_telling = (held > 0) & (held <= max(COMMON_LEAST, COMMON_SHARE * pictures))
    squared = np.log((1 + pictures) / np.maximum(held, 1)) ** 2
    return np.where(is_telling, np.ceil(squared * WEIGHT_STEPS) / WEIGHT_STEPS, 0).astype(np.float32)


def asked_words(words: Words, held: Counts, weights: Weights) -> Words:
    """The words of a picture that are looked up, each once, ascending: at most `MOST_READ` entries have them."""
    asked = np.unique(words)
    asked = asked[weights[asked] > 0]
    if held[asked].sum() <= MOST_READ:
        return asked
    rarest = asked[np.argsort(held[asked], kind="stable")]
    return np.sort(rarest[np.cumsum(held[rarest]) <= MOST_READ])
