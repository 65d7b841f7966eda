"""Evidence in plain words: how a file differs from the one it is compared with."""

from collections.abc import Iterator
from dataclasses import replace

from py_image_dedup.matching.comparison.captures import are_two_captures, are_two_frames
from py_image_dedup.matching.evidence.shape_words import shape_words
from py_image_dedup.matching.orientation import UPRIGHT, WORDS, inverse
from py_image_dedup.model.images import ImageRecord
from py_image_dedup.model.matches import Comparison, Evidence, Match, Relation

# Steps below which a person sees no difference; levels of luma, ratios of spread.
SEEN_BRIGHTNESS = 8.0
SEEN_RATIO = 1.12


def seen_from(keeper: ImageRecord, member: ImageRecord, comparison: Comparison) -> Match | None:
    """Give the match of `member` with `keeper`; the evidence is turned round where it was taken the other way."""
    if comparison.relation is None:
        return None
    evidence = comparison.evidence if comparison.left == keeper.sha256 else turned_round(comparison.evidence)
    return Match(comparison.relation, replace(evidence, words=words(keeper, member, comparison.relation, evidence)))


def turned_round(evidence: Evidence) -> Evidence:
    """Give the same evidence with left and right exchanged; of turned pictures without the place that differs."""
    back = None if evidence.transform is None else _inverse_affine(evidence.transform)
    return replace(
        evidence,
        orientation=inverse(evidence.orientation),
        scale=_reciprocal(evidence.scale),
        coverage_left=evidence.coverage_right,
        coverage_right=evidence.coverage_left,
        beyond_left=evidence.beyond_right,
        beyond_right=evidence.beyond_left,
        brightness=None if evidence.brightness is None else -evidence.brightness,
        contrast=_reciprocal(evidence.contrast),
        colourfulness=_reciprocal(evidence.colourfulness),
        transform=back,
        differs_at=None if back is None or evidence.orientation != UPRIGHT else _moved(evidence.differs_at, back),
    )


def words(keeper: ImageRecord, member: ImageRecord, relation: Relation, evidence: Evidence) -> str:
    """Say how `member` differs from `keeper`; `evidence` has the keeper on its left."""
    if evidence.words:  # the comparison has said it
        return evidence.words
    if relation is Relation.SAME_BYTES:
        return "the same bytes"
    parts = list(_file_words(keeper, member))
    if relation is Relation.SAME_PIXELS:
        return ", ".join(["the same pixels", *parts])
    picture = [*_shape_words(keeper, member, relation, evidence), *_tone_words(evidence)]
    return ", ".join([*picture, *parts]) or "saved again"


def _shape_words(keeper: ImageRecord, member: ImageRecord, relation: Relation, evidence: Evidence) -> Iterator[str]:
    turned = WORDS.get(inverse(evidence.orientation))
    if turned and relation in {Relation.TURNED, Relation.EDITED}:
        yield turned
    if relation is Relation.EDITED:
        yield from shape_words(keeper.facts, member.facts, evidence)
    if relation is Relation.LOOK_ALIKE:
        yield _look_alike_words(keeper, member, evidence)
    if evidence.scale is not None and not 0.99 < evidence.scale < 1.01:
        yield f"scaled to {evidence.scale * 100:.0f} %"


def _look_alike_words(keeper: ImageRecord, member: ImageRecord, evidence: Evidence) -> str:
    """Why two that look alike are no copies: what the files say comes before what the pixels show."""
    if are_two_captures(keeper.facts, member.facts):
        return "alike, but taken at another time"
    if are_two_frames(keeper.facts, member.facts, evidence):
        return "alike, but another frame of the same shape"
    return "alike, but parts of it differ"


def _tone_words(evidence: Evidence) -> Iterator[str]:
    if evidence.brightness is not None and abs(evidence.brightness) >= SEEN_BRIGHTNESS:
        yield "brighter" if evidence.brightness > 0 else "darker"
    if evidence.contrast is not None and not 1 / SEEN_RATIO < evidence.contrast < SEEN_RATIO:
        yield "more contrast" if evidence.contrast > 1 else "less contrast"
    colour = evidence.colourfulness
    if colour is not None and not 1 / SEEN_RATIO < colour < SEEN_RATIO:
        yield "without colour" if colour < 0.1 else "stronger colours" if colour > 1 else "weaker colours"


def _file_words(keeper: ImageRecord, member: ImageRecord) -> Iterator[str]:
    ours, theirs = keeper.facts, member.facts
    if theirs.format != ours.format:
        yield f"saved as {theirs.format}"
    if theirs.jpeg_quality is not None and theirs.jpeg_quality != ours.jpeg_quality:
        yield f"JPEG quality about {theirs.jpeg_quality}"
    if ours.exif_entries and not theirs.exif_entries:
        yield "metadata stripped"
    elif theirs.exif_entries < ours.exif_entries:
        yield "less metadata"
    elif theirs.exif_entries > ours.exif_entries:
        yield "more metadata"


def _reciprocal(value: float | None) -> float | None:
    return 1 / value if value else None


def _inverse_affine(transform: tuple[float, ...]) -> tuple[float, ...] | None:
    a, b, x, c, d, y = transform
    determinant = a * d - b * c
    if abs(determinant) < 1e-9:
        return None
    e, f, g, h = d / determinant, -b / determinant, -c / determinant, a / determinant
    return (e, f, -(e * x + f * y), g, h, -(g * x + h * y))


def _moved(
    box: tuple[float, float, float, float] | None, transform: tuple[float, ...]
) -> tuple[float, float, float, float] | None:
    """The upright box around a box (x, y, width, height) after an affine map, within the unit square."""
    if box is None:
        return None
    a, b, x, c, d, y = transform
    corners = [(p, q) for p in (box[0], box[0] + box[2]) for q in (box[1], box[1] + box[3])]
    across, down = ([min(1.0, max(0.0, e * p + f * q + g)) for p, q in corners] for e, f, g in ((a, b, x), (c, d, y)))
    left, top = min(across), min(down)
    return round(left, 3), round(top, 3), round(max(across) - left, 3), round(max(down) - top, 3)
