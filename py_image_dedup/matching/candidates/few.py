"""`neighbours` for a few pictures, in plain Python: loading numpy takes as long as comparing 60,000 pairs of hashes."""

from collections.abc import Iterator, Sequence

from py_image_dedup.matching.orientation import ORIENTATIONS

HASH_BYTES = 32
FEW_PAIRS = 20_000  # new pictures times all pictures; half of them are asked, in eight orientations each


def neighbours_of_few(
    hashes: Sequence[bytes], is_new: Sequence[bool], radius: int
) -> Iterator[tuple[int, int, int, int]]:
    """The same as `neighbours.neighbours` gives, in the same order."""
    turned = [_hashes(value) for value in hashes]
    for query in range(len(is_new)):
        if not is_new[query]:
            continue
        for code, (upright, *_) in enumerate(turned):
            if code > query or not is_new[code]:
                distance = min(map(int.bit_count, map(upright.__xor__, turned[query])))
                if distance <= radius:
                    best = next(o for o in ORIENTATIONS if (turned[query][o - 1] ^ upright).bit_count() == distance)
                    yield query, code, best, distance


def _hashes(value: bytes) -> list[int]:
    """The eight hashes of one picture as numbers."""
    starts = range(0, len(ORIENTATIONS) * HASH_BYTES, HASH_BYTES)
    return [int.from_bytes(value[start : start + HASH_BYTES], "big") for start in starts]
