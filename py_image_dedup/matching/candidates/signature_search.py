"""Pairs of image-match signatures that are near each other; `signatures` without names and contents.

A module of its own, so that numpy is loaded only where something is searched. All distances are computed, as products
of matrices: with values of -2 to 2 every sum is a whole number below 2,600 and exact in 32-bit floats.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

VALUES = 648
WORDS, WORD_VALUES = 63, 16
ASKED_AT_ONCE, CODES_AT_ONCE = 512, 8192  # 17 MB of distances each

_Signatures = npt.NDArray[np.int8]  # n x 648
_Numbers = npt.NDArray[np.int64]
_Flags = npt.NDArray[np.bool_]


def near_signatures(
    values: bytes, is_new: Sequence[bool], max_distance: float, shared: int
) -> Iterator[tuple[int, int]]:
    """Numbers of two signatures, the smaller first, of which one is new at least; each pair once, in order.

    `values` holds 648 signed bytes of each. Near: ||a - b|| / (||a|| + ||b||) < `max_distance`, and at least `shared`
    of the 63 words are the same. Blank signatures are near none.
    """
    codes, new = np.frombuffer(values, np.int8).reshape(-1, VALUES), np.array(is_new, np.bool_)
    norms = np.sqrt((codes.astype(np.int64) ** 2).sum(axis=1)) if len(codes) else np.zeros(0)
    asked = np.flatnonzero(new)
    for start in range(0, len(asked), ASKED_AT_ONCE):
        part = asked[start : start + ASKED_AT_ONCE]
        near = [_near(codes, norms, part, begin, max_distance) for begin in range(0, len(codes), CODES_AT_ONCE)]
        pairs = np.concatenate(near) if near else np.zeros((0, 2), np.int64)
        pairs = pairs[_once(pairs, new)]
        pairs = pairs[_shared_words(codes, pairs) >= shared]
        yield from sorted((min(query, code), max(query, code)) for query, code in pairs.tolist())


def _near(
    codes: _Signatures, norms: npt.NDArray[np.float64], asked: _Numbers, begin: int, max_distance: float
) -> _Numbers:
    """Pairs (query, code) with a block of the codes."""
    block = slice(begin, begin + CODES_AT_ONCE)
    products = codes[asked].astype(np.float32) @ codes[block].astype(np.float32).T
    squares = norms[asked, None] ** 2 + norms[None, block] ** 2 - 2.0 * products
    lengths = norms[asked, None] + norms[None, block]
    queries, found = np.nonzero(np.sqrt(np.rint(squares)) < max_distance * lengths)
    return np.stack([asked[queries], found + begin], axis=1)


def _once(pairs: _Numbers, is_new: _Flags) -> _Flags:
    """Pairs of two new ones are asked from the first."""
    queries, codes = pairs.T
    return np.asarray((codes > queries) | ~is_new[codes])


def _shared_words(codes: _Signatures, pairs: _Numbers) -> _Numbers:
    """How many of the words are the same: a word is the signs of 16 values, the last one of 11."""
    signs = np.zeros((len(pairs), VALUES + WORD_VALUES), np.bool_)
    signs[:, :VALUES] = np.sign(codes[pairs[:, 0]]) != np.sign(codes[pairs[:, 1]])
    starts = np.arange(WORDS) * VALUES // WORDS
    differing = np.cumsum(np.pad(signs, ((0, 0), (1, 0))), axis=1)
    return np.asarray((differing[:, starts + WORD_VALUES] == differing[:, starts]).sum(axis=1))
