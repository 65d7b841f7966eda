"""Pairs that are not the same picture are laid on each other by their points: is one an edited version of the other?

Where the whole frames may lie on each other they are compared so first. What is said to be the same picture although
many points say that one is a part of the other, tilted or framed, is compared along their map: it is edited then.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from py_image_dedup.matching.candidates.by_hash import RADIUS_BITS
from py_image_dedup.matching.candidates.word_candidates import is_by_words
from py_image_dedup.matching.comparison.captures import as_captured
from py_image_dedup.matching.comparison.compare import Pair, has_tiny
from py_image_dedup.matching.comparison.damaged_pairs import BROKEN_DATA, DamageAwarePairTask, quality_of
from py_image_dedup.model.matches import Comparison, Relation

if TYPE_CHECKING:
    from py_image_dedup.matching.geometry.point_model import PointModel

EDITED_VERSION = 8
_WHOLE = frozenset({Relation.SAME_PICTURE, Relation.TURNED})


@dataclass(frozen=True, slots=True)
class EditAwarePairTask(DamageAwarePairTask):
    """A `DamageAwarePairTask` that also knows edited versions. Pairs without points are compared as before."""

    radius: int = RADIUS_BITS

    def _compared(self, pair: Pair) -> Comparison:
        from py_image_dedup.matching.geometry.part_of import lies_whole, says_part, shared_points

        if has_tiny(pair):
            return DamageAwarePairTask._compared(self, pair)  # noqa: SLF001 - see there
        model = shared_points(pair.left, pair.right)
        found = None
        if model is None or lies_whole(model, pair.left, pair.right) or not is_by_words(pair.candidate, self.radius):
            found = DamageAwarePairTask._compared(self, pair)  # noqa: SLF001 - see there
            is_part = model is not None and says_part(model, pair.left, pair.right)
            if model is None or not (_is_open(found, is_part=is_part) or self._is_explained(found, pair)):
                return found
        return _stronger(found, self._along(pair, model))

    def _is_explained(self, found: Comparison, pair: Pair) -> bool:
        """Whether what passed for damage has another explanation."""
        from py_image_dedup.matching.comparison.not_damage import is_explained

        words = found.evidence.words
        if found.relation is not Relation.LOOK_ALIKE or not words or words.startswith(BROKEN_DATA):
            return False
        return is_explained(self._pixels(pair.left.file), self._pixels(pair.right.file), quality_of(pair))

    def _along(self, pair: Pair, model: "PointModel") -> Comparison:
        from py_image_dedup.matching.comparison.edited import edited
        from py_image_dedup.matching.comparison.verification import View
        from py_image_dedup.matching.geometry.beyond import beyond
        from py_image_dedup.matching.geometry.part_of import in_unit_squares

        left, right = (View(self._pixels(r.file), r.facts) for r in (pair.left, pair.right))
        answer = edited(left, right, model, pair.candidate.distance)
        evidence = answer.evidence
        relation = as_captured(answer.relation, pair.left.facts, pair.right.facts, evidence)
        if relation is Relation.EDITED and evidence.beyond_left is None:
            units = in_unit_squares(model.affine, pair.left.facts, pair.right.facts)
            of_left, of_right = beyond((left.pixels, right.pixels), units)
            evidence = replace(evidence, beyond_left=of_left, beyond_right=of_right)
        return Comparison(pair.candidate.left, pair.candidate.right, relation, evidence)


def _is_open(found: Comparison, *, is_part: bool) -> bool:
    """Whether the map has something to say: not to what is proved, nor to what is damaged."""
    if found.relation in _WHOLE:
        return is_part
    return found.relation in {None, Relation.LOOK_ALIKE} and not found.evidence.words


def _stronger(found: Comparison | None, along: Comparison) -> Comparison:
    """Edited wins over everything that was open; else the first answer stands."""
    if found is None or along.relation is Relation.EDITED:
        return along
    if found.relation in _WHOLE:
        return found
    return along if found.relation is None and along.relation is not None else found
