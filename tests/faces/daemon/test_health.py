"""Every fault shows in `/health` and in the metric of problems within 30 s, and is over within 60 s of its repair."""

import fcntl
import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from py_image_dedup.faces.daemon.health import Problem
from py_image_dedup.faces.daemon.watch import RootWatch
from py_image_dedup.model.errors import DedupError, StoreUnavailable
from py_image_dedup.model.files import NotWalked
from py_image_dedup.model.images import Unreadable, UnreadableKind
from py_image_dedup.model.outcomes import Counts, RunReport, Status
from tests.support.daemons import copy_of, fetched
from tests.support.inner_daemon import InnerDaemon, settings_for, soon
from tests.support.plans import small_report
from tests.support.records import image_file

SHOWS_S, CLEARS_S = 30.0, 60.0
EMPTY_REPORT = RunReport("run", dry_run=False, counts=Counts())
Fault = Callable[[InnerDaemon, Path, pytest.MonkeyPatch], Iterator[None]]
FAULTS: dict[str, tuple[str, Callable[..., object]]] = {}


def shows_as(label: str) -> Callable[[Fault], Fault]:
    """A fault: what stands before `yield` injects it, what stands behind repairs it."""

    def register(fault: Fault) -> Fault:
        FAULTS[fault.__name__] = (label, contextmanager(fault))
        return fault

    return register


@contextmanager
def renamed(path: Path) -> Iterator[Path]:
    aside = path.with_name(path.name + ".aside")
    path.rename(aside)
    yield aside
    aside.rename(path)


def kernel(inner: InnerDaemon) -> RootWatch:
    return inner.daemon.watches[0]


@shows_as("root_away")
def root_missing(inner: InnerDaemon, place: Path, _: pytest.MonkeyPatch) -> Iterator[None]:
    with renamed(place / "a"):
        yield


@shows_as("root_away")
def second_root_missing(inner: InnerDaemon, place: Path, _: pytest.MonkeyPatch) -> Iterator[None]:
    with renamed(place / "b"):
        yield


@shows_as("root_away")
def root_is_a_file(inner: InnerDaemon, place: Path, _: pytest.MonkeyPatch) -> Iterator[None]:
    with renamed(place / "a"):
        (place / "a").write_text("no folder")
        yield
        (place / "a").unlink()


@shows_as("root_empty")
def root_emptied(inner: InnerDaemon, place: Path, _: pytest.MonkeyPatch) -> Iterator[None]:
    with renamed(place / "a"):
        (place / "a").mkdir()
        yield
        (place / "a").rmdir()


def failing_scan(place: Path, patch: pytest.MonkeyPatch, error: OSError) -> None:
    real = os.scandir

    def scan(path: object = ".") -> object:
        if path == str(place / "a"):
            raise error
        return real(path)  # type: ignore[call-overload]

    patch.setattr(os, "scandir", scan)


@shows_as("root_unreadable")
def root_without_permission(inner: InnerDaemon, place: Path, patch: pytest.MonkeyPatch) -> Iterator[None]:
    with patch.context() as inside:
        failing_scan(place, inside, PermissionError(13, "Permission denied"))
        yield


@shows_as("root_unreadable")
def root_on_a_broken_disk(inner: InnerDaemon, place: Path, patch: pytest.MonkeyPatch) -> Iterator[None]:
    with patch.context() as inside:
        failing_scan(place, inside, OSError(5, "Input/output error"))
        yield


@shows_as("root_unreadable")
def root_silent(inner: InnerDaemon, place: Path, patch: pytest.MonkeyPatch) -> Iterator[None]:
    answers, real = threading.Event(), os.scandir

    def scan(path: object = ".") -> object:
        if path == str(place / "a"):
            answers.wait(60)
        return real(path)  # type: ignore[call-overload]

    with patch.context() as inside:
        inside.setattr(os, "scandir", scan)
        yield
        answers.set()


@shows_as("read_only")
def root_read_only(inner: InnerDaemon, place: Path, patch: pytest.MonkeyPatch) -> Iterator[None]:
    with patch.context() as inside:
        inside.setattr(os, "access", lambda path, mode: path != str(place / "a"))
        yield


@shows_as("target_away")
def target_missing(inner: InnerDaemon, place: Path, _: pytest.MonkeyPatch) -> Iterator[None]:
    with renamed(place / "target"):
        yield


@shows_as("target_away")
def target_read_only(inner: InnerDaemon, place: Path, patch: pytest.MonkeyPatch) -> Iterator[None]:
    with patch.context() as inside:
        inside.setattr(os, "access", lambda path, mode: path != str(place / "target"))
        yield


@shows_as("state_not_writable")
def state_volume_full(inner: InnerDaemon, place: Path, _: pytest.MonkeyPatch) -> Iterator[None]:
    alive = place / "home" / "state" / "daemon.alive"
    full = place / "home" / "full"
    full.symlink_to("/dev/full")
    full.replace(alive)  # in one step: the daemon writes the file anew as soon as it is gone
    yield
    alive.unlink()


@shows_as("state_not_writable")
def state_folder_missing(inner: InnerDaemon, place: Path, _: pytest.MonkeyPatch) -> Iterator[None]:
    with renamed(place / "home" / "state"):
        yield


@shows_as("index")
def index_damaged(inner: InnerDaemon, place: Path, _: pytest.MonkeyPatch) -> Iterator[None]:
    with open(place / "home" / "state" / "index.sqlite", "r+b") as file:
        file.write(b"nonsense" * 100)
    yield


@shows_as("index")
def index_deleted(inner: InnerDaemon, place: Path, _: pytest.MonkeyPatch) -> Iterator[None]:
    (place / "home" / "state" / "index.sqlite").unlink()
    yield


@shows_as("index")
def index_unusable(inner: InnerDaemon, place: Path, _: pytest.MonkeyPatch) -> Iterator[None]:
    index = place / "home" / "state" / "index.sqlite"
    index.unlink()
    index.mkdir()
    yield
    index.rmdir()


@shows_as("journal")
def journal_damaged(inner: InnerDaemon, place: Path, _: pytest.MonkeyPatch) -> Iterator[None]:
    journal = place / "home" / "state" / "journal.sqlite"
    content = journal.read_bytes()
    journal.write_bytes(b"nonsense" * 100)
    yield
    journal.write_bytes(content)


@shows_as("journal")
def journal_deleted(inner: InnerDaemon, place: Path, _: pytest.MonkeyPatch) -> Iterator[None]:
    with renamed(place / "home" / "state" / "journal.sqlite"):
        yield


@shows_as("lock_held")
def another_run_at_work(inner: InnerDaemon, place: Path, _: pytest.MonkeyPatch) -> Iterator[None]:
    with open(place / "home" / "state" / "lock", "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        inner.trigger()
        yield


def raising(error: Exception) -> Callable[[], RunReport]:
    def answer() -> RunReport:
        raise error

    return answer


@contextmanager
def answering(inner: InnerDaemon, answer: Callable[[], RunReport]) -> Iterator[None]:
    inner.answer = answer
    inner.trigger()
    yield
    inner.answer = None
    inner.trigger()


@shows_as("run_failed")
def a_defect_of_our_own(inner: InnerDaemon, place: Path, _: pytest.MonkeyPatch) -> Iterator[None]:
    with answering(inner, raising(ZeroDivisionError("a defect"))):
        yield


@shows_as("run_failed")
def workers_cannot_be_started(inner: InnerDaemon, place: Path, _: pytest.MonkeyPatch) -> Iterator[None]:
    with answering(inner, raising(DedupError("Worker processes cannot be started."))):
        yield


@shows_as("run_failed")
def no_memory(inner: InnerDaemon, place: Path, _: pytest.MonkeyPatch) -> Iterator[None]:
    with answering(inner, raising(MemoryError())):
        yield


@shows_as("index")
def search_server_away(inner: InnerDaemon, place: Path, _: pytest.MonkeyPatch) -> Iterator[None]:
    with answering(inner, raising(StoreUnavailable("The index does not answer."))):
        yield


@shows_as("not_walked")
def a_folder_cannot_be_read(inner: InnerDaemon, place: Path, _: pytest.MonkeyPatch) -> Iterator[None]:
    report = RunReport("run", dry_run=False, counts=Counts(), not_walked=(NotWalked("/a/b", "Permission denied"),))
    with answering(inner, lambda: report):
        yield


@shows_as("workers")
def a_picture_kills_its_reader(inner: InnerDaemon, place: Path, _: pytest.MonkeyPatch) -> Iterator[None]:
    killer = Unreadable(image_file("/a/1.jpg"), UnreadableKind.WORKER_DIED, "The decoder crashed (signal 11).")
    with answering(inner, lambda: RunReport("run", dry_run=False, counts=Counts(), unreadable=(killer,))):
        yield


@shows_as("acts_failed")
def files_cannot_be_moved(inner: InnerDaemon, place: Path, _: pytest.MonkeyPatch) -> Iterator[None]:
    report = small_report()
    failed = replace(report.outcomes[0], status=Status.FAILED, reason="Permission denied")
    with answering(inner, lambda: replace(report, unreadable=(), not_walked=(), outcomes=(failed,))):
        yield


class Hook(BaseHTTPRequestHandler):
    """The webhook of the daemon under test."""

    status = 200

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@shows_as("notification")
def webhook_refuses(inner: InnerDaemon, place: Path, patch: pytest.MonkeyPatch) -> Iterator[None]:
    report = replace(small_report(), unreadable=(), not_walked=())
    with patch.context() as inside, answering(inner, lambda: report):
        inside.setattr(Hook, "status", 500)
        yield


@shows_as("watcher")
def emitter_dead(inner: InnerDaemon, place: Path, _: pytest.MonkeyPatch) -> Iterator[None]:
    next(iter(kernel(inner)._observer.emitters)).stop()  # type: ignore[union-attr]
    yield


@shows_as("watcher")
def reader_dead(inner: InnerDaemon, place: Path, _: pytest.MonkeyPatch) -> Iterator[None]:
    kernel(inner)._observer.reader.stop()  # type: ignore[union-attr]
    yield


@shows_as("watcher")
def dispatcher_dead(inner: InnerDaemon, place: Path, _: pytest.MonkeyPatch) -> Iterator[None]:
    kernel(inner)._observer.stop()  # type: ignore[union-attr]
    yield


@shows_as("watcher")
def supervision_fails(inner: InnerDaemon, place: Path, patch: pytest.MonkeyPatch) -> Iterator[None]:
    with patch.context() as inside:
        inside.setattr(RootWatch, "check", lambda self: 1 // 0)
        yield


@shows_as("handler")
def handler_raises(inner: InnerDaemon, place: Path, patch: pytest.MonkeyPatch) -> Iterator[None]:
    with patch.context():
        broken = kernel(inner)._parts.scope
        object.__setattr__(broken, "counts", lambda path: 1 // 0)
        (place / "a" / "x.jpg").write_bytes(b"x")
        yield
        object.__setattr__(broken, "counts", lambda path: True)


@shows_as("overflow")
def kernel_queue_overflows(inner: InnerDaemon, place: Path, _: pytest.MonkeyPatch) -> Iterator[None]:
    kernel(inner)._kernel.losses.overflows += 1  # type: ignore[union-attr]
    yield


@shows_as("watch_fell_back")
def watch_limit_exhausted(inner: InnerDaemon, place: Path, patch: pytest.MonkeyPatch) -> Iterator[None]:
    limit = place / "home" / "max_user_watches"
    limit.write_text("8192")
    with patch.context() as inside:
        inside.setattr("py_image_dedup.faces.daemon.limits.SETTINGS", (str(limit),))
        kernel(inner)._kernel.losses.unwatched = "inotify watch limit reached"  # type: ignore[union-attr]
        yield
        limit.write_text("1048576")
        assert soon(lambda: kernel(inner).mode.value == "inotify", CLEARS_S)


@shows_as("stuck")
def the_loop_hangs(inner: InnerDaemon, place: Path, _: pytest.MonkeyPatch) -> Iterator[None]:
    released = threading.Event()

    def hang() -> RunReport:
        released.wait(60)
        return EMPTY_REPORT

    with answering(inner, hang):
        assert soon(lambda: not inner.daemon.health.live().fine)
        yield
        released.set()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("place")


@pytest.fixture(scope="module")
def inner(place: Path) -> Iterator[InnerDaemon]:
    """One daemon survives all of it."""
    for name in ("a", "b", "home", "target"):
        (place / name).mkdir()
    for name in ("a", "b"):
        (place / name / "x.jpg").write_bytes(b"no picture")
    hook = HTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=hook.serve_forever, daemon=True).start()
    settings = settings_for(
        place / "home",
        [place / "a", place / "b"],
        deduplication__duplicates_target_directory=str(place / "target"),
        daemon__processing_timeout="0.2",
        notification__webhook=f"http://127.0.0.1:{hook.server_port}/",
        notification__interval="1s",
    )
    with InnerDaemon(settings).running() as at_work:
        assert soon(lambda: at_work.sample("py_image_dedup_runs_total", result="finished") == 1.0)
        assert soon(lambda: at_work.problems == set()), at_work.lines
        yield at_work
    hook.shutdown()
    hook.server_close()


@pytest.fixture(autouse=True)
def short_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was answered at once stays to be seen for a while, and silence counts after another; here short ones."""
    from tests.support.amounts import NIGHTLY

    if not NIGHTLY:
        monkeypatch.setattr("py_image_dedup.faces.daemon.health.RECENT_S", 1.0)
        monkeypatch.setattr("py_image_dedup.faces.daemon.glance.SILENT_S", 2.0)


def test_there_are_enough_faults() -> None:
    assert len(FAULTS) >= 30


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_shows_and_is_over_after_its_repair(
    inner: InnerDaemon, place: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    label, fault = FAULTS[name]
    assert soon(lambda: inner.is_idle)
    with ExitStack() as at_end:
        at_end.enter_context(fault(inner, place, monkeypatch))  # type: ignore[arg-type]
        assert soon(lambda: label in inner.problems, SHOWS_S), inner.lines
        assert any(
            inner.sample("py_image_dedup_problem", kind=label, severity=s) == 1.0 for s in ("failing", "degraded")
        )
        status, body = fetched(inner.daemon.settings.stats.port, "/health/ready")
        told = json.loads(body)
        assert label in told["problems"]
        assert (status == 503) == (told["status"] == "failing")
    assert soon(lambda: inner.problems == set(), CLEARS_S), (inner.problems, inner.lines)

    copy_of(place / "b" / "x.jpg", place / "a" / f"{name}.jpg")
    runs = inner.runs
    assert soon(lambda: inner.runs > runs), inner.lines


def test_a_daemon_that_only_looks_is_well_without_a_journal(tmp_path: Path) -> None:
    """Only a run that acts makes one; the look after the first run must not miss it."""
    (tmp_path / "a").mkdir()
    with InnerDaemon(settings_for(tmp_path, [tmp_path / "a"], dry_run=True)).running() as looking:
        assert soon(lambda: looking.sample("py_image_dedup_runs_total", result="finished") == 1.0)
        looking.daemon.probes.look()
        assert looking.problems == set(), looking.lines
        assert not list(tmp_path.rglob("journal.sqlite"))


def test_health_tells_strangers_no_paths(inner: InnerDaemon, place: Path) -> None:
    assert soon(lambda: inner.is_idle)
    with renamed(place / "a"):
        assert soon(lambda: "root_away" in inner.problems)
        body = fetched(inner.daemon.settings.stats.port, "/health/ready")[1]

    told = json.loads(body)
    assert told.keys() == {"status", "problems"}
    assert (told["status"], "root_away" in told["problems"]) == ("failing", True)
    assert set(told["problems"]) <= {problem.label for problem in Problem}
    assert b"/" not in body
