"""A map of colours follows tones as they are, also where many of them clip."""

import numpy as np
import pytest

from py_image_dedup.matching.comparison.colour_map import fitted_colours, mapped_colours

RNG = np.random.default_rng(1)
GREYS = np.repeat(RNG.integers(0, 256, (4000, 1)), 3, axis=1) + RNG.integers(-8, 9, (4000, 3))
SOURCE = np.clip(GREYS, 0, 255).astype(np.uint8)


def off(target: np.ndarray) -> np.ndarray:
    """How far the fitted map is from the target (levels), by sample and channel."""
    found = mapped_colours(SOURCE[None], fitted_colours(SOURCE, target))[0]
    return np.abs(found - target.astype(np.float32))


@pytest.mark.parametrize("times", [1.35, 1.6, 2.0])
def test_brightening_is_followed_up_to_where_it_clips(times: float) -> None:
    noise = RNG.normal(0, 4, SOURCE.shape)  # so that of the levels that clip some samples do not
    target = np.clip(SOURCE * times + noise, 0, 255).astype(np.uint8)

    assert np.quantile(off(target), 0.99) < 16  # four times the noise
    assert off(target).mean() < 4


@pytest.mark.parametrize("times", [1.35, 1.6])
def test_brightening_is_followed_beside_a_sky_that_was_white_already(times: float) -> None:
    """White stays white under a straight map that clips and under a bent one; the tones below tell which it is.

    Pixels are averages of two that clip apart, as at the edges of leaves before a sky: just below white the averages
    are darker than the straight map says.
    """
    dark, sky, rest = RNG.gamma(2.5, 28, 9000), RNG.integers(246, 256, 3000), RNG.integers(150, 246, 1200)
    level = np.clip(np.concatenate([dark, sky, rest]), 0, 255)[:, None] + RNG.normal(0, 3, (13200, 3))
    apart = RNG.normal(0, 30, (13200, 1))
    halves = [np.clip(level + apart, 0, 255), np.clip(level - apart, 0, 255)]
    source = ((halves[0] + halves[1]) / 2).astype(np.uint8)
    target = ((np.clip(halves[0] * times, 0, 255) + np.clip(halves[1] * times, 0, 255)) / 2).astype(np.uint8)

    found = mapped_colours(source[None], fitted_colours(source, target))[0]

    edge = (source > 190 / times) & (source < 245 / times)
    assert np.abs(found - source * times)[edge].mean() < 5


def test_more_contrast_is_followed_where_both_ends_clip() -> None:
    target = np.clip((SOURCE.astype(float) - 128) * 1.8 + 128 + RNG.normal(0, 3, SOURCE.shape), 0, 255).astype(np.uint8)

    assert off(target).mean() < 4


def test_a_picture_that_clips_nearly_everywhere_still_gets_a_map() -> None:
    target = np.clip(SOURCE.astype(float) * 12, 0, 255).astype(np.uint8)

    assert np.isfinite(fitted_colours(SOURCE, target)).all()
    assert off(target).mean() < 24
