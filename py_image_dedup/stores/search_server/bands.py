"""A PDQ hash as words that a search server can look up, exact within a radius.

A hash of 256 bits is cut in 21 bands of 12 or 13 bits. If two hashes differed in two bits or more in each of the first
20 and in one or more in the last, they would differ in at least 41; so within 40 bits one band is all but the same
(pigeonhole). That is so for every way of cutting: here for neighbouring bits, for each 21st bit, and along diagonals
between these two. A document carries the words of its bands, 63 in all; a question asks for these words and their
neighbours at one bit, and all cuts must agree. By chance one hash in 2,100 does so; only there are the bits counted.
(With two cuts it is one in 230, and among a million pictures counting took longer than the third cut does.)

A word is a whole number: cut and band in the upper bits, its 12 or 13 bits below.
"""

HASH_BYTES = 32
HASH_BITS = 8 * HASH_BYTES
BANDS = 21
GREATEST_RADIUS = 2 * BANDS - 2
BAND_SHIFT = 13
SAME = BANDS - 1  # of this band the same word is asked for, of the others their neighbours too
_NONE = slice(0, 0)
_BY_NEIGHBOURHOOD = [
    (slice(HASH_BITS * band // BANDS, HASH_BITS * (band + 1) // BANDS), _NONE) for band in range(BANDS)
]
_BY_TURNS = [(slice(band, HASH_BITS, BANDS), _NONE) for band in range(BANDS)]
# (bit + bit // BANDS) % BANDS is the band: down to the left from the first row of 21 bits, then in again on the right.
_BY_DIAGONALS = [
    (slice(band, BANDS * band + 1, BANDS - 1), slice(BANDS * (band + 2) - 1, HASH_BITS, BANDS - 1))
    for band in range(BANDS)
]
CUTS = (_BY_NEIGHBOURHOOD, _BY_TURNS, _BY_DIAGONALS)


def stored_words(value: bytes) -> list[int]:
    """The words a document carries for its hash of 32 bytes."""
    return [word for cut in range(len(CUTS)) for word in _words(value, cut)]


def quarters(value: bytes) -> tuple[int, int, int, int]:
    """The hash as four signed 64-bit numbers, the widest a server has."""
    a, b, c, d = (int.from_bytes(value[at : at + 8], "big", signed=True) for at in range(0, HASH_BYTES, 8))
    return a, b, c, d


def _words(value: bytes, cut: int) -> list[int]:
    """The word of each band."""
    bits = format(int.from_bytes(value, "big"), f"0{HASH_BITS}b")
    parts = [bits[first] + bits[then] for first, then in CUTS[cut]]
    return [(cut * BANDS + band) << BAND_SHIFT | int(part, 2) for band, part in enumerate(parts)]
