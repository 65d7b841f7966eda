"""The journal: what was intended and how far it came, durable before and after every act. Rows are only ever added.

Its own small SQLite file (WAL, synchronous=FULL) on a local disk, apart from the index, which may be deleted freely.
A writer holds a fencing number; once another has taken a later one, its commits are refused.
"""

import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from py_image_dedup.disposal.books import sidecars
from py_image_dedup.disposal.books.actions import Action, Entry, Event, Kind, Run, State
from py_image_dedup.model.errors import LockHeld, RefusedForSafety
from py_image_dedup.model.ports import Clock

NAME = "journal.sqlite"
SCHEMA_VERSION = 1
BUSY_TIMEOUT_S = 10.0
TRIED_AGAIN_S = 0.01

_APPLICATION_ID = 0x50494A31  # "PIJ1"
_SCHEMA = """
CREATE TABLE holders (fence INTEGER PRIMARY KEY AUTOINCREMENT, at_ns INTEGER NOT NULL, who TEXT NOT NULL);
CREATE TABLE runs (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, plan_id TEXT NOT NULL,
    started_ns INTEGER NOT NULL);
CREATE TABLE actions (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, run_id TEXT NOT NULL,
    unit TEXT NOT NULL, kind TEXT NOT NULL,
    path BLOB NOT NULL, keeper_path BLOB, sha256 BLOB NOT NULL, line BLOB NOT NULL);
CREATE TABLE events (
    number INTEGER PRIMARY KEY AUTOINCREMENT, action INTEGER NOT NULL REFERENCES actions (number),
    state TEXT NOT NULL, at_ns INTEGER NOT NULL, fence INTEGER NOT NULL, at_path BLOB NOT NULL, reason TEXT NOT NULL,
    parent_before_ns INTEGER NOT NULL, parent_after_ns INTEGER NOT NULL);
CREATE INDEX actions_by_run ON actions (run_id);
CREATE INDEX actions_by_unit ON actions (unit);
CREATE INDEX actions_by_path ON actions (path);
CREATE INDEX events_by_action ON events (action, number);
CREATE TABLE open_actions (action INTEGER PRIMARY KEY);  -- derived from events, so that a start need not read them all
"""
_APPEND_ONLY = ("holders", "runs", "actions", "events")
_LATEST = """
SELECT a.line, e.state, e.at_path, e.reason, e.parent_before_ns, e.parent_after_ns, e.at_ns FROM actions a
JOIN events e ON e.number = (SELECT max(number) FROM events WHERE action = a.number)
"""

_BROUGHT_BACK = """
SELECT e.at_path, a.sha256 FROM events e JOIN actions a ON a.number = e.action
WHERE e.state = 'undone' AND a.kind = 'file' AND NOT EXISTS (
    SELECT 1 FROM actions later JOIN events went ON went.action = later.number AND went.state = 'moved'
    WHERE later.path = e.at_path AND later.number > a.number)
"""


class JournalUnusable(RefusedForSafety):
    """The journal cannot be read or written, so nothing may be changed."""


class JournalDamaged(JournalUnusable):
    """What the file holds is no sound journal; the records beside the quarantined files can replace it."""


class Journal:
    """Actions and events in one SQLite file. All failures are `JournalUnusable` or `LockHeld`."""

    def __init__(self, connection: sqlite3.Connection, clock: Clock, path: str = ":memory:") -> None:
        self._connection = connection
        self._clock = clock
        self._path = path
        self._fence = 0

    @classmethod
    def open(cls, path: str, clock: Clock, *, wal: bool = True) -> "Journal":
        """Open or create; `wal` False for volumes on which shared memory does not work."""
        try:
            connection = sqlite3.connect(path, isolation_level=None, timeout=BUSY_TIMEOUT_S)
        except sqlite3.Error as error:
            raise JournalUnusable(_sentence(path, error)) from error
        journal = cls(connection, clock, path)
        try:
            journal._prepare(wal=wal)
        except BaseException:
            connection.close()
            raise
        return journal

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    def take_fence(self, who: str) -> int:
        """Become the writer: a number larger than that of every writer before."""
        with self._guarded(), self._transaction():
            row = self._connection.execute(
                "INSERT INTO holders (at_ns, who) VALUES (?, ?)", (self._clock.now_ns(), who)
            )
            self._fence = int(row.lastrowid or 0)
        return self._fence

    def start_run(self, run_id: str, plan_id: str) -> None:
        """Note that a run acts; a run that is known already is no error."""
        with self._committed():
            self._connection.execute(
                "INSERT OR IGNORE INTO runs (id, plan_id, started_ns) VALUES (?, ?, ?)",
                (run_id, plan_id, self._clock.now_ns()),
            )

    def append(self, actions: Iterable[Action], events: Iterable[Event]) -> None:
        """Write new actions and events in one commit; durable when this returns."""
        with self._committed():
            self._connection.executemany(
                "INSERT INTO actions (id, run_id, unit, kind, path, keeper_path, sha256, line) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                map(_action_row, actions),
            )
            for event in events:
                self._append_event(event)

    def entries(
        self, run_id: str | None = None, *, path: str | None = None, unit: str | None = None
    ) -> Iterator[Entry]:
        """Actions with their latest event, in the order in which they were intended."""
        wanted: dict[str, str | bytes | int] = {"? = 1": 1}
        if run_id is not None:
            wanted["a.run_id = ?"] = run_id
        if path is not None:
            wanted["a.path = ?"] = os.fsencode(path)
        if unit is not None:
            wanted["a.unit = ?"] = unit
        yield from self._entries(f"{_LATEST} WHERE {' AND '.join(wanted)} ORDER BY a.number", tuple(wanted.values()))

    def open_entries(self) -> Iterator[Entry]:
        """Actions that a killed run left to be looked at, in order."""
        yield from self._entries(f"{_LATEST} JOIN open_actions o ON o.action = a.number ORDER BY a.number", ())

    def brought_back(self) -> frozenset[tuple[str, bytes]]:
        """Path and content (SHA-256) of every file that undo brought back and that did not go from there again."""
        with self._guarded():
            rows = self._connection.execute(_BROUGHT_BACK).fetchall()
        return frozenset((os.fsdecode(path), content) for path, content in rows)

    def last_number(self, run_id: str) -> int:
        """The largest number behind the run in the ids of its actions; 0 where it has none. Numbers may be left out."""
        query = "SELECT max(CAST(substr(id, ?) AS INTEGER)) FROM actions WHERE run_id = ?"
        with self._guarded():
            row = self._connection.execute(query, (len(run_id) + 2, run_id)).fetchone()
        return int(row[0] or 0)

    def runs(self) -> list[Run]:
        """All runs, oldest first, with how many of their actions are in which state."""
        with self._guarded():
            rows = self._connection.execute("SELECT id, plan_id, started_ns FROM runs ORDER BY number").fetchall()
            counts = self._connection.execute(
                "SELECT a.run_id, a.kind, e.state, count(*) FROM actions a JOIN events e "
                "ON e.number = (SELECT max(number) FROM events WHERE action = a.number) "
                "GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
            ).fetchall()
        states: dict[str, list[tuple[Kind, State, int]]] = {}
        for run_id, kind, state, n in counts:
            states.setdefault(run_id, []).append((Kind(kind), State(state), n))
        return [Run(run_id, plan, started, tuple(states.get(run_id, ()))) for run_id, plan, started in rows]

    def _prepare(self, *, wal: bool) -> None:
        with self._guarded():
            self._switch_mode("WAL" if wal else "DELETE")
            self._connection.execute(f"PRAGMA synchronous = {'FULL' if wal else 'EXTRA'}")
            version = int(self._connection.execute("PRAGMA user_version").fetchone()[0])
            if version > SCHEMA_VERSION:
                raise JournalUnusable(
                    f"The journal {self._path} was written by a newer version of this program (schema {version}, "
                    f"this one knows {SCHEMA_VERSION}). Use that version; nothing was changed."
                )
            if version == 0:
                self._create()
            damage = str(self._connection.execute("PRAGMA quick_check(1)").fetchone()[0])
        if damage != "ok":
            raise JournalDamaged(_sentence(self._path, damage))

    def _switch_mode(self, mode: str) -> None:
        """SQLite gives up at once where several switch a new file, whatever its timeout: each waits for the others."""
        until = time.monotonic() + BUSY_TIMEOUT_S
        while True:
            try:
                self._connection.execute(f"PRAGMA journal_mode = {mode}")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
            time.sleep(TRIED_AGAIN_S)

    def _create(self) -> None:
        with self._transaction():
            if int(self._connection.execute("PRAGMA user_version").fetchone()[0]):
                return  # another process was quicker
            for statement in _SCHEMA.split(";\n"):
                self._connection.execute(statement)
            for table in _APPEND_ONLY:
                for verb in ("UPDATE", "DELETE"):
                    self._connection.execute(
                        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                        "BEGIN SELECT RAISE(ABORT, 'the journal is only added to'); END"
                    )
            self._connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            self._connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _append_event(self, event: Event) -> None:
        row = self._connection.execute("SELECT number FROM actions WHERE id = ?", (event.action_id,)).fetchone()
        self._connection.execute(
            "INSERT INTO events (action, state, at_ns, fence, at_path, reason, parent_before_ns, parent_after_ns) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                row[0],
                event.state.value,
                self._clock.now_ns(),
                self._fence,
                os.fsencode(event.at),
                event.reason.encode("utf-8", "backslashreplace").decode(),
                event.parent_before_ns,
                event.parent_after_ns,
            ),
        )
        mark = "INSERT OR IGNORE INTO open_actions VALUES (?)" if event.state.is_open else _CLOSE
        self._connection.execute(mark, (row[0],))

    def _entries(self, query: str, values: Sequence[str | bytes | int]) -> Iterator[Entry]:
        with self._guarded():
            rows = self._connection.execute(query, values).fetchall()
        for line, state, at_path, reason, before_ns, after_ns, at_ns in rows:
            action = sidecars.from_line(line)
            last = Event(action.id, State(state), os.fsdecode(at_path), reason, before_ns, after_ns)
            yield Entry(action, last, at_ns)

    @contextmanager
    def _committed(self) -> Iterator[None]:
        """One durable transaction of the present writer."""
        with self._guarded(), self._transaction():
            latest = self._connection.execute("SELECT max(fence) FROM holders").fetchone()[0]
            if latest is None or self._fence != latest:
                raise LockHeld(
                    f"Another run has taken over the journal {self._path} (writer {latest}, this one is "
                    f"{self._fence}). Nothing more is changed by this run; start it again."
                )
            yield

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:  # full, locked, read-only, I/O error
            raise JournalUnusable(_sentence(self._path, error)) from error
        except sqlite3.Error as error:
            raise JournalDamaged(_sentence(self._path, error)) from error


_CLOSE = "DELETE FROM open_actions WHERE action = ?"


def _action_row(action: Action) -> tuple[str, str, str, str, bytes, bytes | None, bytes, bytes]:
    subject, keeper = action.subject, action.keeper
    return (
        action.id,
        action.run_id,
        action.unit,
        action.kind.value,
        os.fsencode(subject.path),
        os.fsencode(keeper.path) if keeper else None,
        subject.sha256,
        sidecars.to_line(action),
    )


def _sentence(path: str, cause: object) -> str:
    return (
        f"The journal {path} cannot be used ({cause}). Nothing is changed without it. Free space or repair the disk; "
        "if it is damaged, files put aside can be brought back from the records kept beside them: "
        "`py-image-dedup check --repair FOLDER`, then `undo`."
    )
