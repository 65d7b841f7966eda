"""What the camera says: two times of capture are two photographs, however alike they look.

Brackets, bursts and the two pictures of an HDR shot differ by tone and little else; their times of capture differ.
Only equal bytes and equal pixels hold against that: somebody then only set the clock right in a copy.
"""

from py_image_dedup.model.images import ImageFacts
from py_image_dedup.model.matches import Relation

AGAINST_THE_CLOCK = frozenset({Relation.SAME_PICTURE, Relation.TURNED, Relation.EDITED})


def as_captured(relation: Relation | None, left: ImageFacts, right: ImageFacts) -> Relation | None:
    """The relation, or look-alike where both pictures carry a time of capture and the times differ."""
    if relation in AGAINST_THE_CLOCK and are_two_captures(left, right):
        return Relation.LOOK_ALIKE
    return relation


def are_two_captures(left: ImageFacts, right: ImageFacts) -> bool:
    """Whether both name a camera and times that differ; fractions count only where both have them."""
    if not (left.taken_at and right.taken_at and left.camera and right.camera):
        return False
    shared = min(len(left.taken_at), len(right.taken_at))
    return left.taken_at[:shared] != right.taken_at[:shared]
