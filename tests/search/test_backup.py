"""A snapshot that is restored is recognised, and what it lacks is told by what is asked for: nothing is guessed."""

import uuid
from pathlib import Path

import pytest

from py_image_dedup.stores.elasticsearch import ElasticsearchStore, IndexChoice
from py_image_dedup.stores.search_server.address import ServerAddress
from py_image_dedup.stores.search_server.server import SearchServer, open_server
from tests.support.search_fixtures import Address
from tests.support.stored import stored

PATHS = [f"/p/{n}.jpg" for n in range(30)]


def snapshot(server: SearchServer, index: str, name: str) -> None:
    server.ask("PUT", f"/_snapshot/{name}", {"type": "fs", "settings": {"location": name}})
    taken = server.ask("PUT", f"/_snapshot/{name}/one", {"indices": index}, {"wait_for_completion": "true"})
    assert taken["snapshot"]["state"] == "SUCCESS"


SERVERS = [
    "elasticsearch8",
    *(pytest.param(kind, marks=pytest.mark.nightly) for kind in ("elasticsearch9", "opensearch2", "opensearch3")),
]


@pytest.mark.parametrize("kind", SERVERS)
def test_a_restored_snapshot_is_recognised_and_what_it_lacks_is_asked_for_again(
    address_of: Address, tmp_path: Path, kind: str
) -> None:
    where, name, notes = ServerAddress(hosts=(address_of(kind),)), f"backup-{uuid.uuid4().hex}", list[str]()
    server, choice = open_server(where), IndexChoice(name)
    store = ElasticsearchStore(where, str(tmp_path), choice, note=notes.append)
    store.put_many(stored(path) for path in PATHS[:20])
    store.settle()
    snapshot(server, f"{name}-v1", name)
    store.put_many(stored(path) for path in PATHS[20:])
    store.remove(PATHS[:5])
    store.settle()
    store.close()

    server.delete_index(f"{name}-v1")
    server.ask("POST", f"/_snapshot/{name}/one/_restore", {"indices": f"{name}-v1"}, {"wait_for_completion": "true"})
    again = ElasticsearchStore(where, str(tmp_path), choice, note=notes.append)

    assert any("another one than before (made anew, restored or exchanged)" in note for note in notes)
    assert list(again.get_many(PATHS)) == PATHS[:20]
    again.put_many(stored(path) for path in PATHS[20:])
    again.remove(PATHS[:5])
    assert [found.result.file.path for found in again.under(["/"])] == sorted(PATHS[5:])
    again.close()
    server.close()
