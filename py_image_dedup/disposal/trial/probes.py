"""What a volume can do, found out by trying it with files of our own in a folder of our own."""

import ctypes
import errno
import os
import select
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from py_image_dedup.disposal.volume.fsops import FileOps
from py_image_dedup.model.findings import Finding, Grade
from py_image_dedup.model.plans import LINK_WAYS, Way
from py_image_dedup.model.selftest import WayTold

RESERVE_BYTES = 1 << 30
ODD_NS = 1_500_000_000_123_456_789
EVENT_WAIT_S = 2.0
_IN_CREATE = 0x100
_GRAINS = ((1, "1 ns"), (100, "100 ns"), (1_000, "1 us"), (1_000_000, "1 ms"), (10**9, "1 s"), (2 * 10**9, "2 s"))


@dataclass(slots=True)
class Probes:
    """Tries a volume out. `folder` is open, empty and ours; what is made in it is removed by the caller."""

    ops: FileOps
    folder: int
    can: dict[str, bool] = field(default_factory=dict)
    _made: int = 0

    def findings(self) -> Iterator[Finding]:
        """A finding for each question, in an order in which they can be read."""
        for question, ask in self._questions():
            try:
                grade, sentence = ask()
            except OSError as error:
                grade, sentence = Grade.FAILING, f"it cannot be told: {error.strerror or error}"
            yield Finding(question, grade, sentence)

    def ways(self) -> tuple[WayTold, ...]:
        """Every way to remove, with the reason where this volume cannot carry it."""
        return tuple(WayTold(way, self._refusal(way)) for way in Way if way is not Way.MERGED)

    def _refusal(self, way: Way) -> str:
        if not self.can.get("sync", False):
            return "the volume cannot make changes durable"
        if not self.can.get("locks", False):
            return "the volume has no working locks"
        if not (self.can.get("rename", False) or self.can.get("link", False)):
            return "the volume can neither rename without replacing nor make hard links"
        needed = {Way.HARDLINK: "link", Way.SYMLINK: "symlink", Way.REFLINK: "clone"}.get(way)
        if way in LINK_WAYS and needed and not self.can.get(needed, False):
            return "the volume has no links of this kind"
        return ""

    def _questions(self) -> tuple[tuple[str, Callable[[], tuple[Grade, str]]], ...]:
        return (
            ("rename", self._rename),
            ("hard links", self._hard_links),
            ("symbolic links", self._symbolic_links),
            ("reflinks", self._reflinks),
            ("case", self._case),
            ("normalisation", self._normalisation),
            ("names", self._names),
            ("time grain", self._time_grain),
            ("inodes", self._inodes),
            ("attributes", self._attributes),
            ("locks", self._locks),
            ("in use", self._in_use),
            ("events", self._events),
            ("sync", self._sync),
            ("space", self._space),
        )

    def _new(self, name: str = "") -> str:
        self._made += 1
        name = name or f"probe-{self._made:03}"
        self.ops.close(self.ops.create_file(self.folder, name))
        return name

    def _tried(self, what: str, call: Callable[[], object]) -> str:
        """Try a call and remember whether it can be had; the reason where not."""
        try:
            call()
        except OSError as error:
            self.can[what] = False
            return errno.errorcode.get(error.errno or 0, "no number")
        self.can[what] = True
        return ""

    def _rename(self) -> tuple[Grade, str]:
        one, other = self._new(), self._new()
        try:
            self.ops.rename_no_replace(self.folder, one, self.folder, other)
        except FileExistsError:
            self.can["rename"] = True
            return Grade.FINE, "renames without replacing"
        except OSError as error:
            self.can["rename"] = False
            code = errno.errorcode.get(error.errno or 0, "no number")
            return Grade.ATTENTION, f"cannot rename without replacing ({code}); files go by folders of their own"
        self.can["rename"] = False
        return Grade.FAILING, "replaces a file although it was asked not to"

    def _hard_links(self) -> tuple[Grade, str]:
        one = self._new()
        refused = self._tried("link", lambda: self.ops.link(self.folder, one, self.folder, f"{one}-link"))
        if not refused:
            return Grade.FINE, "can be made"
        return Grade.FINE if self.can.get("rename") else Grade.FAILING, f"cannot be made ({refused})"

    def _symbolic_links(self) -> tuple[Grade, str]:
        refused = self._tried("symlink", lambda: self.ops.symlink("probe", self.folder, "probe-symlink"))
        return Grade.FINE, f"cannot be made ({refused})" if refused else "can be made"

    def _reflinks(self) -> tuple[Grade, str]:
        source, copy = (self.ops.create_file(self.folder, f"probe-clone-{n}") for n in (1, 2))
        try:
            self.ops.write(source, b"x" * 4096, 0)
            refused = self._tried("clone", lambda: self.ops.clone(source, copy))
        finally:
            self.ops.close(source)
            self.ops.close(copy)
        return Grade.FINE, f"cannot be made ({refused})" if refused else "can be made"

    def _case(self) -> tuple[Grade, str]:
        self._new("Probe-Case")
        folds = self.ops.stat_name(self.folder, "probe-case") is not None
        return Grade.FINE, "IMG.jpg and img.jpg are one file" if folds else "IMG.jpg and img.jpg are two files"

    def _normalisation(self) -> tuple[Grade, str]:
        composed, taken_apart = (unicodedata.normalize(form, "probe-\u00e9") for form in ("NFC", "NFD"))
        self._new(composed)
        if composed not in self.ops.names(self.folder):
            return Grade.ATTENTION, "gives names back in another form than they were given"
        one = self.ops.stat_name(self.folder, taken_apart) is not None
        return Grade.FINE, "both forms of an accented name are one file" if one else "names are kept byte for byte"

    def _names(self) -> tuple[Grade, str]:
        refused = [
            what
            for what, name in (
                ("255 bytes", "n" * 255),
                ("bytes that are no UTF-8", "probe-\udce9"),
                ("newline", "a\n"),
            )
            if self._tried("", lambda name=name: self._new(name))  # type: ignore[misc]
        ]
        return Grade.FINE, f"names of {', '.join(refused)} cannot be had" if refused else "every name can be had"

    def _time_grain(self) -> tuple[Grade, str]:
        descriptor = self.ops.open_file(self.folder, self._new())
        try:
            self.ops.set_times(descriptor, ODD_NS, ODD_NS)
            kept = self.ops.stat(descriptor).mtime_ns
        finally:
            self.ops.close(descriptor)
        grain = next((words for ns, words in _GRAINS if abs(ODD_NS - kept) < ns), "more than 2 s")
        fine = abs(ODD_NS - kept) < 2 * 10**9
        return Grade.FINE if fine else Grade.ATTENTION, f"times are kept to {grain}"

    def _inodes(self) -> tuple[Grade, str]:
        names = [self._new() for _ in range(20)]
        before = [self.ops.stat_name(self.folder, name) for name in names]
        after = [self.ops.stat_name(self.folder, name) for name in names]
        stable = all(one and one.is_same_file(other) for one, other in zip(before, after, strict=True))
        apart = len({one.inode for one in before if one}) == len(names)
        if stable and apart:
            return Grade.FINE, "inode numbers last"
        return Grade.ATTENTION, "inode numbers do not last; files are told by their content, which is slower"

    def _attributes(self) -> tuple[Grade, str]:
        descriptor = self.ops.open_file(self.folder, self._new())
        try:
            refused = self._tried("xattrs", lambda: self.ops.set_xattr(descriptor, "user.probe", b"1"))
        finally:
            self.ops.close(descriptor)
        return Grade.FINE, f"no extended attributes ({refused})" if refused else "extended attributes are kept"

    def _locks(self) -> tuple[Grade, str]:
        one, other = (self.ops.open_lock(self.folder, "probe-lock") for _ in range(2))
        try:
            self.can["locks"] = self.ops.try_lock(one) and not self.ops.try_lock(other)
        finally:
            self.ops.close(one)
            self.ops.close(other)
        if self.can["locks"]:
            return Grade.FINE, "keep a second one out"
        return Grade.FAILING, "do not keep a second one out"

    def _in_use(self) -> tuple[Grade, str]:
        writer = self.ops.create_file(self.folder, "probe-written")
        reader = self.ops.open_file(self.folder, "probe-written")
        try:
            told = self.ops.is_written_elsewhere(reader)
        finally:
            self.ops.close(reader)
            self.ops.close(writer)
        if told:
            return Grade.FINE, "a file that is being written is noticed"
        return Grade.ATTENTION, "a file that is being written cannot be noticed; do not remove while files arrive"

    def _events(self) -> tuple[Grade, str]:
        heard = _hears(f"/proc/self/fd/{self.folder}", self._new)
        if heard:
            return Grade.FINE, "changes are told at once"
        return Grade.ATTENTION, "changes are not told; let the daemon poll (daemon.file_observer: polling)"

    def _sync(self) -> tuple[Grade, str]:
        descriptor, rounds = self.ops.create_file(self.folder, "probe-sync"), 10
        started_s = time.monotonic()
        try:
            for n in range(rounds):
                self.ops.write(descriptor, b"x", n)
                self.ops.sync(descriptor)
                self.ops.sync(self.folder)
        except OSError as error:
            self.can["sync"] = False
            return Grade.FAILING, f"changes cannot be made durable: {error.strerror}"
        finally:
            self.ops.close(descriptor)
        self.can["sync"] = True
        return (
            Grade.FINE,
            f"a file and its folder are durable after {(time.monotonic() - started_s) / rounds * 1e3:.1f} ms",
        )

    def _space(self) -> tuple[Grade, str]:
        space = self.ops.space(self.folder)
        little = space.free < min(RESERVE_BYTES, space.total // 100)
        sentence = f"{space.free / 2**30:,.1f} GiB of {space.total / 2**30:,.1f} GiB are free"
        return Grade.ATTENTION if little else Grade.FINE, sentence


def _hears(path: str, make: Callable[[], str]) -> bool:
    """Whether the kernel tells of a new file (inotify); False where there is no such call."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "inotify_init1"):
        return False
    descriptor = libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
    if descriptor < 0:
        return False
    try:
        if libc.inotify_add_watch(descriptor, os.fsencode(path), _IN_CREATE) < 0:
            return False
        make()
        ready, _, _ = select.select([descriptor], [], [], EVENT_WAIT_S)
        return bool(ready)
    finally:
        with suppress(OSError):
            os.close(descriptor)
