"""Pictures that show nothing are below the floor, photographs above."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from py_image_dedup.analysis.content import read_content
from py_image_dedup.analysis.decode import opened, reduced_grey
from py_image_dedup.analysis.fingerprints.detail import detail_of
from py_image_dedup.analysis.fingerprints.pdq import area_grid
from py_image_dedup.analysis.sniff import sniff
from py_image_dedup.model.images import DETAIL_FLOOR
from tests.support.drawn import drawn
from tests.support.shared import SHARED

HEIGHT, WIDTH = 375, 500
Y, X = np.mgrid[:HEIGHT, :WIDTH]
RANDOM = np.random.default_rng(1)
BLOCKS = np.kron(RANDOM.integers(0, 2, (8, 8)), np.ones((47, 63)))[:HEIGHT, :WIDTH]


def noise(sigma: float) -> Any:
    return RANDOM.normal(0, sigma, (HEIGHT, WIDTH))


def line_of_text() -> Any:
    picture = Image.new("L", (WIDTH, HEIGHT), 255)
    ImageDraw.Draw(picture).text((100, 150), "No signal", fill=0)
    return np.asarray(picture)


def detail(values: Any) -> float:
    grey = np.clip(values, 0, 255).astype(np.uint8)
    return detail_of(grey, area_grid(grey), min(grey.shape))


EMPTY = {
    "flat": np.full((HEIGHT, WIDTH), 128),
    "black": np.zeros((HEIGHT, WIDTH)),
    "noise on grey": 128 + noise(12),
    "dark": np.abs(noise(6)),
    "gradient": X / WIDTH * 255,
    "slanted gradient with noise": (X + Y) / (WIDTH + HEIGHT) * 255 + noise(5),
    "radial gradient": 255 - np.hypot(X - 250, Y - 187) / 312 * 255,
    "halves": (X > 250) * 255,
    "chessboard": ((X // 60 + Y // 60) % 2) * 255,
    "stripes": ((X // 10) % 2) * 255,
    "three stripes": (X // 170) * 110,
    "disc": (np.hypot(X - 250, Y - 187) < 100) * 200 + 30 + noise(8),
    "blocks": BLOCKS * 255,
    "noisy blocks": 60 + BLOCKS * 120 + noise(8),
    "a line of text": line_of_text(),
    "sky": 200 - 40 * Y / HEIGHT + 3 * np.sin(X / 80) * np.cos(Y / 50) + noise(2),
}


@pytest.mark.parametrize("name", EMPTY)
def test_what_shows_nothing_is_below_the_floor(name: str) -> None:
    assert detail(EMPTY[name]) < DETAIL_FLOOR


def test_a_drawn_scene_is_above_the_floor() -> None:
    assert min(detail(np.asarray(drawn(seed).convert("L"))) for seed in range(10)) > DETAIL_FLOOR


def test_tiny_pictures_have_none() -> None:
    grey = np.asarray(drawn(width=300, height=15).convert("L"))

    assert detail_of(grey, area_grid(grey), 15) == 0


def test_thumbnails_have_some() -> None:
    grey = np.asarray(drawn(width=24, height=16).convert("L"))

    assert detail_of(grey, area_grid(grey), 16) > DETAIL_FLOOR


PHOTOGRAPHS = [
    *sorted((SHARED / "photos/imagenet-sample").glob("*.JPEG")),
    *sorted((SHARED / "photos/sceaux-castle").glob("*.JPG")),
    *sorted((SHARED / "photos/pdq").rglob("*.[jpw]*")),
]
REALLY_FLAT = {"small.jpg"}


@pytest.mark.skipif(not PHOTOGRAPHS, reason="the shared pictures are not beside the repository")
def test_every_photograph_is_above_the_floor() -> None:
    found = {path.name: shared_detail(path) for path in PHOTOGRAPHS}

    assert len(found) > 400
    assert {name for name, value in found.items() if value < DETAIL_FLOOR} == REALLY_FLAT
    assert sorted(found.values())[1] > 0.36


def shared_detail(path: Path) -> float:
    content = read_content(str(path))
    with opened(content, sniff(content.head, content.path)) as image:
        side = min(image.size)
        grey = reduced_grey(content, image)
    return detail_of(grey, area_grid(grey), side)
