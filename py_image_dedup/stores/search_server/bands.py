"""A PDQ hash as words that a search server can look up and count, exact within a radius.

A hash of 256 bits is cut in 22 bands of 11 or 12 bits. Of two hashes that differ in at most 40 bits, at most 20 bands
differ in two or more, so at least 2 agree to one bit (pigeonhole). A document carries the word of each band and its
neighbours at one bit, 278 words in all; a question is 22 words, of which a document must carry 2. By chance one in 250
does so; only for those are the bits counted. More bands let fewer pass but have more documents to each word.

A word is a whole number: the band in the upper bits, its 11 or 12 bits below.
"""

from collections.abc import Iterator
from itertools import pairwise

HASH_BYTES = 32
HASH_BITS = 8 * HASH_BYTES
BANDS = 22
GREATEST_RADIUS = 40
_BAND_SHIFT = 12
_ENDS = [HASH_BITS * band // BANDS for band in range(BANDS + 1)]
_WIDTHS = [end - start for start, end in pairwise(_ENDS)]


def asked_words(value: bytes) -> list[int]:
    """The word of each band of a hash of 32 bytes."""
    return list(_words(value))


def stored_words(value: bytes) -> list[int]:
    """The words a document carries for its hash: those of its bands and all that differ from them in one bit."""
    return [near for word, width in zip(_words(value), _WIDTHS, strict=True) for near in _with_neighbours(word, width)]


def shared_words(radius: int) -> int:
    """Of its words a question shares at least so many with every document within `radius` bits."""
    if not 0 <= radius <= GREATEST_RADIUS:
        raise ValueError(f"the radius is 0 to {GREATEST_RADIUS} bits, not {radius}")
    return BANDS - radius // 2


def quarters(value: bytes) -> tuple[int, int, int, int]:
    """The hash as four signed 64-bit numbers, the widest a server has."""
    a, b, c, d = (int.from_bytes(value[at : at + 8], "big", signed=True) for at in range(0, HASH_BYTES, 8))
    return a, b, c, d


def _words(value: bytes) -> Iterator[int]:
    bits = int.from_bytes(value, "big")
    for band, width in enumerate(_WIDTHS):
        yield band << _BAND_SHIFT | bits >> (HASH_BITS - _ENDS[band + 1]) & (1 << width) - 1


def _with_neighbours(word: int, width: int) -> list[int]:
    return [word, *(word ^ 1 << place for place in range(width))]
