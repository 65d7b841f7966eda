"""Bars of one colour along a whole side of one picture, where another shows something of nearly that colour.

A dark caption on a dark ground differs by its letters only, as two pages of one form do. But a drawn bar has exactly
one colour from side to side, up to a straight edge; what a photograph shows there has grain and shading.
"""

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from py_image_dedup.matching.comparison.colour_map import BRIGHTEST, DARKEST
from py_image_dedup.matching.comparison.written_on import Box, Colour, Mask
from py_image_dedup.matching.geometry.alignment import Picture

RIM = 4  # pixels at the side, whose median is the colour of the bar
EXACT_LEVELS = 2  # of a channel: a JPEG of quality 90 keeps a flat place so
LEAST_HEIGHT, MOST_HEIGHT = 9, 0.25  # pixels; share of the side
# Share of pixels that have exactly that colour. Of 22 captions the bar had 0.73 and more, where letters are large on a
# narrow picture, else 0.83; a black cloth 0.44 in the other picture, and 0.56 in the row above the bar.
OWN, ROW, ABOVE, OTHER = 0.8, 0.65, 0.6, 0.55
FULL = 0.99  # of the box around what both show: else it has no straight sides

Shares = npt.NDArray[np.float64]


def bars_at_edges(drawn: Picture, other: Picture, inside: Mask) -> list[Box]:
    """Bars that `drawn` has at its sides and `other`, laid on it and in its tones, has not."""
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    if inside[top:bottom, left:right].mean() < FULL:
        return []
    pictures = drawn[top:bottom, left:right], other[top:bottom, left:right]
    return [
        Box(left + x, top + y, left + x + width, top + y + height, colour)
        for x, y, width, height, colour in _bars(*pictures)
    ]


def _bars(drawn: Picture, other: Picture) -> Iterator[tuple[int, int, int, int, Colour]]:
    """Left, top, width, height and colour of the bars at the four sides."""
    rows, columns = drawn.shape[:2]
    for is_upright in (False, True):
        pictures = [p.swapaxes(0, 1) if is_upright else p for p in (drawn, other)]
        for is_first in (False, True):
            a, b = (np.ascontiguousarray(p[::-1] if is_first else p) for p in pictures)
            colour = np.median(a[-RIM:].reshape(-1, 3), axis=0).astype(np.float32)
            height = _height(a, b, colour)
            start = 0 if is_first else len(a) - height
            if height and is_upright:
                yield start, 0, height, rows, colour
            elif height:
                yield 0, start, columns, height, colour


def _height(drawn: Picture, other: Picture, colour: Colour) -> int:
    """How high the bar at the bottom is; 0 where there is none."""
    if not DARKEST < float(np.median(colour)) < BRIGHTEST:
        return 0  # clipped: a photograph has such places too
    own = _shares(drawn, colour)
    height = int(np.argmin(np.append(own[::-1] >= ROW, False)))
    if not LEAST_HEIGHT <= height <= MOST_HEIGHT * len(own) or own[-height:].mean() < OWN:
        return 0
    is_bar = own[-height - 1] <= ABOVE and _shares(other, colour)[-height:].mean() <= OTHER
    return height if is_bar else 0


def _shares(picture: Picture, colour: Colour) -> Shares:
    """Of each row, the share of pixels that have exactly this colour."""
    low, high = (np.clip(colour + levels, 0, 255).tolist() for levels in (-EXACT_LEVELS, EXACT_LEVELS))
    return np.asarray(cv2.inRange(picture, (*low,), (*high,)).mean(axis=1) / 255, np.float64)
