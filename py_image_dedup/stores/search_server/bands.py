"""A PDQ hash as words that a search server can look up, exact within a radius.

A hash of 256 bits is cut in 21 bands of 12 or 13 bits. Two hashes that differ in at most 21 * s + a bits agree to s
bits in one of the first a + 1 bands, or to s - 1 bits in one of the others (pigeonhole; Norouzi, Punjani and Fleet
2012): for 40 bits, to one bit in one of the first 20, or wholly in the last. A document carries the words of its first
20 bands with all neighbours at one bit, 264 words, so that a question is 21 words for each orientation. The time of a
question grows with its words: with 16 bands it would be 272 of them.

A word is a whole number: the band in the upper bits, its 12 or 13 bits below.
"""

from collections.abc import Iterator, Sequence

HASH_BYTES = 32
HASH_BITS = 8 * HASH_BYTES
BANDS = 21
GREATEST_RADIUS = 40
_BAND_SHIFT = 13
_ENDS = [HASH_BITS * band // BANDS for band in range(BANDS + 1)]
_STORED_RADII = (1,) * 20 + (0,)


def stored_words(value: bytes) -> list[int]:
    """The words a document carries for its hash of 32 bytes."""
    return list(_words(value, _STORED_RADII))


def asked_words(value: bytes, radius: int) -> list[int]:
    """The words of which each hash within `radius` bits of `value` carries one; others may carry one too."""
    if not 0 <= radius <= GREATEST_RADIUS:
        raise ValueError(f"the radius is 0 to {GREATEST_RADIUS} bits, not {radius}")
    whole, rest = divmod(radius, BANDS)
    needed = [whole if band <= rest else whole - 1 for band in range(BANDS)]
    assert all(need <= stored for need, stored in zip(needed, _STORED_RADII, strict=True))
    return list(_words(value, [min(need, 0) for need in needed]))


def quarters(value: bytes) -> tuple[int, int, int, int]:
    """The hash as four signed 64-bit numbers, the widest a server has."""
    a, b, c, d = (int.from_bytes(value[at : at + 8], "big", signed=True) for at in range(0, HASH_BYTES, 8))
    return a, b, c, d


def _words(value: bytes, radii: Sequence[int]) -> Iterator[int]:
    """The word of each band and, at radius 1, its neighbours; a radius of -1 leaves a band out."""
    bits = int.from_bytes(value, "big")
    for band, radius in enumerate(radii):
        width = _ENDS[band + 1] - _ENDS[band]
        word = band << _BAND_SHIFT | bits >> (HASH_BITS - _ENDS[band + 1]) & (1 << width) - 1
        if radius >= 0:
            yield word
        if radius > 0:
            yield from [word ^ 1 << place for place in range(width)]
