"""A place in the scan from which on the same colours of one picture are other colours in the other picture.

The mean of every block after a broken one is off by as much (ITU T.81, F.1.2.1), to the end of the picture. Who changes
tones takes a colour to the same one wherever it stands. So cells before and behind each place of the scan are held
against each other colour by colour: what both sides have may not have changed differently. This needs no map of tones,
which damage of half a picture would bend, and no plain neighbours; it is asked both ways, since a colour that was cut
off or mixed in one of the pictures stands for several of the other.
"""

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from py_image_dedup.matching.comparison.sharpness import as_sharp_as
from py_image_dedup.matching.geometry.alignment import Picture

Values = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

CELL = 8  # pixels
YCBCR = np.array([[0.299, 0.587, 0.114], [-0.169, -0.331, 0.5], [0.5, -0.419, -0.081]], np.float32)
LIKE = 8.0  # levels: cells of one class of colour lie in a cube of this side
PARTS = 4  # of a row of blocks: the places that are tried
ROWS_OF_A_BLOCK = (1, 2)  # in cells
FEWEST_CELLS, FEWEST_PAIRS = 20, 3.0
# Of 600 clean copies (quality 8 to 70, scaled, blurred, sharpened, toned) one passes this, in levels, with an edge
# along the frame; of 600 damaged ones that no decoder complains of 76 % do.
SHIFT, ERRORS = 4.0, 4.0
# Tones are cut off in cells where so many pixels have a channel at its end, or whose mean luma is at its end.
FULL, FULL_SHARE, DARKEST, BRIGHTEST = 253, 0.02, 8.0, 247.0


class _Seen(NamedTuple):
    """What one direction says of each place: change of the mean (levels) of Y, Cb, Cr, and what is sure of it."""

    shift: Values
    surely: Values


def changed_from(a: Picture, b: Picture) -> Mask:
    """The cells behind such a place, none where there is none. `a` and `b`: RGB of one grid, whole cells."""
    place = _changed_from(a, b)
    if place.any():
        left, right = a.astype(np.float32), b.astype(np.float32)
        places = (place, _changed_from(as_sharp_as(left, right), b), _changed_from(a, as_sharp_as(right, left)))
        place = min(places, key=lambda found: int(found.sum()))
    return place


def _changed_from(a: Picture | Values, b: Picture | Values) -> Mask:
    one, other, is_cut = _colours(a), _colours(b), _is_cut(a) | _is_cut(b)
    turned = _behind(_turned(one), _turned(other), is_cut.T[:, ::-1])
    return np.asarray(_behind(one, other, is_cut) | turned[:, ::-1].T)


def _turned(values: Values) -> Values:
    return values.swapaxes(0, 1)[:, ::-1]


def _colours(picture: Picture | Values) -> Values:
    return _means(cv2.transform(picture.astype(np.float32), YCBCR).astype(np.float32))


def _is_cut(picture: Picture | Values) -> Mask:
    luma = _colours(picture)[..., 0]
    full = _means(np.asarray((picture >= FULL).any(axis=2), np.float32))
    return np.asarray((full > FULL_SHARE) | (luma < DARKEST) | (luma > BRIGHTEST))


def _means(plane: Values) -> Values:
    size = (plane.shape[1] // CELL, plane.shape[0] // CELL)
    return cv2.resize(plane, size, interpolation=cv2.INTER_AREA).astype(np.float32)


def _behind(one: Values, other: Values, is_cut: Mask) -> Mask:
    """The cells behind the place where the change is surest; the scan goes along the rows."""
    best, place, counted = SHIFT, np.zeros(is_cut.shape, np.bool_), ~is_cut.ravel()
    if counted.sum() < FEWEST_CELLS:
        return place
    for order in _orders(is_cut.shape):
        there, back = (
            _seen(source[counted], (target - source)[counted], order.ravel()[counted], int(order.max()) + 1)
            for source, target in (
                (one.reshape(-1, 3), other.reshape(-1, 3)),
                (other.reshape(-1, 3), one.reshape(-1, 3)),
            )
        )
        agreed = np.where(there.shift * back.shift < 0, np.minimum(there.surely, back.surely), 0).max(axis=1)
        if agreed.max() >= best:
            best, place = float(agreed.max()), order > int(agreed.argmax())
    return place


def _orders(shape: tuple[int, ...]) -> Iterator[Numbers]:
    """For each cell the part of the scan it is in."""
    rows, columns = np.arange(shape[0]), np.arange(shape[1]) * PARTS // shape[1]
    for height in ROWS_OF_A_BLOCK:
        yield np.asarray((rows // height)[:, None] * PARTS + columns, np.int64)


def _seen(colours: Values, change: Values, part: Numbers, parts: int) -> _Seen:
    """How much more cells change behind each part than like cells before it; `part` numbers those of each cell."""
    _, kind = np.unique(np.floor(colours / LIKE), axis=0, return_inverse=True)
    kind, kinds = kind.ravel(), int(kind.max()) + 1
    at = part * kinds + kind
    before = np.cumsum(_sums(at, None, parts, kinds), axis=0)
    total = before[-1]
    before = before[:-1]
    pairs = before * (total - before) / total
    weight = np.maximum(pairs.sum(axis=1), 1e-9)
    shift, error = np.zeros((parts - 1, 3), np.float32), np.zeros((parts - 1, 3), np.float32)
    for channel in range(3):
        values = change[:, channel]
        sums = np.cumsum(_sums(at, values, parts, kinds), axis=0)
        usual = sums[-1] / total
        apart = (sums[-1] - sums[:-1]) / np.maximum(total - before, 1) - sums[:-1] / np.maximum(before, 1)
        shift[:, channel] = (pairs * apart).sum(axis=1) / weight
        error[:, channel] = np.sqrt(np.mean((values - usual[kind]) ** 2) / weight)
    surely = np.where((weight >= FEWEST_PAIRS)[:, None], np.abs(shift) - ERRORS * error, 0)
    return _Seen(shift, np.asarray(surely, np.float32))


def _sums(at: Numbers, values: Values | None, parts: int, kinds: int) -> npt.NDArray[np.float64]:
    return np.bincount(at, values, minlength=parts * kinds).reshape(parts, kinds).astype(np.float64)
