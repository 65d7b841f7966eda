"""watchdog's inotify observer, which also tells of what watchdog keeps to itself.

watchdog 7 logs an overflow of the kernel's queue and passes over folders that the watch limit leaves unwatched; both
mean that changes are missed, so both are caught here where its reader meets them. One observer and one queue a root.
A root that is a symbolic link is followed, as a walk follows it: watchdog would watch the link, which never changes.
"""

import errno
import os
from dataclasses import dataclass

from watchdog.observers.api import BaseObserver
from watchdog.observers.inotify import InotifyEmitter
from watchdog.observers.inotify_c import (
    CallbackId,
    InotifyConstants,
    InotifyEvent,
    InotifyFD,
    Mask,
    WatchCallback,
    WatchDescriptor,
)

from py_image_dedup.faces.daemon.events import HEARD, ChangeHandler

_LIMITS = frozenset({errno.ENOSPC, errno.EMFILE, errno.ENOMEM})


@dataclass(slots=True)
class Losses:
    """What the reader met; written by its thread, read by the supervisor."""

    overflows: int = 0
    unwatched: str = ""  # the system's words, where a folder could not be watched


class InotifyReader(InotifyFD):
    """watchdog's reader of one inotify queue."""

    def __init__(self, root: str, losses: Losses, handler: ChangeHandler) -> None:
        super().__init__()
        self._root = os.fsencode(root)
        self._losses = losses
        self._handler = handler

    def handle_event(self, event: InotifyEvent) -> None:
        """Note an overflow before watchdog arms its watches anew."""
        if event.is_queue_overflow:
            self._losses.overflows += 1
        super().handle_event(event)

    def add_callback(self, path: bytes, mask: Mask, callback: WatchCallback, id_: CallbackId) -> WatchDescriptor:
        """Note what a limit leaves unwatched. What the program has put aside is not watched: a folder for every run."""
        if path == self._root:
            mask = Mask(mask & ~InotifyConstants.IN_DONT_FOLLOW)
        elif not self._handler.watches(os.fsdecode(path)):
            raise OSError(errno.EPERM, "a folder in one of the program's own")
        try:
            return super().add_callback(path, mask, callback, id_)
        except OSError as error:
            if error.errno in _LIMITS:
                self._losses.unwatched = error.strerror or str(error)
            raise


class InotifyObserver(BaseObserver):
    """Watches one root. Starting raises OSError where that is not possible."""

    def __init__(self, root: str, handler: ChangeHandler, *, recursive: bool) -> None:
        self.losses = Losses()
        self.reader = InotifyReader(root, self.losses, handler)
        super().__init__(InotifyEmitter, inotify_fd=self.reader)
        self.schedule(handler, root, recursive=recursive, event_filter=HEARD)

    def start(self) -> None:
        """Start to watch; nothing is left running where that fails."""
        self.reader.start()
        try:
            super().start()
        except BaseException:
            self.reader.stop()
            raise

    def is_alive(self) -> bool:
        """Whether every thread that a change passes through is at work."""
        return super().is_alive() and self.reader.is_alive() and all(e.is_alive() for e in self.emitters)

    def on_thread_stop(self) -> None:
        """Take the reader along."""
        super().on_thread_stop()
        self.reader.stop()
