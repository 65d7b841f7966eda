"""Copies of one picture are compared among themselves, also where their fingerprints lie too far apart."""

from dataclasses import replace
from itertools import combinations, pairwise

from py_image_dedup.matching.candidates.by_hash import PDQ, PDQ_VALUE_BYTES
from py_image_dedup.model.images import Fingerprint, ImageRecord
from py_image_dedup.model.listeners import Silence
from py_image_dedup.model.matches import Comparison, Evidence, Relation
from py_image_dedup.phases.bridges import bridges
from py_image_dedup.phases.search import compare_bridged
from tests.support.phases import EverythingIsTheSame
from tests.support.records import record
from tests.unit.phases.test_search import parts


def printed(name: str, level: int) -> ImageRecord:
    """A record whose fingerprint is `level` in every byte."""
    plain = record(f"/lib/{name}.jpg")
    return replace(plain, fingerprints=(Fingerprint(PDQ, 1, bytes([level]) * PDQ_VALUE_BYTES),))


ORIGINAL, BRIGHT, TURNED, STRANGER = (printed(n, level) for n, level in zip("abcd", (0, 1, 2, 255), strict=True))
RECORDS = {r.sha256: r for r in (ORIGINAL, BRIGHT, TURNED, STRANGER)}


def told(one: ImageRecord, other: ImageRecord, relation: Relation | None) -> Comparison:
    left, right = sorted((one.sha256, other.sha256))
    return Comparison(left, right, relation, Evidence("", 0.1))


def names(*pair: ImageRecord) -> tuple[bytes, ...]:
    return tuple(sorted(r.sha256 for r in pair))


def test_two_copies_of_a_third_picture_are_brought_up_and_nothing_else() -> None:
    comparisons = [
        told(ORIGINAL, BRIGHT, Relation.SAME_PICTURE),
        told(ORIGINAL, TURNED, Relation.TURNED),
        told(TURNED, STRANGER, Relation.LOOK_ALIKE),
    ]

    found = list(bridges(RECORDS, comparisons))

    assert [(c.left, c.right) for c in found] == [names(BRIGHT, TURNED)]
    assert found[0].distance == 2 / 8


def test_a_pair_that_was_compared_is_not_brought_up_whatever_was_said() -> None:
    for said in (None, Relation.LOOK_ALIKE, Relation.EDITED):
        comparisons = [
            told(ORIGINAL, BRIGHT, Relation.SAME_PICTURE),
            told(ORIGINAL, TURNED, Relation.TURNED),
            told(BRIGHT, TURNED, said),
        ]

        assert list(bridges(RECORDS, comparisons)) == []


def test_a_chain_of_copies_ends_with_all_of_them_compared() -> None:
    chain = [printed(f"{n:02}", n) for n in range(6)]
    by_content = {r.sha256: r for r in chain}
    searched = parts()
    links = [told(a, b, Relation.SAME_PICTURE) for a, b in pairwise(chain)]
    searched.store.remember(searched.index.method, links, [])

    comparisons = compare_bridged(by_content, searched, Silence())

    assert {(c.left, c.right) for c in comparisons} == {names(*pair) for pair in combinations(chain, 2)}


def test_a_pair_that_gets_no_answer_is_asked_once_a_run() -> None:
    comparer = EverythingIsTheSame(silent=frozenset({TURNED.sha256}))
    searched = replace(parts(), comparer=comparer)
    known = [told(ORIGINAL, BRIGHT, Relation.SAME_PICTURE), told(ORIGINAL, TURNED, Relation.TURNED)]
    searched.store.remember(searched.index.method, known, [])

    assert len(compare_bridged(RECORDS, searched, Silence())) == len(known)
    assert comparer.compared == []
