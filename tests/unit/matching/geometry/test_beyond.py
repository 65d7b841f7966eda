"""A whole shows more than its crop, a frame does not."""

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageOps

from py_image_dedup.demo.scenes import photograph
from py_image_dedup.matching.geometry.beyond import beyond

CROP = (64, 48, 480, 400)


@pytest.fixture(scope="module")
def scene() -> Image.Image:
    return photograph(1, 1).convert("RGB").resize((640, 480))


def pixels(picture: Image.Image) -> npt.NDArray[np.uint8]:
    return np.asarray(picture.convert("RGB"))


def lying_at(box: tuple[int, int, int, int], size: tuple[int, int]) -> npt.NDArray[np.float64]:
    """The map of the unit square of what lies in `box` to that of a picture of `size`."""
    left, top, right, bottom = box
    return np.array([[(right - left) / size[0], 0, left / size[0]], [0, (bottom - top) / size[1], top / size[1]]])


def test_a_whole_shows_picture_around_its_crop(scene: Image.Image) -> None:
    of_whole, of_crop = beyond((pixels(scene), pixels(scene.crop(CROP))), lying_at(CROP, scene.size))

    assert of_whole > 0.1
    assert of_crop == 0.0


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (90, 20, 60)])
def test_a_frame_is_no_picture(scene: Image.Image, colour: tuple[int, int, int]) -> None:
    framed = ImageOps.expand(scene, 50, fill=colour)
    units = lying_at((50, 50, 690, 530), framed.size)

    assert beyond((pixels(framed), pixels(scene)), units) == (pytest.approx(0.0, abs=0.01), 0.0)


def test_the_page_that_a_picture_was_pasted_on_is_not_more_of_it(scene: Image.Image) -> None:
    page = Image.fromarray(np.linspace((200, 220, 240), (90, 110, 160), 960).astype(np.uint8)[:, None].repeat(1280, 1))
    page.paste(scene, (200, 300))
    units = lying_at((200, 300, 840, 780), page.size)

    assert beyond((pixels(page), pixels(scene)), units) == (0.0, 0.0)


def test_another_photograph_around_it_is_not_more_of_it(scene: Image.Image) -> None:
    wall = photograph(7, 1).convert("RGB").resize((1280, 960))
    wall.paste(scene, (200, 300))
    units = lying_at((203, 297, 842, 783), wall.size)  # as points find it

    assert beyond((pixels(wall), pixels(scene)), units) == (0.0, 0.0)


@pytest.mark.parametrize("share", [0.35, 0.5, 0.7, 0.9])
@pytest.mark.parametrize("number", range(6))
def test_a_crop_of_any_size_is_no_pasted_picture(number: int, share: float) -> None:
    whole = photograph(number, 2).convert("RGB").resize((640, 480))
    width, height = round(640 * share), round(480 * share)
    left, top = (640 - width) // 2, (480 - height) // 2
    box = (left, top, left + width, top + height)

    of_whole, of_crop = beyond((pixels(whole), pixels(whole.crop(box))), lying_at(box, whole.size))

    assert of_whole > 0.02
    assert of_crop == 0.0


def test_two_parts_that_overlap_both_show_more(scene: Image.Image) -> None:
    left, right = scene.crop((0, 0, 420, 480)), scene.crop((220, 0, 640, 480))

    of_left, of_right = beyond((pixels(left), pixels(right)), lying_at((220, 0, 640, 480), left.size))

    assert of_left > 0.1
    assert of_right > 0.1


def test_the_same_frame_shows_nothing_more(scene: Image.Image) -> None:
    assert beyond((pixels(scene), pixels(scene)), np.eye(2, 3)) == (0.0, 0.0)
