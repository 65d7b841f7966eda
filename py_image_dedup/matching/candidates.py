"""Which contents are worth comparing: fingerprints within a radius of each other in any of the eight orientations.

The fingerprint `pdq` holds eight 32-byte hashes, element o - 1 of the picture after EXIF orientation o is applied
to it, and one byte of quality. Turned and mirrored copies are found by asking for all eight hashes of one picture among
the plain hashes of the others.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from py_image_dedup.matching.hamming import CODE_BYTES, HammingIndex, Near
from py_image_dedup.matching.orientation import ORIENTATIONS, inverse
from py_image_dedup.matching.relation import COMPARISON_VERSION
from py_image_dedup.model.images import DETAIL_FLOOR, ImageRecord
from py_image_dedup.model.matches import Candidate

PDQ = "pdq"
PDQ_VALUE_BYTES = len(ORIENTATIONS) * CODE_BYTES + 1
CODE_BITS = CODE_BYTES * 8

# Of 300 photographs and 27 mild changes each (saved again, scaled, toned, turned) all but one of 8,400 copies
# lie within 34 bits of the original, 90 % of captions and 97 % of logos within 40; of 25,760 pairs of
# different photographs, each in eight orientations, none does.
RADIUS_BITS = 40

# Pictures asked for at once: bounds the memory held for answers.
BATCH = 2048

_Hashes = npt.NDArray[np.uint8]  # (n, 8, 32)


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
        contents, hashes = self._comparable(all_)
        if len(contents) < 2:
            return
        index = HammingIndex(np.ascontiguousarray(hashes[:, 0]))
        fresh = {record.sha256 for record in new}
        is_new = np.array([content in fresh for content in contents])
        asked = np.flatnonzero(is_new)
        for start in range(0, len(asked), BATCH):
            for query, code, orientation, distance in self._near(index, hashes, asked[start : start + BATCH], is_new):
                yield _candidate(contents[query], contents[code], orientation, distance)

    def _comparable(self, records: Sequence[ImageRecord]) -> tuple[list[bytes], _Hashes]:
        """Contents in ascending order and their hashes."""
        by_content = {r.sha256: r for r in records if is_comparable(r, self.detail_floor)}
        contents = sorted(by_content)
        values = b"".join(_pdq_value(by_content[content]) for content in contents)
        return contents, np.frombuffer(values, np.uint8).reshape(-1, len(ORIENTATIONS), CODE_BYTES)

    def _near(
        self, index: HammingIndex, hashes: _Hashes, asked: npt.NDArray[np.int64], is_new: npt.NDArray[np.bool_]
    ) -> Iterator[tuple[int, int, int, int]]:
        """Query number, code number, orientation of the query that brings it to the code, distance."""
        best: dict[tuple[int, int], tuple[int, int]] = {}
        for orientation in ORIENTATIONS:
            for near in index.within(np.ascontiguousarray(hashes[asked, orientation - 1]), self.radius):
                for query, code, distance in _asked_from_here(near, asked, is_new):
                    found = (distance, orientation)
                    best[query, code] = min(best.get((query, code), found), found)
        for (query, code), (distance, orientation) in sorted(best.items()):
            yield query, code, orientation, distance


def _pdq_value(record: ImageRecord) -> bytes:
    fingerprint = record.fingerprint(PDQ)
    if fingerprint is None or len(fingerprint.value) != PDQ_VALUE_BYTES:
        raise ValueError(f"{record.file.path}: a pdq fingerprint has {PDQ_VALUE_BYTES} bytes")
    return fingerprint.value[:-1]


def _asked_from_here(
    near: Near, asked: npt.NDArray[np.int64], is_new: npt.NDArray[np.bool_]
) -> Iterator[tuple[int, int, int]]:
    """Leave a pair of two new pictures to the smaller one, and a picture alone with itself."""
    query = asked[near.query]
    kept = (near.code > query) | ~is_new[near.code]
    return zip(query[kept].tolist(), near.code[kept].tolist(), near.distance[kept].tolist(), strict=True)


def _candidate(query: bytes, code: bytes, orientation: int, distance: int) -> Candidate:
    share = distance / CODE_BITS
    if query < code:
        return Candidate(query, code, inverse(orientation), share)
    return Candidate(code, query, orientation, share)
