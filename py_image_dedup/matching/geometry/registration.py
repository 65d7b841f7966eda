"""Two pictures laid on each other along an affine map between them, at the resolution of the coarser one.

The finer picture is averaged down before it is warped, so that a thumbnail is compared as a thumbnail; the map is
refined by maximising the enhanced correlation coefficient (Evangelidis and Psarakis 2008) over what both show.
"""

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from py_image_dedup.matching.geometry.alignment import Affine, Aligned, Picture, Plane, luma
from py_image_dedup.matching.geometry.local_correlation import local_correlation

# Longest side of the grid that ECC works on: 10 ms; and where a twentieth of a pixel counts: 40 ms.
ECC_SIDE, EXACT_SIDE = 256, 512
ECC_STEPS, ECC_GAIN, ECC_SMOOTHING = 40, 1e-4, 5
LEAST_SIDE = 24  # pixels of the overlap: below, nothing can be told
LEAST_AREA = 0.6  # of the area that the points gave: what shrinks further went astray

# Shares of the frame: points err by so much, and tilting by one degree or cropping by 3 % moves corners more.
NEARLY_WHOLE = 0.04

# Rows of one colour: levels of spread, and of distance from the outermost; the share of the side bars may take.
BAR_SPREAD, BAR_LEVELS, MOST_BAR = 4.0, 6.0, 0.45

Mask = npt.NDArray[np.bool_]


def registered(left: Picture, right: Picture, affine: Affine, side: int = ECC_SIDE) -> Aligned | None:
    """Lay right on left; `affine` brings right to left, both in shares of their longest side. None: no overlap.

    The grid is that of the picture which shows the common part in fewer pixels: `left` and `right` of the answer are
    on it, and its transform is the refined one.
    """
    in_pixels = _in_pixels(affine, max(left.shape[:2]), max(right.shape[:2]))
    if not np.isfinite(in_pixels).all() or abs(np.linalg.det(in_pixels[:, :2])) < 1e-4:
        return None
    is_left_coarser = abs(np.linalg.det(in_pixels[:, :2])) < 1
    return _laid(left, right, in_pixels, side, None, on_left=bool(is_left_coarser))


def again_without(pair: Aligned, left: Picture, right: Picture, hidden: Mask) -> Aligned | None:
    """The pictures of a pair that `registered` gave, laid on each other once more on its grid, but for what is hidden:
    something drawn over one of them has no say."""
    in_pixels = _from_unit_squares(pair.unit_transform, left.shape[1::-1], right.shape[1::-1])
    return _laid(left, right, in_pixels, ECC_SIDE, hidden, on_left=pair.left is left)


def _laid(
    left: Picture, right: Picture, in_pixels: Affine, side: int, hidden: Mask | None, *, on_left: bool
) -> Aligned | None:
    if on_left:
        return _laid_on(left, right, in_pixels, side, hidden)
    turned = _laid_on(right, left, _inverse(in_pixels), side, hidden)
    if turned is None:
        return None
    return Aligned(turned.right, turned.left, turned.inside, _inverse(turned.unit_transform), is_moved=True)


def _laid_on(coarse: Picture, fine: Picture, affine: Affine, side: int, hidden: Mask | None) -> Aligned | None:
    """Lay the finer picture on the grid of the coarser one; `affine` brings pixels of fine to those of coarse."""
    reduced, affine = _averaged_down(fine, affine)
    maps = [
        _whole_on_whole(affine, coarse.shape, reduced.shape),
        affine,
        *_corrections(luma(coarse), luma(reduced), affine, side, hidden),
    ]
    laid = (_warped(coarse, reduced, one) for one in maps if one is not None)
    return max((pair for pair in laid if pair is not None), key=lambda pair: _agreement(pair, hidden), default=None)


def _whole_on_whole(affine: Affine, to: tuple[int, ...], source: tuple[int, ...]) -> Affine | None:
    """The map that lays frame on frame in some orientation, where this one is near it: captions lead ECC astray."""
    units = _in_unit_squares(affine, to[1::-1], source[1::-1])
    corners = np.array([[0, 0, 1], [1, 0, 1], [0, 1, 1], [1, 1, 1]])
    meant = np.rint(units)
    if abs(abs(np.linalg.det(meant[:, :2])) - 1) > 0.1 or np.abs(corners @ (units - meant).T).max() > NEARLY_WHOLE:
        return None
    return _from_unit_squares(meant, to[1::-1], source[1::-1])


def _agreement(pair: Aligned, hidden: Mask | None) -> float:
    inside = pair.inside if hidden is None else pair.inside & ~hidden
    found = local_correlation(luma(pair.left), luma(pair.right), inside)
    return found.p20 + found.p50


def _warped(coarse: Picture, fine: Picture, affine: Affine) -> Aligned | None:
    height, width = coarse.shape[:2]
    inside = _inside(affine, np.ones(fine.shape[:2], np.uint8), (height, width))
    if _short_side(inside) < LEAST_SIDE:
        return None
    warped = cv2.warpAffine(fine, affine, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    unit = _in_unit_squares(affine, (width, height), (fine.shape[1], fine.shape[0]))
    return Aligned(coarse, warped.astype(np.uint8), inside, unit, is_moved=True)


def _in_pixels(affine: Affine, left_side: int, right_side: int) -> Affine:
    """From shares of the longest sides to pixel centres."""
    to = np.array([[left_side, 0, -0.5], [0, left_side, -0.5], [0, 0, 1]])
    back = np.array([[1 / right_side, 0, 0.5 / right_side], [0, 1 / right_side, 0.5 / right_side], [0, 0, 1]])
    return np.asarray((to @ np.vstack([affine, [0, 0, 1]]) @ back)[:2])


def _inverse(affine: Affine) -> Affine:
    return np.asarray(np.linalg.inv(np.vstack([affine, [0, 0, 1]]))[:2])


def _averaged_down(fine: Picture, affine: Affine) -> tuple[Picture, Affine]:
    """Average each axis of the finer picture so that a pixel of it is one of the coarser."""
    across, down = (float(np.linalg.norm(affine[:, axis])) for axis in (0, 1))
    height, width = fine.shape[:2]
    size = (max(1, round(width * min(1.0, across))), max(1, round(height * min(1.0, down))))
    if size == (width, height):
        return fine, affine
    reduced = cv2.resize(fine, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    x, y = width / size[0], height / size[1]
    back = np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1]])
    return reduced, np.asarray(affine @ back)


def _inside(affine: Affine, content: npt.NDArray[np.uint8], grid: tuple[int, ...]) -> Mask:
    """Where the marked pixels of a picture come to lie on the grid (rows, columns)."""
    whole = cv2.warpAffine(content * np.uint8(255), affine, grid[::-1], flags=cv2.INTER_LINEAR)
    return np.asarray(whole > 254)


def without_bars(pair: Aligned) -> Aligned | None:
    """The same where both pictures have content: without bars and frames at the edges of either; None: has none."""
    shown = np.ones(pair.inside.shape, np.bool_)
    for picture in (pair.left, pair.right):
        rows, columns = _span(pair.inside, 1), _span(pair.inside, 0)
        marked = np.zeros(pair.inside.shape, np.uint8)
        marked[rows, columns] = content(picture[rows, columns])
        shown &= marked > 0
    return None if shown[pair.inside].all() else replace(pair, inside=pair.inside & shown)


def _span(inside: Mask, axis: int) -> slice:
    places = np.flatnonzero(inside.any(axis=axis))
    return slice(int(places[0]), int(places[-1]) + 1)


def content(picture: Picture) -> npt.NDArray[np.uint8]:
    """Mark what lies within bars and frames of one colour at the edges of a picture."""
    rows, columns = picture.shape[:2]
    (top, bottom), (left, right) = _bars(picture, 1), _bars(picture, 0)
    marked = np.zeros((rows, columns), np.uint8)
    marked[top : rows - bottom, left : columns - right] = 1
    return marked


def _bars(picture: Picture, axis: int) -> tuple[int, int]:
    """How many rows at the top and bottom (`axis` 1) or columns at the sides (0) have one colour; the next goes too."""
    squared = picture.astype(np.float32) ** 2
    means, squares = _averages(picture, axis), _averages(squared, axis)
    spreads = np.sqrt(np.maximum(squares - means * means, 0)).max(axis=1)
    found = []
    for order in (slice(None), slice(None, None, -1)):
        flat = (spreads[order] <= BAR_SPREAD) & (np.abs(means[order] - means[order][0]).max(axis=1) <= BAR_LEVELS)
        count = int(np.argmin(flat)) if not flat.all() else 0
        found.append(count + 1 if 0 < count <= MOST_BAR * len(means) else 0)
    return found[0], found[1]


def _averages(picture: Picture | npt.NDArray[np.float32], axis: int) -> npt.NDArray[np.float64]:
    """Averages of rows or columns, three channels each. numpy's take five times as long."""
    return np.asarray(cv2.reduce(picture, axis, cv2.REDUCE_AVG, dtype=cv2.CV_64F), np.float64).reshape(-1, 3)


def _short_side(inside: Mask) -> int:
    return int(min(inside.any(axis=0).sum(), inside.any(axis=1).sum()))


def _corrections(coarse: Plane, fine: Plane, affine: Affine, side: int, hidden: Mask | None) -> Iterator[Affine | None]:
    """The refined map, then the map refined once more on a finer grid where one is asked for."""
    first = _corrected(coarse, fine, affine, ECC_SIDE, hidden)
    yield first
    if side > ECC_SIDE:
        yield _corrected(coarse, fine, affine if first is None else first, side, hidden)


def _corrected(coarse: Plane, fine: Plane, affine: Affine, side: int, hidden: Mask | None) -> Affine | None:
    """The refined map, or None where that is no better."""
    shrink = min(1.0, side / max(coarse.shape))
    size = (max(1, round(coarse.shape[1] * shrink)), max(1, round(coarse.shape[0] * shrink)))
    small_fine = (max(1, round(fine.shape[1] * shrink)), max(1, round(fine.shape[0] * shrink)))
    to, back = _scaling(coarse.shape, size), _scaling(fine.shape, small_fine)
    start = np.asarray((to @ np.vstack([affine, [0, 0, 1]]) @ np.linalg.inv(back))[:2])
    a, b = (cv2.resize(p, s, interpolation=cv2.INTER_AREA) for p, s in ((coarse, size), (fine, small_fine)))
    a, b = (cv2.GaussianBlur(p, (ECC_SMOOTHING, ECC_SMOOTHING), 0) for p in (a, b))
    # ECC looks the other way: where in the input picture (fine) a pixel of the template (coarse) is.
    warp = _inverse(start).astype(np.float32)
    shown = _shown(hidden, start, size, b.shape)
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, ECC_STEPS, ECC_GAIN)
    try:
        _, found = cv2.findTransformECC(a, b, warp, cv2.MOTION_AFFINE, stop, shown, 1)
    except cv2.error:  # raised where it does not converge
        return None
    refined = _inverse(np.asarray(found, np.float64))
    gain = abs(np.linalg.det(refined[:, :2])) / abs(np.linalg.det(start[:, :2]))
    if not np.isfinite(refined).all() or not LEAST_AREA < gain < 1 / LEAST_AREA:
        return None
    return np.asarray((np.linalg.inv(to) @ np.vstack([refined, [0, 0, 1]]) @ back)[:2])


def _shown(hidden: Mask | None, affine: Affine, size: tuple[int, int], shape: tuple[int, ...]) -> npt.NDArray[np.uint8]:
    """Pixels of the finer picture that have a say: `affine` brings them to the grid (width, height) of what hides."""
    if hidden is None:
        return np.full(shape, 255, np.uint8)
    seen = cv2.resize((~hidden).astype(np.uint8) * np.uint8(255), size, interpolation=cv2.INTER_AREA)
    turned = cv2.warpAffine(seen, affine, shape[1::-1], flags=cv2.WARP_INVERSE_MAP, borderValue=(255,))
    return np.where(turned > 254, 255, 0).astype(np.uint8)


def _scaling(shape: tuple[int, ...], size: tuple[int, int]) -> Affine:
    """Pixel centres of a plane of this shape to those of one of this size (width, height), as 3 x 3."""
    x, y = size[0] / shape[1], size[1] / shape[0]
    return np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1]])


def _in_unit_squares(affine: Affine, to_size: tuple[int, ...], from_size: tuple[int, ...]) -> Affine:
    to = np.array([[1 / to_size[0], 0, 0.5 / to_size[0]], [0, 1 / to_size[1], 0.5 / to_size[1]], [0, 0, 1]])
    source = np.array([[from_size[0], 0, -0.5], [0, from_size[1], -0.5], [0, 0, 1]])
    return np.asarray((to @ np.vstack([affine, [0, 0, 1]]) @ source)[:2])


def _from_unit_squares(units: Affine, to_size: tuple[int, ...], from_size: tuple[int, ...]) -> Affine:
    to = np.array([[to_size[0], 0, -0.5], [0, to_size[1], -0.5], [0, 0, 1]])
    source = np.array([[1 / from_size[0], 0, 0.5 / from_size[0]], [0, 1 / from_size[1], 0.5 / from_size[1]], [0, 0, 1]])
    return np.asarray((to @ np.vstack([units, [0, 0, 1]]) @ source)[:2])
