"""The configuration of an existing user, and the shipped compose file with its profile, on a real server."""

import urllib.parse
import urllib.request
import uuid
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from py_image_dedup.stores.search_server.address import ServerAddress
from py_image_dedup.stores.search_server.server import open_server
from tests.house.house import ROOT
from tests.support.cli import CommandLine
from tests.support.drawn import drawn, encoded
from tests.support.existing_setup import environment_of
from tests.support.search_fixtures import Address

SHIPPED = YAML(typ="safe", pure=True).load((ROOT / "docker-compose.yml").read_text())
# All keys of 2.x, as its users have them.
EXISTING_FILE = """
py_image_dedup:
  dry_run: true
  elasticsearch:
    auto_create_index: true
    host: {host}
    port: {port}
    index: {index}
    max_distance: 0.30
  analysis:
    recursive: true
    across_dirs: true
    file_extensions: [.png, .jpg, .jpeg]
    threads: 2
    use_exif_data: true
    exclusions: []
    source_directories: [{pictures}]
  deduplication:
    max_file_modification_time_diff: 5:00
    prioritization_rules:
      - name: more-exif-data
      - name: higher-score
      - name: bigger-file-size
      - name: higher-pixel-count
    duplicates_target_directory: {duplicates}
  remove_empty_folders: false
  daemon:
    timeout: 30s
    file_observer: inotify
  stats:
    enabled: true
    port: 8000
"""


@pytest.fixture
def line(tmp_path: Path) -> CommandLine:
    """Three pictures, two of them one picture."""
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for name, seed, quality in (("one", 1, 95), ("copy", 1, 60), ("other", 2, 95)):
        (pictures / f"{name}.jpg").write_bytes(encoded(drawn(seed), "JPEG", quality=quality))
    (tmp_path / "duplicates").mkdir()
    return CommandLine(tmp_path)


def placed(address: str) -> tuple[str, str]:
    parts = urllib.parse.urlsplit(address)
    assert parts.hostname
    return parts.hostname, str(parts.port)


def test_an_existing_configuration_file_starts_unchanged(line: CommandLine, address_of: Address) -> None:
    """With its index: two flat documents, one of them of a picture that is there."""
    address, index = address_of("elasticsearch8"), f"existing-{uuid.uuid4().hex}"
    host, port = placed(address)
    values = {"pictures": line.home / "pictures", "duplicates": line.home / "duplicates"}
    (line.home / "py_image_dedup.yaml").write_text(EXISTING_FILE.format(host=host, port=port, index=index, **values))
    server = open_server(ServerAddress(hosts=(address,)))
    server.create(index, {"mappings": {"properties": {"path": {"type": "keyword", "ignore_above": 256}}}})
    for path in (line.home / "pictures" / "one.jpg", Path("/gone.jpg")):
        metadata = {"path": str(path), "py-image-dedup_datamodel-version": 5, "filesize": 1, "pixelcount": 1}
        document = {"path": str(path), "signature": [1] * 648, "metadata": metadata}
        server.bulk([{"index": {}}, {**document, "timestamp": "2020-01-01T00:00:00.000001"}], index, alias=False)
    server.refresh(index)

    checked = line.run("config", "check")
    ended = line.run("deduplicate")

    assert checked.status == 0, checked.err
    assert ended.status == 0, ended.err
    server.refresh(f"{index}-current")
    assert "DRY RUN" in ended.out
    assert f"{line.home / 'pictures' / 'copy.jpg'}" in ended.out
    assert len(list((line.home / "pictures").iterdir())) == 3
    assert server.count(index) == 2
    assert server.count(f"{index}-current", {"exists": {"field": "content"}}) == 3
    server.close()


def test_the_shipped_compose_file_works_with_its_profile(line: CommandLine, address_of: Address) -> None:
    """What its comment says to set is set; only the places are those of the test."""
    address = address_of("elasticsearch8")
    host, port = placed(address)
    here = {
        "PY_IMAGE_DEDUP_STORE": "elasticsearch",
        "PY_IMAGE_DEDUP_ELASTICSEARCH_HOST": host,
        "PY_IMAGE_DEDUP_ELASTICSEARCH_PORT": port,
        "PY_IMAGE_DEDUP_ANALYSIS_SOURCE_DIRECTORIES": str(line.home / "pictures"),
        "PY_IMAGE_DEDUP_DEDUPLICATION_DUPLICATES_TARGET_DIRECTORY": str(line.home / "duplicates"),
        "PY_IMAGE_DEDUP_STATE_DIRECTORY": str(line.home / "state"),
    }
    shipped = environment_of(SHIPPED, "py-image-dedup")
    assert here.keys() - {"PY_IMAGE_DEDUP_STORE", "PY_IMAGE_DEDUP_STATE_DIRECTORY"} <= shipped.keys()

    ended = line.run("deduplicate", "--json", **shipped | here)
    doctor = line.run("doctor", "--json", **shipped | here)

    assert ended.status == 0, ended.err
    assert len(ended.json["groups"]) == 1
    assert doctor.status == 0, doctor.out


def test_the_health_check_of_the_service_is_one_that_a_server_answers(address_of: Address) -> None:
    service = SHIPPED["services"]["elasticsearch"]
    (asked,) = (word for word in service["healthcheck"]["test"] if word.startswith("http"))
    path = asked.split(":9200", 1)[1]

    with urllib.request.urlopen(f"{address_of('elasticsearch8')}{path}", timeout=30) as answer:
        assert answer.status == 200
    assert service["profiles"] == ["elasticsearch"]
