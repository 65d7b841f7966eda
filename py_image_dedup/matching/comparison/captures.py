"""What camera and frame say: two times of capture are two photographs, and so are two frames of one size, shifted.

Brackets, bursts and the two pictures of an HDR shot differ by tone and little else; their times of capture differ.
Only equal bytes and equal pixels hold against that: somebody then only set the clock right in a copy.
"""

from py_image_dedup.matching.orientation import swaps_sides
from py_image_dedup.model.images import ImageFacts
from py_image_dedup.model.matches import Evidence, Relation

AGAINST_THE_CLOCK = frozenset({Relation.SAME_PICTURE, Relation.TURNED, Relation.EDITED})
# Share of the area that either frame may lack of the other, and how far a shift may turn or scale (parallax does).
SHIFTED, STRAIGHT = 0.99, 0.03


def as_captured(
    relation: Relation | None, left: ImageFacts, right: ImageFacts, evidence: Evidence | None = None
) -> Relation | None:
    """The relation, or look-alike where times of capture differ, or the frames are of one size and shifted."""
    if relation in AGAINST_THE_CLOCK and (are_two_captures(left, right) or are_two_frames(left, right, evidence)):
        return Relation.LOOK_ALIKE
    return relation


def are_two_frames(left: ImageFacts, right: ImageFacts, evidence: Evidence | None) -> bool:
    """Whether the camera moved: a hand, or a film. Who cuts a picture makes it smaller, and shows nothing new."""
    if evidence is None or evidence.transform is None or not evidence.coverage_left or not evidence.coverage_right:
        return False
    size = (right.height, right.width) if swaps_sides(evidence.orientation) else (right.width, right.height)
    a, b, _, c, d, _ = evidence.transform
    is_shift = max(abs(a - 1), abs(b), abs(c), abs(d - 1)) < STRAIGHT
    return (
        size == (left.width, left.height)
        and is_shift
        and max(evidence.coverage_left, evidence.coverage_right) < SHIFTED
    )


def are_two_captures(left: ImageFacts, right: ImageFacts) -> bool:
    """Whether both name a camera and times that differ; fractions count only where both have them."""
    if not (left.taken_at and right.taken_at and left.camera and right.camera):
        return False
    shared = min(len(left.taken_at), len(right.taken_at))
    return left.taken_at[:shared] != right.taken_at[:shared]
