"""How good a picture is beside its size: what a look at all pixels found, and what it is worth in its group."""

from dataclasses import dataclass


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


@dataclass(frozen=True, slots=True)
class Merit:
    """What a picture is worth among those that are the same picture."""

    effective_pixels: int  # no more than width times height
    losses: int = 0  # against how many of them it lost something
    words: str = ""  # why, for a person
