"""What has changed since the last run, collected until nothing has changed for a while.

Watchers put, the loop takes. Only the number of changed paths matters to a run, which looks at everything anyway; so
however many events come, memory is bounded and nothing has to be replayed.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

MOST_PATHS = 10_000  # paths remembered to tell files from events; further events count singly
LONGEST_QUIETS = 10  # a stream of changes that never pauses is looked at after so many settle times


@dataclass(frozen=True, slots=True)
class Settled:
    """What a run is for."""

    files: int  # changed paths, about: beyond MOST_PATHS every event counts
    reasons: tuple[str, ...]  # sentences, where a whole root has to be looked at again


@dataclass(frozen=True, slots=True)
class Waiting:
    """What has not been taken yet."""

    files: int
    age_s: float  # since the first of it; 0 where there is nothing


class Changes:
    """Thread-safe. `wait` returns when something has changed and then `quiet_s` have passed without a change."""

    def __init__(self, quiet_s: float, now: Callable[[], float] = time.monotonic) -> None:
        self._quiet_s = quiet_s
        self._now = now
        self._condition = threading.Condition()
        self._paths: set[str] = set()
        self._beyond = 0
        self._reasons: dict[str, None] = {}
        self._first_s = 0.0
        self._last_s = 0.0

    def changed(self, path: str) -> None:
        """One path was made, changed, moved or removed."""
        with self._condition:
            self._stamp()
            if len(self._paths) < MOST_PATHS:
                self._paths.add(path)
            elif path not in self._paths:
                self._beyond += 1

    def look_again(self, reason: str) -> None:
        """Events may have been lost: everything has to be looked at."""
        with self._condition:
            self._stamp()
            self._reasons[reason] = None

    def wait(self, timeout_s: float) -> Settled | None:
        """What has settled, which is then taken; None if nothing did within `timeout_s`."""
        ends_s = self._now() + timeout_s
        with self._condition:
            while (pause_s := self._due_in_s()) is None or pause_s > 0:
                left_s = ends_s - self._now()
                if left_s <= 0:
                    return None
                self._condition.wait(left_s if pause_s is None else min(left_s, pause_s))
            return self._take()

    def waiting(self) -> Waiting:
        """How much waits, and for how long."""
        with self._condition:
            age_s = self._now() - self._first_s if self._is_dirty() else 0.0
            return Waiting(len(self._paths) + self._beyond, age_s)

    def _is_dirty(self) -> bool:
        return bool(self._paths or self._reasons)

    def _stamp(self) -> None:
        self._last_s = self._now()
        if not self._is_dirty():
            self._first_s = self._last_s
            self._condition.notify_all()

    def _due_in_s(self) -> float | None:
        if not self._is_dirty():
            return None
        due_s = min(self._last_s + self._quiet_s, self._first_s + LONGEST_QUIETS * self._quiet_s)
        return due_s - self._now()

    def _take(self) -> Settled:
        taken = Settled(len(self._paths) + self._beyond, tuple(self._reasons))
        self._paths.clear()
        self._reasons.clear()
        self._beyond = 0
        return taken
