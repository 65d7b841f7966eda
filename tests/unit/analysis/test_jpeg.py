"""The quality setting is read back from the quantisation table."""

import io

import pytest
from PIL import Image

from py_image_dedup.analysis.jpeg import jpeg_quality
from tests.support.drawn import drawn, encoded


@pytest.mark.parametrize("quality", range(1, 101))
def test_the_quality_that_was_set_is_found(quality: int) -> None:
    picture = Image.open(io.BytesIO(encoded(drawn(width=16, height=16), "JPEG", quality=quality)))

    assert jpeg_quality(picture.quantization) == quality  # type: ignore[attr-defined]


@pytest.mark.parametrize("tables", [{}, {1: [1] * 64}, {0: []}, {0: [1] * 63}])
def test_without_a_luma_table_there_is_no_quality(tables: dict[int, list[int]]) -> None:
    assert jpeg_quality(tables) is None
