"""Two pictures that are to be compared whatever their fingerprints say: in which orientation they are closest."""

import numpy as np

from py_image_dedup.matching.candidates import CODE_BITS, PDQ, is_comparable
from py_image_dedup.matching.hamming import CODE_BYTES
from py_image_dedup.matching.orientation import ORIENTATIONS
from py_image_dedup.model.images import ImageRecord
from py_image_dedup.model.matches import Candidate


def nearest(one: ImageRecord, other: ImageRecord) -> Candidate | None:
    """Give the pair as a candidate in its best orientation; None where one carries too little to be compared."""
    left, right = sorted((one, other), key=lambda record: record.sha256)
    if not (is_comparable(left) and is_comparable(right)):
        return None
    bits = np.unpackbits(_hashes(right) ^ _hashes(left)[:1], axis=1).sum(axis=1)
    best = int(bits.argmin())
    return Candidate(left.sha256, right.sha256, ORIENTATIONS[best], float(bits[best]) / CODE_BITS)


def _hashes(record: ImageRecord) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Give the eight hashes, one a row; row o - 1 belongs to EXIF orientation o."""
    fingerprint = record.fingerprint(PDQ)
    assert fingerprint is not None
    return np.frombuffer(fingerprint.value[:-1], np.uint8).reshape(len(ORIENTATIONS), CODE_BYTES)
