"""Candidates by image-match signature: near ones that share words, each pair once, beside those by hash."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from py_image_dedup.analysis.fingerprints.image_match import distance, words
from py_image_dedup.matching.candidates.by_hash import HammingCandidates
from py_image_dedup.matching.candidates.signature_search import CODES_AT_ONCE, near_signatures
from py_image_dedup.matching.candidates.signatures import EitherCandidates, SignatureCandidates
from py_image_dedup.model.images import Fingerprint, ImageRecord
from py_image_dedup.model.matches import Candidate
from tests.support.records import record

Signatures = npt.NDArray[np.int8]


def signatures(count: int, seed: int = 1) -> Signatures:
    """Each third is one of the others with some of its values changed; the last is blank."""
    random = np.random.default_rng(seed)
    made = random.integers(-2, 3, (count, 648)).astype(np.int8)
    for copy in range(0, count, 3):
        made[copy] = made[random.integers(count)]
        places = random.choice(648, random.integers(0, 90), replace=False)
        made[copy, places] = random.integers(-2, 3, len(places))
    made[-1] = 0
    return made


def slowly(codes: Signatures, is_new: Sequence[bool], max_distance: float, shared: int) -> set[tuple[int, int]]:
    """By the definitions of the library."""
    found = set()
    for left in range(len(codes)):
        for right in range(left + 1, len(codes)):
            same = sum(a == b for a, b in zip(words(codes[left]), words(codes[right]), strict=True))
            near = distance(codes[left], codes[right]) < max_distance
            if (is_new[left] or is_new[right]) and near and same >= shared:
                found.add((left, right))
    return found


@pytest.mark.parametrize(("max_distance", "shared"), [(0.1, 5), (0.3, 5), (0.3, 30), (1.0, 1)])
def test_near_are_those_that_the_definition_says(max_distance: float, shared: int) -> None:
    codes = signatures(60)
    is_new = [number % 2 == 0 for number in range(60)]

    found = list(near_signatures(codes.tobytes(), is_new, max_distance, shared))

    assert set(found) == slowly(codes, is_new, max_distance, shared)
    assert len(found) == len(set(found)) > 1


def test_a_pair_is_found_over_the_edge_of_what_is_computed_at_once() -> None:
    random = np.random.default_rng(1)
    codes = random.integers(-2, 3, (CODES_AT_ONCE + 3, 648)).astype(np.int8)
    codes[-1] = codes[5]
    is_new = [number in {5, len(codes) - 1} for number in range(len(codes))]

    assert list(near_signatures(codes.tobytes(), is_new, 0.1, 5)) == [(5, len(codes) - 1)]


def test_of_none_there_is_none() -> None:
    assert list(near_signatures(b"", [], 0.3, 5)) == []


def hashes(seed: int) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (8, 32), np.uint8)


def pictured(
    name: str, signature: Signatures | None, seed: int, turned: npt.NDArray[np.uint8] | None = None, **changes: object
) -> ImageRecord:
    prints = (Fingerprint("pdq", 1, (hashes(seed) if turned is None else turned).tobytes() + b"\x64"),)
    if signature is not None:
        prints += (Fingerprint("image-match", 1, signature.tobytes()),)
    return replace(record(f"/lib/{name}.jpg", **changes), fingerprints=prints)


def pairs(candidates: Sequence[Candidate]) -> list[tuple[bytes, bytes]]:
    return [(candidate.left, candidate.right) for candidate in candidates]


ONE = signatures(3)[1]
BY_SIGNATURE = SignatureCandidates(0.1)


def test_a_candidate_is_laid_down_as_the_hashes_are_nearest() -> None:
    """Hashes about 100 bits apart but in one orientation, where they are 56: too far for a candidate by hash."""
    first, second = hashes(1), hashes(2)
    apart = np.array([0xFF] * 7 + [0] * 25, np.uint8)
    first[6 - 1], second[8 - 1] = second[0] ^ apart, first[0] ^ apart
    one, other = pictured("a", ONE, 0, first), pictured("b", ONE, 0, second)

    (found,) = BY_SIGNATURE.candidates([one], [one, other])

    assert (found.left, found.right) == tuple(sorted((one.sha256, other.sha256)))
    assert found.orientation == (8 if found.left == one.sha256 else 6)
    assert found.distance == 56 / 256
    assert list(HammingCandidates().candidates([one], [one, other])) == []


def test_what_carries_too_little_and_what_has_no_signature_is_no_candidate() -> None:
    everything = [
        pictured("a", ONE, 1),
        pictured("flat", ONE, 2, detail=0.1),
        pictured("without", None, 3),
        pictured("cut", ONE[:600], 4),
    ]

    assert list(BY_SIGNATURE.candidates(everything, everything)) == []


def test_pairs_of_which_neither_is_new_are_not_given() -> None:
    everything = [pictured(name, ONE, seed) for seed, name in enumerate("abc")]

    assert len(list(BY_SIGNATURE.candidates(everything, everything))) == 3
    assert len(list(BY_SIGNATURE.candidates(everything[:1], everything))) == 2
    assert list(BY_SIGNATURE.candidates([], everything)) == []


def test_either_gives_each_pair_once_the_first_ones_as_they_are() -> None:
    same, near = pictured("a", ONE, 1), pictured("b", ONE, 1)
    by_signature_alone = pictured("c", ONE, 3)
    either = EitherCandidates(HammingCandidates(), BY_SIGNATURE)
    everything = [same, near, by_signature_alone]

    found = list(either.candidates(everything, everything))

    assert found[0] in list(HammingCandidates().candidates(everything, everything))
    assert len(set(pairs(found))) == len(found) == 3


def test_what_decides_the_answers_is_in_the_name() -> None:
    names = {SignatureCandidates(0.1).method, SignatureCandidates(0.2).method, HammingCandidates().method}

    assert len(names) == 3
    assert EitherCandidates(HammingCandidates(), BY_SIGNATURE).method not in names
