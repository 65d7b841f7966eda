"""Copies on other hosts that share an index: what it says of files that cannot be opened from here."""

from dataclasses import dataclass

from py_image_dedup.model.images import ImageRecord


@dataclass(frozen=True, slots=True)
class OnHost:
    """A file of another host, as that host last read it; perhaps it is gone or changed since."""

    host: str
    record: ImageRecord


@dataclass(frozen=True, slots=True)
class CopyElsewhere:
    """A file of this host and one of another host that shows the same picture. Nothing is ever done about it."""

    path: str
    other: OnHost
    same_bytes: bool  # else near by fingerprint, which nobody has compared
    distance: float  # share of differing fingerprint bits, 0..1
