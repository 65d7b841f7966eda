"""Copies with broken picture data beside intact ones; `bench/damage.py` measures the same and says what it counts."""

import os

import cv2
import pytest

from bench.damage import measured
from tests.support.shared import SHARED

PHOTOS = SHARED / "photos" / "imagenet-sample"
FOLDER = str(PHOTOS) if os.path.isdir(PHOTOS) else None


# Of 1,000 damaged copies 803 can be seen, 98.9 % of those are flagged, 7 pass for a copy, most of them beside one half
# as large or toned. Stricter limits take blurred and sharpened copies for damaged.
FLAGGED, FALSELY, PASSED = 0.985, 0.01, 0.01


def _holds(copies: int, seed: int) -> None:
    cv2.setNumThreads(1)
    counts = measured(copies, seed, FOLDER)

    assert counts["visible"] > copies / 2
    assert counts["flagged"] >= FLAGGED * counts["visible"]
    assert counts["false flags"] <= FALSELY * counts["clean"]
    assert counts["the same, and not flagged"] <= PASSED * copies


def test_damage_is_flagged_and_saving_again_is_not() -> None:
    _holds(200, 4)


@pytest.mark.nightly
def test_of_5000_damaged_copies_few_pass() -> None:
    _holds(5_000, 5)
