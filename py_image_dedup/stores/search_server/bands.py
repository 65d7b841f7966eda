"""A PDQ hash as words that a search server can look up, exact within a radius.

A hash of 256 bits is cut in 16 bands of 16 bits. Two hashes that differ in at most 16 * s + a bits agree to s bits in
one of the first a + 1 bands, or to s - 1 bits in one of the others (pigeonhole; Norouzi, Punjani and Fleet 2012). A
document carries the words of the first 9 bands with all neighbours at one bit and the plain words of the other 7: 160
words. So a question needs 272 words for radius 40, where plain words alone would need 1,352.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations

HASH_BYTES = 32
BANDS = 16
BAND_BITS = 16
STORED_RADII = (1,) * 9 + (0,) * 7
GREATEST_RADIUS = 40


def stored_words(value: bytes) -> list[str]:
    """The words a document carries for its hash of 32 bytes."""
    return list(_words(value, STORED_RADII))


def asked_words(value: bytes, radius: int) -> list[str]:
    """The words of which each hash within `radius` bits of `value` carries one; others may carry one too."""
    if not 0 <= radius <= GREATEST_RADIUS:
        raise ValueError(f"the radius is 0 to {GREATEST_RADIUS} bits, not {radius}")
    radii = tuple(
        max(0, needed - stored) if needed >= 0 else -1
        for needed, stored in zip(_needed_radii(radius), STORED_RADII, strict=True)
    )
    return list(_words(value, radii))


def quarters(value: bytes) -> tuple[int, int, int, int]:
    """The hash as four signed 64-bit numbers, the widest a server has."""
    a, b, c, d = (int.from_bytes(value[at : at + 8], "big", signed=True) for at in range(0, HASH_BYTES, 8))
    return a, b, c, d


def _needed_radii(radius: int) -> tuple[int, ...]:
    whole, rest = divmod(radius, BANDS)
    return tuple(whole if band <= rest else whole - 1 for band in range(BANDS))


def _words(value: bytes, radii: tuple[int, ...]) -> Iterator[str]:
    """A word is the band's letter and four hexadecimal digits; a radius of -1 leaves a band out."""
    for band, radius in enumerate(radii):
        word = int.from_bytes(value[2 * band : 2 * band + 2], "big")
        for mask in _masks(radius):
            yield f"{'abcdefghijklmnop'[band]}{word ^ mask:04x}"


@lru_cache(maxsize=8)
def _masks(radius: int) -> tuple[int, ...]:
    """All 16-bit numbers with at most `radius` ones."""
    places = (ones for count in range(radius + 1) for ones in combinations(range(BAND_BITS), count))
    return tuple(sum(1 << place for place in ones) for ones in places)
