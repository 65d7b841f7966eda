"""What an affine map leaves where a picture is seen at an angle: a print or a screen that was photographed.

A homography refines two pictures that an affine map has laid on each other, coarse to fine, by maximising the enhanced
correlation coefficient (Evangelidis and Psarakis 2008). A camera that turned on its stand bends a scene in the same
way; then either picture shows something that the other does not. So it counts only where one shows all of the other.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from py_image_dedup.matching.geometry.alignment import Aligned, Plane, luma
from py_image_dedup.matching.geometry.overlap import SQUARE

Homography = npt.NDArray[np.float64]  # 3 x 3, pixel centres of the grid -> of the picture laid on it
Corners = npt.NDArray[np.float64]

SIDES = (64, 128, 256)  # longest side of the grids: a bend of 5 % of the side is three pixels on the first
STEPS, GAIN, SMOOTHING = 40, 1e-4, 5
WHOLE = 0.97  # of one picture that the other shows
MOST_BEND = 0.12  # of the side that a corner may move, beyond what is affine
LEAST_SIDE = 24


@dataclass(frozen=True, slots=True)
class Bent:
    """The pair with one picture bent onto the other, and where the corners of either lie in the unit square of the
    other."""

    pair: Aligned
    of_right: Corners  # in left
    of_left: Corners  # in right


def bent(pair: Aligned, *, is_grid_of_right: bool) -> Bent | None:
    """Bend one of them; None where that fails, or neither shows all of the other."""
    still, laid = (pair.right, pair.left) if is_grid_of_right else (pair.left, pair.right)
    back = _refined(luma(still), luma(laid), pair.inside)
    if back is None:
        return None
    height, width = pair.inside.shape
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    inside = cv2.warpPerspective(pair.inside.astype(np.uint8) * np.uint8(255), back, (width, height), flags=how) > 254
    laid_in_grid, grid_in_laid = _frames(pair, back, is_grid_of_right=is_grid_of_right)
    if float(inside.mean()) < WHOLE and _area(np.clip(laid_in_grid, 0, 1)) < WHOLE * _area(laid_in_grid):
        return None
    moved = cv2.warpPerspective(laid, back, (width, height), flags=how, borderMode=cv2.BORDER_REPLICATE)
    if is_grid_of_right:
        return Bent(replace(pair, left=moved.astype(np.uint8), inside=inside), grid_in_laid, laid_in_grid)
    return Bent(replace(pair, right=moved.astype(np.uint8), inside=inside), laid_in_grid, grid_in_laid)


def _refined(still: Plane, laid: Plane, inside: npt.NDArray[np.bool_]) -> Homography | None:
    """From pixels of the grid to pixels of the laid picture; None where it does not converge or bends too far."""
    found = np.eye(3)
    for side in SIDES:
        shrink = min(1.0, side / max(inside.shape))
        size = (round(inside.shape[1] * shrink), round(inside.shape[0] * shrink))
        if min(size) < LEAST_SIDE:
            return None
        scale = _scaling(inside.shape, size)
        start = (scale @ found @ np.linalg.inv(scale)).astype(np.float32)
        a, b = (cv2.resize(plane, size, interpolation=cv2.INTER_AREA) for plane in (still, laid))
        within = (cv2.resize(inside.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.99).astype(np.uint8)
        stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, STEPS, GAIN)
        try:
            _, warp = cv2.findTransformECC(a, b, start, cv2.MOTION_HOMOGRAPHY, stop, within, SMOOTHING)
        except cv2.error:  # raised where it does not converge
            return None
        found = np.linalg.inv(scale) @ warp.astype(np.float64) @ scale
    return found if _is_moderate(found, inside.shape) else None


def _scaling(shape: tuple[int, ...], size: tuple[int, int]) -> Homography:
    """Pixel centres of a plane of this shape to those of one of this size (width, height)."""
    x, y = size[0] / shape[1], size[1] / shape[0]
    return np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1]])


def _is_moderate(found: Homography, shape: tuple[int, ...]) -> bool:
    corners = _frame(shape)
    return bool(np.isfinite(found).all() and np.abs(_mapped(found, corners) - corners).max() < MOST_BEND * max(shape))


def _frames(pair: Aligned, back: Homography, *, is_grid_of_right: bool) -> tuple[Corners, Corners]:
    """Corners of the laid picture in the unit square of the grid, and of the grid in that of the laid picture."""
    height, width = pair.inside.shape
    pixels = np.array([[width, 0, -0.5], [0, height, -0.5], [0, 0, 1]])
    units = np.vstack([pair.unit_transform, [0, 0, 1]])
    units = np.linalg.inv(units) if is_grid_of_right else units
    grid_to_laid = np.asarray(np.linalg.inv(units) @ np.linalg.inv(pixels) @ back @ pixels, np.float64)
    return _mapped(np.asarray(np.linalg.inv(grid_to_laid), np.float64), SQUARE), _mapped(grid_to_laid, SQUARE)


def _frame(shape: tuple[int, ...]) -> Corners:
    bottom, right = shape[0] - 1, shape[1] - 1
    return np.array([[0, 0], [right, 0], [right, bottom], [0, bottom]], float)


def _mapped(homography: Homography, corners: Corners) -> Corners:
    to = np.column_stack([corners, np.ones(len(corners))]) @ homography.T
    return np.asarray(to[:, :2] / to[:, 2:])


def _area(corners: Corners) -> float:
    """By the shoelace formula."""
    x, y = corners.T
    return float(abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2)
