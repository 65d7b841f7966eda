"""Which names count."""

import re

import pytest

from py_image_dedup.keeping.units import MOTION_SUFFIXES, RAW_SUFFIXES, SIDECAR_SUFFIXES
from py_image_dedup.walking.selection import COMPANIONS, NOT_PICTURES, Selection, last_suffix


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("a.jpg", ".jpg"),
        ("a.b.JPG", ".jpg"),
        (".jpg", ""),
        ("..jpg", ".jpg"),
        ("a", ""),
        ("a.", "."),
        ("É.JPÉG", ".jpég"),
    ],
)
def test_the_suffix_is_the_last_one_in_lower_case(name: str, suffix: str) -> None:
    assert last_suffix(name) == suffix


def test_an_extension_that_is_asked_for_counts_even_if_it_names_no_picture() -> None:
    assert Selection(extensions=frozenset({".pdf"})).name_against("a.PDF") is None


def test_the_first_exclusion_that_is_found_is_the_reason() -> None:
    selection = Selection(exclusions=(re.compile("b"), re.compile("a")))

    assert selection.excluded_by("/ab") == "excluded by b"
    assert selection.excluded_by("/c") is None


@pytest.mark.parametrize("suffix", [".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".jp2"])
def test_no_format_that_is_read_is_taken_for_something_else(suffix: str) -> None:
    assert suffix not in NOT_PICTURES


def test_no_camera_raw_is_taken_for_something_else() -> None:
    assert NOT_PICTURES.isdisjoint(RAW_SUFFIXES)


def test_all_that_may_belong_to_a_picture_is_offered_as_a_companion() -> None:
    assert COMPANIONS.issuperset([*RAW_SUFFIXES, *MOTION_SUFFIXES, *SIDECAR_SUFFIXES])
    assert NOT_PICTURES.issuperset([*MOTION_SUFFIXES, *SIDECAR_SUFFIXES])
