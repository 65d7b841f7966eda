"""How much picture one of two shows around what the other shows: the whole does around its crop, a frame does not.

Bars, frames and most of a caption are of one colour; a sky is not, it gets brighter towards the horizon. What a picture
was pasted on, or is shown by, begins with a seam: the sharpest step across the border lies on it along the whole side.
"""

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from py_image_dedup.matching.geometry.alignment import Picture, luma
from py_image_dedup.matching.geometry.overlap import SQUARE, Affine, Points

# The map of the points may be off by so much of a side, and so far bars bleed into the picture.
MARGIN = 0.02
ONE_COLOUR = 10.0  # levels of luma about the median
# Share of the border where the sharpest step lies on it; a third by chance. Of 1,032 crops beside their whole 1 in 100
# had more than 0.56 (0.66 where one side alone was cut); pictures pasted on a page or a photograph: 91 in 100.
SEAM, SEAM_OF_ONE_SIDE = 0.56, 0.7
CORNER = 0.08  # of a side, left out at both its ends
SHORTEST_SIDE = 24  # pixels


def beyond(pictures: tuple[Picture, Picture], units: Affine) -> tuple[float, float]:
    """Share of the area of left, and of right, that shows something around the other; `units` maps right to left."""
    back = np.linalg.inv(np.vstack([units, [0, 0, 1]]))[:2]
    left, right = pictures
    return around(left, _corners(units)), around(right, _corners(back))


def _corners(units: Affine) -> Points:
    return np.asarray(SQUARE @ units[:, :2].T + units[:, 2])


def around(picture: Picture, corners: Points) -> float:
    """Share of its area that shows something around the other, whose `corners` lie so in its unit square.

    0 where what lies around is of one colour, or begins with a seam.
    """
    height, width = picture.shape[:2]
    outside: npt.NDArray[np.uint8] = np.ones((height, width), np.uint8)
    cv2.fillConvexPoly(outside, np.rint(corners * (width, height)).astype(np.int32), 0)
    rim = max(1, round(MARGIN * max(width, height)))
    outside = cv2.erode(outside, np.ones((2 * rim + 1,) * 2, np.uint8), borderValue=1).astype(np.uint8)
    levels = luma(picture)[outside > 0]
    if not levels.size or _is_pasted(picture, corners * (width, height), rim):
        return 0.0
    plain = np.abs(levels - np.median(levels)) <= ONE_COLOUR
    return round(float((1 - plain.mean()) * levels.size / outside.size), 4)


def _is_pasted(picture: Picture, corners: Points, rim: int) -> bool:
    """Whether what lies around the quadrangle of `corners`, in pixels, begins with a seam."""
    sides = list(_steps_across(picture.astype(np.float32), corners, rim))
    if not sides:
        return False
    share = float(np.concatenate(sides).mean())
    return share > (SEAM if len(sides) > 1 else SEAM_OF_ONE_SIDE)


def _steps_across(picture: npt.NDArray[np.float32], corners: Points, rim: int) -> Iterator[npt.NDArray[np.bool_]]:
    """For each side within the picture, at places along it: whether the sharpest step across lies on the border.

    That is within `rim` pixels of where the border is taken to be, against as far again inside and outside.
    """
    height, width = picture.shape[:2]
    offsets = np.arange(-3 * rim - 1, 3 * rim + 2)
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        along, length = end - start, float(np.hypot(*(end - start)))
        if length < SHORTEST_SIDE:
            continue
        places = start + np.linspace(CORNER, 1 - CORNER, int(length / 3))[:, None] * along
        across = np.array([along[1], -along[0]]) / length
        points = places[:, None, :] + offsets[None, :, None] * across
        within = ((points >= 0) & (points <= (width - 1, height - 1))).all(axis=(1, 2))
        if within.mean() < 0.5:
            continue
        x, y = np.moveaxis(points[within].astype(np.float32), 2, 0)
        steps = _steps(np.asarray(cv2.remap(picture, x, y, cv2.INTER_LINEAR), np.float32))
        on, before, after = steps[:, 2 * rim : 4 * rim + 1], steps[:, : 2 * rim], steps[:, 4 * rim + 1 :]
        yield on.max(axis=1) > np.maximum(before.max(axis=1), after.max(axis=1))


def _steps(profiles: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """How far the colours on both sides of each pixel of a row are apart, in the channel where they are farthest."""
    return np.asarray(np.abs(profiles[:, 2:] - profiles[:, :-2]).max(axis=2))
