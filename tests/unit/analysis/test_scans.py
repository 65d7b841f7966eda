"""A progressive JPEG that no encoder writes is told, where decoders say nothing; what encoders write is not."""

import io
import random

import cv2
import numpy as np
import pytest
from PIL import Image

from py_image_dedup.analysis.jpeg import jpeg_complaints, jpeg_grey
from py_image_dedup.analysis.scans import BEYOND, BREAKS_OFF, MISSING, NOT_A_CODE, broken_scans
from py_image_dedup.demo.scenes import photograph
from tests.support.damaged import START_OF_SCAN, flipped

END = b"\xff\xd9"


def saved(size: tuple[int, int] = (203, 150), mode: str = "RGB", **options: object) -> bytes:
    image = photograph(3, 1).convert(mode)
    out = io.BytesIO()
    image.resize(size).save(out, "JPEG", **{"quality": 90, "progressive": True, **options})
    return out.getvalue()


def grass() -> bytes:
    """Fine detail everywhere."""
    pixels = np.random.default_rng(2).normal(128, 40, (240, 320)).clip(0, 255).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(cv2.blur(pixels, (2, 2))).save(out, "JPEG", quality=75, progressive=True)
    return out.getvalue()


def is_seen(broken: bytes, whole: bytes) -> bool:
    pixels = [jpeg_grey(data, 1) for data in (broken, whole)]
    assert pixels[0] is not None
    assert pixels[1] is not None
    return bool(cv2.blur(cv2.absdiff(*pixels), (16, 16)).max() >= 16)


@pytest.mark.parametrize("quality", [5, 50, 95])
@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("size", [(203, 150), (8, 8), (17, 1)])
def test_what_an_encoder_writes_is_whole(quality: int, subsampling: int, size: tuple[int, int]) -> None:
    assert broken_scans(saved(size, quality=quality, subsampling=subsampling)) is None
    assert broken_scans(saved(size, "L", quality=quality)) is None
    assert broken_scans(saved(size, "CMYK", quality=quality)) is None


def test_other_files_are_not_looked_at() -> None:
    restarting = saved(restart_marker_rows=1)

    assert b"\xff\xdd" in restarting
    assert broken_scans(restarting) is None
    assert broken_scans(flipped(saved(progressive=False), random.Random(1))) is None
    assert broken_scans(b"") is None
    assert broken_scans(b"\xff\xd8") is None
    assert broken_scans(b"GIF89a") is None


def test_scans_that_are_missing_are_told_though_it_ends_like_a_whole_one() -> None:
    whole = saved()
    last = whole.rfind(START_OF_SCAN)

    assert broken_scans(whole[:last] + END) == MISSING
    assert jpeg_complaints(whole[:last] + END) == []


def test_a_refining_scan_that_is_out_of_step_is_told_where_the_decoder_says_nothing() -> None:
    """What it makes is noise of the fine detail; seldom the rest of the scan is in step by chance."""
    rng, silent, told = random.Random(5), 0, 0
    whole = grass()
    first = whole.rfind(START_OF_SCAN) + 10
    for _ in range(100):
        at = rng.randrange(first, len(whole) - 200)
        broken = whole[:at] + bytes(64) + whole[at + 64 :]
        if jpeg_complaints(broken) == [] and is_seen(broken, whole):
            silent += 1
            told += broken_scans(broken) == BEYOND

    assert silent >= 5
    assert told >= 0.8 * silent


def test_a_header_that_promises_too_much_is_left_to_the_decoder() -> None:
    large = bytearray(saved())
    at = large.find(b"\xff\xc2")
    large[at + 5 : at + 9] = b"\xff\xff\xff\xff"

    assert broken_scans(bytes(large)) is None


def test_no_content_makes_it_fail() -> None:
    rng, whole = random.Random(9), saved((64, 48))
    for _ in range(250):
        broken = bytearray(whole[: rng.randrange(2, len(whole))])
        for _ in range(rng.randint(0, 5)):
            broken[rng.randrange(2, len(broken))] = rng.randrange(256)
        found = broken_scans(bytes(broken))
        assert found is None or found in {BEYOND, BREAKS_OFF, MISSING, NOT_A_CODE}
