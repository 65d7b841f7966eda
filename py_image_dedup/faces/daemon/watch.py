"""One root under watch: by the kernel's events or by polling, restarted when it dies, waiting while the root is away.

Whatever may have been missed (overflow, dead thread, root that was away, mount that came or went) ends in
`Changes.look_again`: a run looks at everything and costs one `lstat` a file, so nothing has to be reconstructed here.
"""

import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, Protocol

from py_image_dedup.faces.daemon.cookie import cookie_comes_back
from py_image_dedup.faces.daemon.events import ChangeHandler, WatchListener
from py_image_dedup.faces.daemon.glance import Glance
from py_image_dedup.faces.daemon.limits import inotify_limits
from py_image_dedup.faces.daemon.polling import PollingObserver, never
from py_image_dedup.faces.daemon.scope import Mount, Scope
from py_image_dedup.faces.daemon.settle import Changes

DELIVERY_S = 1.0  # an event of the kernel takes less than this to arrive here
JOIN_S = 1.0


class Mode(Enum):
    """How changes of a root are noticed."""

    INOTIFY = "inotify"
    POLLING = "polling"
    AWAY = "away"


class Identity(NamedTuple):
    """Changes when another folder stands in the root's place, or another volume at or below it."""

    device: int
    inode: int
    mounts: tuple[Mount, ...]


class Observer(Protocol):
    """A running watchdog observer."""

    def stop(self) -> None:
        """Ask its threads to end."""
        ...

    def join(self, timeout: float | None = None) -> None:
        """Wait for its end."""
        ...

    def is_alive(self) -> bool:
        """Whether every thread of it is at work."""
        ...


class Losses(Protocol):
    """What the reader of a kernel queue met."""

    overflows: int
    unwatched: str


class KernelObserver(Observer, Protocol):
    """An observer of kernel events; it knows what it missed."""

    @property
    def losses(self) -> Losses:
        """Written by its thread."""
        ...


class Seen(NamedTuple):
    """A root as `compare` saw it: what was there, and how many events there had been."""

    digest: bytes = b""
    events: int = 0


StartInotify = Callable[[str, ChangeHandler, bool], KernelObserver]


@dataclass(frozen=True, slots=True)
class WatchParts:
    """What every watch works with."""

    scope: Scope
    changes: Changes
    listener: WatchListener
    wanted: Mode
    may_write: bool  # a cookie file may be put into a folder of ours below the root
    start_inotify: StartInotify
    busy: Callable[[], bool] = never  # a run is at work


class RootWatch:
    """Call `check` every second and `compare`, which may take minutes, in another thread. `mode` says how it stands."""

    def __init__(self, root: str, parts: WatchParts) -> None:
        self.root = root
        self.mode = Mode.AWAY
        self.fell_back = ""  # why it polls although inotify was wanted
        self._parts = parts
        self._observer: Observer | None = None
        self._kernel: KernelObserver | None = None  # the same one, where it is one
        self._handler: ChangeHandler | None = None
        self._identity: Identity | None = None
        self._was_watched = False
        self._overflows = 0
        self._seen = Seen()
        self._doubt = ""  # what `compare` found
        self._limits: tuple[str, ...] = ()  # of the kernel, when it fell back
        self._glance = Glance(self._identify)

    def check(self) -> None:
        """Bring the watch in line with what is there."""
        identity = self._look()
        if identity is None:
            self._leave()
        elif identity != self._identity:
            self._arrive(identity)
        elif not self.is_watched:
            self._restart(identity)
        elif self.fell_back and inotify_limits() != self._limits:
            self._rise(identity)
        else:
            self._heed_losses()

    def compare(self) -> None:
        """Doubt the kernel where files changed and it said nothing, or where it does not tell of our own cookie."""
        handler = self._handler
        if self.mode is not Mode.INOTIFY or handler is None:
            return
        digest = _digest(self._parts.scope, self.root)
        time.sleep(DELIVERY_S)
        before, now = self._seen, Seen(digest, handler.events)
        doubt = ""
        if before.digest not in {b"", digest} and before.events == now.events:
            doubt = "files changed and the kernel gave no event"
        elif self._parts.may_write and not cookie_comes_back(self.root, handler):
            doubt = "the kernel gave no event for a file of our own"
        if self._handler is handler:  # else it was started anew meanwhile
            self._seen, self._doubt = now, doubt

    def end(self) -> None:
        """Tell the threads to end, without waiting for them."""
        if self._observer is not None:
            self._observer.stop()

    def close(self, patience_s: float = JOIN_S) -> None:
        """Stop watching, and wait so long for the threads."""
        observer, self._observer = self._observer, None
        if observer is not None:
            observer.stop()
            observer.join(patience_s)

    @property
    def is_watched(self) -> bool:
        """Whether the root is there and every thread is at work."""
        return self._observer is not None and self._observer.is_alive()

    @property
    def walk_s(self) -> float:
        """What the last walk of a polled root took; 0 otherwise."""
        return self._observer.walk_s if isinstance(self._observer, PollingObserver) else 0.0

    def _look(self) -> Identity | None:
        try:
            return self._glance.take()
        except OSError:
            return None

    def _identify(self) -> Identity:
        status = os.stat(os.path.join(self.root, ""))
        return Identity(status.st_dev, status.st_ino, self._parts.scope.mounts(self.root))

    def _leave(self) -> None:
        if self._identity is None:
            return
        self.close()
        self.mode, self._identity = Mode.AWAY, None
        self._parts.listener.said(f"{self.root} is away or silent; it is watched again as soon as it is back.")
        self._parts.changes.look_again(f"{self.root} went away")

    def _arrive(self, identity: Identity) -> None:
        """Also where another folder or volume took its place: what was learnt about the old one is forgotten."""
        self.fell_back = ""
        self._start(identity)
        if self._was_watched:
            self._parts.changes.look_again(f"{self.root}, or a volume in it, was replaced or came back")
        self._was_watched = True

    def _restart(self, identity: Identity) -> None:
        self._start(identity)
        self._parts.listener.watcher_restarted(self.root)
        self._parts.changes.look_again(f"a thread watching {self.root} had died")

    def _rise(self, identity: Identity) -> None:
        """Somebody raised a limit: perhaps the kernel can be asked now."""
        self.fell_back = ""
        self._start(identity)
        self._parts.changes.look_again(f"{self.root} may be watched in another way")

    def _heed_losses(self) -> None:
        if self._kernel is None:
            return
        losses = self._kernel.losses
        if losses.overflows > self._overflows:
            self._overflows = losses.overflows
            self._parts.listener.overflowed(self.root)
            self._parts.changes.look_again(f"the kernel lost events of {self.root}")
        if losses.unwatched:
            self._fall_back(f"{losses.unwatched}; raise fs.inotify.max_user_watches")
        elif self._doubt:
            self._fall_back(self._doubt)

    def _fall_back(self, reason: str) -> None:
        """Poll this root from now on."""
        assert self._identity is not None
        self._tell_fall_back(reason)
        self._start(self._identity)
        self._parts.changes.look_again(f"{self.root} is watched in another way")

    def _tell_fall_back(self, reason: str) -> None:
        self.fell_back, self._limits = reason, inotify_limits()
        self._parts.listener.said(f"{self.root} is polled, since {reason}.")

    def _start(self, identity: Identity) -> None:
        self.close()
        self._identity, self._overflows, self._seen, self._doubt = identity, 0, Seen(), ""
        handler = ChangeHandler(self.root, self._parts.scope, self._parts.changes, self._parts.listener)
        mute = next((mount for mount in identity.mounts if not mount.tells_changes), None)
        if self._parts.wanted is Mode.INOTIFY and mute is not None and not self.fell_back:
            self._tell_fall_back(f"{mute.point} is a mount of type {mute.kind}, which tells no changes made elsewhere")
        self._handler = handler
        self._kernel = self._ask_kernel(handler)
        self._observer = self._kernel or self._polling(handler)
        self.mode = Mode.POLLING if self._kernel is None else Mode.INOTIFY
        if not self.fell_back:
            self._parts.listener.said(f"{self.root} is watched by {self.mode.value}.")

    def _ask_kernel(self, handler: ChangeHandler) -> KernelObserver | None:
        if self._parts.wanted is Mode.POLLING or self.fell_back:
            return None
        try:
            return self._parts.start_inotify(self.root, handler, self._parts.scope.recursive)
        except (OSError, ImportError) as error:
            self._tell_fall_back(f"inotify cannot be used ({error})")
        return None

    def _polling(self, handler: ChangeHandler) -> PollingObserver:
        observer = PollingObserver(self.root, handler, self._parts.scope.walk, self._parts.busy)
        observer.start()
        return observer


def start_inotify(root: str, handler: ChangeHandler, recursive: bool) -> KernelObserver:  # noqa: FBT001 - a plain callback
    """The kernel's events of one root. Raises OSError; ImportError where there is no inotify."""
    from py_image_dedup.faces.daemon.inotify import InotifyObserver

    observer = InotifyObserver(root, handler, recursive=recursive)
    observer.start()
    return observer


def _digest(scope: Scope, root: str) -> bytes:
    """Of everything a run would see below the root; 100,000 files would be 40 MB to remember."""
    seen = hashlib.blake2b(digest_size=16)
    for file in scope.walk(root).files:
        seen.update(os.fsencode(file.path))
        seen.update(b"%d %d %d\0" % (file.inode, file.size, file.mtime_ns))
    return seen.digest()
