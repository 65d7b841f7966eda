"""Indexes of versions 1 and 2, in every shape they came in: recognised, copied, kept; none of their rows is lost."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from py_image_dedup.analysis.fingerprints.image_match import signature
from py_image_dedup.model.errors import StoreUnavailable
from py_image_dedup.stores.elasticsearch import ElasticsearchStore, IndexChoice
from py_image_dedup.stores.search_server.address import ServerAddress
from py_image_dedup.stores.search_server.documents import simple_words
from py_image_dedup.stores.search_server.server import Json, SearchServer, open_server
from tests.house.house import ROOT
from tests.support.cli import CommandLine
from tests.support.drawn import drawn, encoded
from tests.support.faulty_server import Answer, Door, Pass, Request, door_to, sound
from tests.support.search_fixtures import Address
from tests.support.stored import stored

FILES = 2_000
Wrap = Callable[[Json], Json]
DOCUMENTED = re.search(r"PUT /images\n\n```json\n(.*?)```", (ROOT / "docs" / "elasticsearch.md").read_text(), re.DOTALL)
assert DOCUMENTED is not None
SHAPES: dict[str, tuple[Json, Wrap]] = {
    "flat": ({"properties": {"path": {"type": "keyword", "ignore_above": 256}}}, lambda document: document),
    "flat-guessed": ({}, lambda document: document),
    "nested-7": ({"properties": {"path": {"type": "keyword"}}}, lambda document: {"_doc": document}),
    "nested-6": ({}, lambda document: {"image": document}),
    "as documented": (json.loads(DOCUMENTED[1])["mappings"], lambda document: document),
    "as documented, nested": (json.loads(DOCUMENTED[1])["mappings"], lambda document: {"_doc": document}),
}


def older(number: int, written: str = "2022-03-04T05:06:07.000123") -> Json:
    chance = random.Random(number)
    signature = [chance.randint(-2, 2) for _ in range(648)]
    path = f"/photos/äöü/{number:05}.jpg"
    return {
        "path": path,
        "signature": signature,
        **{f"simple_word_{n}": word for n, word in enumerate(simple_words(signature))},
        "timestamp": written,
        "metadata": {
            "path": path,
            "py-image-dedup_datamodel-version": 5,
            "filesize": 1000 + number,
            "file_modification_date": 1_600_000_000.25,
            "pixelcount": 120_000,
            "exif_data": {"Make": "Canon", "GPSInfo": {"1": "N"}, "ISO": number},
        },
    }


@pytest.fixture(params=["elasticsearch8", pytest.param("opensearch3", marks=pytest.mark.nightly)])
def server(request: pytest.FixtureRequest, address_of: Address) -> Iterator[SearchServer]:
    server = open_server(ServerAddress(hosts=(address_of(request.param),)))
    yield server
    server.close()


@pytest.fixture
def name() -> str:
    return f"older-{uuid.uuid4().hex}"


def fill(server: SearchServer, name: str, mapping: Json, documents: list[Json]) -> None:
    server.create(name, {"mappings": mapping, "settings": {"number_of_replicas": 0}})
    for start in range(0, len(documents), 500):
        lines = [line for document in documents[start : start + 500] for line in ({"index": {}}, document)]
        assert {answer["status"] for answer in server.bulk(lines, name, alias=False)} == {201}
    server.refresh(name)


def opened(address: str, name: str, state: Path, note: Callable[[str], None] = lambda _: None) -> ElasticsearchStore:
    where = ServerAddress(hosts=(address,), start_timeout_s=0.0)
    return ElasticsearchStore(where, str(state), IndexChoice(name, library="l"), note=note, patience_s=0.0)


def everything(server: SearchServer, index: str) -> list[Any]:
    return [hit["_source"] for hits in server.scroll(index, 1000) for hit in hits]


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_copied_repeats_collapsed_and_the_old_one_kept(
    server: SearchServer, name: str, tmp_path: Path, shape: str
) -> None:
    mapping, wrap = SHAPES[shape]
    documents = [older(n) for n in range(300)]
    repeated = [{**older(n), "timestamp": "2019-01-01T00:00:00", "signature": [0] * 648} for n in range(100)]
    fill(server, name, mapping, [wrap(document) for document in [*documents, *repeated]])
    before, notes = sorted(map(str, everything(server, name))), list[str]()

    store = opened(server._address.hosts[0], name, tmp_path, notes.append)
    copied = everything(server, store.index.alias)
    store.close()

    assert {d["path"]: d["signature"] for d in copied} == {d["path"]: d["signature"] for d in documents}
    assert len(copied) == 300
    assert all(d["metadata"] == older(int(d["path"][-9:-4]))["metadata"] for d in copied)
    assert sorted(map(str, everything(server, name))) == before
    assert "was not changed" in notes[0]


def migrate(address: str, name: str, home: Path, *more: str) -> "subprocess.Popen[bytes]":
    """The command in a process of its own, as a user starts it."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PY_IMAGE_DEDUP_ELASTICSEARCH_HOST": address,
        "PY_IMAGE_DEDUP_ELASTICSEARCH_INDEX": name,
        "PY_IMAGE_DEDUP_ELASTICSEARCH_LIBRARY": "l",
    }
    command = [sys.executable, "-m", "py_image_dedup", "migrate", "--state", str(home / "state"), *more]
    return subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def killed_at(point: int, door: Door, name: str, home: Path) -> bool:
    """Kill the command as its request `point` has arrived, or before; False where it ended before."""
    first, begun = len(door.requests), list[subprocess.Popen[bytes]]()

    def kill(request: Request, forward: Pass) -> Answer:
        if request.number == first + point:
            answer = forward() if point % 2 else Answer(0)
            begun[0].kill()
            return answer
        return forward()

    door.fault = kill
    begun.append(migrate(door.address, name, home))
    with begun[0] as process:
        process.communicate(timeout=60)
    door.fault = sound
    return process.returncode == -signal.SIGKILL


KILLED_SHAPES = [
    "flat-guessed",
    *(pytest.param(shape, marks=pytest.mark.nightly) for shape in SHAPES if shape != "flat-guessed"),
]


@pytest.mark.parametrize("shape", KILLED_SHAPES)
def test_killed_at_twenty_points_it_goes_on_and_loses_no_row(
    server: SearchServer, name: str, tmp_path: Path, shape: str
) -> None:
    """2,000 files, 200 of them twice, in an index that refuses every write.

    Request 10 makes the new index, 27 moves the alias.
    """
    mapping, wrap = SHAPES[shape]
    wanted = [older(n) for n in range(FILES)]
    repeated = [{**older(n), "timestamp": "2019-01-01T00:00:00"} for n in range(0, FILES, 10)]
    fill(server, name, mapping, [wrap(document) for document in [*repeated, *wanted]])
    server.ask("PUT", f"/{name}/_settings", {"index.blocks.write": True})
    with door_to(server._address.hosts[0]) as door:
        killed = sum(killed_at(point, door, name, tmp_path) for point in range(8, 28))
        with migrate(door.address, name, tmp_path, "--json") as process:
            out, err = process.communicate(timeout=60)
    found = json.loads(out)["migrated"]
    copied = everything(server, f"{name}-current")

    assert killed == 20
    assert process.returncode == 0, err
    assert found is None or (found["taken"] == FILES and found["repeated"] == FILES // 10 and not found["passed_over"])
    assert {d["path"]: (d["signature"], d["metadata"]) for d in copied} == {
        d["path"]: (d["signature"], d["metadata"]) for d in wanted
    }
    assert len(copied) == FILES
    assert len(everything(server, name)) == FILES + FILES // 10


def test_migrate_says_what_there_is_and_then_that_there_is_nothing(
    server: SearchServer, name: str, command_line: CommandLine
) -> None:
    fill(server, name, {}, [older(n) for n in range(3)])
    where = {
        "PY_IMAGE_DEDUP_ELASTICSEARCH_HOST": server._address.hosts[0],
        "PY_IMAGE_DEDUP_ELASTICSEARCH_INDEX": name,
    }

    shown = command_line.run("migrate", "--dry-run", **where)
    aliases = server.aliases(f"{name}-current")
    done, again = command_line.run("migrate", **where), command_line.run("migrate", **where)

    assert "holds 3 documents" in shown.out
    assert aliases == []
    assert "3 documents taken, 0 repeated, 0 passed over" in done.out
    assert again.out == "There is no index of an older version.\n"
    assert [ended.status for ended in (shown, done, again)] == [0, 0, 0]
    assert command_line.run("migrate").status == 2


@pytest.fixture
def command_line(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path)


def test_a_signature_stays_until_its_file_changes(server: SearchServer, name: str, tmp_path: Path) -> None:
    fill(server, name, {}, [older(n) for n in range(2)])
    store = opened(server._address.hosts[0], name, tmp_path)
    times = {"mtime_ns": 1_600_000_000_250_000_000}
    same, changed = older(0)["path"], older(1)["path"]

    assert store.get_many([same]) == {}
    assert list(store.under(["/"])) == []
    store.put_many([stored(same, size=1000, **times), stored(changed, size=77, **times)])
    store.put_many([stored(same, size=1000, **times)])
    store.settle()

    found = {d["path"]: d for d in everything(server, store.index.alias)}
    assert found[same]["signature"] == older(0)["signature"]
    assert found[same]["simple_word_62"] == older(0)["simple_word_62"]
    assert "signature" not in found[changed]
    assert list(store.get_many([same, changed])) == [same, changed]
    store.close()


def test_an_alias_over_an_older_index_is_moved_at_once(server: SearchServer, name: str, tmp_path: Path) -> None:
    fill(server, f"{name}-by-hand", {}, [older(n) for n in range(5)])
    server.change_aliases([{"add": {"index": f"{name}-by-hand", "alias": name}}])

    store = opened(server._address.hosts[0], name, tmp_path)
    again = opened(server._address.hosts[0], name, tmp_path)

    assert server.aliases(name) == [f"{name}-v1"] == [again.index.index]
    assert len(everything(server, name)) == len(everything(server, f"{name}-by-hand")) == 5
    for each in (store, again):
        each.close()


def test_an_index_of_another_program_is_not_touched(server: SearchServer, name: str, tmp_path: Path) -> None:
    server.create(name, {"mappings": {"properties": {"path": {"type": "keyword"}, "message": {"type": "text"}}}})

    with pytest.raises(StoreUnavailable, match="not made by this program and is not touched"):
        opened(server._address.hosts[0], name, tmp_path)


def test_after_the_copy_a_run_takes_the_signatures_that_are_there(
    server: SearchServer, name: str, command_line: CommandLine
) -> None:
    """The signatures are made up, so that a computed one would be seen; one file was changed since."""
    pictures = [command_line.home / "Pictures" / f"{n}.png" for n in range(3)]
    pictures[0].parent.mkdir()
    documents = []
    for number, picture in enumerate(pictures):
        picture.write_bytes(encoded(drawn(number), "PNG"))
        status = picture.stat()
        document = {**older(number), "path": str(picture)}
        document["metadata"].update(filesize=status.st_size, file_modification_date=status.st_mtime)
        documents.append(document)
    os.utime(pictures[2], (1, 1))
    fill(server, name, {}, documents)
    where = {
        "PY_IMAGE_DEDUP_ELASTICSEARCH_HOST": server._address.hosts[0],
        "PY_IMAGE_DEDUP_ELASTICSEARCH_INDEX": name,
        "PY_IMAGE_DEDUP_ANALYSIS_SIGNATURES": "true",
    }

    ended = command_line.run("analyse", pictures[0].parent, **where)

    assert ended.status == 0, ended.err
    server.refresh(f"{name}-current")
    found = {d["path"]: d for d in everything(server, f"{name}-current")}
    kept = [
        found[str(p)]["signature"] == document["signature"] for p, document in zip(pictures, documents, strict=True)
    ]
    assert kept == [True, True, False]
    assert [len(found[str(p)]["signature"]) for p in pictures] == [648] * 3
    assert all("pdq_words" in document for document in found.values())


def test_after_the_switch_nothing_is_read_whose_signature_has_no_near_one(
    server: SearchServer, name: str, command_line: CommandLine
) -> None:
    """Twelve pictures and two copies as an earlier version indexed them, and two that came since: one is a copy."""
    folder = command_line.home / "Pictures"
    folder.mkdir()
    made = {f"{n}.png": drawn(n) for n in range(12)}
    made["0 copy.jpg"], made["1 small.png"] = drawn(0), drawn(1).resize((150, 100))
    for picture, pixels in made.items():
        pixels.save(folder / picture, quality=80)
    documents = [indexed_before(number, folder / picture) for number, picture in enumerate(made)]
    drawn(2).save(folder / "new copy.jpg", quality=80)
    drawn(77).save(folder / "new.png")
    fill(server, name, {}, documents)
    where = {
        "PY_IMAGE_DEDUP_ELASTICSEARCH_HOST": server._address.hosts[0],
        "PY_IMAGE_DEDUP_ELASTICSEARCH_INDEX": name,
    }

    first = command_line.run("deduplicate", "--json", folder, **where)
    again = command_line.run("deduplicate", "--json", folder, **where)
    server.refresh(f"{name}-current")
    read = {d["path"].rsplit("/", 1)[1] for d in everything(server, f"{name}-current") if "content" in d}
    in_words = command_line.run("deduplicate", folder, **where)
    told_apart = command_line.run("deduplicate", "--json", "--relations", "same-bytes,turned", folder, **where)

    assert first.status == again.status == 0, first.err + again.err
    assert read == {"0.png", "0 copy.jpg", "1.png", "1 small.png", "2.png", "new copy.jpg", "new.png"}
    assert first.json["counts"]["analysed"] == 7
    assert again.json["counts"]["analysed"] == 0
    assert len(first.json["groups"]) == len(again.json["groups"]) == 3
    assert "9 pictures were not read" in in_words.out + in_words.err
    assert told_apart.json["counts"]["analysed"] == 9


def indexed_before(number: int, picture: Path) -> Json:
    """The flat document of a picture as it is, with its own signature."""
    values = [int(value) for value in signature(np.asarray(Image.open(picture).convert("RGB")))]
    document, status = {**older(number), "path": str(picture)}, picture.stat()
    document["metadata"].update(filesize=status.st_size, file_modification_date=status.st_mtime)
    document["signature"] = values
    return {**document, **{f"simple_word_{n}": word for n, word in enumerate(simple_words(values))}}


def test_documents_of_files_that_are_gone_go_by_the_rules_of_records(
    server: SearchServer, name: str, command_line: CommandLine
) -> None:
    """Not in a dry run, not below an empty root or another one, not in a folder that may be an empty mount point."""
    library, disk = command_line.home / "Pictures", command_line.home / "disk"
    for folder in (library / "empty", disk):
        folder.mkdir(parents=True)
    drawn(0).save(library / "here.png")
    gone = ["gone.png", "no longer/there.png"]
    paths = [library / "here.png", *(library / n for n in gone), library / "empty" / "away.png", disk / "away.png"]
    paths.append(command_line.home / "Pictures of others" / "gone.png")
    fill(server, name, {}, [{**older(n), "path": str(path)} for n, path in enumerate(paths)])
    where = {"PY_IMAGE_DEDUP_ELASTICSEARCH_HOST": server._address.hosts[0], "PY_IMAGE_DEDUP_ELASTICSEARCH_INDEX": name}

    def known() -> set[str]:
        server.refresh(f"{name}-current")
        return {document["path"] for document in everything(server, f"{name}-current")}

    looked = command_line.run("deduplicate", "--dry-run", library, **where)
    known_after_look = known()
    refused = command_line.run("deduplicate", "--no-dry-run", library, disk, **where)
    known_after_refusal = known()
    acted = command_line.run("deduplicate", "--no-dry-run", "--json", library, **where)

    assert looked.status == acted.status == 0, looked.err + acted.err
    assert refused.status == 4
    assert f"{disk} is empty, and held files before" in refused.err
    assert known_after_look == known_after_refusal == set(map(str, paths))
    assert known() == set(map(str, paths)) - {str(library / n) for n in gone}
    assert acted.json["counts"]["forgotten"] == len(gone)
    assert len(everything(server, name)) == len(paths)
