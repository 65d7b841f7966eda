"""The server goes away, loses answers or answers in part at every request of a run that removes a file.

What a run then removes is what a sound one removes, or nothing; and afterwards the index has one document a file.
"""

import json
import os
import uuid
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from py_image_dedup.deduplicator import LAST
from py_image_dedup.model.errors import StoreUnavailable
from py_image_dedup.model.listeners import Silence
from py_image_dedup.model.outcomes import RunReport
from py_image_dedup.settings.load import load
from py_image_dedup.settings.settings import Settings
from py_image_dedup.stores.elasticsearch import ElasticsearchStore
from py_image_dedup.stores.search_server import factory
from py_image_dedup.wiring.run import deduplicator_for
from tests.support.drawn import drawn, encoded
from tests.support.faulty_server import Answer, Door, Fault, Pass, Request, door_to, silent, sound
from tests.support.inner_daemon import NeverStop
from tests.support.search_fixtures import Address


@pytest.fixture
def door(address_of: Address) -> Iterator[Door]:
    with door_to(address_of("elasticsearch9")) as door:
        yield door


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(5):
        (folder / f"{number}.jpg").write_bytes(encoded(drawn(number), "JPEG"))
    (folder / "0 copy.jpg").write_bytes((folder / "0.jpg").read_bytes())
    return folder


@pytest.fixture
def settings(door: Door, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A run waits for nobody: otherwise each of the faults would take 15 s."""
    monkeypatch.setattr(factory, "ElasticsearchStore", partial(ElasticsearchStore, patience_s=0.0))
    chosen = {
        "state.directory": str(tmp_path / "state"),
        "analysis.threads": 1,
        "deduplication.max_share": 1.0,
        "elasticsearch.host": door.address,
        "elasticsearch.index": f"runs-{uuid.uuid4().hex}",
        "elasticsearch.start_timeout": "0.1s",
        "elasticsearch.across_hosts": True,
    }
    return load(paths=[str(pictures)], overrides=chosen, environ={})


def run(settings: Settings) -> RunReport | None:
    """A run that acts; None where the index gave no answer."""
    try:
        with deduplicator_for(settings, Silence(), NeverStop(), again=True) as deduplicator:
            return deduplicator.deduplicate(act=True)
    except StoreUnavailable:
        return None


def bring_back(settings: Settings) -> None:
    with deduplicator_for(settings, Silence(), NeverStop()) as deduplicator:
        deduplicator.undo(LAST)


def gone(first: int) -> Fault:
    """Nobody answers from this request on."""
    return lambda request, forward: Answer(0) if request.number >= first else forward()


def lost(number: int) -> Fault:
    """What this request asks is done, the answer is lost."""
    return lambda request, forward: silent(request, forward) if request.number == number else forward()


def in_part(number: int) -> Fault:
    """The answer to this request is there, but without its hits, and says that it ran out of time."""

    def spoiled(request: Request, forward: Pass) -> Answer:
        answer = forward()
        if request.number != number or answer.status != 200 or "hits" not in (found := answer.json):
            return answer
        return Answer(200, json.dumps({**found, "timed_out": True, "hits": {**found["hits"], "hits": []}}).encode())

    return spoiled


def documents(door: Door, settings: Settings) -> list[str]:
    with deduplicator_for(settings, Silence(), NeverStop()) as deduplicator:
        store = deduplicator._parts.search.store
        assert isinstance(store, ElasticsearchStore)
        store.settle()
        body = {"size": 100, "query": {"match_all": {}}}
        return sorted(hit["_source"]["path"] for hit in store.server.search(body, store.index.alias)["hits"]["hits"])


@pytest.mark.parametrize("fault", [gone, lost, in_part])
def test_a_run_removes_what_a_sound_one_removes_or_nothing(
    settings: Settings, door: Door, pictures: Path, fault: object
) -> None:
    everything = sorted(os.listdir(pictures))
    sound_run = run(settings)
    assert sound_run is not None
    assert sound_run.counts.removed == 1
    left = sorted(os.listdir(pictures))
    bring_back(settings)
    before = len(door.requests)
    assert run(settings) is not None
    requests = len(door.requests) - before
    bring_back(settings)

    unanswered = 0
    for point in range(1, requests + 1):
        door.fault = fault(len(door.requests) + point)  # type: ignore[operator]
        report = run(settings)
        door.fault = sound
        there = sorted(os.listdir(pictures))
        assert there in (everything, left), point
        assert report is None or (report.counts.removed, there) == (1, left), point
        unanswered += report is None
        if there == left:
            bring_back(settings)

    assert requests >= 17
    assert unanswered > 0
    assert sorted(os.listdir(pictures)) == everything
    run(settings)
    bring_back(settings)
    assert documents(door, settings) == [str(pictures / name) for name in everything]
