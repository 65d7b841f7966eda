"""Worker processes that may crash, hang or run out of memory, each time at the cost of one item.

The processes (see `processes`) are joined by pipes. A few items at most are on the way to each; which item a dead
worker had in hand is known, since a worker answers in the order it was asked.
"""

import pickle
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from py_image_dedup.analysis.limits import AnalysisLimits
from py_image_dedup.analysis.processes import START_TIMEOUT_S, Process, source_of_workers
from py_image_dedup.analysis.worker import Answer, Done, NotReady, Ready, WorkerFailure
from py_image_dedup.model.errors import DedupError
from py_image_dedup.model.images import UnreadableKind

Item = TypeVar("Item")
Result = TypeVar("Result")

# A worker that is this quick gets items ahead of time: the way there and back takes 0.1 ms, a small file 1 ms. A slow
# one does not, so that the last items of a run are shared out.
QUICK_S = 0.02
ITEMS_ON_THE_WAY = 4
# The system's buffer holds more than this, so that sending to a busy worker never blocks.
BYTES_ON_THE_WAY = 16 << 10
_GRACE_S = 2.0


@dataclass(frozen=True, slots=True)
class _Job(Generic[Item]):
    item: Item
    payload: bytes


@dataclass(slots=True)
class _Worker(Generic[Item]):
    process: Process
    jobs: deque[_Job[Item]] = field(default_factory=deque)
    ready: bool = False
    answered: int = 0
    pace_s: float = float("inf")  # how long the last item took
    since: float = field(default_factory=time.monotonic)  # when the first of `jobs` (or the start) began

    def has_room_for(self, payload: bytes) -> bool:
        """An idle worker takes anything; a busy one only if it is quick, and only what the pipe holds."""
        if not self.ready or not self.jobs:
            return self.ready
        held = sum(len(job.payload) for job in self.jobs) + len(payload)
        return self.pace_s < QUICK_S and len(self.jobs) < ITEMS_ON_THE_WAY and held < BYTES_ON_THE_WAY

    @property
    def connection(self) -> Any:
        """Our end of the pipe to it."""
        return self.process.connection

    def give(self, job: _Job[Item]) -> None:
        if not self.jobs:
            self.since = time.monotonic()
        self.jobs.append(job)
        with suppress(ConnectionError):  # one that has died meanwhile is found out where its answers are read
            self.connection.send_bytes(job.payload)

    def dismiss(self) -> None:
        """Close the pipe: an idle worker ends by itself."""
        self.connection.close()

    def bury(self, grace_s: float = _GRACE_S) -> int:
        """Wait for its end and give the exit status; it is killed where it does not come soon."""
        self.dismiss()
        return self.process.end(grace_s)


class WorkerPool(Generic[Item, Result]):
    """Runs `task(item)` in worker processes; task, items and results are pickled.

    Workers start when there is work and stay until `close`. Raises `DedupError` where they cannot be started.
    """

    def __init__(self, task: Callable[[Item], Result], workers: int, limits: AnalysisLimits) -> None:
        self._source = source_of_workers(pickle.dumps((task, limits)))
        self._most = max(1, workers)
        self._limits = limits
        self._workers: list[_Worker[Item]] = []
        self._waiting: deque[_Job[Item]] = deque()
        self.last_s = 0.0  # how long the item that was answered last took

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End all workers and wait for their end, for all of them together no longer than for one."""
        for worker in self._workers:
            if not worker.ready:  # it has nothing in hand, and would load its libraries to the end before it listens
                worker.process.kill()
            worker.dismiss()
        ends_s = time.monotonic() + _GRACE_S
        for worker in self._workers:
            worker.bury(max(0.0, ends_s - time.monotonic()))
        self._workers.clear()
        self._source.close()

    def map(self, items: Iterable[Item]) -> Iterator[tuple[Item, Result | WorkerFailure]]:
        """One answer an item, in any order. Only as many items are drawn as are in work."""
        source = iter(items)
        try:
            while self._feed(source):
                for worker in self._heard():
                    yield from self._receive(worker)
                yield from self._overdue()
        finally:
            self._drop_unfinished()

    def _feed(self, source: Iterator[Item]) -> bool:
        """Give out work; False when none is left anywhere."""
        while (job := self._next_job(source)) is not None:
            worker = self._free_worker(job)
            if worker is None:
                self._waiting.appendleft(job)
                break
            worker.give(job)
        return bool(self._waiting) or any(worker.jobs for worker in self._workers)

    def _next_job(self, source: Iterator[Item]) -> _Job[Item] | None:
        if self._waiting:
            return self._waiting.popleft()
        return next((_Job(item, pickle.dumps(item)) for item in source), None)

    def _free_worker(self, job: _Job[Item]) -> _Worker[Item] | None:
        """The least busy worker with room. Where all have work more are started, as many at a time as there are."""
        idle = any(worker.ready and not worker.jobs for worker in self._workers)
        ready = sum(worker.ready for worker in self._workers)
        if not idle and len(self._workers) - ready <= ready and len(self._workers) < self._most:
            self._workers.append(_Worker(self._source.start()))
        free = [worker for worker in self._workers if worker.has_room_for(job.payload)]
        return min(free, key=lambda worker: len(worker.jobs), default=None)

    def _heard(self) -> list[_Worker[Item]]:
        """Workers that have something to say, waiting until one has or is overdue."""
        pause = max(0.0, min(self._deadline(worker) for worker in self._workers) - time.monotonic())
        spoke = set(wait([worker.connection for worker in self._workers], pause))
        return [worker for worker in self._workers if worker.connection in spoke]

    def _deadline(self, worker: _Worker[Item]) -> float:
        if not worker.ready:
            return worker.since + START_TIMEOUT_S
        return worker.since + self._limits.timeout_s if worker.jobs else float("inf")

    def _receive(self, worker: _Worker[Item]) -> Iterator[tuple[Item, Result | WorkerFailure]]:
        try:
            answer: Answer = pickle.loads(worker.connection.recv_bytes())  # noqa: S301 - comes from our own process
        except (EOFError, ConnectionError):
            yield from self._lost(worker)
            return
        if isinstance(answer, Ready | NotReady):
            self._greet(worker, answer)
        else:
            yield from self._settle(worker, answer)

    def _greet(self, worker: _Worker[Item], answer: Ready | NotReady) -> None:
        if isinstance(answer, NotReady):
            raise DedupError(f"Worker processes cannot load their task: {answer.reason}")
        worker.ready = True

    def _settle(self, worker: _Worker[Item], answer: Done | WorkerFailure) -> Iterator[tuple[Item, Any]]:
        job = worker.jobs.popleft()
        now = time.monotonic()
        worker.pace_s, worker.since = now - worker.since, now
        self.last_s = worker.pace_s
        worker.answered += 1
        if isinstance(answer, WorkerFailure) and answer.kind is UnreadableKind.OUT_OF_MEMORY:
            yield from self._out_of_memory(worker, job, answer)
        else:
            yield job.item, answer.result if isinstance(answer, Done) else answer

    def _out_of_memory(
        self, worker: _Worker[Item], job: _Job[Item], answer: WorkerFailure
    ) -> Iterator[tuple[Item, Any]]:
        """The memory may have leaked away before: the item is charged only by a worker that did nothing else."""
        fresh = worker.answered == 1
        self._killed(worker)
        if fresh:
            yield job.item, answer
        else:
            self._waiting.appendleft(job)

    def _lost(self, worker: _Worker[Item]) -> Iterator[tuple[Item, WorkerFailure]]:
        """A worker has died: the item it had in hand is charged with it, the others go to another worker."""
        job = worker.jobs.popleft() if worker.jobs else None
        was_ready = worker.ready
        status = self._retired(worker)
        if not was_ready:
            raise DedupError(f"Worker processes cannot be started: they end with status {status}.")
        if job is not None:
            how = f"signal {-status}" if status < 0 else f"exit status {status}"
            yield job.item, WorkerFailure(UnreadableKind.WORKER_DIED, f"The decoder crashed ({how}).")

    def _overdue(self) -> Iterator[tuple[Item, WorkerFailure]]:
        now = time.monotonic()
        for worker in [worker for worker in self._workers if self._deadline(worker) <= now]:
            job = worker.jobs.popleft() if worker.jobs else None
            self._killed(worker)
            if job is None:
                raise DedupError(f"A worker process did not start within {START_TIMEOUT_S:.0f} s.")
            reason = f"The decoder did not finish within {self._limits.timeout_s:g} s."
            yield job.item, WorkerFailure(UnreadableKind.TIMEOUT, reason)

    def _killed(self, worker: _Worker[Item]) -> int:
        worker.process.kill()
        return self._retired(worker)

    def _retired(self, worker: _Worker[Item]) -> int:
        """Take a worker out of service; what it had not begun waits for another. Gives its exit status."""
        self._workers.remove(worker)
        self._waiting.extendleft(reversed(worker.jobs))
        return worker.bury()

    def _drop_unfinished(self) -> None:
        """After an abandoned `map`: no late answer may be taken for one of the next."""
        for worker in [worker for worker in self._workers if worker.jobs]:
            self._killed(worker)
        self._waiting.clear()
