"""EXIF facts from cameras and from those who mean harm."""

from pathlib import Path

import pytest
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from py_image_dedup.analysis.metadata import ExifFacts, exif_facts
from tests.support.drawn import drawn, encoded
from tests.support.shared import SHARED


def facts(
    main: dict[int, object], camera: dict[int, object] | None = None, gps: dict[int, object] | None = None
) -> ExifFacts:
    exif = Image.Exif()
    exif.update(main)
    exif.get_ifd(0x8769).update(camera or {})
    exif.get_ifd(0x8825).update(gps or {})
    return exif_facts(exif)


def test_a_camera_says_what_when_and_where() -> None:
    found = facts(
        {0x010F: "Canon", 0x0110: "Canon EOS 40D\0", 0x0112: 6},
        {0x9003: "2008:05:30 15:56:01", 0x9291: "25"},
        {1: "S", 2: (10, 30, 0), 3: "W", 4: (20.5, 0, 36)},
    )

    assert found == ExifFacts(6, 6, "2008-05-30T15:56:01.250", "Canon EOS 40D", (-10.5, -20.51))


@pytest.mark.parametrize(
    ("fraction", "expected"),
    [("5", ".500"), ("05", ".050"), ("123456", ".123"), (None, ""), ("abc", ""), (b"\xff", "")],
)
def test_subseconds_are_a_decimal_fraction(fraction: object, expected: str) -> None:
    found = facts({}, {0x9003: "2020:01:02 03:04:05", 0x9291: fraction})

    assert found.taken_at == "2020-01-02T03:04:05" + expected


@pytest.mark.parametrize(
    "moment", ["0000:00:00 00:00:00", "2020:13:01 00:00:00", "    :  :     :  :  ", "", b"\xff\xfe", 7, (1, 2), None]
)
def test_no_moment_is_made_up(moment: object) -> None:
    assert facts({0x0132: "2020:01:01 00:00:00"}, {0x9003: moment}).taken_at is None


def test_when_it_became_digital_stands_in() -> None:
    assert facts({}, {0x9003: "?", 0x9004: "1999:12:31 23:59:59"}).taken_at == "1999-12-31T23:59:59"


@pytest.mark.parametrize("value", [0, 9, -1, "6", None, 6.5, (6,)])
def test_an_impossible_orientation_counts_as_none(value: object) -> None:
    assert facts({0x0112: value}).orientation == 1


@pytest.mark.parametrize(
    "latitude", [(91, 0, 0), (1, 2), (IFDRational(0, 0), 0, 0), "north", None, (float("nan"), 0, 0), (-5, 0, 0)]
)
def test_an_impossible_place_is_none(latitude: object) -> None:
    assert facts({}, gps={1: "N", 2: latitude, 3: "E", 4: (1, 2, 3)}).gps is None


@pytest.mark.parametrize(
    ("make", "model", "camera"),
    [
        ("NIKON CORPORATION", "NIKON D70", "NIKON D70"),
        ("Apple", "iPhone 6", "Apple iPhone 6"),
        ("", "", None),
        ("A", "", "A"),
        ("x" * 5000, "\x1b[31m\x00y", "x" * 100 + " [31m"),
        (b"Maker", 5, "Maker"),
    ],
)
def test_the_camera_is_named_once_and_in_few_plain_characters(make: object, model: object, camera: str | None) -> None:
    assert facts({0x010F: make, 0x0110: model}).camera == camera


def test_entries_are_counted_with_the_gps_block_as_one() -> None:
    assert facts({0x010F: "a"}, {0x9003: "b", 0x9291: "c"}, {1: "N", 2: (1, 2, 3), 3: "E"}).entries == 4


def test_what_a_tiff_needs_for_its_own_pixels_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(encoded(drawn(), "TIFF"))

    with Image.open(path) as image:
        assert exif_facts(image.getexif()).entries == 0


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared pictures are not beside the repository")
def test_real_cameras_are_read() -> None:
    with Image.open(SHARED / "photos/exif-samples/jpg_gps_DSCN0010.jpg") as image:
        found = exif_facts(image.getexif())

    assert found == ExifFacts(43, 1, "2008-10-22T16:28:39", "NIKON COOLPIX P6000", (43.4674483, 11.8851267), (640, 480))
