"""Which contents are worth comparing: fingerprints within a radius of each other in any of the eight orientations.

The fingerprint `pdq` holds eight 32-byte hashes, element o - 1 of the picture after EXIF orientation o is applied
to it, and one byte of quality. Turned and mirrored copies are found by asking for all eight hashes of one picture among
the plain hashes of the others.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from py_image_dedup.matching.candidates.few import FEW_PAIRS, HASH_BYTES, neighbours_of_few
from py_image_dedup.matching.orientation import ORIENTATIONS, inverse
from py_image_dedup.matching.version import COMPARISON_VERSION
from py_image_dedup.model.images import DETAIL_FLOOR, ImageRecord
from py_image_dedup.model.matches import Candidate

PDQ = "pdq"
PDQ_VALUE_BYTES = len(ORIENTATIONS) * HASH_BYTES + 1
CODE_BITS = HASH_BYTES * 8

# Of 300 photographs and 27 mild changes each (saved again, scaled, toned, turned) all but one of 8,400 copies
# lie within 34 bits of the original, 90 % of captions and 97 % of logos within 40; of 25,760 pairs of
# different photographs, each in eight orientations, none does.
RADIUS_BITS = 40

Neighbours = Callable[[Sequence[bytes], Sequence[bool], int], Iterator[tuple[int, int, int, int]]]


def is_comparable(record: ImageRecord, detail_floor: float = DETAIL_FLOOR) -> bool:
    """Whether the picture carries enough to be compared with others by what it shows."""
    return record.facts.detail >= detail_floor and record.fingerprint(PDQ) is not None


@dataclass(frozen=True, slots=True)
class HammingCandidates:
    """All pairs whose PDQ hashes differ in at most `radius` bits in some orientation: exact, no cap.

    A pair is asked from one side only: from the new picture, or from the smaller content where both are new.
    """

    radius: int = RADIUS_BITS
    detail_floor: float = DETAIL_FLOOR

    @property
    def method(self) -> str:
        """Name and version of the search and of the comparison that follows it."""
        return f"pdq-{self.radius}+aligned-{COMPARISON_VERSION}"

    def candidates(self, new: Sequence[ImageRecord], all_: Sequence[ImageRecord]) -> Iterator[Candidate]:
        """Give each pair once, with its best orientation; left < right."""
        by_content = {r.sha256: r for r in all_ if is_comparable(r, self.detail_floor)}
        contents = sorted(by_content)
        if len(contents) < 2:
            return
        hashes = [_pdq_value(by_content[content]) for content in contents]
        fresh = {record.sha256 for record in new}
        near = _search(len(fresh) * len(contents))
        for query, code, orientation, distance in near(hashes, [c in fresh for c in contents], self.radius):
            yield _candidate(contents[query], contents[code], orientation, distance)


def _search(pairs: int) -> Neighbours:
    if pairs <= FEW_PAIRS:
        return neighbours_of_few
    from py_image_dedup.matching.candidates.neighbours import neighbours

    return neighbours


def _pdq_value(record: ImageRecord) -> bytes:
    fingerprint = record.fingerprint(PDQ)
    if fingerprint is None or len(fingerprint.value) != PDQ_VALUE_BYTES:
        raise ValueError(f"{record.file.path}: a pdq fingerprint has {PDQ_VALUE_BYTES} bytes")
    return fingerprint.value


def _candidate(query: bytes, code: bytes, orientation: int, distance: int) -> Candidate:
    share = distance / CODE_BITS
    if query < code:
        return Candidate(query, code, inverse(orientation), share)
    return Candidate(code, query, orientation, share)
