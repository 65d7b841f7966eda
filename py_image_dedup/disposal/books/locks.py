"""Who may act: one process a state directory, and one a volume's quarantine (also from another host on a share).

A lock is an flock: it dies with its process. What is written into the file only tells people who holds it.
"""

import fcntl
import json
import os
import socket
import sys
from types import TracebackType
from typing import Self

from py_image_dedup.model.errors import LockHeld
from py_image_dedup.model.ports import Clock

NAME = "lock"
_BOOT_ID = "/proc/sys/kernel/random/boot_id"


def whoami(clock: Clock) -> str:
    """This process, for the message that another one shows."""
    return json.dumps(
        {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "boot": _boot_id(),
            "program": os.path.basename(sys.argv[0]) or "python",
            "since_s": clock.now_ns() // 1_000_000_000,
        }
    )


def describe(text: str) -> str:
    """What `whoami` wrote, as words; robust against anything, since it may be read while it is written."""
    try:
        value = json.loads(text)
        return f"process {int(value['pid'])} on {value['host']!s} ({value['program']!s})"
    except (ValueError, KeyError, TypeError):
        return "another process"


class StateLock:
    """The lock of a state directory; may be entered again by its holder."""

    def __init__(self, path: str, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._descriptor: int | None = None
        self._depth = 0

    @property
    def is_held(self) -> bool:
        """Whether this object holds the lock."""
        return self._depth > 0

    def __enter__(self) -> Self:
        if self._depth == 0:
            self._descriptor = self._take()
        self._depth += 1
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._depth -= 1
        if self._depth == 0 and self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _take(self) -> int:
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = describe(os.pread(descriptor, 4096, 0).decode("utf-8", "replace"))
            os.close(descriptor)
            raise LockHeld(
                f"{holder} is at work on {os.path.dirname(self._path)}. Wait until it has finished, or stop it; "
                "then start again."
            ) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, whoami(self._clock).encode(), 0)
        return descriptor


def _boot_id() -> str:
    try:
        with open(_BOOT_ID, encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""
