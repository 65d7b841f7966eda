"""The server finds what the local search finds: the same candidates, in the same order."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from py_image_dedup.matching.candidates.by_hash import HammingCandidates, is_comparable
from py_image_dedup.matching.candidates.signatures import SHARED_WORDS, EitherCandidates, SignatureCandidates
from py_image_dedup.model.images import Fingerprint, ImageFacts, ImageRecord, StoredRecord
from py_image_dedup.stores.elasticsearch import ElasticsearchStore, IndexChoice
from py_image_dedup.stores.search_server.address import ServerAddress
from py_image_dedup.stores.search_server.candidates import FIRST_PAGE, ServerCandidates
from tests.support.search_fixtures import Address
from tests.support.stored import VERSIONS, content, image_file

SERVERS = [
    "elasticsearch8",
    pytest.param("elasticsearch9", marks=pytest.mark.nightly),
    pytest.param("opensearch2", marks=pytest.mark.nightly),
    "opensearch3",
]
LOCAL = HammingCandidates()


@pytest.fixture(params=SERVERS)
def store(request: pytest.FixtureRequest, address_of: Address, tmp_path: Path) -> Iterator[ElasticsearchStore]:
    address = ServerAddress(hosts=(address_of(request.param),))
    store = ElasticsearchStore(address, str(tmp_path), IndexChoice("candidates", library=uuid.uuid4().hex))
    yield store
    store.close()


def pictures(count: int, seed: int) -> list[ImageRecord]:
    """Pictures of which a third are near others, as many bits away as the radius and a little more, some turned."""
    random = np.random.default_rng(seed)
    hashes = random.integers(0, 256, (count, 8, 32), np.uint8)
    for copy in range(0, count, 3):
        original, orientation = random.integers(count), random.integers(8)
        bits = np.zeros(256, np.uint8)
        bits[random.choice(256, random.integers(0, 48), replace=False)] = 1
        hashes[copy, orientation] = hashes[original, 0] ^ np.packbits(bits)
    return [picture(f"/p/{seed}/{n}", value.tobytes()) for n, value in enumerate(hashes)]


def picture(path: str, value: bytes, detail: float = 1.0) -> ImageRecord:
    facts = ImageFacts(40, 30, "JPEG", "RGB", detail=detail)
    return ImageRecord(image_file(path), content(path), facts, (Fingerprint("pdq", 1, value + b"\x64"),))


def on_server(store: ElasticsearchStore) -> ServerCandidates:
    return ServerCandidates(store, LOCAL, LOCAL.radius, is_comparable)


def put(store: ElasticsearchStore, records: list[ImageRecord]) -> None:
    store.put_many(StoredRecord(record, VERSIONS) for record in records)


def test_ten_thousand_questions_have_the_same_answers(store: ElasticsearchStore) -> None:
    everything = pictures(2_500, seed=len(store.server.kind))
    put(store, everything)
    new = everything[::2]

    local = list(LOCAL.candidates(new, everything))

    assert len(local) > 200
    assert list(on_server(store).candidates(new, everything)) == local


def test_more_neighbours_than_a_page_are_all_found(store: ElasticsearchStore) -> None:
    value = bytes(range(256))
    everything = [picture(f"/p/{n}", value) for n in range(2 * FIRST_PAGE + 5)]
    put(store, everything)

    found = list(on_server(store).candidates(everything[:1], everything))

    assert len(found) == len(everything) - 1


def signed(record: ImageRecord, signature: npt.NDArray[np.int8]) -> ImageRecord:
    return replace(record, fingerprints=(*record.fingerprints, Fingerprint("image-match", 1, signature.tobytes())))


def test_with_signatures_the_server_finds_by_their_words_what_the_local_search_finds(
    store: ElasticsearchStore,
) -> None:
    random = np.random.default_rng(3)
    signatures = random.integers(-2, 3, (600, 648)).astype(np.int8)
    for copy in range(0, 600, 3):
        signatures[copy] = signatures[random.integers(600)]
        signatures[copy, random.choice(648, random.integers(0, 90), replace=False)] = 1
    everything = [signed(record, s) for record, s in zip(pictures(600, seed=7), signatures, strict=True)]
    everything[1:300:50] = pictures(6, seed=8)  # without a signature
    put(store, everything)
    local = EitherCandidates(LOCAL, SignatureCandidates(0.3))
    remote = ServerCandidates(store, local, LOCAL.radius, is_comparable, SHARED_WORDS)
    new = everything[::2]

    found = sorted(remote.candidates(new, everything), key=str)

    assert found == sorted(local.candidates(new, everything), key=str)
    assert len(found) > len(list(LOCAL.candidates(new, everything))) + 50


def test_what_is_not_asked_for_is_not_found(store: ElasticsearchStore) -> None:
    value = bytes(range(256))
    flat, known, other = picture("/flat", value, 0.0), picture("/known", value), picture("/other", value)
    put(store, [flat, known, other])

    found = list(on_server(store).candidates([flat, known], [flat, known]))

    assert found == []
