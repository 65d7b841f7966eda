"""Pairs that pass for the same picture are looked at once more: a copy with broken blocks goes to a person, not away.

The aligned comparison forgives what lies in few of its boxes. Of 1,000 damaged copies it lets through those with damage
of one or a few blocks; see `damage`.
"""

from dataclasses import dataclass, replace

from py_image_dedup.matching.comparison.compare import Pair, PairTask
from py_image_dedup.model.matches import Comparison, Relation

_UNMOVED = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


@dataclass(frozen=True, slots=True)
class DamageAwarePairTask(PairTask):
    """A `PairTask` whose same pictures bear no local damage; those that do are look-alikes, and say so."""

    def _compared(self, pair: Pair) -> Comparison:
        from py_image_dedup.matching.comparison.damage import Damaged, damage

        found = PairTask._compared(self, pair)  # noqa: SLF001 - super() without arguments fails in a slotted dataclass
        if found.relation is not Relation.SAME_PICTURE or found.evidence.transform not in {None, _UNMOVED}:
            return found
        hurt = damage(self._pixels(pair.left.file), self._pixels(pair.right.file), quality=quality_of(pair))
        if hurt.side is Damaged.NONE:
            return found
        return replace(found, relation=Relation.LOOK_ALIKE, evidence=replace(found.evidence, words=hurt.words))


def quality_of(pair: Pair) -> int:
    """The quality of the coarser JPEG of both."""
    qualities = (record.facts.jpeg_quality for record in (pair.left, pair.right))
    return min(100 if quality is None else quality for quality in qualities)
