"""Files without a time of capture are of one shot: a copy of one of two exposures is no copy of the other one."""

from collections.abc import Sequence

import pytest

from py_image_dedup.matching.groups.shots import WORDS, of_their_shots
from py_image_dedup.matching.groups.stars import StarFormation
from py_image_dedup.model.images import ImageRecord
from py_image_dedup.model.matches import REMOVABLE, Comparison, Evidence, Relation
from tests.support.records import record

PLAIN = record("/plain", size=5, taken_at="2015-02-09T22:47:44", camera="SX60")
HDR = record("/hdr", size=4, taken_at="2015-02-09T22:48:10", camera="SX60")
FRAMED = record("/framed", size=9)  # made of the plain one, larger, its time taken away
SMALL = record("/small", size=1)  # made of the one with HDR
ALL = (PLAIN, HDR, FRAMED, SMALL)


def compared(a: ImageRecord, b: ImageRecord, relation: Relation | None, difference: float | None) -> Comparison:
    left, right = sorted((a.sha256, b.sha256))
    return Comparison(left, right, relation, Evidence("", difference=difference))


def told(one: Comparison, a: ImageRecord, b: ImageRecord) -> bool:
    return {one.left, one.right} == {a.sha256, b.sha256}


EXPOSURES = (
    compared(PLAIN, HDR, Relation.LOOK_ALIKE, 2.5),
    compared(FRAMED, PLAIN, Relation.EDITED, 0.4),
    compared(FRAMED, HDR, Relation.EDITED, 2.6),
    compared(SMALL, HDR, Relation.SAME_PICTURE, 0.7),
    compared(SMALL, PLAIN, Relation.SAME_PICTURE, 2.4),
    compared(SMALL, FRAMED, Relation.EDITED, 2.5),
)


def relations(comparisons: Sequence[Comparison], a: ImageRecord, b: ImageRecord) -> list[Relation | None]:
    return [one.relation for one in comparisons if told(one, a, b)]


def test_a_file_without_a_time_is_a_copy_of_the_closest_shot_alone() -> None:
    found = of_their_shots(ALL, EXPOSURES)

    assert relations(found, FRAMED, PLAIN) == [Relation.EDITED]
    assert relations(found, FRAMED, HDR) == [Relation.LOOK_ALIKE]
    assert relations(found, SMALL, HDR) == [Relation.SAME_PICTURE]
    assert relations(found, SMALL, PLAIN) == [Relation.LOOK_ALIKE]
    assert relations(found, SMALL, FRAMED) == [Relation.LOOK_ALIKE]  # neither has a time: each has its shot's
    assert {one.evidence.words for one in found if told(one, FRAMED, HDR)} == {WORDS}


def test_a_larger_copy_of_one_exposure_does_not_stay_for_the_other() -> None:
    form = StarFormation(
        lambda some, _: sorted(some, key=lambda r: -r.file.size), frozenset(REMOVABLE), across_dirs=True
    )

    found = [
        (star.keeper.file.path, {r.file.path for r, _ in star.others}) for star in form(ALL, EXPOSURES, frozenset())
    ]

    assert found == [("/framed", {"/plain"}), ("/hdr", {"/small"})]


def test_the_order_of_comparisons_does_not_matter() -> None:
    forwards, backwards = of_their_shots(ALL, EXPOSURES), of_their_shots(ALL, EXPOSURES[::-1])

    assert forwards == backwards[::-1]


@pytest.mark.parametrize("relation", [Relation.SAME_PIXELS, Relation.LOOK_ALIKE, None])
def test_equal_pixels_and_what_is_no_copy_stay_as_they_are(relation: Relation | None) -> None:
    others = (compared(FRAMED, PLAIN, Relation.EDITED, 0.4), compared(FRAMED, HDR, relation, None))

    assert of_their_shots(ALL, others) == list(others)


def test_without_a_second_time_nothing_is_told_apart() -> None:
    late = record("/late", size=4, taken_at="2015-02-09T22:48:10")  # names no camera
    others = (compared(FRAMED, PLAIN, Relation.EDITED, 0.4), compared(FRAMED, late, Relation.EDITED, 2.0))

    assert of_their_shots((PLAIN, late, FRAMED), others) == list(others)


def test_two_shots_that_a_person_calls_copies_stay_what_the_person_says() -> None:
    word = (compared(PLAIN, HDR, Relation.EDITED, 2.5),)  # a verdict on a look-alike makes it one to be seen

    assert of_their_shots(ALL, word) == list(word)
