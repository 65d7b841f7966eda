"""A step that only one of two pictures has is found; what saving coarsely and toning do is none."""

import numpy as np

from py_image_dedup.matching.comparison.damage_steps import stepped, stepped_from, stepped_in_one


def shaded() -> np.ndarray[tuple[int, int, int], np.dtype[np.float32]]:
    """Mean colours of 30 x 40 cells of a picture that grows brighter to the right."""
    plane = np.linspace(60, 180, 40, dtype=np.float32)
    return np.repeat(np.repeat(plane[None, :, None], 30, axis=0), 3, axis=2)


def test_all_that_follows_a_broken_difference_is_behind_a_step() -> None:
    broken = shaded()
    broken[12:] += 8

    place = stepped(shaded(), broken, 90)

    assert place[12].all()
    assert not place[:12].any()
    assert not place[13:].any()
    assert (stepped(broken, shaded(), 90) == place).all()


def test_a_single_block_has_to_step_by_more_than_a_row_of_them() -> None:
    one, strong = shaded(), shaded()
    one[12, 20] += 12
    strong[12, 20] += 25

    assert not stepped(shaded(), one, 90).any()
    assert stepped(shaded(), strong, 90)[12, 20]


def test_the_coarser_the_saving_the_larger_a_step_may_be() -> None:
    coarse = shaded()
    coarse[12:] += 8

    assert not stepped(shaded(), coarse, 8).any()
    assert not stepped(shaded(), coarse, 30, is_within_blocks=True).any()
    assert stepped(shaded(), coarse, 90, is_within_blocks=True).any()


def test_tones_make_no_step() -> None:
    assert not stepped(shaded(), shaded() * 1.3 - 20, 90).any()


def test_a_weak_step_counts_where_it_follows_the_scan_along_a_whole_row_of_blocks() -> None:
    """Right of a block in its own row and left of it in the next, as after a broken difference in a JPEG."""
    scan, patch = shaded(), shaded()
    scan[12:, 25:] += 7
    scan[14:, :25] += 7
    patch[12:14, 25:] += 7

    assert not stepped(shaded(), scan, 20).any()
    assert stepped_from(shaded(), scan, 20)[14:].all()
    assert not stepped_from(shaded(), scan, 20)[:12].any()
    assert not stepped_from(shaded(), patch, 20).any()
    assert not stepped_from(shaded(), scan, 5).any()


def test_tones_are_no_step_along_a_row() -> None:
    assert not stepped_from(shaded(), shaded() * 1.3 - 20, 90).any()


def test_the_scan_of_a_turned_picture_goes_along_its_columns() -> None:
    scan = shaded()
    scan[12:, 25:] += 7
    scan[14:, :25] += 7

    for turns in (1, 2, 3):
        assert stepped_from(np.rot90(shaded(), turns), np.rot90(scan, turns), 20).any()


def test_a_step_that_a_map_of_tones_would_take_away_is_seen_in_the_picture_alone() -> None:
    """Grey above, orange below: every colour of the one has its colour in the other."""
    plain, coloured = np.zeros((2, 30, 40, 3), np.float32)
    plain[..., 0] = coloured[..., 0] = 120
    coloured[14:] = (130, -20, 15)

    assert stepped_in_one(coloured, plain, 80)[14:].all()
    assert stepped_in_one(plain, coloured, 80)[14:].all()
    assert not stepped_in_one(coloured, plain, 80)[:14].any()
    assert not stepped_in_one(plain, plain, 80).any()


def test_contrast_and_clipping_make_steps_larger_where_there_were_some() -> None:
    """The edge of a roof before a sky that was bright and is white."""
    roof = shaded()
    roof[15:] -= 50
    clipped = np.full_like(roof, 255)

    assert not stepped_in_one(roof * 1.5 - 60, roof, 80).any()
    assert not stepped_in_one(roof, clipped, 80).any()
