"""The words that a question asks for; `bands` says why those.

A module of its own, so that numpy is loaded only where a server is asked: for a million pictures each question takes
6,400 words, which plain Python makes in 1.0 ms and numpy in half of it.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from py_image_dedup.stores.search_server.bands import BAND_SHIFT, BANDS, CUTS, HASH_BITS, HASH_BYTES, SAME

_Numbers = npt.NDArray[np.int64]


class _Cut(NamedTuple):
    """One way of cutting: where each bit of a word comes from, and which words are asked for."""

    places: _Numbers  # BANDS x 13, the highest bit first; HASH_BITS: no bit
    upper: _Numbers  # BANDS: the upper bits of the words of a band
    band: _Numbers  # of each word asked for
    flip: _Numbers  # the bit by which it differs, 0 for the band's own word


def asked_words(hashes: bytes) -> list[tuple[list[int], ...]]:
    """For each hash of 32 bytes and each way of cutting the words of which a hash within the greatest radius carries
    at least one.

    They ascend: a server that gets them in its own order need not sort them, a few hundredths of its time.
    """
    bits = np.unpackbits(np.frombuffer(hashes, np.uint8).reshape(-1, HASH_BYTES), axis=1)
    padded = np.pad(bits, ((0, 0), (0, 1))).astype(np.int64)  # the last column is for places without a bit
    return list(zip(*(_asked(padded, cut) for cut in _CUTS), strict=True))


def _asked(bits: _Numbers, cut: _Cut) -> list[list[int]]:
    words = cut.upper | bits[:, cut.places] @ (1 << np.arange(BAND_SHIFT)[::-1])
    asked: list[list[int]] = np.sort(words[:, cut.band] ^ cut.flip, axis=1).tolist()
    return asked


def _cut(number: int) -> _Cut:
    every = list(range(HASH_BITS))
    bands = [[*every[first], *every[then]] for first, then in CUTS[number]]
    flips = [[0, *(0 if band == SAME else 1 << place for place in range(len(b)))] for band, b in enumerate(bands)]
    asked = [(band, flip) for band, those in enumerate(flips) for flip in dict.fromkeys(those)]
    return _Cut(
        np.array([[HASH_BITS] * (BAND_SHIFT - len(band)) + band for band in bands]),
        np.arange(number * BANDS, (number + 1) * BANDS) << BAND_SHIFT,
        *(np.array(column) for column in zip(*asked, strict=True)),
    )


_CUTS = tuple(_cut(number) for number in range(len(CUTS)))
