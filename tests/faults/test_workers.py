"""Whatever happens in a worker costs one item and leaves no process behind."""

import os
import pickle
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from py_image_dedup.analysis.limits import AnalysisLimits
from py_image_dedup.analysis.processes import FreshProcesses, Nursery
from py_image_dedup.analysis.worker import Done, Ready, WorkerFailure
from py_image_dedup.analysis.workers import WorkerPool
from py_image_dedup.model.errors import DedupError
from py_image_dedup.model.images import UnreadableKind
from tests.faults.pool_tasks import echo, misbehave, page_faults, slowly

LIMITS = AnalysisLimits(timeout_s=2.0, memory_bytes=1 << 30)


def children() -> set[int]:
    """Processes below this one, zombies included."""
    listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    return {int(pid) for pid in listed.split()}


@pytest.fixture(autouse=True)
def _leaves_no_process_behind() -> Iterator[None]:
    before = children()
    yield
    assert children() - before == set()


def answers(items: list[str]) -> dict[str, str | WorkerFailure]:
    with WorkerPool(misbehave, 2, LIMITS) as pool:
        return dict(pool.map(items))


@pytest.mark.parametrize(
    ("deed", "kind", "words"),
    [
        ("segfault", UnreadableKind.WORKER_DIED, "signal 11"),
        ("exit", UnreadableKind.WORKER_DIED, "exit status 7"),
        ("kill", UnreadableKind.WORKER_DIED, "signal 9"),
        ("hang", UnreadableKind.TIMEOUT, "within 2 s"),
        ("gorge", UnreadableKind.OUT_OF_MEMORY, "memory"),
        ("raise", UnreadableKind.WORKER_DIED, "ZeroDivisionError"),
    ],
)
def test_a_bad_item_costs_itself_and_no_other(deed: str, kind: UnreadableKind, words: str) -> None:
    good = [f"item {n}" for n in range(40)]
    found = answers([*good[:20], deed, *good[20:]])

    failure = found.pop(deed)
    assert isinstance(failure, WorkerFailure)
    assert failure.kind is kind
    assert words in failure.reason
    assert found == {item: item.upper() for item in good}


def test_many_bad_items_in_a_row_are_each_answered(capfd: pytest.CaptureFixture[str]) -> None:
    items = [f"{deed} {n}" for n in range(3) for deed in ("segfault", "exit", "raise", "item", "print")]
    found = answers(items)

    assert set(found) == set(items)
    assert {item for item, answer in found.items() if isinstance(answer, str)} == {
        item for item in items if item.split()[0] in ("item", "print")
    }
    assert capfd.readouterr().out == ""


def test_memory_that_leaks_away_is_not_charged_to_the_item_that_finds_none_left() -> None:
    items = [f"leak {n}" for n in range(12)]

    assert answers(items) == {item: item.upper() for item in items}


def test_an_endless_source_is_drawn_only_as_it_is_worked_off() -> None:
    drawn = []

    def source() -> Iterator[str]:
        for n in range(10**9):
            drawn.append(n)
            yield f"item {n}"

    with WorkerPool(misbehave, 2, LIMITS) as pool:
        results = pool.map(source())
        for _ in range(50):
            next(results)
    assert len(drawn) < 80


def test_items_larger_than_any_pipe_come_back_whole() -> None:
    items = [bytes([n]) * (3 << 20) for n in range(6)]

    with WorkerPool(echo, 2, LIMITS) as pool:
        assert dict(pool.map(items)) == {item: item for item in items}


def test_slow_items_are_shared_out_to_the_last() -> None:
    with WorkerPool(slowly, 2, LIMITS) as pool:
        workers = [answer for _, answer in pool.map([0.3] * 6)]

    assert len(set(workers)) == 2


def test_no_worker_is_started_without_work() -> None:
    before = children()
    with WorkerPool(misbehave, 2, LIMITS) as pool:
        assert list(pool.map([])) == []
        assert children() == before


def test_an_abandoned_round_leaves_no_late_answer_for_the_next() -> None:
    with WorkerPool(misbehave, 2, LIMITS) as pool:
        results = pool.map(f"old {n}" for n in range(1000))
        next(results)
        results.close()  # type: ignore[attr-defined]

        assert dict(pool.map(["new"])) == {"new": "NEW"}


def test_an_error_in_the_source_ends_the_workers() -> None:
    def source() -> Iterator[str]:
        yield "item"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), WorkerPool(misbehave, 2, LIMITS) as pool:
        list(pool.map(source()))


def test_a_task_that_workers_cannot_load_ends_the_run_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = WorkerPool(misbehave, 1, LIMITS)
    monkeypatch.setattr(sys, "path", [path for path in sys.path if not (Path(path) / "tests").is_dir()])

    with pytest.raises(DedupError, match=r"cannot (load|be started)"), pool:
        list(pool.map(["item"]))


# What is started in the background of a shell without job control ignores Ctrl-C; a program in its foreground does not.
PARENT = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
from tests.faults.test_workers import LIMITS
from tests.faults.pool_tasks import slowly
from py_image_dedup.analysis.workers import WorkerPool
with WorkerPool(slowly, 2, LIMITS) as pool:
    for n, (_, pid) in enumerate(pool.map(iter(lambda: 0.05, None))):
        if n < 30:
            print(pid, flush=True)
"""


def started_parent() -> tuple[subprocess.Popen[str], set[int]]:
    """A program in the middle of its work, and the ids of its workers."""
    root = str(Path(__file__).resolve().parents[2])
    env = os.environ | {"PYTHONPATH": root}
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env
    )
    assert parent.stdout is not None
    return parent, {int(parent.stdout.readline()) for _ in range(30)}


def alive(pids: set[int]) -> set[int]:
    return {pid for pid in pids if Path(f"/proc/{pid}").exists()}


@pytest.mark.parametrize("signal_", [signal.SIGKILL, signal.SIGINT])
def test_workers_end_with_their_parent(signal_: signal.Signals) -> None:
    parent, workers = started_parent()
    parent.send_signal(signal_)
    parent.wait(10)
    assert parent.stdout is not None
    parent.stdout.close()

    deadline = time.monotonic() + 5
    while alive(workers) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(workers) == 2
    assert alive(workers) == set()


class SlowToLoad:
    """A task that takes its interpreter for seconds when it is loaded, as native libraries do on a busy machine."""

    def __reduce__(self) -> tuple[object, ...]:
        return sum, (range(10**9),)

    def __call__(self, item: str) -> str:
        return item


def test_a_stop_does_not_wait_for_workers_that_are_still_loading() -> None:
    interrupted_s = []

    def interrupt(*_: object) -> None:
        interrupted_s.append(time.monotonic())
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 1.0)
    try:
        with pytest.raises(KeyboardInterrupt), WorkerPool(SlowToLoad(), 2, LIMITS) as pool:
            list(pool.map(["a", "b"]))
    finally:
        signal.signal(signal.SIGALRM, before)
    assert time.monotonic() - interrupted_s[0] < 1.5


@pytest.mark.parametrize("source", [FreshProcesses, Nursery])
def test_processes_answer_and_end_wherever_they_come_from(source: type[FreshProcesses | Nursery]) -> None:
    workers = source(pickle.dumps((misbehave, LIMITS)))
    process = workers.start()
    assert isinstance(pickle.loads(process.connection.recv_bytes()), Ready)
    process.connection.send_bytes(pickle.dumps("item"))
    assert pickle.loads(process.connection.recv_bytes()) == Done("ITEM")
    process.connection.send_bytes(pickle.dumps("hang"))

    assert process.end(0.1) in (-signal.SIGKILL, 1)  # killed, or gone by itself with the parent's end of its pipe
    process.connection.close()
    workers.close()


def test_a_nursery_that_was_killed_ends_the_run_with_a_reason() -> None:
    before = children()
    with WorkerPool(misbehave, 2, LIMITS) as pool:
        results = pool.map(f"exit {n}" for n in range(1000))
        next(results)
        (nursery,) = children() - before
        os.kill(nursery, signal.SIGKILL)

        with pytest.raises(DedupError, match="cannot be started"):
            list(results)


def test_two_workers_cost_the_loading_of_one() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    answers(["item"])
    one = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    with WorkerPool(slowly, 4, LIMITS) as pool:
        assert len({pid for _, pid in pool.map([0.2] * 8)}) > 2
    many = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before - one

    assert many < 2 * one


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere workers have the memory that their system gives")
def test_a_worker_keeps_the_memory_of_arrays_that_come_again() -> None:
    with WorkerPool(page_faults, 1, LIMITS) as pool:
        (answer,) = (answer for _, answer in pool.map([200]))

    assert isinstance(answer, int)
    assert answer < 200  # each of them would take 1,200 pages anew
