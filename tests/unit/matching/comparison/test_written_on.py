"""Boxes with words on them are found by their rims, whatever stands between; what is no box is not."""

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw

from py_image_dedup.demo.scenes import photograph
from py_image_dedup.matching.comparison.written_on import boxes_written_on
from tests.support.drawn import encoded

Picture = npt.NDArray[np.uint8]
EVERYWHERE = np.ones((330, 440), np.bool_)


@pytest.fixture(scope="module")
def scene() -> Picture:
    return np.asarray(photograph(1, 1).convert("RGB").resize((440, 330)))


def saved(picture: Image.Image) -> Picture:
    from io import BytesIO

    return np.asarray(Image.open(BytesIO(encoded(picture, "JPEG", quality=85))).convert("RGB"))


def with_words(scene: Picture, box: tuple[int, int, int, int], x: int) -> Picture:
    picture = Image.fromarray(scene)
    pen = ImageDraw.Draw(picture)
    pen.rectangle(box, fill=(255, 255, 255))
    pen.text((x, box[1] + 4), "everything will be fine " * 3, fill=(200, 20, 60))
    return saved(picture)


@pytest.mark.parametrize("x", [64, 150], ids=["words within", "words beyond its end"])
def test_a_box_of_words_is_found_to_its_edges(scene: Picture, x: int) -> None:
    drawn = with_words(scene, (44, 150, 396, 168), x)

    found = boxes_written_on(drawn, EVERYWHERE, EVERYWHERE)

    assert any(np.abs(np.array(box[:4]) - (44, 150, 397, 169)).max() <= 2 for box in found)


def test_an_upright_box_is_found_as_well(scene: Picture) -> None:
    drawn = np.ascontiguousarray(np.rot90(with_words(scene, (44, 150, 396, 168), 64)))
    everywhere = np.ones(drawn.shape[:2], np.bool_)

    found = boxes_written_on(drawn, everywhere, everywhere)

    assert any(np.abs(np.array(box[:4]) - (150, 43, 169, 396)).max() <= 2 for box in found)


def test_a_box_that_the_other_picture_shows_too_is_none(scene: Picture) -> None:
    drawn = with_words(scene, (44, 150, 396, 168), 64)

    assert boxes_written_on(drawn, EVERYWHERE, ~EVERYWHERE) == []


@pytest.mark.parametrize("place", [(44, 150, 396, 155), (44, 150, 120, 168)], ids=["a line", "a short box"])
def test_a_line_and_a_short_box_are_none(scene: Picture, place: tuple[int, int, int, int]) -> None:
    found = boxes_written_on(with_words(scene, place, 600), EVERYWHERE, EVERYWHERE)

    assert not [box for box in found if box.colour.min() > 235 and 140 < box.top < box.bottom < 180]
