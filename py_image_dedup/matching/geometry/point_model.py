"""An affine map that lays the points of one picture on those of another, found without reading either picture.

Each pair of points that are each other's nearest by descriptor proposes a map of its own: its places, sizes and angles
give shift, scale and turn. The map most other pairs agree with is refined by least squares, first as a similarity, then
as an affine map where enough pairs spread wide enough carry one. No chance is involved.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from py_image_dedup.matching.geometry.points import Points

Values = npt.NDArray[np.float32]
Affine = npt.NDArray[np.float64]  # 2 x 3

# Squared distance of two descriptors: of 28 half-byte numbers.
NEAR = 0.40
LOOSE, TIGHT = 10 / 256, 3.5 / 256  # shares of the longest side of left
FEWEST_FOR_AFFINE = 6
FEWEST = 3
# How far the scales (octaves) and turns (radians) of pairs may be apart: stretching by 15 % and noise are half of it.
OCTAVES, TURN = 0.8, 0.6
# A pair agrees with its own map by 1; two others that agree halfway make 2.
LEAST_AGREEMENT = 2.0


@dataclass(frozen=True, slots=True)
class PointModel:
    """`affine` brings right to left, both in shares of their longest side. `inliers` pairs of points agree with it."""

    affine: Affine
    inliers: int
    is_mirrored: bool
    matches: int = 0


def point_model(left: Points, right: Points, right_width: float) -> PointModel | None:
    """The better map of right as it is and of right mirrored; None where no three points agree."""
    found = [way for way in (plain_model(left, right), mirrored_model(left, right, right_width)) if way is not None]
    return max(found, key=lambda model: model.inliers, default=None)


def plain_model(left: Points, right: Points) -> PointModel | None:
    """The map of right as it is."""
    return _model(left, right, is_mirrored=False)


def mirrored_model(left: Points, right: Points, right_width: float) -> PointModel | None:
    """The map of right mirrored; `right_width` in shares of its longest side."""
    found = _model(left, right.mirrored(right_width), is_mirrored=True)
    if found is None:
        return None
    back = np.array([[-1, 0, right_width], [0, 1, 0], [0, 0, 1]])
    return replace(found, affine=found.affine @ back)


def _model(left: Points, right: Points, *, is_mirrored: bool) -> PointModel | None:
    ours, theirs = _mutual(left.numbers, right.numbers)
    if len(ours) < FEWEST:
        return None
    to, source = left.places[ours].astype(np.float64), right.places[theirs].astype(np.float64)
    scales = (left.sizes[ours] / right.sizes[theirs]).astype(np.float64)
    turns = (left.angles[ours] - right.angles[theirs]).astype(np.float64)
    proposed = _proposed(to, source, scales, turns)
    if proposed is None:
        return None
    affine, alike = proposed
    source, to = source[alike], to[alike]
    agreeing = _off(affine, source, to) < LOOSE
    for within in (LOOSE, (LOOSE + TIGHT) / 2, TIGHT, TIGHT):
        if agreeing.sum() < FEWEST:
            return None
        affine = _fitted(source[agreeing], to[agreeing])
        agreeing = _off(affine, source, to) < within
    count = len({tuple(place) for place in np.rint(to[agreeing] * 128).tolist()})
    return PointModel(affine, count, is_mirrored=is_mirrored, matches=len(ours)) if count >= FEWEST else None


def _mutual(left: Values, right: Values) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    if not len(left) or not len(right):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    # numpy would start threads for this product, which cost more than it does.
    squares = np.einsum("ij,ij->i", left, left)[:, None] + np.einsum("ij,ij->i", right, right)
    apart = np.asarray(cv2.gemm(left, right, -2.0, squares, 1.0, flags=cv2.GEMM_2_T))
    nearest, back, every = apart.argmin(axis=1), apart.argmin(axis=0), np.arange(len(left))
    ours = np.flatnonzero((back[nearest] == every) & (apart[every, nearest] < NEAR))
    return ours, nearest[ours]


def _proposed(to: Affine, source: Affine, scales: Affine, turns: Affine) -> tuple[Affine, npt.NDArray[np.bool_]] | None:
    """The similarity, of those that single pairs propose, that most pairs agree with, and the pairs of like scale and
    turn; None where too few agree."""
    alike = _alike(np.log2(scales), turns)
    if np.count_nonzero(alike, axis=1).max() < FEWEST:
        return None
    cos, sin = scales * np.cos(turns), scales * np.sin(turns)
    shift_x = to[:, 0] - (cos * source[:, 0] - sin * source[:, 1])
    shift_y = to[:, 1] - (sin * source[:, 0] + cos * source[:, 1])
    one, other = np.nonzero(alike)  # one in ten of all: only they are laid on each other
    x = cos[one] * source[other, 0] - sin[one] * source[other, 1] + shift_x[one] - to[other, 0]
    y = sin[one] * source[other, 0] + cos[one] * source[other, 1] + shift_y[one] - to[other, 1]
    agree = np.bincount(one, np.maximum(0, 1 - np.sqrt(x * x + y * y) / LOOSE), len(to))
    b = int(agree.argmax())
    if agree[b] < LEAST_AGREEMENT:
        return None
    return np.array([[cos[b], -sin[b], shift_x[b]], [sin[b], cos[b], shift_y[b]]]), alike[b]


def _alike(octaves: Affine, turns: Affine) -> npt.NDArray[np.bool_]:
    """Which pairs of points scale and turn alike."""
    cos, sin = np.cos(turns), np.sin(turns)
    turned = cos[:, None] * cos + sin[:, None] * sin  # the cosine of how far they are apart
    return np.asarray((np.abs(octaves[:, None] - octaves) < OCTAVES) & (turned > np.cos(TURN)))


def _off(affine: Affine, source: Affine, to: Affine) -> Affine:
    return np.asarray(np.hypot(*(source @ affine[:, :2].T + affine[:, 2] - to).T))


def _fitted(source: Affine, to: Affine) -> Affine:
    if len(source) >= FEWEST_FOR_AFFINE and _spreads(source):
        full = np.column_stack([source, np.ones(len(source))])
        return np.asarray(np.linalg.lstsq(full, to, rcond=None)[0].T)
    return _similarity(source, to)


def _spreads(source: Affine) -> bool:
    """Whether the points do not lie on one line."""
    a = source - source.mean(axis=0)
    (xx, xy), (_, yy) = (a.T @ a / (len(a) - 1)).tolist()
    middle, apart = (xx + yy) / 2, float(np.hypot((xx - yy) / 2, xy))  # the eigenvalues are their sum and difference
    return bool(middle - apart > max(0.04 * (middle + apart), 1e-4))


def _similarity(source: Affine, to: Affine) -> Affine:
    """Least squares (Umeyama 1991), without a mirror."""
    a, b = source - source.mean(axis=0), to - to.mean(axis=0)
    spread = float((a * a).sum())
    if spread < 1e-9:
        return np.array([[1, 0, *(to - source).mean(axis=0)[:1]], [0, 1, (to - source).mean(axis=0)[1]]])
    cos = float((a * b).sum()) / spread
    sin = float((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()) / spread
    turn = np.array([[cos, -sin], [sin, cos]])
    return np.column_stack([turn, to.mean(axis=0) - turn @ source.mean(axis=0)])
