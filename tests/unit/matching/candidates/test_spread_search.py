"""A search spread over worker processes finds what one process finds, in the same order."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from py_image_dedup.analysis.limits import AnalysisLimits
from py_image_dedup.analysis.workers import WorkerPool
from py_image_dedup.matching.candidates import spread_search, word_candidates, word_pairs
from py_image_dedup.matching.candidates.few import HASH_BYTES
from py_image_dedup.matching.candidates.kept_words import KeptWordSearch
from py_image_dedup.matching.candidates.picture_table import picture_table
from py_image_dedup.matching.candidates.spread_search import Batch, Partners, PartnersTask, SpreadSearch
from py_image_dedup.matching.candidates.word_candidates import WordCandidates, search_in_memory
from py_image_dedup.matching.candidates.word_pairs import AlikePartners
from py_image_dedup.matching.geometry.points import POINT, SIGN_BYTES, WORDS
from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.images import Fingerprint, ImageFacts, ImageRecord, StoredRecord
from py_image_dedup.model.matches import Candidate
from py_image_dedup.phases.lean import Completed, lean
from py_image_dedup.stores.sqlite import SqliteStore
from py_image_dedup.stores.stored_words import FEWEST_EACH, READERS, StoredWords
from py_image_dedup.stores.word_segments import WordSegmentFile

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="one process asks alone elsewhere")

LIMITS = AnalysisLimits(timeout_s=60, memory_bytes=4 << 30, max_pixels=1 << 30)
PICTURES, POINTS = 90, 60


class Nothing:
    """A `CandidateIndex` that finds nothing."""

    method = "nothing"

    def candidates(self, new: Sequence[ImageRecord], all_: Sequence[ImageRecord]) -> Sequence[Candidate]:
        return ()


def record(folder: Path, number: int, words: bytes) -> ImageRecord:
    content = np.random.Generator(np.random.PCG64(number)).bytes(32)
    file = ImageFile(str(folder / f"{number}.jpg"), "", 1, 2, 3, number, 5)
    prints = (Fingerprint("pdq", 1, content * 8 + bytes(1)), Fingerprint(WORDS, 1, words))
    assert len(content) == HASH_BYTES
    return ImageRecord(file, content, ImageFacts(4000, 3000 + number, "JPEG", "RGB"), prints)


@pytest.fixture(autouse=True)
def _spreads(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many pictures as there are here are enough."""
    monkeypatch.setattr(word_candidates, "SPREAD_FROM", 1)


@pytest.fixture
def library(tmp_path: Path) -> list[ImageRecord]:
    """Thirty pictures, three of each: as it is, a part of it, another part."""
    random = np.random.Generator(np.random.PCG64(1))
    records = []
    for number in range(PICTURES):
        if number % 3 == 0:
            whole = np.frombuffer(random.bytes(POINTS * POINT.itemsize), POINT).copy()
            whole["size"] = random.integers(100, 220, POINTS)
        points = whole if number % 3 == 0 else whole[random.permutation(POINTS)[: POINTS - 10 * (number % 3)]]
        records.append(record(tmp_path, number, bytes(SIGN_BYTES) + points.tobytes()))
    return records


def index_of(folder: Path, library: Sequence[ImageRecord]) -> SqliteStore:
    store = SqliteStore(str(folder / "index.sqlite"))
    store.put_many(StoredRecord(found, (("pdq", 1), (WORDS, 1))) for found in library)
    return store


def found(
    folder: Path, store: SqliteStore, library: Sequence[ImageRecord], spread: SpreadSearch | None
) -> list[Candidate]:
    complete = Completed(store)
    search = KeptWordSearch(WordSegmentFile(str(folder / "words.sqlite")), complete)
    index = WordCandidates(Nothing(), 0.25, 1, search, complete, None if spread is None else lambda: spread)
    records = [lean(one) for one in library]
    return list(index.candidates(records, records))


def spread_over(folder: Path, store: SqliteStore, workers: int, words: str = "index.sqlite") -> SpreadSearch:
    def open_pool(task: PartnersTask) -> WorkerPool[Batch, Partners]:
        return WorkerPool(task, workers, LIMITS)

    return SpreadSearch(open_pool, StoredWords(str(folder / words)), Completed(store), str(folder))


def nobody(records: Sequence[ImageRecord]) -> Sequence[ImageRecord]:
    raise AssertionError("workers answer all")


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_any_number_of_workers_find_the_same_in_the_same_order(
    tmp_path: Path, library: list[ImageRecord], workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spread_search, "ASKED_AT_ONCE", 4)
    store = index_of(tmp_path, library)

    alone = found(tmp_path, store, library, None)

    spread = replace(spread_over(tmp_path, store, workers), here=nobody)

    assert len(alone) == PICTURES
    assert found(tmp_path, store, library, spread) == alone
    store.close()


def test_what_workers_cannot_read_is_asked_here(tmp_path: Path, library: list[ImageRecord]) -> None:
    store = index_of(tmp_path, library)

    answer = found(tmp_path, store, library, spread_over(tmp_path, store, 2, words="nowhere.sqlite"))

    assert answer == found(tmp_path, store, library, None)
    store.close()


def test_without_room_for_the_shared_index_one_process_asks(tmp_path: Path, library: list[ImageRecord]) -> None:
    store = index_of(tmp_path, library)
    spread = spread_over(tmp_path, store, 2)
    nowhere = replace(spread, folder=str(tmp_path / "missing"))

    assert found(tmp_path, store, library, nowhere) == found(tmp_path, store, library, None)
    store.close()


def test_a_worker_reads_the_words_that_the_index_holds_for_this_content(
    tmp_path: Path, library: list[ImageRecord]
) -> None:
    store = index_of(tmp_path, library)
    wanted = [lean(one) for one in library[:5]]
    other = ImageRecord(wanted[0].file, bytes(32), wanted[0].facts, wanted[0].fingerprints)

    words = StoredWords(str(tmp_path / "index.sqlite"))

    assert words(wanted) == library[:5] == Completed(store)(wanted)
    assert words([other]) == [other]
    store.close()


def test_the_words_of_many_are_read_side_by_side_and_come_in_the_order_asked(tmp_path: Path) -> None:
    library = [record(tmp_path, number, number.to_bytes(4, "big")) for number in range(3 * READERS * FEWEST_EACH)]
    store = index_of(tmp_path, library)
    words = StoredWords(str(tmp_path / "index.sqlite"))

    for _ in range(2):  # connections are used again
        assert words([lean(one) for one in library]) == library
    assert words([lean(one) for one in reversed(library)]) == library[::-1]
    store.close()


def test_words_that_are_read_ahead_name_the_same_partners(
    tmp_path: Path, library: list[ImageRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(word_pairs, "FETCHED_AT_ONCE", 4)
    store, search = index_of(tmp_path, library), search_in_memory(library)
    lean_records = {one.sha256: lean(one) for one in library}
    words = StoredWords(str(tmp_path / "index.sqlite"))

    at_once, ahead = (
        list(AlikePartners(lean_records, words, reads_ahead=flag).of(list(lean_records), search))
        for flag in (False, True)
    )

    assert ahead == at_once
    assert all(at_once)
    store.close()


def test_the_table_of_pictures_knows_paths_and_sizes(tmp_path: Path, library: list[ImageRecord]) -> None:
    odd = record(tmp_path, 1000, b"")
    odd = ImageRecord(
        ImageFile("/p/caf\udce9.jpg", "", 1, 2, 3, 4, 5), odd.sha256, odd.facts, odd.fingerprints
    )  # not UTF-8
    records = sorted([*library, odd], key=lambda one: one.sha256)
    table = picture_table(records)

    assert len(table) == len(records)
    for one in records:
        assert one.sha256 in table
        assert table[one.sha256].file.path == one.file.path
        assert table[one.sha256].facts.width == one.facts.width
        assert table[one.sha256].facts.height == one.facts.height
    assert bytes(32) not in table
    with pytest.raises(KeyError):
        table[bytes(32)]
