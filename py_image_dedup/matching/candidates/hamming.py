"""Exact radius search over 256-bit codes: every pair within the radius is found, no other.

Multi-index hashing after Norouzi, Punjani and Fleet (2012): a code is cut in 14 parts of 18 or 19 bits. With
radius = 14 * s + a, codes within the radius agree to s bits in one of the first a + 1 parts or to s - 1 bits in one of
the others, so that looking up all words near a query's parts meets every answer. Where the buckets that a query meets
are so full (small collections, skewed codes) that looking at every code is cheaper, every code is looked at.
"""

from collections.abc import Iterator
from functools import cached_property, lru_cache
from itertools import combinations
from math import comb
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

CODE_BYTES = 32
WORD_BITS = 64
# With radius 40 a query among a million random codes takes 0.52 ms in 16 parts (of 16 bits: 20,600 codes met in 1,350
# buckets), 0.32 ms in 15, 0.21 ms in 14 (7,700 in 2,270) and 0.30 ms in 13 (7,000 in 5,000).
PARTS = 14
PART_BITS = tuple(CODE_BYTES * 8 // PARTS + (part < CODE_BYTES * 8 % PARTS) for part in range(PARTS))

# Measured: a scanned code costs 1.7 ns (sequential), a code met through a bucket 40 ns (gathered), a bucket 15 ns.
BUCKET_TO_SCAN_COST = 24
PROBE_TO_SCAN_COST = 9
# Pairs held at once: 22 MB for a search among 100,000 codes; four times as many take 44 MB, and half as long again.
BLOCK_PAIRS = 1 << 19
# Fewer pairs than this are looked at one by one: making the buckets takes longer.
SCANNED_PAIRS = 1 << 21
# So many codes and their partial distances stay in the second level cache.
SCAN_CODES = 1 << 15

Codes = npt.NDArray[np.uint8]  # (n, 32)
Words = npt.NDArray[np.uint64]  # (n, 4): the same bytes
Indices = npt.NDArray[np.int64]
Counts = npt.NDArray[np.int32]


class Near(NamedTuple):
    """Parallel arrays of pairs within the radius: query number, code number, distance in bits."""

    query: Indices
    code: Indices
    distance: Indices


@lru_cache(maxsize=8)
def _masks(bits: int, radius: int) -> npt.NDArray[np.uint32]:
    """Return all words of `bits` bits with at most `radius` ones."""
    places = (ones for count in range(radius + 1) for ones in combinations(range(bits), count))
    return np.array([sum(1 << place for place in ones) for ones in places], np.uint32)


def part_radii(radius: int) -> tuple[int, ...]:
    """Radius for each part so that no pair within `radius` is missed; -1: the part need not be looked at."""
    whole, rest = divmod(radius, PARTS)
    return tuple(whole if part <= rest else whole - 1 for part in range(PARTS))


def _as_words(codes: Codes) -> Words:
    if codes.ndim != 2 or codes.shape[1] != CODE_BYTES or codes.dtype != np.uint8:
        raise ValueError(f"codes must be uint8 of shape (n, {CODE_BYTES}), not {codes.dtype} {codes.shape}")
    return np.ascontiguousarray(codes).view(np.uint64)


def distances(left: Words, right: Words) -> Indices:
    """Return the number of differing bits, row by row."""
    return np.asarray(np.bitwise_count(left ^ right).sum(axis=1), np.int64)


def _cut_out(words: Words, part: int) -> npt.NDArray[np.uint32]:
    """One part of each code."""
    bits = PART_BITS[part]
    word, shift = divmod(sum(PART_BITS[:part]), WORD_BITS)
    low = words[:, word] >> np.uint64(shift)
    if shift + bits > WORD_BITS:
        low |= words[:, word + 1] << np.uint64(WORD_BITS - shift)
    return (low & np.uint64((1 << bits) - 1)).astype(np.uint32)


class _Part:
    """Codes bucketed by one of their parts, a word of `bits` bits."""

    def __init__(self, words: npt.NDArray[np.uint32], bits: int) -> None:
        self._bits = bits
        self.order = np.argsort(words, kind="stable").astype(np.int32)
        self.starts = np.zeros((1 << bits) + 1, np.int32)
        np.cumsum(np.bincount(words, minlength=1 << bits), out=self.starts[1:])

    def buckets(self, words: npt.NDArray[np.uint32], radius: int) -> tuple[Counts, Counts]:
        """First position and size of each bucket within `radius` of each word: two arrays (words, masks)."""
        probes = words[:, None] ^ _masks(self._bits, radius)[None]
        first = self.starts.take(probes)
        return first, self.starts.take(probes + np.uint32(1)) - first


def _probes(radius: int) -> tuple[int, ...]:
    """How many buckets of each part are looked into."""
    return tuple(
        sum(comb(bits, ones) for ones in range(most + 1))
        for bits, most in zip(PART_BITS, part_radii(radius), strict=True)
    )


class HammingIndex:
    """Codes that can be asked for all pairs within a radius. `codes`: uint8 (n, 32)."""

    def __init__(self, codes: Codes) -> None:
        self._words = _as_words(codes)

    def __len__(self) -> int:
        return len(self._words)

    @cached_property
    def _columns(self) -> Words:
        return np.ascontiguousarray(self._words[:, :2].T)

    @cached_property
    def _halves(self) -> Words:
        """The first half of each code: one place in memory for each code that is met."""
        return np.ascontiguousarray(self._words[:, :2])

    @cached_property
    def _parts(self) -> list[_Part]:
        return [_Part(_cut_out(self._words, part), bits) for part, bits in enumerate(PART_BITS)]

    def within(self, queries: Codes, radius: int) -> Iterator[Near]:
        """All pairs of a query and a code that differ in at most `radius` bits, each once, in blocks, in no order."""
        words = _as_words(queries)
        if not len(words) or not len(self._words) or radius < 0:
            return
        probes = _probes(radius)
        if len(self) * len(words) < SCANNED_PAIRS or self._is_scanned(probes):
            yield from self._scan(words, np.arange(len(words)), radius)
            return
        rows = max(1, BLOCK_PAIRS // (PARTS * max(probes)))
        for start in range(0, len(words), rows):
            yield from self._look_up(words[start : start + rows], start, radius)

    def _is_scanned(self, probes: tuple[int, ...]) -> bool:
        """Whether looking at every code is cheaper than at evenly filled buckets, `probes` of each part."""
        met = len(self) * sum(count / (1 << bits) for count, bits in zip(probes, PART_BITS, strict=True))
        return met * BUCKET_TO_SCAN_COST + sum(probes) * PROBE_TO_SCAN_COST > len(self)

    def _look_up(self, words: Words, offset: int, radius: int) -> Iterator[Near]:
        radii = part_radii(radius)
        met = [
            part.buckets(_cut_out(words, k), r)
            for k, (part, r) in enumerate(zip(self._parts, radii, strict=True))
            if r >= 0
        ]
        load = sum(sizes.sum(axis=1) for _, sizes in met)
        crowded = load * BUCKET_TO_SCAN_COST > len(self)
        if crowded.any():
            yield from self._scan(words[crowded], np.flatnonzero(crowded) + offset, radius)
        sparse = np.flatnonzero(~crowded)
        for k, (first, sizes) in enumerate(met):
            for block in _blocks(sizes[sparse].sum(axis=1)):
                rows = sparse[block]
                near = self._meet(k, words, rows, first[rows], sizes[rows], radius)
                yield Near(near.query + offset, near.code, near.distance)

    def _meet(self, k: int, words: Words, rows: Indices, first: Counts, sizes: Counts, radius: int) -> Near:
        """Look at every code in the buckets of part `k`; a pair that an earlier part meets as well is left to it."""
        loads = sizes.sum(axis=1)
        filled = np.flatnonzero(sizes)
        first, sizes = first.ravel()[filled], sizes.ravel()[filled]
        place = np.repeat(first - (np.cumsum(sizes, dtype=np.int32) - sizes), sizes)
        place += np.arange(len(place), dtype=np.int32)
        code = self._parts[k].order.take(place)
        differing = self._halves.take(code, axis=0)
        differing ^= np.repeat(words[rows, :2], loads, axis=0)
        ones = np.bitwise_count(differing)
        kept = np.flatnonzero(ones[:, 0] + ones[:, 1] <= radius)
        near = self._exactly(words, np.repeat(rows, loads)[kept], code[kept].astype(np.int64), radius)
        fresh = ~self._met_before(k, near, words, radius)
        return Near(near.query[fresh], near.code[fresh], near.distance[fresh])

    def _met_before(self, k: int, near: Near, words: Words, radius: int) -> npt.NDArray[np.bool_]:
        """Whether a part before `k` meets the pair as well."""
        met = np.zeros(len(near.query), np.bool_)
        ours, theirs = words[near.query], self._words[near.code]
        for part, most in enumerate(part_radii(radius)[:k]):
            met |= np.bitwise_count(_cut_out(ours, part) ^ _cut_out(theirs, part)) <= most
        return met

    def _exactly(self, words: Words, query: Indices, code: Indices, radius: int) -> Near:
        distance = distances(self._words[code], words[query])
        hit = distance <= radius
        return Near(query[hit], code[hit], distance[hit])

    def _scan(self, words: Words, numbers: Indices, radius: int) -> Iterator[Near]:
        """Look at every code: half of the bits rule out nearly all, the rest is counted for those that are left."""
        differing, half = np.empty(SCAN_CODES, np.uint64), np.empty((2, SCAN_CODES), np.uint8)
        for row, number in enumerate(numbers.tolist()):
            left = []
            for start in range(0, len(self), SCAN_CODES):
                block = self._columns[:, start : start + SCAN_CODES]
                n = block.shape[1]
                for word in range(2):
                    np.bitwise_xor(block[word], words[row, word], out=differing[:n])
                    np.bitwise_count(differing[:n], out=half[word, :n])
                np.add(half[0, :n], half[1, :n], out=half[0, :n])
                left.append(np.flatnonzero(half[0, :n] <= radius) + start)
            code = np.concatenate(left)
            near = self._exactly(words, np.full(len(code), row), code, radius)
            if len(near.code):
                yield Near(np.full(len(near.code), number), near.code, near.distance)


def _blocks(loads: Indices) -> Iterator[slice]:
    """Cut rows so that each block carries at most `BLOCK_PAIRS`, or is one row."""
    start, total = 0, 0
    for stop, load in enumerate(loads.tolist()):
        if total and total + load > BLOCK_PAIRS:
            yield slice(start, stop)
            start, total = stop, 0
        total += load
    if len(loads):
        yield slice(start, len(loads))
