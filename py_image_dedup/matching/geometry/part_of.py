"""What the points of two pictures say before any pixel is read: whole on whole, or one a part of the other."""

from typing import Any

import numpy as np
import numpy.typing as npt

from py_image_dedup.matching.geometry.frames import nearest_orientation, turning
from py_image_dedup.matching.geometry.point_model import PointModel, point_model
from py_image_dedup.matching.geometry.points import points_of
from py_image_dedup.model.images import ImageFacts, ImageRecord

# Points that agree on one map: 5 do in 2 of 100 pairs of different photographs; of changed copies in all but crops to
# half and pictures scaled to an eighth.
LEAST_INLIERS = 5
# Corners that lie no farther from those of the other frame, in shares of its sides, may be the whole frame.
NEARLY_WHOLE = 0.06
# So many points place corners to half a hundredth: what is farther off is no whole frame.
MANY_INLIERS, SURELY_OFF = 25, 0.016

Affine = npt.NDArray[np.float64]


def shared_points(left: ImageRecord, right: ImageRecord) -> PointModel | None:
    """The map from right to left that enough of their points agree with."""
    model = point_model(points_of(left), points_of(right), right.facts.width / longest(right.facts))
    return model if model is not None and model.inliers >= LEAST_INLIERS else None


def longest(facts: ImageFacts) -> int:
    """The longest side in pixels: the unit of points."""
    return max(facts.width, facts.height)


def lies_whole(model: PointModel, left: ImageRecord, right: ImageRecord) -> bool:
    """Whether the whole frames may lie on each other, in some orientation."""
    return _off(model, left, right) <= NEARLY_WHOLE


def says_part(model: PointModel, left: ImageRecord, right: ImageRecord) -> bool:
    """Whether one is surely not the whole of the other."""
    return model.inliers >= MANY_INLIERS and _off(model, left, right) > SURELY_OFF


def in_unit_squares(affine: Affine, left: ImageFacts, right: ImageFacts) -> Affine:
    """A map in shares of the longest sides as one between unit squares."""
    to = np.array([longest(left) / left.width, longest(left) / left.height])
    source = np.diag([right.width / longest(right), right.height / longest(right), 1.0])
    return np.asarray(to[:, None] * affine @ source)


def _off(model: PointModel, left: ImageRecord, right: ImageRecord) -> float:
    """How far the corners of right come to lie from those of left, in shares of its sides."""
    units = in_unit_squares(model.affine, left.facts, right.facts)
    meant: npt.NDArray[Any] = turning(nearest_orientation(units))
    corners = np.array([[0, 0, 1], [1, 0, 1], [0, 1, 1], [1, 1, 1]], float)
    return float(np.abs(corners @ (units - meant).T).max())
