"""Candidates by the signature of the image-match library, beside those by PDQ hash.

Two pictures are near by signature where its distance is below a bound and they share a few of its 63 words: the words
let a search server find them without looking at all others, so the embedded search asks for them too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from py_image_dedup.matching.candidates.by_hash import CODE_BITS, PDQ, is_comparable
from py_image_dedup.matching.candidates.few import HASH_BYTES
from py_image_dedup.matching.orientation import ORIENTATIONS, inverse
from py_image_dedup.model.images import DETAIL_FLOOR, ImageRecord
from py_image_dedup.model.matches import Candidate
from py_image_dedup.model.ports import CandidateIndex

IMAGE_MATCH = "image-match"
SIGNATURE_VALUES = 648

# Of 362 pictures (100 photographs, mild changes) all 643 pairs with a distance below 0.3 shared 7 words or more;
# of the 64,657 pairs beyond 0.4 one in 1,000 shared 4.
SHARED_WORDS = 5


@dataclass(frozen=True, slots=True)
class SignatureCandidates:
    """All pairs with a signature distance below `max_distance` and `SHARED_WORDS` words in common: exact, no cap.

    The signature knows nothing of turned copies. Orientation and distance of a candidate are those of the PDQ hashes,
    as of every other one.
    """

    max_distance: float
    detail_floor: float = DETAIL_FLOOR

    @property
    def method(self) -> str:
        """Name of the search, with what decides its answers."""
        return f"{IMAGE_MATCH}-{self.max_distance:g}-{SHARED_WORDS}"

    def candidates(self, new: Sequence[ImageRecord], all_: Sequence[ImageRecord]) -> Iterator[Candidate]:
        """Give each pair once; left < right."""
        from py_image_dedup.matching.candidates.signature_search import near_signatures

        fresh = {record.sha256 for record in new}
        known = {record.sha256: record for record in all_ if is_comparable(record, self.detail_floor)}
        contents = [content for content in sorted(known) if signature_of(known[content])]
        values = b"".join(signature_of(known[content]) for content in contents)
        is_new = [content in fresh for content in contents]
        for left, right in near_signatures(values, is_new, self.max_distance, SHARED_WORDS):
            yield _laid_down(known[contents[left]], known[contents[right]])


@dataclass(frozen=True, slots=True)
class EitherCandidates:
    """Candidates of `first`, then those that `second` alone has found."""

    first: CandidateIndex
    second: CandidateIndex

    @property
    def method(self) -> str:
        """Both names."""
        return f"{self.first.method}+{self.second.method}"

    def candidates(self, new: Sequence[ImageRecord], all_: Sequence[ImageRecord]) -> Iterator[Candidate]:
        """Give each pair once; left < right."""
        found = set()
        for candidate in self.first.candidates(new, all_):
            found.add((candidate.left, candidate.right))
            yield candidate
        for candidate in self.second.candidates(new, all_):
            if (candidate.left, candidate.right) not in found:
                yield candidate


def signature_of(record: ImageRecord) -> bytes:
    """The 648 values, a signed byte each; b"" where the picture has none."""
    fingerprint = record.fingerprint(IMAGE_MATCH)
    return b"" if fingerprint is None or len(fingerprint.value) != SIGNATURE_VALUES else fingerprint.value


def _laid_down(left: ImageRecord, right: ImageRecord) -> Candidate:
    """The pair in the orientation in which the PDQ hashes are nearest: the signature is of the pixels as stored."""
    turned, (plain, *_) = _hashes(left), _hashes(right)
    distance, orientation = min(((turned[o - 1] ^ plain).bit_count(), o) for o in ORIENTATIONS)
    return Candidate(left.sha256, right.sha256, inverse(orientation), distance / CODE_BITS)


def _hashes(record: ImageRecord) -> list[int]:
    fingerprint = record.fingerprint(PDQ)
    assert fingerprint is not None, "comparable pictures have one"
    starts = range(0, len(ORIENTATIONS) * HASH_BYTES, HASH_BYTES)
    return [int.from_bytes(fingerprint.value[start : start + HASH_BYTES], "big") for start in starts]
