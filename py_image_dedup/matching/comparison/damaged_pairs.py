"""Pairs that pass for the same picture are looked at once more: a copy with broken blocks goes to a person, not away.

The aligned comparison forgives what lies in few of its boxes. Of 1,000 damaged copies it lets through those with damage
of one or a few blocks; see `damage`. Broken fine detail no smaller copy can contradict: there the file itself is asked.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from py_image_dedup.matching.comparison.compare import Pair, PairTask
from py_image_dedup.model.images import ImageRecord
from py_image_dedup.model.matches import Comparison, Relation

_UNMOVED = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
BROKEN_DATA = "damaged: picture data of one of them is broken"

TOLD = 4096  # contents a worker remembers this of

BrokenData = Callable[[str], str | None]
"""Path -> what is broken in the picture data of a file that decodes; None: nothing is known to be."""


def never_broken(_: str) -> str | None:
    """Nobody looks."""
    return None


@dataclass(frozen=True, slots=True)
class DamageAwarePairTask(PairTask):
    """A `PairTask` whose same pictures bear no local damage; those that do are look-alikes, and say so."""

    broken_data: BrokenData = never_broken

    def _compared(self, pair: Pair) -> Comparison:
        from py_image_dedup.matching.comparison.damage import Damaged, damage

        found = PairTask._compared(self, pair)  # noqa: SLF001 - super() without arguments fails in a slotted dataclass
        if found.relation not in {Relation.SAME_PICTURE, Relation.TURNED}:
            return found
        broken = next(filter(None, map(self._broken, _larger(pair))), None)
        if broken is not None:
            words = f"{BROKEN_DATA} ({broken})"
            return replace(found, relation=Relation.LOOK_ALIKE, evidence=replace(found.evidence, words=words))
        if found.relation is Relation.TURNED or found.evidence.transform not in {None, _UNMOVED}:
            return found
        hurt = damage(self._pixels(pair.left.file), self._pixels(pair.right.file), quality=quality_of(pair))
        if hurt.side is Damaged.NONE:
            return found
        return replace(found, relation=Relation.LOOK_ALIKE, evidence=replace(found.evidence, words=hurt.words))

    def _broken(self, record: ImageRecord) -> str | None:
        if record.facts.format != "JPEG":
            return None
        if record.sha256 not in _told:
            _told[record.sha256] = self.broken_data(record.file.path)
            if len(_told) > TOLD:
                del _told[next(iter(_told))]
        return _told[record.sha256]


_told: dict[bytes, str | None] = {}


def _larger(pair: Pair) -> tuple[ImageRecord, ...]:
    """What could stay for its pixels although they are broken; a smaller one shows nothing that the larger lacks."""
    most = max(pair.left.facts.pixel_count, pair.right.facts.pixel_count)
    return tuple(record for record in (pair.left, pair.right) if record.facts.pixel_count == most)


def quality_of(pair: Pair) -> int:
    """The quality of the coarser JPEG of both."""
    qualities = (record.facts.jpeg_quality for record in (pair.left, pair.right))
    return min(100 if quality is None else quality for quality in qualities)
