"""The grade against SSIM values of scikit-image 0.26.0 (`structural_similarity`, its defaults) of Pillow's luma."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from py_image_dedup.matching.evidence.similarity import luma, mean_ssim
from tests.support.drawn import Pixels, drawn_pixels

GOLDEN = json.loads((Path(__file__).parent / "similarity.json").read_text("ascii"))
PAIRS = 50


def pairs() -> Iterator[tuple[Pixels, Pixels]]:
    """Pictures of several sizes beside what became of them: noise, tone, shifts, a mixture, another picture."""
    for seed in range(PAIRS):
        width, height = 40 + 37 * (seed % 9), 31 + 23 * (seed % 7)
        left = drawn_pixels(seed, width, height)
        yield left, _changed(left, seed)


def _changed(left: Pixels, seed: int) -> Pixels:
    random = np.random.default_rng(1000 + seed)
    other = drawn_pixels(500 + seed, left.shape[1], left.shape[0]).astype(float)
    strength = (seed // 5 + 1) / 10
    made: tuple[npt.NDArray[np.float64], ...] = (
        left + random.normal(0, 40 * strength, left.shape),
        left * (1 - 0.6 * strength) + 30 * strength,
        np.roll(left, seed // 5 + 1, axis=1).astype(float),
        left * (1 - strength) + other * strength,
        255.0 - left if seed % 2 else other,
    )
    return np.clip(np.rint(made[seed % 5]), 0, 255).astype(np.uint8)


@pytest.mark.parametrize(("pair", "expected"), list(zip(pairs(), GOLDEN, strict=True)))
def test_the_grade_agrees_with_an_independent_one(pair: tuple[Pixels, Pixels], expected: float) -> None:
    left, right = (luma(picture) for picture in pair)

    assert mean_ssim(left, right) == pytest.approx(expected, abs=0.0005)
