"""Is one of two pictures an edited version of the other? They are laid on each other along a map, then compared.

The map comes from their points. What was drawn over one of them is left out before the rest is compared: the rest must
agree as closely as in a copy that was saved again, else the two are photographs of one thing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from py_image_dedup.matching.comparison.free_tones import freely_toned
from py_image_dedup.matching.comparison.laid_over import LaidOver, laid_over, laid_over_noise
from py_image_dedup.matching.comparison.photometric import (
    Residual,
    colours,
    foreign_cells,
    residual,
    second_largest,
    structure_kept,
)
from py_image_dedup.matching.comparison.relation import (
    CLOSE_BOXES,
    CLOSE_P20,
    CLOSE_P20_ALONE,
    CLOSE_P50,
    FOREIGN,
    KEPT_SHARE,
    SHIFT,
)
from py_image_dedup.matching.comparison.shading import without_shading
from py_image_dedup.matching.comparison.thumbnail import fine_correlation
from py_image_dedup.matching.comparison.verification import Verified, View
from py_image_dedup.matching.comparison.ways import has_much_over, ways, without_edge
from py_image_dedup.matching.geometry.alignment import Affine, Aligned, Picture, luma
from py_image_dedup.matching.geometry.bending import bent
from py_image_dedup.matching.geometry.beyond import around
from py_image_dedup.matching.geometry.frames import after_orientation, nearest_orientation
from py_image_dedup.matching.geometry.local_correlation import (
    SHORT_SIDE_BOXES,
    LocalCorrelation,
    box_side,
    boxes_inside,
    local_correlation,
)
from py_image_dedup.matching.geometry.overlap import coverage
from py_image_dedup.matching.geometry.point_model import PointModel
from py_image_dedup.matching.geometry.registration import registered
from py_image_dedup.model.matches import Evidence, Relation

# The highest 20th percentile among pairs of different photographs (3,000 at random with a map of 4 points and more, and
# views of one scene) was 0.67 with 4 boxes or more, with a median of 0.90; the lowest of 2,000 edited copies 0.8.
FEWEST_BOXES = 4
SCENE_P50, SCENE_BOXES, SCENE_INLIERS = 0.7, 12, 8
# Of the boxes that the overlap holds: the bars of one program say nothing of what its windows show.
LEAST_TEXTURED = 0.12
# On a grid so small few boxes have room, and a part of the next view agrees in them; in its fine structure 16 such
# parts came up to 0.89. Of 20 copies of copies as small the least was 0.92, but for a JPEG of quality 8 with 0.87.
SMALL_SIDE, SMALL_FINE = 80, 0.91
# Points that agree, and likeness along the affine map, from which it is asked whether one was seen at an angle.
BENT_INLIERS, BENT_P50 = 12, 0.5
# Once bent: of 48 copies seen at an angle the least was 0.993 and 0.72, of moments by hand the most 0.967 and 0.49.
BENT_P20, BENT_KEPT = 0.98, 0.6
# In any tones, where they leave so much less of what differs than a smooth map of tones; a moment by hand had 0.963.
TONED_LEFT_OVER, TONED_P20 = 0.85, 0.97
WAYS_WHEN_FAR = 2  # of laying them on each other: bars may hide that they agree, more is not worth its time
# Boxes along the short side where much is drawn over.
SMALL_BOXES = (14, 20)
# Singular values of the map: nobody crops to a fifteenth; stretching ends long before 1.7.
MOST_SCALE, MOST_STRETCH = 15.0, 1.7


@dataclass(frozen=True, slots=True)
class Laid:
    """Two pictures laid on each other, and what was measured."""

    pair: Aligned  # `inside` leaves out what is drawn over one of them
    over: LaidOver | None
    local: LocalCorrelation
    rest: Residual
    textured: float  # share of the boxes of the overlap that have texture
    is_grid_of_right: bool  # whether the grid is the frame of right, else it is that of left
    around: tuple[float, float] | None = None  # once bent: what of left, and of right, lies around the other

    @property
    def foreign(self) -> float:
        """How foreign the second most foreign cell is."""
        return second_largest(foreign_cells(self.rest))


def edited(left: View, right: View, model: PointModel, distance: float) -> Verified:
    """Compare two pictures along the map of their points; edited, look-alike, or not related."""
    if not _is_likely(model.affine):
        return Verified(None, Evidence("", distance), may_be_equal=False)
    found = laid(left.pixels, right.pixels, model)
    if found is None:
        return Verified(None, Evidence("", distance), may_be_equal=False)
    return Verified(relation_of(found, model.inliers), _evidence(found, left, right, distance), may_be_equal=False)


def laid(left: Picture, right: Picture, model: PointModel) -> Laid | None:
    """Lay right on left along the map, both in shares of their longest side; None where nothing can be told."""
    best: Laid | None = None
    for tried, pair in enumerate(ways(left, right, model.affine), 1):
        found = _measured(pair, is_grid_of_right=pair.right is right)
        if found is not None and (best is None or agrees(found)):
            best = found
        if best is not None and (agrees(best) or _is_far(best, tried, model.inliers)):
            break
    best = None if best is None else _under_noise(best)
    if best is None or agrees(best) or model.inliers < BENT_INLIERS or best.local.p50 < BENT_P50:
        return best
    if is_close(best.local):
        best = next((found for found in _in_any_tones(best) if agrees_bent(found, TONED_P20)), best)
    if agrees(best):
        return best
    return next((found for found in _bent(left, right, model.affine) if agrees_bent(found)), best)


def _is_far(best: Laid, tried: int, inliers: int) -> bool:
    """Whether another way of laying them on each other is not worth its time."""
    most = WAYS_WHEN_FAR if inliers >= BENT_INLIERS or has_much_over(best.over) else 1
    return not is_close(best.local) and tried >= most


def _bent(left: Picture, right: Picture, affine: Affine) -> Iterator[Laid]:
    """The pair with the picture that was seen at an angle bent back, as it is and in the same light."""
    pair = registered(left, right, affine)
    if pair is None:
        return
    is_grid_of_right = pair.right is right
    flat = bent(pair, is_grid_of_right=is_grid_of_right)
    if flat is None:
        return
    even = replace(flat.pair, inside=without_edge(flat.pair.inside))
    if not even.inside.any():
        return
    around_both = around(left, flat.of_right), around(right, flat.of_left)
    for one in (even, without_shading(even)):
        found = None if one is None else _measured(one, is_grid_of_right=is_grid_of_right)
        if found is not None:
            yield replace(found, around=around_both)


def _in_any_tones(found: Laid) -> Iterator[Laid]:
    """The pair measured again with one picture in any tones of the other: posterised, equalised."""
    pair = found.pair
    for toned in (
        replace(pair, left=freely_toned(pair.left, pair.right, pair.inside)),
        replace(pair, right=freely_toned(pair.right, pair.left, pair.inside)),
    ):
        measured = _measured(toned, is_grid_of_right=found.is_grid_of_right)
        if measured is not None and measured.rest.difference < TONED_LEFT_OVER * found.rest.difference:
            yield replace(measured, pair=replace(pair, inside=measured.pair.inside))


def _under_noise(found: Laid) -> Laid:
    """The same without what is drawn over a noisy picture, if that is all that differs."""
    over = laid_over_noise(found.pair) if is_close(found.local) and found.foreign >= FOREIGN else None
    again = None if over is None else _measured_without(found.pair, over, is_grid_of_right=found.is_grid_of_right)
    return found if again is None or not agrees(again) else again


def _measured(pair: Aligned, *, is_grid_of_right: bool) -> Laid | None:
    """Measure what is left once something drawn is left out."""
    return _measured_without(pair, laid_over(pair), is_grid_of_right=is_grid_of_right)


def _measured_without(pair: Aligned, over: LaidOver | None, *, is_grid_of_right: bool) -> Laid | None:
    compared = pair if over is None else replace(pair, inside=pair.inside & ~over.mask)
    if not compared.inside.any():
        return None
    boxes = SHORT_SIDE_BOXES
    if has_much_over(over):
        boxes = next((n for n in SMALL_BOXES if boxes_inside(compared.inside, n) >= CLOSE_BOXES), SMALL_BOXES[-1])
    local, rest = _correlated(compared, boxes), residual(compared)
    local = max(local, rest.local, key=lambda measured: (is_close(measured), measured.p50))
    rows, columns = compared.inside.shape
    held = int(compared.inside.sum()) / box_side(rows, columns, boxes) ** 2
    if boxes in SMALL_BOXES:  # lines of words leave room for few whole boxes
        held = boxes_inside(compared.inside, boxes)
    textured = local.boxes / max(1, held)
    return Laid(compared, over, local, rest, textured, is_grid_of_right)


def _correlated(pair: Aligned, boxes: int) -> LocalCorrelation:
    """Box by box; of small pictures the boxes begin where both begin to show something."""
    ours, theirs = luma(pair.left), luma(pair.right)
    local = local_correlation(ours, theirs, pair.inside, boxes)
    if local.boxes >= FEWEST_BOXES:
        return local
    common = _common(pair.inside)
    return local_correlation(ours[common], theirs[common], pair.inside[common], boxes)


def relation_of(found: Laid, inliers: int) -> Relation | None:
    """Name the relation: edited only where nothing speaks against it."""
    if agrees(found):
        return Relation.EDITED
    is_scene = found.local.p50 >= SCENE_P50 and found.local.boxes >= SCENE_BOXES and inliers >= SCENE_INLIERS
    return Relation.LOOK_ALIKE if is_scene or is_close(found.local) else None


def agrees(found: Laid) -> bool:
    """Whether what both show is the same but for what saving again does."""
    if not is_close(found.local) or found.textured < LEAST_TEXTURED:
        return False
    if min(found.pair.inside.shape) < SMALL_SIDE and fine_correlation(found.pair) < SMALL_FINE:
        return False
    return found.rest.shift <= SHIFT and structure_kept(found.rest) >= KEPT_SHARE and found.foreign < FOREIGN


def agrees_bent(found: Laid, least_p20: float = BENT_P20) -> bool:
    """Whether pictures that were bent onto each other agree: more closely, since a bend explains more."""
    return agrees(found) and found.local.p20 >= least_p20 and structure_kept(found.rest) >= BENT_KEPT


def is_close(local: LocalCorrelation) -> bool:
    """Whether the pictures agree box by box over what both show."""
    if local.p20 >= CLOSE_P20_ALONE and local.boxes >= FEWEST_BOXES:
        return True
    return local.p20 >= CLOSE_P20 and local.p50 >= CLOSE_P50 and local.boxes >= CLOSE_BOXES


def _is_likely(affine: Affine) -> bool:
    large, small = np.linalg.svd(affine[:, :2], compute_uv=False)
    return bool(small > 1 / MOST_SCALE and large < MOST_SCALE and large < MOST_STRETCH * small)


def _evidence(found: Laid, left: View, right: View, distance: float) -> Evidence:
    units = found.pair.unit_transform
    orientation = nearest_orientation(units)
    (of_left, of_right), common = coverage(units), _common(found.pair.inside)
    ours, theirs = colours(found.pair.left[common]), colours(found.pair.right[common])
    return Evidence(
        words="",
        distance=distance,
        correlation_p20=round(found.local.p20, 4),
        correlation_p50=round(found.local.p50, 4),
        difference=round(found.rest.difference, 2),
        orientation=orientation,
        scale=round(_scale(found.pair, left, right), 4),
        coverage_left=round(of_left, 4),
        coverage_right=round(of_right, 4),
        brightness=round(theirs.luma_mean - ours.luma_mean, 1),
        contrast=round(max(theirs.luma_spread, 1) / max(ours.luma_spread, 1), 3),
        colourfulness=round(max(theirs.chroma_spread, 1) / max(ours.chroma_spread, 1), 3),
        transform=tuple(round(float(n), 5) for n in after_orientation(units, orientation).ravel()),
        differs_at=_place(found),
        beyond_left=None if found.around is None else found.around[0],
        beyond_right=None if found.around is None else found.around[1],
    )


def _common(inside: npt.NDArray[np.bool_]) -> tuple[slice, slice]:
    """The box around what both show."""
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def _place(found: Laid) -> tuple[float, float, float, float] | None:
    """Give the box around what is drawn over one of them, in shares of left."""
    if found.over is None:
        return None
    rows, columns = _common(found.over.mask)
    height, width = found.over.mask.shape
    corners = np.array([[x, y, 1] for x in (columns.start, columns.stop) for y in (rows.start, rows.stop)], float)
    corners /= (width, height, 1)
    if found.is_grid_of_right:
        corners = corners @ found.pair.unit_transform.T
    (left, top), (right, bottom) = (np.clip(edge(corners[:, :2], axis=0), 0, 1) for edge in (np.min, np.max))
    return tuple(round(float(n), 3) for n in (left, top, right - left, bottom - top))  # type: ignore[return-value]


def _scale(pair: Aligned, left: View, right: View) -> float:
    """How large right shows the common part, beside left."""
    ours, theirs = left.facts.pixel_count, right.facts.pixel_count
    return float(np.sqrt(theirs / ours / max(abs(np.linalg.det(pair.unit_transform[:, :2])), 1e-9)))
