"""Tones that no smooth map follows and coarse JPEGs saved again are no damage; broken blocks stay broken."""

from collections.abc import Callable
from io import BytesIO

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageOps

from py_image_dedup.demo.scenes import photograph
from py_image_dedup.matching.comparison.free_tones import freely_toned
from py_image_dedup.matching.comparison.not_damage import is_explained
from tests.support.drawn import encoded

Picture = npt.NDArray[np.uint8]


@pytest.fixture(scope="module")
def scene() -> Image.Image:
    return photograph(1, 1).convert("RGB").resize((480, 360))


def saved(picture: Image.Image, quality: int) -> Image.Image:
    return Image.open(BytesIO(encoded(picture, "JPEG", quality=quality))).convert("RGB")


CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "posterised": lambda p: ImageOps.posterize(p, 3),
    "equalised": ImageOps.equalize,
    "saved at 10 before": lambda p: saved(p, 10),
    "saved at 8 and made smaller": lambda p: saved(p, 8).resize((360, 270)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_the_whole_picture_is_explained(scene: Image.Image, change: str) -> None:
    changed = saved(CHANGES[change](scene), 92)

    assert is_explained(np.asarray(scene), np.asarray(changed), 92)


def test_broken_blocks_are_not(scene: Image.Image) -> None:
    for changed in (scene, ImageOps.posterize(scene, 3), saved(scene, 8)):
        broken = np.array(saved(changed, 92))
        broken[160:192, 240:] = (110, 128, 128)

        assert not is_explained(np.asarray(scene), broken, 92)


def test_tones_rise_and_reach_those_of_the_other(scene: Image.Image) -> None:
    source, target = np.asarray(scene), np.asarray(ImageOps.posterize(scene, 2))

    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    toned = freely_toned(
        np.concatenate([source.reshape(1, -1, 3), ramp], axis=1),
        np.concatenate([target.reshape(1, -1, 3), ramp & 0xC0], axis=1),
    )

    assert (np.diff(toned[0, -256:].astype(int), axis=0) >= 0).all()
    assert np.abs(toned[0, :-256].astype(int) - target.reshape(-1, 3)).max() <= 1
