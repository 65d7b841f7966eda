"""What each picture is worth beside the others that are the same picture: pixels and bytes do not decide alone.

An enlarged copy holds no more detail than its source, a copy that was saved again has lost some, noise and sharpening
add power but nothing that was seen. Only what a picture shows against its copies counts, so a lone soft or noisy
photograph is worth what it is.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from py_image_dedup.model.images import ImageRecord
from py_image_dedup.model.quality import Merit, Quality

# The cut of an enlarged picture is seen within 6 of 64 steps; with a source of about that size it is taken for it.
SOURCE_TOLERANCE = 0.2
# Grey levels that one picture is noisier by. Noise of 12 levels, saved at quality 90, leaves 7; a photograph of strong
# noise loses 4 by saving at quality 80.
ADDED_NOISE = 5.5
# Crispness of a sharpened picture by that of the plain one; where it is more, the other one was blurred.
SHARPENED = (1.25, 3.0)
# Saving at quality 90 made photographs up to 1.59 times less crisp, lower qualities more.
MORE_THAN_SAVING, FINE_QUALITY = 1.65, 90
# Below this quality JPEG takes noise and fine detail away: then nothing is said of the other one.
FAITHFUL_QUALITY = 70
QUALITY_STEP = 2


def merits(
    records: Mapping[bytes, ImageRecord], qualities: Mapping[bytes, Quality], pairs: Iterable[tuple[bytes, bytes]]
) -> dict[bytes, Merit]:
    """Give the merit of each content (SHA-256) of `pairs`, which are contents that show the same picture."""
    copies: defaultdict[bytes, set[bytes]] = defaultdict(set)
    for left, right in pairs:
        if left in qualities and right in qualities:
            copies[left].add(right)
            copies[right].add(left)
    return {
        content: _merit(records[content], qualities[content], [(records[c], qualities[c]) for c in sorted(others)])
        for content, others in copies.items()
    }


def worse(one: Quality, other: Quality) -> str:
    """Why `one` is worse than `other`, which has the same size; "" where it is not, or nobody can tell."""
    for reason, shows in _SIGNS:
        if shows(one, other):
            return reason.format(one.jpeg_quality)
        if shows(other, one):
            return ""
    return ""


def _merit(record: ImageRecord, quality: Quality, copies: list[tuple[ImageRecord, Quality]]) -> Merit:
    pixels = record.facts.pixel_count
    if quality.cutoff < 1:
        return _enlarged(record, quality.cutoff, [copy for copy, _ in copies])
    reasons = [
        worse(quality, other) for copy, other in copies if copy.facts.pixel_count == pixels and other.cutoff == 1
    ]
    lost = [reason for reason in reasons if reason]
    return Merit(pixels, len(lost), lost[0] if lost else "")


def _enlarged(record: ImageRecord, cutoff: float, copies: list[ImageRecord]) -> Merit:
    """Count one pixel less than the source has: the copy was computed from it and saved again."""
    facts = record.facts
    width, height = round(facts.width * cutoff), round(facts.height * cutoff)
    sources = [copy.facts for copy in copies if abs(copy.facts.width / width - 1) < SOURCE_TOLERANCE]
    source = max((s for s in sources if s.pixel_count < facts.pixel_count), key=lambda s: s.pixel_count, default=None)
    if source is not None:
        width, height = source.width, source.height
    return Merit(width * height - 1, 0, f"upscaled: holds no more detail than {width}x{height}")


def _was_made_from(one: Quality, other: Quality) -> bool:
    """Whether it bears the comb of the quality that the other one was saved with."""
    if not one.saved_again or one.jpeg_quality is None or other.last_quality is None:
        return False
    return abs(one.jpeg_quality - other.last_quality) < QUALITY_STEP and one.last_quality != other.last_quality


def _is_noisier(one: Quality, other: Quality) -> bool:
    return _is_faithful(other) and one.noise**2 - other.noise**2 > ADDED_NOISE**2


def _is_sharpened(one: Quality, other: Quality) -> bool:
    """Saving at a lower quality takes fine detail as well, so there the step must be larger than any of that."""
    if one.last_quality is None or other.last_quality is None or not _is_faithful(other):
        return False
    least, most = SHARPENED
    if one.last_quality > other.last_quality + QUALITY_STEP:
        least = MORE_THAN_SAVING if other.last_quality >= FINE_QUALITY else most
    return least * other.crispness < one.crispness < most * other.crispness


def _is_coarser(one: Quality, other: Quality) -> bool:
    if one.jpeg_quality is None or other.jpeg_quality is None:
        return False
    return one.jpeg_quality <= other.jpeg_quality - QUALITY_STEP


def _is_faithful(quality: Quality) -> bool:
    return quality.jpeg_quality is not None and quality.jpeg_quality >= FAITHFUL_QUALITY


# In the order of their weight: the first that shows on either side decides.
_SIGNS: tuple[tuple[str, Callable[[Quality, Quality], bool]], ...] = (
    ("saved again", _was_made_from),
    ("noise was added", _is_noisier),
    ("sharpened", _is_sharpened),
    ("lost detail at JPEG quality about {}", _is_coarser),
)
