"""Phase 4: records become stars around keepers that decode completely.

Works on contents (SHA-256): only contents never searched before are looked up, and what a comparison said is
remembered, so a run without new pictures compares nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from time import monotonic

from py_image_dedup.matching.groups.verdicts import judged, told, told_apart
from py_image_dedup.model.images import ImageRecord
from py_image_dedup.model.matches import Candidate, Comparison, Relation, Star
from py_image_dedup.model.ports import Analyser, CandidateIndex, Listener, PairComparer, RecordStore
from py_image_dedup.model.verdicts import Verdicts
from py_image_dedup.phases.bridges import bridges
from py_image_dedup.phases.merits import Measure, with_merits, with_reasons

REMEMBER_BATCH = 256
SOUNDNESS_METHOD = "decode-1"

FormStars = Callable[[Sequence[ImageRecord], Sequence[Comparison], frozenset[bytes]], Sequence[Star]]
"""Records, comparisons, damaged contents -> stars; pure, and the same for every order of its input."""


def no_verdicts() -> Verdicts:
    """Nobody has judged anything."""
    return {}


@dataclass(frozen=True, slots=True)
class Searched:
    """What phase 4 found. `damaged` holds contents that do not decode completely, with the reason."""

    stars: tuple[Star, ...]
    damaged: tuple[tuple[bytes, str], ...]


@dataclass(frozen=True, slots=True)
class SearchParts:
    """What phase 4 works with."""

    store: RecordStore
    analyser: Analyser
    index: CandidateIndex
    comparer: PairComparer
    form_stars: FormStars
    removable: frozenset[Relation]  # relations that are acted on: their keepers are decoded completely
    verdicts: Callable[[], Verdicts] = no_verdicts  # the user's word on pairs, as it stands when phase 4 begins
    measure: Measure | None = None  # looks at all pixels of pictures that have a copy; None: they are not looked at


def search(records: Sequence[ImageRecord], parts: SearchParts, listener: Listener) -> Searched:
    """Compare what is new, then form stars until every keeper that something would go for is sound."""
    by_content = {record.sha256: record for record in reversed(records)}
    compare_new(by_content, parts, listener)
    comparisons = compare_bridged(by_content, parts, listener)
    verdicts = parts.verdicts()
    seen = judged(comparisons, verdicts, parts.removable)
    known = told_apart(records, verdicts)
    if parts.measure is not None:
        known = with_merits(known, seen, parts.store, parts.measure)
    searched = form_sound_stars(known, seen, parts)
    return replace(searched, stars=with_reasons(told(searched.stars, verdicts)))


def compare_new(by_content: dict[bytes, ImageRecord], parts: SearchParts, listener: Listener) -> None:
    """Find candidates for contents never searched, compare those not compared before, remember all of it."""
    method = parts.index.method
    new = sorted(by_content.keys() - parts.store.searched(by_content.keys(), method))
    if not new:
        return
    started_s = monotonic()
    known = {(c.left, c.right) for c in parts.store.comparisons(by_content.keys(), method)}
    found = parts.index.candidates([by_content[content] for content in new], list(by_content.values()))
    open_pairs = [c for c in found if (c.left, c.right) not in known]
    listener.expected(len(open_pairs))
    unanswered = _compare(open_pairs, by_content, parts, listener)
    parts.store.remember(method, [], [content for content in new if content not in unanswered])
    listener.searched(len(new), monotonic() - started_s)


def compare_bridged(
    by_content: dict[bytes, ImageRecord], parts: SearchParts, listener: Listener
) -> tuple[Comparison, ...]:
    """Compare copies of one picture among themselves until all are; every comparison among present contents."""
    asked: set[tuple[bytes, bytes]] = set()
    while True:
        comparisons = tuple(parts.store.comparisons(by_content.keys(), parts.index.method))
        missing = [c for c in bridges(by_content, comparisons) if (c.left, c.right) not in asked]
        if not missing:
            return comparisons
        asked |= {(c.left, c.right) for c in missing}
        listener.expected(len(missing))
        _compare(missing, by_content, parts, listener)


def form_sound_stars(records: Sequence[ImageRecord], comparisons: Sequence[Comparison], parts: SearchParts) -> Searched:
    """Decode the keepers of stars that would lose a file; a broken one ranks last and the stars form again."""
    damaged: dict[bytes, str] = {}
    sound: set[bytes] = set()
    while True:
        stars = tuple(parts.form_stars(records, comparisons, frozenset(damaged)))
        keepers = [star.keeper for star in stars if _acts(star, parts.removable)]
        unknown = {keeper.sha256: keeper for keeper in keepers if keeper.sha256 not in sound | damaged.keys()}
        if not unknown:
            return Searched(stars, tuple(sorted(damaged.items())))
        for content, reason in soundness(unknown, parts):
            if reason is None:
                sound.add(content)
            else:
                damaged[content] = reason


def soundness(records: dict[bytes, ImageRecord], parts: SearchParts) -> Iterator[tuple[bytes, str | None]]:
    """Whether each content decodes completely (None) or why not; remembered answers are not asked again."""
    remembered = parts.store.soundness(records.keys(), SOUNDNESS_METHOD)
    yield from remembered.items()
    asked = [record for content, record in records.items() if content not in remembered]
    answers = [(record.sha256, reason) for record, reason in parts.analyser.sound(asked)]
    parts.store.remember_soundness(SOUNDNESS_METHOD, answers)
    yield from answers


def _compare(
    candidates: Iterable[Candidate],
    by_content: dict[bytes, ImageRecord],
    parts: SearchParts,
    listener: Listener,
) -> set[bytes]:
    """Compare and remember in batches; the contents of pairs that got no answer."""
    asked = {(c.left, c.right) for c in candidates}
    waiting: list[Comparison] = []
    try:
        for comparison in parts.comparer.compare((c, by_content[c.left], by_content[c.right]) for c in candidates):
            asked.discard((comparison.left, comparison.right))
            waiting.append(comparison)
            listener.advanced()
            if len(waiting) >= REMEMBER_BATCH:
                parts.store.remember(parts.index.method, waiting, [])
                waiting = []
    finally:
        parts.store.remember(parts.index.method, waiting, [])
    return {content for pair in asked for content in pair}


def _acts(star: Star, removable: frozenset[Relation]) -> bool:
    return any(match.relation in removable for _, match in star.others)
