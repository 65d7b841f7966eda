"""A dark caption on a dark ground is found; pages, letterboxes and dark pictures themselves have no such bar."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from py_image_dedup.demo.scenes import photograph
from py_image_dedup.matching.comparison.edge_bars import bars_at_edges
from py_image_dedup.matching.comparison.laid_over import laid_over
from py_image_dedup.matching.geometry.alignment import Picture, unmoved

BAR = (20, 20, 20)


@pytest.fixture(scope="module")
def night() -> Picture:
    """A photograph at its top, a black cloth with some grain below."""
    scene = np.asarray(photograph(1, 1).convert("RGB").resize((480, 360)), np.float32)
    cloth = 18 + np.random.default_rng(1).normal(0, 1, (91, 121, 1)).repeat(4, 0).repeat(4, 1)[:360, :480] * 5
    shown = np.clip((200 - np.arange(360)) / 40, 0, 1)[:, None, None]
    return np.clip(scene * shown + cloth * (1 - shown), 0, 255).astype(np.uint8)


def captioned(picture: Picture, box: tuple[int, int, int, int] = (0, 315, 480, 360)) -> Picture:
    changed = Image.fromarray(picture)
    pen = ImageDraw.Draw(changed)
    pen.rectangle(box, fill=BAR)
    pen.text((box[0] + 15, box[1] + 15), "forwarded", fill=(250, 250, 250))
    return np.asarray(changed)


def bars(drawn: Picture, other: Picture) -> list[tuple[int, ...]]:
    return [box[:4] for box in bars_at_edges(drawn, other, np.ones(drawn.shape[:2], np.bool_))]


def test_a_dark_caption_on_a_dark_ground_is_found(night: Picture) -> None:
    assert bars(captioned(night), night) == [(0, 315, 480, 360)]
    assert bars(night, captioned(night)) == []


def test_it_is_left_out_as_something_drawn(night: Picture) -> None:
    over = laid_over(unmoved(night, captioned(night)))

    assert over is not None
    assert over.is_on_right
    assert over.mask[318:].all()
    assert not over.mask[:300].any()


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_at_every_side(night: Picture, turns: int) -> None:
    drawn, plain = (np.ascontiguousarray(np.rot90(picture, turns)) for picture in (captioned(night), night))
    mask = np.zeros(drawn.shape[:2], np.bool_)
    for left, top, right, bottom in bars(drawn, plain):
        mask[top:bottom, left:right] = True

    assert (
        mask == np.rot90(np.all(np.ones_like(night[..., :1]), axis=2) & (np.arange(360) >= 315)[:, None], turns)
    ).all()


def test_a_letterbox_that_both_have_is_none(night: Picture) -> None:
    both = captioned(night)
    other = both.copy()
    other[340:350, 200:300] = 250  # other words on the same bar

    assert bars(both, other) == bars(other, both) == []


def test_clipped_black_is_none(night: Picture) -> None:
    clipped = night.copy()
    clipped[315:] = 0

    assert bars(clipped, night) == []


def test_half_of_a_picture_and_a_line_are_none(night: Picture) -> None:
    assert bars(captioned(night, (0, 200, 480, 360)), night) == []
    assert bars(captioned(night, (0, 354, 480, 360)), night) == []
