"""Evidence in words a person understands, and the same pair seen from the other side."""

import pytest

from py_image_dedup.matching.evidence.words import turned_round, words
from py_image_dedup.model.matches import Evidence, Relation
from tests.support.records import record


def test_scale_quality_and_metadata() -> None:
    keeper = record("/a", exif_entries=40, jpeg_quality=92)
    member = record("/b", exif_entries=0, jpeg_quality=71)

    told = words(keeper, member, Relation.SAME_PICTURE, Evidence("", scale=0.5))

    assert told == "scaled to 50 %, JPEG quality about 71, metadata stripped"


@pytest.mark.parametrize(
    ("evidence", "told"),
    [
        (Evidence("", brightness=-30.0), "darker"),
        (Evidence("", contrast=1.5, colourfulness=1.6), "more contrast, stronger colours"),
        (Evidence("", colourfulness=0.05), "without colour"),
        (Evidence("", coverage_left=0.64), "crop of 64 % of the picture"),
        (
            Evidence("", coverage_left=0.64, transform=(0.8, 0.0, 0.0, 0.0, 0.8, 0.0)),
            "crop of 64 % of the picture, upper left",
        ),
        (
            Evidence("", coverage_left=0.64, transform=(0.8, 0.0, 0.1, 0.0, 0.8, 0.2)),
            "crop of 64 % of the picture, bottom",
        ),
        (
            Evidence("", coverage_left=0.64, transform=(0.8, 0.0, 0.1, 0.0, 0.8, 0.1)),
            "crop of 64 % of the picture, middle",
        ),
        (
            Evidence("", coverage_right=0.8, transform=(1.0, 0.0, 0.0, 0.0, 1.25, -0.125)),
            "bars above and below, 20 % of it added around, stretched by 25 % across",
        ),
        (
            Evidence("", coverage_right=0.8, transform=(1.125, 0.0, -0.06, 0.0, 1.11, -0.05)),
            "frame, 20 % of it added around",
        ),
        (Evidence("", transform=(0.996, -0.0654, 0.0, 0.1162, 0.996, 0.0)), "tilted by 5 degrees"),
        (
            Evidence("", differs_at=(0.0, 0.875, 1.0, 0.125)),
            "something else over 12 % of the picture, bottom",
        ),
        (Evidence("", coverage_right=0.8), "20 % of it added around"),
        (Evidence(""), "saved again"),
    ],
)
def test_what_was_done_to_the_picture(evidence: Evidence, told: str) -> None:
    assert words(record("/a"), record("/b"), Relation.EDITED, evidence) == told


def test_why_a_look_alike_is_no_copy() -> None:
    """What the files say comes first: of two shots of a tripod no part of the picture differs."""
    early, late = (record(f"/{n}", taken_at=f"2020-05-17T10:11:1{n}", camera="Phone 6") for n in (1, 2))
    shifted = Evidence("", 8, coverage_left=0.9, coverage_right=0.9, transform=(1.0, 0.0, 0.1, 0.0, 1.0, 0.0))

    assert words(early, late, Relation.LOOK_ALIKE, Evidence("")) == "alike, but taken at another time"
    assert words(record("/a"), record("/b"), Relation.LOOK_ALIKE, shifted) == (
        "alike, but another frame of the same shape"
    )
    assert words(record("/a"), record("/b"), Relation.LOOK_ALIKE, Evidence("")) == "alike, but parts of it differ"


def test_another_format_is_named() -> None:
    assert words(record("/a"), record("/b", format="PNG"), Relation.SAME_PIXELS, Evidence("")) == (
        "the same pixels, saved as PNG"
    )


@pytest.mark.parametrize("relation", Relation)
def test_never_a_claim_of_certainty(relation: Relation) -> None:
    told = words(record("/a"), record("/b"), relation, Evidence("", scale=1.0, coverage_left=1.0))

    assert told
    assert "100 %" not in told
    assert "original" not in told


def test_the_place_that_differs_is_turned_round_with_the_map() -> None:
    """The right half of a picture: what is drawn at its left edge lies in the middle of the whole."""
    evidence = Evidence("", transform=(0.5, 0.0, 0.5, 0.0, 1.0, 0.0), differs_at=(0.5, 0.0, 0.1, 0.2))

    assert turned_round(evidence).differs_at == pytest.approx((0.0, 0.0, 0.2, 0.2))
    assert turned_round(Evidence("", orientation=6, differs_at=(0.5, 0.0, 0.1, 0.2))).differs_at is None


def test_turned_round_twice_is_what_it_was() -> None:
    evidence = Evidence(
        "", 0.1, 0.9, 0.95, 2.0, 6, 0.5, 0.9, 1.0, 12.0, 1.25, 0.8, (0.9, 0.0, 0.05, 0.0, 0.9, 0.05), None
    )

    twice = turned_round(turned_round(evidence))

    assert twice.transform == pytest.approx(evidence.transform)
    assert (twice.orientation, twice.scale, twice.brightness, twice.coverage_left) == (6, 0.5, 12.0, 0.9)
    assert turned_round(evidence).orientation == 8
