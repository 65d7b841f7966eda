"""Which shot a file without a time of capture is of: one file cannot be a copy of two shots.

A messenger or an editor takes the times away. Its copy of one of two exposures then agrees with both: framed or
stretched, and larger, it would stay for either of them. It is of the shot that it is closest to, and a look-alike of
others, and so are its own copies.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from py_image_dedup.matching.comparison.captures import AGAINST_THE_CLOCK, are_two_captures
from py_image_dedup.model.images import ImageFacts, ImageRecord
from py_image_dedup.model.matches import Comparison, Relation

WORDS = "alike, but closer to a picture taken at another time"
FAR = 256.0  # levels: nothing was measured


def of_their_shots(records: Sequence[ImageRecord], comparisons: Sequence[Comparison]) -> list[Comparison]:
    """Give the comparisons with those of two shots as look-alikes."""
    facts = {record.sha256: record.facts for record in records}
    own = {content: said for content, said in facts.items() if said.taken_at and said.camera}
    shots = _shots(own, facts, comparisons)
    # Where both have times of their own the comparison knew them; what is more is a person's word.
    return [_apart(c) if not {c.left, c.right} <= own.keys() and _are_two(c, shots) else c for c in comparisons]


def _shots(
    own: Mapping[bytes, ImageFacts], facts: Mapping[bytes, ImageFacts], comparisons: Sequence[Comparison]
) -> dict[bytes, ImageFacts]:
    """What the camera said, of each content: its own words, or those of the closest that has some."""
    found = dict(own)
    for one in sorted(comparisons, key=_closeness):
        for content, other in ((one.left, one.right), (one.right, one.left)):
            if one.relation in AGAINST_THE_CLOCK and other in own and content in facts:
                found.setdefault(content, own[other])
    return found


def _closeness(one: Comparison) -> tuple[float, bytes, bytes]:
    difference = one.evidence.difference
    return FAR if difference is None else difference, one.left, one.right


def _are_two(one: Comparison, shots: Mapping[bytes, ImageFacts]) -> bool:
    left, right = shots.get(one.left), shots.get(one.right)
    return bool(one.relation in AGAINST_THE_CLOCK and left and right and are_two_captures(left, right))


def _apart(one: Comparison) -> Comparison:
    return replace(one, relation=Relation.LOOK_ALIKE, evidence=replace(one.evidence, words=WORDS))
