import numpy as np
import pytest

from py_image_dedup.matching.evidence.similarity import similarity
from tests.support.drawn import drawn_pixels


def test_a_picture_with_itself_has_grade_1_and_one_level_less_has_not() -> None:
    picture = drawn_pixels()
    other = picture.copy()
    other[5, 5] = np.where(other[5, 5] > 200, other[5, 5] - 3, other[5, 5] + 3)

    assert similarity(picture, picture).grade == 1
    assert 0.999 < (similarity(picture, other).grade or 0) < 1


def test_a_near_pair_and_an_unrelated_pair_lie_apart() -> None:
    picture, other = drawn_pixels(1), drawn_pixels(7)[:, ::-1]
    near = np.clip(picture.astype(int) + 6, 0, 255).astype(np.uint8)

    assert (similarity(picture, near).grade or 0) > 0.9
    assert (similarity(picture, other).grade or 0) < 0.25


def test_a_larger_picture_is_averaged_to_the_smaller() -> None:
    small = drawn_pixels(1, 150, 100)
    large = small.repeat(2, axis=0).repeat(2, axis=1)

    assert similarity(small, large).grade == 1
    assert similarity(large, small).grade == 1


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_pair_is_graded_as_aligned(orientation: int) -> None:
    from py_image_dedup.matching.orientation import applied, inverse

    picture = drawn_pixels()
    turned = np.ascontiguousarray(applied(picture, inverse(orientation)))

    assert similarity(picture, turned, orientation).grade == 1


def test_pictures_of_other_shapes_have_no_grade() -> None:
    found = similarity(drawn_pixels(1, 300, 200), drawn_pixels(1, 300, 230))

    assert found.grade is None
    assert found.reason == "their shapes differ"


@pytest.mark.parametrize("size", [(5, 5), (1, 3000), (3000, 1), (6, 40)])
def test_a_side_too_short_for_a_window_gives_1_or_0(size: tuple[int, int]) -> None:
    picture = np.random.default_rng(1).integers(0, 255, (*size, 3), np.uint8)

    assert similarity(picture, picture).grade == 1
    assert similarity(picture, 255 - picture).grade == 0


def test_the_opposite_of_a_picture_has_grade_0_not_less() -> None:
    picture = np.random.default_rng(1).integers(0, 255, (50, 50, 3), np.uint8)

    assert similarity(picture, 255 - picture).grade == 0
