"""Radius search gives what brute force gives: no pair missed, none too many, each once."""

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from py_image_dedup.matching.candidates import hamming
from py_image_dedup.matching.candidates.hamming import HammingIndex, part_radii

RADII = (0, 1, 15, 16, 31, 36, 40, 47, 48, 56, 64, 100, 256)
Found = list[tuple[int, int, int]]


def brute_force(queries: npt.NDArray[np.uint8], codes: npt.NDArray[np.uint8], radius: int) -> Found:
    distance = np.unpackbits(queries[:, None] ^ codes[None], axis=2).sum(axis=2, dtype=int)
    return [(q, c, int(distance[q, c])) for q, c in np.argwhere(distance <= radius).tolist()]


def searched(queries: npt.NDArray[np.uint8], codes: npt.NDArray[np.uint8], radius: int) -> Found:
    found = HammingIndex(codes).within(queries, radius)
    return sorted((q, c, d) for near in found for q, c, d in zip(*(a.tolist() for a in near), strict=True))


def clustered(rng: np.random.Generator, centres: int, each: int, most_flips: int) -> npt.NDArray[np.uint8]:
    """Codes that differ from a few centres in up to `most_flips` bits."""
    bits = rng.integers(0, 2, (centres, 1, 256), np.uint8).repeat(each, axis=1).reshape(-1, 256)
    for row in bits:
        row[rng.choice(256, rng.integers(0, most_flips + 1), replace=False)] ^= 1
    return np.packbits(bits, axis=1)


@pytest.fixture
def always_bucketed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Buckets are used whatever they cost, in small blocks."""
    monkeypatch.setattr(hamming, "BUCKET_TO_SCAN_COST", 0)
    monkeypatch.setattr(hamming, "PROBE_TO_SCAN_COST", 0)
    monkeypatch.setattr(hamming, "BLOCK_PAIRS", 64)
    monkeypatch.setattr(hamming, "SCANNED_PAIRS", 64)


@given(st.integers(0, 2**32), st.sampled_from(RADII), st.booleans())
@settings(max_examples=40, deadline=None)
def test_equal_to_brute_force(seed: int, radius: int, random: bool) -> None:
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 256, (120, 32), np.uint8) if random else clustered(rng, 5, 24, 70)

    assert searched(codes[:40], codes, radius) == brute_force(codes[:40], codes, radius)


@pytest.mark.usefixtures("always_bucketed")
@pytest.mark.parametrize("radius", [0, 15, 16, 31, 36, 40, 47])
@pytest.mark.parametrize("seed", range(3))
def test_buckets_equal_brute_force(radius: int, seed: int) -> None:
    codes = clustered(np.random.default_rng(seed), 6, 30, 60)

    assert searched(codes[:60], codes, radius) == brute_force(codes[:60], codes, radius)


def test_codes_that_are_all_alike_come_in_blocks_of_bounded_size() -> None:
    codes = clustered(np.random.default_rng(4), 1, 3000, 3)

    blocks = list(HammingIndex(codes).within(codes, 40))

    assert sum(len(block.query) for block in blocks) == 3000 * 3000
    assert max(len(block.query) for block in blocks) <= hamming.BLOCK_PAIRS


def test_opposite_codes_lie_256_bits_apart() -> None:
    codes = np.array([[0] * 32, [255] * 32], np.uint8)

    assert searched(codes[:1], codes, 255) == [(0, 0, 0)]
    assert searched(codes[:1], codes, 256) == [(0, 0, 0), (0, 1, 256)]


@pytest.mark.parametrize("radius", RADII[:-2])
def test_the_radii_of_the_parts_leave_no_gap(radius: int) -> None:
    radii = part_radii(radius)

    assert sum(r + 1 for r in radii) == radius + 1
    assert all(a >= b for a, b in pairwise(radii))


def test_codes_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="32"):
        HammingIndex(np.zeros((3, 16), np.uint8))
