"""What the user judged of two pictures. Keyed by content, so it survives renaming, rescanning and new versions."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """The user's word on a pair."""

    NOT_A_COPY = "not-a-copy"  # never shown again
    COPY = "copy"
    SERIES = "series"  # another photograph of the same thing


ContentPair = tuple[bytes, bytes]
"""Two SHA-256, the smaller first."""
Verdicts = Mapping[ContentPair, Verdict]


@dataclass(frozen=True, slots=True)
class Judged:
    """One verdict, with the names the files had when it was given."""

    left: bytes  # SHA-256, left < right
    right: bytes
    verdict: Verdict
    left_path: str
    right_path: str
    at_ns: int  # when, nanoseconds since the epoch


def content_pair(one: bytes, other: bytes) -> ContentPair:
    """Two contents as the key of a pair."""
    return (one, other) if one < other else (other, one)
