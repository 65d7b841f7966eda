"""Watermarks in every form that servers know."""

import pytest

from py_image_dedup.stores.search_server.disks import Disk, Watermark, watermark

GIB = 2**30


@pytest.mark.parametrize(
    ("text", "headroom", "expected"),
    [
        ("85%", "", Watermark(0.85)),
        ("0.9", "-1", Watermark(0.9)),
        ("95%", "100gb", Watermark(0.95, 100 * GIB)),
        ("500mb", "", Watermark(0.0, 500 * 2**20)),
        ("", "", None),
        ("much", "", None),
    ],
)
def test_a_watermark_is_a_share_or_a_space(text: str, headroom: str, expected: Watermark | None) -> None:
    assert watermark(text, headroom) == expected


def test_headroom_spares_large_disks() -> None:
    mark = Watermark(0.95, 100 * GIB)

    assert Disk(0.96, 50 * GIB).beyond(mark)
    assert not Disk(0.96, 400 * GIB).beyond(mark)
    assert not Disk(0.90, 50 * GIB).beyond(mark)


def test_a_space_counts_alone() -> None:
    assert Disk(0.10, GIB).beyond(Watermark(0.0, 2 * GIB))
    assert not Disk(0.99, 3 * GIB).beyond(Watermark(0.0, 2 * GIB))
