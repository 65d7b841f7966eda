"""What the server has not acknowledged yet, kept on this machine until it has.

A change is written here first, durable, and leaves when the server said that it has it or something newer. So an
outage costs nothing but time, and repeating a change is harmless: each carries a number that only grows.
"""

import sqlite3
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from py_image_dedup.stores.opening import open_index
from py_image_dedup.stores.rows import RecordRow
from py_image_dedup.stores.schema import APPLICATION_ID, Migration
from py_image_dedup.stores.trouble import answering, set_aside

AT_ONCE = 900  # values of one IN (...)

_COLUMNS = ", ".join(RecordRow._fields)
_SCHEMA: tuple[Migration, ...] = (
    (
        """CREATE TABLE changes (
            path BLOB PRIMARY KEY, change INTEGER NOT NULL UNIQUE, removed INTEGER NOT NULL,
            size INTEGER, mtime_ns INTEGER, ctime_ns INTEGER, inode INTEGER, device INTEGER, links INTEGER,
            sha256 BLOB, result TEXT, layout TEXT, fingerprints BLOB, versions TEXT
        )""",
        "CREATE TABLE facts (name TEXT PRIMARY KEY, value) WITHOUT ROWID",
        f"PRAGMA application_id = {APPLICATION_ID}",
    ),
)
_PUT = f"INSERT OR REPLACE INTO changes (change, removed, {_COLUMNS}) VALUES ({', '.join('?' * 14)})"  # noqa: S608
_REMOVE = "INSERT OR REPLACE INTO changes (change, removed, path) VALUES (?, 1, ?)"


class Change(NamedTuple):
    """The last change of one path; `row` None: the path was removed."""

    number: int
    path: bytes
    row: RecordRow | None


class Outbox:
    """The changes in the file at `path`. For the thread and process that made it."""

    def __init__(self, path: str, note: Callable[[str], None], busy_timeout_s: float = 10.0) -> None:
        self._path = path
        self._connection = open_index(path, note, busy_timeout_s, _SCHEMA)

    def put(self, rows: Iterable[RecordRow]) -> None:
        """Add records, all or none; a later change of a path replaces an earlier one."""
        kept = list(rows)
        with self._writing() as connection:
            first = self._numbers(len(kept))
            connection.executemany(_PUT, ((first + n, 0, *row) for n, row in enumerate(kept)))

    def remove(self, paths: Iterable[bytes]) -> None:
        """Add removals, all or none."""
        kept = list(paths)
        with self._writing() as connection:
            first = self._numbers(len(kept))
            connection.executemany(_REMOVE, ((first + n, path) for n, path in enumerate(kept)))

    def oldest(self, count: int) -> list[Change]:
        """The changes that wait longest."""
        return self._changes("ORDER BY change LIMIT ?", (count,))

    def of(self, paths: Sequence[bytes]) -> dict[bytes, Change]:
        """The waiting changes of these paths."""
        found: dict[bytes, Change] = {}
        for start in range(0, len(paths), AT_ONCE):
            part = paths[start : start + AT_ONCE]
            changes = self._changes(f"WHERE path IN ({','.join('?' * len(part))})", part)
            found.update({change.path: change for change in changes})
        return found

    def acknowledged(self, changes: Iterable[Change]) -> None:
        """Let these go, unless the path has changed again meanwhile."""
        with self._writing() as connection:
            connection.executemany("DELETE FROM changes WHERE change = ?", ((c.number,) for c in changes))

    def __len__(self) -> int:
        with self._answering():
            return int(self._connection.execute("SELECT count(*) FROM changes").fetchone()[0])

    def fact(self, name: str) -> str | None:
        """A value that was remembered under this name."""
        with self._answering():
            row = self._connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def remember(self, name: str, value: str) -> None:
        """Remember a value under this name."""
        with self._writing() as connection:
            connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def library(self) -> str:
        """The name of this installation's library, made once."""
        name = self.fact("library")
        if name is None:
            name = uuid.uuid4().hex
            self.remember("library", name)
        return name

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _numbers(self, count: int) -> int:
        """The first of `count` new numbers: the clock's nanoseconds, so that hosts that share a library can be ordered.

        They grow even where the clock goes back.
        """
        row = self._connection.execute("SELECT value FROM facts WHERE name = 'change'").fetchone()
        first = max(time.time_ns(), 0 if row is None else int(row[0]) + 1)
        self._connection.execute("INSERT OR REPLACE INTO facts VALUES ('change', ?)", (first + count,))
        return first

    def _changes(self, condition: str, values: Sequence[object]) -> list[Change]:
        question = f"SELECT change, removed, {_COLUMNS} FROM changes {condition}"  # noqa: S608 - our own words
        with self._answering():
            rows = self._connection.execute(question, tuple(values)).fetchall()
        return [
            Change(number, columns[0], None if removed else RecordRow(*columns)) for number, removed, *columns in rows
        ]

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._answering():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _answering(self) -> Iterator[None]:
        with answering(self._path, self._give_up):
            yield

    def _give_up(self, damage: Exception) -> str:
        self._connection.close()
        return (
            f"The outbox {self._path} is damaged ({damage}); it was set aside as {set_aside(self._path)}."
            " Start again: what it held is found again by the next run."
        )
