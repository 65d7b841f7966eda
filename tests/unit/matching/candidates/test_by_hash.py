"""Candidates: all pairs within the radius, each once, in their best orientation."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from py_image_dedup.matching.candidates.by_hash import HammingCandidates
from py_image_dedup.model.images import DETAIL_FLOOR, Fingerprint, ImageRecord
from py_image_dedup.model.matches import Candidate
from tests.support.records import record

Hashes = npt.NDArray[np.uint8]  # 8 x 32


def hashes(seed: int) -> Hashes:
    return np.random.default_rng(seed).integers(0, 256, (8, 32), np.uint8)


def flipped(codes: Hashes, bits: int) -> Hashes:
    """Every hash with its first `bits` bits changed."""
    changed = np.unpackbits(codes, axis=1)
    changed[:, :bits] ^= 1
    return np.packbits(changed, axis=1)


def seen_as(codes: Hashes, plain: int) -> Hashes:
    """Hashes of a picture whose plain one is that of `codes` after orientation `plain`; the rest is something else."""
    other = hashes(99)
    other[0] = codes[plain - 1]
    return other


def pictured(name: str, codes: Hashes, **changes: object) -> ImageRecord:
    made = record(f"/lib/{name}.jpg", **changes)
    return replace(made, fingerprints=(Fingerprint("pdq", 1, codes.tobytes() + b"\x64"),))


def found(records: Sequence[ImageRecord], new: Sequence[ImageRecord] | None = None) -> list[Candidate]:
    return sorted(HammingCandidates(radius=40).candidates(records if new is None else new, records), key=str)


def test_within_the_radius_and_no_further() -> None:
    a = hashes(1)
    near, far = pictured("near", flipped(a, 40)), pictured("far", flipped(a, 41))
    base = pictured("base", a)

    pairs = [{c.left, c.right} for c in found([base, near, far], new=[base])]

    assert pairs == [{base.sha256, near.sha256}]


def test_each_pair_once_and_left_is_the_smaller_content() -> None:
    records = [pictured(str(n), flipped(hashes(2), n)) for n in range(6)]

    pairs = [(c.left, c.right) for c in found(records)]

    assert len(pairs) == len(set(pairs)) == 15
    assert all(left < right for left, right in pairs)


def test_only_pairs_with_a_new_picture() -> None:
    records = [pictured(str(n), flipped(hashes(3), n)) for n in range(4)]

    pairs = found(records, new=records[:1])

    assert len(pairs) == 3
    assert all(records[0].sha256 in (c.left, c.right) for c in pairs)


def test_the_distance_is_the_share_of_differing_bits() -> None:
    (candidate,) = found([pictured("a", hashes(4)), pictured("b", flipped(hashes(4), 32))])

    assert candidate.distance == 32 / 256


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_turns_right_into_left(orientation: int) -> None:
    """Exactly one of both sides is asked in all orientations: the smaller content."""
    small, large = sorted((record("/lib/a.jpg"), record("/lib/b.jpg")), key=lambda r: r.sha256)
    codes = hashes(5)
    turned = seen_as(codes, orientation)
    left = replace(small, fingerprints=(Fingerprint("pdq", 1, codes.tobytes() + b"\x64"),))
    right = replace(large, fingerprints=(Fingerprint("pdq", 1, turned.tobytes() + b"\x64"),))

    (candidate,) = found([left, right])

    assert (candidate.left, candidate.right) == (left.sha256, right.sha256)
    assert candidate.orientation == {6: 8, 8: 6}.get(orientation, orientation)


def test_pictures_without_detail_or_fingerprint_take_no_part() -> None:
    records = [
        pictured("plain", hashes(6)),
        pictured("flat", hashes(6), detail=DETAIL_FLOOR / 2),
        record("/lib/none.jpg"),
    ]

    assert found(records) == []


def test_two_files_of_one_content_are_one_picture() -> None:
    records = [pictured("a", hashes(7)), replace(pictured("a", hashes(7)), file=record("/lib/b.jpg").file)]

    assert found(records) == []


def test_the_order_of_the_records_is_nothing() -> None:
    records = [pictured(str(n), flipped(hashes(n % 3), n)) for n in range(12)]

    assert found(records[::-1]) == found(records)


def test_the_method_names_search_and_comparison() -> None:
    assert HammingCandidates(radius=31).method != HammingCandidates(radius=40).method
    assert "aligned" in HammingCandidates().method


def test_a_fingerprint_of_another_shape_is_told() -> None:
    short = replace(record("/lib/a.jpg"), fingerprints=(Fingerprint("pdq", 1, b"short"),))

    with pytest.raises(ValueError, match=r"a\.jpg"):
        found([short, pictured("b", hashes(8))])
