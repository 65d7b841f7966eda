"""The grade of two pictures: mean structural similarity (SSIM) of their luma at full size, 0..1.

Wang, Bovik, Sheikh and Simoncelli 2004, "Image quality assessment: from error visibility to structural similarity",
with a uniform window of 7 x 7, K1 0.01, K2 0.03, sample covariance and range 255; the mean goes over windows that lie
inside the picture. Values below 0 count as 0; 1 is given to equal luma alone.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from py_image_dedup.matching.orientation import applied

WINDOW = 7
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
# Rows worked on at once: a dozen float64 planes of a 200-megapixel picture would take 20 GB.
BAND_ROWS = 256
# Ratio of the two aspect ratios up to which one picture is scaled to the other; half a pixel a side comes on top.
SHAPE_TOLERANCE = 0.015
# The largest number below 1: pictures that differ in one level of one pixel are not equal.
ALMOST = math.nextafter(1.0, 0.0)

Luma = npt.NDArray[np.uint8]  # rows, columns
Picture = npt.NDArray[np.uint8]  # rows, columns, RGB
Plane = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Similarity:
    """`grade` 0..1, or None where `reason` says why the two cannot be graded."""

    grade: float | None
    reason: str = ""


def similarity(left: Picture, right: Picture, orientation: int = 1) -> Similarity:
    """Grade two pictures as shown; `orientation` (EXIF) brings right to left. The larger is averaged to the smaller."""
    turned = np.ascontiguousarray(applied(right, orientation))
    if not are_of_one_shape(left.shape[:2], turned.shape[:2]):
        return Similarity(None, "their shapes differ")
    a, b = of_one_size(luma(left), luma(turned))
    if (a == b).all():
        return Similarity(1.0)
    return Similarity(0.0) if min(a.shape) < WINDOW else Similarity(min(max(mean_ssim(a, b), 0.0), ALMOST))


def luma(picture: Picture) -> Luma:
    """Rec. 601 luma, rounded to 8 bits."""
    return cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False)


def are_of_one_shape(left: tuple[int, ...], right: tuple[int, ...]) -> bool:
    """Whether scaling alone brings one (rows, columns) to the other; a thumbnail rounds its sides by half a pixel."""
    stretch = abs(math.log((left[1] / left[0]) / (right[1] / right[0])))
    return stretch <= SHAPE_TOLERANCE + 1.0 / min(*left, *right)


def of_one_size(left: Luma, right: Luma) -> tuple[Luma, Luma]:
    """Both at the size of the one with fewer pixels, by area averages."""
    if left.shape == right.shape:
        return left, right
    if left.size <= right.size:
        return left, _averaged(right, left.shape)
    return _averaged(left, right.shape), right


def mean_ssim(left: Luma, right: Luma) -> float:
    """Give the mean over all windows inside; both of one shape, each side at least `WINDOW`. -1..1."""
    rows = left.shape[0] - WINDOW + 1
    total = 0.0
    for start in range(0, rows, BAND_ROWS):
        band = slice(start, min(start + BAND_ROWS, rows) + WINDOW - 1)
        total += float(_ssim(left[band], right[band]).sum())
    columns = int(left.shape[1]) - WINDOW + 1
    return total / float(rows * columns)


def _averaged(plane: Luma, shape: tuple[int, ...]) -> Luma:
    return cv2.resize(plane, (shape[1], shape[0]), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def _ssim(left: Luma, right: Luma) -> Plane:
    """SSIM of each window. Window sums of 8-bit values and their products are integers, so float64 holds them."""
    x, y = left.astype(np.float64), right.astype(np.float64)
    count = WINDOW * WINDOW
    sum_x, sum_y = _window_sums(x), _window_sums(y)
    freedom = count * (count - 1)
    variance_x = (count * _window_sums(x * x) - sum_x * sum_x) / freedom
    variance_y = (count * _window_sums(y * y) - sum_y * sum_y) / freedom
    covariance = (count * _window_sums(x * y) - sum_x * sum_y) / freedom
    mean_x, mean_y = sum_x / count, sum_y / count
    likeness = (2 * mean_x * mean_y + C1) * (2 * covariance + C2)
    return np.asarray(likeness / ((mean_x**2 + mean_y**2 + C1) * (variance_x + variance_y + C2)))


def _window_sums(plane: Plane) -> Plane:
    """Give the sum of each whole window: rows and columns are fewer by `WINDOW` - 1."""
    sums = cv2.boxFilter(plane, cv2.CV_64F, (WINDOW, WINDOW), normalize=False)
    margin = WINDOW // 2
    return np.asarray(sums[margin:-margin, margin:-margin])
