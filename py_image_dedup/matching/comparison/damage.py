"""Is one of two pictures of the same content damaged: grey, shifted or miscoloured blocks of a broken file?

A broken JPEG is right up to the place where its data broke; from there on blocks are flat, displaced or of another
brightness or colour, for a stretch or to the end. So most cells agree once a change of tone is taken out, some differ
strongly and lie together, and the damaged picture has steps around them that the intact one lacks. Coarse saving,
blurring and sharpening change cells too: what the tones or the sharpness of either picture explain is no damage.
Steps that only one of the pictures has (`damage_steps`) are damage under every tone, and so are like colours that
change in another way from one place of the scan on (`damage_breaks`) and cells whose structure differs by far more than
that of like ones (`damage_outliers`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from py_image_dedup.matching.comparison.colour_map import fitted_colours, mapped_colours
from py_image_dedup.matching.comparison.damage_breaks import changed_from
from py_image_dedup.matching.comparison.damage_outliers import times_usual
from py_image_dedup.matching.comparison.damage_steps import stepped, stepped_from, stepped_in_one
from py_image_dedup.matching.comparison.sharpness import as_sharp_as
from py_image_dedup.matching.geometry.alignment import Picture, on_one_grid

Values = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

LONGEST_SIDE = 1024
CELL = 8  # pixels: the block of JPEG
FEWEST_CELLS = 6  # a side
# Beside a copy that is smaller by this factor, a block of the finer picture covers a part of a cell only: both are
# enlarged, as far as they stay below LONGEST_SIDE.
MUCH_FINER, ENLARGED = 1.5, 2
BY_ENLARGING = np.float32(1.3)  # cells may differ by so much more, as they are parts of the blocks of a JPEG
YCBCR = np.array([[0.299, 0.587, 0.114], [-0.169, -0.331, 0.5], [0.5, -0.419, -0.081]], np.float32)
SMOOTHING_SIGMA = 1.0  # before colours are sampled
SAMPLES = 3000
FITS = 6  # of the colours: a third of the picture may be broken

# A cell differs where it passes LEAST + SLOPE * (the 80th percentile of its pair), at most MOST. In levels of luma,
# chroma and structure. A JPEG of quality 8 is off by 14, 20 and 40 in its worst cells, a broken block by more.
LEAST, MOST, SLOPE, TYPICAL = np.array([4, 5, 6], np.float32), np.array([12, 14, 40], np.float32), 8.0, 0.8
# But in any picture a JPEG may be off in chroma, which it keeps in blocks of 16 x 16 pixels, by half a step of the mean
# and of two waves: 4.5 levels times the factor of its tables, which is 50 / quality below 50 (ITU T.81, K.1; IJG).
CHROMA_STEPS, CHROMA, STRUCTURE = 4.5, 1, 2
TONED = 2.5  # median change (levels) from which the pair is toned: what the map leaves of tones may then be as much as
TONED_LEAST = np.array([24, 28], np.float32)  # this
# Where one filter for the whole explains most of the difference, cells may differ more, by as much as it explains, at
MOST_TOLERANT = 2.0  # most: the worst cells of blurred and sharpened copies pass the limits by 1.3 to 1.8
CLEARLY = 20  # levels
# Structure differs from that of like cells where it is this many times the usual one and OUT_OF_LINE_ALLOWANCE levels
# more, divided by the quality. Of 1,610 clean copies of 22 kinds four do; broken textures do by up to 2.5 times.
OUT_OF_LINE, OUT_OF_LINE_BY_QUALITY, OUT_OF_LINE_ALLOWANCE = 0.78, 8.0, 6.0
# Detail of luma and of both chromas is out of line where it is so many times the usual one and an allowance (levels).
# Of 330 clean copies, half as large and less, four have more of luma, two others more than 0.8 of it.
DETAIL = ((6.0, 2.0), (4.0, 2.5), (4.0, 3.4))
# Of 1,150 clean copies none has more than 2 in 100 cells that are textured (levels of luma) and spared.
SPARED, TEXTURE = 0.05, 3.0
CELLS_TOGETHER, STRONG_CELL = 2, 1.25
# The damaged picture's steps around the place are larger by this factor.
SIDE_RATIO = 2.0
FLAT_SPREAD, FLAT_SHARE = 1.0, 0.5  # levels of luma; share of the place


class Damaged(Enum):
    """Which of two pictures is damaged."""

    NONE = "none"
    LEFT = "left"
    RIGHT = "right"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Damage:
    """What two pictures say about each other. `share` is the part of the area that differs, 0..1."""

    side: Damaged
    share: float = 0.0
    words: str = ""  # "damaged: 12 % of the picture, flat blocks"


class _Cells(NamedTuple):
    """One picture, or a map of it, in cells."""

    colour: Values  # mean Y, Cb, Cr
    spread: Values  # standard deviation of Y


class _Way(NamedTuple):
    """One picture made like the other, the other, and how much more than usual a cell may differ."""

    predicted: Values
    found: Values
    tolerance: float = 1.0
    is_toned: bool = False  # the tones had to be followed


def damage(
    left: Picture, right: Picture, *, left_complains: bool = False, right_complains: bool = False, quality: int = 100
) -> Damage:
    """Compare two upright RGB pictures of one content, of any sizes; the finer one is averaged down.

    A decoder that complained about one of them knows the side; the steps around the place often cannot tell it.
    `quality` is that of the coarser JPEG.
    """
    a, b = on_one_grid(_bounded(left), _bounded(right))
    enlarged = _is_much_finer(left, right) and ENLARGED * max(a.shape) <= LONGEST_SIDE
    if min(a.shape[:2]) * (ENLARGED if enlarged else 1) < FEWEST_CELLS * CELL:
        return Damage(Damaged.NONE)
    if enlarged:
        a, b = _enlarged(a), _enlarged(b)
        finer, other = (left, b) if left.size > right.size else (right, a)
        unconfirmed = _unconfirmed(_whole_cells(_resized(finer, b.shape)), _whole_cells(other))
    a, b = _whole_cells(a), _whole_cells(b)
    place = _place(a, b, quality, enlarged=enlarged)
    if enlarged:
        place |= unconfirmed
    if left.shape == right.shape:
        place |= _patched(a, b)
    cells_a, cells_b = _cells(a.astype(np.float32)), _cells(b.astype(np.float32))
    place |= stepped_in_one(cells_a.colour, cells_b.colour, quality) | changed_from(a, b)
    if not place.any():
        return Damage(Damaged.NONE)
    found = _told(place, cells_a, cells_b)
    if left_complains is right_complains:
        return found
    return replace(found, side=Damaged.LEFT if left_complains else Damaged.RIGHT)


def _bounded(picture: Picture) -> Picture:
    shrink = LONGEST_SIDE / max(picture.shape[:2])
    if shrink >= 1:
        return picture
    size = (round(picture.shape[1] * shrink), round(picture.shape[0] * shrink))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.uint8)


def _is_much_finer(left: Picture, right: Picture) -> bool:
    return max(left.size, right.size) >= MUCH_FINER**2 * min(left.size, right.size)


def _enlarged(picture: Picture) -> Picture:
    size = (picture.shape[1] * ENLARGED, picture.shape[0] * ENLARGED)
    return cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC).astype(np.uint8)


def _resized(picture: Picture, shape: tuple[int, ...]) -> Picture:
    return cv2.resize(picture, (shape[1], shape[0]), interpolation=cv2.INTER_AREA).astype(np.uint8)


def _whole_cells(picture: Picture) -> Picture:
    rows, columns = picture.shape[0] // CELL, picture.shape[1] // CELL
    return picture[: rows * CELL, : columns * CELL]


def _means(plane: Values) -> Values:
    size = (plane.shape[1] // CELL, plane.shape[0] // CELL)
    return cv2.resize(plane, size, interpolation=cv2.INTER_AREA).astype(np.float32)


def _cells(picture: Values) -> _Cells:
    planes = cv2.transform(picture, YCBCR).astype(np.float32)
    colour = _means(planes)
    return _Cells(colour, np.sqrt(np.maximum(_means(planes[..., 0] ** 2) - colour[..., 0] ** 2, 0)))


def _place(a: Picture, b: Picture, quality: int, *, enlarged: bool) -> Mask:
    """Cells that differ under the explanation that leaves the fewest: none where one explains the whole picture."""
    bounds, places = _bounds(quality, enlarged=enlarged), []
    for way in _explained(a, b):
        expected, found = _cells(way.predicted), _cells(way.found)
        measured = _measured(way, expected, found)
        differing = _together(_differences(way, measured, bounds) / way.tolerance)
        alone = _out_of_line(measured, expected, found, quality) / way.tolerance >= 1
        steps = stepped(expected.colour, found.colour, quality, is_within_blocks=enlarged)
        places.append(differing | alone | steps | stepped_from(expected.colour, found.colour, quality))
        if not places[-1].any():
            break
    return min(places, key=lambda place: int(place.sum()))


def _unconfirmed(detailed: Picture, enlarged: Picture) -> Mask:
    """Cells of the finer picture whose detail is out of line with what the other one, enlarged, shows there.

    Detail that a smaller copy cannot hold is found where that has texture; what a broken block holds is found anywhere.
    """
    is_toned = _change(enlarged, detailed) > TONED
    plain = _toned(enlarged, detailed) if is_toned else enlarged.astype(np.float32)
    places = []
    for expected in (plain, as_sharp_as(plain, detailed.astype(np.float32))):
        rest = cv2.transform(detailed - expected, YCBCR).astype(np.float32)
        detail = np.sqrt(np.maximum(_means(rest**2) - _means(rest) ** 2, 0))
        texture = _cells(expected).spread
        times = [times_usual(detail[..., n], texture, allowance) / most for n, (allowance, most) in enumerate(DETAIL)]
        places.append(np.stack(times).max(axis=0) >= 1)
    return min(places, key=lambda place: int(place.sum()))


def _patched(a: Picture, b: Picture) -> Mask:
    """Cells that differ where others are the same in every pixel: no saving, scaling or toning spares a texture."""
    way = _Way(a.astype(np.float32), b.astype(np.float32))
    expected, found = _cells(way.predicted), _cells(way.found)
    is_spared = _means(np.abs(way.predicted - way.found).max(axis=2)) == 0
    differs = (_measured(way, expected, found) >= LEAST).any(axis=2)
    spared = float((is_spared & (expected.spread >= TEXTURE)).mean())
    return np.asarray(differs & (spared >= SPARED))


def _explained(a: Picture, b: Picture) -> Iterator[_Way]:
    """One picture made like the other, and the other.

    As it is: a map of colours strays where a coarse JPEG has taken the colours from most of the picture. Then by its
    tones, then by its tones and the sharpness of either.
    """
    yield _Way(a.astype(np.float32), b.astype(np.float32))
    is_toned = _change(a, b) > TONED
    ways = [
        _Way(_toned(source, target), target.astype(np.float32), is_toned=is_toned)
        for source, target in ((a, b), (b, a))
    ]
    ways.sort(key=lambda way: float(np.abs(_means(way.predicted) - _means(way.found)).mean()))
    yield ways[0]
    left_over = min(_left_over(way) for way in ways)
    for way in ways:
        for equal in (
            way._replace(predicted=as_sharp_as(way.predicted, way.found)),
            way._replace(found=as_sharp_as(way.found, way.predicted)),
        ):
            gain = left_over / max(_left_over(equal), 0.1)
            yield equal._replace(tolerance=min(max(gain, 1.0), MOST_TOLERANT))


def _left_over(way: _Way) -> float:
    """Mean difference of luma (levels); what differs strongly has no more say than what differs clearly."""
    luma = cv2.transform(way.predicted - way.found, YCBCR)[..., 0]
    return float(np.minimum(np.abs(luma), CLEARLY).mean())


def _toned(source: Picture, target: Picture) -> Values:
    return mapped_colours(source, fitted_colours(_samples(source), _samples(target), FITS))


def _samples(picture: Picture) -> Picture:
    colours = cv2.GaussianBlur(picture, (0, 0), SMOOTHING_SIGMA).reshape(-1, 3)
    return np.asarray(colours[:: max(1, len(colours) // SAMPLES) | 1], np.uint8)


def _bounds(quality: int, *, enlarged: bool) -> tuple[Values, Values]:
    """Between which limits a cell may differ in any pair whose coarser JPEG has this quality."""
    least, most = LEAST.copy(), MOST * (BY_ENLARGING if enlarged else np.float32(1))
    by_saving = CHROMA_STEPS * 50 / max(quality, 1)
    least[CHROMA], most[CHROMA] = max(least[CHROMA], by_saving), max(most[CHROMA], by_saving)
    return least, most


def _measured(way: _Way, expected: _Cells, found: _Cells) -> Values:
    """How far each cell is from what is expected of it: luma, chroma and structure, in levels."""
    luma_p, luma_f = (cv2.transform(p, YCBCR)[..., 0].astype(np.float32) for p in (way.predicted, way.found))
    shared = _means(luma_p * luma_f) - expected.colour[..., 0] * found.colour[..., 0]
    correlation = np.clip(shared / np.maximum(expected.spread * found.spread, 1), 0, 1)
    off = np.abs(expected.colour - found.colour)
    structure = np.maximum(expected.spread, found.spread) * (1 - correlation)
    return np.stack([off[..., 0], off[..., 1:].max(axis=2), structure], axis=-1)


def _differences(way: _Way, measured: Values, bounds: tuple[Values, Values]) -> Values:
    """How much further each cell is off than it may be in this pair: 1 and more differs."""
    limits = np.clip(LEAST + SLOPE * np.quantile(measured, TYPICAL, axis=(0, 1)), *bounds)
    if way.is_toned:
        limits[:2] = TONED_LEAST
    return np.asarray((measured / limits).max(axis=2), np.float32)


def _out_of_line(measured: Values, expected: _Cells, found: _Cells, quality: int) -> Values:
    """How much further the structure of each cell is off than that of like ones may be: 1 and more differs."""
    times = times_usual(measured[..., STRUCTURE], np.minimum(expected.spread, found.spread), OUT_OF_LINE_ALLOWANCE)
    return times / np.float32(OUT_OF_LINE + OUT_OF_LINE_BY_QUALITY / max(quality, 1))


def _change(a: Picture, b: Picture) -> float:
    return float(np.median(np.abs(_means(a.astype(np.float32)) - _means(b.astype(np.float32))).mean(axis=2)))


def _together(differences: Values) -> Mask:
    """Cells that differ and have company, or differ very much."""
    count, labels, figures, _ = cv2.connectedComponentsWithStats((differences >= 1).astype(np.uint8), connectivity=8)
    large = [n for n in range(1, count) if figures[n, cv2.CC_STAT_AREA] >= CELLS_TOGETHER]
    return np.isin(labels, large) | (differences >= STRONG_CELL)


def _told(place: Mask, a: _Cells, b: _Cells) -> Damage:
    share, side = float(place.mean()), _side(_step(place, a.colour), _step(place, b.colour))
    worse = {Damaged.LEFT: a, Damaged.RIGHT: b}.get(side)
    is_flat = worse is not None and float((worse.spread < FLAT_SPREAD)[place].mean()) > FLAT_SHARE
    what = "flat blocks" if is_flat else "shifted or miscoloured blocks"
    return Damage(side, share, f"damaged: {100 * max(share, 0.01):.0f} % of the picture, {what}")


def _side(step_a: float, step_b: float) -> Damaged:
    if step_a > SIDE_RATIO * step_b:
        return Damaged.LEFT
    return Damaged.RIGHT if step_b > SIDE_RATIO * step_a else Damaged.UNSURE


def _step(place: Mask, colour: Values) -> float:
    """Mean change of colour (levels) from the cells of the place to their neighbours outside."""
    steps = [
        np.abs(np.diff(colour, axis=axis)).sum(axis=2)[np.diff(place.astype(np.int8), axis=axis) != 0]
        for axis in (0, 1)
    ]
    every = np.concatenate(steps)
    return float(every.mean()) if every.size else 0.0
