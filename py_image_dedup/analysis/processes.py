"""How worker processes come to be, and how they end.

On Linux one fresh process, the nursery, loads the libraries and then forks itself for every worker: two workers cost
the loading of one (0.2 s of processor time), and one that died is replaced within milliseconds. The nursery has no
threads, which is what makes forking it safe. Elsewhere every worker is a fresh process.
"""

import json
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Pipe
from multiprocessing.reduction import send_handle
from typing import Any, Protocol

from py_image_dedup.analysis.worker import End, Fork, NotReady, serve, tend
from py_image_dedup.model.errors import DedupError

START_TIMEOUT_S = 120.0
# Loading makes objects that stay; garbage is looked for once that is done (`worker`).
_START = (
    "import gc; gc.disable(); import json, sys; sys.path[:] = json.loads(sys.argv[3]); "
    "from py_image_dedup.analysis import worker; getattr(worker, sys.argv[1])(int(sys.argv[2]))"
)
# Native libraries start a thread a core when they are loaded, each with memory of its own.
_ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
# glibc gives back what was freed at the end of the heap, and arrays of a megabyte or two come again a moment later:
# 600 pages a question among a million pictures, a quarter of its time. One heap, since threads only wait for a disk.
_MALLOC = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": str(8 << 20), "MALLOC_TRIM_THRESHOLD_": str(16 << 20)}
_NURSERY_GRACE_S = 2.0


class Process(Protocol):
    """A worker process, from outside."""

    @property
    def connection(self) -> Any:
        """Our end of the pipe to it."""

    def kill(self) -> None:
        """Send it away at once; it still has to be ended."""

    def end(self, grace_s: float) -> int:
        """Wait for its end, and kill it where that takes longer; the exit status, negative for a signal."""


class Source(Protocol):
    """Where worker processes come from."""

    def start(self) -> Process:
        """One more. Raises `DedupError` where there can be none."""

    def close(self) -> None:
        """To be called when all workers have ended."""


def source_of_workers(setup: bytes) -> Source:
    """`setup` is the pickled (task, limits) with which every worker begins."""
    return Nursery(setup) if sys.platform == "linux" else FreshProcesses(setup)


class FreshProcesses:
    """Each worker is an interpreter of its own."""

    def __init__(self, setup: bytes) -> None:
        self._setup = setup

    def start(self) -> Process:
        """As `Source` says."""
        return _Interpreter(serve, self._setup)

    def close(self) -> None:
        """Nothing is left."""


class _Interpreter:
    """A fresh process that runs a function of the module `worker`, told its setup first."""

    def __init__(self, function: Callable[[int], None], setup: bytes) -> None:
        self.connection, theirs = Pipe(duplex=True)
        self._process = _spawned(function.__name__, theirs.fileno())
        theirs.close()
        with suppress(ConnectionError):  # it has died meanwhile, which is found out where its answers are read
            self.connection.send_bytes(setup)

    def kill(self) -> None:
        self._process.kill()

    def end(self, grace_s: float) -> int:
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            return self._process.wait(grace_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


class Nursery:
    """One process with everything loaded, which forks itself for each worker and tells how each ended."""

    def __init__(self, setup: bytes) -> None:
        self._setup = setup
        self._home: _Interpreter | None = None
        self._is_loaded = False

    def start(self) -> Process:
        """As `Source` says; the nursery itself starts with its first worker."""
        if self._home is None:
            self._home = _Interpreter(tend, self._setup)
        ours, theirs = Pipe(duplex=True)
        answer = self._asked(Fork(), theirs.fileno())
        theirs.close()
        if not isinstance(answer, int):
            ours.close()
            why = answer.reason if isinstance(answer, NotReady) else "the process that starts them has ended"
            raise DedupError(f"Worker processes cannot be started: {why}.")
        return _Forked(self, answer, ours)

    def ended(self, pid: int, grace_s: float) -> int:
        """The exit status of a worker that has ended, or was killed because it did not within `grace_s`."""
        status = self._asked(End(pid, grace_s))
        return status if isinstance(status, int) else -signal.SIGKILL

    def close(self) -> None:
        """As `Source` says."""
        if self._home is not None:
            self._home.connection.close()
            if not self._is_loaded:  # it would load its libraries to the end before it listens
                self._home.kill()
            self._home.end(_NURSERY_GRACE_S)
            self._home = None

    def _asked(self, question: Fork | End, handle: int | None = None) -> int | NotReady | None:
        """Its answer; None where it is gone or does not answer."""
        assert self._home is not None
        connection = self._home.connection
        try:
            connection.send_bytes(pickle.dumps(question))
            if handle is not None:
                send_handle(connection, handle, 0)
            answer: int | NotReady | None = None
            if connection.poll(START_TIMEOUT_S):
                self._is_loaded = True
                answer = pickle.loads(connection.recv_bytes())  # noqa: S301 - comes from our own process
        except (EOFError, ConnectionError):
            return None
        return answer


class _Forked:
    """A worker that the nursery forked. Its number stays its own until the nursery was asked how it ended."""

    def __init__(self, nursery: Nursery, pid: int, connection: Any) -> None:
        self.connection = connection
        self._nursery = nursery
        self._pid = pid

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)

    def end(self, grace_s: float) -> int:
        return self._nursery.ended(self._pid, grace_s)


def _spawned(function: str, handle: int) -> subprocess.Popen[bytes]:
    """An interpreter that inherits nothing but `handle` and its standard streams, out of reach of a Ctrl-C."""
    options: dict[str, Any] = {"pass_fds": [handle], "process_group": 0}
    if sys.platform == "win32":
        os.set_handle_inheritable(handle, True)  # noqa: FBT003 - has no name
        options = {"close_fds": False, "creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    command = [sys.executable, "-c", _START, function, str(handle), json.dumps(sys.path)]
    environment = os.environ | _ONE_THREAD | _MALLOC
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=environment, **options)
