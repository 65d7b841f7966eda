"""What camera and frame say: two times of capture are two photographs, and so are two frames of one shape, shifted.

Brackets, bursts and the two pictures of an HDR shot differ by tone and little else; their times of capture differ.
Only equal bytes and equal pixels hold against that: somebody then only set the clock right in a copy.
"""

from py_image_dedup.matching.orientation import swaps_sides
from py_image_dedup.model.images import ImageFacts
from py_image_dedup.model.matches import Evidence, Relation

AGAINST_THE_CLOCK = frozenset({Relation.SAME_PICTURE, Relation.TURNED, Relation.EDITED})
# Share of the area that both frames show, and pixels that thumbnails round away: with and without HDR a hand-held phone
# shows 0.9952; of 1,334 pairs of copies of 16 photographs (42 kinds, one change or two, frames of one shape) one came
# below 0.996. And how far a shift may turn or scale (parallax does).
SHIFTED, ROUNDED_PX, STRAIGHT = 0.996, 1.0, 0.03


def as_captured(
    relation: Relation | None, left: ImageFacts, right: ImageFacts, evidence: Evidence | None = None
) -> Relation | None:
    """The relation, or look-alike where times of capture differ, or the frames are of one shape and shifted."""
    if relation in AGAINST_THE_CLOCK and (are_two_captures(left, right) or are_two_frames(left, right, evidence)):
        return Relation.LOOK_ALIKE
    return relation


def are_two_frames(left: ImageFacts, right: ImageFacts, evidence: Evidence | None) -> bool:
    """Whether the camera moved: a hand, or a film. Who cuts a picture changes its shape, or shows nothing new.

    The times of capture are gone where a messenger or an editor wrote the files, and either may have reduced one.
    """
    if evidence is None or evidence.transform is None or not evidence.coverage_left or not evidence.coverage_right:
        return False
    a, b, _, c, d, _ = evidence.transform
    is_shift = max(abs(a - 1), abs(b), abs(c), abs(d - 1)) < STRAIGHT
    least_side = min(left.width, left.height, right.width, right.height)
    shown = max(evidence.coverage_left, evidence.coverage_right)
    return (
        is_shift
        and shown < min(SHIFTED, 1 - ROUNDED_PX / least_side)
        and are_of_one_shape(left, right, evidence.orientation)
    )


def are_of_one_shape(left: ImageFacts, right: ImageFacts, orientation: int) -> bool:
    """Whether one frame is the other one scaled, its sides rounded to whole pixels."""
    width, height = (right.height, right.width) if swaps_sides(orientation) else (right.width, right.height)
    small, large = sorted([(left.width, left.height), (width, height)])
    return abs(large[1] * small[0] / large[0] - small[1]) <= ROUNDED_PX


def are_two_captures(left: ImageFacts, right: ImageFacts) -> bool:
    """Whether both name a camera and times that differ; fractions count only where both have them."""
    if not (left.taken_at and right.taken_at and left.camera and right.camera):
        return False
    shared = min(len(left.taken_at), len(right.taken_at))
    return left.taken_at[:shared] != right.taken_at[:shared]
