"""What systemd hears: READY=1, STATUS=..., WATCHDOG=1, STOPPING=1, as datagrams to $NOTIFY_SOCKET (sd_notify(3))."""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress


class ServiceManager:
    """Tells the service manager that started us; nobody where there is none."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        name = environ.get("NOTIFY_SOCKET", "")
        self._address = "\0" + name[1:] if name.startswith("@") else name
        watches_us = environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self._watchdog_us = int(environ.get("WATCHDOG_USEC") or 0) if watches_us else 0

    @property
    def watchdog_every_s(self) -> float | None:
        """How often a sign of life is expected, halved as sd_watchdog_enabled(3) asks; None where none is."""
        return self._watchdog_us / 2e6 if self._watchdog_us else None

    def tell(self, state: str) -> None:
        """Send one state, for example "READY=1"."""
        if not self._address:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
            out.sendto(state.encode(), self._address)
