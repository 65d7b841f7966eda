"""Damage in one of two pictures of the same content is noticed; what saving again does is not."""

import numpy as np
import pytest
from PIL import Image

from py_image_dedup.demo.scenes import photograph
from py_image_dedup.matching.comparison.damage import Damaged, damage
from py_image_dedup.matching.geometry.alignment import Picture
from tests.support.changes import saved


@pytest.fixture(scope="module")
def whole() -> Picture:
    image = photograph(1, 1).convert("RGB")
    image.thumbnail((480, 480))
    return np.asarray(image)


def grey_end(picture: Picture) -> Picture:
    broken = picture.copy()
    broken[160:] = 128
    return broken


def miscoloured_end(picture: Picture) -> Picture:
    broken = picture.astype(np.int16)
    broken[160:] += (45, -30, 20)
    return broken.clip(0, 255).astype(np.uint8)


def shifted_band(picture: Picture) -> Picture:
    broken = picture.copy()
    broken[96:160] = np.roll(broken[96:160], 48, axis=1)
    return broken


def one_block(picture: Picture) -> Picture:
    broken = picture.copy()
    broken[96:112, 96:112] = 255 - broken[96:112, 96:112]
    return broken


DAMAGES = [grey_end, miscoloured_end, shifted_band, one_block]


@pytest.mark.parametrize("broken_by", DAMAGES)
def test_damage_is_noticed_beside_the_same_and_beside_a_toned_copy(whole: Picture, broken_by: object) -> None:
    broken = broken_by(whole)  # type: ignore[operator]
    toned = (whole * 0.9 + 12).astype(np.uint8)

    assert damage(broken, whole).side is not Damaged.NONE
    assert damage(toned, broken).side is not Damaged.NONE


def test_the_picture_itself_and_mild_changes_are_no_damage(whole: Picture) -> None:
    half = whole[::2, ::2]
    noise = np.random.default_rng(1).normal(0, 3, whole.shape)

    assert damage(whole, whole).side is Damaged.NONE
    assert damage(whole, (whole * 0.85 + 20).astype(np.uint8)).side is Damaged.NONE
    assert damage(whole, (whole + noise).clip(0, 255).astype(np.uint8)).side is Damaged.NONE
    assert damage(half, half).side is Damaged.NONE


def test_a_complaint_of_the_decoder_tells_the_side(whole: Picture) -> None:
    broken = shifted_band(whole)

    assert damage(broken, whole, left_complains=True).side is Damaged.LEFT
    assert damage(whole, broken, right_complains=True).side is Damaged.RIGHT
    assert damage(whole, whole, left_complains=True).side is Damaged.NONE


def test_steps_that_only_one_picture_has_tell_the_side(whole: Picture) -> None:
    plain = np.full((240, 320, 3), 90, np.uint8) + np.linspace(0, 60, 320, dtype=np.uint8)[None, :, None]
    broken = plain.copy()
    broken[192:] = 200

    assert damage(broken, plain).side is Damaged.LEFT
    assert damage(plain, broken).side is Damaged.RIGHT
    assert damage(plain, broken).words.endswith("flat blocks")


def test_a_small_picture_is_judged_beside_one_half_as_large() -> None:
    image = photograph(1, 1).convert("RGB").resize((96, 64))
    small, broken = np.asarray(image.resize((48, 32))), np.asarray(image).copy()
    broken[16:32, 16:48] = (230, 20, 90)

    assert damage(broken, small).side is not Damaged.NONE
    assert damage(np.asarray(image), small).side is Damaged.NONE


def test_pictures_too_small_to_tell_are_not_judged(whole: Picture) -> None:
    assert damage(whole[:40], 255 - whole[:40]).side is Damaged.NONE


def test_a_coarse_save_that_takes_the_colours_from_a_grey_picture_is_no_damage(whole: Picture) -> None:
    almost_grey = np.repeat(whole.mean(axis=2, keepdims=True), 3, axis=2)
    almost_grey[200:220, 300:326] = (230, 30, 30)

    for quality in (8, 20):
        copy = np.asarray(saved(quality)(Image.fromarray(almost_grey.astype(np.uint8))))
        assert damage(almost_grey.astype(np.uint8), copy, quality=quality).side is Damaged.NONE


def test_colours_may_be_off_by_more_only_where_a_jpeg_is_coarse(whole: Picture) -> None:
    pale = whole.astype(np.int16) + 1
    pale[96:112, 96:112] += (14, 0, -26)
    pale = pale.clip(0, 255).astype(np.uint8)

    assert damage(whole, pale, quality=8).side is Damaged.NONE
    assert damage(whole, pale, quality=90).side is not Damaged.NONE
