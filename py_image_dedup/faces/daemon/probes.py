"""Looks at what the daemon stands on every few seconds, also while nothing happens: truth cannot wait for a run."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from py_image_dedup.faces.daemon.glance import Glance
from py_image_dedup.faces.daemon.health import Health, Problem
from py_image_dedup.faces.daemon.settle import Changes
from py_image_dedup.faces.daemon.watch import Mode, RootWatch
from py_image_dedup.model.findings import Backlog

ALIVE_FILE = "daemon.alive"
WAITS_LONG_S = 120.0  # a run sends what waits after 30 s at the latest

Finding = tuple[Problem, str, str | None]  # kind, what it is about, the sentence or None


@dataclass(frozen=True, slots=True)
class Ground:
    """What is looked at."""

    state_directory: str
    target_directory: str | None
    databases: Mapping[str, str]  # "index" and "journal" -> path
    database_trouble: Callable[[str], str | None]
    made: Callable[[str], bool]  # whether a run that makes this database has finished, so that it must be there
    acts: bool  # no dry run: the roots have to be writable
    waiting: Callable[[], Backlog | None] = Backlog  # for a search server


@dataclass(slots=True)
class Probes:
    """One look: `look` notes every problem found, and clears every one that is over."""

    ground: Ground
    watches: tuple[RootWatch, ...]
    health: Health
    changes: Changes
    read_only_roots: frozenset[str] = frozenset()  # at the last look
    _had_entries: set[str] = field(default_factory=set)
    _run_asked_for: bool = False
    _roots: dict[str, Glance[tuple[bool, bool]]] = field(init=False)
    _targets: Glance[bool] = field(init=False)

    def __post_init__(self) -> None:
        self._roots = {watch.root: Glance(partial(_look_at, watch.root)) for watch in self.watches}
        self._targets = Glance(partial(_takes_files, self.ground.target_directory or ""))

    def begin(self) -> None:
        """Begin to look, while somebody else looks as well: of silent roots `look` then tells at once."""
        for glance in self._roots.values():
            glance.begin()

    def look(self) -> None:
        """Look at everything once."""
        for problem, about, sentence in self._findings():
            self.health.note(problem, sentence, about)

    def _findings(self) -> Iterator[Finding]:
        for watch in self.watches:
            yield from self._root(watch)
            yield from _watching(watch)
        yield self._state()
        yield self._target()
        for name, path in self.ground.databases.items():
            yield self._database(name, path)
        yield self._outbox()

    def _root(self, watch: RootWatch) -> Iterator[Finding]:
        root = watch.root
        away = unreadable = empty = None
        has_entries = read_only = False
        try:
            has_entries, read_only = self._roots[root].take()
        except (FileNotFoundError, NotADirectoryError) as error:
            away = f"{root} is away ({error.strerror}); nothing below it is taken as gone."
        except OSError as error:
            unreadable = f"{root} cannot be read ({error.strerror}); nothing below it is taken as gone."
        else:
            if has_entries:
                self._had_entries.add(root)
            elif root in self._had_entries:
                empty = f"{root} is empty now, perhaps without its volume; nothing below it is taken as gone."
        yield Problem.ROOT_AWAY, root, away
        yield Problem.ROOT_UNREADABLE, root, unreadable
        yield Problem.ROOT_EMPTY, root, empty
        self.read_only_roots = self.read_only_roots | {root} if read_only else self.read_only_roots - {root}
        sentence = f"{root} is read-only: its pictures are analysed, and nothing in it is put aside."
        yield Problem.READ_ONLY, root, sentence if read_only and self.ground.acts else None

    def _state(self) -> Finding:
        path = os.path.join(self.ground.state_directory, ALIVE_FILE)
        try:
            with open(path, "w", encoding="ascii") as file:
                file.write(f"{os.getpid()}\n" * 512)  # more than a page: a full volume shows
        except OSError as error:
            folder = self.ground.state_directory
            return Problem.STATE_NOT_WRITABLE, "", f"{folder} cannot be written to ({error.strerror}); no run can act."
        return Problem.STATE_NOT_WRITABLE, "", None

    def _target(self) -> Finding:
        target = self.ground.target_directory
        if target is None or not self.ground.acts:
            return Problem.TARGET_AWAY, "", None
        try:
            reason = None if self._targets.take() else "away or cannot be written to"
        except OSError as error:
            reason = f"out of reach ({error.strerror})"
        return Problem.TARGET_AWAY, "", reason and f"{target} is {reason}; no copy can be moved there."

    def _outbox(self) -> Finding:
        waiting = self.ground.waiting()
        if waiting is None:
            return Problem.OUTBOX, "", "The outbox cannot be read; the next run reads again what it held."
        if waiting.age_s < WAITS_LONG_S:
            return Problem.OUTBOX, "", None
        return (
            Problem.OUTBOX,
            "",
            f"{waiting.changes:,} changes wait for the search server; they are sent when it is back.",
        )

    def _database(self, name: str, path: str) -> Finding:
        """Before it is made there is nothing to say; a lost index is answered by a run, which makes it anew."""
        problem = Problem.INDEX if name == "index" else Problem.JOURNAL
        if not self.ground.made(name):
            return problem, name, None
        trouble = self.ground.database_trouble(path)
        if name == "index":
            if trouble is not None and not self._run_asked_for:
                self.changes.look_again(f"the index {path} is gone or damaged")
            self._run_asked_for = trouble is not None
        return problem, name, None if trouble is None else f"The {name} {path} cannot be used ({trouble})."


def _look_at(root: str) -> tuple[bool, bool]:
    """Whether it has entries, and whether it is read-only. Raises OSError."""
    with os.scandir(root) as entries:
        has_entries = next(entries, None) is not None
    return has_entries, is_read_only(root)


def _takes_files(target: str) -> bool:
    return os.path.isdir(target) and not is_read_only(target)


def is_read_only(folder: str) -> bool:
    """Whether nothing can be moved in this folder: by its mount, or by its permissions."""
    try:
        flags = os.statvfs(folder).f_flag
    except OSError:
        return False
    return bool(flags & os.ST_RDONLY) or not os.access(folder, os.W_OK | os.X_OK)


def _watching(watch: RootWatch) -> Iterator[Finding]:
    root = watch.root
    dead = watch.mode is not Mode.AWAY and not watch.is_watched
    yield Problem.WATCHER, root, f"A thread that watches {root} has died." if dead else None
    yield Problem.WATCH_FELL_BACK, root, f"{root} is polled: {watch.fell_back}." if watch.fell_back else None
