"""watchdog's events, made into changes: which count, which kind they are, and that no error ends the watching."""

import os
import threading
from typing import Protocol

from watchdog.events import (
    EVENT_TYPE_CREATED,
    EVENT_TYPE_DELETED,
    EVENT_TYPE_MODIFIED,
    EVENT_TYPE_MOVED,
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)

from py_image_dedup.faces.daemon.scope import Scope
from py_image_dedup.faces.daemon.settle import Changes

# Opening and closing without writing are left out: our own workers read every file.
HEARD: list[type[FileSystemEvent]] = [
    FileCreatedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileDeletedEvent,
    FileClosedEvent,
    DirCreatedEvent,
    DirMovedEvent,
    DirDeletedEvent,
]
COUNTED = (EVENT_TYPE_CREATED, EVENT_TYPE_MODIFIED, EVENT_TYPE_MOVED, EVENT_TYPE_DELETED)


class WatchListener(Protocol):
    """Hears how the watching goes."""

    def file_event(self, kind: str) -> None:
        """A file that counts was "created", "modified", "moved" or "deleted"."""
        ...

    def handler_failed(self, error: Exception) -> None:
        """An event could not be handled."""
        ...

    def overflowed(self, root: str) -> None:
        """The kernel lost events of this root."""
        ...

    def watcher_restarted(self, root: str) -> None:
        """A thread that watches this root had died."""
        ...

    def said(self, sentence: str) -> None:
        """A sentence for the user."""
        ...


class ChangeHandler(FileSystemEventHandler):
    """Puts what counts into `Changes`. watchdog's thread ends with the first exception, so none leaves this class."""

    def __init__(self, root: str, scope: Scope, changes: Changes, listener: WatchListener) -> None:
        self.events = 0  # of any kind; whether the kernel tells anything at all
        self._root = root
        self._scope = scope
        self._changes = changes
        self._listener = listener
        self._cookie = ""
        self._cookie_seen = threading.Event()

    def dispatch(self, event: FileSystemEvent) -> None:
        """Take one event; called in watchdog's thread."""
        self.events += 1
        try:
            self._take(event)
        except Exception as error:  # noqa: BLE001 - whatever it was, watching goes on and the root is looked at again
            self._changes.look_again(f"an event below {self._root} could not be handled ({error})")
            self._listener.handler_failed(error)

    def watches(self, folder: str) -> bool:
        """Whether a folder is to be watched: not below one of the program's own, which is watched for the cookie."""
        return self._scope.enters(os.path.dirname(folder))

    def expect(self, cookie: str) -> threading.Event:
        """An event object that is set as soon as anything is heard of the path `cookie`."""
        self._cookie_seen.clear()
        self._cookie = cookie
        return self._cookie_seen

    def _take(self, event: FileSystemEvent) -> None:
        paths = [os.fsdecode(path) for path in (event.src_path, event.dest_path) if path]
        if self._cookie in paths:
            self._cookie_seen.set()
        wanted = self._scope.enters if event.is_directory else self._scope.counts
        told = [path for path in paths if wanted(path)]
        if told and not event.is_directory and event.event_type in COUNTED:
            self._listener.file_event(event.event_type)
        for path in told:
            self._changes.changed(path)
