"""Stars keep their promises on any graph of relations, for any order in which things are told."""

import random
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from py_image_dedup.matching.groups.stars import StarFormation
from py_image_dedup.model.images import ImageRecord
from py_image_dedup.model.matches import Comparison, Evidence, Relation, Star
from tests.support.records import record

COMPARED = (Relation.SAME_PIXELS, Relation.SAME_PICTURE, Relation.TURNED, Relation.EDITED, Relation.LOOK_ALIKE, None)
SAME = frozenset({Relation.SAME_BYTES, Relation.SAME_PIXELS, Relation.SAME_PICTURE})
ACTED = (SAME, SAME | {Relation.TURNED}, SAME | {Relation.TURNED, Relation.EDITED}, frozenset({Relation.SAME_BYTES}))

Graph = tuple[list[ImageRecord], list[Comparison]]


def by_size(records: Sequence[ImageRecord], damaged: frozenset[bytes]) -> list[ImageRecord]:
    return sorted(records, key=lambda r: (r.sha256 in damaged, -r.file.size, r.file.path))


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Up to 14 files of up to 9 contents below two roots, with relations between any two contents."""
    contents = [f"content {n}" for n in range(draw(st.integers(1, 9)))]
    records = [
        record(
            f"/{root}/{n}.jpg", draw(st.sampled_from(contents)), root=f"/{root}", size=draw(st.sampled_from([1, 2, 3]))
        )
        for n, root in enumerate(draw(st.lists(st.sampled_from("ab"), min_size=1, max_size=14)))
    ]
    present = sorted({r.sha256 for r in records})
    pairs = [(a, b) for a in present for b in present if a < b]
    relations = draw(st.lists(st.sampled_from(COMPARED), min_size=len(pairs), max_size=len(pairs)))
    return records, [
        Comparison(a, b, relation, Evidence("")) for (a, b), relation in zip(pairs, relations, strict=True)
    ]


def told(graph: Graph, a: ImageRecord, b: ImageRecord) -> Relation | None:
    if a.sha256 == b.sha256:
        return Relation.SAME_BYTES
    pair = tuple(sorted((a.sha256, b.sha256)))
    return next(c.relation for c in graph[1] if (c.left, c.right) == pair)


def formed(graph: Graph, acted: frozenset[Relation], across_dirs: bool = True) -> tuple[Star, ...]:
    return StarFormation(by_size, acted, across_dirs)(*graph, frozenset())


@given(graphs(), st.sampled_from(ACTED))
@settings(deadline=None)
def test_every_file_matches_its_keeper_directly_as_the_comparison_says(
    graph: Graph, acted: frozenset[Relation]
) -> None:
    for star in formed(graph, acted):
        for other, match in star.others:
            assert told(graph, star.keeper, other) is match.relation


@given(graphs(), st.sampled_from(ACTED))
@settings(deadline=None)
def test_no_file_stands_in_two_stars(graph: Graph, acted: frozenset[Relation]) -> None:
    paths = [r.file.path for star in formed(graph, acted) for r in (star.keeper, *(o for o, _ in star.others))]

    assert len(paths) == len(set(paths))


@given(graphs(), st.sampled_from(ACTED))
@settings(deadline=None)
def test_two_files_with_the_same_bytes_never_both_stay_where_that_is_acted_on(
    graph: Graph, acted: frozenset[Relation]
) -> None:
    stars = formed(graph, acted)
    gone = {o.file.path for star in stars for o, match in star.others if match.relation in acted}
    staying = [r for r in graph[0] if r.file.path not in gone]

    assert len({r.sha256 for r in staying}) == len({r.sha256 for r in graph[0]} - only_gone(graph, gone))
    assert len(staying) == len({r.sha256 for r in staying})


def only_gone(graph: Graph, gone: set[str]) -> set[bytes]:
    return {r.sha256 for r in graph[0]} - {r.sha256 for r in graph[0] if r.file.path not in gone}


@given(graphs(), st.sampled_from(ACTED))
@settings(deadline=None)
def test_of_files_that_are_the_same_picture_the_best_stays(graph: Graph, acted: frozenset[Relation]) -> None:
    for star in formed(graph, acted & SAME):
        acted_on = [o for o, match in star.others if match.relation in acted & SAME]
        assert by_size([star.keeper, *acted_on], frozenset())[0] == star.keeper


@given(graphs(), st.sampled_from(ACTED))
@settings(deadline=None)
def test_look_alikes_stand_among_themselves(graph: Graph, acted: frozenset[Relation]) -> None:
    for star in formed(graph, acted):
        relations = {match.relation for _, match in star.others}
        assert Relation.LOOK_ALIKE not in relations or relations == {Relation.LOOK_ALIKE}


@given(graphs(), st.sampled_from(ACTED), st.integers(0, 1000))
@settings(deadline=None)
def test_the_order_of_the_input_is_nothing(graph: Graph, acted: frozenset[Relation], seed: int) -> None:
    records, comparisons = list(graph[0]), list(graph[1])
    random.Random(seed).shuffle(records)
    random.Random(seed + 1).shuffle(comparisons)

    assert formed((records, comparisons), acted) == formed(graph, acted)


@given(graphs(), st.sampled_from(ACTED))
@settings(deadline=None)
def test_within_one_root_only_unless_across_dirs(graph: Graph, acted: frozenset[Relation]) -> None:
    for star in formed(graph, acted, across_dirs=False):
        assert {other.file.root for other, _ in star.others} == {star.keeper.file.root}
