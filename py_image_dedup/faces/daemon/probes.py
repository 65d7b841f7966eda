"""Looks at what the daemon stands on every few seconds, also while nothing happens: truth cannot wait for a run."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

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
    made: Callable[[], bool]  # whether a run has finished, so that the databases must be there
    acts: bool  # no dry run: the roots have to be writable
    waiting: Callable[[], Backlog | None] = Backlog  # for a search server


@dataclass(slots=True)
class Probes:
    """One look: `look` notes every problem found, and clears every one that is over."""

    ground: Ground
    watches: tuple[RootWatch, ...]
    health: Health
    changes: Changes
    _had_entries: set[str] = field(default_factory=set)
    _run_asked_for: bool = False

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
        try:
            with os.scandir(root) as entries:
                has_entries = next(entries, None) is not None
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
        read_only = self.ground.acts and away is None and unreadable is None and is_read_only(root)
        sentence = f"{root} is read-only: its pictures are analysed, and nothing in it is put aside."
        yield Problem.READ_ONLY, root, sentence if read_only else None

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
        if target is None or not self.ground.acts or (os.path.isdir(target) and not is_read_only(target)):
            return Problem.TARGET_AWAY, "", None
        return Problem.TARGET_AWAY, "", f"{target} is away or cannot be written to; no copy can be moved there."

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
        if not self.ground.made():
            return problem, name, None
        trouble = self.ground.database_trouble(path)
        if name == "index":
            if trouble is not None and not self._run_asked_for:
                self.changes.look_again(f"the index {path} is gone or damaged")
            self._run_asked_for = trouble is not None
        return problem, name, None if trouble is None else f"The {name} {path} cannot be used ({trouble})."


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
