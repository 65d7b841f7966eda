"""Stored records for the tests of stores, as the analysis would make them."""

import hashlib

from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.images import (
    Fingerprint,
    ImageFacts,
    ImageRecord,
    StoredRecord,
    Unreadable,
    UnreadableKind,
)

VERSIONS = (("pdq", 1), ("sha256", 1))


def content(number: int | str) -> bytes:
    """A SHA-256 that `number` stands for."""
    return hashlib.sha256(str(number).encode()).digest()


def image_file(path: str, **changed: int | str) -> ImageFile:
    values: dict[str, int | str] = {
        "root": "",
        "size": 4_000_000,
        "mtime_ns": 1_600_000_000_123_456_789,
        "ctime_ns": 1_600_000_001_000_000_001,
        "inode": 1_234_567,
        "device": 65_024,
        "links": 1,
    }
    return ImageFile(path=path, **values | changed)  # type: ignore[arg-type]


def stored(path: str, number: int | str = 0, **changed: int | str) -> StoredRecord:
    """A picture's record with a PDQ fingerprint of 257 bytes."""
    digest = content(number)
    facts = ImageFacts(
        4000, 3000, "JPEG", "RGB", 1, 6, 30, "2020-05-17T10:11:12.130", "Canon EOS 5D", (48.5, -2.25), 93
    )
    prints = (Fingerprint("pdq", 1, b"\x64" + digest * 8),)
    return StoredRecord(ImageRecord(image_file(path, **changed), digest, facts, prints), VERSIONS)


def unreadable(path: str, kind: UnreadableKind = UnreadableKind.DAMAGED, reason: str = "cut short") -> StoredRecord:
    return StoredRecord(Unreadable(image_file(path), kind, reason), VERSIONS)
