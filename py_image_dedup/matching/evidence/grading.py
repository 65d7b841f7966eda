"""Two files graded, and drawn if wanted, by a task that runs in a worker process."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from py_image_dedup.model.matches import Evidence

if TYPE_CHECKING:
    from py_image_dedup.matching.evidence.similarity import Picture

WHOLE_SIDE = 1 << 30


@dataclass(frozen=True, slots=True)
class PairToGrade:
    """Two files, how the right one lies on the left one, and whether a picture of both is wanted."""

    left: str
    right: str
    evidence: Evidence
    drawn: bool = False


@dataclass(frozen=True, slots=True)
class Graded:
    """`grade` 0..1, or None for a `reason`; `png` where it was wanted."""

    grade: float | None
    reason: str
    png: bytes | None


@dataclass(frozen=True, slots=True)
class GradeTask:
    """Grades a pair at full size. `read_pixels` (path, longest side) gives RGB as a viewer shows it."""

    read_pixels: "Callable[[str, int], Picture]"

    def __call__(self, pair: PairToGrade) -> Graded:
        """Read, grade, draw. What `read_pixels` raises goes through."""
        from py_image_dedup.matching.evidence.similarity import similarity

        left, right = (self.read_pixels(path, WHOLE_SIDE) for path in (pair.left, pair.right))
        found = similarity(left, right, pair.evidence.orientation)
        return Graded(found.grade, found.reason, self._png(pair) if pair.drawn else None)

    def _png(self, pair: PairToGrade) -> bytes:
        from py_image_dedup.matching.evidence.drawing import PANEL_SIDE, drawn_png

        left, right = (self.read_pixels(path, PANEL_SIDE) for path in (pair.left, pair.right))
        return drawn_png(left, right, pair.evidence.orientation, pair.evidence.transform)
