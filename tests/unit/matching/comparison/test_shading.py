"""Shading is taken out; what is no shading stays."""

import numpy as np
import pytest

from py_image_dedup.demo.scenes import photograph
from py_image_dedup.matching.comparison.shading import without_shading
from py_image_dedup.matching.geometry.alignment import Picture, luma, unmoved


@pytest.fixture(scope="module")
def scene() -> Picture:
    return np.asarray(photograph(1, 1).convert("RGB").resize((480, 360)))


def vignetted(picture: Picture) -> Picture:
    y, x = np.ogrid[-1 : 1 : picture.shape[0] * 1j, -1 : 1 : picture.shape[1] * 1j]  # type: ignore[misc]
    return np.asarray(picture * (1 - 0.3 * np.minimum(x * x + y * y, 2))[..., None], np.uint8)


@pytest.mark.parametrize("is_on_right", [False, True])
def test_dark_corners_are_taken_out(scene: Picture, *, is_on_right: bool) -> None:
    pair = unmoved(scene, vignetted(scene)) if is_on_right else unmoved(vignetted(scene), scene)

    even = without_shading(pair)

    assert even is not None
    ratio = (luma(even.left) + 6) / (luma(even.right) + 6)
    assert np.percentile(ratio, 95) / np.percentile(ratio, 5) < 1.1


def test_a_picture_that_is_brighter_all_over_has_no_shading(scene: Picture) -> None:
    assert without_shading(unmoved(scene, (scene * 0.8).astype(np.uint8))) is None
    assert without_shading(unmoved(scene, scene)) is None
