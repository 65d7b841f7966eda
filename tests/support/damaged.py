"""JPEG files damaged in their picture data, as bad disks, cables and interrupted copies leave them. Seeded."""

import random
from collections.abc import Callable

START_OF_SCAN = b"\xff\xda"


def scan_of(jpeg: bytes) -> tuple[int, int]:
    """Where the entropy-coded data of the last and largest scan begins and ends."""
    at = jpeg.rfind(START_OF_SCAN)
    if jpeg.count(START_OF_SCAN) > 1:  # progressive: all scans but the headers before the first
        at = jpeg.find(START_OF_SCAN)
    return at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big"), len(jpeg) - 2


def truncated(jpeg: bytes, share: float) -> bytes:
    """Cut off after this share of the picture data."""
    first, end = scan_of(jpeg)
    return jpeg[: first + int((end - first) * share)]


def cut_and_closed(jpeg: bytes, rng: random.Random) -> bytes:
    """Cut off, with an end-of-image mark as some repair programs add it: decodes without an error."""
    return truncated(jpeg, rng.uniform(0.05, 0.95)) + b"\xff\xd9"


def zeroed(jpeg: bytes, rng: random.Random) -> bytes:
    """A range of zeros, a sector or more: what a disk gives for a block it has lost."""
    return _replaced(jpeg, rng, lambda length: bytes(length), rng.choice((64, 512, 2048, 4096)))


def overwritten(jpeg: bytes, rng: random.Random) -> bytes:
    """A range of other bytes."""
    return _replaced(jpeg, rng, rng.randbytes, rng.choice((4, 32, 512, 4096)))


def flipped(jpeg: bytes, rng: random.Random) -> bytes:
    """One to eight bits the other way round."""
    damaged, (first, end) = bytearray(jpeg), scan_of(jpeg)
    for _ in range(rng.randint(1, 8)):
        damaged[rng.randrange(first, end)] ^= 1 << rng.randrange(8)
    return bytes(damaged)


def shortened(jpeg: bytes, rng: random.Random) -> bytes:
    """Some bytes left out: what follows is decoded at the wrong place."""
    first, end = scan_of(jpeg)
    length = min(rng.choice((1, 16, 256, 2048)), (end - first) // 2)
    at = rng.randrange(first, end - length)
    return jpeg[:at] + jpeg[at + length :]


KINDS: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "cut": cut_and_closed,
    "zeroed": zeroed,
    "overwritten": overwritten,
    "flipped": flipped,
    "shortened": shortened,
}


def _replaced(jpeg: bytes, rng: random.Random, filling: Callable[[int], bytes], wanted: int) -> bytes:
    first, end = scan_of(jpeg)
    length = min(wanted, (end - first) // 2)
    at = rng.randrange(first, end - length)
    return jpeg[:at] + filling(length) + jpeg[at + length :]
