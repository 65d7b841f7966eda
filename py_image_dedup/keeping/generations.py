"""Which of two JPEGs of one size was made from the other: told by the levels that their DCT terms were rounded to.

What one of them shows, rounded with the steps of the other one, must give the levels of that one if it was made from
it. Mapping each onto the other and back is how trees of copies are found (Dias, Rocha and Goldenstein 2012, "Image
Phylogeny by Minimal Spanning Trees"). Where the copy has the shorter steps it holds in both directions. Then the odds
decide: from long steps to short ones only some levels can be reached, and chance finds one of them as often as the
steps are to each other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from itertools import chain
from math import log, sqrt
from statistics import median
from typing import NamedTuple

from py_image_dedup.model.quality import MOST_LEVEL, Quality, unpacked_terms

# Share of its levels that a copy may miss; whole grey levels blur those of steps of 1. Measured on 163 finer copies of
# pictures without earlier traces of JPEG: at most 5.1 % and, of steps of 1, 10.3 %. Finer ones that are no copy, but
# saved from the same picture, miss 23 % and more.
MISSES, MISSES_OF_ONES = 0.055, 0.13
ALIKE, UNLIKE = 0.8, 0.7  # shares with which nothing is lost either way; with which more was done than saving
SAME_PLACES = 0.8  # correlation of the terms where both show the same at the same places
FEWEST = 40  # terms that tell something
# Natural logarithm of the odds, beyond so many deviations of what is missed by chance at steps of 1. Of equal steps one
# level more that is explained decides: then little is at stake.
SURE, SURE_OF_EQUALS, DEVIATIONS = 7.0, 2.5, 2.0
LEAST_VALUE = 4  # smaller terms may be nothing but what whole grey levels and colours leave
NEARLY_BETWEEN = 0.4  # steps from the nearest level: farther ones may have been rounded to either side
# How often a copy misses a level that its source gives: whole grey levels blur those of steps of 1.
MISSED, MISSED_LEAST = 0.1, 0.005
# White noise: its spread in grey levels, as much in the highest terms as in the lowest ones, and nowhere more than
# elsewhere: the largest of 20 differences divided by that of normal ones. Nine in ten of 457 copies with noise of 8
# grey levels lie within, no sharpened or blurred one of 192, smoothed ones where they were full of such noise before.
NOISE, AS_HIGH, TAIL = 5.0, (0.7, 1.4), 1.2
NORMAL_MEDIAN, NORMAL_LARGEST = 0.6745, 1.96  # of absolute values: half and 19 of 20 are smaller
STRETCHED = 1.1  # terms multiplied by this and more: contrast or brightness was raised
REMEMBERED, REMEMBERED_TERMS = 4096, 256


class Kinship(Enum):
    """What one picture is to another."""

    COPY = "made from it"
    SOURCE = "it was made from this one"
    FROM_FINER = "the finer one was not made from the coarser one"
    EQUAL = "neither lost what the other has"
    CHANGED = "the same, with more done to one of them than saving"
    UNKNOWN = "cannot be told"


class _Column(NamedTuple):
    """One DCT term of all blocks."""

    step: int
    levels: Sequence[int]
    shown: Sequence[float]  # its values in the picture that is shown


@dataclass
class _Tally:
    """What the terms of two pictures say."""

    odds: float = 0.0  # natural logarithm: that one was made from the other, not the other from it
    variance: float = 0.0  # of the odds, by what is missed at steps of 1
    told: int = 0
    missed: int = 0  # levels of the one that the other does not give
    missed_back: int = 0
    granted: float = 0.0  # so many a copy may miss
    granted_back: float = 0.0

    def add(self, own: _Column, theirs: _Column) -> None:
        """Count one term of all blocks."""
        told = _told(own, theirs)
        missed, missed_back = _missed(own, theirs), _missed(theirs, own)
        gain = log(theirs.step / own.step)
        price, price_back = _price(own.step, gain), _price(theirs.step, -gain)
        self.odds += len(told) * gain - len(missed) * price + len(missed_back) * price_back
        self.variance += (own.step == 1) * len(missed) * price**2 + (theirs.step == 1) * len(
            missed_back
        ) * price_back**2
        self.told += len(told)
        self.missed += len(missed & told)
        self.missed_back += len(missed_back & told)
        self.granted += len(told) * _granted(own.step)
        self.granted_back += len(told) * _granted(theirs.step)


@lru_cache(REMEMBERED)
def kinship(one: Quality, other: Quality) -> Kinship:
    """Tell what `one` is to `other`, which has the same size. UNKNOWN where one of them is no JPEG."""
    tally = _Tally()
    for own, theirs in _columns(one, other):
        tally.add(own, theirs)
    if tally.told < FEWEST:
        return Kinship.UNKNOWN
    sure = SURE_OF_EQUALS if one.steps == other.steps else SURE + DEVIATIONS * sqrt(tally.variance)
    if tally.odds > sure and tally.missed <= tally.granted:
        return Kinship.COPY
    if tally.odds < -sure and tally.missed_back <= tally.granted_back:
        return Kinship.SOURCE
    explained, explained_back = 1 - tally.missed / tally.told, 1 - tally.missed_back / tally.told
    if min(explained, explained_back) >= ALIKE:
        return Kinship.EQUAL
    if max(explained, explained_back) < UNLIKE:
        return Kinship.CHANGED if _correlation(one, other) >= SAME_PLACES else Kinship.UNKNOWN
    of_finer = explained if sum(one.steps) < sum(other.steps) else explained_back
    return Kinship.FROM_FINER if of_finer < UNLIKE else Kinship.UNKNOWN


def apart_by_noise(one: Quality, other: Quality) -> bool:
    """Whether what lies between both is white noise: not detail, that has its places and its share of each term."""
    apart = [sorted(_distances(own, theirs)) for own, theirs in _columns(one, other)]
    together = sorted(chain.from_iterable(apart))
    if len(together) < FEWEST:
        return False
    spread, largest = median(together), together[len(together) * 19 // 20]
    low, high = (median(chain.from_iterable(some)) for some in (apart[:2], apart[5:]))
    least, most = AS_HIGH
    alike = least * low <= high <= most * low and largest / NORMAL_LARGEST <= TAIL * spread / NORMAL_MEDIAN
    return alike and spread >= NOISE * NORMAL_MEDIAN


def is_stretched(one: Quality, other: Quality) -> bool:
    """Whether the contrast of `one` is that of `other`, raised."""
    return _product(one, other) >= STRETCHED * _product(other, other)


def _distances(own: _Column, theirs: _Column) -> list[float]:
    return [abs(a - b) for a, b in zip(own.shown, theirs.shown, strict=False)]


def _correlation(one: Quality, other: Quality) -> float:
    return _product(one, other) / sqrt(max(1.0, _product(one, one)) * max(1.0, _product(other, other)))


def _product(one: Quality, other: Quality) -> float:
    return sum(a * b for own, theirs in _columns(one, other) for a, b in zip(own.shown, theirs.shown, strict=False))


def _granted(step: int) -> float:
    return MISSES_OF_ONES if step == 1 else MISSES


def _price(step: int, gain: float) -> float:
    """What a missed level of this step takes from the odds: its chance, and which of those in the range it would be."""
    return max(0.0, gain) - log(max(MISSED / step**2, MISSED_LEAST))


def _told(own: _Column, theirs: _Column) -> set[int]:
    """Numbers of the blocks where the term is large enough to tell something, and small enough to be kept."""
    least, least_other = LEAST_VALUE / own.step, LEAST_VALUE / theirs.step
    levels = enumerate(zip(own.levels, theirs.levels, strict=False))
    large = {n for n, (a, b) in levels if abs(a) >= least or abs(b) >= least_other}
    return large - _cut_off(own) - _cut_off(theirs)


def _cut_off(column: _Column) -> set[int]:
    return {number for number, level in enumerate(column.levels) if abs(level) == MOST_LEVEL}


def _missed(own: _Column, source: _Column) -> set[int]:
    """Numbers of the blocks where what the source shows clearly gives another level."""
    values = [value / own.step for value in source.shown]
    levels = enumerate(zip(own.levels, values, strict=False))
    missed = {n for n, (level, value) in levels if round(value) != level and abs(value - round(value)) < NEARLY_BETWEEN}
    return missed - _cut_off(own) - _cut_off(source)


def _columns(one: Quality, other: Quality) -> Iterator[tuple[_Column, _Column]]:
    return zip(_terms(one), _terms(other), strict=False)


@lru_cache(REMEMBERED_TERMS)
def _terms(quality: Quality) -> tuple[_Column, ...]:
    """() where no terms are kept."""
    count = len(quality.steps)
    if not count:
        return ()
    levels, halves = unpacked_terms(quality.terms)
    columns = [(step, levels[n::count], halves[n::count]) for n, step in enumerate(quality.steps)]
    return tuple(_Column(s, ls, [x * s + h / 2 for x, h in zip(ls, hs, strict=True)]) for s, ls, hs in columns)
