from dataclasses import replace

import pytest

from py_image_dedup.matching.groups.verdicts import judged, judged_relation, told, told_apart
from py_image_dedup.model.images import Fingerprint
from py_image_dedup.model.matches import Comparison, Evidence, Relation
from py_image_dedup.model.verdicts import Verdict, content_pair
from tests.support.records import record, star

A, B = sorted((record("/lib/a.jpg"), record("/lib/b.jpg")), key=lambda r: r.sha256)
PAIR = content_pair(A.sha256, B.sha256)
SHIPPED = frozenset({Relation.SAME_BYTES, Relation.SAME_PIXELS, Relation.SAME_PICTURE})
EVERYTHING = frozenset(set(Relation) - {Relation.LOOK_ALIKE})
MEASURED = (*Relation, None)


def strength(relation: Relation | None) -> int:
    return len(Relation) if relation is None else relation.strength


@pytest.mark.parametrize("acted", [SHIPPED, EVERYTHING])
@pytest.mark.parametrize("verdict", list(Verdict))
@pytest.mark.parametrize("measured", MEASURED)
def test_a_verdict_never_lets_a_file_go_that_the_measurement_would_not(
    measured: Relation | None, verdict: Verdict, acted: frozenset[Relation]
) -> None:
    found = judged_relation(measured, verdict, acted)

    assert found not in acted or found is measured


@pytest.mark.parametrize("measured", MEASURED)
def test_what_each_word_makes_of_a_pair(measured: Relation | None) -> None:
    assert judged_relation(measured, Verdict.NOT_A_COPY, SHIPPED) is None
    assert judged_relation(measured, Verdict.SERIES, SHIPPED) is Relation.LOOK_ALIKE
    assert judged_relation(measured, Verdict.COPY, SHIPPED) is not None
    assert judged_relation(measured, None, SHIPPED) is measured


def test_a_pair_that_was_never_compared_is_shown_when_it_is_judged_a_copy() -> None:
    (found,) = judged((), {PAIR: Verdict.COPY}, SHIPPED)

    assert found == Comparison(*PAIR, Relation.EDITED, Evidence(""))


def test_other_pairs_stay_as_they_are() -> None:
    others = tuple(
        Comparison(*sorted((A.sha256, record(f"/lib/{n}.jpg").sha256)), Relation.TURNED, Evidence("", n / 10))
        for n in range(3)
    )

    assert set(judged(others, {PAIR: Verdict.NOT_A_COPY}, SHIPPED)) >= set(others)


def test_equal_pixels_no_longer_tie_what_was_judged_to_be_no_copies() -> None:
    flat = [replace(r, fingerprints=(Fingerprint("pixels", 1, b"p" * 32),)) for r in (A, B)]

    assert told_apart(flat, {PAIR: Verdict.COPY}) == tuple(flat)
    apart = told_apart(flat, {PAIR: Verdict.NOT_A_COPY})
    assert [r.fingerprint("pixels") is None for r in apart] == [False, True]


def test_the_user_is_told_what_he_judged() -> None:
    (found,) = told([star(A, B, relation=Relation.EDITED)], {PAIR: Verdict.COPY})

    assert found.others[0][1].evidence.words == "judged a copy by you; JPEG quality about 71"
