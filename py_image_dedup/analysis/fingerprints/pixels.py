"""The digest of all decoded pixels, for pictures that carry too little to be compared: only equal ones are copies."""

from py_image_dedup.analysis.fingerprints import VERSIONS
from py_image_dedup.analysis.fingerprints.method import Method, Reading
from py_image_dedup.model.images import DETAIL_FLOOR


def fingerprint(reading: Reading) -> bytes | None:
    """32 bytes, see `whole.pixel_digest`; None for pictures with enough detail, which spares them a complete decode."""
    from py_image_dedup.analysis.whole import content_digest

    return content_digest(reading.content) if reading.detail < DETAIL_FLOOR else None


METHOD = Method("pixels", VERSIONS["pixels"], fingerprint, example="c5ee833f761ac31e")
