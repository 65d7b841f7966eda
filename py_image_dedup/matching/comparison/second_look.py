"""A second look at pairs that the first refuses by little: tone and sharpness explained on every pixel compared.

The first look averages both pictures to `photometric.SIDE` and follows the tones there. Where tones clip in fine
texture, and where a picture was sharpened or blurred, the order matters: averages of clipped tones are no tones of
averages. Here the tones are followed first, then one filter for the whole makes one as sharp as the other, and only
then is averaged. It takes 60 ms of processor time; 2 of 888 copies of a labelled set needed it.
"""

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from py_image_dedup.matching.comparison.colour_map import BRIGHTEST, DARKEST, fitted_colours, mapped_colours
from py_image_dedup.matching.comparison.photometric import SIDE, Residual, foreign_cells, left_over, second_largest
from py_image_dedup.matching.comparison.sharpness import as_sharp_as
from py_image_dedup.matching.geometry.alignment import Aligned, Picture

Values = npt.NDArray[np.float32]

SAMPLES = 4000
FITS = 6
SMOOTHING_SIGMA = 1.0  # before colours are sampled
CLIPPED_SHARE = 0.02  # of the pixels of a cell
SMALL_SIGMA = 0.8  # of pictures that are not averaged, as in the first look


class _Way(NamedTuple):
    """One picture made like the other, and what that leaves; cells where the one that was made is clipped."""

    rest: Residual
    is_clipped: npt.NDArray[np.bool_]


def second_residual(pair: Aligned) -> tuple[Residual, float]:
    """Give what the better of both ways leaves, and how foreign the second most foreign cell is in either.

    Clipped tones have no way back; what else can be explained in one way only is there in one picture only: a red logo
    may pass for the sky behind it, the sky for a red logo not.
    """
    pictures = (pair.left, pair.right)
    ways = [_way(source, target, pair.inside) for source, target in (pictures, pictures[::-1])]
    ways.sort(key=lambda way: way.rest.difference)
    there, back = (foreign_cells(way.rest) for way in ways)
    foreign = max(second_largest(there), second_largest(np.where(ways[1].is_clipped, 0, back)))
    return ways[0].rest, foreign


def _way(source: Picture, target: Picture, inside: npt.NDArray[np.bool_]) -> _Way:
    found = (left_over(*_at_side(one, other, inside)) for one, other in _explained(source, target, inside))
    best = min(found, key=lambda rest: rest.difference)
    clipped = np.asarray(((source < DARKEST) | (source > BRIGHTEST)).any(axis=2), np.float32)
    rows, columns = (int(side) for side in best.rms.shape)
    return _Way(best, _averaged(clipped, (columns, rows)) > CLIPPED_SHARE)


def _explained(source: Picture, target: Picture, inside: npt.NDArray[np.bool_]) -> Iterator[tuple[Values, Values]]:
    """One picture in the tones of the other, and the other; then with the sharpness of either."""
    colour_map = fitted_colours(_samples(source, inside), _samples(target, inside), FITS)
    toned, plain = mapped_colours(source, colour_map), target.astype(np.float32)
    yield toned, plain
    yield as_sharp_as(toned, plain), plain
    yield toned, as_sharp_as(plain, toned)


def _samples(picture: Picture, inside: npt.NDArray[np.bool_]) -> Picture:
    """Colours at the same places of either picture; an odd step, so that no column of an even width is asked alone."""
    smooth = cv2.GaussianBlur(picture, (0, 0), SMOOTHING_SIGMA).reshape(-1, 3)
    places = np.flatnonzero(inside)
    return np.asarray(smooth[places[:: max(1, len(places) // SAMPLES) | 1]], np.uint8)


def _at_side(one: Values, other: Values, inside: npt.NDArray[np.bool_]) -> tuple[Values, Values, npt.NDArray[np.bool_]]:
    rows, columns = inside.shape
    longest = max(rows, columns)
    if longest <= SIDE:
        a, b = (np.asarray(cv2.GaussianBlur(p, (0, 0), SMALL_SIGMA), np.float32) for p in (one, other))
        return a, b, inside
    size = (max(1, round(columns * SIDE / longest)), max(1, round(rows * SIDE / longest)))
    a, b, within = (_averaged(plane, size) for plane in (one, other, inside.astype(np.float32)))
    return a, b, within > 0.99


def _averaged(plane: Values, size: tuple[int, int]) -> Values:
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)
