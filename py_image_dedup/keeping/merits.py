"""What each picture is worth beside the others that are the same picture: pixels and bytes do not decide alone.

An enlarged copy holds no more detail than its source, a copy that was saved again has lost some, noise and sharpening
add power but nothing that was seen. Only what a picture shows against its copies counts, so a lone soft or noisy
photograph is worth what it is.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from py_image_dedup.keeping.generations import Kinship, apart_by_noise, is_stretched, kinship
from py_image_dedup.model.images import ImageRecord
from py_image_dedup.model.quality import Merit, Quality

Pair = tuple[bytes, bytes]
Copy = tuple[ImageRecord, Quality]
JPEGS = frozenset({"JPEG", "MPO"})  # as Pillow names them

# The cut of an enlarged picture is seen within 6 of 64 steps; with a source of about that size it is taken for it.
SOURCE_TOLERANCE = 0.2
# Grey levels that one picture is noisier by. Noise of 12 levels, saved at quality 90, leaves 7; a photograph of strong
# noise loses 4 by saving at quality 80.
ADDED_NOISE = 5.5
# Crispness and noise of a sharpened picture by those of the plain one. Where crispness is more, the other was blurred.
SHARPENED = (1.25, 3.0)
# Saving at a lower quality takes crispness as well: beside such a file both must be in the range of 9 in 10 sharpened
# ones, where 1 in 60 photographs saved at quality 80 or 90 is, and 1 in 20 of those saved at 75.
SURELY_SHARPENED, SURELY_NOISIER = (1.55, 2.5), (1.35, 2.45)
# Below these qualities JPEG takes noise and fine detail away: then nothing is said of the other one.
FAITHFUL_QUALITY, FINE_QUALITY = 70, 75
QUALITY_STEP = 2
# A JPEG of a quality better by this than its copy was made from it where it holds no more: noise and crispness are the
# same within these bounds for half of such copies, and for 1 of 78 that were really saved at the lower quality.
FINER, AS_NOISY, AS_CRISP = 8, (0.93, 1.1), (0.85, 1.15)
# Share of the area at the ends of the tones: more by a half and by this much is clipped by a change of tone.
CLIPPED_TIMES, CLIPPED_MORE = 1.5, 0.02


def merits(
    records: Mapping[bytes, ImageRecord],
    qualities: Mapping[bytes, Quality],
    pairs: Iterable[Pair],
    equal: Iterable[Pair] = (),
) -> dict[bytes, Merit]:
    """Give the merit of each content (SHA-256) of `pairs`: contents that show the same picture, turned or not.

    Pairs that are `equal` in every pixel are told apart by their formats: nothing but a JPEG has the pixels of one by
    chance, so the other was made from it.
    """
    copies: defaultdict[bytes, set[bytes]] = defaultdict(set)
    for left, right in pairs:
        if left in qualities and right in qualities:
            copies[left].add(right)
            copies[right].add(left)
    found = {
        content: _merit(records[content], qualities[content], [(records[c], qualities[c]) for c in sorted(others)])
        for content, others in copies.items()
    }
    for content in sorted({c for pair in equal if (c := _decoded(records, pair))}):
        known = found.get(content, Merit(records[content].facts.pixel_count))
        found[content] = replace(known, losses=known.losses + 1, words=known.words or "made from the JPEG")
    return found


def _decoded(records: Mapping[bytes, ImageRecord], pair: Pair) -> bytes | None:
    """Give the one of a pair that is no JPEG beside one."""
    others = [content for content in pair if records[content].facts.format not in JPEGS]
    return others[0] if len(others) == 1 else None


def worse(one: Quality, other: Quality) -> str:
    """Why `one` is worse than `other`, which has the same size; "" where it is not, or nobody can tell."""
    kin = kinship(one, other)
    if kin is Kinship.COPY:
        again = f"saved again from a JPEG of quality about {other.last_quality}"
        return again if (one.last_quality or 0) >= (other.last_quality or 0) else _LOST.format(one.last_quality)
    if kin in (Kinship.SOURCE, Kinship.EQUAL):
        return ""
    for reason, shows in _SIGNS[kin]:
        if shows(one, other):
            return reason.format(one.jpeg_quality)
        if shows(other, one):
            return ""
    return ""


def _merit(record: ImageRecord, quality: Quality, copies: list[Copy]) -> Merit:
    pixels = record.facts.pixel_count
    same_size = [other for copy, other in copies if copy.facts.pixel_count == pixels]
    enlarged = quality.cutoff < 1
    reasons = [worse(quality, other) for other in same_size if (other.cutoff < 1) is enlarged]
    lost = [reason for reason in reasons if reason]
    if enlarged:
        return replace(_enlarged(record, quality.cutoff, copies), losses=len(lost))
    hidden = [other.cutoff for other in same_size if other.cutoff < 1 and _hides_the_cut(quality, other)]
    if hidden:
        return replace(_enlarged(record, max(hidden), copies), losses=len(lost) + 1)
    return Merit(pixels, len(lost), lost[0] if lost else "")


def _hides_the_cut(one: Quality, other: Quality) -> bool:
    """Whether it is the other, enlarged one: noise and coarse steps fill what lay empty above the old limit."""
    return _has_noise_of_its_own(one, other) or kinship(one, other) is Kinship.COPY


def _shown_size(record: ImageRecord, quality: Quality) -> tuple[int, int]:
    return round(record.facts.width * quality.cutoff), round(record.facts.height * quality.cutoff)


def _enlarged(record: ImageRecord, cutoff: float, copies: list[Copy]) -> Merit:
    """Count one pixel less than the source has: the copy was computed from it and saved again."""
    facts = record.facts
    width, height = round(facts.width * cutoff), round(facts.height * cutoff)
    smaller = [(copy, quality) for copy, quality in copies if copy.facts.pixel_count < facts.pixel_count]
    sources = [(*_shown_size(copy, quality), quality.cutoff < 1) for copy, quality in smaller]
    alike = [source for source in sources if abs(source[0] / width - 1) < SOURCE_TOLERANCE]
    width, height, again = max(alike, key=lambda source: source[0] * source[1], default=(width, height, False))
    return Merit(width * height - 1 - again, 0, f"upscaled: holds no more detail than {width}x{height}")


def _was_made_from(one: Quality, other: Quality) -> bool:
    """Whether it bears the comb of the quality that the other one was saved with."""
    if not one.saved_again or one.jpeg_quality is None or other.last_quality is None:
        return False
    return abs(one.jpeg_quality - other.last_quality) < QUALITY_STEP and one.last_quality != other.last_quality


def _holds_no_more(one: Quality, other: Quality) -> bool:
    """Whether it was saved at a much better quality than the other one, and shows nothing of it."""
    if one.jpeg_quality is None or other.last_quality is None or one.jpeg_quality < other.last_quality + FINER:
        return False
    return _is_between(AS_NOISY, other.noise, one.noise) and _is_between(AS_CRISP, other.crispness, one.crispness)


def _is_clipped(one: Quality, other: Quality) -> bool:
    return one.clipped > CLIPPED_TIMES * other.clipped + CLIPPED_MORE


def _is_clipped_by_contrast(one: Quality, other: Quality) -> bool:
    return _is_clipped(one, other) and is_stretched(one, other)


def _is_noisier(one: Quality, other: Quality) -> bool:
    return _was_saved_at(other, FAITHFUL_QUALITY) and one.noise**2 - other.noise**2 > ADDED_NOISE**2


def _has_noise_of_its_own(one: Quality, other: Quality) -> bool:
    return one.noise > other.noise and apart_by_noise(one, other)


def _is_sharpened(one: Quality, other: Quality) -> bool:
    if not _was_saved_at(one, FAITHFUL_QUALITY) or not _was_saved_at(other, FAITHFUL_QUALITY):
        return False
    if (one.last_quality or 0) <= (other.last_quality or 0) + QUALITY_STEP:
        return _is_between(SHARPENED, one.crispness, other.crispness)
    surely = _is_between(SURELY_SHARPENED, one.crispness, other.crispness)
    return surely and _is_between(SURELY_NOISIER, one.noise, other.noise) and _was_saved_at(other, FINE_QUALITY)


def _is_between(bounds: tuple[float, float], one: float, other: float) -> bool:
    """Whether `one` divided by `other` lies within the bounds."""
    least, most = bounds
    return least * other < one < most * other


def _is_coarser(one: Quality, other: Quality) -> bool:
    if one.jpeg_quality is None or other.jpeg_quality is None:
        return False
    return one.jpeg_quality <= other.jpeg_quality - QUALITY_STEP


def _was_saved_at(quality: Quality, least: int) -> bool:
    return quality.last_quality is not None and quality.last_quality >= least


_Sign = tuple[str, Callable[[Quality, Quality], bool]]
_LOST = "lost detail at JPEG quality about {}"
_ADDED: tuple[_Sign, ...] = (("noise was added", _is_noisier), ("sharpened", _is_sharpened))
_SAVED_AGAIN: tuple[_Sign, ...] = (("saved again", _was_made_from), ("saved again", _holds_no_more))
_COARSER: tuple[_Sign, ...] = ((_LOST, _is_coarser), ("tones clipped", _is_clipped))
# In the order of their weight: the first that shows on either side decides. Where more was done to one of them than
# saving, the lower quality of one of them says nothing of it, and noise and sharpening widen the ends of the tones.
_SIGNS: Mapping[Kinship, tuple[_Sign, ...]] = {
    Kinship.UNKNOWN: (*_ADDED, *_SAVED_AGAIN, *_COARSER),
    Kinship.FROM_FINER: (*_ADDED, *_COARSER),
    Kinship.CHANGED: (("noise was added", _has_noise_of_its_own), *_ADDED, ("tones clipped", _is_clipped_by_contrast)),
}
