"""Two pictures that are to be compared whatever their fingerprints say: in which orientation they are closest."""

from py_image_dedup.matching.candidates.by_hash import CODE_BITS, PDQ, is_comparable
from py_image_dedup.matching.candidates.few import HASH_BYTES
from py_image_dedup.matching.orientation import ORIENTATIONS
from py_image_dedup.model.images import ImageRecord
from py_image_dedup.model.matches import Candidate


def nearest(one: ImageRecord, other: ImageRecord) -> Candidate | None:
    """Give the pair as a candidate in its best orientation; None where one carries too little to be compared."""
    left, right = sorted((one, other), key=lambda record: record.sha256)
    if not (is_comparable(left) and is_comparable(right)):
        return None
    upright = _hashes(left)[0]
    bits = [(turned ^ upright).bit_count() for turned in _hashes(right)]
    best = bits.index(min(bits))
    return Candidate(left.sha256, right.sha256, ORIENTATIONS[best], bits[best] / CODE_BITS)


def _hashes(record: ImageRecord) -> list[int]:
    """Give the eight hashes; number o - 1 belongs to EXIF orientation o."""
    fingerprint = record.fingerprint(PDQ)
    assert fingerprint is not None
    starts = range(0, len(ORIENTATIONS) * HASH_BYTES, HASH_BYTES)
    return [int.from_bytes(fingerprint.value[start : start + HASH_BYTES], "big") for start in starts]
