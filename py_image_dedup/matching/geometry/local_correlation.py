"""How alike two aligned pictures are, box by box: correlation forgives tone, so what differs is what they show."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from py_image_dedup.matching.geometry.alignment import Plane

SMOOTHING_SIGMA = 1.5
SHORT_SIDE_BOXES = 8
SMALLEST_BOX, LARGEST_BOX = 12, 48
# A box whose luma spreads less than this (levels) in both pictures says nothing.
TEXTURE_LEVELS = 4.0


@dataclass(frozen=True, slots=True)
class LocalCorrelation:
    """Correlation (-1..1) of the boxes with texture in either picture."""

    boxes: int
    p5: float
    p20: float
    p50: float


def box_side(height: int, width: int, boxes: int = SHORT_SIDE_BOXES) -> int:
    """Side of a box in pixels: an eighth of the short side, within limits."""
    return int(np.clip(min(height, width) // boxes, SMALLEST_BOX, LARGEST_BOX))


def boxes_inside(inside: npt.NDArray[np.bool_], boxes: int) -> int:
    """How many boxes, so many along the short side, lie inside completely."""
    return int(_boxes(inside, box_side(inside.shape[0], inside.shape[1], boxes)).all(axis=1).sum())


def local_correlation(
    left: Plane, right: Plane, inside: npt.NDArray[np.bool_], boxes: int = SHORT_SIDE_BOXES
) -> LocalCorrelation:
    """Correlation of two luma planes of one shape in boxes that lie inside completely, so many along the short side."""
    side = box_side(left.shape[0], left.shape[1], boxes)
    a, b = (_boxes(cv2.GaussianBlur(p, (0, 0), SMOOTHING_SIGMA).astype(np.float32), side) for p in (left, right))
    whole = _boxes(inside, side).all(axis=1)
    a, b = a[whole], b[whole]
    a, b = a - a.mean(axis=1, keepdims=True), b - b.mean(axis=1, keepdims=True)
    spread_a, spread_b = np.sqrt((a * a).mean(axis=1)), np.sqrt((b * b).mean(axis=1))
    textured = np.maximum(spread_a, spread_b) >= TEXTURE_LEVELS
    if not textured.any():
        return LocalCorrelation(0, 0.0, 0.0, 0.0)
    both = np.maximum(spread_a * spread_b, 1e-3)[textured]
    correlation = (a * b).mean(axis=1)[textured] / both
    p5, p20, p50 = np.percentile(correlation, (5, 20, 50))
    return LocalCorrelation(int(textured.sum()), float(p5), float(p20), float(p50))


def _boxes(plane: npt.NDArray[np.generic], side: int) -> npt.NDArray[np.generic]:
    """Cut a plane into whole boxes: (boxes, side * side)."""
    rows, columns = plane.shape[0] // side, plane.shape[1] // side
    cut = plane[: rows * side, : columns * side].reshape(rows, side, columns, side)
    return cut.swapaxes(1, 2).reshape(rows * columns, side * side)
