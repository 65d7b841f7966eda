"""A stop that keeps its word where the system does not: after four seconds the process ends within the step in hand.

A copy to a slow volume takes its time, and a dead share holds the main thread in the system, where no handler of a
signal runs. Such an end is that of a kill, which every act survives: the next start finishes it or takes it back.
"""

import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

GRACE_S = 4.0  # five seconds are promised
SAID = (
    "Stopped within a step that takes long. It is safe to start again: the next start finishes it or takes it back.\n"
)


@contextmanager
def last_resort(signals: tuple[int, ...], grace_s: float = GRACE_S) -> Iterator[None]:
    """Inside, the process lives no longer than `grace_s` after one of the signals. For the main thread."""
    hears, told = socket.socketpair()
    told.settimeout(0)
    before = signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)  # written to before any handler runs
    threading.Thread(target=_watch, args=(hears, frozenset(signals), grace_s), name="last resort", daemon=True).start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        told.close()


def _watch(hears: socket.socket, signals: frozenset[int], grace_s: float) -> None:
    while numbers := hears.recv(16):
        if signals.intersection(numbers):
            threading.Event().wait(grace_s)
            os.write(sys.stdout.fileno(), SAID.encode())
            os._exit(0)
