"""What somebody drew over a picture: captions, logos, stickers, bars. Told from what moved between two photographs.

Something drawn has one flat colour over a compact place with a sharp edge, and only one of the two pictures has it:
what the other shows there goes on beyond the edge. What moved, was filled in or came into view is in both pictures, or
has the grain of a photograph.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from py_image_dedup.matching.comparison.colour_map import BRIGHTEST, DARKEST, fitted_colours, mapped_colours
from py_image_dedup.matching.comparison.edge_bars import bars_at_edges
from py_image_dedup.matching.comparison.written_on import Box, boxes_written_on, is_written
from py_image_dedup.matching.geometry.alignment import Aligned, Picture

Mask = npt.NDArray[np.bool_]
Colour = npt.NDArray[np.float32]
_Both = tuple[tuple[Mask, Picture], tuple[Mask, Picture]]

# Range of a channel within 3 x 3 pixels: a drawn colour saved at quality 90, and a caption beside a dark ground.
FLAT_LEVELS = (7, 2)
ONE_COLOUR = 2.5  # standard deviation of a channel: skies change from end to end, and have grain
LEAST_SHARE, MOST_SHARE = 0.0012, 0.40  # of the common part: one piece of a thing drawn, and all things
DIFFERS_LEVELS, DIFFERS_SHARE = 8, 0.6  # of a channel; of the pixels of a piece
SAME_LEVELS, GAP = 6.0, 12  # pieces of one colour, a line of letters apart (pixels), are one thing
GROWN = 2  # pixels from the flat part to the edge
EDGE_LEVELS, GOES_ON = 12.0, 0.75  # step of colour that the other picture may have at the edge; and its share of ours
SAMPLES, FITS = 2000, 6  # of the map of colours
RIM = 8  # pixels about a thing that are left out with it: smoothing, and the blocks of chroma
EDGE = 3  # pixels on either side of the edge
CLIPPED, CORNER_SHARE = 248, 0.5  # levels of two channels: a lamp has no grain either; of each corner
UNDER = 0.7  # of a thing
MUCH_LARGER, PARTLY_UNDER = 4, 0.3
# Pixels of the median that takes letters off; a box of them: its share of the side, and of the box around it.
LETTERS, LONG, UPRIGHT_BOX, SPECK = 9, 0.3, 0.92, 3
RIM_LEVELS = 20  # of a channel: letters ring in a JPEG
# A picture with less flat places is noisy: of 40 photographs with noise of 12 levels 38 have less, of plain ones 8, of
# finely structured things. Pixels of smoothing that make what is drawn flat again.
NOISY_SHARE, NOISE_SIGMA = 0.02, 1.2
LINE = 15  # pixels that a line of them is high
# What hides most of what a picture shows leaves a plain ground, and that proves no copy. Of 118 copies with something
# drawn over them (captions, logos, stickers, words) none hid more than 2.0 times as much of the structure as of the
# area; of bottles whose labels differ, told edited before, three hid 6.9 to 8.4 times as much, 0.26 of all and more.
# Range of a channel within 3 x 3 pixels; share of the structure; times the share of the area.
STRUCTURE_LEVELS, MUCH_STRUCTURE, TIMES_ITS_AREA = 12, 0.15, 4.0
WRITTEN_COLOUR = 8.0  # standard deviation of a channel: the colour of the letters runs into their ground


@dataclass(frozen=True, slots=True)
class LaidOver:
    """Where something is drawn over one of two aligned pictures."""

    mask: Mask  # rows, columns
    is_on_right: bool
    share: float  # of the common part


class _Piece(NamedTuple):
    left: int
    top: int
    right: int
    bottom: int
    colour: Colour
    outline: npt.NDArray[np.int32]  # corners of the convex hull


def laid_over(pair: Aligned) -> LaidOver | None:
    """What is drawn over one of the pictures; None where nothing is, too much is, or both have something.

    Too much is also what hides nearly all that the other picture shows: two products in one box before one wall.
    """
    rest, differing = pair.inside, _differing_both(pair, pair.inside)
    written = _written(pair, differing)
    if written[0] or written[1]:  # what they hide is not asked for once more: it would look drawn in the other picture
        rest = rest & ~_grown(_all_covered([*written[0], *written[1]], rest.shape), RIM)
        differing = _differing_both(pair, rest) if rest.any() else differing
    on_left, on_right = _drawn(pair.left, rest, *differing[0]), _drawn(pair.right, rest, *differing[1])
    # A white wall under a caption is flat too: what lies under a larger thing of the other picture is not drawn.
    told = [*_not_under(on_left, on_right), *written[0]], [*_not_under(on_right, on_left), *written[1]]
    if bool(told[0]) is bool(told[1]):
        return None
    mask = _all_covered([*told[0], *told[1]], pair.inside.shape)
    share = float((mask & pair.inside).sum()) / int(pair.inside.sum())
    is_on_right, hidden = bool(told[1]), _grown(mask, RIM)
    if share > MOST_SHARE or _hides_what_is_shown(pair.left if is_on_right else pair.right, hidden, pair.inside):
        return None
    return LaidOver(hidden, is_on_right, share)


def _hides_what_is_shown(other: Picture, hidden: Mask, inside: Mask) -> bool:
    """Whether much of what the other picture shows lies in the small part of it that is hidden."""
    structured = (_spread(other) > STRUCTURE_LEVELS) & inside
    of_structure = float((structured & hidden).sum()) / max(1, int(structured.sum()))
    of_area = float((hidden & inside).sum()) / int(inside.sum())
    return of_structure >= MUCH_STRUCTURE and of_structure >= TIMES_ITS_AREA * of_area


def laid_over_noise(pair: Aligned) -> LaidOver | None:
    """What is drawn over a picture that became noisy then: nothing is flat there until it is smoothed."""
    if min(_flat_share(picture, pair.inside) for picture in (pair.left, pair.right)) >= NOISY_SHARE:
        return None
    left, right = (cv2.GaussianBlur(picture, (0, 0), NOISE_SIGMA) for picture in (pair.left, pair.right))
    return laid_over(replace(pair, left=left.astype(np.uint8), right=right.astype(np.uint8)))


def _flat_share(picture: Picture, inside: Mask) -> float:
    return float((_spread(picture)[inside] <= FLAT_LEVELS[0]).mean())


def _written(pair: Aligned, differing: _Both) -> tuple[list[_Piece], list[_Piece]]:
    """Boxes of words and bars on left and on right; what only differs where the other has such a box is none."""
    pictures, differs = (pair.left, pair.right), [one for one, _ in differing]
    found = [boxes_written_on(picture, pair.inside, other) for picture, other in zip(pictures, differs, strict=True)]
    if found[0] and found[1]:
        covered = [_all_covered([_as_piece(box) for box in boxes], pair.inside.shape) for boxes in found]
        for side in (0, 1):
            free = ~_grown(covered[1 - side], RIM)
            found[side] = [box for box in found[side] if is_written(box, pictures[side], differs[side], free)]
    bars = [bars_at_edges(picture, toned, pair.inside) for picture, (_, toned) in zip(pictures, differing, strict=True)]
    if bool(bars[0]) is not bool(bars[1]):
        found = [[*boxes, *more] for boxes, more in zip(found, bars, strict=True)]
    return [_as_piece(box) for box in found[0]], [_as_piece(box) for box in found[1]]


def _as_piece(box: Box) -> _Piece:
    left, top, right, bottom, _ = box
    return _Piece(*box, np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.int32))


def _all_covered(things: list[_Piece], shape: tuple[int, ...]) -> Mask:
    mask = np.zeros(shape, np.bool_)
    for thing in things:
        mask |= _covered(thing, shape)
    return mask


def _differing_both(pair: Aligned, inside: Mask) -> _Both:
    """For left and for right: where it differs from the other under any tones, and the other in its tones."""
    return _differing(pair.left, pair.right, inside), _differing(pair.right, pair.left, inside)


def _differing(drawn: Picture, other: Picture, inside: Mask) -> tuple[Mask, Picture]:
    toned = _in_the_tones_of(drawn, other, inside)
    return _differs(drawn, other, other) & _differs(drawn, toned, other), toned


def _drawn(drawn: Picture, inside: Mask, differs: Mask, toned: Picture) -> list[_Piece]:
    """Give the things drawn over one picture; each is the hull of its pieces."""
    things: list[_Piece] = []
    if not inside.any() or float(differs[inside].mean()) < LEAST_SHARE:
        return things
    for thing in _merged(list(_pieces(drawn, inside, differs))):
        covered = _covered(thing, inside.shape)
        if _step(toned, covered, inside) < max(EDGE_LEVELS, GOES_ON * _step(drawn, covered, inside)):
            things.append(thing)
    return things


def _differs(drawn: Picture, toned: Picture, other: Picture) -> Mask:
    """Where the colours are apart; a clipped one may stand for any beyond it."""
    brighter, darker = cv2.subtract(drawn, toned), cv2.subtract(toned, drawn)  # 0 at least
    brighter[other >= BRIGHTEST] = 0
    darker[other <= DARKEST] = 0
    return np.asarray(_in_any_channel(cv2.max(brighter, darker).astype(np.uint8)) >= DIFFERS_LEVELS)


def _in_any_channel(picture: Picture) -> npt.NDArray[np.uint8]:
    """Give the largest of three channels: numpy takes ten times as long along so short an axis."""
    first, second, third = cv2.split(picture)
    return np.asarray(cv2.max(cv2.max(first, second), third), np.uint8)


def _in_the_tones_of(drawn: Picture, other: Picture, inside: Mask) -> Picture:
    """The other picture with its colours mapped: a brighter copy differs everywhere, a caption in one place."""
    places = np.flatnonzero(inside)
    chosen = places[:: max(1, len(places) // SAMPLES)]
    source, target = (cv2.blur(p, (3, 3)).reshape(-1, 3)[chosen].astype(np.uint8) for p in (other, drawn))
    return np.asarray(np.rint(mapped_colours(other, fitted_colours(source, target, FITS))), np.uint8)


def _not_under(things: list[_Piece], others: list[_Piece]) -> list[_Piece]:
    return [thing for thing in things if not any(_lies_under(thing, other) for other in others)]


def _lies_under(thing: _Piece, other: _Piece) -> bool:
    """Whether what is flat in one picture only looks drawn because the other has something drawn there."""
    least = UNDER if _area(other) < MUCH_LARGER * _area(thing) else PARTLY_UNDER
    return _area(other) > _area(thing) and _shared(thing, other) >= least * _area(thing)


def _area(piece: _Piece) -> int:
    return (piece.right - piece.left) * (piece.bottom - piece.top)


def _shared(one: _Piece, other: _Piece) -> int:
    width = min(one.right, other.right) - max(one.left, other.left)
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    return max(0, width) * max(0, height)


def _hull(places: npt.NDArray[np.int64] | npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Corners of the convex hull of places (x, y)."""
    return np.asarray(cv2.convexHull(places.astype(np.int32)).reshape(-1, 2), np.int32)


def _covered(piece: _Piece, shape: tuple[int, ...]) -> Mask:
    """The pixels of a thing: its flat part is seen up to a pixel or two from its edge."""
    filled = cv2.fillConvexPoly(np.zeros(shape, np.uint8), piece.outline, 1)
    return _grown(np.asarray(filled > 0), GROWN)


def _pieces(drawn: Picture, inside: Mask, differs: Mask) -> Iterator[_Piece]:
    """Places of one flat colour that the other picture does not have."""
    least = LEAST_SHARE * int(inside.sum())
    spread = _spread(drawn)
    for levels in FLAT_LEVELS:
        flat = np.asarray((spread <= levels) & inside, np.uint8)
        count, labels, figures, _ = cv2.connectedComponentsWithStats(flat, connectivity=4)
        for number in range(1, count):
            x, y, width, height, area = figures[number].tolist()
            if area < least:
                continue
            core = labels[y : y + height, x : x + width] == number
            unlike = float(differs[y : y + height, x : x + width][core].mean())
            if unlike < DIFFERS_SHARE:
                continue
            found = cv2.meanStdDev(drawn[y : y + height, x : x + width], mask=core.astype(np.uint8))
            mean, deviation = (numbers.ravel().astype(np.float32) for numbers in found)
            is_light = np.sort(mean)[1] >= CLIPPED and not _fills_corners(core)
            if float(deviation.max()) <= ONE_COLOUR and not is_light:
                yield _piece(core & differs[y : y + height, x : x + width], x, y, mean)


def _piece(core: Mask, x: int, y: int, colour: Colour) -> _Piece:
    """What of a flat place differs; the place begins at x and y."""
    places = np.argwhere(core)[:, ::-1] + (x, y)
    (left, top), (right, bottom) = places.min(axis=0).tolist(), (places.max(axis=0) + 1).tolist()
    return _Piece(left, top, right, bottom, colour, _hull(places))


def _fills_corners(core: Mask) -> bool:
    """Whether a place is a box: lamps and the sun have no corners."""
    rows, columns = (max(1, side // 6) for side in core.shape)
    corners = (core[:rows, :columns], core[:rows, -columns:], core[-rows:, :columns], core[-rows:, -columns:])
    return min(float(corner.mean()) for corner in corners) >= CORNER_SHARE


def _merged(pieces: list[_Piece]) -> list[_Piece]:
    """Pieces of one colour close to each other are one thing: letters cut a caption into parts."""
    merged: list[_Piece] = []
    for piece in pieces:
        near = [other for other in merged if _is_one_thing(piece, other)]
        merged = [other for other in merged if not _is_one_thing(piece, other)]
        every = [piece, *near]
        merged.append(
            _Piece(
                min(p.left for p in every),
                min(p.top for p in every),
                max(p.right for p in every),
                max(p.bottom for p in every),
                piece.colour,
                _hull(np.concatenate([p.outline for p in every])),
            )
        )
    return merged


def _is_one_thing(one: _Piece, other: _Piece) -> bool:
    apart = max(one.left - other.right, other.left - one.right, one.top - other.bottom, other.top - one.bottom)
    return apart <= GAP and float(np.abs(one.colour - other.colour).max()) <= SAME_LEVELS


def _spread(picture: Picture) -> npt.NDArray[np.uint8]:
    """How far the colours of a pixel and its neighbours are apart, in the channel where they are farthest."""
    square = np.ones((3, 3), np.uint8)
    return _in_any_channel(cv2.subtract(cv2.dilate(picture, square), cv2.erode(picture, square)).astype(np.uint8))


def _step(picture: Picture, covered: Mask, inside: Mask) -> float:
    """How far the colour steps from within the edge of a thing to beyond it, on average: texture cancels out."""
    grown, shrunk = _grown(covered, EDGE), ~_grown(~covered, EDGE)
    within, beyond = covered & ~shrunk & inside, grown & ~covered & inside
    if not within.any() or not beyond.any():
        return 0.0
    return float(np.abs(picture[within].mean(axis=0) - picture[beyond].mean(axis=0)).max())


def _grown(mask: Mask, pixels: int) -> Mask:
    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((2 * pixels + 1,) * 2, np.uint8)) > 0)
