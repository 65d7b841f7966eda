from dataclasses import replace

import pytest

from py_image_dedup.matching.comparison.captures import as_captured
from py_image_dedup.model.images import ImageFacts
from py_image_dedup.model.matches import Evidence, Relation

SHOT = ImageFacts(400, 300, "JPEG", "RGB", taken_at="2015-04-10T20:12:23.550", camera="Phone 6")


def at(taken_at: str | None, camera: str | None = "Phone 6") -> ImageFacts:
    return replace(SHOT, taken_at=taken_at, camera=camera)


@pytest.mark.parametrize("relation", [Relation.SAME_PICTURE, Relation.TURNED, Relation.EDITED])
@pytest.mark.parametrize("other", ["2015-04-10T20:12:23.016", "2015-04-10T20:12:24"])
def test_pictures_taken_at_two_times_are_look_alikes(relation: Relation, other: str) -> None:
    assert as_captured(relation, SHOT, at(other)) is Relation.LOOK_ALIKE


@pytest.mark.parametrize(
    "other", [at("2015-04-10T20:12:23.550"), at("2015-04-10T20:12:23"), at(None), at("2019-01-01T00:00:00", None)]
)
def test_a_copy_with_the_same_time_or_without_one_stays_a_copy(other: ImageFacts) -> None:
    assert as_captured(Relation.SAME_PICTURE, SHOT, other) is Relation.SAME_PICTURE


@pytest.mark.parametrize("relation", [Relation.SAME_PIXELS, Relation.LOOK_ALIKE, None])
def test_equal_pixels_hold_against_the_clock(relation: Relation | None) -> None:
    assert as_captured(relation, SHOT, at("2019-01-01T00:00:00")) is relation


def shifted(share: float, scale: float = 1.0) -> Evidence:
    """Frames of which each lacks so much of the other at one side."""
    return Evidence("", 8, coverage_left=1 - share, coverage_right=1 - share, transform=(scale, 0, share, 0, scale, 0))


@pytest.mark.parametrize("relation", [Relation.SAME_PICTURE, Relation.EDITED])
@pytest.mark.parametrize(
    ("share", "size"),
    [
        (0.015, (400, 300)),  # a burst by hand
        (0.015, (200, 150)),  # one of them reduced by a messenger
        (0.0048, (400, 300)),  # a phone's HDR shot beside the plain one
        (0.0048, (1067, 800)),  # 800 / 1067 is 0.75 only in whole pixels
    ],
)
def test_frames_of_one_shape_that_are_shifted_are_two_photographs(
    relation: Relation, share: float, size: tuple[int, int]
) -> None:
    other = replace(at(None), width=size[0], height=size[1])
    assert as_captured(relation, at(None), other, shifted(share)) is Relation.LOOK_ALIKE


@pytest.mark.parametrize(
    ("other", "evidence"),
    [
        (at(None), shifted(0.004)),  # laid on each other as well as can be
        (replace(at(None), width=80, height=60), shifted(0.012)),  # a thumbnail rounds
        (at(None), shifted(0.05, 0.9)),  # a part, enlarged
        (at(None), replace(shifted(0.05), coverage_right=1.0)),  # a part of the other
        (replace(at(None), width=390), shifted(0.05)),  # two parts of one picture
        (replace(at(None), width=195, height=300), shifted(0.05)),
        (at(None), None),
    ],
)
def test_parts_and_copies_are_no_shifted_frames(other: ImageFacts, evidence: Evidence | None) -> None:
    assert as_captured(Relation.EDITED, at(None), other, evidence) is Relation.EDITED
