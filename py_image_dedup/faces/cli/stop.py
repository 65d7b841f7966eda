"""Ctrl-C and SIGTERM: at once while nothing is being changed, after the step in hand while files are moved."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from py_image_dedup.model.errors import Stopped

SIGNALS = (signal.SIGINT, signal.SIGTERM)
SAFE_TO_START_AGAIN = "Stopped. Everything finished so far is kept; it is safe to start again."


class StopSwitch:
    """Called, it says whether the user asked to stop."""

    def __init__(self) -> None:
        self._asked = False
        self._holding = False

    def __call__(self) -> bool:
        """Whether to stop after the step in hand."""
        return self._asked

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Receive the signals; give them back at the end."""
        before = {number: signal.signal(number, self._on_signal) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Inside, a signal is only remembered, so that the step in hand is finished."""
        self._holding = True
        try:
            yield
        finally:
            self._holding = False

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._asked = True
        if not self._holding:
            raise Stopped(SAFE_TO_START_AGAIN)
