"""Which client speaks to which server; a pair that does not fit is one sentence that says what to install."""

import base64
import importlib.util
import json
import uuid
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from py_image_dedup.model.errors import DedupError, MissingExtra, StoreUnavailable
from py_image_dedup.stores.elasticsearch import ElasticsearchStore, IndexChoice
from py_image_dedup.stores.search_server.address import ServerAddress
from py_image_dedup.stores.search_server.connection import ElasticsearchConnection
from py_image_dedup.stores.search_server.server import open_server
from tests.support.faulty_server import Answer, Door, Pass, Request, door_to
from tests.support.search_fixtures import Address
from tests.support.stored import stored

SERVERS = {"elasticsearch": "elasticsearch8", "opensearch": "opensearch3"}
MODULES = {"elasticsearch": "elasticsearch", "opensearch": "opensearchpy"}


def without(monkeypatch: pytest.MonkeyPatch, *modules: str) -> None:
    """As if these were not installed."""
    find = importlib.util.find_spec

    def found(name: str, package: str | None = None) -> ModuleSpec | None:
        return None if name in modules else find(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", found)


def address(where: str, **more: object) -> ServerAddress:
    return ServerAddress(hosts=(where,), start_timeout_s=0.0, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", SERVERS)
def test_with_both_clients_every_server_is_spoken_to(address_of: Address, kind: str) -> None:
    server = open_server(address(address_of(SERVERS[kind])))

    assert server.kind == kind
    server.close()


@pytest.mark.parametrize("kind", SERVERS)
def test_the_client_that_fits_alone_is_enough(address_of: Address, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, *(module for name, module in MODULES.items() if name != kind))

    server = open_server(address(address_of(SERVERS[kind])))

    assert server.kind == kind
    server.close()


@pytest.mark.parametrize("kind", SERVERS)
def test_the_other_client_alone_says_what_to_install(
    address_of: Address, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    without(monkeypatch, MODULES[kind])

    with pytest.raises(MissingExtra, match=rf"pip install 'py-image-dedup\[{kind}\]'") as said:
        open_server(address(address_of(SERVERS[kind])))

    assert "\n" not in str(said.value)


def test_without_any_client_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, *MODULES.values())

    with pytest.raises(MissingExtra, match=r"pip install 'py-image-dedup\[elasticsearch\]'"):
        open_server(address("http://127.0.0.1:1"))


@pytest.fixture
def door(address_of: Address) -> Iterator[Door]:
    with door_to(address_of("elasticsearch8")) as door:
        yield door


@pytest.mark.parametrize("version", ["7.17.3", "7.13.4", "6.8.23", "10.0.0", "unknown"])
def test_a_version_that_is_not_served_is_one_sentence(
    door: Door, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the container only one of the clients is there; it knows servers by their head, which came with 7.14."""
    without(monkeypatch, "opensearchpy")
    product = "" if version in {"7.13.4", "6.8.23"} else "Elasticsearch"

    def other(request: Request, forward: Pass) -> Answer:
        real = forward()
        if request.path != "/":
            return real
        said = json.loads(real.body)
        said["version"]["number"] = version
        return Answer(real.status, json.dumps(said).encode(), product)

    door.fault = other
    with pytest.raises(DedupError, match="Elasticsearch 8 and 9 and with OpenSearch 2 and 3") as said:
        open_server(address(door.address))

    assert f"is Elasticsearch {version}" in str(said.value)


@pytest.mark.parametrize("kind", SERVERS)
def test_of_several_hosts_one_that_answers_is_enough(address_of: Address, kind: str, tmp_path: Path) -> None:
    hosts = ("http://127.0.0.1:1", address_of(SERVERS[kind]))
    store = ElasticsearchStore(ServerAddress(hosts=hosts), str(tmp_path), IndexChoice(f"hosts-{uuid.uuid4().hex}"))

    store.put_many([stored(f"/p/{n}.jpg") for n in range(3)])
    store.settle()

    assert len(list(store.under(["/p"]))) == 3
    store.close()


def test_no_host_that_answers_is_one_sentence() -> None:
    hosts = ("http://127.0.0.1:1", "http://127.0.0.1:2")

    with pytest.raises(StoreUnavailable, match=r"http://127\.0\.0\.1:1, http://127\.0\.0\.1:2 cannot be used"):
        open_server(ServerAddress(hosts=hosts, start_timeout_s=0.0))


def test_a_cloud_id_names_the_host() -> None:
    coded = base64.b64encode(b"region.example.org$abc$def").decode()
    connection = ElasticsearchConnection(ServerAddress(cloud_id=f"photos:{coded}", api_key="a2V5"))

    (node,) = connection._client.transport.node_pool.all()

    assert node.base_url == "https://abc.region.example.org:443"
    connection.close()
