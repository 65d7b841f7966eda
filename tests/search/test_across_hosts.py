"""Two hosts with libraries of their own in one index: copies between them are shown, and acted on by neither."""

import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from py_image_dedup.stores.search_server.address import ServerAddress
from py_image_dedup.stores.search_server.server import SearchServer, open_server
from tests.support.cli import CommandLine, Ended
from tests.support.drawn import drawn, encoded
from tests.support.search_fixtures import Address

SERVERS = [
    "elasticsearch9",
    pytest.param("elasticsearch8", marks=pytest.mark.nightly),
    pytest.param("opensearch2", marks=pytest.mark.nightly),
    pytest.param("opensearch3", marks=pytest.mark.nightly),
]
NAMED = (
    "import socket, sys; name = sys.argv.pop(1); socket.gethostname = lambda: name;"
    " from py_image_dedup.faces.cli.main import main; main()"
)


class Host:
    """One machine: a name, a state, a folder of pictures."""

    def __init__(self, name: str, folder: Path, server: str, index: str) -> None:
        self.name, self.line, self.pictures = name, CommandLine(folder / name), folder / name / "Pictures"
        self.pictures.mkdir(parents=True)
        self.settings = {
            "PY_IMAGE_DEDUP_ELASTICSEARCH_HOST": server,
            "PY_IMAGE_DEDUP_ELASTICSEARCH_INDEX": index,
            "PY_IMAGE_DEDUP_ELASTICSEARCH_ACROSS_HOSTS": "true",
        }

    def put(self, name: str, seed: int, size: int = 300) -> Path:
        path = self.pictures / name
        path.write_bytes(encoded(drawn(seed).resize((size, size * 2 // 3)), "PNG"))
        return path

    def run(self, *words: str, **settings: str) -> Ended:
        ended = subprocess.run(
            [sys.executable, "-c", NAMED, self.name, *words, str(self.pictures)],
            cwd=self.line.home,
            env={**self.line.environment, **self.settings, **settings},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    def files(self) -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in self.pictures.rglob("*") if path.is_file()}


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest, address_of: Address) -> Iterator[SearchServer]:
    server = open_server(ServerAddress(hosts=(address_of(request.param),)))
    yield server
    server.close()


@pytest.fixture
def hosts(server: SearchServer, tmp_path: Path) -> tuple[Host, Host]:
    index = f"hosts-{uuid.uuid4().hex}"
    attic, cellar = (Host(name, tmp_path, server._address.hosts[0], index) for name in ("attic", "cellar"))
    return attic, cellar


def documents_of(server: SearchServer, host: Host) -> dict[str, Any]:
    """By id: version and content of each document that a host wrote."""
    index = host.settings["PY_IMAGE_DEDUP_ELASTICSEARCH_INDEX"]
    server.refresh(index)
    body = {"size": 1000, "version": True, "query": {"term": {"host": host.name}}}
    return {hit["_id"]: (hit["_version"], hit["_source"]) for hit in server.search(body, index)["hits"]["hits"]}


def test_copies_between_hosts_are_found_shown_and_acted_on_by_neither(
    server: SearchServer, hosts: tuple[Host, Host]
) -> None:
    attic, cellar = hosts
    same, scaled, alone = attic.put("same.png", 1), attic.put("large.png", 2), attic.put("alone.png", 3)
    theirs, small = cellar.put("copy of same.png", 1), cellar.put("small.png", 2, size=200)
    assert cellar.run("analyse").status == 0
    before, on_disk = documents_of(server, cellar), {**attic.files(), **cellar.files()}

    for act in ("--dry-run", "--no-dry-run"):
        ended = attic.run("deduplicate", act, "--yes", "--json")
        assert ended.status == 0, ended.err
        elsewhere = ended.json["elsewhere"]
        assert [(c["path"], c["host"], c["copy"], c["same_bytes"]) for c in elsewhere] == [
            (str(scaled), "cellar", str(small), False),
            (str(same), "cellar", str(theirs), True),
        ]
        assert ended.json["plan"]["removals"] == ended.json["groups"] == []
    shown = attic.run("deduplicate", "--no-dry-run", "--yes")

    assert "Copies of 2 files on other hosts" in shown.out
    assert f"{theirs}" in shown.out
    assert f"{alone}" not in shown.out
    assert {**attic.files(), **cellar.files()} == on_disk
    assert documents_of(server, cellar) == before
    assert len(before) == 2
    assert [c["host"] for c in cellar.run("deduplicate", "--dry-run", "--json").json["elsewhere"]] == ["attic"] * 2


def test_a_copy_goes_for_a_keeper_of_its_own_host_though_a_better_one_is_elsewhere(
    server: SearchServer, hosts: tuple[Host, Host]
) -> None:
    attic, cellar = hosts
    middle, small = attic.put("middle.png", 1, size=300), attic.put("small.png", 1, size=200)
    large = cellar.put("large.png", 1, size=900)
    assert cellar.run("analyse").status == 0
    before = documents_of(server, cellar)

    ended = attic.run(
        "deduplicate",
        "--no-dry-run",
        "--yes",
        "--json",
        PY_IMAGE_DEDUP_DEDUPLICATION_PRIORITIZATION_RULES="higher-pixel-count",
    )

    assert ended.status == 0, ended.err
    (removal,) = ended.json["plan"]["removals"]
    assert (removal["victim"]["file"]["path"], removal["keeper"]["file"]["path"]) == (str(small), str(middle))
    assert {c["copy"] for c in ended.json["elsewhere"]} == {str(large)}
    assert [path.exists() for path in (middle, small, large)] == [True, False, True]
    assert documents_of(server, cellar) == before
    assert [c["copy"] for c in cellar.run("deduplicate", "--dry-run", "--json").json["elsewhere"]][:1] == [str(middle)]


def test_a_clean_up_after_all_files_are_gone_touches_no_other_host(
    server: SearchServer, hosts: tuple[Host, Host]
) -> None:
    attic, cellar = hosts
    attic.put("same.png", 1)
    for number in range(5):
        cellar.put(f"{number}.png", number)
    for host in hosts:
        assert host.run("analyse").status == 0
    before = documents_of(server, cellar)

    (attic.pictures / "same.png").unlink()
    attic.put("new.png", 7)
    for _ in range(2):
        assert attic.run("deduplicate", "--no-dry-run", "--yes").status == 0

    assert len(documents_of(server, attic)) == 1
    assert documents_of(server, cellar) == before


def test_the_very_same_file_seen_by_both_is_no_copy(hosts: tuple[Host, Host]) -> None:
    """A share that both hosts mount: here a folder with two names."""
    attic, cellar = hosts
    shared = attic.put("shared.png", 1)
    shutil.rmtree(cellar.pictures)
    os.symlink(attic.pictures, cellar.pictures)
    assert cellar.run("analyse").status == 0

    ended = attic.run("deduplicate", "--dry-run", "--json")

    assert ended.json["counts"]["files"] == 1
    assert ended.json["elsewhere"] == []
    assert shared.exists()


def test_nobody_is_asked_unless_it_is_set(hosts: tuple[Host, Host]) -> None:
    attic, cellar = hosts
    attic.put("same.png", 1)
    cellar.put("same.png", 1)
    assert cellar.run("analyse").status == 0

    ended = attic.run("deduplicate", "--dry-run", "--json", PY_IMAGE_DEDUP_ELASTICSEARCH_ACROSS_HOSTS="false")

    assert ended.json["elsewhere"] == []
    assert "elsewhere" not in ended.json["plan"]
