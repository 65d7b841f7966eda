"""How much picture one of two shows around what the other shows: the whole does around its crop, a frame does not.

Bars, frames and most of a caption are of one colour; a sky is not, it gets brighter towards the horizon.
"""

import cv2
import numpy as np
import numpy.typing as npt

from py_image_dedup.matching.geometry.alignment import Picture, luma
from py_image_dedup.matching.geometry.overlap import SQUARE, Affine, Points

# The map of the points may be off by so much of a side, and so far bars bleed into the picture.
MARGIN = 0.02
ONE_COLOUR = 10.0  # levels of luma about the median


def beyond(pictures: tuple[Picture, Picture], units: Affine) -> tuple[float, float]:
    """Share of the area of left, and of right, that shows something around the other; `units` maps right to left."""
    back = np.linalg.inv(np.vstack([units, [0, 0, 1]]))[:2]
    left, right = pictures
    return around(left, _corners(units)), around(right, _corners(back))


def _corners(units: Affine) -> Points:
    return np.asarray(SQUARE @ units[:, :2].T + units[:, 2])


def around(picture: Picture, corners: Points) -> float:
    """Share of its area that shows something around the other, whose `corners` lie so in its unit square."""
    height, width = picture.shape[:2]
    outside: npt.NDArray[np.uint8] = np.ones((height, width), np.uint8)
    cv2.fillConvexPoly(outside, np.rint(corners * (width, height)).astype(np.int32), 0)
    rim = max(1, round(MARGIN * max(width, height)))
    outside = cv2.erode(outside, np.ones((2 * rim + 1,) * 2, np.uint8), borderValue=1).astype(np.uint8)
    levels = luma(picture)[outside > 0]
    if not levels.size:
        return 0.0
    plain = np.abs(levels - np.median(levels)) <= ONE_COLOUR
    return round(float((1 - plain.mean()) * levels.size / outside.size), 4)
