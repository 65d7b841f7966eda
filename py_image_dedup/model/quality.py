"""How good a picture is beside its size: what a look at all pixels found, and what it is worth in its group."""

import base64
import zlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

MOST_LEVEL = 127  # of a term that is kept


@dataclass(frozen=True, slots=True)
class Quality:
    """Measured on one picture alone, without a reference."""

    jpeg_quality: int | None  # the lowest it was ever saved with, 1..100, as far as can be seen; None: no JPEG
    saved_again: bool  # it was a JPEG of that quality before it became this file
    cutoff: float  # share of the limit of resolution above which it holds nothing, 0..1; 1 where none is seen
    noise: float  # grey levels in the flattest blocks
    crispness: float  # power in the finest detail divided by that in middling detail
    last_quality: int | None = None  # with which the file itself was saved as JPEG
    clipped: float = 0.0  # share of the area that has its darkest or its brightest tone, 0..1
    steps: tuple[int, ...] = ()  # of a JPEG: what its first DCT terms of luma were rounded to; () where nothing is kept
    terms: str = ""  # these terms of some blocks, see `packed_terms`


@dataclass(frozen=True, slots=True)
class Merit:
    """What a picture is worth among those that are the same picture."""

    effective_pixels: int  # no more than width times height
    losses: int = 0  # against how many of them it lost something
    words: str = ""  # why, for a person


def packed_terms(levels: Sequence[int], halves: Sequence[int]) -> str:
    """DCT terms as text, both -127..127: their levels (multiples of the steps), `MOST_LEVEL` where they are larger; and
    how far the terms of the picture that is shown lie from them, in halves of a grey level."""
    packed = zlib.compress(array("b", levels).tobytes() + array("b", halves).tobytes(), 9)
    return base64.b85encode(packed).decode("ascii")


def unpacked_terms(packed: str) -> tuple[Sequence[int], Sequence[int]]:
    """Levels and halves, as `packed_terms` takes them."""
    values = array("b", zlib.decompress(base64.b85decode(packed)))
    return values[: len(values) // 2], values[len(values) // 2 :]
