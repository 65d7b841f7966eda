"""Like colours that change in another way from one place of the scan on are found; tones and clipping are none."""

import cv2
import numpy as np

from py_image_dedup.matching.comparison.damage_breaks import changed_from

SHAPE = (240, 320, 3)


def scene(seed: int = 3) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Shades of all colours in no order, with noise."""
    rng = np.random.default_rng(seed)
    shades = cv2.resize(rng.uniform(60, 190, (15, 20, 3)), (SHAPE[1], SHAPE[0]), interpolation=cv2.INTER_LINEAR)
    return np.clip(shades + rng.normal(0, 2, SHAPE), 0, 255).astype(np.uint8)


def shifted(picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], *, down: int, right: int) -> np.ndarray:
    """Redder from this block on: right of it in its own row of blocks, left of it in the next."""
    broken = picture.astype(int)
    broken[down : down + 16, right:] += (20, -8, 0)
    broken[down + 16 :] += (20, -8, 0)
    return np.clip(broken, 0, 255).astype(np.uint8)


def test_a_shift_of_colour_to_the_end_is_found_wherever_it_begins() -> None:
    for down in (0, 112, 208):
        place = changed_from(shifted(scene(), down=down, right=160), scene())

        assert place[-1].all()
        assert not place[: down // 8].any()


def test_it_is_found_under_other_tones_and_in_turned_pictures() -> None:
    toned = np.clip(scene() * 1.15 - 10, 0, 255).astype(np.uint8)
    broken = shifted(scene(), down=112, right=160)

    for turns in range(4):
        assert changed_from(np.rot90(broken, turns), np.rot90(toned, turns)).any()


def test_what_changes_a_colour_alike_everywhere_is_none() -> None:
    picture = scene()
    rising = np.clip(255 * (picture / 255.0) ** 0.6, 0, 255).astype(np.uint8)
    clipped = np.clip(picture * 1.6, 0, 255).astype(np.uint8)
    red_for_blue = np.ascontiguousarray(picture[..., ::-1])

    for changed in (picture, rising, clipped, red_for_blue):
        assert not changed_from(picture, changed).any()


def test_a_bright_half_that_was_clipped_is_none() -> None:
    """All shades of the sky became white, those of the ground did not."""
    picture = scene()
    picture[:120] = np.clip(picture[:120].astype(int) + 60, 0, 250)

    assert not changed_from(picture, np.clip(picture * 1.5, 0, 255).astype(np.uint8)).any()


def test_pictures_without_like_colours_say_nothing() -> None:
    white = np.full(SHAPE, 255, np.uint8)

    assert not changed_from(white, white).any()
    assert not changed_from(white, np.full(SHAPE, 120, np.uint8)).any()
