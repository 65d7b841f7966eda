"""The image is really built and run, in the ways in which people run it."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from http.server import HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.support.containers import ENTRY_CAPABILITIES, Image, Run, built_image, command, run
from tests.support.daemons import fetched, free_port, samples, wait_until
from tests.support.drawn import drawn, encoded

pytestmark = [
    pytest.mark.timeout(1200),
    pytest.mark.xdist_group("image"),
    pytest.mark.skipif(
        os.geteuid() != 0 or os.uname().sysname != "Linux", reason="mount namespaces need root on Linux"
    ),
]
IN_COMPOSE = {"read_only": True, "capabilities": ENTRY_CAPABILITIES, "no_new_privileges": True}


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    with built_image(tmp_path_factory.mktemp("image")) as built:
        yield built


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A picture and its copy, as user 1000 has them."""
    root = tmp_path / "library"
    (root / "sub").mkdir(parents=True)
    later_s = time.time() + 3600
    (root / "picture.jpg").write_bytes(encoded(drawn(1), "JPEG"))
    os.utime(root / "picture.jpg", (later_s, later_s))
    (root / "sub" / "copy.jpg").write_bytes((root / "picture.jpg").read_bytes())
    (root / "other.jpg").write_bytes(encoded(drawn(2), "JPEG"))
    own(root, 1000)
    return root


def own(root: Path, uid: int) -> None:
    for path in (root, *root.rglob("*")):
        os.chown(path, uid, uid)


ACTING = {
    "PY_IMAGE_DEDUP_ANALYSIS_SOURCE_DIRECTORIES": "/mnt/source",
    "PY_IMAGE_DEDUP_DRY_RUN": "false",
    "PY_IMAGE_DEDUP_DEDUPLICATION_MAX_SHARE": "100%",
    "PY_IMAGE_DEDUP_ANALYSIS_THREADS": "1",
}
MODES = {
    "as it is": Run(environment=ACTING),
    "PUID and PGID": Run(environment=ACTING | {"PUID": "2345", "PGID": "3456"}),
    "--user": Run(environment=ACTING, user="1000:1000"),
    "--user of another number": Run(environment=ACTING, user="4711:4711"),
    "read-only root file system": Run(environment=ACTING, read_only=True),
    "no capabilities, --user": Run(environment=ACTING, user="1000:1000", capabilities=(), no_new_privileges=True),
    "as in the compose file": Run(environment=ACTING, **IN_COMPOSE),  # type: ignore[arg-type]
    "everything at once": Run(
        environment=ACTING, user="4711:4711", read_only=True, capabilities=(), no_new_privileges=True
    ),
}


def owner(options: Run) -> int:
    return int((options.user or options.environment.get("PUID", "1000")).split(":")[0])


@pytest.mark.parametrize("mode", MODES)
def test_copies_are_put_aside_in_every_mode(image: Image, library: Path, tmp_path: Path, mode: str) -> None:
    own(library, owner(MODES[mode]))
    options = Run(**{**vars_of(MODES[mode]), "volumes": {"/mnt/source": library}})  # type: ignore[arg-type]
    ended = run(image, tmp_path / "c", options, "deduplicate")

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert not (library / "sub" / "copy.jpg").exists()
    (aside,) = (library / ".py-image-dedup-quarantine").rglob("*.jpg")
    assert aside.stat().st_uid == owner(options)
    assert (tmp_path / "c" / "state" / "journal.sqlite").stat().st_uid == owner(options)


def vars_of(options: Run) -> dict[str, object]:
    return {name: getattr(options, name) for name in options.__dataclass_fields__}


def test_a_dry_run_with_a_plain_command_line(image: Image, library: Path, tmp_path: Path) -> None:
    ended = run(image, tmp_path / "c", Run(volumes={"/mnt/source": library}), "deduplicate", "--dry-run", "/mnt/source")

    assert ended.returncode == 0, ended.stderr
    assert "sub/copy.jpg" in ended.stdout
    assert (library / "sub" / "copy.jpg").exists()


def test_root_without_the_right_to_become_another_is_told_so(image: Image, library: Path, tmp_path: Path) -> None:
    ended = run(image, tmp_path / "c", Run(capabilities=()), "--version")

    assert ended.returncode == 2
    assert "start with --user 1000:1000" in ended.stderr


@pytest.mark.parametrize("value", ["", "root", "1000; id", "-1"])
def test_puid_must_be_a_number(image: Image, tmp_path: Path, value: str) -> None:
    ended = run(image, tmp_path / "c", Run(environment={"PUID": value}), "--version")

    assert ended.returncode == 2
    assert "PUID and PGID must be numbers" in ended.stderr


def test_the_configuration_is_read_from_the_working_folder(image: Image, library: Path, tmp_path: Path) -> None:
    config = tmp_path / "app"
    config.mkdir()
    (config / "py_image_dedup.yaml").write_text("py_image_dedup: {analysis: {source_directories: [/mnt/source]}}")
    ended = run(image, tmp_path / "c", Run(volumes={"/app:ro": config, "/mnt/source": library}), "deduplicate")

    assert ended.returncode == 0, ended.stderr
    assert "DRY RUN" in ended.stdout


def test_nothing_in_the_image_gives_more_rights(image: Image) -> None:
    found = subprocess.run(
        ["find", image.rootfs, "-xdev", "-type", "f", "-perm", "/6000"], capture_output=True, text=True, check=True
    )

    assert found.stdout == ""


def test_the_image_says_how_it_is_and_how_to_stop_it(image: Image) -> None:
    assert image.config["Cmd"] == ["daemon"]
    assert image.config["StopSignal"] == "SIGTERM"
    assert image.config["Healthcheck"]["Test"][-1] == "py_image_dedup.faces.daemon.healthcheck"


class Daemon:
    """A container that runs the image's own command."""

    def __init__(self, image: Image, scratch: Path, options: Run, port: int) -> None:
        self.port = port
        self.log = scratch.with_suffix(".log")
        with open(self.log, "wb") as out:
            self.process = subprocess.Popen(command(image, scratch, options, "daemon"), stdout=out, stderr=out)

    def metric(self, name: str, **labels: str) -> float:
        text = fetched(self.port, "/metrics")[1].decode()
        return samples(text).get((name, frozenset(labels.items())), 0.0)

    def said(self) -> str:
        return self.log.read_text("utf-8", "replace")

    def children(self, pid: int) -> list[int]:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def stop(self) -> float:
        """SIGTERM to the container's first process, as an engine sends it."""
        started_s = time.monotonic()
        (first,) = self.children(self.process.pid)
        os.kill(first, signal.SIGTERM)
        self.process.wait(30)
        return time.monotonic() - started_s


def test_a_read_only_source_is_analysed_only_and_that_is_said(image: Image, library: Path, tmp_path: Path) -> None:
    port = free_port()
    options = Run(
        volumes={"/mnt/source:ro": library},
        environment=ACTING | {"PY_IMAGE_DEDUP_STATS_PORT": str(port)},
        **IN_COMPOSE,  # type: ignore[arg-type]
    )
    daemon = Daemon(image, tmp_path / "c", options, port)
    try:
        wait_until(
            lambda: daemon.metric("py_image_dedup_runs_total", result="finished") >= 1, 60, daemon.log.read_text()
        )
        told = json.loads(fetched(port, "/health/ready")[1])

        assert told == {"status": "degraded", "problems": ["read_only"]}
        assert (
            "/mnt/source is read-only: its pictures are analysed, and nothing in it is put aside."
            in daemon.log.read_text()
        )
        assert daemon.metric("py_image_dedup_dry_run") == 1.0
        assert (library / "sub" / "copy.jpg").exists()
        assert daemon.stop() < 5
        assert daemon.process.returncode == 0, daemon.said()
    finally:
        daemon.process.kill()


def test_from_arrival_to_undo_as_a_user_has_it(image: Image, library: Path, tmp_path: Path) -> None:
    """Copies arrive by rsync, cp and a temporary rename; they are put aside, counted, told, and brought back."""
    from tests.unit.faces.daemon.test_messenger import Hook

    hook = HTTPServer(("127.0.0.1", 0), Hook)
    hook.bodies, hook.status = [], 200  # type: ignore[attr-defined]
    Thread(target=hook.serve_forever, daemon=True).start()
    (library / "sub" / "copy.jpg").unlink()
    port, scratch = free_port(), tmp_path / "c"
    environment = ACTING | {
        "PY_IMAGE_DEDUP_STATS_PORT": str(port),
        "PY_IMAGE_DEDUP_DAEMON_PROCESSING_TIMEOUT": "1s",
        "PY_IMAGE_DEDUP_NOTIFICATION_WEBHOOK": f"http://127.0.0.1:{hook.server_port}/",
        "PY_IMAGE_DEDUP_NOTIFICATION_INTERVAL": "1s",
    }
    options = Run(volumes={"/mnt/source": library}, environment=environment, **IN_COMPOSE)  # type: ignore[arg-type]
    daemon = Daemon(image, scratch, options, port)
    try:
        wait_until(lambda: daemon.metric("py_image_dedup_runs_total", result="finished") >= 1, 60)
        outside = tmp_path / "outside"
        outside.mkdir()
        (outside / "synced.jpg").write_bytes((library / "picture.jpg").read_bytes())
        subprocess.run(["rsync", "-a", "--chown=1000:1000", f"{outside}/", f"{library}/sub/"], check=True)
        subprocess.run(["cp", library / "picture.jpg", library / "sub" / "copied.jpg"], check=True)
        (library / "sub" / "~tmp1234.tmp").write_bytes((library / "picture.jpg").read_bytes())
        os.rename(library / "sub" / "~tmp1234.tmp", library / "sub" / "shared.jpg")
        own(library / "sub", 1000)

        wait_until(lambda: daemon.metric("duplicate_action_total", action="delete") == 3, 60, daemon.said())
        assert list((library / "sub").glob("*.jpg")) == []
        wait_until(lambda: sum(json.loads(body)["put_aside"] for body in hook.bodies) == 3, 30)  # type: ignore[attr-defined]
        assert daemon.stop() < 5
        assert daemon.process.returncode == 0, daemon.said()[-3000:]
    finally:
        daemon.process.kill()
        hook.shutdown()
        hook.server_close()

    for _ in range(3):  # newest run first; how many there were depends on when the files came
        ended = run(image, scratch, options, "undo", "last")
        assert ended.returncode in {0, 2, 3}, ended.stderr
    assert {path.name for path in (library / "sub").glob("*.jpg")} == {"synced.jpg", "copied.jpg", "shared.jpg"}
