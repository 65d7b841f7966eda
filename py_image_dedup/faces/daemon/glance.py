"""Looks at a folder that may hang: a share whose server is away holds whoever asks, for minutes or for ever."""

import errno
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any, ClassVar, Generic, NoReturn, TypeVar

PATIENCE_S = 0.5  # for a look that is not the first; nobody else should wait for it
SILENT_S = 10.0  # a disk that spins up takes up to 8 s

_Seen = TypeVar("_Seen")


@dataclass(slots=True)
class _Look(Generic[_Seen]):
    """One look."""

    look: Callable[[], _Seen]
    started_s: float = field(default_factory=time.monotonic)
    answer: Callable[[], _Seen] | None = None
    _ended: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Look, and keep the answer."""
        try:
            seen = self.look()
        except Exception as error:  # noqa: BLE001 - raised where the look is taken
            self.answer = _raising(error)
        else:
            self.answer = lambda: seen

    def end(self) -> None:
        """Whoever waits may go on."""
        self._ended.set()

    @property
    def age_s(self) -> float:
        """How long ago it began."""
        return time.monotonic() - self.started_s

    def wait(self, patience_s: float) -> None:
        """Until it has ended, or is so old."""
        self._ended.wait(max(0.0, patience_s - self.age_s))


class _Looker(threading.Thread):
    """Looks for whoever asks; one that hangs takes its thread along, so there are as many as hang, and one more.

    A new thread for every look, once a second and root, would spread malloc over its arenas.
    """

    idle: ClassVar[deque["_Looker"]] = deque()

    def __init__(self) -> None:
        super().__init__(name="looker", daemon=True)
        self._looks: SimpleQueue[_Look[Any]] = SimpleQueue()

    @classmethod
    def look(cls, look: _Look[Any]) -> None:
        """Have it done by one that is idle, or by a new one."""
        try:
            looker = cls.idle.pop()
        except IndexError:
            looker = cls()
            looker.start()
        looker._looks.put(look)

    def run(self) -> None:
        """For ever: the thread ends with its process."""
        while True:
            look = self._looks.get()
            look.run()
            self.idle.append(self)
            look.end()


class Glance(Generic[_Seen]):
    """Looks again and again at one place: `take` never waits long."""

    def __init__(self, look: Callable[[], _Seen]) -> None:
        self._look = look
        self._last: Callable[[], _Seen] | None = None
        self._now: _Look[_Seen] | None = None

    def begin(self) -> _Look[_Seen]:
        """Look now, for `take` later; does not wait."""
        if self._now is None:
            self._now = _Look(self._look)
            _Looker.look(self._now)
        return self._now

    def take(self) -> _Seen:
        """What the look gives or raises; while it takes its time what the last one gave; TimeoutError after 10 s."""
        now = self.begin()
        now.wait(SILENT_S if self._last is None else PATIENCE_S)
        if now.answer is not None:
            self._last, self._now = now.answer, None
        elif now.age_s >= SILENT_S:
            self._last = _raising(TimeoutError(errno.ETIMEDOUT, "it does not answer"))
        assert self._last is not None
        return self._last()


def _raising(error: Exception) -> Callable[[], NoReturn]:
    def answer() -> NoReturn:
        raise error

    return answer
