"""Copies with broken picture data beside intact ones; `bench/damage.py` measures the same and says what it counts."""

import os

import cv2
import pytest

from bench.damage import measured
from tests.support.amounts import amount
from tests.support.shared import SHARED

PHOTOS = SHARED / "photos" / "imagenet-sample"
FOLDER = str(PHOTOS) if os.path.isdir(PHOTOS) else None


# What is not flagged: the whole picture is of another colour from its first blocks on, or one block of a texture beside
# a copy half as large is hardly visible. Stricter limits take blurred, sharpened and coarsely saved copies for damaged.
FLAGGED, FALSELY, PASSED = 0.99, 0.01, 0.002
GONE = amount(ci=0, nightly=5)  # intact copies that would go for a damaged one
pytestmark = pytest.mark.timeout(amount(ci=900, nightly=7_200))


def test_damage_is_flagged_and_saving_again_is_not() -> None:
    cv2.setNumThreads(1)
    copies = amount(ci=1_000, nightly=5_000)

    counts = measured(copies, 4, FOLDER)

    assert counts["visible"] > copies / 2
    assert counts["flagged"] >= FLAGGED * counts["visible"], counts
    assert counts["false flags"] <= FALSELY * counts["clean"], counts
    assert counts["the same, and not flagged"] <= PASSED * copies, counts
    assert counts["the intact one would go"] <= GONE, counts
