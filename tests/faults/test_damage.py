"""Copies with broken picture data beside intact ones; `bench/damage.py` measures the same and says what it counts."""

import os

import cv2
import pytest

from bench.damage import measured
from tests.support.shared import SHARED

PHOTOS = SHARED / "photos" / "imagenet-sample"
FOLDER = str(PHOTOS) if os.path.isdir(PHOTOS) else None


def _holds(copies: int, seed: int) -> None:
    cv2.setNumThreads(1)
    counts = measured(copies, seed, FOLDER)

    assert counts["visible"] > copies / 2
    assert counts["flagged"] >= 0.99 * counts["visible"]
    assert counts["false flags"] <= 0.01 * counts["clean"]
    assert counts["the same, and not flagged"] <= 0.005 * copies


def test_damage_is_flagged_and_saving_again_is_not() -> None:
    _holds(200, 4)


@pytest.mark.nightly
def test_of_5000_damaged_copies_few_pass() -> None:
    _holds(5_000, 5)
