"""Ways to lay two pictures on each other along one map, the plainest first."""

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from py_image_dedup.matching.comparison.laid_over import LaidOver, laid_over
from py_image_dedup.matching.comparison.shading import without_shading
from py_image_dedup.matching.geometry.alignment import Affine, Aligned, Picture
from py_image_dedup.matching.geometry.registration import ECC_SIDE, EXACT_SIDE, again_without, registered, without_bars

# Pixels at the edge of the overlap, where bars and frames bleed in.
EDGE = 2
SMALL_BOXES_FROM = 0.08  # of the common part drawn over: between lines of words no box of an eighth of the side fits


def ways(left: Picture, right: Picture, affine: Affine) -> Iterator[Aligned]:
    """The pair laid down; without what is drawn over it; without bars in the common part; in the same light; all that
    laid down more exactly."""
    for side in (ECC_SIDE, EXACT_SIDE):
        pair = registered(left, right, affine, side)
        if pair is None:
            return
        pair = replace(pair, inside=without_edge(pair.inside))
        if not pair.inside.any():
            return
        yield pair
        free = _without_drawn(pair, left, right)
        if free is not None:
            yield free
        bare = without_bars(pair)
        if bare is not None and bare.inside.any():
            yield bare
        even = without_shading(pair)
        if even is not None:
            yield even


def _without_drawn(pair: Aligned, left: Picture, right: Picture) -> Aligned | None:
    """The pair laid down once more by what nothing is drawn over: lines of words lead the first map astray."""
    over = laid_over(pair)
    if over is None or not has_much_over(over):
        return None
    again = again_without(pair, left, right, over.mask)
    if again is None:
        return None
    again = replace(again, inside=without_edge(again.inside))
    return again if again.inside.any() else None


def has_much_over(over: LaidOver | None) -> bool:
    """Whether that leaves little room for whole boxes."""
    return over is not None and over.share > SMALL_BOXES_FROM


def without_edge(inside: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """What is inside but for the pixels at its edge."""
    framed = cv2.copyMakeBorder(inside.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    return np.asarray(cv2.erode(framed, np.ones((2 * EDGE + 1,) * 2, np.uint8))[1:-1, 1:-1] > 0)
