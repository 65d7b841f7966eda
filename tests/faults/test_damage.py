"""Copies with broken picture data beside intact ones; `bench/damage.py` measures the same and says what it counts."""

import os

import cv2
import pytest

from bench.damage import measured
from tests.support.amounts import amount
from tests.support.shared import SHARED

PHOTOS = SHARED / "photos" / "imagenet-sample"
FOLDER = str(PHOTOS) if os.path.isdir(PHOTOS) else None


# What is not flagged: a block of a texture beside a copy half as large that is hardly visible.
FLAGGED, FALSELY, PASSED = 0.99, 0.01, 0.002
GONE = 0  # intact copies that would go for a damaged one
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
