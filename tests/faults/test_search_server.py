"""A search server that fails: nothing that was put is lost, no document is there twice, no partial answer is taken."""

import json
import random
import subprocess
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from py_image_dedup.model.errors import StoreUnavailable
from py_image_dedup.stores.elasticsearch import ElasticsearchStore, IndexChoice
from py_image_dedup.stores.memory import MemoryStore
from py_image_dedup.stores.search_server.address import ServerAddress
from py_image_dedup.stores.search_server.server import Json, open_server
from tests.support.faulty_server import Answer, Door, Fault, Pass, Request, away, door_to, silent, sound
from tests.support.search_fixtures import Address
from tests.support.stored import stored

PATIENCE_S = 0.3
Open = Callable[..., ElasticsearchStore]


@pytest.fixture(scope="module")
def server(address_of: Address) -> str:
    return address_of("elasticsearch8")


@pytest.fixture
def door(server: str) -> Iterator[Door]:
    with door_to(server) as door:
        yield door


@pytest.fixture
def open_store(door: Door, tmp_path: Path) -> Iterator[Open]:
    """Opens the same store again and again, as runs after each other do."""
    alias = f"faults-{uuid.uuid4().hex}"
    opened: list[ElasticsearchStore] = []

    def open_it(**address: object) -> ElasticsearchStore:
        where = replace(ServerAddress(hosts=(door.address,), start_timeout_s=PATIENCE_S), **address)  # type: ignore[arg-type]
        opened.append(ElasticsearchStore(where, str(tmp_path), IndexChoice(alias, library="l"), patience_s=PATIENCE_S))
        return opened[-1]

    yield open_it
    door.fault = sound
    for store in opened:
        store.close()


def documents(door: Door, store: ElasticsearchStore) -> list[Json]:
    door.fault = sound
    store.settle()
    answer = store.server.search({"size": 10_000}, store.index.alias)
    return [hit["_source"] for hit in answer["hits"]["hits"]]


def is_bulk(request: Request) -> bool:
    return "_bulk" in request.path


def on_bulk(fault: Fault) -> Fault:
    return lambda request, forward: fault(request, forward) if is_bulk(request) else forward()


def records(count: int = 30) -> list[object]:
    return [stored(f"/p/{n}.jpg", n) for n in range(count)]


def work(store: ElasticsearchStore, twin: MemoryStore) -> None:
    """Ten steps of putting, changing and removing; what the server spoils is left to the next step."""
    for step in range(10):
        changed = [stored(f"/p/{(7 * step + n) % 20}.jpg", 100 * step + n) for n in range(8)]
        gone = [f"/p/{(3 * step + n) % 20}.jpg" for n in range(3)]
        for each in (store, twin):
            each.put_many(changed)
            each.remove(gone)
        _try_to_settle(store)


def _try_to_settle(store: ElasticsearchStore) -> None:
    try:
        store.settle()
    except StoreUnavailable:
        return


@pytest.mark.parametrize("fault", [away, silent], ids=["away", "answers-lost"])
def test_an_outage_at_any_point_loses_nothing_and_doubles_nothing(open_store: Open, door: Door, fault: Fault) -> None:
    store, twin = open_store(), MemoryStore()
    store._writer.patience_s = store.server._patience_s = 0.0
    for first in range(1, 26):
        start = len(door.requests)
        door.fault = during(fault, range(start + first, start + first + 4))
        work(store, twin)

        found = documents(door, store)

        assert len(found) == len({document["path"] for document in found})
        assert list(store.under(["/"])) == list(twin.under(["/"]))
        assert store.waiting == 0


def during(fault: Fault, numbers: range) -> Fault:
    return lambda request, forward: fault(request, forward) if request.number in numbers else forward()


def test_what_waits_survives_the_end_of_the_process(open_store: Open, door: Door) -> None:
    open_store().put_many(records())  # and is never closed: the process ends here

    again = open_store()

    assert again.waiting == 30
    assert len(list(again.under(["/"]))) == 30
    assert again.waiting == 0


def test_writing_goes_on_while_the_server_is_away_but_no_answer_is_given(open_store: Open, door: Door) -> None:
    store = open_store()
    door.fault = away
    store.put_many(records())

    assert len(store.get_many([f"/p/{n}.jpg" for n in range(30)])) == 30
    with pytest.raises(StoreUnavailable, match="30 changes wait"):
        list(store.under(["/"]))
    with pytest.raises(StoreUnavailable, match="gave no complete answer"):
        store.get_many(["/p/unknown.jpg"])


def test_items_that_fail_at_random_are_sent_again_until_each_is_there(open_store: Open, door: Door) -> None:
    store, chance = open_store(), random.Random(1)

    def refuse_some(request: Request, forward: Pass) -> Answer:
        answer = forward().json
        for item in answer["items"]:
            if chance.random() < 0.3:
                item["index"] = {"status": 429, "error": {"type": "es_rejected_execution_exception", "reason": "full"}}
        return Answer(200, json.dumps(answer).encode())

    door.fault = on_bulk(refuse_some)
    store.put_many(records(200))
    store.settle()

    assert len(documents(door, store)) == 200


@pytest.mark.parametrize("status", [413, 429])
def test_a_request_that_is_too_much_is_sent_in_smaller_ones(open_store: Open, door: Door, status: int) -> None:
    store = open_store()
    store._writer.patience_s = 5.0

    def refuse_large(request: Request, forward: Pass) -> Answer:
        return Answer.error(status, "too_large") if len(request.body) > 40_000 else forward()

    door.fault = on_bulk(refuse_large)
    store.put_many(records(100))
    store.settle()

    assert len(documents(door, store)) == 100


def spoil(**changes: object) -> Fault:
    def spoiled(request: Request, forward: Pass) -> Answer:
        answer = forward()
        if "_search" not in request.path or answer.status != 200 or request.method == "DELETE":
            return answer
        return Answer(200, json.dumps({**answer.json, **changes}).encode())

    return spoiled


@pytest.mark.parametrize(
    "fault",
    [
        spoil(timed_out=True),
        spoil(_shards={"total": 2, "successful": 1, "skipped": 0, "failed": 1, "failures": []}),
        lambda request, forward: Answer.error(503, "no_shard_available_action_exception"),
        lambda request, forward: Answer.error(429, "circuit_breaking_exception"),
    ],
    ids=["timed-out", "shard-failed", "red", "breaker"],
)
def test_an_answer_that_is_not_complete_is_no_answer(open_store: Open, door: Door, fault: Fault) -> None:
    store = open_store()
    store.put_many(records())
    store.settle()
    door.fault = fault

    with pytest.raises(StoreUnavailable, match="gave no complete answer"):
        list(store.under(["/"]))


def test_a_full_disk_makes_changes_wait_until_there_is_space(open_store: Open, door: Door) -> None:
    store = open_store()
    settings = f"/{store.index.index}/_settings"
    store.server.ask("PUT", settings, {"index.blocks.read_only_allow_delete": True})
    store.put_many(records())

    with pytest.raises(StoreUnavailable, match="30 changes wait"):
        store.settle()
    store.server.ask("PUT", settings, {"index.blocks.read_only_allow_delete": None})

    assert len(documents(door, store)) == 30


def test_an_index_deleted_behind_our_back_is_not_made_by_the_way(open_store: Open, door: Door) -> None:
    store = open_store()
    store.put_many(records())
    store.settle()
    store.server.delete_index(store.index.index)

    store.put_many([stored("/p/new.jpg")])
    with pytest.raises(StoreUnavailable, match="1 changes wait"):
        store.settle()

    assert [found.result.file.path for found in open_store().under(["/"])] == ["/p/new.jpg"]


def test_a_server_that_does_not_answer_is_an_error_after_a_bounded_wait(open_store: Open, door: Door) -> None:
    door.fault = away

    with pytest.raises(StoreUnavailable, match=r"cannot be used: .*Start it, correct elasticsearch\.host"):
        open_store()


def test_an_older_change_that_arrives_late_changes_nothing(open_store: Open, door: Door) -> None:
    store = open_store()
    store.put_many([stored("/p/a.jpg", 1)])
    late = store._outbox.oldest(1)[0]
    store.put_many([stored("/p/a.jpg", 2)])
    store.settle()

    assert store._writer._send([late]) == ([late], None)
    assert store.get_many(["/p/a.jpg"]) == {"/p/a.jpg": stored("/p/a.jpg", 2)}


SECRETS = ("open-sesame", "c2VjcmV0LWtleQ==")


@pytest.mark.parametrize(
    ("access", "header"),
    [
        ({"user": "ann", "password": SECRETS[0]}, "Basic YW5uOm9wZW4tc2VzYW1l"),
        ({"api_key": SECRETS[1]}, f"ApiKey {SECRETS[1]}"),
    ],
)
def test_access_data_are_sent_and_never_shown(
    open_store: Open, door: Door, access: dict[str, str], header: str
) -> None:
    def closed(request: Request, forward: Pass) -> Answer:
        return Answer.error(401, "security_exception")

    open_store(**access)
    assert {request.headers.get("authorization") for request in door.requests} == {header}
    door.fault = closed
    with pytest.raises(StoreUnavailable, match="access was refused") as error:
        open_store(**access)

    shown = f"{error.value} {error.value!r} {ServerAddress(**access)!r} {ServerAddress(**access)}"  # type: ignore[arg-type]
    assert not any(secret in shown for secret in SECRETS)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificate")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=tests -addext subjectAltName=IP:127.0.0.1"
    subprocess.run(
        [*command.split(), "-keyout", folder / "key.pem", "-out", folder / "ca.pem"], check=True, capture_output=True
    )
    return folder


def test_a_certificate_must_be_signed_by_the_given_authority(server: str, certificate: Path) -> None:
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "ca.pem", certificate / "key.pem")
    with door_to(server, context) as door:
        address = ServerAddress(hosts=(door.address,), start_timeout_s=PATIENCE_S)
        trusted = open_server(replace(address, ca_file=str(certificate / "ca.pem")))
        assert trusted.kind == "elasticsearch"
        trusted.close()
        with pytest.raises(StoreUnavailable, match="certificate verify failed"):
            open_server(replace(address, start_timeout_s=60.0))
