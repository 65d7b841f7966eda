"""Inside a worker process: one item after the other, answers through a pipe.

The parent may kill this process at any time; it ends by itself when the parent is gone. Imports are few here: what the
task needs comes with the task.
"""

import gc
import os
import pickle
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle
from typing import Any, NoReturn

from py_image_dedup.analysis.limits import AnalysisLimits
from py_image_dedup.model.images import UnreadableKind

# A worker whose parent was killed while it hangs in native code is ended by the system, so long after its time.
_ALARM_GRACE_S = 15
_CANNOT_LOAD = (ImportError, AttributeError, pickle.UnpicklingError)
_LOOK_S = 0.005


@dataclass(frozen=True, slots=True)
class WorkerFailure:
    """An item without a result. `reason` is a sentence for the user."""

    kind: UnreadableKind
    reason: str


@dataclass(frozen=True, slots=True)
class Done:
    """The task's result."""

    result: Any


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker has loaded the task and waits for items."""


@dataclass(frozen=True, slots=True)
class NotReady:
    """The worker cannot do the task at all."""

    reason: str


@dataclass(frozen=True, slots=True)
class Fork:
    """To a nursery: one more worker, for the pipe whose handle follows. It answers with the number of the process."""


@dataclass(frozen=True, slots=True)
class End:
    """To a nursery: how did worker `pid` end? It is killed where it does not within `grace_s`. Answered by status."""

    pid: int
    grace_s: float


Answer = Done | WorkerFailure | Ready | NotReady


def serve(handle: int) -> None:
    """Run in a fresh process; `handle` is its side of the pipe. First comes (task, limits), then items; EOF ends it."""
    _end_with_parent()
    connection = _connection(handle)
    try:
        task, limits = _loaded(connection)
    except _CANNOT_LOAD as error:
        with suppress(ConnectionError):
            _send(connection, _not_ready(error))
    else:
        _work(connection, task, limits)


def tend(handle: int) -> None:
    """Run in a fresh process, a nursery. First comes (task, limits), then `Fork` and `End`; EOF ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    connection = _connection(handle)
    try:
        task, limits = _loaded(connection)
        work = partial(_work, task=task, limits=limits)
        while True:
            order = pickle.loads(connection.recv_bytes())  # noqa: S301 - comes from our own process
            answer = _forked(connection, work) if isinstance(order, Fork) else _end(order)
            _send(connection, answer)
    except _CANNOT_LOAD as error:
        with suppress(ConnectionError):
            _send(connection, _not_ready(error))
    except (EOFError, ConnectionError):
        return


def _forked(nursery: Any, work: Callable[[Any], None]) -> int | NotReady:
    """The number of a new worker process for the pipe whose handle comes next."""
    handle = recv_handle(nursery)
    try:
        pid = os.fork()
    except OSError as error:
        os.close(handle)
        return _not_ready(error)
    if pid == 0:
        _grow_up(nursery, partial(work, _connection(handle)))
    os.close(handle)
    return pid


def _grow_up(nursery: Any, work: Callable[[], None]) -> NoReturn:
    """In the child: nothing of the nursery's own loop may run on, whatever happens."""
    status = 1
    try:
        nursery.close()
        _end_with_parent()
        work()
        status = 0
    finally:
        os._exit(status)


def _end(order: End) -> int:
    deadline = time.monotonic() + order.grace_s
    pid, status = os.waitpid(order.pid, os.WNOHANG)
    while not pid:
        if time.monotonic() > deadline:
            os.kill(order.pid, signal.SIGKILL)
            deadline = float("inf")
        time.sleep(_LOOK_S)
        pid, status = os.waitpid(order.pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status)


def _work(connection: Any, task: Callable[[Any], Any], limits: AnalysisLimits) -> None:
    """Answer one item after the other until the pipe is closed."""
    _bound_memory(limits.memory_bytes)
    try:
        _send(connection, Ready())
        _silence()
        while True:
            _answer(connection, task, pickle.loads(connection.recv_bytes()), limits)  # noqa: S301 - comes from our own process
    except (EOFError, ConnectionError):
        return


def _connection(handle: int) -> Any:
    if sys.platform == "win32":
        from multiprocessing.connection import PipeConnection

        return PipeConnection(handle)
    return Connection(handle)


def _end_with_parent() -> None:
    """Standard input is a pipe that only the parent holds open: its end is the parent's end. Ctrl-C is the parent's."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_wait_for_the_end, daemon=True).start()


def _wait_for_the_end() -> None:
    while os.read(0, 1):
        pass
    os._exit(1)


def _silence() -> None:
    """Decoders write remarks and rubbish to standard error; what matters comes as an answer."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _loaded(connection: Any) -> tuple[Callable[[Any], Any], AnalysisLimits]:
    task, limits = pickle.loads(connection.recv_bytes())  # noqa: S301 - comes from our own process
    from py_image_dedup.analysis.analyse import analyse_file  # noqa: F401 - what most tasks need
    from py_image_dedup.analysis.decoders import prepare_decoders

    prepare_decoders(limits)
    gc.freeze()
    gc.enable()
    return task, limits


def _not_ready(error: Exception) -> NotReady:
    return NotReady(f"{type(error).__name__}: {error}")


def _bound_memory(memory_bytes: int) -> None:
    """More address space than this raises MemoryError; a crash leaves no core file. Systems without it do without."""
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    except (ValueError, OSError):
        return


def _answer(connection: Any, task: Callable[[Any], Any], item: Any, limits: AnalysisLimits) -> None:
    _set_alarm(limits.timeout_s + _ALARM_GRACE_S)
    try:
        answer: Answer = Done(task(item))
    except MemoryError:
        answer = WorkerFailure(UnreadableKind.OUT_OF_MEMORY, "The picture needs more memory than a worker may have.")
    except Exception as error:  # noqa: BLE001 - told to the parent, where it becomes the item's failure
        reason = f"The decoder failed unexpectedly: {type(error).__name__}: {error}"
        answer = WorkerFailure(UnreadableKind.WORKER_DIED, reason)
    _set_alarm(0)
    _send(connection, answer)


def _set_alarm(seconds: float) -> None:
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _send(connection: Any, answer: Answer | int) -> None:
    connection.send_bytes(pickle.dumps(answer))
