"""A real daemon in a process of its own, and what can be asked of it from outside."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from py_image_dedup.stores.sqlite import SqliteStore
from py_image_dedup.walking.selection import Selection
from py_image_dedup.walking.walk import walk
from tests.support.cli import COMMAND

ROOT = Path(__file__).resolve().parents[2]
EXTENSIONS = frozenset({".jpg", ".jpeg", ".png"})
Seen = dict[str, tuple[int, int, int]]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_until(holds: Callable[[], bool], within_s: float, what: str | Callable[[], str] = "") -> float:
    """How long it took; fails where it takes longer, and says what was then, where `what` can tell."""
    started_s = time.monotonic()
    while not holds():
        if time.monotonic() - started_s >= within_s:
            raise AssertionError(f"not within {within_s} s: {(what() if callable(what) else what) or holds}")
        # A scrape and reading it take 20 ms of a processor that the daemon needs as well.
        time.sleep(0.05 if time.monotonic() - started_s < 1 else 0.25)
    return time.monotonic() - started_s


def fetched(port: int, path: str) -> tuple[int, bytes]:
    """Status and body; (0, b"") where nobody answers within 5 s."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError:
        return 0, b""


def samples(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    families = text_string_to_metric_families(text)
    return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


@dataclass
class DaemonProcess:
    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def said(self) -> str:
        return self.log.read_text("utf-8", "replace")

    def metrics(self) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
        return samples(fetched(self.port, "/metrics")[1].decode())

    def metric(self, name: str, **labels: str) -> float:
        return self.metrics().get((name, frozenset(labels.items())), 0.0)

    def ready(self) -> tuple[int, Any]:
        status, body = fetched(self.port, "/health/ready")
        return status, json.loads(body) if body else None

    def runs(self) -> float:
        return self.metric("py_image_dedup_runs_total", result="finished")

    def is_idle(self) -> bool:
        now = self.metrics()
        names = ("py_image_dedup_run_in_progress", "py_image_dedup_queue_files", "py_image_dedup_queue_age_seconds")
        return bool(now) and all(now.get((name, frozenset()), 1.0) == 0.0 for name in names)

    def stop(self, number: int = signal.SIGTERM) -> float:
        """How long it took to end."""
        started_s = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(30)
        return time.monotonic() - started_s


@dataclass(frozen=True)
class DaemonSetup:
    """A configuration, and daemons started with it, one after the other."""

    home: Path
    roots: Sequence[Path]
    environment: dict[str, str] = field(default_factory=dict)
    around: Sequence[str] = ()  # words before those of the daemon, which end by becoming it

    @property
    def state(self) -> Path:
        return self.home / "state"

    def variables(self, port: int) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("PY_IMAGE_DEDUP_")}
        ours = {
            "STATE_DIRECTORY": str(self.state),
            "ANALYSIS_SOURCE_DIRECTORIES": ",".join(map(str, self.roots)),
            "ANALYSIS_ACROSS_DIRS": "true",
            "ANALYSIS_THREADS": "2",
            "DRY_RUN": "false",
            "DEDUPLICATION_MAX_SHARE": "100%",
            "DAEMON_PROCESSING_TIMEOUT": "1s",
            "DAEMON_FILE_OBSERVER": "inotify",
            "STATS_PORT": str(port),
            **self.environment,
        }
        named = {f"PY_IMAGE_DEDUP_{name}": value for name, value in ours.items()}
        return {**kept, **named, "HOME": str(self.home), "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}

    @contextmanager
    def running(self, *arguments: str, wait: bool = True, **environment: str) -> Iterator[DaemonProcess]:
        """A daemon, after its first run unless `wait` is false; killed at the end."""
        port, log = free_port(), self.home / f"daemon-{time.monotonic_ns()}.log"
        with open(log, "wb") as out:
            process = subprocess.Popen(
                [*self.around, *COMMAND, "daemon", *arguments],
                cwd=self.home,
                env={**self.variables(port), **environment},
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        daemon = DaemonProcess(process, port, log)
        try:
            if wait:
                wait_until(lambda: daemon.runs() >= 1 or process.poll() is not None, 60, "the first run")
                assert process.poll() is None, daemon.said()
            yield daemon
        finally:
            process.kill()
            process.wait()
        assert "Traceback" not in daemon.said(), daemon.said()

    def on_disk(self) -> Seen:
        walked = walk([str(root) for root in self.roots], Selection(extensions=EXTENSIONS))
        return {file.path: (file.inode, file.size, file.mtime_ns) for file in walked.files}

    def in_index(self) -> Seen:
        store = SqliteStore(str(self.state / "index.sqlite"))
        try:
            found = [stored.result.file for stored in store.under([str(root) for root in self.roots])]
        finally:
            store.close()
        return {file.path: (file.inode, file.size, file.mtime_ns) for file in found}

    def wait_for_index(self, daemon: DaemonProcess, within_s: float) -> float:
        """How long until the index held exactly what is on the disk, without the time that comparing them takes."""
        started_s = time.monotonic()
        while True:
            left_s = within_s - (time.monotonic() - started_s)
            wait_until(daemon.is_idle, max(left_s, 0.1), f"idle; {daemon.said()[-2000:]}")
            quiet_s = time.monotonic() - started_s
            disk, index = self.on_disk(), self.in_index()
            if disk == index:
                return quiet_s
            missed, ghosts = disk.items() - index.items(), index.keys() - disk.keys()
            assert time.monotonic() - started_s < within_s, (len(missed), len(ghosts), daemon.said()[-2000:])
            time.sleep(0.2)


def copy_of(source: Path, target: Path) -> Path:
    """A plain copy, as `cp` makes it."""
    target.write_bytes(source.read_bytes())
    return target
