"""How stars form: strongest relations first, the best stays, what is only shown moves nobody."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

import pytest

from py_image_dedup.matching.groups.stars import StarFormation
from py_image_dedup.model.images import Fingerprint, ImageRecord
from py_image_dedup.model.matches import REMOVABLE, Comparison, Evidence, Relation, Star
from tests.support.records import record

SAME = frozenset({Relation.SAME_BYTES, Relation.SAME_PIXELS, Relation.SAME_PICTURE})
EVERYTHING = frozenset(REMOVABLE)


def by_size(records: Sequence[ImageRecord], damaged: frozenset[bytes]) -> list[ImageRecord]:
    return sorted(records, key=lambda r: (r.sha256 in damaged, -r.file.size, r.file.path))


def compared(a: ImageRecord, b: ImageRecord, relation: Relation, **evidence: object) -> Comparison:
    """As measured with `a` on the left; turned round where `b` is the smaller content."""
    left, right = sorted((a, b), key=lambda r: r.sha256)
    return Comparison(left.sha256, right.sha256, relation, Evidence("", **evidence))  # type: ignore[arg-type]


def stars(
    records: Sequence[ImageRecord],
    *comparisons: Comparison,
    acted: frozenset[Relation] = SAME,
    damaged: frozenset[bytes] = frozenset(),
) -> list[tuple[str, dict[str, Relation]]]:
    found: Sequence[Star] = StarFormation(by_size, acted, across_dirs=True)(records, comparisons, damaged)
    return [(s.keeper.file.path, {r.file.path: m.relation for r, m in s.others}) for s in found]


def test_the_same_bytes_gather_without_a_comparison() -> None:
    records = [record("/b", "x"), record("/a", "x"), record("/c", "y")]

    assert stars(records) == [("/a", {"/b": Relation.SAME_BYTES})]


def test_equal_digests_of_low_detail_pictures_are_the_same_pixels() -> None:
    black = (Fingerprint("pixels", 1, bytes(32)),)
    records = [replace(record(path), fingerprints=black) for path in ("/a", "/b", "/c")]

    assert stars(records) == [("/a", {"/b": Relation.SAME_PIXELS, "/c": Relation.SAME_PIXELS})]


def test_no_chain_a_copy_of_a_copy_is_no_copy() -> None:
    a, b, c = (record(path, size=size) for path, size in (("/a", 3), ("/b", 2), ("/c", 1)))

    found = stars([a, b, c], compared(a, b, Relation.SAME_PICTURE), compared(b, c, Relation.SAME_PICTURE))

    assert found == [("/a", {"/b": Relation.SAME_PICTURE})]


def test_a_larger_framed_copy_does_not_drag_plain_copies_into_review() -> None:
    framed, plain, copy = record("/framed", size=9), record("/plain", size=2), record("/copy", size=1)
    comparisons = (
        compared(framed, plain, Relation.EDITED),
        compared(framed, copy, Relation.EDITED),
        compared(plain, copy, Relation.SAME_PICTURE),
    )

    assert stars([framed, plain, copy], *comparisons) == [
        ("/plain", {"/framed": Relation.EDITED, "/copy": Relation.SAME_PICTURE})
    ]


def test_a_star_of_turned_copies_joins_that_of_the_better_file_if_turned_is_acted_on() -> None:
    upright, turned, again = record("/a", size=3), record("/b", "turned", size=2), record("/c", "turned", size=1)
    comparison = compared(upright, turned, Relation.TURNED)

    shown = stars([upright, turned, again], comparison)
    joined = stars([upright, turned, again], comparison, acted=SAME | {Relation.TURNED})

    assert shown == [("/b", {"/a": Relation.TURNED, "/c": Relation.SAME_BYTES})]
    assert joined == [("/a", {"/b": Relation.TURNED, "/c": Relation.TURNED})]


def test_a_star_of_which_one_file_does_not_match_the_better_file_stays() -> None:
    a, b, c = record("/a", size=3), record("/b", size=2), record("/c", size=1)
    comparisons = (compared(a, b, Relation.TURNED), compared(b, c, Relation.SAME_PICTURE))

    assert stars([a, b, c], *comparisons, acted=EVERYTHING) == [("/b", {"/c": Relation.SAME_PICTURE})]


def test_edits_gather_around_the_picture_that_all_of_them_match() -> None:
    """A framed copy is larger, but a crop of the picture does not match it."""
    framed, plain, crop = record("/framed", size=3), record("/plain", size=2), record("/crop", size=1)
    comparisons = (compared(framed, plain, Relation.EDITED), compared(plain, crop, Relation.EDITED))

    found = stars([framed, plain, crop], *comparisons, acted=EVERYTHING)

    assert found == [("/plain", {"/framed": Relation.EDITED, "/crop": Relation.EDITED})]


def shown(whole: ImageRecord, crop: ImageRecord, *, frame: bool = False) -> Comparison:
    """`crop` shows a part of `whole`; where that is framed, there is nothing but the frame around it."""
    more = 0.01 if frame else 0.3
    if whole.sha256 < crop.sha256:
        return compared(whole, crop, Relation.EDITED, beyond_left=more, beyond_right=0.0)
    return compared(whole, crop, Relation.EDITED, beyond_left=0.0, beyond_right=more)


@pytest.mark.parametrize("sizes", list(permutations((3, 2, 1))))
def test_a_crop_never_stands_for_its_whole_though_a_crop_of_it_matches_it_too(sizes: tuple[int, int, int]) -> None:
    """The crop of a crop shows too little of the whole to match it: the crop has the most matches."""
    whole, crop, again = (record(f"/{n}", size=size) for n, size in zip(("whole", "crop", "again"), sizes, strict=True))

    found = stars([whole, crop, again], shown(whole, crop), shown(crop, again), acted=EVERYTHING)

    assert found == [("/whole", {"/crop": Relation.EDITED})]


@pytest.mark.parametrize("sizes", list(permutations((3, 2, 1))))
def test_all_crops_that_match_the_whole_go_for_it(sizes: tuple[int, int, int]) -> None:
    whole, crop, again = (record(f"/{n}", size=size) for n, size in zip(("whole", "crop", "again"), sizes, strict=True))

    found = stars([whole, crop, again], shown(whole, crop), shown(crop, again), shown(whole, again), acted=EVERYTHING)

    assert found == [("/whole", {"/crop": Relation.EDITED, "/again": Relation.EDITED})]


def test_a_framed_copy_shows_no_more_than_the_plain_picture() -> None:
    framed, plain, crop = record("/framed", size=3), record("/plain", size=2), record("/crop", size=1)

    found = stars([framed, plain, crop], shown(framed, plain, frame=True), shown(plain, crop), acted=EVERYTHING)

    assert found == [("/plain", {"/framed": Relation.EDITED, "/crop": Relation.EDITED})]


def test_copies_of_a_crop_stay_with_it_where_they_do_not_match_the_whole() -> None:
    whole, crop, copy = record("/whole", size=1), record("/crop", size=3), record("/copy", size=2)

    found = stars(
        [whole, crop, copy], shown(whole, crop), compared(crop, copy, Relation.SAME_PICTURE), acted=EVERYTHING
    )

    assert found == [("/crop", {"/copy": Relation.SAME_PICTURE})]


def test_a_damaged_whole_is_left_alone_rather_than_kept_for_its_crop() -> None:
    whole, crop = record("/whole", size=2), record("/crop", size=1)

    found = stars([whole, crop], shown(whole, crop), acted=EVERYTHING, damaged=frozenset({whole.sha256}))

    assert found == []


def test_a_damaged_picture_gathers_nothing_however_many_match_it() -> None:
    framed, plain, crop = record("/framed", size=3), record("/plain", size=2), record("/crop", size=1)
    comparisons = (compared(framed, plain, Relation.EDITED), compared(plain, crop, Relation.EDITED))

    found = stars([framed, plain, crop], *comparisons, acted=EVERYTHING, damaged=frozenset({plain.sha256}))

    assert found == [("/framed", {"/plain": Relation.EDITED})]


def test_a_damaged_file_never_stays_where_an_intact_one_matches() -> None:
    broken, whole = record("/broken", size=9), record("/whole", size=1)

    found = stars([broken, whole], compared(broken, whole, Relation.SAME_PICTURE), damaged=frozenset({broken.sha256}))

    assert found == [("/whole", {"/broken": Relation.SAME_PICTURE})]


def test_look_alikes_are_a_series_of_files_that_are_in_no_other_star() -> None:
    a, b, c, copy = record("/a"), record("/b"), record("/c"), record("/c2", "/c")
    comparisons = (compared(a, b, Relation.LOOK_ALIKE), compared(a, c, Relation.LOOK_ALIKE))

    assert stars([a, b, c, copy], *comparisons) == [
        ("/a", {"/b": Relation.LOOK_ALIKE}),
        ("/c", {"/c2": Relation.SAME_BYTES}),
    ]


def test_evidence_is_told_as_seen_from_the_file_that_stays() -> None:
    keeper, member = record("/big", size=9), record("/small", size=1)
    left_is_keeper = keeper.sha256 < member.sha256
    comparison = compared(
        keeper,
        member,
        Relation.TURNED,
        orientation=6 if left_is_keeper else 8,
        scale=0.5 if left_is_keeper else 2.0,
        brightness=20.0 if left_is_keeper else -20.0,
        coverage_left=1.0 if left_is_keeper else 0.99,
        coverage_right=0.99 if left_is_keeper else 1.0,
    )

    (star,) = StarFormation(by_size, EVERYTHING, across_dirs=True)([keeper, member], [comparison], frozenset())
    evidence = star.others[0][1].evidence

    assert (evidence.orientation, evidence.scale, evidence.brightness) == (6, 0.5, 20.0)
    assert (evidence.coverage_left, evidence.coverage_right) == (1.0, 0.99)
    assert evidence.words == "turned by 90 degrees anticlockwise, scaled to 50 %, brighter"


def test_what_matches_an_edited_copy_only_is_shown_with_it_and_stays() -> None:
    whole, saved, framed, odd = (record(f"/{name}", size=size) for name, size in zip("dcba", (4, 3, 2, 1), strict=True))
    relations = (
        compared(whole, saved, Relation.SAME_PICTURE),
        compared(whole, framed, Relation.EDITED),
        compared(framed, odd, Relation.EDITED),
    )

    found = stars([whole, saved, framed, odd], *relations, acted=EVERYTHING)

    assert found == [("/a", {"/b": Relation.EDITED}), ("/d", {"/c": Relation.SAME_PICTURE})]


def test_nothing_is_lent_that_would_leave_the_lender_alone() -> None:
    whole, crop, odd = record("/whole", size=9), record("/crop", size=8), record("/odd", size=7)
    relations = (
        shown(whole, crop),
        compared(crop, odd, Relation.EDITED),
    )

    assert stars([whole, crop, odd], *relations, acted=EVERYTHING) == [("/whole", {"/crop": Relation.EDITED})]


def test_only_edited_copies_are_lent_and_none_to_a_damaged_file() -> None:
    whole, saved, framed, odd = (record(f"/{name}", size=size) for name, size in zip("dcba", (4, 3, 2, 1), strict=True))
    same = (compared(whole, saved, Relation.SAME_PICTURE), compared(whole, framed, Relation.EDITED))

    by_same = stars([whole, saved, framed, odd], *same, compared(saved, odd, Relation.EDITED), acted=EVERYTHING)
    to_damaged = stars(
        [whole, saved, framed, odd],
        *same,
        compared(framed, odd, Relation.EDITED),
        acted=EVERYTHING,
        damaged=frozenset({odd.sha256}),
    )

    assert by_same == to_damaged == [("/d", {"/c": Relation.SAME_PICTURE, "/b": Relation.EDITED})]
