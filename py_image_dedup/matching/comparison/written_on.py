"""Upright boxes of one colour with words on them, laid over a picture: told by their rims, whatever stands between.

Above or below its words such a box has rows of nothing but its ground. From such a strip it reaches as far up and down
as one of its ends has that colour.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from py_image_dedup.matching.geometry.alignment import Picture

Mask = npt.NDArray[np.bool_]
Colour = npt.NDArray[np.float32]
Plane = npt.NDArray[np.uint8]
Choice = Callable[[Plane, Plane], npt.NDArray[np.generic]]

LONG = 0.25  # of the side: the shortest box
STRIP = 2  # pixels: rows without letters
RUN_LEVELS, STEP_LEVELS = 24, 14  # range of a channel along a strip and across it: letters ring in a JPEG
GAP = 9  # pixels of a strip that a letter may have spoilt
OWN_LEVELS = 20  # of a channel, about the colour of a box
LEAST_HEIGHT, MOST_HEIGHT = 9, 0.25  # pixels; share of the side
RIM_SHARE, GROUND_SHARE = 0.9, 0.4  # of ground in the rows at the rims, and in the box
END, END_SHARE = 6, 0.6  # pixels at either end of a row; share of ground in them
DIFFERS_SHARE = 0.6  # of the ground: the other picture shows something else there
STRIP_DIFFERS = 0.2  # of a strip: more is not worth its time
FREE_SHARE = 0.3  # of the ground: it does not only differ because the other picture has a box there
MOST_STRIPS, SAMPLES = 40, 500


class Box(NamedTuple):
    """Columns left to right - 1, rows top to bottom - 1, and the colour of the ground."""

    left: int
    top: int
    right: int
    bottom: int
    colour: Colour


def boxes_written_on(drawn: Picture, inside: Mask, differs: Mask) -> list[Box]:
    """The boxes of one picture where it differs from another, laid on it."""
    lying = list(_lying(drawn, inside, differs))
    turned = _lying(np.ascontiguousarray(drawn.swapaxes(0, 1)), inside.T.copy(), differs.T)
    return lying + [Box(box.top, box.left, box.bottom, box.right, box.colour) for box in turned]


def _lying(drawn: Picture, inside: Mask, differs: Mask) -> Iterator[Box]:
    """Boxes that are longer than high."""
    for strip in _strips(drawn, inside):
        place = differs[strip.top : strip.bottom, strip.left : strip.right]
        box = _around(strip, drawn) if place.mean() >= STRIP_DIFFERS else None
        if box is not None and is_written(box, drawn, differs):
            yield box


def _strips(drawn: Picture, inside: Mask) -> list[Box]:
    """Places whose rows have one colour over a long way, the largest first."""
    window = STRIP, round(LONG * drawn.shape[1])
    apart = cv2.subtract(_over(drawn, window, cv2.max), _over(drawn, window, cv2.min))
    seen = _over(inside.astype(np.uint8), window, cv2.min)
    seen[_widest(np.asarray(apart, np.uint8)) > RUN_LEVELS] = 0
    rows, columns = (side - 1 for side in window)
    framed = cv2.copyMakeBorder(seen, rows, rows, columns, columns, cv2.BORDER_CONSTANT, value=(0,))
    whole = _over(np.asarray(framed, np.uint8), window, cv2.max)
    step = _widest(np.asarray(cv2.absdiff(drawn[1:], drawn[:-1]), np.uint8))
    whole[1:][step > STEP_LEVELS] = 0  # a white box before a light sky
    closed = cv2.morphologyEx(whole, cv2.MORPH_CLOSE, np.ones((1, GAP), np.uint8))
    count, labels, figures, _ = cv2.connectedComponentsWithStats(closed, connectivity=4)
    largest = np.argsort(-figures[1:count, cv2.CC_STAT_AREA], kind="stable")[:MOST_STRIPS] + 1
    return [_strip(drawn, np.asarray(labels), number, figures[number].tolist()) for number in largest.tolist()]


def _over(plane: Plane, window: tuple[int, int], choose: Choice) -> Plane:
    """The extreme of each window (rows, columns) that lies inside, at its first pixel; by doubling its sides."""
    for axis, wanted in enumerate(window):
        side = 1
        while side < wanted:
            step = min(side, wanted - side)
            ends = (plane[:-step], plane[step:]) if axis == 0 else (plane[:, :-step], plane[:, step:])
            plane = np.asarray(choose(*ends), np.uint8)
            side += step
    return plane


def _strip(drawn: Picture, labels: npt.NDArray[np.generic], number: int, figures: list[int]) -> Box:
    x, y, width, height, _ = figures
    within = (slice(y, y + height), slice(x, x + width))
    places = drawn[within][labels[within] == number]
    colour = np.median(places[:: max(1, len(places) // SAMPLES)], axis=0).astype(np.float32)
    return Box(x, y, x + width, y + height, colour)


def _around(strip: Box, drawn: Picture) -> Box | None:
    """The box that a strip is part of: as far up and down as one of its ends has its colour: letters end before."""
    own = of_colour(drawn[:, strip.left : strip.right], strip.colour)
    ends = np.maximum(own[:, :END].mean(axis=1), own[:, -END:].mean(axis=1)) >= END_SHARE
    middle = (strip.top + strip.bottom) // 2
    if not ends[middle]:
        return None
    top = middle - int(np.argmin(np.append(ends[:middle][::-1], False)))
    bottom = middle + int(np.argmin(np.append(ends[middle:], False)))
    rims = np.flatnonzero(own[top:bottom].mean(axis=1) >= RIM_SHARE)
    if not len(rims):
        return None
    return Box(strip.left, top + int(rims[0]), strip.right, top + int(rims[-1]) + 1, strip.colour)


def is_written(box: Box, drawn: Picture, differs: Mask, free: Mask | None = None) -> bool:
    """Whether its ground is that of a box, and differs from the other picture; asked where that is `free` of boxes."""
    if not LEAST_HEIGHT <= box.bottom - box.top <= MOST_HEIGHT * drawn.shape[0]:
        return False
    place = (slice(box.top, box.bottom), slice(box.left, box.right))
    own = of_colour(drawn[place], box.colour)
    asked = own if free is None else own & free[place]
    if own.mean() < GROUND_SHARE or asked.sum() < FREE_SHARE * own.sum():
        return False
    return bool(differs[place][asked].mean() >= DIFFERS_SHARE)


def of_colour(picture: Picture, colour: Colour) -> Mask:
    """Pixels that have a colour, nearly."""
    low, high = (np.clip(colour + levels, 0, 255).tolist() for levels in (-OWN_LEVELS, OWN_LEVELS))
    return np.asarray(cv2.inRange(picture, (*low,), (*high,)) > 0)


def _widest(channels: Picture) -> Plane:
    """The largest of three channels: numpy takes ten times as long along so short an axis."""
    first, second, third = cv2.split(channels)
    return np.asarray(cv2.max(cv2.max(first, second), third), np.uint8)
