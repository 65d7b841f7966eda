"""A file system in memory that behaves like the worst mounts, and remembers what a power loss may leave of it.

`Traits` says how bad: it folds case, normalises names, has coarse times, gives inode numbers that change with every
look, knows no rename without replacing, no hard links. Every change is a record; `sync` makes records durable;
`after_power_loss` gives a file system from the durable records and any chosen others. A rename is two records, of
which the loss of the old name needs the new name: no journal or disk may tear that.
"""

import errno
import os
import stat
import unicodedata
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace

from py_image_dedup.disposal.volume.fsops import FileStat, Space, Volume

ROOT = 1


@dataclass(frozen=True)
class Traits:
    folds_case: bool = False
    normalises: bool = False
    time_grain_ns: int = 1
    unstable_inodes: bool = False
    renames_exclusively: bool = True
    links: bool = True


@dataclass
class Node:
    kind: int
    device: int
    mode: int = 0o644
    data: bytes = b""
    entries: dict[str, tuple[str, int]] = field(default_factory=dict)  # by folded name: name as given, node number
    uid: int = 0
    gid: int = 0
    atime_ns: int = 0
    mtime_ns: int = 0
    ctime_ns: int = 0
    xattrs: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Record:
    """One change. `on` is the node whose sync makes it durable; `needs` another record without which it cannot be."""

    number: int
    kind: str  # add, remove, write, meta
    on: int
    name: str = ""
    node: int = 0
    offset: int = 0
    data: bytes = b""
    meta: tuple[tuple[str, object], ...] = ()
    needs: int | None = None


@dataclass(frozen=True)
class Sync:
    """A node was synced: its records so far are durable."""

    on: int


class FakeFiles:
    def __init__(self, traits: Traits = Traits(), space: Space = Space(1 << 40, 1 << 41)) -> None:  # noqa: B008
        self.traits = traits
        self.free = space
        self.nodes: dict[int, Node] = {ROOT: Node(stat.S_IFDIR, 1, 0o755)}
        self.log: list[Record | Sync] = []
        self.logging = False
        self.base: dict[int, Node] = {}
        self._handles: dict[int, int] = {}
        self._next_handle = 100
        self._next_node = ROOT + 1
        self._ticks = 1_600_000_000 * 10**9
        self._looks = 0
        self.locked: set[int] = set()

    # making and reading trees, for tests

    def start_logging(self) -> None:
        """From here on changes may be lost; everything so far is durable."""
        self.base, self.log, self.logging = deepcopy(self.nodes), [], True

    def make(self, path: str, content: bytes | None, *, device: int = 0, mtime_ns: int = 0) -> int:
        """A file, or with None a folder; parents are made. `device` makes a folder a mount point."""
        parent, name = self._parent(path)
        node = self._new(stat.S_IFREG if content is not None else stat.S_IFDIR, device or self.nodes[parent].device)
        self.nodes[node].data = content or b""
        self.nodes[node].mode = 0o644 if content is not None else 0o755
        self._record("add", parent, name=name, node=node)
        if mtime_ns:
            self.nodes[node].mtime_ns = self._coarse(mtime_ns)
        return node

    def make_link(self, path: str, text: str) -> None:
        parent, name = self._parent(path)
        node = self._new(stat.S_IFLNK, self.nodes[parent].device)
        self.nodes[node].data = os.fsencode(text)
        self._record("add", parent, name=name, node=node)

    def walk(self, top: str = "") -> Iterator[tuple[str, Node]]:
        """Every entry below a folder by path, links not followed."""
        start = self._resolve(top) if top else ROOT
        yield from self._walk(top, start)

    def _walk(self, path: str, number: int) -> Iterator[tuple[str, Node]]:
        for name, child in sorted(self.nodes[number].entries.values()):
            yield f"{path}/{name}", self.nodes[child]
            if self.nodes[child].kind == stat.S_IFDIR:
                yield from self._walk(f"{path}/{name}", child)

    def lookup(self, path: str) -> Node | None:
        try:
            return self.nodes[self._resolve(path, follow_last=False)]
        except OSError:
            return None

    def replaced(self, **traits: object) -> "FakeFiles":
        twin = deepcopy(self)
        twin.traits = replace(self.traits, **traits)  # type: ignore[arg-type]
        return twin

    # power loss

    def after_power_loss(self, records: Iterable[Record]) -> "FakeFiles":
        """The file system that a restart finds if just these records reached the disk."""
        found = FakeFiles(self.traits, self.free)
        found.nodes = deepcopy(self.base)
        found._next_node, found._ticks = self._next_node, self._ticks
        for number, node in self.nodes.items():
            if number not in found.nodes:  # an inode whose content was never synced is empty
                text = node.data if node.kind == stat.S_IFLNK else b""  # a link is made with its text, or not at all
                found.nodes[number] = Node(node.kind, node.device, node.mode, text)
        for record in sorted(records, key=lambda r: r.number):
            found._apply(record)
        return found

    def durable(self, log: list[Record | Sync]) -> tuple[list[Record], list[Record]]:
        """The records of a beginning of the log: those surely on the disk, and those that may be."""
        records = {entry.number: entry for entry in log if isinstance(entry, Record)}
        sure: set[int] = set()
        seen: list[Record] = []
        for entry in log:
            if isinstance(entry, Record):
                seen.append(entry)
                continue
            for record in seen:
                if record.on == entry.on:
                    sure |= self._with_needs(record, records)
        return [r for n, r in records.items() if n in sure], [r for n, r in records.items() if n not in sure]

    @staticmethod
    def _with_needs(record: Record, records: dict[int, Record]) -> set[int]:
        numbers = {record.number}
        while record.needs is not None:
            record = records[record.needs]
            numbers.add(record.number)
        return numbers

    # FileOps: opening

    def open_top(self, path: str) -> int:
        return self._open(self._folder(self._resolve(path)))

    def open_folder(self, folder: int, relative: str) -> int:
        number = self._handle(folder)
        for part in relative.split("/") if relative else []:
            number = self._child(number, part)
            if self.nodes[number].kind == stat.S_IFLNK:
                raise OSError(errno.ELOOP, "a link on the way")
            self._folder(number)
        return self._open(number)

    def open_file(self, folder: int, name: str) -> int:
        number = self._child(self._handle(folder), name)
        if self.nodes[number].kind == stat.S_IFLNK:
            raise OSError(errno.ELOOP, "a link")
        return self._open(number)

    def create_file(self, folder: int, name: str) -> int:
        return self._open(self._create(folder, name, stat.S_IFREG, 0o600))

    def open_lock(self, folder: int, name: str) -> int:
        try:
            return self.open_file(folder, name)
        except FileNotFoundError:
            return self.create_file(folder, name)

    def close(self, descriptor: int) -> None:
        del self._handles[descriptor]

    # FileOps: looking

    def stat(self, descriptor: int) -> FileStat:
        return self._stat(self._handle(descriptor))

    def stat_name(self, folder: int, name: str) -> FileStat | None:
        try:
            return self._stat(self._child(self._handle(folder), name))
        except FileNotFoundError:
            return None

    def names(self, folder: int) -> list[str]:
        return [name for name, _ in self.nodes[self._handle(folder)].entries.values()]

    def volume(self, folder: int) -> Volume:
        return Volume(self.nodes[self._handle(folder)].device, 0)

    def space(self, folder: int) -> Space:
        return self.free

    def read(self, descriptor: int, size: int, offset: int) -> bytes:
        return self.nodes[self._handle(descriptor)].data[offset : offset + size]

    def is_written_elsewhere(self, descriptor: int) -> bool | None:
        return None

    def xattrs(self, descriptor: int) -> tuple[tuple[str, bytes], ...]:
        return tuple(sorted(self.nodes[self._handle(descriptor)].xattrs.items()))

    def read_link(self, folder: int, name: str) -> str:
        return os.fsdecode(self.nodes[self._child(self._handle(folder), name)].data)

    def try_lock(self, descriptor: int) -> bool:
        return True

    # FileOps: changing content

    def write(self, descriptor: int, data: bytes, offset: int) -> int:
        self._record("write", self._handle(descriptor), data=data, offset=offset)
        return len(data)

    def reserve(self, descriptor: int, size: int) -> None:
        if len(self.nodes[self._handle(descriptor)].data) < size:
            self._record("write", self._handle(descriptor), data=b"", offset=size)

    def sync(self, descriptor: int) -> None:
        if self.logging:
            self.log.append(Sync(self._handle(descriptor)))

    def drop_cache(self, descriptor: int) -> None:
        self._handle(descriptor)

    def set_xattr(self, descriptor: int, name: str, value: bytes) -> None:
        number = self._handle(descriptor)
        self._record("meta", number, meta=(("xattrs", {**self.nodes[number].xattrs, name: value}),))

    def set_mode(self, descriptor: int, mode: int) -> None:
        self._record("meta", self._handle(descriptor), meta=(("mode", mode),))

    def set_owner(self, descriptor: int, uid: int, gid: int) -> None:
        self._record("meta", self._handle(descriptor), meta=(("uid", uid), ("gid", gid)))

    def set_times(self, descriptor: int, atime_ns: int, mtime_ns: int) -> None:
        times = (("atime_ns", self._coarse(atime_ns)), ("mtime_ns", self._coarse(mtime_ns)))
        self._record("meta", self._handle(descriptor), meta=times)

    # FileOps: changing names

    def rename_no_replace(self, source_folder: int, source: str, folder: int, name: str) -> None:
        if not self.traits.renames_exclusively:
            raise OSError(errno.EINVAL, "no such rename")
        self._require_free(folder, name)
        self.rename_plain(source_folder, source, folder, name)

    def rename_plain(self, source_folder: int, source: str, folder: int, name: str) -> None:
        left, came = self._handle(source_folder), self._handle(folder)
        number = self._child(left, source)
        self._require_one_device(number, came)
        if self.nodes[came].entries.get(self._key(name), ("", 0))[1] == number:
            return  # POSIX: nothing happens if both are one file
        added = self._record("add", came, name=name, node=number)
        self._record("remove", left, name=source, node=number, needs=added)
        self.nodes[number].ctime_ns = self._now()

    def exchange(self, source_folder: int, source: str, folder: int, name: str) -> None:
        if not self.traits.renames_exclusively:
            raise OSError(errno.EINVAL, "no such rename")
        one, other = self._child(self._handle(source_folder), source), self._child(self._handle(folder), name)
        self._require_one_device(one, self._handle(folder))
        first = self._record("add", self._handle(folder), name=name, node=one)
        self._record("add", self._handle(source_folder), name=source, node=other, needs=first)

    def link(self, source_folder: int, source: str, folder: int, name: str) -> None:
        if not self.traits.links:
            raise OSError(errno.EPERM, "no hard links")
        number = self._child(self._handle(source_folder), source)
        self._require_one_device(number, self._handle(folder))
        self._require_free(folder, name)
        self._record("add", self._handle(folder), name=name, node=number)
        self.nodes[number].ctime_ns = self._now()

    def symlink(self, text: str, folder: int, name: str) -> None:
        number = self._create(folder, name, stat.S_IFLNK, 0o777)
        self.nodes[number].data = os.fsencode(text)

    def clone(self, source: int, destination: int) -> None:
        raise OSError(errno.EOPNOTSUPP, "no reflinks")

    def unlink(self, folder: int, name: str) -> None:
        number = self._child(self._handle(folder), name)
        if self.nodes[number].kind == stat.S_IFDIR:
            raise OSError(errno.EISDIR, name)
        self._record("remove", self._handle(folder), name=name, node=number)
        self.nodes[number].ctime_ns = self._now()

    def mkdir(self, folder: int, name: str, mode: int) -> None:
        self._create(folder, name, stat.S_IFDIR, mode & ~0o022)

    def rmdir(self, folder: int, name: str) -> None:
        number = self._child(self._handle(folder), name)
        if self._folder(number) and self.nodes[number].entries:
            raise OSError(errno.ENOTEMPTY, name)
        if self.nodes[number].device != self.nodes[self._handle(folder)].device:
            raise OSError(errno.EBUSY, name)
        self._record("remove", self._handle(folder), name=name, node=number)

    # inside

    def _record(self, kind: str, on: int, **what: object) -> int:
        record = Record(len(self.log), kind, on, **what)  # type: ignore[arg-type]
        self._apply(record)
        if self.logging:
            self.log.append(record)
        now = self._now()
        if kind != "meta":
            self.nodes[on].mtime_ns = now
        self.nodes[on].ctime_ns = now
        return record.number

    def _apply(self, record: Record) -> None:
        node = self.nodes[record.on]
        match record.kind:
            case "add":
                node.entries[self._key(record.name)] = (self._stored(record.name), record.node)
            case "remove":
                if node.entries.get(self._key(record.name), ("", 0))[1] == record.node:
                    del node.entries[self._key(record.name)]
            case "write":
                end = record.offset + len(record.data)
                padded = node.data.ljust(record.offset, b"\0")
                node.data = padded[: record.offset] + record.data + padded[end:]
            case "meta":
                for name, value in record.meta:
                    setattr(node, name, value)

    def _create(self, folder: int, name: str, kind: int, mode: int) -> int:
        if len(os.fsencode(name)) > 255:
            raise OSError(errno.ENAMETOOLONG, name)
        self._require_free(folder, name)
        number = self._new(kind, self.nodes[self._handle(folder)].device)
        self.nodes[number].mode = mode
        self._record("add", self._handle(folder), name=name, node=number)
        return number

    def _new(self, kind: int, device: int) -> int:
        number, self._next_node = self._next_node, self._next_node + 1
        now = self._now()
        self.nodes[number] = Node(kind, device, atime_ns=now, mtime_ns=now, ctime_ns=now)
        return number

    def _stat(self, number: int) -> FileStat:
        node = self.nodes[number]
        links = sum(n == number for each in self.nodes.values() for _, n in each.entries.values())
        self._looks += 1
        shown = number if not self.traits.unstable_inodes else 10**6 + self._looks
        return FileStat(
            node.kind | node.mode,
            len(node.data),
            node.mtime_ns,
            node.ctime_ns,
            node.atime_ns,
            shown,
            node.device,
            links,
            node.uid,
            node.gid,
        )

    def _key(self, name: str) -> str:
        if self.traits.normalises:
            name = unicodedata.normalize("NFC", name)
        return name.casefold() if self.traits.folds_case else name

    def _stored(self, name: str) -> str:
        return unicodedata.normalize("NFD", name) if self.traits.normalises else name

    def _coarse(self, time_ns: int) -> int:
        return time_ns - time_ns % self.traits.time_grain_ns

    def _now(self) -> int:
        self._ticks += 1_000_003
        return self._coarse(self._ticks)

    def _open(self, number: int) -> int:
        self._next_handle += 1
        self._handles[self._next_handle] = number
        return self._next_handle

    def _handle(self, descriptor: int) -> int:
        if descriptor not in self._handles:
            raise OSError(errno.EBADF, "not open")
        return self._handles[descriptor]

    @property
    def open_handles(self) -> int:
        return len(self._handles)

    def _child(self, folder: int, name: str) -> int:
        entries = self.nodes[self._folder(folder)].entries
        if len(os.fsencode(name)) > 255:
            raise OSError(errno.ENAMETOOLONG, name)
        if self._key(name) not in entries:
            raise FileNotFoundError(errno.ENOENT, "no such name", name)
        return entries[self._key(name)][1]

    def _folder(self, number: int) -> int:
        if self.nodes[number].kind != stat.S_IFDIR:
            raise NotADirectoryError(errno.ENOTDIR, "not a folder")
        return number

    def _require_free(self, folder: int, name: str) -> None:
        if self._key(name) in self.nodes[self._folder(self._handle(folder))].entries:
            raise FileExistsError(errno.EEXIST, "taken", name)

    def _require_one_device(self, number: int, folder: int) -> None:
        if self.nodes[number].device != self.nodes[folder].device:
            raise OSError(errno.EXDEV, "another device")

    def _resolve(self, path: str, *, follow_last: bool = True) -> int:
        number = ROOT
        parts = [part for part in path.split("/") if part]
        for position, part in enumerate(parts):
            number = self._child(number, part)
            if self.nodes[number].kind == stat.S_IFLNK and (follow_last or position < len(parts) - 1):
                number = self._resolve(os.fsdecode(self.nodes[number].data))
        return number

    def _parent(self, path: str) -> tuple[int, str]:
        *folders, name = [part for part in path.split("/") if part]
        number = ROOT
        for folder in folders:
            try:
                number = self._child(number, folder)
                if self.nodes[number].kind == stat.S_IFLNK:
                    number = self._resolve(os.fsdecode(self.nodes[number].data))
            except FileNotFoundError:
                made = self._new(stat.S_IFDIR, self.nodes[number].device)
                self.nodes[made].mode = 0o755
                self._record("add", number, name=folder, node=made)
                number = made
        return number, name
