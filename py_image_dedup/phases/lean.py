"""Records without what is too large to be held for a million pictures at once: words of local features, 3.6 KB each.

A run holds lean records. Words are fetched from the index for the few pictures that are looked at just now.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from typing import TypeVar

from py_image_dedup.model.images import Analysed, Fingerprint, ImageRecord
from py_image_dedup.model.matches import Candidate, Comparison
from py_image_dedup.model.ports import PairComparer, RecordStore

LARGE = "words"
COMPLETED_PAIRS = 64
Result = TypeVar("Result", bound=Analysed)


def lean(result: Result) -> Result:
    """The record with an empty value in the place of its words; others as they are."""
    if not isinstance(result, ImageRecord) or result.fingerprint(LARGE) is None:
        return result
    return replace(result, fingerprints=tuple(_emptied(f) for f in result.fingerprints))


@dataclass(frozen=True, slots=True)
class Completed:
    """Gives lean records their words back."""

    store: RecordStore

    def __call__(self, records: Sequence[ImageRecord]) -> list[ImageRecord]:
        """The same records in the same order; those that the index no longer has as they were stay as they are."""
        asked = sorted({record.file.path for record in records if _is_lean(record)})
        stored = self.store.get_many(asked) if asked else {}
        words = {path: found.result for path, found in stored.items() if isinstance(found.result, ImageRecord)}
        return [_with_words(record, words.get(record.file.path)) for record in records]


@dataclass(frozen=True, slots=True)
class CompletedPairs:
    """A `PairComparer` whose pictures have their words."""

    comparer: PairComparer
    complete: Completed

    def compare(self, pairs: Iterable[tuple[Candidate, ImageRecord, ImageRecord]]) -> Iterator[Comparison]:
        """See `PairComparer`."""
        return self.comparer.compare(self._with_words(iter(pairs)))

    def _with_words(
        self, pairs: Iterator[tuple[Candidate, ImageRecord, ImageRecord]]
    ) -> Iterator[tuple[Candidate, ImageRecord, ImageRecord]]:
        while batch := list(islice(pairs, COMPLETED_PAIRS)):
            complete = iter(self.complete([record for _, *both in batch for record in both]))
            for candidate, _, _ in batch:
                yield candidate, next(complete), next(complete)


def _emptied(fingerprint: Fingerprint) -> Fingerprint:
    return _nothing(fingerprint.version) if fingerprint.method == LARGE else fingerprint


@lru_cache(maxsize=16)
def _nothing(version: int) -> Fingerprint:
    """One object for all records: 72 MB of a million."""
    return Fingerprint(LARGE, version, b"")


def _is_lean(record: ImageRecord) -> bool:
    found = record.fingerprint(LARGE)
    return found is not None and not found.value


def _with_words(record: ImageRecord, stored: ImageRecord | None) -> ImageRecord:
    if stored is None or not _is_lean(record) or stored.sha256 != record.sha256:
        return record
    words = stored.fingerprint(LARGE)
    if words is None or words.version != next(f.version for f in record.fingerprints if f.method == LARGE):
        return record
    return replace(record, fingerprints=tuple(words if f.method == LARGE else f for f in record.fingerprints))
