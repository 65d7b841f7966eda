"""How much of each of two pictures the other shows.

Clipped side by side (Sutherland and Hodgman 1974): `cv2.intersectConvexConvex` gives 0 or half for one polygon in eight
that lies within a thousandth of the other (5.0.0).
"""

import numpy as np
import numpy.typing as npt

Affine = npt.NDArray[np.float64]  # 2 x 3
Points = npt.NDArray[np.float64]  # corners in turn, x and y

SQUARE = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], float)


def coverage(unit_transform: Affine) -> tuple[float, float]:
    """Share of left's area that right shows, and of right's area that left shows; unit square of right -> of left."""
    shown = SQUARE @ unit_transform[:, :2].T + unit_transform[:, 2]
    overlap = _area(_in_unit_square(shown))
    area = float(abs(np.linalg.det(unit_transform[:, :2])))
    return min(1.0, overlap), min(1.0, overlap / area) if area else 0.0


def _in_unit_square(corners: Points) -> Points:
    for axis in (0, 1):
        corners = _beyond_zero(corners, corners[:, axis])
        corners = _beyond_zero(corners, 1 - corners[:, axis])
    return corners


def _beyond_zero(corners: Points, heights: npt.NDArray[np.float64]) -> Points:
    """Cut off what lies below zero; `heights` holds that of each corner."""
    kept: list[Points] = []
    for one, other, height, next_height in zip(
        corners, np.roll(corners, -1, axis=0), heights, np.roll(heights, -1), strict=True
    ):
        if height >= 0:
            kept.append(one)
        if (height >= 0) != (next_height >= 0):
            kept.append(one + (other - one) * height / (height - next_height))
    return np.array(kept, float).reshape(-1, 2)


def _area(corners: Points) -> float:
    """By the shoelace formula."""
    x, y = corners.T
    return float(abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2)
