"""A run holds records without words, and gets them back for the pictures that it looks at."""

from dataclasses import replace
from itertools import pairwise

from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.images import Fingerprint, ImageRecord, StoredRecord, Unreadable, UnreadableKind
from py_image_dedup.model.matches import Candidate, Comparison, Evidence
from py_image_dedup.phases.lean import Completed, CompletedPairs, lean
from py_image_dedup.stores.memory import MemoryStore
from tests.support.records import image_file, record

PDQ, WORDS = Fingerprint("pdq", 1, b"hash"), Fingerprint("words", 3, b"many words")


def with_words(path: str) -> ImageRecord:
    return replace(record(path), fingerprints=(PDQ, WORDS))


def store_of(*records: ImageRecord) -> MemoryStore:
    store = MemoryStore()
    store.put_many(StoredRecord(one, (("pdq", 1), ("words", 3))) for one in records)
    return store


def test_a_lean_record_says_that_there_are_words_and_holds_none() -> None:
    found = lean(with_words("/a"))

    assert found.fingerprints == (PDQ, Fingerprint("words", 3, b""))
    assert replace(found, fingerprints=(PDQ, WORDS)) == with_words("/a")


def test_what_has_no_words_stays_as_it_is() -> None:
    bare = replace(record("/a"), fingerprints=(PDQ,))
    refused = Unreadable(image_file("/b"), UnreadableKind.DAMAGED, "cut short")

    assert lean(bare) is bare
    assert lean(refused) is refused


def test_words_come_back_in_order_and_only_those_of_the_same_content_and_version() -> None:
    a, b, changed, other, gone = (with_words(f"/{name}") for name in ("a", "b", "changed", "other", "gone"))
    now_otherwise = replace(changed, sha256=bytes(32))
    newer = replace(other, fingerprints=(PDQ, Fingerprint("words", 4, b"other words")))
    complete = Completed(store_of(a, b, now_otherwise, newer))

    found = complete([lean(b), a, lean(changed), lean(other), lean(gone), lean(a)])

    assert found == [b, a, lean(changed), lean(other), lean(gone), a]


def test_where_the_file_was_seen_since_is_not_taken_back() -> None:
    seen = replace(with_words("/a"), file=image_file("/a", root="/another"))

    assert Completed(store_of(with_words("/a")))([lean(seen)]) == [seen]


class Reading:
    """Says of each pair whether both have their words."""

    def compare(self, pairs):  # type: ignore[no-untyped-def]
        for candidate, left, right in pairs:
            whole = left.fingerprint("words") == WORDS == right.fingerprint("words")
            yield Comparison(candidate.left, candidate.right, None, Evidence(str(whole)))


def test_pairs_are_compared_with_their_words() -> None:
    records = [with_words(f"/{n}") for n in range(150)]
    pairs = [(Candidate(a.sha256, b.sha256, 1, 0.1), lean(a), lean(b)) for a, b in pairwise(records)]

    found = list(CompletedPairs(Reading(), Completed(store_of(*records))).compare(pairs))

    assert [(c.left, c.right) for c in found] == [(c.left, c.right) for c, _, _ in pairs]
    assert {c.evidence.words for c in found} == {"True"}


def test_a_file_that_is_only_walked_is_no_record() -> None:
    assert isinstance(lean(Unreadable(image_file("/b"), UnreadableKind.DAMAGED, "")).file, ImageFile)
