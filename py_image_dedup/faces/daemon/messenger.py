"""Tells digests to a webhook and to a command, each from a thread of its own: a run never waits for either.

At most one in `interval_s`; what comes meanwhile is told together. One that was not taken is told again a little later,
to the one that did not take it.
"""

import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from urllib.error import URLError

from py_image_dedup.faces.daemon.digest import Digest
from py_image_dedup.faces.daemon.health import Health, Problem

WEBHOOK_TIMEOUT_S = 10.0
COMMAND_TIMEOUT_S = 60.0
RETRY_S = 20.0
HEADERS = {"Content-Type": "application/json", "User-Agent": "py-image-dedup"}

Channel = Callable[[str], None]


class NotTold(Exception):
    """A channel did not take the digest; one sentence."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """POST with a JSON body."""

    url: str

    def __call__(self, text: str) -> None:
        """Send; raises NotTold."""
        if not self.url.startswith(("http://", "https://")):
            raise NotTold("notification.webhook is no http or https address.")
        try:
            request = urllib.request.Request(self.url, text.encode(), HEADERS)  # noqa: S310 - the scheme was looked at
            with urllib.request.urlopen(request, timeout=WEBHOOK_TIMEOUT_S):  # noqa: S310
                pass
        except (URLError, OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise NotTold(f"The webhook did not take the digest ({reason}).") from None


@dataclass(frozen=True, slots=True)
class Command:
    """A program that gets the JSON on its standard input."""

    words: tuple[str, ...]

    def __call__(self, text: str) -> None:
        """Run it to its end; raises NotTold."""
        try:
            done = subprocess.run(
                self.words, input=text.encode(), timeout=COMMAND_TIMEOUT_S, stdout=subprocess.DEVNULL, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NotTold(f"The notification command failed ({error}).") from None
        if done.returncode:
            raise NotTold(f"The notification command ended with status {done.returncode}.")


class Messenger:
    """Tells each channel by itself: one that hangs or refuses takes nothing from the others. `tell` returns at once."""

    def __init__(
        self, channels: tuple[Channel, ...], interval_s: float, health: Health, failed: Callable[[], None]
    ) -> None:
        self._health = health
        self._failed = failed
        self._tellers = [
            Teller(channel, interval_s, partial(self._ended, str(number))) for number, channel in enumerate(channels)
        ]

    def start(self) -> None:
        """From now on what is told is sent."""
        for teller in self._tellers:
            teller.start()

    def tell(self, digest: Digest) -> None:
        """Take a digest of a run that had news."""
        for teller in self._tellers:
            teller.tell(digest)

    def _ended(self, channel: str, reason: str | None) -> None:
        self._health.note(Problem.NOTIFICATION, reason, channel)
        if reason is not None:
            self._failed()


class Teller(threading.Thread):
    """The thread of one channel. `ended` hears after each try why it failed, None where it did not."""

    def __init__(self, channel: Channel, interval_s: float, ended: Callable[[str | None], None]) -> None:
        super().__init__(name="messenger", daemon=True)
        self._channel = channel
        self._interval_s = interval_s
        self._ended = ended
        self._condition = threading.Condition()
        self._waiting: Digest | None = None
        self._next_s = 0.0

    def tell(self, digest: Digest) -> None:
        """Take a digest."""
        with self._condition:
            self._waiting = digest if self._waiting is None else self._waiting.then(digest)
            self._condition.notify_all()

    def run(self) -> None:
        """For ever: the thread ends with its process."""
        while True:
            self._send(self._next())

    def _next(self) -> Digest:
        with self._condition:
            while self._waiting is None or (pause_s := self._next_s - time.monotonic()) > 0:
                self._condition.wait(None if self._waiting is None else pause_s)
            digest, self._waiting = self._waiting, None
            return digest

    def _send(self, digest: Digest) -> None:
        self._next_s = time.monotonic() + self._interval_s
        reason = _told(self._channel, digest)
        if reason is not None:
            self._again(digest)
        self._ended(reason)

    def _again(self, digest: Digest) -> None:
        self._next_s = time.monotonic() + min(RETRY_S, self._interval_s or RETRY_S)
        with self._condition:
            self._waiting = digest if self._waiting is None else digest.then(self._waiting)


def _told(channel: Channel, digest: Digest) -> str | None:
    try:
        channel(digest.to_json())
    except NotTold as error:
        return str(error)
    return None
