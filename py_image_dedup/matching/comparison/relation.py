"""The rule: what a comparison measured becomes a relation. Numbers only; no pictures are touched here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from py_image_dedup.matching.orientation import UPRIGHT
from py_image_dedup.model.images import ImageFacts
from py_image_dedup.model.matches import Relation

if TYPE_CHECKING:
    from py_image_dedup.matching.geometry.local_correlation import LocalCorrelation

# The highest 20th percentile among 100,000 pairs of different pictures (neighbouring views of one scene) was 0.76, with
# a median of 0.89; a JPEG of quality 8 of a finely structured picture goes down to 0.77 and 0.87.
CLOSE_P20, CLOSE_P50, CLOSE_BOXES = 0.6, 0.93, 12
CLOSE_P20_ALONE = 0.8
# Below this nothing in the pictures is alike.
UNRELATED_P50 = 0.7

# 5 % cropped leave 0.90 of the area, lossless turning (whole JPEG blocks of a 500 pixel picture) 0.98.
WHOLE = 0.975
# Ratio of the sides: a thumbnail rounds them by half a pixel each, stretching by 2 % shows.
STRETCH = 0.015

# Share of the fine structure that must be kept: the least of 1,332 mild changes keeps 0.40, most of those by blurring
# or a JPEG of quality 8 more than 0.5; two pages of one letter share 0.22 at most.
KEPT_SHARE = 0.31

# Pixels on a side of 256: the most of 1,332 mild changes is 0.50; a step to the side begins at 0.67.
SHIFT = 0.58

# See `photometric.foreign_cells`.
FOREIGN = 1.0

# Below this short side (pixels) boxes say nothing of a picture, and next views of one scene lie within half a pixel.
TINY_SIDE = 32
MUCH_LARGER = 2  # of the short sides

# How far the first look may be beyond these bounds and a second one (`second_look`) still be worth its time. Of the
# five copies that it made the same the first looks had said a shift of 0.65 and foreign cells of 1.4 at most.
SHIFT_ASKED_AGAIN, FOREIGN_ASKED_AGAIN, KEPT_ASKED_AGAIN = 1.0, 5.0, 0.2

# Spread of chroma (levels) below which a picture counts as grey; and how far its spread may change.
# Stronger colours beside darker ones, of one photograph, came down to 0.36; greyscale is 0.
GREY_SPREAD = 3.0
LEAST_COLOUR = 1 / 3
# Greyscale holds no chroma at all. Saved at less than `FINE_QUALITY`, pale colours are rounded to none as well; beside
# noise of 12 levels on a grey picture large parts tell.
NO_COLOUR, PALE_SPREAD, FINE_QUALITY = 0.1, 1.0, 50
TINT_LEVELS = 14.0


@dataclass(frozen=True, slots=True)
class Measures:
    """What the aligned comparison found. `left` and `right` as in `Evidence`."""

    orientation: int  # EXIF number that brings right to left
    stretch: float  # absolute logarithm of the ratio of both aspect ratios
    coverage: float  # the smaller of both coverages, 0..1
    local: LocalCorrelation
    kept: float  # share of the fine structure that both have, 1 at most
    shift: float  # how far parts lie apart, pixels on a side of 256
    foreign: float  # 1 and more: something is there in one picture only
    chroma_spreads: tuple[float, float]
    broad_chroma_spread: float  # the larger one, of large parts
    tint: float  # distance of the mean chroma, levels
    smallest_side: int  # pixels of the grid
    coarse: bool = False  # one of them was saved as JPEG below `FINE_QUALITY`


def is_tiny(facts: ImageFacts) -> bool:
    """Whether a picture is so small that it is told by `thumbnail`."""
    return min(facts.width, facts.height) < TINY_SIDE


def is_much_larger(one: ImageFacts, other: ImageFacts) -> bool:
    """Whether one is so much larger that the other may be its thumbnail."""
    small, large = sorted(min(facts.width, facts.height) for facts in (one, other))
    return large >= MUCH_LARGER * small


def relation_of(measures: Measures) -> Relation | None:
    """Name the relation; same-* and turned only where nothing speaks against it."""
    if not is_close(measures.local):
        return Relation.LOOK_ALIKE if measures.local.p50 >= UNRELATED_P50 else None
    if measures.shift > SHIFT or measures.kept < KEPT_SHARE:
        return Relation.LOOK_ALIKE
    # A step to the side stretches and cuts like an edit does; what came into view or moved tells them apart.
    if measures.foreign >= FOREIGN:
        return Relation.LOOK_ALIKE
    if is_cut(measures) or is_recoloured(measures):
        return Relation.EDITED
    return Relation.SAME_PICTURE if measures.orientation == UPRIGHT else Relation.TURNED


def is_close(local: LocalCorrelation) -> bool:
    """Whether the pictures agree box by box over what both show."""
    if local.p20 >= CLOSE_P20_ALONE and local.boxes >= 2:
        return True
    return local.p20 >= CLOSE_P20 and local.p50 >= CLOSE_P50 and local.boxes >= CLOSE_BOXES


def is_refused_by_little(measures: Measures) -> bool:
    """Whether fine structure alone, and not much of it, speaks against a pair that is close otherwise."""
    if not is_close(measures.local) or is_cut(measures) or is_recoloured(measures):
        return False
    within = measures.shift <= SHIFT and measures.kept >= KEPT_SHARE and measures.foreign < FOREIGN
    near = measures.shift <= SHIFT_ASKED_AGAIN and measures.kept >= KEPT_ASKED_AGAIN
    return not within and near and measures.foreign < FOREIGN_ASKED_AGAIN


def is_cut(measures: Measures) -> bool:
    """Whether one shows only a part of the other, or is stretched."""
    return measures.coverage < WHOLE or measures.stretch > STRETCH + 1.0 / measures.smallest_side


def is_recoloured(measures: Measures) -> bool:
    """Whether colours are lost, gained or tinted."""
    less, more = sorted(measures.chroma_spreads)
    is_grey = not measures.coarse and less < NO_COLOUR and measures.broad_chroma_spread > PALE_SPREAD
    return is_grey or measures.tint > TINT_LEVELS or (more > GREY_SPREAD and less < LEAST_COLOUR * more)
