"""The server finds by words what the search in this process finds: the same pictures with the same votes, in order."""

import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from py_image_dedup.matching.candidates.word_index import WordIndex, word_index
from py_image_dedup.matching.candidates.word_weights import asked_words, word_weights
from py_image_dedup.matching.geometry.points import POINT, words_of
from py_image_dedup.model.errors import StoreUnavailable
from py_image_dedup.model.images import Fingerprint, ImageFacts, ImageRecord, StoredRecord
from py_image_dedup.stores.elasticsearch import ElasticsearchStore, IndexChoice
from py_image_dedup.stores.search_server.address import ServerAddress
from py_image_dedup.stores.search_server.documents import document_id
from py_image_dedup.stores.search_server.feature_words import (
    FIELD,
    SPARE,
    ServerWordSearch,
    WordRule,
    open_word_search,
)
from tests.support.amounts import amount
from tests.support.faulty_server import Answer, Pass, Request, door_to, sound
from tests.support.search_fixtures import Address
from tests.support.stored import VERSIONS, content, image_file

Words = npt.NDArray[np.uint16]
RULE = WordRule(word_weights, asked_words)
SERVERS = [
    "elasticsearch9",
    pytest.param("elasticsearch8", marks=pytest.mark.nightly),
    pytest.param("opensearch2", marks=pytest.mark.nightly),
    "opensearch3",
]


@pytest.fixture(params=SERVERS)
def store(request: pytest.FixtureRequest, address_of: Address, tmp_path: Path) -> Iterator[ElasticsearchStore]:
    address = ServerAddress(hosts=(address_of(request.param),))
    store = ElasticsearchStore(address, str(tmp_path), IndexChoice("words", library=uuid.uuid4().hex))
    yield store
    store.close()


def picture(path: str, words: Sequence[int] | Words, file: str = "") -> ImageRecord:
    """A picture with these words; `path` names the content too."""
    points = np.zeros(len(words), POINT)
    points["word"] = words
    facts = ImageFacts(40, 30, "JPEG", "RGB")
    fingerprint = Fingerprint("words", 1, bytes(4) + points.tobytes())
    return ImageRecord(image_file(file or path), content(path), facts, (fingerprint,))


def pictures(count: int, seed: int, most: int = 1 << 16) -> list[ImageRecord]:
    """Words below `most` as pictures have them, some of them everywhere; a third shares some with another picture."""
    random = np.random.default_rng(seed)
    words = [(random.random(random.integers(0, 150)) ** 3 * most).astype(np.uint16) for _ in range(count)]
    for copy in range(0, count, 3):
        original = words[random.integers(count)]
        words[copy] = np.concatenate([words[copy], original[: random.integers(0, len(original) + 1)]])
    return [picture(f"/p/{n}", some) for n, some in enumerate(words)]


def put(store: ElasticsearchStore, records: list[ImageRecord]) -> None:
    store.put_many(StoredRecord(record, VERSIONS) for record in records)


def here(records: Sequence[ImageRecord]) -> WordIndex:
    return word_index([r.sha256 for r in records], [words_of(r)[0] for r in records])


def both(store: ElasticsearchStore, records: list[ImageRecord]) -> tuple[ServerWordSearch, WordIndex]:
    records = sorted(records, key=lambda record: record.sha256)
    return open_word_search(store, RULE, records), here(records)


def assert_same_answers(
    searches: tuple[ServerWordSearch, WordIndex], asking: Sequence[ImageRecord], wanted: int
) -> int:
    """How many votes both gave."""
    on_server, local = searches
    questions = [words_of(record)[0] for record in asking]
    answers = [list(votes) for votes in local.best(questions, wanted)]
    assert [list(votes) for votes in on_server.best(questions, wanted)] == answers
    assert [on_server.most(words) for words in questions] == [local.most(words) for words in questions]
    return sum(map(len, answers))


def test_hundreds_of_questions_have_the_same_answers(store: ElasticsearchStore) -> None:
    """Thousands at night. The index also has copies of their files, pictures elsewhere, and some without words."""
    known = pictures(amount(ci=300, nightly=3_000), seed=len(store.server.kind))
    copies = [replace(record, file=image_file(f"{record.file.path} copy")) for record in known[::7]]
    elsewhere = pictures(60, seed=99)
    elsewhere = [replace(r, file=image_file(f"/e{r.file.path}"), sha256=content(f"/e{r.file.path}")) for r in elsewhere]
    put(store, [*known, *copies, *copies[:50], *elsewhere, replace(elsewhere[0], fingerprints=())])

    searches = both(store, known)

    assert np.array_equal(searches[0].held, searches[1].held)
    assert np.array_equal(searches[0].weights, searches[1].weights)
    assert assert_same_answers(searches, known, 40) > 10 * len(known)
    assert_same_answers(searches, known[:30], 1)
    assert_same_answers(searches, [*elsewhere, picture("/none", [])], 16)


def test_more_pictures_with_the_same_votes_than_are_asked_for_are_all_seen(store: ElasticsearchStore) -> None:
    """Pages of one form: the first by content are wanted, which the server knows nothing of."""
    alike = [picture(f"/a/{n}", [*range(60_000, 60_030), n % 7]) for n in range(2 * SPARE)]
    others = pictures(100, seed=4, most=3_000)
    put(store, [*alike, *others])

    searches = both(store, [*alike, *others])

    assert assert_same_answers(searches, alike[:5], 10) == 5 * 10


def test_documents_from_before_words_were_written_are_written_again(store: ElasticsearchStore) -> None:
    known = pictures(60, seed=5)
    put(store, known)
    store.settle()
    lines: list[dict[str, Any]] = []
    for hit in store.server.documents([document_id(store.library, r.file.path.encode()) for r in known[:30]], "words"):
        source = {name: value for name, value in hit["_source"].items() if name != FIELD}
        head = {"_id": hit["_id"], "version": hit["_version"], "version_type": "external_gte"}
        lines += [{"index": head}, source]
    store.server.bulk(lines, "words")

    assert assert_same_answers(both(store, known), known, 40) > 100


def test_a_picture_that_the_index_does_not_have_is_no_answer(store: ElasticsearchStore) -> None:
    known = pictures(20, seed=6)
    put(store, known[1:])

    with pytest.raises(StoreUnavailable, match="1 pictures have no words in the index"):
        both(store, known)


SPOILED: list[dict[str, Any]] = [{"timed_out": True}, {"_shards": {"failed": 1}}, {"terminated_early": True}]


@pytest.mark.parametrize("spoiled", SPOILED)
def test_an_answer_in_part_is_no_answer(address_of: Address, tmp_path: Path, spoiled: dict[str, Any]) -> None:
    """Whichever it is: of the contents, of the counts, of the pictures."""
    known = pictures(20, seed=8)
    with door_to(address_of("elasticsearch9")) as door:
        choice = IndexChoice("words", library=uuid.uuid4().hex)
        store = ElasticsearchStore(ServerAddress(hosts=(door.address,)), str(tmp_path), choice, patience_s=0.0)
        put(store, known)
        store.settle()
        asked, refused = 0, 0
        for point in range(1, 8):
            left = [point]
            door.fault = partial(in_part, left, spoiled)
            try:
                assert_same_answers(both(store, known), known, 40)
            except StoreUnavailable:
                refused += 1
            asked += left[0] <= 0
        door.fault = sound
        store.close()

    assert refused == asked >= 4


def in_part(left: list[int], spoiled: dict[str, Any], request: Request, forward: Pass) -> Answer:
    """The search whose turn it is says that its answer is not complete."""
    answer = forward()
    if "search" not in request.path or answer.status != 200:
        return answer
    left[0] -= 1
    if left[0]:
        return answer
    whole = answer.json
    parts = whole.get("responses", [whole])
    parts[-1].update(spoiled)
    return Answer(200, json.dumps(whole).encode())


def test_an_index_of_the_first_schema_gets_the_field_when_it_is_opened(
    store: ElasticsearchStore, tmp_path: Path
) -> None:
    server, name = store.server, f"first-{uuid.uuid4().hex}"
    mapping = server.mapping("words")
    assert mapping is not None
    mapping["_meta"] = {**mapping["_meta"], "schema": 1, "generation": "g"}
    del mapping["properties"][FIELD]
    server.create(f"{name}-v1", {"mappings": mapping, "aliases": {name: {"is_write_index": True}}})
    known = pictures(40, seed=7)

    opened = ElasticsearchStore(server._address, str(tmp_path / "other"), IndexChoice(name, library="l"))
    put(opened, known)
    found = assert_same_answers(both(opened, known), known, 40)
    opened.close()

    mended = server.mapping(f"{name}-v1")
    assert mended is not None
    assert found > 100
    assert (mended["_meta"]["schema"], mended["_meta"]["generation"]) == (2, "g")
    assert mended["properties"][FIELD] == {"type": "keyword"}
