"""How much of a picture another shows, also where both lie almost exactly on each other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from py_image_dedup.matching.geometry.overlap import coverage

STEP = st.one_of(st.just(0.0), st.floats(-1e-3, 1e-3), st.floats(-1e-6, 1e-6))


@pytest.mark.parametrize(
    ("transform", "of_left", "of_right"),
    [
        ([[1, 0, 0], [0, 1, 0]], 1, 1),
        ([[1, 0, 0.5], [0, 1, 0]], 0.5, 0.5),
        ([[0.5, 0, 0.25], [0, 0.5, 0.25]], 0.25, 1),
        ([[2, 0, -0.5], [0, 2, -0.5]], 1, 0.25),
        ([[-1, 0, 1], [0, 1, 0]], 1, 1),
        ([[1, -1, 0.5], [1, 1, -0.5]], 1, 0.5),
        ([[0.5, -0.5, 0.5], [0.5, 0.5, 0]], 0.5, 1),
        ([[1, 0, 1.5], [0, 1, 0]], 0, 0),
        ([[0, 0, 0.5], [0, 0, 0.5]], 0, 0),
    ],
)
def test_shares_are_those_of_the_areas(transform: list[list[float]], of_left: float, of_right: float) -> None:
    assert coverage(np.array(transform, float)) == pytest.approx((of_left, of_right))


@given(st.tuples(STEP, STEP, STEP, STEP, STEP, STEP))
def test_a_small_step_uncovers_little(steps: tuple[float, ...]) -> None:
    moved = np.eye(2, 3) + np.array(steps).reshape(2, 3)

    of_left, of_right = coverage(moved)

    assert of_left == pytest.approx(1, abs=0.008)
    assert of_right == pytest.approx(1, abs=0.008)


def test_a_step_too_small_to_see_uncovers_nothing() -> None:
    moved = np.array([[1.0, 0, 0], [-6.05571361e-07, 1.0, 2.94304480e-07]])

    assert coverage(moved) == pytest.approx((1, 1), abs=1e-5)
