"""Threads that look after the others: one at watches every second and at the ground every few, which must not stand
still; one for what may take minutes. They work while a run does, so that a long first run hides nothing."""

import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from py_image_dedup.faces.daemon.health import Health, Problem

BEAT = "supervisor"
TICK_S = 0.5


@dataclass(slots=True)
class Duty:
    """Something done again and again. One that raises is done again at its next time."""

    name: str
    every_s: float
    act: Callable[[], None]
    due_s: float = 0.0  # of the monotonic clock; 0: at once


class Supervisor(threading.Thread):
    """Does its duties until it is told to end; with a `beat` its standing still is a problem."""

    def __init__(self, duties: Sequence[Duty], health: Health, say: Callable[[str], None], beat: str = "") -> None:
        super().__init__(name=beat or "slow supervisor", daemon=True)
        self._duties = duties
        self._health = health
        self._say = say
        self._beat = beat
        self._ended = threading.Event()

    def run(self) -> None:
        """Until `end`."""
        while not self._ended.wait(TICK_S):
            if self._beat:
                self._health.beat(self._beat)
            for duty in self._duties:
                if duty.due_s <= time.monotonic() and not self._ended.is_set():
                    self._do(duty)

    def end(self, patience_s: float) -> None:
        """Stop, and wait so long for the duty in hand."""
        self._ended.set()
        if self.is_alive():
            self.join(patience_s)

    def _do(self, duty: Duty) -> None:
        try:
            duty.act()
        except Exception as error:  # noqa: BLE001 - the supervisor must outlive whatever it looks at
            self._say("".join(traceback.format_exception(error)))
            self._health.note(Problem.WATCHER, f"The duty {duty.name} failed ({error}).", duty.name)
        else:
            self._health.note(Problem.WATCHER, None, duty.name)
        duty.due_s = time.monotonic() + duty.every_s
