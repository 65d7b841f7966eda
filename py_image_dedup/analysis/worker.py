"""Inside a worker process: one item after the other, answers through a pipe.

The parent may kill this process at any time; it ends by itself when the parent is gone. Imports are few here: what the
task needs comes with the task.
"""

import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from py_image_dedup.analysis.limits import AnalysisLimits
from py_image_dedup.model.images import UnreadableKind

# A worker whose parent was killed while it hangs in native code is ended by the system, so long after its time.
_ALARM_GRACE_S = 15


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


Answer = Done | WorkerFailure | Ready | NotReady


def serve(handle: int) -> None:
    """Run in the child: `handle` is this side of the pipe. First comes (task, limits), then items; EOF ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    connection = _connection(handle)
    try:
        task, limits = _prepared(connection)
    except (ImportError, AttributeError, pickle.UnpicklingError) as error:
        _send(connection, NotReady(f"{type(error).__name__}: {error}"))
        return
    _send(connection, Ready())
    _silence()
    try:
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
    """Standard input is a pipe that only the parent holds open: its end is the parent's end."""
    while os.read(0, 1):
        pass
    os._exit(1)


def _silence() -> None:
    """Decoders write remarks and rubbish to standard error; what matters comes as an answer."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _prepared(connection: Any) -> tuple[Callable[[Any], Any], AnalysisLimits]:
    task, limits = pickle.loads(connection.recv_bytes())  # noqa: S301 - comes from our own process
    from py_image_dedup.analysis.decoders import prepare_decoders

    prepare_decoders(limits)
    _bound_memory(limits.memory_bytes)
    return task, limits


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


def _send(connection: Any, answer: Answer) -> None:
    connection.send_bytes(pickle.dumps(answer))
