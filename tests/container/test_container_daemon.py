"""The container as people leave it running: with its health check, and from the arrival of copies to their return."""

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from tests.support.containers import ACTING, IN_COMPOSE, IN_THE_IMAGE, Image, Run, daemon_container, own, run
from tests.support.daemons import fetched, free_port, wait_until
from tests.support.drawn import drawn, encoded
from tests.support.existing_setup import COMPOSE, environment_of
from tests.support.prometheus import prometheus
from tests.support.search_fixtures import Address

pytestmark = IN_THE_IMAGE
RULES = Path(__file__).resolve().parents[2] / "deploy" / "prometheus" / "alerts.yml"
STOP_S = 5


@contextmanager
def digests() -> Iterator[tuple[str, list[Any]]]:
    """The address of a webhook, and what it is told."""
    told: list[Any] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", told
    finally:
        server.shutdown()
        server.server_close()


def test_the_health_check_tells_of_a_source_that_goes_away_and_comes_back(
    image: Image, library: Path, tmp_path: Path
) -> None:
    port = free_port()
    tmp_path.chmod(0o755)
    environment = ACTING | {
        "PY_IMAGE_DEDUP_STATS_PORT": str(port),
        "PY_IMAGE_DEDUP_ANALYSIS_SOURCE_DIRECTORIES": "/mnt/source/library",
    }
    options = Run(volumes={"/mnt/source": tmp_path}, environment=environment, **IN_COMPOSE)
    with daemon_container(image, tmp_path / "c", options, port) as daemon:
        wait_until(daemon.has_run, 60)
        assert daemon.health_check().returncode == 0
        library.rename(tmp_path / "elsewhere")
        wait_until(lambda: daemon.health_check().returncode == 1, 30)
        assert "root_away" in daemon.health_check().stdout
        (tmp_path / "elsewhere").rename(library)
        wait_until(lambda: daemon.health_check().returncode == 0, 60)
        assert daemon.stop() < STOP_S
        assert daemon.process.returncode == 0, daemon.said()


def test_a_read_only_source_is_analysed_only_and_that_is_said(image: Image, library: Path, tmp_path: Path) -> None:
    port = free_port()
    environment = ACTING | {"PY_IMAGE_DEDUP_STATS_PORT": str(port)}
    options = Run(volumes={"/mnt/source:ro": library}, environment=environment, **IN_COMPOSE)
    with daemon_container(image, tmp_path / "c", options, port) as daemon:
        wait_until(daemon.has_run, 60)
        expected = {"status": "degraded", "problems": ["read_only"]}

        wait_until(
            lambda: json.loads(fetched(port, "/health/ready")[1]) == expected,
            30,
            lambda: f"{fetched(port, '/health/ready')}\n{daemon.said()}",
        )
        sentence = "/mnt/source is read-only: its pictures are analysed, and nothing in it is put aside."
        assert sentence in daemon.said()
        assert daemon.metric("py_image_dedup_dry_run") == 1.0
        assert (library / "sub" / "copy.jpg").exists()
        assert daemon.stop() < STOP_S
        assert daemon.process.returncode == 0, daemon.said()


def arrive(library: Path, outside: Path) -> None:
    """Three copies of a picture, by rsync, by cp, and as a file server stores them: under another name first."""
    outside.mkdir()
    picture = (library / "picture.jpg").read_bytes()
    (outside / "synced.jpg").write_bytes(picture)
    subprocess.run(["rsync", "-a", "--chown=1000:1000", f"{outside}/", f"{library}/sub/"], check=True)
    subprocess.run(["cp", library / "picture.jpg", library / "sub" / "copied.jpg"], check=True)
    (library / "sub" / "~tmp1234.tmp").write_bytes(picture)
    os.rename(library / "sub" / "~tmp1234.tmp", library / "sub" / "shared.jpg")
    own(library / "sub", 1000)


def test_from_arrival_to_undo_as_a_user_has_it(image: Image, library: Path, tmp_path: Path) -> None:
    """Copies that arrive are put aside, counted in Prometheus, told to the webhook, and brought back by undo."""
    (library / "sub" / "copy.jpg").unlink()
    port, scratch = free_port(), tmp_path / "c"
    with digests() as (webhook, told):
        environment = ACTING | {
            "PY_IMAGE_DEDUP_STATS_PORT": str(port),
            "PY_IMAGE_DEDUP_DAEMON_PROCESSING_TIMEOUT": "1s",
            "PY_IMAGE_DEDUP_NOTIFICATION_WEBHOOK": webhook,
            "PY_IMAGE_DEDUP_NOTIFICATION_INTERVAL": "1s",
        }
        options = Run(volumes={"/mnt/source": library}, environment=environment, **IN_COMPOSE)
        with daemon_container(image, scratch, options, port) as daemon, prometheus(tmp_path, port, RULES) as asked:
            wait_until(daemon.has_run, 60)
            arrive(library, tmp_path / "outside")

            counted = 'duplicate_action_total{action="delete"}'
            wait_until(lambda: [s["value"][1] for s in asked.ask(counted)] == ["3"], 60, daemon.said())
            assert list((library / "sub").glob("*.jpg")) == []
            aside = list((library / ".py-image-dedup-quarantine").rglob("*.jpg"))
            assert len(aside) == 3
            wait_until(lambda: [s["value"][1] for s in asked.ask("py_image_dedup_quarantine_files")] == ["3"], 30)
            wait_until(lambda: sum(digest["put_aside"] for digest in told) == 3, 30)
            assert daemon.stop() < STOP_S
            assert daemon.process.returncode == 0, daemon.said()

    while (ended := run(image, scratch, options, "undo", "last")).returncode == 0:
        pass  # newest run first; how many there were depends on when the files came
    assert "There is no run to take back" in ended.stderr
    assert {path.name for path in (library / "sub").glob("*.jpg")} == {"synced.jpg", "copied.jpg", "shared.jpg"}


def test_a_set_up_of_an_earlier_version_starts_unchanged(
    image: Image, library: Path, tmp_path: Path, address_of: Address
) -> None:
    """Its compose file has no state volume, no store and no health check; its index is on the server named there."""
    for number in range(3, 8):  # no run takes more than a fifth of a library by itself
        (library / f"other{number}.jpg").write_bytes(encoded(drawn(number), "JPEG"))
    own(library, 1000)
    target, port, scratch = tmp_path / "duplicates", free_port(), tmp_path / "c"
    target.mkdir()
    own(target, 1000)
    hosts = scratch / "upper" / "etc" / "hosts"
    hosts.parent.mkdir(parents=True)
    hosts.write_text("127.0.0.1 localhost elasticsearch\n")
    here = {  # what the machine of the test has taken already
        "PY_IMAGE_DEDUP_ELASTICSEARCH_PORT": address_of("elasticsearch8").rsplit(":", 1)[1].strip("/"),
        "PY_IMAGE_DEDUP_STATS_PORT": str(port),
    }
    options = Run(
        volumes={"/mnt/source": library, "/mnt/duplicates": target},
        environment=environment_of(COMPOSE, "py-image-dedup") | here,
    )
    with daemon_container(image, scratch, options, port) as daemon:
        wait_until(lambda: daemon.metric("duplicate_action_total", action="move") == 1, 90, daemon.said())
        assert not (library / "sub" / "copy.jpg").exists()
        (moved,) = target.rglob("copy.jpg")
        assert moved.read_bytes() == (library / "picture.jpg").read_bytes()
        assert daemon.metric("py_image_dedup_index_up") == 1.0
        assert daemon.stop() < STOP_S
        assert daemon.process.returncode == 0, daemon.said()
