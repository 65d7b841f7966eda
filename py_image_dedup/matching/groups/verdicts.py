"""The user's verdicts laid over what was measured. Pure: the same comparisons and verdicts give the same answer.

A verdict may weaken a relation, or show a pair to a person; it never makes one stronger than it was measured.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from py_image_dedup.matching.groups.stars import PIXELS
from py_image_dedup.model.images import ImageRecord
from py_image_dedup.model.matches import Comparison, Evidence, Match, Relation, Star
from py_image_dedup.model.verdicts import Verdict, Verdicts, content_pair

_WORDS = {Verdict.COPY: "judged a copy by you", Verdict.SERIES: "judged a series by you"}


def judged(comparisons: Sequence[Comparison], verdicts: Verdicts, acted: frozenset[Relation]) -> tuple[Comparison, ...]:
    """Give the comparisons with each judged pair as the user sees it; judged pairs never compared are added.

    `acted` holds the relations whose files go.
    """
    if not verdicts:
        return tuple(comparisons)
    measured = {(c.left, c.right): c for c in comparisons}
    unseen = {pair: Comparison(*pair, None, Evidence("")) for pair in verdicts.keys() - measured.keys()}
    seen = measured | unseen
    return tuple(_seen(seen[pair], verdicts.get(pair), acted) for pair in sorted(seen))


def told_apart(records: Sequence[ImageRecord], verdicts: Verdicts) -> tuple[ImageRecord, ...]:
    """Give the records so that equal pixels no longer tie two contents that were judged to be no copies.

    Only pictures that carry too little to be compared are tied so; the second of the pair loses its digest.
    """
    apart = {right for (_, right), verdict in verdicts.items() if verdict is not Verdict.COPY}
    return tuple(_without_pixels(record) if record.sha256 in apart else record for record in records)


def told(stars: Iterable[Star], verdicts: Verdicts) -> tuple[Star, ...]:
    """Give the stars with the user's word first in the evidence of each judged pair."""
    return tuple(_told(star, verdicts) for star in stars) if verdicts else tuple(stars)


def judged_relation(measured: Relation | None, verdict: Verdict | None, acted: frozenset[Relation]) -> Relation | None:
    """Say what a pair counts as: COPY keeps what was measured; where that was no copy, it is for a person to see."""
    if verdict is Verdict.NOT_A_COPY:
        return None
    if verdict is Verdict.SERIES:
        return Relation.LOOK_ALIKE
    if verdict is Verdict.COPY and measured in {None, Relation.LOOK_ALIKE}:
        return Relation.LOOK_ALIKE if Relation.EDITED in acted else Relation.EDITED
    return measured


def _seen(comparison: Comparison, verdict: Verdict | None, acted: frozenset[Relation]) -> Comparison:
    return replace(comparison, relation=judged_relation(comparison.relation, verdict, acted))


def _without_pixels(record: ImageRecord) -> ImageRecord:
    return replace(record, fingerprints=tuple(f for f in record.fingerprints if f.method != PIXELS))


def _told(star: Star, verdicts: Verdicts) -> Star:
    others = ((r, _with_word(m, verdicts.get(content_pair(star.keeper.sha256, r.sha256)))) for r, m in star.others)
    return replace(star, others=tuple(others))


def _with_word(match: Match, verdict: Verdict | None) -> Match:
    said = _WORDS.get(verdict) if verdict else None
    if said is None:
        return match
    words = f"{said}; {match.evidence.words}" if match.evidence.words else said
    return replace(match, evidence=replace(match.evidence, words=words))
