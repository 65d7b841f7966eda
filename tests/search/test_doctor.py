"""`doctor` says what is wrong with a search server, and finds nothing wrong with one that is in order."""

import base64
import json
import re
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from py_image_dedup.model.errors import DedupError
from py_image_dedup.stores.elasticsearch import ElasticsearchStore, IndexChoice
from py_image_dedup.stores.search_server.address import ServerAddress
from py_image_dedup.stores.search_server.backlog import OUTBOX_FILE
from py_image_dedup.stores.search_server.examination import examine_outbox
from py_image_dedup.stores.search_server.server import PATIENCE_S, SearchServer, open_server
from tests.house.house import ROOT
from tests.support.cli import CommandLine
from tests.support.faulty_server import Answer, Door, Pass, Request, door_to
from tests.support.search_fixtures import Address
from tests.support.search_server import SECURED
from tests.support.search_server import SearchServer as RealServer
from tests.support.secured_opensearch import HASH_OF_PASSWORD, SecuredOpenSearch, secured_opensearch_below
from tests.support.stored import stored

FINE, ATTENTION, UNUSABLE = 0, 3, 5
SERVERS = [
    "elasticsearch8",
    pytest.param("elasticsearch9", marks=pytest.mark.nightly),
    pytest.param("opensearch2", marks=pytest.mark.nightly),
    "opensearch3",
]


@pytest.fixture
def line(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path)


@pytest.fixture
def index() -> str:
    return f"doctor-{uuid.uuid4().hex}"


def examined(line: CommandLine, address: str, index: str, **more: str) -> tuple[int, dict[str, str]]:
    """Exit status, and by question the grade with its sentence."""
    where = {"PY_IMAGE_DEDUP_ELASTICSEARCH_HOST": address, "PY_IMAGE_DEDUP_ELASTICSEARCH_INDEX": index}
    ended = line.run("doctor", "--json", **where, **more)
    return ended.status, {f["question"]: f"{f['grade']}: {f['sentence']}" for f in ended.json["findings"]}


def filled(address: str, index: str, state: Path) -> None:
    state.mkdir(exist_ok=True)
    store = ElasticsearchStore(ServerAddress(hosts=(address,)), str(state), IndexChoice(index))
    store.put_many([stored("/p/a.jpg")])
    store.settle()
    store.close()


@pytest.mark.parametrize("kind", SERVERS)
def test_nothing_is_wrong_before_the_first_run_and_after_it(
    line: CommandLine, index: str, address_of: Address, kind: str
) -> None:
    address = address_of(kind)

    status, before = examined(line, address, index)
    assert status == FINE, before
    assert "the next run makes it" in before["index"]
    filled(address, index, line.home / "state")
    status, after = examined(line, address, index)

    assert status == FINE, after
    assert f"stands for '{index}-v1'" in after["index"]
    assert "asked over" in after["server"]
    assert all(answer.startswith("fine: ") for answer in after.values())


def test_a_server_that_is_not_there_is_told_at_once(line: CommandLine, index: str) -> None:
    status, found = examined(line, "http://127.0.0.1:1", index)

    assert status == UNUSABLE
    assert found["server"].startswith("failing: The search server at http://127.0.0.1:1 cannot be used")


def test_an_index_that_may_not_be_made_is_told(line: CommandLine, index: str, address_of: Address) -> None:
    off = {"PY_IMAGE_DEDUP_ELASTICSEARCH_AUTO_CREATE_INDEX": "false"}

    status, found = examined(line, address_of("elasticsearch8"), index, **off)

    assert status == UNUSABLE
    assert "auto_create_index is off" in found["index"]


def test_an_older_index_and_one_of_another_program_are_told_apart(
    line: CommandLine, index: str, address_of: Address
) -> None:
    server = open_server(ServerAddress(hosts=(address_of("elasticsearch8"),)))
    older = {"properties": {name: {"type": "keyword"} for name in ("path", "signature", "metadata")}}
    server.create(f"{index}-older", {"mappings": older})
    server.create(f"{index}-foreign", {"mappings": {"properties": {"message": {"type": "text"}}}})
    server.close()

    old_status, old = examined(line, address_of("elasticsearch8"), f"{index}-older")
    foreign_status, foreign = examined(line, address_of("elasticsearch8"), f"{index}-foreign")

    assert old_status == ATTENTION
    assert "migrate" in old["index"]
    assert foreign_status == UNUSABLE
    assert "no alias of this program" in foreign["index"]


def test_a_field_of_another_type_is_told(line: CommandLine, index: str, address_of: Address) -> None:
    server = open_server(ServerAddress(hosts=(address_of("elasticsearch8"),)))
    meta = {"owner": "py-image-dedup", "schema": 1, "generation": "g"}
    made_by_hand = {"_meta": meta, "properties": {"path_key": {"type": "text"}}}
    server.create(f"{index}-v1", {"mappings": made_by_hand, "aliases": {index: {}}})
    server.close()

    status, found = examined(line, address_of("elasticsearch8"), index)

    assert status == UNUSABLE
    assert "other fields than this program made" in found["mapping"]


def test_an_index_that_was_closed_for_writing_is_told(line: CommandLine, index: str, address_of: Address) -> None:
    filled(address_of("elasticsearch8"), index, line.home / "state")
    server = open_server(ServerAddress(hosts=(address_of("elasticsearch8"),)))
    server.ask("PUT", f"/{index}-v1/_settings", {"index.blocks.read_only_allow_delete": True})
    server.close()

    status, found = examined(line, address_of("elasticsearch8"), index)

    assert status == UNUSABLE
    assert "closed the index for writing" in found["disk"]


@pytest.fixture
def door(address_of: Address) -> Iterator[Door]:
    with door_to(address_of("elasticsearch8")) as door:
        yield door


@pytest.mark.parametrize(
    ("where", "said", "question", "status", "words"),
    [
        ("/_cluster/health/", {"status": "red", "unassigned_shards": 1}, "shards", UNUSABLE, "cannot be read"),
        ("/_cluster/health/", {"status": "yellow", "unassigned_shards": 1}, "shards", ATTENTION, "1 replicas"),
        ("/_nodes/stats/fs", {"total_in_bytes": 10**12, "available_in_bytes": 10**9}, "disk", UNUSABLE, "100 % full"),
        ("/_nodes/stats/fs", {"total_in_bytes": 10**11, "available_in_bytes": 10**10}, "disk", ATTENTION, "90 % full"),
    ],
)
def test_what_a_sick_server_says_is_told(
    line: CommandLine, index: str, door: Door, where: str, said: Any, question: str, status: int, words: str
) -> None:
    filled(door.address, index, line.home / "state")
    on = {"persistent": {"cluster.routing.allocation.disk.threshold_enabled": "true"}, "transient": {}}
    marks = {f"cluster.routing.allocation.disk.watermark.{n}": v for n, v in (("low", "85%"), ("flood_stage", "95%"))}

    def sick(request: Request, forward: Pass) -> Answer:
        if request.path.startswith("/_cluster/settings"):
            return Answer(200, json.dumps({**on, "defaults": marks}).encode())
        if not request.path.startswith(where):
            return forward()
        body = said if "status" in said else {"nodes": {"n": {"fs": {"total": said}}}}
        return Answer(200, json.dumps(body).encode())

    door.fault = sick
    ended, found = examined(line, door.address, index)

    assert ended == status
    assert words in found[question]


def test_what_waits_is_told_with_its_age(tmp_path: Path, address_of: Address, index: str) -> None:
    with door_to(address_of("elasticsearch8")) as door:
        address = ServerAddress(hosts=(door.address,))
        store = ElasticsearchStore(address, str(tmp_path), IndexChoice(index), patience_s=0.0)
        store.put_many([stored("/p/a.jpg"), stored("/p/b.jpg")])

        waiting = examine_outbox(str(tmp_path / OUTBOX_FILE))
        store.settle()
        settled = examine_outbox(str(tmp_path / OUTBOX_FILE))
        store.close()

    assert re.match(r"2 changes wait for the server, the oldest for \d s", waiting.sentence)
    assert settled.sentence == "Nothing waits for the server."


ADMIN = f"admin:{HASH_OF_PASSWORD}"


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that lets in nobody but `admin`."""
    base = tmp_path_factory.mktemp("secured")
    (base / "config").mkdir()
    for name, text in {"users": ADMIN, "users_roles": "superuser:admin", "roles.yml": ""}.items():
        (base / "config" / name).write_text(f"{text}\n")
    server = RealServer("elasticsearch9", base, SECURED)
    try:
        yield server.start()
    finally:
        server.stop()


def as_admin(address: str, method: str, path: str, body: object) -> Any:
    basic = base64.b64encode(b"admin:password").decode()
    headers = {"content-type": "application/json", "authorization": f"Basic {basic}"}
    asked = urllib.request.Request(f"{address}{path}", json.dumps(body).encode(), headers, method=method)
    with urllib.request.urlopen(asked, timeout=30) as answer:
        return json.load(answer)


def documented_role(begins_with: str = "cluster") -> dict[str, Any]:
    text = (ROOT / "docs" / "elasticsearch.md").read_text()
    found = re.search(rf"```json\n(\{{\n  \"{begins_with}\".*?)```", text, re.DOTALL)
    assert found
    role: dict[str, Any] = json.loads(found[1])
    return role


def key_for(address: str, role: dict[str, Any]) -> str:
    asked = {"name": "k", "role_descriptors": {"only": role}}
    return str(as_admin(address, "POST", "/_security/api_key", asked)["encoded"])


def without(role: dict[str, Any], *privileges: str) -> dict[str, Any]:
    less = json.loads(json.dumps(role))
    less["indices"][0]["privileges"] = [p for p in less["indices"][0]["privileges"] if p not in privileges]
    return dict(less)


def everything_once(server: SearchServer, address: ServerAddress, state: Path, patience_s: float = PATIENCE_S) -> None:
    store = ElasticsearchStore(address, str(state), IndexChoice("images"), patience_s=patience_s)
    store.put_many([stored("/p/a.jpg"), stored("/p/b.jpg")])
    store.remove(["/p/b.jpg"])
    store.settle()
    assert [found.result.file.path for found in store.under(["/p"])] == ["/p/a.jpg"]
    assert list(store.get_many(["/p/a.jpg"])) == ["/p/a.jpg"]
    store.close()


def test_the_documented_role_is_enough_and_doctor_tells_what_is_missing(line: CommandLine, secured: str) -> None:
    role, state = documented_role(), line.home / "state"
    state.mkdir()
    enough = key_for(secured, role)
    address = ServerAddress(hosts=(secured,), api_key=enough)
    server = open_server(address)

    everything_once(server, address, state)
    server.close()

    def seen(key: str) -> tuple[int, dict[str, str]]:
        return examined(line, secured, "images", PY_IMAGE_DEDUP_ELASTICSEARCH_API_KEY=key)

    status, found = seen(enough)
    assert status == FINE, found
    assert "has all that is needed" in found["rights"]
    status, found = seen(key_for(secured, without(role, "create_index", "manage")))
    assert status == FINE, found
    assert "all that daily work needs" in found["rights"]
    status, found = seen(key_for(secured, without(role, "write", "manage")))
    assert status == UNUSABLE
    assert "lacks write" in found["rights"]
    status, found = seen("bm90OmEga2V5")
    assert status == UNUSABLE
    assert "access was refused" in found["server"]
    assert "bm90OmEga2V5" not in str(found)


def test_daily_work_needs_neither_creation_nor_management(secured: str, tmp_path: Path) -> None:
    role = documented_role()
    address = ServerAddress(hosts=(secured,), api_key=key_for(secured, role))
    ElasticsearchStore(address, str(tmp_path / "first"), IndexChoice("images")).close()
    daily = ServerAddress(hosts=(secured,), api_key=key_for(secured, without(role, "create_index", "manage")))

    everything_once(open_server(daily), daily, tmp_path / "second")


@pytest.fixture(scope="module")
def secured_opensearch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredOpenSearch]:
    with secured_opensearch_below(tmp_path_factory.mktemp("secured-opensearch")) as server:
        yield server


def test_the_documented_role_is_enough_on_opensearch_too(
    line: CommandLine, secured_opensearch: SecuredOpenSearch, tmp_path: Path
) -> None:
    address = ServerAddress(hosts=(secured_opensearch.address,), user="worker", password="password")
    setting_up = documented_role("cluster_permissions")
    daily = without_actions(setting_up, "create_index", "manage_aliases")
    user = {"PY_IMAGE_DEDUP_ELASTICSEARCH_USER": "worker", "PY_IMAGE_DEDUP_ELASTICSEARCH_PASSWORD": "password"}

    def seen() -> tuple[int, dict[str, str]]:
        return examined(line, secured_opensearch.address, "images", **user)

    secured_opensearch.give(setting_up)
    everything_once(open_server(address), address, tmp_path / "first")
    as_older = migrated(address, tmp_path / "migrated")
    assert as_older == ["/p/old.jpg"]
    status, found = seen()
    assert status == FINE, found

    secured_opensearch.give(daily)
    everything_once(open_server(address), address, tmp_path / "second")

    for action in daily["index_permissions"][0]["allowed_actions"]:
        secured_opensearch.give(without_actions(daily, action))
        with pytest.raises(DedupError, match=r"no permissions|access was refused"):
            everything_once(open_server(address, 0.0), address, tmp_path / action.replace("/", "_"), patience_s=0.0)


def without_actions(role: dict[str, Any], *actions: str) -> dict[str, Any]:
    less = json.loads(json.dumps(role))
    allowed = less["index_permissions"][0]
    allowed["allowed_actions"] = [action for action in allowed["allowed_actions"] if action not in actions]
    return dict(less)


def migrated(address: ServerAddress, state: Path) -> list[str]:
    """Paths of an index of an older version once a store was opened over it."""
    server = open_server(address)
    server.create("images-older", {"mappings": {"properties": {"path": {"type": "keyword"}}}})
    metadata = {"path": "/p/old.jpg", "py-image-dedup_datamodel-version": 5, "filesize": 1}
    document = {"path": "/p/old.jpg", "signature": [1] * 648, "metadata": metadata}
    server.bulk([{"index": {}}, document], "images-older", alias=False)
    server.refresh("images-older")
    store = ElasticsearchStore(address, str(state), IndexChoice("images-older"))
    store.settle()
    hits = server.search({"query": {"match_all": {}}}, store.index.alias)["hits"]["hits"]
    store.close()
    server.close()
    return [hit["_source"]["path"] for hit in hits]
