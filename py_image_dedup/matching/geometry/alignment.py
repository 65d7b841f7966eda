"""Two pictures brought onto one grid: that of the coarser one, so that a thumbnail is compared as a thumbnail.

The finer picture is averaged down, then a small affine correction is found by maximising the enhanced correlation
coefficient (Evangelidis and Psarakis 2008, `cv2.findTransformECC`).
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from py_image_dedup.matching.orientation import ORIENTATIONS, UPRIGHT, Scalar, applied

Picture = npt.NDArray[np.uint8]  # rows, columns, RGB
Plane = npt.NDArray[np.float32]  # rows, columns
Affine = npt.NDArray[np.float64]  # 2 x 3, pixel centres of right -> of left

# Side of the planes that are laid on each other in all orientations, and by how much another must be better.
TURNING_SIDE = 48
TURNING_GAIN = 0.01

# ECC works on this side: a tenth of a pixel there is a quarter of one in the comparison, and it takes 2 ms.
ECC_SIDE = 160
ECC_STEPS = 30
ECC_GAIN = 1e-4
ECC_SMOOTHING = 5
# A correction below this many pixels of the grid is left out: warping would blur more than it mends.
STILL_PIXELS = 0.3
# A map that keeps less of the area went astray.
ECC_LEAST_AREA = 0.4


@dataclass(frozen=True, slots=True)
class Aligned:
    """Both pictures on the grid of the coarser one; `inside` marks where both have pixels."""

    left: Picture
    right: Picture
    inside: npt.NDArray[np.bool_]
    unit_transform: Affine  # unit square of right -> unit square of left
    is_moved: bool  # whether a correction was needed


def luma(picture: Picture) -> Plane:
    """Rec. 601 luma, 0..255."""
    return cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)


def likeliest_orientation(left: Picture, right: Picture, proposed: int) -> int:
    """Orientation (EXIF) that lays right on left best: upright, else the proposed one, unless another is better."""
    a, b = (_normalised(_square(luma(picture))) for picture in (left, right))
    alike = {o: float((a * applied(b, o)).mean()) for o in ORIENTATIONS}
    best = max(alike, key=alike.__getitem__)
    likely = (o for o in (UPRIGHT, proposed) if alike[o] > alike[best] - TURNING_GAIN)
    return next(likely, best)


def averaged(plane: npt.NDArray[Scalar], factor: int) -> npt.NDArray[Scalar]:
    """Average squares of `factor` pixels a side; an incomplete edge is left out. Other sizes take ten times as long."""
    rows, columns = plane.shape[0] // factor, plane.shape[1] // factor
    if factor == 1 or not rows or not columns:
        return plane
    cut: npt.NDArray[Any] = plane[: rows * factor, : columns * factor]
    return np.asarray(cv2.resize(cut, (columns, rows), interpolation=cv2.INTER_AREA), plane.dtype)


def reduction(plane: npt.NDArray[Any], side: int) -> int:
    """By how much to divide so that the longer side comes nearest to `side`."""
    return max(1, round(int(max(plane.shape[:2])) / side))


def _square(plane: Plane) -> npt.NDArray[Any]:
    small = averaged(plane, max(1, min(plane.shape) // TURNING_SIDE))
    return cv2.resize(small, (TURNING_SIDE, TURNING_SIDE), interpolation=cv2.INTER_AREA)


def _normalised(plane: npt.NDArray[Any]) -> Plane:
    centred = plane - plane.mean()
    return np.asarray(centred / max(float(centred.std()), 1e-3), np.float32)


def on_one_grid(left: Picture, right: Picture) -> tuple[Picture, Picture]:
    """Average the finer picture down to the size of the coarser one."""
    if left.shape[0] * left.shape[1] <= right.shape[0] * right.shape[1]:
        return left, _resized(right, left.shape[1], left.shape[0])
    return _resized(left, right.shape[1], right.shape[0]), right


def unmoved(left: Picture, right: Picture) -> Aligned:
    """Lay the whole frame on the whole frame (same shape)."""
    return Aligned(left, right, np.ones(left.shape[:2], np.bool_), np.eye(2, 3), is_moved=False)


def moved(left: Picture, right: Picture) -> Aligned | None:
    """Correct the whole frame on the whole frame (same shape) by an affine map; None where none is called for."""
    height, width = left.shape[:2]
    affine = _ecc(luma(left), luma(right))
    if affine is None or _largest_step(affine, width, height) < STILL_PIXELS:
        return None
    warped = cv2.warpAffine(right, affine, (width, height), flags=cv2.INTER_LINEAR)
    inside = cv2.warpAffine(np.full((height, width), 255, np.uint8), affine, (width, height)) > 254
    return Aligned(left, warped.astype(np.uint8), inside, _in_unit_square(affine, width, height), is_moved=True)


def _resized(picture: Picture, width: int, height: int) -> Picture:
    if picture.shape[:2] == (height, width):
        return picture
    shrinks = picture.shape[0] >= height and picture.shape[1] >= width
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(picture, (width, height), interpolation=how).astype(np.uint8)


def _ecc(left: Plane, right: Plane) -> Affine | None:
    """Give the affine map right -> left in pixels of the grid, or None where standing still is as good."""
    factor = reduction(left, ECC_SIDE)
    small = (averaged(plane, factor) for plane in (left, right))
    small_left, small_right = (cv2.GaussianBlur(plane, (ECC_SMOOTHING, ECC_SMOOTHING), 0) for plane in small)
    still, everywhere = np.eye(2, 3, dtype=np.float32), np.full(small_left.shape, 255, np.uint8)
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, ECC_STEPS, ECC_GAIN)
    try:
        before = cv2.computeECC(small_right, small_left)
        after, found = cv2.findTransformECC(
            small_right, small_left, still, cv2.MOTION_AFFINE, stop, everywhere, gaussFiltSize=1
        )
    except cv2.error:  # raised where the pictures have nothing in common
        return None
    if after <= before or not ECC_LEAST_AREA < abs(np.linalg.det(found[:, :2])) < 1 / ECC_LEAST_AREA:
        return None
    return _between_grids(np.asarray(found, np.float64), factor)


def _between_grids(affine: Affine, factor: int) -> Affine:
    """Carry a map between pixel centres from a small grid to one finer by this factor."""
    centre = np.array([[factor, 0, (factor - 1) / 2], [0, factor, (factor - 1) / 2], [0, 0, 1]])
    return np.asarray((centre @ np.vstack([affine, [0, 0, 1]]) @ np.linalg.inv(centre))[:2])


def _largest_step(affine: Affine, width: int, height: int) -> float:
    corners = np.array([[0, 0], [width - 1, 0], [0, height - 1], [width - 1, height - 1]], float)
    return float(np.abs(corners @ affine[:, :2].T + affine[:, 2] - corners).max())


def _in_unit_square(affine: Affine, width: int, height: int) -> Affine:
    unit = np.array([[width, 0, -0.5], [0, height, -0.5], [0, 0, 1]])
    return np.asarray((np.linalg.inv(unit) @ np.vstack([affine, [0, 0, 1]]) @ unit)[:2])
