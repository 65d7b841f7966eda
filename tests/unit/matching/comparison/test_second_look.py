"""What clips or sharpens fine texture is explained on every pixel; what is there in one picture only is not."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from py_image_dedup.matching.comparison.photometric import foreign_cells, residual, second_largest, structure_kept
from py_image_dedup.matching.comparison.relation import FOREIGN
from py_image_dedup.matching.comparison.second_look import second_residual
from py_image_dedup.matching.geometry.alignment import Aligned, unmoved
from tests.support.changes import Change, saved


def hedge(seed: int) -> Image.Image:
    """Sky, and a hedge of leaves of one pixel before it, some of them in full sun."""
    leaves = np.random.default_rng(seed).normal(120, 70, (512, 512, 1)) * np.array([0.8, 1.0, 0.5])
    sky = np.full((512, 512, 3), (150, 180, 215), float)
    sky[256:] = leaves[256:]
    return Image.fromarray(np.clip(sky, 0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.7))


def laid(left: Image.Image, right: Image.Image) -> Aligned:
    return unmoved(*(np.asarray(saved(92)(p)) for p in (left, right)))


CHANGES: dict[str, Change] = {
    "much brighter": lambda p: ImageEnhance.Brightness(p).enhance(1.6),
    "much more contrast": lambda p: ImageEnhance.Contrast(p).enhance(2),
    "sharpened": lambda p: ImageEnhance.Sharpness(p).enhance(3),
    "blurred": lambda p: p.filter(ImageFilter.GaussianBlur(1.7)),
    "quality 8": saved(8),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_tone_or_sharpness_leaves_nothing_foreign(change: str) -> None:
    assert second_residual(laid(hedge(1), CHANGES[change](hedge(1))))[1] < FOREIGN


@pytest.mark.parametrize("change", ["sharpened", "blurred", "quality 8"])
def test_more_of_the_structure_is_found_again_than_at_the_first_look(change: str) -> None:
    pair = laid(hedge(1), CHANGES[change](hedge(1)))

    assert structure_kept(second_residual(pair)[0]) > structure_kept(residual(pair))


@pytest.mark.parametrize("change", ["much brighter", "sharpened", "blurred"])
def test_something_small_that_is_new_stays_foreign_beside_any_change(change: str) -> None:
    balloon = CHANGES[change](hedge(2))
    ImageDraw.Draw(balloon).ellipse((300, 80, 340, 120), fill=(230, 60, 40))

    assert second_residual(laid(hedge(2), balloon))[1] >= FOREIGN


@pytest.mark.parametrize("colour", [(230, 60, 40), (180, 150, 215), (120, 200, 215)])
def test_what_only_one_way_explains_is_foreign(colour: tuple[int, int, int]) -> None:
    """Sky may be made of a colour that occurs nowhere else, but not that colour of the sky."""
    balloon = hedge(3)
    ImageDraw.Draw(balloon).ellipse((200, 60, 260, 120), fill=colour)

    for pair in (laid(hedge(3), balloon), laid(balloon, hedge(3))):
        rest, foreign = second_residual(pair)
        assert second_largest(foreign_cells(rest)) < FOREIGN <= foreign
