"""Servers that are killed or away for long: no update is lost, a file has one document, and the backlog is told."""

import os
import signal
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from py_image_dedup.faces.daemon.gauges import LiveGauges
from py_image_dedup.faces.daemon.health import Health, Problem
from py_image_dedup.faces.daemon.probes import Ground, Probes
from py_image_dedup.faces.daemon.settle import Changes
from py_image_dedup.model.findings import Backlog
from py_image_dedup.settings.load import load
from py_image_dedup.stores.elasticsearch import ElasticsearchStore, IndexChoice
from py_image_dedup.stores.memory import MemoryStore
from py_image_dedup.stores.search_server.address import ServerAddress
from py_image_dedup.stores.search_server.backlog import OUTBOX_FILE, backlog
from py_image_dedup.wiring.watch import waiting_for_the_server
from tests.support.daemons import free_port, wait_until
from tests.support.faulty_server import Door, away, door_to, sound
from tests.support.search_fixtures import Address
from tests.support.search_server import SearchServer
from tests.support.stored import stored

CHANGES = 10_000
FILES = 6_000
CAUGHT_UP_WITHIN_S = 300


@pytest.fixture
def door(address_of: Address) -> Iterator[Door]:
    with door_to(address_of("elasticsearch8")) as door:
        yield door


def opened(address: str, state: Path, patience_s: float, index: str = "outage") -> ElasticsearchStore:
    where = ServerAddress(hosts=(address,))
    return ElasticsearchStore(where, str(state), IndexChoice(index, library=uuid.uuid4().hex), patience_s=patience_s)


def paths_on(store: ElasticsearchStore) -> list[str]:
    body = {"size": 10_000, "query": {"term": {"library": store.library}}, "_source": ["path"]}
    return [hit["_source"]["path"] for hit in store.server.search(body, store.index.alias)["hits"]["hits"]]


def test_ten_thousand_changes_of_a_long_outage_are_caught_up(door: Door, tmp_path: Path) -> None:
    """The hour is compressed: what counts is how much waits, and that each try of the server costs nothing."""
    store, twin = opened(door.address, tmp_path, 0.1), MemoryStore()
    door.fault = away
    tries = len(door.requests)
    for start in range(0, CHANGES, 200):
        changed = [stored(f"/p/{n % FILES}.jpg", n) for n in range(start, start + 200)]
        store.put_many(changed)
        twin.put_many(changed)
    gone = [f"/p/{n}.jpg" for n in range(0, FILES, 10)]
    store.remove(gone)
    twin.remove(gone)
    tries = len(door.requests) - tries
    waiting = backlog(str(tmp_path / OUTBOX_FILE))

    door.fault = sound
    started_s = time.monotonic()
    store.settle()
    took_s = time.monotonic() - started_s

    assert waiting.changes == FILES
    assert tries < 20
    assert took_s < CAUGHT_UP_WITHIN_S
    assert backlog(str(tmp_path / OUTBOX_FILE)) == Backlog()
    assert list(store.under(["/"])) == list(twin.under(["/"]))
    assert sorted(paths_on(store)) == sorted(f"/p/{n}.jpg" for n in range(FILES) if n % 10)
    store.close()


def written_while(away_and_back: threading.Thread, store: ElasticsearchStore) -> MemoryStore:
    """Put and remove as long as the thread lives; what should be there then."""
    twin, step = MemoryStore(), 0
    away_and_back.start()
    while away_and_back.is_alive():
        changed = [stored(f"/p/{(17 * step + n) % 2_000}.jpg", 100 * step + n) for n in range(600)]
        gone = [f"/p/{(31 * step + n) % 2_000}.jpg" for n in range(20)]
        for each in (store, twin):
            each.put_many(changed)
            each.remove(gone)
        step += 1
    away_and_back.join()
    store.settle()
    return twin


def everything_is_there_once(store: ElasticsearchStore, twin: MemoryStore) -> bool:
    expected, paths = list(twin.under(["/"])), paths_on(store)
    return list(store.under(["/"])) == expected and len(paths) == len(set(paths)) == len(expected) > 500


def test_a_server_killed_while_it_writes_has_every_update_once(tmp_path: Path) -> None:
    server = SearchServer("elasticsearch8", tmp_path / "server")
    store = opened(server.start(), tmp_path / "state", 60.0)
    store._writer.batch = 50
    try:
        twin = written_while(threading.Thread(target=_kill, args=(server, 2)), store)

        assert everything_is_there_once(store, twin)
    finally:
        store.close()
        server.stop()


@pytest.mark.nightly
def test_of_two_nodes_one_killed_while_writing_loses_nothing(tmp_path: Path) -> None:
    ports = [free_port(), free_port()]
    nodes = [SearchServer("elasticsearch8", tmp_path / f"n{n}", _together(n, ports)) for n in range(2)]
    with ThreadPoolExecutor(2) as starting:
        addresses = tuple(starting.map(lambda node: node.start(), nodes))
    store = ElasticsearchStore(ServerAddress(hosts=addresses), str(tmp_path / "state"), patience_s=90.0)
    store._writer.batch = 50
    try:
        wait_until(lambda: store.server.health()["status"] == "green", 60)
        twin = written_while(threading.Thread(target=_kill, args=(nodes[1], 1)), store)

        assert store.server.health()["number_of_nodes"] == 2
        assert everything_is_there_once(store, twin)
    finally:
        store.close()
        for node in nodes:
            node.stop()


def _together(number: int, ports: list[int]) -> dict[str, str | None]:
    return {
        "node.name": f"n{number}",
        "discovery.type": None,
        "discovery.seed_hosts": ",".join(f"127.0.0.1:{port}" for port in ports),
        "cluster.initial_master_nodes": "n0,n1",
        "transport.port": str(ports[number]),
    }


def _kill(server: SearchServer, times: int) -> None:
    for _ in range(times):
        time.sleep(1.0)
        server.stop(signal.SIGKILL)
        server.start()


def test_the_backlog_is_told_by_metrics_and_health_until_it_is_gone(door: Door, tmp_path: Path) -> None:
    environment = {
        "HOME": str(tmp_path),
        "PY_IMAGE_DEDUP_STATE_DIRECTORY": str(tmp_path / "state"),
        "PY_IMAGE_DEDUP_ELASTICSEARCH_HOST": door.address,
    }
    settings = load(environ=environment, cwd=str(tmp_path), home=str(tmp_path), check_folders=False)
    registry, health = CollectorRegistry(), Health(lambda _: None, {})
    waited = 0.0

    def waiting() -> Backlog | None:
        found = waiting_for_the_server(settings)
        return found and Backlog(found.changes, found.age_s + (waited if found.changes else 0))

    gauges = LiveGauges(Changes(1), [], health, lambda: False, waiting)
    gauges.register(registry)
    os.makedirs(tmp_path / "state")
    ground = Ground(str(tmp_path / "state"), None, {}, lambda _: None, lambda _: False, acts=False, waiting=waiting)
    probes = Probes(ground, (), health, Changes(1))

    def told() -> tuple[float | None, bool]:
        probes.look()
        return registry.get_sample_value("py_image_dedup_outbox_changes"), Problem.OUTBOX in health.problems()

    assert told() == (0, False)
    store = opened(door.address, tmp_path / "state", 0.0)
    door.fault = away
    store.put_many([stored(f"/p/{n}.jpg") for n in range(700)])
    assert told() == (700, False)
    waited = 3600.0
    assert told() == (700, True)
    assert (registry.get_sample_value("py_image_dedup_outbox_age_seconds") or 0) > 3600
    door.fault = sound
    store.settle()
    assert told() == (0, False)
    store.close()


def test_a_few_changes_are_sent_before_long(door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("py_image_dedup.stores.elasticsearch.SEND_AFTER_S", 0.0)
    store = opened(door.address, tmp_path, 0.1)

    store.put_many([stored("/p/a.jpg")])

    assert store.waiting == 0
    store.close()


def test_an_outbox_that_cannot_be_read_is_a_problem_and_no_figure(tmp_path: Path) -> None:
    (tmp_path / OUTBOX_FILE).write_bytes(b"no database" * 100)
    environment = {
        "HOME": str(tmp_path),
        "PY_IMAGE_DEDUP_STATE_DIRECTORY": str(tmp_path),
        "PY_IMAGE_DEDUP_ELASTICSEARCH_HOST": "127.0.0.1",
    }
    settings = load(environ=environment, cwd=str(tmp_path), home=str(tmp_path), check_folders=False)
    registry = CollectorRegistry()
    gauges = LiveGauges(
        Changes(1), [], Health(lambda _: None, {}), lambda: False, lambda: waiting_for_the_server(settings)
    )
    gauges.register(registry)

    assert waiting_for_the_server(settings) is None
    assert registry.get_sample_value("py_image_dedup_outbox_changes") is None
