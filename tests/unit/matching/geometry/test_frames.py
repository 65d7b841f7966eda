"""Maps between frames are told apart into quarter turns, mirrors and what remains."""

import numpy as np
import pytest

from py_image_dedup.matching.geometry.frames import after_orientation, nearest_orientation, turning
from py_image_dedup.matching.orientation import ORIENTATIONS, applied


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_turning_moves_places_as_turning_the_picture_does(orientation: int) -> None:
    picture = np.zeros((8, 8), np.uint8)
    picture[1, 5] = 1
    (row, column), *_ = np.argwhere(applied(picture, orientation)).tolist()

    moved = turning(orientation) @ [5.5 / 8, 1.5 / 8, 1]

    assert moved == pytest.approx([(column + 0.5) / 8, (row + 0.5) / 8])


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_a_turn_is_its_own_nearest_and_leaves_nothing(orientation: int) -> None:
    assert nearest_orientation(turning(orientation)) == orientation
    assert after_orientation(turning(orientation), orientation) == pytest.approx(np.eye(2, 3))


def test_a_crop_of_a_mirrored_picture_is_mirrored_and_cropped() -> None:
    crop = np.array([[0.5, 0, 0.25], [0, 0.5, 0.1]])
    both = np.vstack([crop, [0, 0, 1]]) @ np.vstack([turning(2), [0, 0, 1]])

    assert nearest_orientation(both[:2]) == 2
    assert after_orientation(both[:2], 2) == pytest.approx(crop)
