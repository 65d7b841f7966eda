from collections.abc import Sequence
from dataclasses import replace

from py_image_dedup.matching.groups.stars import StarFormation
from py_image_dedup.model.images import ImageRecord
from py_image_dedup.model.listeners import Silence
from py_image_dedup.model.matches import Relation
from py_image_dedup.phases.search import SearchParts, search
from py_image_dedup.stores.memory import MemoryStore
from tests.support.phases import EverythingIsACandidate, EverythingIsTheSame, ScriptedAnalyser
from tests.support.records import record

A, B, C = (record(f"/lib/{name}.jpg") for name in "abc")
ACTED = frozenset({Relation.SAME_BYTES, Relation.SAME_PICTURE})


def by_path(records: Sequence[ImageRecord], damaged: frozenset[bytes]) -> list[ImageRecord]:
    return sorted(records, key=lambda r: (r.sha256 in damaged, r.file.path))


def parts() -> SearchParts:
    stars = StarFormation(by_path, ACTED, across_dirs=True)
    return SearchParts(MemoryStore(), ScriptedAnalyser(), EverythingIsACandidate(), EverythingIsTheSame(), stars, ACTED)


def test_a_second_search_looks_up_and_compares_nothing() -> None:
    once = parts()
    first = search([A, B, C], once, Silence())
    again = replace(once, index=EverythingIsACandidate(), comparer=EverythingIsTheSame(), analyser=ScriptedAnalyser())

    second = search([A, B, C], again, Silence())

    assert second == first
    assert again.index.asked == []
    assert again.comparer.compared == []
    assert again.analyser.decoded == []


def test_a_new_picture_is_compared_with_the_old_ones_only() -> None:
    once = parts()
    search([A, B], once, Silence())
    again = replace(once, comparer=EverythingIsTheSame())

    search([A, B, C], again, Silence())

    assert {content for pair in again.comparer.compared for content in pair} == {A.sha256, B.sha256, C.sha256}
    assert len(again.comparer.compared) == 2


def test_a_pair_without_an_answer_is_asked_again_next_time() -> None:
    once = replace(parts(), comparer=EverythingIsTheSame(silent=frozenset({B.sha256})))
    search([A, B, C], once, Silence())
    again = replace(once, comparer=EverythingIsTheSame())

    search([A, B, C], again, Silence())

    assert sorted(again.comparer.compared) == sorted(
        (min(pair), max(pair)) for pair in [(A.sha256, B.sha256), (B.sha256, C.sha256)]
    )


def test_a_keeper_that_does_not_decode_gives_way_to_one_that_does() -> None:
    broken = ScriptedAnalyser(broken=frozenset({A.sha256}))

    found = search([A, B, C], replace(parts(), analyser=broken), Silence())

    assert [star.keeper for star in found.stars] == [B]
    assert dict(found.damaged) == {A.sha256: "cut off"}


def test_files_with_the_same_bytes_are_one_picture_to_the_search() -> None:
    copy = record("/lib/copy.jpg", content="/lib/a.jpg")
    once = parts()

    found = search([A, copy], once, Silence())

    assert once.comparer.compared == []
    assert [match.relation for star in found.stars for _, match in star.others] == [Relation.SAME_BYTES]
