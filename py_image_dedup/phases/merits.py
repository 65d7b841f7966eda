"""Pictures that have a copy are measured whole, once for each content, before it is decided which one stays."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from py_image_dedup.keeping.merits import merits
from py_image_dedup.model.codec import decode, encode
from py_image_dedup.model.images import ImageRecord
from py_image_dedup.model.matches import Comparison, Match, Relation, Star
from py_image_dedup.model.ports import RecordStore
from py_image_dedup.model.quality import Quality

# Grows when the same picture may get another answer.
QUALITY_METHOD = "quality-3"
# Relations of pictures that show all of each other: their detail can be compared.
SHOWN_WHOLE = frozenset({Relation.SAME_PICTURE, Relation.TURNED})
Measure = Callable[[Iterable[ImageRecord]], Iterator[tuple[ImageRecord, Quality | None]]]
"""Records -> each with its quality, None where it cannot be measured; in any order."""


def with_merits(
    records: Sequence[ImageRecord], comparisons: Sequence[Comparison], store: RecordStore, measure: Measure
) -> tuple[ImageRecord, ...]:
    """Give the records with the merit of those that are the same picture as another one."""
    by_content = {record.sha256: record for record in reversed(records)}
    present = [c for c in comparisons if c.left in by_content and c.right in by_content]
    pairs = [(c.left, c.right) for c in present if c.relation in SHOWN_WHOLE]
    equal = [(c.left, c.right) for c in present if c.relation is Relation.SAME_PIXELS]
    qualities = _qualities({c: by_content[c] for pair in pairs for c in pair}, store, measure)
    found = merits(by_content, qualities, pairs, equal)
    return tuple(replace(r, merit=found[r.sha256]) if r.sha256 in found else r for r in records)


def with_reasons(stars: Iterable[Star]) -> tuple[Star, ...]:
    """Give the stars with what was found against a member at the end of its evidence."""
    return tuple(replace(star, others=tuple((r, _reasoned(r, m)) for r, m in star.others)) for star in stars)


def _qualities(records: Mapping[bytes, ImageRecord], store: RecordStore, measure: Measure) -> Mapping[bytes, Quality]:
    """Remembered ones are not measured again. The store keeps a text or nothing by content and method, as here."""
    remembered = store.soundness(records.keys(), QUALITY_METHOD)
    asked = [record for content, record in records.items() if content not in remembered]
    answers = {record.sha256: _text(quality) for record, quality in measure(asked)} if asked else {}
    store.remember_soundness(QUALITY_METHOD, answers.items())
    return {c: decode(Quality, json.loads(text)) for c, text in (remembered | answers).items() if text is not None}


def _text(quality: Quality | None) -> str | None:
    return None if quality is None else json.dumps(encode(quality))


def _reasoned(record: ImageRecord, match: Match) -> Match:
    if record.merit is None or not record.merit.words:
        return match
    words = ", ".join(filter(None, [match.evidence.words, record.merit.words]))
    return replace(match, evidence=replace(match.evidence, words=words))
