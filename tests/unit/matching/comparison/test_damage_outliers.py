"""A cell is held against cells of like texture: a difference that a lawn may have is too much for a sky."""

import numpy as np

from py_image_dedup.matching.comparison.damage_outliers import Values, times_usual


def sky_and_lawn() -> tuple[Values, Values]:
    """Differences and textures of 20 x 40 cells: a smooth upper half, a rough lower one that is off by much more."""
    texture = np.repeat(np.linspace(0, 40, 20, dtype=np.float32)[:, None], 40, axis=1)
    return texture / 4, texture


def test_the_same_difference_is_usual_in_a_lawn_and_many_times_the_usual_in_a_sky() -> None:
    differences, texture = sky_and_lawn()
    differences[2, 20] = differences[17, 20] = 9

    times = times_usual(differences, texture, 2.0)

    assert times[2, 20] > 2
    assert times[17, 20] < 1


def test_cells_of_one_texture_make_one_class() -> None:
    differences = np.ones((20, 40), np.float32)
    differences[5, 5] = 9

    times = times_usual(differences, np.full((20, 40), 7, np.float32), 2.0)

    assert times[5, 5] == 3
    assert times.max() == 3


def test_too_few_cells_of_a_texture_are_no_measure() -> None:
    differences, texture = np.full((2, 3), 9, np.float32), np.arange(6, dtype=np.float32).reshape(2, 3)

    assert not times_usual(differences, texture, 2.0).any()
