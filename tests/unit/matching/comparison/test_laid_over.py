"""What was drawn over a picture is found where it is; what moved or was there before is not taken for it."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from py_image_dedup.demo.scenes import photograph
from py_image_dedup.matching.comparison.laid_over import LaidOver, laid_over
from py_image_dedup.matching.geometry.alignment import unmoved

Picture = Image.Image


@pytest.fixture(scope="module")
def scene() -> Picture:
    return photograph(1, 1).convert("RGB").resize((480, 360))


def found(left: Picture, right: Picture) -> LaidOver | None:
    return laid_over(unmoved(np.asarray(left), np.asarray(right)))


def drawn(picture: Picture, box: tuple[int, int, int, int], colour: tuple[int, int, int], *, text: str = "") -> Picture:
    changed = picture.copy()
    pen = ImageDraw.Draw(changed)
    pen.rectangle(box, fill=colour)
    pen.text((box[0] + 10, box[1] + 10), text, fill=(250, 250, 250))
    return changed


def test_a_caption_is_found_with_its_letters(scene: Picture) -> None:
    over = found(scene, drawn(scene, (0, 315, 480, 360), (20, 20, 20), text="forwarded many times"))

    assert over is not None
    assert over.is_on_right
    assert over.share == pytest.approx(0.125, abs=0.02)
    assert over.mask[320:355, 5:475].all()
    assert not over.mask[:290].any()


def test_the_side_is_told(scene: Picture) -> None:
    over = found(drawn(scene, (40, 40, 120, 120), (230, 60, 40)), scene)

    assert over is not None
    assert not over.is_on_right


def test_a_brighter_copy_has_nothing_drawn_over_it(scene: Picture) -> None:
    assert found(scene, scene.point(lambda level: min(255, round(level * 1.3)))) is None
    assert found(scene, scene) is None


def test_a_caption_on_a_brighter_copy_is_found(scene: Picture) -> None:
    brighter = scene.point(lambda level: min(255, round(level * 1.2)))
    over = found(scene, drawn(brighter, (0, 315, 480, 360), (20, 20, 20)))

    assert over is not None
    assert over.share == pytest.approx(0.125, abs=0.02)


def test_what_moved_is_drawn_over_neither(scene: Picture) -> None:
    here, there = (drawn(scene, (x, 100, x + 70, 170), (60, 160, 60)) for x in (60, 260))

    assert found(here, there) is None


def test_a_lamp_that_was_lit_is_not_drawn(scene: Picture) -> None:
    lit = scene.copy()
    ImageDraw.Draw(lit).ellipse((200, 100, 270, 170), fill=(255, 255, 250))

    assert found(scene, lit) is None


def test_what_covers_half_of_the_picture_is_no_edit_of_it(scene: Picture) -> None:
    assert found(scene, drawn(scene, (0, 150, 480, 360), (20, 20, 20))) is None


def bottle(scene: Picture, label: tuple[int, int, int] | None) -> Picture:
    """A bottle before a plain wall, on its label a photograph or one colour."""
    shot = Image.new("RGB", (300, 400), (225, 215, 230))
    pen = ImageDraw.Draw(shot)
    pen.rounded_rectangle((95, 100, 205, 380), 28, fill=(100, 100, 70))
    pen.rectangle((130, 35, 170, 115), fill=(100, 100, 70))
    pen.rectangle((98, 190, 202, 300), fill=(80, 190, 140))
    shot.paste(scene.resize((80, 70)) if label is None else label, (110, 220, 190, 290))
    return shot


@pytest.mark.parametrize("label", [(0, 0, 0), (240, 225, 60)])
def test_what_hides_nearly_all_that_a_picture_shows_is_not_drawn_over_it(
    scene: Picture, label: tuple[int, int, int]
) -> None:
    """Two products in one bottle: what is left without their labels is the bottle."""
    one, other = bottle(scene, None), bottle(scene, label)

    assert found(one, other) is None
    assert found(other, one) is None


def test_what_hides_as_much_structure_as_area_is_drawn_over_a_picture(scene: Picture) -> None:
    assert found(scene, drawn(scene, (110, 220, 190, 290), (240, 225, 60))) is not None


def test_a_logo_on_the_wall_beside_a_bottle_is_drawn_over_it(scene: Picture) -> None:
    shot = bottle(scene, None)

    assert found(shot, drawn(shot, (10, 10, 60, 60), (230, 60, 40))) is not None
