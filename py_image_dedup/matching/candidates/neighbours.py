"""Pairs of pictures whose hashes are near each other in some orientation: `candidates` without names and contents.

A module of its own, so that numpy is loaded only where something is searched.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from py_image_dedup.matching.candidates.hamming import CODE_BYTES, HammingIndex, Near
from py_image_dedup.matching.orientation import ORIENTATIONS

# Pictures asked for at once: bounds the memory held for answers.
BATCH = 2048
# Where all pictures are new, those that were asked are left out after each such part of them: in 16 rounds half of the
# codes are looked at, while sorting those that are left takes 9 s for a million.
ROUNDS = 16

_Codes = npt.NDArray[np.uint8]  # (n, 32)
_Hashes = npt.NDArray[np.uint8]  # (n, 8, 32)
_Numbers = npt.NDArray[np.int64]
_Flags = npt.NDArray[np.bool_]


def neighbours(hashes: Sequence[bytes], is_new: Sequence[bool], radius: int) -> Iterator[tuple[int, int, int, int]]:
    """Query number, code number, orientation of the query that brings it to the code, distance in bits.

    Each of `hashes` begins with the eight hashes of 32 bytes of one picture. Each pair is given once, asked from the
    new picture, or from the first where both are new, with its best orientation.
    """
    codes, new = _first_bytes(hashes, CODE_BYTES), np.array(is_new)
    asked = np.flatnonzero(new)
    step = max(BATCH, len(hashes) // ROUNDS)
    for start in range(0, len(asked), step):
        yield from _round(hashes, codes, new, asked[start : start + step], radius)


def _round(
    hashes: Sequence[bytes], codes: _Codes, new: _Flags, asked: _Numbers, radius: int
) -> Iterator[tuple[int, int, int, int]]:
    """Ask among those that are left: no new picture before the first of `asked`, which was asked itself."""
    left = np.flatnonzero(~new | (np.arange(len(new)) >= asked[0]))
    index = HammingIndex(codes[left])
    for start in range(0, len(asked), BATCH):
        batch = asked[start : start + BATCH]  # all of them at once would be 26 MB for 100,000 pictures
        turned = _first_bytes([hashes[number] for number in batch.tolist()], len(ORIENTATIONS) * CODE_BYTES)
        yield from _near(index, left, turned.reshape(-1, len(ORIENTATIONS), CODE_BYTES), batch, new, radius)


def _first_bytes(values: Sequence[bytes], length: int) -> npt.NDArray[np.uint8]:
    """The first bytes of each, as rows."""
    return np.frombuffer(b"".join(value[:length] for value in values), np.uint8).reshape(-1, length)


def _near(
    index: HammingIndex, left: _Numbers, codes: _Hashes, asked: _Numbers, is_new: _Flags, radius: int
) -> Iterator[tuple[int, int, int, int]]:
    best: dict[tuple[int, int], tuple[int, int]] = {}
    for orientation in ORIENTATIONS:
        for near in index.within(np.ascontiguousarray(codes[:, orientation - 1]), radius):
            for query, code, distance in _asked_from_here(near, left, asked, is_new):
                found = (distance, orientation)
                best[query, code] = min(best.get((query, code), found), found)
    for (query, code), (distance, orientation) in sorted(best.items()):
        yield query, code, orientation, distance


def _asked_from_here(near: Near, left: _Numbers, asked: _Numbers, is_new: _Flags) -> Iterator[tuple[int, int, int]]:
    """Leave a pair of two new pictures to the smaller one, and a picture alone with itself."""
    query, code = asked[near.query], left[near.code]
    kept = (code > query) | ~is_new[code]
    return zip(query[kept].tolist(), code[kept].tolist(), near.distance[kept].tolist(), strict=True)
