from dataclasses import replace

import pytest

from py_image_dedup.matching.comparison.captures import as_captured
from py_image_dedup.model.images import ImageFacts
from py_image_dedup.model.matches import Relation

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
