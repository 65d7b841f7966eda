"""What a test of a volume gives: what it can do, which ways to remove it carries, and how the kills on it ended."""

from dataclasses import dataclass

from py_image_dedup.model.findings import Finding
from py_image_dedup.model.plans import Way


@dataclass(frozen=True, slots=True)
class WayTold:
    """Whether a way to remove can be had on this volume; `reason` says why not."""

    way: Way
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SelftestReport:
    """`wrong` holds a sentence for each kill after which not everything was there, or not as it was."""

    findings: tuple[Finding, ...]
    ways: tuple[WayTold, ...]
    kills: int
    wrong: tuple[str, ...]
    seconds: float
